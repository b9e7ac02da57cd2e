"""What an examination costs, as a multiple of one plain decode by ``ffmpeg -threads 1 -f null``.

One clip is made (720p H.264 with sound, moving texture and noise), sealed like an object of a case, and then
examined in the jail: everything together (all methods, redactable seal, reviewer's shield), each method alone,
and each kind of need alone in this process. CPU seconds of user and system, the least of some runs, peer in
the same run. The house's limit is 1.5 for everything at 6 Mb/s and above; lower bit rates are printed beside.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.corpus.clips import make_clip

from witnessmark.case.attempt_results import AttemptReader
from witnessmark.examine import registry
from witnessmark.ground.jail import Budget, Ended, run
from witnessmark.ground.media import build_id, run_reel
from witnessmark.ground.vault.age import AgeWriter, new_identity, recipient_of
from witnessmark.model.consumer import ByteSource, ColourAt, Frames, LumaAt, Need, Packets, PcmAt, Product
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Sample

LIMIT = 1.5
LIMIT_FROM_BIT_RATE = 6_000_000
SIZE = (1280, 720)
CRFS = (18, 27)
"""Two clips: one above 6 Mb/s, one far below, where decoding is cheap and everything else weighs more."""
NEEDS: dict[str, tuple[Need, ...]] = {
    "need: packets": (Packets(),),
    "need: frames": (Frames(),),
    "need: luma 90, every frame": (LumaAt(90),),
    "need: luma 180, every frame": (LumaAt(180),),
    "need: 8x8 means, 6/s": (LumaAt(0, 6),),
    "need: colour 360, 1/s": (ColourAt(360, 1),),
    "need: frames and sound": (Frames(), PcmAt()),
}


class Idle:
    """Takes everything and does nothing: what is measured is the reel."""

    name = "idle"

    def __init__(self, needs: tuple[Need, ...]) -> None:
        self.needs = needs

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        return None

    def finish(self) -> tuple[Product, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    cpu_s: float
    of_plain_decode: float
    within: str = ""


def cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def peer(path: Path) -> float:
    """One plain decode of sound and picture. Raises SystemExit where there is no ffmpeg to compare with."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise SystemExit(
            "error: ffmpeg is not installed\nhint: apt install ffmpeg; it is the peer of this bench"
        )
    before = cpu_of_children()
    subprocess.run([ffmpeg, "-v", "error", "-threads", "1", "-i", str(path), "-f", "null", "-"], check=True)
    return cpu_of_children() - before


def least(measure: Callable[[], float], runs: int) -> float:
    return min(measure() for _ in range(runs))


def needs_only(data: bytes, needs: tuple[Need, ...]) -> float:
    outcome = run_reel(io.BytesIO(data), len(data), [Idle(needs)], kind=Kind(MediaType.VIDEO, "mp4"))
    return outcome.cpu_s


def attempt(sealed: Path, key: bytes, examiners: Sequence[str] | None, *, seal: bool, shield: bool) -> float:
    """CPU seconds of one jailed child, start-up of the interpreter included."""
    reader = AttemptReader([card.id for card in registry.cards()], sink=lambda name, piece, is_last: None)
    fd = os.open(sealed, os.O_RDONLY)
    request: dict[str, Any] = {
        "examiners": None if examiners is None else list(examiners),
        "seal": "sampled" if seal else None,
        "shield": shield,
        "sha256": False,
        "cpu_s": None,
    }
    result = run(
        "witnessmark.case.attempt:examine",
        request,
        files={"object": fd},
        secrets={"file_key": key},
        budget=Budget(),
        on_record=reader.on_record,
        on_blob=reader.on_blob,
    )
    os.close(fd)
    if result.ended is not Ended.DONE:
        raise SystemExit(f"error: the examination ended as {result.ended}: {result.detail}")
    return result.cpu_s


def rows(path: Path, sealed: Path, key: bytes, bit_rate: float, runs: int) -> Iterator[Row]:
    plain = least(lambda: peer(path), runs)
    yield Row("ffmpeg -threads 1 -f null", plain, 1.0)

    def row(what: str, cpu_s: float, within: str = "") -> Row:
        return Row(what, cpu_s, cpu_s / plain, within)

    whole = partial(attempt, sealed, key)
    everything = least(partial(whole, None, seal=True, shield=True), runs)
    counts = bit_rate >= LIMIT_FROM_BIT_RATE
    verdict = ("yes" if everything <= LIMIT * plain else "NO") if counts else "-"
    yield row("everything, seal and shield included", everything, verdict)
    yield row("all methods", least(partial(whole, None, seal=False, shield=False), runs))
    for card in registry.cards():
        alone = partial(whole, [card.id], seal=False, shield=False)
        yield row(f"method: {card.id}", least(alone, runs))
    data = path.read_bytes()
    for what, needs in NEEDS.items():
        yield row(what, least(partial(needs_only, data, needs), runs))
    yield row("ffmpeg again", least(lambda: peer(path), runs))


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; 1 where everything together takes more than the limit allows."""
    parser = argparse.ArgumentParser(prog="bench speed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=12.0, help="length of the clips")
    parser.add_argument("--runs", type=int, default=3, help="the least of so many runs counts")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    tables = []
    with tempfile.TemporaryDirectory() as folder:
        for crf in CRFS:
            path, sealed = Path(folder) / f"{crf}.mp4", Path(folder) / f"{crf}.age"
            make_clip(path, seconds=options.seconds, size=SIZE, crf=crf, bframes=2, seed=5)
            with sealed.open("wb") as file:
                writer = AgeWriter(file.write, [recipient_of(new_identity())])
                writer.write(path.read_bytes())
                writer.close()
            bit_rate = path.stat().st_size * 8 / options.seconds
            table = list(rows(path, sealed, writer.file_key, bit_rate, options.runs))
            tables.append({"bit_rate": round(bit_rate), "seconds": options.seconds, "rows": table})
    if options.json:
        plain = [
            {**t, "rows": [[r.what, r.cpu_s, r.of_plain_decode, r.within] for r in t["rows"]]} for t in tables
        ]
        print(json.dumps({"schema": "witnessmark/bench-speed/1", "build": build_id(), "tables": plain}))
    else:
        show(tables)
    return int(any(row.within == "NO" for table in tables for row in table["rows"]))


def show(tables: Sequence[dict[str, Any]]) -> None:
    print(f"build {build_id()}, least CPU seconds of user and system")
    for table in tables:
        rate = table["bit_rate"] / 1e6
        print(f"\n{SIZE[0]}x{SIZE[1]} H.264, {table['seconds']:g} s, {rate:.1f} Mb/s (with sound)")
        for row in table["rows"]:
            verdict = f"  within {LIMIT:g}: {row.within}" if row.within else ""
            print(f"  {row.what:40s}{row.cpu_s:8.2f} s{row.of_plain_decode:8.2f} x{verdict}")


if __name__ == "__main__":
    sys.exit(main())
