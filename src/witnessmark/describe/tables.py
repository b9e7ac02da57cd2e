"""Facilities, incidents and persons in footage from tables (docs/spec/imports.md).

Persons come by pseudonym only. Their names are a sealed field that two people open together, so there is no
column for them, and a table that brings one gets a row error.
"""

from __future__ import annotations

from collections.abc import Callable

from witnessmark.model.statements import Facility, Incident, PersonInFootage
from witnessmark.model.tabular import Imported, Known, Row, read_table
from witnessmark.model.zones import zone_names

FACILITY_COLUMNS = ("code", "name", "kind", "place", "zone")
INCIDENT_COLUMNS = (
    "code",
    "title",
    "facility",
    "on",
    "zone",
    "said",
    "purposes",
    "items",
    "persons",
    "note",
)
PERSON_COLUMNS = ("code", "pseudonym", "role", "note")
PERSON_ROLES = ("victim", "perpetrator", "person filming", "bystander", "staff", "unknown")


def read_facilities(data: bytes, known: Known, new_id: Callable[[], str]) -> Imported[Facility]:
    """Facilities with the IANA zone in which their clocks should run."""

    def make(row: Row) -> Facility:
        zone = row.text("zone")
        if zone and zone not in zone_names():
            row.refuse("zone", f"“{zone}” is not an IANA zone name such as Europe/Saratov")
        return Facility(
            facility_id=new_id(),
            code=row.text("code", needed=True),
            name=row.text("name", needed=True),
            kind=row.text("kind"),
            place=row.text("place"),
            zone=zone,
        )

    return read_table(data, FACILITY_COLUMNS, make, known)


def read_incidents(data: bytes, known: Known, new_id: Callable[[], str]) -> Imported[Incident]:
    """Incidents; an empty facility or date means unknown and is counted as such."""

    def make(row: Row) -> Incident:
        note, said = row.text("note"), row.text("said")
        return Incident(
            incident_id=new_id(),
            code=row.text("code", needed=True),
            title=row.text("title", needed=True),
            facility=row.facility("facility"),
            on=row.date("on", "zone"),
            purposes=row.several("purposes"),
            item_codes=row.items("items"),
            persons=row.persons("persons"),
            note=f"{note} (date as worded: {said})".strip() if said else note,
        )

    return read_table(data, INCIDENT_COLUMNS, make, known)


def read_persons(data: bytes, known: Known, new_id: Callable[[], str]) -> Imported[PersonInFootage]:
    """People seen in the footage, by pseudonym and role."""

    def make(row: Row) -> PersonInFootage:
        return PersonInFootage(
            person_id=new_id(),
            code=row.text("code", needed=True),
            pseudonym=row.text("pseudonym", needed=True),
            role=row.one_of("role", PERSON_ROLES, "unknown"),
            note=row.text("note"),
        )

    return read_table(data, PERSON_COLUMNS, make, known)
