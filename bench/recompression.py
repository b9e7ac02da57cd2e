"""How often an earlier encoding is found, by each of the two designs and by both, and how often a single one alarms.

Run: ``python -m bench recompression [--half measure] [--folder MEDIA] [--units N] [--singles N]``. Every unit is one
source that was never encoded as video (bench/recompressed/footage.py): it is written once as a camera would, and that
is encoded anew in several ways; beside it single encodings of the same source. ``--singles`` further sources are
encoded once only, each in one way. Real camera files are controls, and those long enough are encoded anew too.
Thresholds and weights may only be chosen with the half ``choose``: ``--fit`` prints the weights that it gives.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from tests.corpus import encodings
from tests.corpus.encodings import Encoding
from tests.corpus.encodings import x264 as again

from bench import results
from bench.authenticity.contract import Half
from bench.authenticity.devices import devices
from bench.recompressed import footage, weights
from witnessmark.examine.coding.designs import SHARES
from witnessmark.examine.coding.footprint import Coding
from witnessmark.examine.examiners import recompression
from witnessmark.ground.container import sniff
from witnessmark.ground.media import run_reel
from witnessmark.model.findings import FindingCore
from witnessmark.model.intervals import clopper_pearson

SEED = 50505
SECONDS = 10.0
UNITS = 24
SINGLES = 40
SINGLE_STILLS_EVERY = 5
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
FIT_SEED = 60000
FIT_HEVC_EVERY = 2
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
    footprint: tuple[int, float]
    """Period and log10 chance of the first design, as if it were alone."""
    decisions: tuple[int, float]
    """The same of the second."""
    qp: float
    """Mean quantiser of its P pictures (H.264 steps; 0 where the decoder tells none)."""
    own_group: int = 0
    """Pictures of the file's own groups, where regular."""
    first_qp: float = 0.0
    """Quantiser of the first encoding."""

    def found_by(self, design: str) -> bool:
        """Whether a design (``both``: the method) finds the right period at the chance asked for."""
        period, chance = {
            "footprint": self.footprint, "decisions": self.decisions, "both": (self.period, self.log10_chance)
        }[design]  # fmt: skip
        observed = self.marked if design == "both" else chance <= math.log10(recompression.CHANCE_MODERATE)
        return observed and period == self.group

    @property
    def hidden(self) -> bool:
        """Whether the old groups fall together with the file's own: then nothing can be found."""
        return self.own_group > 1 and self.group > 1 and not self.group % self.own_group


def run(path: Path) -> tuple[recompression.Recompression, FindingCore]:
    data = path.read_bytes()
    kind = sniff(data[:65536], len(data))
    examiner = recompression.Recompression()
    outcome = run_reel(io.BytesIO(data), len(data), (examiner,), kind=kind)
    (core,) = (product for _, product in outcome.products if isinstance(product, FindingCore))
    return examiner, core


def examined(path: Path) -> dict[str, Any]:
    """The measured fields of a row."""
    _, core = run(path)
    held = core.measurements

    def number(name: str) -> float:
        return float(held[name].value) if name in held else 0.0  # type: ignore[arg-type]

    def alone(name: str) -> tuple[int, float]:
        share = SHARES[name] if "decisions_log10_chance" in held else 1.0
        chance = number(f"{name}_log10_chance")
        return int(number(f"{name}_group_pictures")), chance + math.log10(share) if chance else 0.0

    return {
        "outcome": str(core.outcome),
        "marked": core.must_be_explained,
        "period": int(number("hidden_group_pictures")),
        "log10_chance": number("log10_chance"),
        "footprint": alone("footprint"),
        "decisions": alone("decisions"),
        "qp": number("qp_p"),
        "own_group": int(number("own_group_pictures")),
    }


