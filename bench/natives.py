"""How often untouched camera files raise a mark of structure: prints each mark, n, and the exact interval.

Run: ``python -m bench.natives FOLDER`` with a folder of files known to be as the camera left
them. Zero alarms in n files only bound the rate: the interval says by how much (Clopper and Pearson 1934).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from witnessmark.model.intervals import clopper_pearson

KNOWN_ODDITIES: dict[str, list[str]] = {
    "dashcamigo__real-anonymized.TS": ["container.rewritten", "encode.software"],
    "elodie__video.mov": ["metadata.conflict"],
    "file-type__fixture-raw.mts": ["container.rewritten"],
    "immich-go__PXL_20220724_210650210.NIGHT.mp4": ["container.rewritten", "encode.software"],
    "media__pixel-motion-photo-shortened.jpg": ["container.trailing"],
}
"""Files of the shared set that are not as a camera left them, and why we know.

The dash-camera clip was anonymised (its picture carries x265's signature), the MTS fixture was cut with FFmpeg
(its service table says so), the iPhone clip's container date is from a later copy, the Pixel clip was encoded
anew by Google's servers, and a motion photo carries its movie behind the picture.
"""


def main() -> int:
    from tests.support.examined import examined, marks

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    files = sorted(path for path in parser.parse_args().folder.rglob("*") if path.is_file())
    alarms: Counter[str] = Counter()
    counted = 0
    for path in files:
        kinds = sorted(marks(examined(path)))
        odd = path.name in KNOWN_ODDITIES
        if kinds:
            print(f"{'known ' if odd else 'ALARM '} {path.name}: {', '.join(kinds)}")
        if not odd:
            counted += 1
            alarms.update(set(kinds))
    print(f"\n{'kind':24} {'alarms':>6} {'n':>4}  95 % interval")
    for kind in ("container.rewritten", "container.trailing", "metadata.conflict", "encode.software"):
        low, high = clopper_pearson(alarms[kind], counted) if counted else (0.0, 1.0)
        print(f"{kind:24} {alarms[kind]:6} {counted:4}  {low:.1%} to {high:.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
