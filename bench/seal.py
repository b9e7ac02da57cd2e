"""What the seal costs, and what a stranger's comparison sees: edits found at no false red, after re-encoding.

Run: ``python -m bench seal [--half measure] [--generated N] [--rounds N]``. Every clip becomes a raw
with sketches and a public video with a moving box and a strip (bench/sealed). Benign transcodes of it must
stay green; edits are made before a transcode and must be red in the tiles they touch. The tolerances of
release/likeness/tolerance.json were chosen with the half ``choose`` alone; rates are of the half ``measure``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import results
from bench.authenticity.contract import Half
from bench.sealed import cost, footage, trials
from bench.sealed.footage import Clip
from bench.sealed.trials import Edit
from witnessmark.model.intervals import clopper_pearson
from witnessmark.release.likeness.compare import Compared, compare
from witnessmark.release.likeness.tolerance import Tolerance, shipped

SEED = 20261
MEDIA = Path(__file__).resolve().parent.parent.parent / "shared" / "media"
STRENGTHS = (0, 8, 16, 24, 32, 48, 256)
"""Classes of the strength of an edit in a tile."""
NEEDED = 32
"""From here on an edit counts as one that must be found: painted out or put in, not a shade."""


@dataclass(slots=True)
class Tally:
    """What was counted."""

    clips: list[dict[str, Any]] = field(default_factory=list)
    benign: dict[str, dict[str, float]] = field(default_factory=dict)
    edits: list[dict[str, Any]] = field(default_factory=list)
    whole: dict[str, list[tuple[bool, float]]] = field(default_factory=lambda: defaultdict(list))
    untouched: list[int] = field(default_factory=lambda: [0, 0])
    """Red, and all, tile-sketches at least two tiles from every edit."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench seal", description=__doc__.split("\n\n")[0])
    parser.add_argument("--half", choices=[str(h) for h in Half], default=str(Half.MEASURE))
    parser.add_argument("--folder", type=Path, default=MEDIA, help="folder of real media")
    parser.add_argument("--generated", type=int, default=4, help="generated clips beside the real ones")
    parser.add_argument("--rounds", type=int, default=1, help="edited versions of each clip and transcode")
    parser.add_argument("--out", type=Path, help="where the figures go (default bench/results/seal.json)")
    options = parser.parse_args()
    begun_at, half = results.commit(), Half(options.half)
    media = options.folder if options.folder.is_dir() else None
    tally, tolerance = Tally(), shipped()
    for name, source in footage.takes(media, half, options.generated, SEED):
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            clip = footage.make(name, source, half, Path(folder))
            if clip is None:
                continue
            _benign(clip, Path(folder), tolerance, tally)
            _edited(clip, Path(folder), tolerance, tally, options.rounds)
            _whole(clip, Path(folder), tolerance, tally)
            tally.clips.append(
                {
                    "clip": name,
                    "raw": list(clip.raw),
                    "sketches": len(clip.numbers),
                    "motion": round(trials.motion(clip), 3),
                }
            )
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    figures = _figures(tally, tolerance)
    figures["cost"] = cost.measure(media)
    print(_told(figures))
    document = results.document(
        "seal",
        seed=SEED,
        words=results.told_words(),
        begun_at=begun_at,
        figures={"half": str(half), **figures},
    )
    print(results.write("seal", document, options.out), file=sys.stderr)
    return 0


def _compared(clip: Clip, video: Path, tolerance: Tolerance) -> Compared:
    return compare(clip.sketches, trials.look(clip, video), clip.opened, tolerance, strip=True)


def _benign(clip: Clip, folder: Path, tolerance: Tolerance, tally: Tally) -> None:
    for how in trials.BENIGN:
        video = folder / "benign.mp4"
        trials.transcode(footage.pictures_of(clip.public), clip, how, video)
        seen = _compared(clip, video, tolerance)
        known = np.nan_to_num(seen.scores, nan=-np.inf)
        row = tally.benign.setdefault(
            how.name,
            {"clips": 0, "red_clips": 0, "tiles": 0, "red": 0, "largest": 0.0, "largest_lasting": 0.0},
        )
        row["clips"] += 1
        row["red_clips"] += int(seen.red.any())
        row["tiles"] += int(np.isfinite(seen.scores).sum())
        row["red"] += int(seen.red.sum())
        row["largest"] = max(row["largest"], round(float(known.max()), 1))
        lasting = np.minimum(known[1:], known[:-1]).max() if len(known) > 1 else 0.0
        row["largest_lasting"] = max(row["largest_lasting"], round(float(lasting), 1))


def _edited(clip: Clip, folder: Path, tolerance: Tolerance, tally: Tally, rounds: int) -> None:
    rng = np.random.default_rng((SEED, len(clip.name), clip.length))
    for _ in range(rounds):
        for how in trials.AFTER_EDIT:
            edits = trials.draw_edits(clip, rng)
            video = folder / "edited.mp4"
            trials.transcode(trials.edited(clip, edits), clip, how, video)
            seen = _compared(clip, video, tolerance)
            clear = np.isfinite(seen.scores)
            for edit in edits:
                _count(clip, edit, seen.red, how.name, tally)
                _shut(clip, edit, clear)
            tally.untouched[0] += int((seen.red & clear).sum())
            tally.untouched[1] += int(clear.sum())


