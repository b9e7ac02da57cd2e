"""What would give the source away: checked in everything that is about to leave the case.

The source of 2021 was found by what was said of him, not by what a file carried. So words come first: sentences that
describe whoever brought the material, and what of the sealed profile of the source can be recognised in them, in
English, Russian, Ukrainian and French, in most inflections. ``docs/exposure.md`` tells what this finds and misses.
"""

from witnessmark.protect.exposure.check import check_text
from witnessmark.protect.exposure.profile import Profile, read_profile
from witnessmark.protect.exposure.releases import Released, check_releases

__all__ = ["Profile", "Released", "check_releases", "check_text", "read_profile"]