def made(half: Half, units: int, media: Path | None, folder: Path) -> Iterator[Row]:
    """Rows of made footage."""
    for number in range(units):
        seed = SEED + 1000 * (half is Half.MEASURE) + number
        raw, source, group, camera = _unit(half, number, media, seed)
        first = encodings.encode(raw.pictures, folder / "first", camera, raw.fps)
        once = Row(source, raw.take, "single: camera-like", 0, 0, **examined(first))
        yield once
        pictures = encodings.decoded(first)
        recurrences = (len(pictures) - 1) // group
        for how in SECOND:
            path = encodings.encode(pictures, folder / "second", how, raw.fps)
            yield Row(source, raw.take, how.name, group, recurrences, **examined(path), first_qp=once.qp)
        if number % HEVC_EVERY == 0:
            path = encodings.encode(pictures, folder / "hevc", encodings.HEVC_SECOND, raw.fps)
            yield Row(source, raw.take, encodings.HEVC_SECOND.name, group, recurrences, **examined(path))
        yield from _jpegs(source, raw, number, folder)
        for how in ONCE:
            path = encodings.encode(raw.pictures, folder / "once", how, raw.fps)
            yield Row(source, raw.take, f"single: {how.name}", 0, 0, **examined(path))


def _unit(half: Half, number: int, media: Path | None, seed: int) -> tuple[footage.Raw, str, int, Encoding]:
    """Source, what it is, old group and first encoding of one unit."""
    stills = footage.stills(media, half)
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
    return raw, source, group, encodings.camera(group, bits, constant=bool(rng.integers(2)))


def _jpegs(source: str, raw: footage.Raw, number: int, folder: Path) -> Iterator[Row]:
    """Motion JPEG of Motion JPEG, the second time finer, and once."""
    old, new = JPEG_SCALES[number % len(JPEG_SCALES)]
    few = raw.pictures[:JPEG_PICTURES]
    first = encodings.encode(few, folder / "jpeg", encodings.mjpeg(old), raw.fps)
    fine = encodings.mjpeg(new)
    path = encodings.encode(encodings.decoded(first), folder / "jpeg-again", fine, raw.fps)
    yield Row(source, raw.take, "Motion JPEG after coarser Motion JPEG", -1, 0, **examined(path))
    path = encodings.encode(few, folder / "jpeg-once", fine, raw.fps)
    yield Row(source, raw.take, "single: Motion JPEG", 0, 0, **examined(path))


def real(half: Half, media: Path | None, folder: Path) -> Iterator[Row]:
    """Rows of camera files, and of those long enough encoded anew."""
    for device in devices(media, half):
        if media is None or device.name in KNOWN_COPIES or not device.pristine:
            continue
        path = media / device.file
        yield Row("real camera file", device.name, "native", 0, 0, **examined(path))
        if not device.attackable:
            continue
        pictures = encodings.decoded(path, REAL_PICTURES, REAL_HEIGHT_PX)
        for how in SECOND:
            again_path = encodings.encode(pictures, folder / "real", how, 30)
            yield Row("real camera file", device.name, how.name, -1, 0, **examined(again_path))


