"""The trials of a run as one document, a line for each: what every published figure is computed from.

Kept small by naming each set of absent kinds once; of a trial only what is not ``none`` is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.authenticity.rates import attack_rows, control_rows, kind_rows
from bench.authenticity.run import Asked
from bench.results import RESULTS, document
from witnessmark.examine.rates import SCHEMA as RATES_SCHEMA
from witnessmark.examine.registry import cards
from witnessmark.ground.media import build_id

FILE = RESULTS / "authenticity.json"
TRIALS = "trials"
SEEN = (
    "The natives are no independent estimate for this method: its thresholds up to version 1.1 were chosen while "
    "looking at all of them."
)
NOTES = {"timeline": SEEN, "cut": SEEN, "repeat": SEEN, "freeze": SEEN}
"""What a reader must know of how a method was made, by method."""


def results(
    asked: Asked, records: Sequence[Mapping[str, Any]], words: Sequence[str], begun_at: str
) -> dict[str, Any]:
    """Everything that is needed to compute the rates, and to run the bench again."""
    sets: dict[tuple[str, ...], str] = {}
    trials = []
    for record in records:
        kinds = tuple(sorted(record["absent"]))
        name = sets.setdefault(kinds, f"S{len(sets)}")
        said = {kind: word for kind, word in record["absent"].items() if word != "none"}
        trials.append({**record, "absent": [name, said]})
    return document(
        "authenticity",
        seed=asked.seed,
        words=words,
        begun_at=begun_at,
        figures={
            "half": str(asked.half),
            "quick": asked.quick,
            "real_media": asked.media is not None,
            "build": build_id(),
            "methods": {card.id: card.version for card in cards()},
            "owners": {kind: card.id for card in reversed(cards()) for kind in card.kinds},
            "notes": NOTES,
            "absent_sets": {name: list(kinds) for kinds, name in sets.items()},
            TRIALS: trials,
        },
    )


def records_of(held: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The trials as they were before ``results`` made them small."""
    sets = held["absent_sets"]
    found = []
    for trial in held[TRIALS]:
        name, said = trial["absent"]
        found.append({**trial, "absent": {kind: said.get(kind, "none") for kind in sets[name]}})
    return found


def rates_document(held: Mapping[str, Any]) -> dict[str, Any]:
    """What ships: rows computed from the trials of ``held``, with where they come from."""
    records = records_of(held)
    told = (
        "seed",
        "half",
        "quick",
        "real_media",
        "commit",
        "date",
        "machine",
        "build",
        "methods",
        "owners",
        "notes",
    )
    return {
        "schema": RATES_SCHEMA,
        **{name: held[name] for name in told},
        "trials": len(records),
        "kinds": kind_rows(records),
        "attacks": attack_rows(records),
        "controls": control_rows(records),
    }


def text_of(held: Mapping[str, Any], long: Sequence[str]) -> str:
    """JSON with one line for every entry of the lists named: differences between two runs stay readable."""
    parts = []
    for name, value in held.items():
        if name in long:
            lines = ",\n".join("  " + json.dumps(one, ensure_ascii=False) for one in value)
            parts.append(f" {json.dumps(name)}: [\n{lines}\n ]")
        else:
            parts.append(f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write(held: Mapping[str, Any], path: Path = FILE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text_of(held, (TRIALS,)), encoding="utf-8")


def read(path: Path = FILE) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return held
