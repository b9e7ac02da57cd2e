"""Runs the units, one or several at a time; what is finished is kept, and the same command goes on.

Finished units lie in ``.soak/authenticity/STATE.jsonl``, a line for each; STATE digests the code that makes and
examines the files, so other code begins anew. Order of units, jobs and stops do not change any figure: units
need nothing of one another and draw their own random numbers.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.authenticity.contract import Half, Plan, Unit, Workplace
from bench.authenticity.judge import judged
from bench.authenticity.register import units
from bench.results import ROOT

MEDIA = ROOT.parent / "shared" / "media"
STATES = ROOT / ".soak" / "authenticity"
CODE = (
    "bench/authenticity",
    "bench/recompressed",
    "tests/corpus",
    "src/witnessmark/examine",
    "src/witnessmark/ground/media",
    "src/witnessmark/ground/container",
    "src/witnessmark/model",
)
NOT_CODE = ("rates.json",)
"""Written by the bench itself; no figure depends on it."""
TENTH = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What one run of the bench is to do. Two runs of the same code that ask the same give the same."""

    half: Half
    seed: int
    quick: bool
    only: tuple[str, ...] = ()
    media: Path | None = None

    @property
    def plan(self) -> Plan:
        return Plan(self.half, self.media)

    def chosen(self) -> dict[str, Unit]:
        """Units by key. Quick: a seeded tenth, at least one of each suite, and those that are always run."""
        listed = units(self.plan, self.only)
        if not self.quick:
            return {key: unit for key, (_, unit) in listed.items()}
        found: dict[str, Unit] = {}
        served: set[str] = set()
        for key in sorted(listed, key=lambda key: _draw(self.seed, key)):
            suite, unit = listed[key]
            if unit.always or _draw(self.seed, key) < 1 / TENTH or suite.name not in served:
                found[key] = unit
                served.add(suite.name)
        return found


def run(asked: Asked, *, jobs: int = 1, again: bool = False) -> list[dict[str, Any]]:
    """Every trial of every chosen unit, as plain records in the order of the units' keys.

    Raises RuntimeError, after all others are done, where units broke: a bench with holes has no rates.
    """
    chosen = asked.chosen()
    state = STATES / f"{state_of(asked)}.jsonl"
    done = {} if again else _finished(state)
    state.parent.mkdir(parents=True, exist_ok=True)
    left = [key for key in chosen if key not in done]
    broken: list[str] = []
    _keep(state, done)
    with state.open("a", encoding="utf-8") as out:
        for count, (key, records, fault) in enumerate(_made(asked, left, jobs)):
            if fault:
                broken.append(f"{key}: {fault}")
                continue
            done[key] = records
            out.write(json.dumps({"unit": key, "trials": records}, ensure_ascii=False) + "\n")
            out.flush()
            if sys.stderr.isatty():
                print(f"\r{count + 1} of {len(left)} units", end="", file=sys.stderr)
    if broken:
        raise RuntimeError(f"{len(broken)} units broke, the first: {broken[0]}")
    return [record for key in sorted(chosen) for record in done[key]]


def _made(asked: Asked, keys: list[str], jobs: int) -> Iterator[tuple[str, list[dict[str, Any]], str]]:
    if jobs <= 1:
        for key in keys:
            yield one_unit(asked, key)
        return
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        for done in as_completed([pool.submit(one_unit, asked, key) for key in keys]):
            yield done.result()


def one_unit(asked: Asked, key: str) -> tuple[str, list[dict[str, Any]], str]:
    """(key, its trials, what broke). Runs in a process of its own where jobs are several."""
    unit = units(asked.plan, asked.only)[key][1]
    records: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work = Workplace(Path(folder), asked.seed, asked.half, key, asked.media)
        try:
            records += [judged(key, trial).to_json() for trial in unit.trials(work)]
        except Exception:
            return key, [], traceback.format_exc(limit=-3)
    return key, records, ""


def media_here() -> Path | None:
    return MEDIA if MEDIA.is_dir() else None


def state_of(asked: Asked) -> str:
    """Digest of what is asked and of all code that the figures depend on, as it lies on the disk."""
    digest = hashlib.sha256(f"{asked.half} {asked.seed} {asked.media is not None}".encode())
    for path in code_files():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def code_files() -> list[Path]:
    found: list[Path] = []
    for folder in CODE:
        for at, folders, names in os.walk(ROOT / folder):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            found += [Path(at) / name for name in names if name not in NOT_CODE and not name.endswith(".pyc")]
    return sorted(found)


def _finished(state: Path) -> dict[str, list[dict[str, Any]]]:
    """Units of an earlier run; a half-written last line is left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    try:
        lines = state.read_text(encoding="utf-8").splitlines()
    except OSError:
        return found
    for line in lines:
        try:
            held = json.loads(line)
        except ValueError:
            continue
        found[held["unit"]] = held["trials"]
    return found


def _keep(state: Path, done: dict[str, list[dict[str, Any]]]) -> None:
    """The file anew with what is whole in it: a half-written line must not swallow the next one."""
    draft = state.with_suffix(".draft")
    lines = (json.dumps({"unit": key, "trials": trials}, ensure_ascii=False) for key, trials in done.items())
    draft.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    draft.replace(state)


def _draw(seed: int, key: str) -> float:
    """A number in [0, 1) that belongs to the key."""
    return int.from_bytes(hashlib.sha256(f"{seed} {key}".encode()).digest()[:6], "big") / (1 << 48)