def singles(half: Half, count: int, media: Path | None, folder: Path) -> Iterator[Row]:
    """Rows of further sources, each encoded once, in one way."""
    stills = footage.stills(media, half)
    for number in range(count):
        seed = SEED + 1000 * (half is Half.MEASURE) + 500_000 + number
        rng = np.random.default_rng(seed)
        raw = footage.generated(f"scene {seed}", seed, SECONDS)
        if stills and not number % SINGLE_STILLS_EVERY:
            still = stills[number // SINGLE_STILLS_EVERY % len(stills)]
            raw = footage.filmed(f"still {still}", Path(str(media)) / still, seed, SECONDS)
        group = encodings.GROUPS[int(rng.integers(len(encodings.GROUPS)))]
        bits = encodings.BITS_A_PIXEL[int(rng.integers(len(encodings.BITS_A_PIXEL)))]
        crf = int(rng.integers(18, 29))
        hows = (
            again(crf, 0), again(crf, None), encodings.MESSENGER,
            encodings.camera(group, bits, constant=bool(rng.integers(2))),
            again(crf, None, preset="veryfast", gop=group), again(crf, 2, preset="fast"),
            encodings.mpeg4_camera(group, 2 * bits), again(crf, 0, gop=group),
        )  # fmt: skip
        how = hows[number % len(hows)]
        path = encodings.encode(raw.pictures, folder / "single", how, raw.fps)
        yield Row("one encoding only", raw.take, f"single: {how.name}", 0, 0, **examined(path))


def choosing(units: int, media: Path | None, folder: Path) -> Iterator[tuple[Coding, int]]:
    """How the files of the half *choose* that were encoded anew are coded, and their old group."""
    for number in range(units):
        raw, _, group, camera = _unit(Half.CHOOSE, number, media, FIT_SEED + number)
        first = encodings.encode(raw.pictures, folder / "first", camera, raw.fps)
        pictures = encodings.decoded(first)
        more = () if number % FIT_HEVC_EVERY else (encodings.HEVC_SECOND,)
        for how in (*SECOND, *more):
            examiner, _ = run(encodings.encode(pictures, folder / "second", how, raw.fps))
            linear = how.codec in recompression.LINEAR
            yield examiner.series.coding(linear_quantiser=linear), group
        print(f"unit {number}", file=sys.stderr, flush=True)


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
        mine = [row for row in rows if row.what in whats and row.group > 0]
        for few in (False, True):
            some = [row for row in mine if not row.hidden and (row.recurrences < 6) == few]
            held[f"{name}; {'under 6' if few else '6 and more'} recurrences"] = _both(some)
        under = [row for row in mine if row.hidden]
        if under:
            held[f"{name}; old groups fall together with the file's own"] = _both(under)
    for name, whats in list(groups.items())[:2]:
        for coarser in (False, True):
            mine = [
                row
                for row in rows
                if row.what in whats
                and row.recurrences >= 6
                and (row.qp > row.first_qp + COARSER_STEPS) == coarser
            ]
            words = f"last encoding {'coarser' if coarser else 'no coarser'}"
            held[f"{name}; 6 and more recurrences, {words}"] = _both(mine)
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


def _both(rows: list[Row]) -> dict[str, Any]:
    """How often each design and both find the right period."""
    right = sum(row.found_by("both") for row in rows)
    low, high = clopper_pearson(right, len(rows)) if rows else (0.0, 1.0)
    return {
        "n": len(rows), "takes": len({row.take for row in rows}),
        "footprint": sum(row.found_by("footprint") for row in rows),
        "decisions": sum(row.found_by("decisions") for row in rows),
        "found": right, "low": round(low, 4), "high": round(high, 4),
        "wrong_period": sum(row.marked and row.period != row.group for row in rows),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=[half.value for half in Half], default=Half.MEASURE.value)
    parser.add_argument("--folder", type=Path, default=results.ROOT.parent / "shared" / "media")
    parser.add_argument("--units", type=int, default=UNITS)
    parser.add_argument("--singles", type=int, default=SINGLES)
    parser.add_argument("--fit", action="store_true", help="print the weights that the half choose gives")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    half, media = Half(chosen.half), chosen.folder if chosen.folder.is_dir() else None
    if chosen.fit:
        with tempfile.TemporaryDirectory() as held:
            print(json.dumps(weights.fitted(choosing(chosen.units, media, Path(held))), indent=1))
        return 0
    begun_at = results.commit()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as held:
        rows += real(half, media, Path(held))
        more = singles(half, chosen.singles, media, Path(held))
        for row in chain(made(half, chosen.units, media, Path(held)), more):
            rows.append(row)
            told_row = (
                f"{row.what[:44]:44} {row.group:3} {row.outcome:13} {row.period:4} {row.log10_chance:6.1f}"
            )
            print(told_row, row.footprint, row.decisions, file=sys.stderr, flush=True)
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
