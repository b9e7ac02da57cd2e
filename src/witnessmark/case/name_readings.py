"""What names say, kept apart from the names: sealed for everybody of the case, so that a table can be made
without opening names, and nothing of a name lies in clear in a database that somebody else runs.

Readings are taken on receipt. Where they are missing (received by an earlier version) they are made up when names
are opened anyway.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from witnessmark.case.case import Case
from witnessmark.ground.vault.sealed import open_for_case, seal_for_case
from witnessmark.model.errors import VaultError
from witnessmark.model.name_reading import NameReading
from witnessmark.model.records import SealedField
from witnessmark.receive.name_readings import readings_of_record

NAME = "name.readings"
LEVEL = "case"
SCHEMA = "witnessmark/name-readings/1"


def keep(case: Case, readings: Mapping[str, Sequence[NameReading]]) -> None:
    """Seal what names say, by occurrence. A name that says nothing leaves nothing."""
    case.catalogue.add_sealed_fields(
        [
            SealedField(occurrence_id, NAME, LEVEL, seal_for_case(_dump(said), case.keyring))
            for occurrence_id, said in readings.items()
            if said
        ]
    )


def keep_missing(case: Case, names: Mapping[str, bytes]) -> None:
    """The same for opened name records (by occurrence) of which nothing is kept yet."""
    held = {field.subject_id for field in case.catalogue.sealed_fields_named(NAME)}
    missing = {key: readings_of_record(record) for key, record in names.items() if key not in held}
    with case.catalogue.transaction():
        keep(case, missing)


def by_item(case: Case, receipts: Collection[str] | None = None) -> dict[str, tuple[NameReading, ...]]:
    """Item id: what the names say under which it was found (on these receipts, or on all), in a fixed order.

    Raises VaultError where a sealed reading is damaged.
    """
    items = {
        one.occurrence_id: one.item_id
        for one in case.catalogue.occurrences()
        if receipts is None or one.receipt_id in receipts
    }
    found: defaultdict[str, set[NameReading]] = defaultdict(set)
    for field in case.catalogue.sealed_fields_named(NAME):
        if field.subject_id in items:
            found[items[field.subject_id]].update(_load(open_for_case(field.sealed, case.keyring)))
    return {
        item: tuple(sorted(said, key=lambda one: (one.at, one.pattern, one.other_order)))
        for item, said in found.items()
    }


def _dump(readings: Sequence[NameReading]) -> bytes:
    document = {"schema": SCHEMA, "readings": [reading.to_json() for reading in readings]}
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("utf-8")


def _load(data: bytes) -> tuple[NameReading, ...]:
    try:
        document = json.loads(data)
        if document["schema"] != SCHEMA:
            raise VaultError(
                "readings of names are of a form that this version does not know", "use a newer version"
            )
        return tuple(NameReading.from_json(row) for row in document["readings"])
    except (ValueError, KeyError, TypeError):
        raise VaultError(
            "readings of names are broken", "take the catalogue from a backup (`witnessmark backup`)"
        ) from None