def _sketches_of(clip: Clip, edit: Edit) -> list[int]:
    return [k for k, number in enumerate(clip.numbers) if edit.first <= number < edit.last]


def _count(clip: Clip, edit: Edit, red: NDArray[np.bool_], transcode: str, tally: Tally) -> None:
    """One row for each tile that the edit touches in a whole mean, and one for the edit."""
    inside = _sketches_of(clip, edit)
    columns = red.shape[2]
    tiles = {
        tile: bool(inside and red[inside, tile // columns, tile % columns].any()) for tile in edit.strength
    }
    tally.edits.append(
        {
            "after": transcode,
            "how": edit.how,
            "side": edit.side,
            "length_s": round((edit.last - edit.first) / clip.rate, 1),
            "sketches": len(inside),
            "strength": max(edit.strength.values(), default=0.0),
            "found": any(tiles.values()),
            "tiles": [[round(edit.strength[tile], 1), found] for tile, found in tiles.items()],
        }
    )


def _shut(clip: Clip, edit: Edit, clear: NDArray[np.bool_]) -> None:
    """Leave out, of what counts as untouched, the edit's tiles and their neighbours while it lasts."""
    scale = clip.raw[0] / clip.shown[0]
    top, left = (int(v * scale) // 64 for v in (edit.top, edit.left))
    bottom, right = (int((v + edit.side - 1) * scale) // 64 for v in (edit.top, edit.left))
    inside = _sketches_of(clip, edit)
    if inside:
        span = slice(max(inside[0] - 1, 0), inside[-1] + 2)
        clear[span, max(top - 1, 0) : bottom + 2, max(left - 1, 0) : right + 2] = False


def _whole(clip: Clip, folder: Path, tolerance: Tolerance, tally: Tally) -> None:
    moving = trials.motion(clip)
    for how in trials.WHOLE:
        video = folder / "whole.mp4"
        trials.transcode(trials.changed_as_a_whole(clip, how), clip, trials.BENIGN[2], video)
        tally.whole[how].append((bool(_compared(clip, video, tolerance).red.any()), moving))


def _rate(found: int, tried: int) -> dict[str, Any]:
    low, high = clopper_pearson(found, tried)
    return {"found": found, "of": tried, "interval": [round(low, 4), round(high, 4)]}


def _of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return _rate(sum(row["found"] for row in rows), len(rows))


def _figures(tally: Tally, tolerance: Tolerance) -> dict[str, Any]:
    asked = [e for e in tally.edits if (e["side"], e["length_s"]) == trials.ASKED and e["sketches"]]
    strong = [e for e in tally.edits if e["strength"] >= NEEDED]
    tiles = [tile for e in asked for tile in e["tiles"]]
    return {
        "tolerance": {
            "version": tolerance.version,
            "spatial_share": tolerance.spatial_share,
            "temporal_share": tolerance.temporal_share,
            "single": tolerance.single,
            "lasting": tolerance.lasting,
        },
        "clips": tally.clips,
        "benign": tally.benign,
        "untouched_tiles_beside_edits": _rate(*tally.untouched),
        "asked": {
            "edit": f"{trials.ASKED[0]} px, {trials.ASKED[1]} s",
            "touched_tiles_by_strength": {
                f"{low}..{high}": _rate(
                    sum(found for strength, found in tiles if low <= strength < high),
                    sum(low <= strength < high for strength, _ in tiles),
                )
                for low, high in pairwise(STRENGTHS)
            },
            "touched_tiles_from_strength_32": _rate(
                sum(found for strength, found in tiles if strength >= NEEDED),
                sum(strength >= NEEDED for strength, _ in tiles),
            ),
            "edits_from_strength_32": _of([e for e in asked if e["strength"] >= NEEDED]),
            "edits_by_kind_from_strength_32": {
                how: _of([e for e in asked if e["how"] == how and e["strength"] >= NEEDED])
                for how in trials.HOWS
            },
        },
        "edits_from_strength_32_by_side_and_length": {
            f"{side} px": {
                f"{length} s": _of([e for e in strong if (e["side"], e["length_s"]) == (side, length)])
                for length in trials.LENGTHS_S
            }
            for side in trials.SIZES_PX
        },
        "between_sketches": sum(not e["sketches"] for e in tally.edits),
        "whole": {
            how: {
                "moving": _rate(sum(f for f, m in rows if m >= 0.02), sum(m >= 0.02 for _, m in rows)),
                "still": _rate(sum(f for f, m in rows if m < 0.02), sum(m < 0.02 for _, m in rows)),
            }
            for how, rows in tally.whole.items()
        },
    }


def _told(figures: dict[str, Any]) -> str:
    return json.dumps(figures, indent=1)


if __name__ == "__main__":
    sys.exit(main())
