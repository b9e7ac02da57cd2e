"""The trials of one or several runs as one document, a line for each: what every published figure comes from.

Kept small by naming each set of absent kinds once; of a trial only what is not ``none`` is told.

A unit that was run again replaces what it gave before; units of other suites stay as they were measured, with the
run (commit, machine, build, versions) they come from. **What a trial says of a kind counts only while every method
that answers the kind, and every method that one builds on, has the version it had then**: a finding that could come
out otherwise is not measured by what came out before.
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
RUNS = "runs"
OF_A_RUN = ("command", "commit", "date", "machine", "build", "methods")
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
    held = document(
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
            "answered_by": answered_by(),
            "notes": NOTES,
            "absent_sets": {name: list(kinds) for kinds, name in sets.items()},
        },
    )
    run = {name: held[name] for name in OF_A_RUN}
    return {**held, RUNS: [run], TRIALS: [{**trial, "run": 0} for trial in trials]}


def answered_by() -> dict[str, list[str]]:
    """By kind: every method that says something of it, and every method that one of those builds on."""
    builds_on = {card.id: card.builds_on for card in cards()}
    found: dict[str, list[str]] = {}
    for kind in sorted({kind for card in cards() for kind in card.kinds}):
        needed = [card.id for card in cards() if kind in card.kinds]
        for method in needed:  # grows while it is walked; the registry lets no circle in
            needed += [other for other in builds_on[method] if other not in needed]
        found[kind] = sorted(needed)
    return found


def merged(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Both as one: what was run again stands as it came out the later time, the rest as it was.

    Raises ValueError for runs of which one is not to be had beside the other: another seed, half or share of the set.
    """
    for name in ("schema", "seed", "half", "quick", "real_media"):
        if earlier[name] != later[name]:
            raise ValueError(f"runs of different {name} are not one set")
    again = {trial["unit"] for trial in later[TRIALS]}
    kept = [trial for trial in earlier[TRIALS] if trial["unit"] not in again]
    sets: dict[tuple[str, ...], str] = {}
    runs: list[dict[str, Any]] = []
    trials = []
    for held, of in ((earlier, kept), (later, later[TRIALS])):
        for trial in of:
            name, said = trial["absent"]
            name = sets.setdefault(tuple(held["absent_sets"][name]), f"S{len(sets)}")
            run = held[RUNS][trial["run"]]
            if run not in runs:
                runs.append(run)
            trials.append({**trial, "absent": [name, said], "run": runs.index(run)})
    return {
        **later,
        "absent_sets": {name: list(kinds) for kinds, name in sets.items()},
        RUNS: runs,
        TRIALS: sorted(trials, key=lambda trial: trial["unit"]),
    }


def suites_of(held: Mapping[str, Any]) -> frozenset[str]:
    """Names of the suites that trials of ``held`` come from."""
    return frozenset(trial["unit"].partition("/")[0] for trial in held[TRIALS])


def stale(held: Mapping[str, Any]) -> dict[str, int]:
    """By kind: how many trials spoke of it under another version of its methods, and do not count any more."""
    found: dict[str, int] = {}
    for trial, record in zip(held[TRIALS], _whole(held), strict=True):
        for kind in {*record["expected"], *record["absent"]}:
            if not _holds(held, trial["run"], kind):
                found[kind] = found.get(kind, 0) + 1
    return found


def _holds(held: Mapping[str, Any], run: int, kind: str) -> bool:
    then, now = held[RUNS][run]["methods"], held["methods"]
    return all(then.get(method) == now.get(method) for method in held["answered_by"].get(kind, ()))


def records_of(held: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The trials as they were before ``results`` made them small, less what does not count any more."""
    found = []
    for record in _whole(held):
        run = record.pop("run")
        expected = {kind: word for kind, word in record["expected"].items() if _holds(held, run, kind)}
        if len(expected) < len(record["expected"]):
            expected = {}  # whether the event was found hangs on all of them
        absent = {kind: word for kind, word in record["absent"].items() if _holds(held, run, kind)}
        found.append({**record, "expected": expected, "absent": absent})
    return found


def _whole(held: Mapping[str, Any]) -> list[dict[str, Any]]:
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
        RUNS,
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
