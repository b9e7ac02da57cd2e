"""What is held, as rows for people and for scripts."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from witnessmark.case import name_readings
from witnessmark.case.case import Case
from witnessmark.ground.vault.sealed import open_names
from witnessmark.model.codes import short_code
from witnessmark.model.custody import CustodyEvent


def list_items(case: Case, *, with_names: bool = False, item_id: str | None = None) -> list[dict[str, Any]]:
    """One row per item (or of the one named), in order of sealing. Opening names is an act in the custody log."""
    places: Counter[str] = Counter()
    names: defaultdict[str, list[str]] = defaultdict(list)
    occurrences = case.catalogue.occurrences(item_id)
    opened: dict[str, bytes] = {}
    if with_names:
        case.require_writable()
        case.ledger.append([CustodyEvent("names.opened", private={"occurrences": len(occurrences)})])
    for occurrence in occurrences:
        places[occurrence.item_id] += 1
        if with_names:
            record = opened[occurrence.occurrence_id] = open_names(occurrence.sealed, case.keyring)
            names[occurrence.item_id].append(shown_name(record))
    if opened:
        name_readings.keep_missing(case, opened)
    to_explain: defaultdict[str, set[str]] = defaultdict(set)
    for finding in case.catalogue.findings():
        if finding.core.must_be_explained:
            to_explain[finding.item_id].add(finding.core.kind)
    rows = []
    for held in case.catalogue.held_items():
        item = held.item
        if item_id is not None and item.item_id != item_id:
            continue
        row: dict[str, Any] = {
            "item": item.item_id,
            "code": short_code(item.item_id),
            "media_type": str(item.media_type),
            "format": item.format,
            "size_bytes": item.size_bytes,
            "state": str(held.state),
            "occurrences": places[item.item_id],
            "to_explain": ", ".join(sorted(to_explain[item.item_id])),
        }
        if with_names:
            row["names"] = sorted(names[item.item_id])
        rows.append(row)
    return rows


def shown_name(record: bytes) -> str:
    """The path in an opened name record: one line, hidden characters made visible when it was sealed."""
    return str(json.loads(record)["path"])
