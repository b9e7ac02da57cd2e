"""python -m witnessmark_verify FOLDER: check the proof of one entry, as a stranger."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from witnessmark_verify.publication import (
    DEMONSTRATION,
    ESTABLISHED,
    FILES,
    MAX_FILE_BYTES,
    Verdict,
    check_publication_proof,
)

_WHAT = f"""\
Checks, with nothing but this Python, that a commitment stands in a publication log.

FOLDER holds the proof of one entry: {", ".join(FILES)}.
Take this program and the FINGERPRINT from elsewhere than the proof: who forges a proof forges those too.
Checks of whole bundles (video, frames, approvals) are not part of this version."""


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file of the folder; one byte more than allowed is enough to know that a file is too large."""
    files = {}
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_file():
            files[path.name] = b""
            continue
        with path.open("rb") as stream:
            files[path.name] = stream.read(MAX_FILE_BYTES + 1)
    return files


def _print(verdict: Verdict) -> None:
    for check in verdict.checks:
        print(f"{'ok    ' if check.ok else 'FAILED'} {check.name}: {check.proves}")
        if check.detail:
            print(f"         {check.detail}")
    print()
    if not verdict.ok:
        print("The proof does NOT hold.")
    elif verdict.issuer == ESTABLISHED:
        print("The proof holds. Issuer established by the fingerprint you gave.")
    elif verdict.issuer == DEMONSTRATION:
        print("DEMONSTRATION: signed with a key that everybody has. NOT EVIDENCE.")
    else:
        print("Consistent; issuer NOT established (give --trust FINGERPRINT).")
    print("Not proven:")
    for limit in verdict.limits:
        print(f"  - {limit}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 the proof holds, 1 a check failed, 2 wrong usage or unreadable input."""
    parser = argparse.ArgumentParser(
        prog="python -m witnessmark_verify",
        description=_WHAT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--trust", metavar="FINGERPRINT", help="SHA-256 of the log's first key, 64 hex digits"
    )
    parser.add_argument("--policy", type=Path, metavar="FILE", help="your own C2SP tlog-policy")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args(arguments)
    try:
        files = read_folder(options.folder)
        policy = options.policy.read_bytes() if options.policy else None
    except OSError as error:
        print(f"error: this cannot be read: {error.strerror}", file=sys.stderr)
        print("hint: name the folder that holds the proof", file=sys.stderr)
        return 2
    verdict = check_publication_proof(files, options.trust, policy)
    if options.json:
        print(json.dumps(verdict.to_json(), indent=1))
    else:
        _print(verdict)
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    sys.exit(main())
