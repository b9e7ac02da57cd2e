"""How often an earlier encoding is found, and how often a single one alarms.

Run: ``python -m bench recompression [--half measure] [--folder MEDIA] [--units N]``. Every unit is one source that
was never encoded as video (bench/recompressed/footage.py): it is written once as a camera would, and that is encoded
anew in several ways; beside it single encodings of the same source. Real camera files are controls, and those long
enough are encoded anew too. Thresholds may only be chosen with the half ``choose``.
"""

from __future__ import annotations

import argparse
import io
import math
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tests.corpus import encodings
from tests.corpus.encodings import Encoding
from tests.corpus.encodings import x264 as again

from bench import results
from bench.authenticity.contract import Half
from bench.authenticity.devices import devices
from bench.recompressed import footage
from witnessmark.examine.examiners import recompression
from witnessmark.ground.container import sniff
from witnessmark.ground.media import run_reel
from witnessmark.model.findings import FindingCore
from witnessmark.model.intervals import clopper_pearson

SEED = 50505
SECONDS = 10.0
UNITS = 24
SECOND: tuple[Encoding, ...] = (
    again(18, 0),
    again(23, 0),
    again(28, 0),
    again(18, None),
    again(23, None),
    again(28, None),
    encodings.MESSENGER,
    encodings.MPEG4_SECOND,
)
ONCE: tuple[Encoding, ...] = (again(23, 0), again(23, None), encodings.MESSENGER, encodings.MPEG4_SECOND)
HEVC_EVERY = 3
"""x265 takes as long as all others together."""
JPEG_SCALES = ((5, 3), (7, 4), (8, 3), (12, 7), (5, 2))
JPEG_PICTURES = 80
REAL_HEIGHT_PX = 360
REAL_PICTURES = 450
KNOWN_COPIES = ("Bushnell", "road CCTV")
"""Single takes of the real set that went through software: an alarm there is right, not false."""
COARSER_STEPS = 3
"""H.264 steps (mean of P pictures) above the first encoding from which the last counts as coarser: half a doubling."""
WANTED_UPPER = 0.01


@dataclass(frozen=True, slots=True)
class Row:
    """One file."""

    source: str
    take: str
    what: str
    group: int
    """Pictures of a group of the first encoding; 0 where there was none."""
    recurrences: int
    outcome: str
    marked: bool
    period: int
    log10_chance: float
    qp: float
    """Mean quantiser of its P pictures (H.264 steps; 0 where the decoder tells none)."""
    first_qp: float = 0.0
    """That of the first encoding."""


def examined(path: Path) -> tuple[str, bool, int, float, float]:
    data = path.read_bytes()
    kind = sniff(data[:65536], len(data))
    outcome = run_reel(io.BytesIO(data), len(data), (recompression.examination(kind),), kind=kind)
    (core,) = (product for _, product in outcome.products if isinstance(product, FindingCore))
    held = core.measurements
    period = int(held["hidden_group_pictures"].value) if "hidden_group_pictures" in held else 0  # type: ignore[arg-type]
    chance = float(held["log10_chance"].value) if "log10_chance" in held else 0.0  # type: ignore[arg-type]
    qp = float(held["qp_p"].value) if "qp_p" in held else 0.0  # type: ignore[arg-type]
    return str(core.outcome), core.must_be_explained, period, chance, qp


