"""Describe: incidents, persons, facilities and claims as stated, and how findings bear on claims."""

from witnessmark.describe.bearing import CaseFacts, ContainerDate, ItemFacts, Proposal, propose
from witnessmark.describe.claims import read_claims
from witnessmark.describe.tables import read_facilities, read_incidents, read_persons

__all__ = [
    "CaseFacts",
    "ContainerDate",
    "ItemFacts",
    "Proposal",
    "propose",
    "read_claims",
    "read_facilities",
    "read_incidents",
    "read_persons",
]
