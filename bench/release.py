"""A whole release of one clip, from confirmed tracks to a bundle that `verify.py` accepts, beside the clip's length.

What is timed is what two people wait for: proposing (public video in two sizes, the second look at it, the look with
our own comparers, opening the seal, statement), approving, writing the bundle, and a stranger's check of it. Looking
for faces before that is told beside it and not counted: people work between the two. The clip is people walking through
a picture, as long and as large as asked; every round makes a case of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.corpus.clips import Encode, write_clip
from tests.corpus.fixed import FixedCamera
from tests.support.two_people import FIRST, SECOND, TwoPeople

from bench import results
from bench.measured import BenchError, load
from bench.table import table
from witnessmark.case import publishing, redacting, wiring
from witnessmark.case.case import Case
from witnessmark.case.describing import import_table
from witnessmark.case.examining import examine
from witnessmark.case.exposing import acknowledge, declare_source
from witnessmark.case.key_keeping import add_person
from witnessmark.case.receiving import receive
from witnessmark.case.release_look import write_look
from witnessmark.case.release_media import Plan
from witnessmark.ground.vault.keybook import RIGHTS
from witnessmark.model.recording import Item
from witnessmark.model.redaction import Form, TrackState
from witnessmark.model.release import Release
from witnessmark.release.report.statement import read_words

SEED = 71
FULL_S, QUICK_S = 180.0, 6.0
SIZE, QUICK_SIZE, RATE = (1280, 720), (320, 192), 25
TIMES_ITS_LENGTH = 4.0
"""What is aimed at."""
WORDS = (read_words("People walk\n\nPeople walk through a picture.\n", "en"),)
LOOKS = 4


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bench release", description="a release beside the length of its clip"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a few seconds of a small picture: only to try it"
    )
    parser.add_argument("--out", type=Path, default=None)
    chosen = parser.parse_args()
    begun_at, busy = results.commit(), load()
    seconds, size = (QUICK_S, QUICK_SIZE) if chosen.quick else (FULL_S, SIZE)
    with tempfile.TemporaryDirectory(prefix="bench-release-") as work:
        steps = released(Path(work), seconds, size)
    told = {name: round(spent, 1) for name, spent in steps.items()}
    counted = sum(spent for name, spent in told.items() if name not in ("examine", "redact"))
    figures = {
        "clip": {"seconds": seconds, "size": list(size), "rate": RATE},
        "load_before": busy,
        "wall_s": told,
        "counted_s": round(counted, 1),
        "times_its_length": round(counted / seconds, 2),
        "aim": TIMES_ITS_LENGTH,
    }
    print(table(["step", "wall s"], [[name, f"{spent:.1f}"] for name, spent in told.items()]))
    print(f"\nfrom confirmed tracks to a checked bundle: {figures['times_its_length']} times its length")
    held = results.document(
        "release", seed=SEED, words=results.told_words(), begun_at=begun_at, figures=figures
    )
    if chosen.out is not None or not chosen.quick:
        print(results.write("release", held, chosen.out))
    return 0


def released(work: Path, seconds: float, size: tuple[int, int]) -> dict[str, float]:
    """Wall seconds of each step."""
    disk = work / "disk"
    disk.mkdir()
    camera = FixedCamera(size, SEED, seconds=seconds, busy=1.0, people=3)
    pictures = camera.pictures(round(seconds * RATE), RATE)
    encode = Encode(crf=20, gop=50, audio=False)
    write_clip(disk / "clip.mp4", pictures, range(1 << 30), Fraction(1, RATE), Fraction(RATE), encode, None)
    steps: dict[str, float] = {}
    with wiring.create_case(work / "case", "bench", FIRST, pseudonym="first").case as case:
        receive(case, [str(disk).encode()])
        _timed(steps, "examine", lambda: examine(case))
        add_person(case, "second", SECOND, rights=RIGHTS, recipients=())
        declare_source(case, safe=True, reason="bench")
        (item,) = case.catalogue.items()
        for what, head, row in (
            ("label", "code,items,labels,given_by", f"L1,{item.item_id},nothing_grave,A"),
            ("consent", "code,person,items,assessed_by", f"C1,nobody,{item.item_id},A"),
        ):
            import_table(case, what, f"{head}\n{row}\n".encode())
        _timed(steps, "redact", lambda: redacting.propose(case, item, voice=False))
    with TwoPeople(work).opened(FIRST) as case:
        made = _timed(steps, "propose", lambda: _proposed(case, item))
    with TwoPeople(work).opened(SECOND) as case:
        approved = _timed(steps, "approve", lambda: _approved(case, made, work / "look"))
        outcome, _ = _timed(steps, "write", lambda: publishing.write(case, approved, work / "bundle"))
        if outcome.blockers:
            raise BenchError(f"the release was blocked: {outcome.blockers[0].what}")
    check = [sys.executable, "-I", "-S", str(work / "bundle" / "verify.py"), str(work / "bundle")]
    _timed(steps, "verify", lambda: subprocess.run(check, check=True, capture_output=True))
    return steps


def _timed(steps: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    begun = time.monotonic()
    made = work()
    steps[name] = time.monotonic() - begun
    return made


def _approved(case: Case, code: str, look: Path) -> Release:
    release = publishing.release_by_code(case, code)
    write_look(case, release, look)
    return publishing.approve(case, release)


def _proposed(case: Case, item: Item) -> str:
    """As people would who confirm everything: what the second look adds is cleared, and the video is made again."""
    for _ in range(LOOKS):
        held = redacting.needed_redaction(case, item)
        settled = held.with_work(
            tuple(replace(one, state=TrackState.CONFIRMED) for one in held.tracks),
            tuple(replace(one, cleared=True) for one in held.stretches),
        )
        redacting.keep(case, item, settled, "redaction.decided", reason="bench")
        outcome = publishing.propose(case, item, Plan(Form.VIDEO, WORDS, show_first_entry=True))
        if outcome.release is not None:
            return outcome.release.release_id
        for one in outcome.blockers:
            rule, _, code = one.code.partition(":")
            if rule == "exposure":
                acknowledge(case, code, "bench")
    raise BenchError(f"the release was blocked: {outcome.blockers[0].what}")