def made(half: Half, units: int, media: Path | None, folder: Path) -> Iterator[Row]:
    """Rows of made footage."""
    stills = footage.stills(media, half)
    for number in range(units):
        seed = SEED + 1000 * (half is Half.MEASURE) + number
        rng = np.random.default_rng(seed)
        real = bool(stills) and number % 3 != 2
        if real:
            still = stills[(number - number // 3) % len(stills)]
            raw = footage.filmed(f"still {still}", Path(str(media)) / still, seed, SECONDS)
        else:
            raw = footage.generated(f"scene {seed}", seed, SECONDS)
        source = "virtual camera over a real still" if real else "generated scene"
        group = encodings.GROUPS[number % len(encodings.GROUPS)]
        bits = encodings.BITS_A_PIXEL[int(rng.integers(len(encodings.BITS_A_PIXEL)))]
        camera = encodings.camera(group, bits, constant=bool(rng.integers(2)))
        first = encodings.encode(raw.pictures, folder / "first", camera, raw.fps)
        once = Row(source, raw.take, "single: camera-like", 0, 0, *examined(first))
        yield once
        pictures = encodings.decoded(first)
        recurrences = (len(pictures) - 1) // group
        for how in SECOND:
            path = encodings.encode(pictures, folder / "second", how, raw.fps)
            yield Row(source, raw.take, how.name, group, recurrences, *examined(path), once.qp)
        if number % HEVC_EVERY == 0:
            path = encodings.encode(pictures, folder / "hevc", encodings.HEVC_SECOND, raw.fps)
            yield Row(source, raw.take, encodings.HEVC_SECOND.name, group, recurrences, *examined(path))
        yield from _jpegs(source, raw, number, folder)
        for how in ONCE:
            path = encodings.encode(raw.pictures, folder / "once", how, raw.fps)
            yield Row(source, raw.take, f"single: {how.name}", 0, 0, *examined(path))


def _jpegs(source: str, raw: footage.Raw, number: int, folder: Path) -> Iterator[Row]:
    """Motion JPEG of Motion JPEG, the second time finer, and once."""
    old, new = JPEG_SCALES[number % len(JPEG_SCALES)]
    few = raw.pictures[:JPEG_PICTURES]
    first = encodings.encode(few, folder / "jpeg", encodings.mjpeg(old), raw.fps)
    fine = encodings.mjpeg(new)
    path = encodings.encode(encodings.decoded(first), folder / "jpeg-again", fine, raw.fps)
    yield Row(source, raw.take, "Motion JPEG after coarser Motion JPEG", -1, 0, *examined(path))
    path = encodings.encode(few, folder / "jpeg-once", fine, raw.fps)
    yield Row(source, raw.take, "single: Motion JPEG", 0, 0, *examined(path))


def real(half: Half, media: Path | None, folder: Path) -> Iterator[Row]:
    """Rows of camera files, and of those long enough encoded anew."""
    for device in devices(media, half):
        if media is None or device.name in KNOWN_COPIES or not device.pristine:
            continue
        path = media / device.file
        yield Row("real camera file", device.name, "native", 0, 0, *examined(path))
        if not device.attackable:
            continue
        pictures = encodings.decoded(path, REAL_PICTURES, REAL_HEIGHT_PX)
        for how in SECOND:
            again_path = encodings.encode(pictures, folder / "real", how, 30)
            yield Row("real camera file", device.name, how.name, -1, 0, *examined(again_path))


def table(rows: list[Row]) -> list[dict[str, Any]]:
    """One line for each thing done, source and number of recurrences."""
    lines = []
    keys = sorted({(row.what, row.source, _class(row)) for row in rows})
    for what, source, length in keys:
        mine = [row for row in rows if (row.what, row.source, _class(row)) == (what, source, length)]
        marked = sum(row.marked for row in mine)
        right = sum(row.marked and row.group in (row.period, -1) for row in mine)
        hits = marked if mine[0].group == 0 else right
        low, high = clopper_pearson(hits, len(mine))
        lines.append(
            {
                "what": what, "source": source, "recurrences": length, "n": len(mine), "marked": marked,
                "right_period": right, "undecided": sum(row.outcome == "inconclusive" for row in mine),
                "rate": round(hits / len(mine), 4), "low": round(low, 4), "high": round(high, 4),
            }
        )  # fmt: skip
    return lines


def _class(row: Row) -> str:
    if row.group <= 0:
        return "-"
    return "under 6" if row.recurrences < 6 else "6 and more"


def summary(rows: list[Row]) -> dict[str, Any]:
    """The figures that were promised, all sources together, and the bound on false alarms."""
    held: dict[str, Any] = {}
    groups = {
        "x264 without B pictures, crf 18-28": [f"x264 crf {crf}, no B pictures" for crf in (18, 23, 28)],
        "x264 with default B pictures, crf 18-28": [
            f"x264 crf {crf}, default B pictures" for crf in (18, 23, 28)
        ],
        "messenger-like": [encodings.MESSENGER.name],
        "MPEG-4": [encodings.MPEG4_SECOND.name],
        "x265": [encodings.HEVC_SECOND.name],
    }
    for name, whats in groups.items():
        for few in (False, True):
            mine = [
                row for row in rows if row.what in whats and row.group > 0 and (row.recurrences < 6) == few
            ]
            right = sum(row.marked and row.period == row.group for row in mine)
            low, high = clopper_pearson(right, len(mine))
            held[f"{name}; {'under 6' if few else '6 and more'} recurrences"] = {
                "found": right, "n": len(mine), "low": round(low, 4), "high": round(high, 4),
                "takes": len({row.take for row in mine}),
            }  # fmt: skip
    for name, whats in list(groups.items())[:2]:
        for coarser in (False, True):
            mine = [
                row
                for row in rows
                if row.what in whats
                and row.recurrences >= 6
                and (row.qp > row.first_qp + COARSER_STEPS) == coarser
            ]
            right = sum(row.marked and row.period == row.group for row in mine)
            low, high = clopper_pearson(right, len(mine))
            held[f"{name}; 6 and more recurrences, last encoding {'coarser' if coarser else 'no coarser'}"] = {
                "found": right, "n": len(mine), "low": round(low, 4), "high": round(high, 4),
                "takes": len({row.take for row in mine}),
            }  # fmt: skip
    twice = [row for row in rows if row.what == "Motion JPEG after coarser Motion JPEG"]
    low, high = clopper_pearson(sum(row.marked for row in twice), len(twice))
    held["Motion JPEG after coarser Motion JPEG"] = {
        "found": sum(row.marked for row in twice), "n": len(twice), "low": round(low, 4), "high": round(high, 4),
    }  # fmt: skip
    single = [row for row in rows if row.group == 0]
    false = sum(row.marked for row in single)
    _, high = clopper_pearson(false, len(single))
    held["false alarms on single encodings and natives"] = {
        "marked": false, "n": len(single), "takes": len({row.take for row in single}), "upper": round(high, 4),
        "n_needed_for_1_percent": math.ceil(math.log(0.025) / math.log(1 - WANTED_UPPER)),
    }  # fmt: skip
    return held


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=[half.value for half in Half], default=Half.MEASURE.value)
    parser.add_argument("--folder", type=Path, default=results.ROOT.parent / "shared" / "media")
    parser.add_argument("--units", type=int, default=UNITS)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    half, media = Half(chosen.half), chosen.folder if chosen.folder.is_dir() else None
    begun_at = results.commit()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as held:
        rows += real(half, media, Path(held))
        for row in made(half, chosen.units, media, Path(held)):
            rows.append(row)
            print(f"{row.what[:44]:44} {row.group:3} {row.outcome:13} {row.period:4} {row.log10_chance:6.1f}",
                  file=sys.stderr, flush=True)  # fmt: skip
    lines, told = table(rows), summary(rows)
    for line in lines:
        print(
            f"{line['what'][:46]:46} {line['source'][:32]:32} {line['recurrences']:10} n {line['n']:3} "
            f"marked {line['marked']:3} right {line['right_period']:3} "
            f"{100 * line['low']:5.1f}-{100 * line['high']:5.1f} %"
        )
    for name, figure in told.items():
        print(name, figure)
    document = results.document(
        "recompression", seed=SEED, words=results.told_words(), begun_at=begun_at,
        figures={"half": half.value, "summary": told, "table": lines, "rows": [asdict(row) for row in rows]},
    )  # fmt: skip
    results.write("recompression", document, chosen.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
