"""Runs in a process of its own: look for faces, propose tracks, make both public videos. Prints the boxes asked for.

``python -m bench.redacted.ours CLIP N,N,...``: everything that ``redact`` and the making of the public video do to the
footage, without a case and without the jail (whose own cost is a tenth of a second).
"""

from __future__ import annotations

import json
import sys
import time
from fractions import Fraction
from pathlib import Path

from witnessmark.case.redaction_task import look_height
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import run_reel
from witnessmark.ground.media.public import shape_of
from witnessmark.ground.media.sources import PlainSource
from witnessmark.model.doubts import Doubt
from witnessmark.model.redaction import Masks, Recipe
from witnessmark.protect.faces.finder import FaceFinder
from witnessmark.protect.faces.proposing import proposed
from witnessmark.release.derivative.maker import DerivativeMaker
from witnessmark.release.derivative.strip import StripText

STRIP = StripText("BENCH", "0", "0" * 64, "0" * 64, True)


def main() -> int:
    started = time.process_time()
    path, wanted = Path(sys.argv[1]), [int(n) for n in sys.argv[2].split(",")]
    with path.open("rb") as held:
        source = PlainSource(held.fileno(), path.stat().st_size)
        kind = sniff(source.read_at(0, HEAD_BYTES), source.size_bytes)
        shape = shape_of(source, kind)
        assert shape is not None
        finder = FaceFinder(shape.width_px, shape.height_px, look_height(shape.width_px, shape.height_px))
        outcome = run_reel(source, source.size_bytes, [finder], kind=kind)
        assert finder.found is not None and not outcome.failures
        tracks, stretches = proposed(finder.found)
        found_cpu_s = time.process_time() - started
        masks = Masks(shape.stream, shape.width_px, shape.height_px, tracks)
        length_s = Fraction(outcome.media_s).limit_denominator(1000)
        maker = DerivativeMaker(Recipe(masks), shape, length_s, STRIP)
        outcome = run_reel(source, source.size_bytes, [maker], kind=kind)
        assert not outcome.failures
        sizes = {name: sum(len(piece) for piece in pieces) for name, pieces in maker.files()}
    print(
        "BOXES "
        + json.dumps(
            {
                "boxes": {n: [box.to_json() for box in masks.boxes_at(n)] for n in wanted},
                "finding_cpu_s": round(found_cpu_s, 2),
                "tracks": len(tracks),
                "open": len(stretches),
                "possible": sum(s.doubt is Doubt.POSSIBLE_FACE for s in stretches),
                "looks": dict(finder.found.looks),
                "sizes": sizes,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
