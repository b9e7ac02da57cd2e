"""python -m witnessmark_verify BUNDLE: check a public bundle, or the proof of one entry, as a stranger."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from witnessmark_verify.bundle import check_bundle
from witnessmark_verify.container import Folder, Zip
from witnessmark_verify.publication import DAY_PROOF, FILES, MAX_FILE_BYTES, check_publication_proof
from witnessmark_verify.verdict import NOT_ESTABLISHED, Check, Refused, Verdict, report

_WHAT = f"""\
Checks, with nothing but this Python, a public bundle: that its parts belong together, were approved, stand in a
publication log, and that the opened parts of the picture and sound are those that were committed to.

BUNDLE is a folder or a .zip (or a folder with the proof of one entry: {", ".join(FILES)}).
Take this program and the FINGERPRINT from elsewhere than the bundle: who forges a bundle forges those too."""


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


def check_path(path: Path, trust: str | None = None, policy: bytes | None = None) -> Verdict:
    """Check what lies at ``path``. OSError where it cannot be read at all."""
    try:
        if path.is_dir():
            if (path / DAY_PROOF).is_file():
                return check_publication_proof(read_folder(path), trust, policy)
            return check_bundle(Folder(path), trust, policy)
        with path.open("rb") as stream:
            return check_bundle(Zip(stream), trust, policy)
    except Refused as refused:
        check = Check("container", False, "nothing odd lies in it", str(refused), refused.code)
        return Verdict(False, NOT_ESTABLISHED, (check,))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 everything holds, 1 a check failed, 2 wrong usage or unreadable input."""
    parser = argparse.ArgumentParser(
        prog=Path(sys.argv[0]).name if sys.argv[0].endswith("verify.py") else "python -m witnessmark_verify",
        description=_WHAT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE")
    parser.add_argument(
        "--trust",
        metavar="FINGERPRINT",
        help="SHA-256 of the log's first key: 64 hex digits, or at least the first 32",
    )
    parser.add_argument("--policy", type=Path, metavar="FILE", help="your own C2SP tlog-policy")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args(arguments)
    try:
        policy = options.policy.read_bytes() if options.policy else None
        verdict = check_path(options.bundle, options.trust, policy)
    except OSError as error:
        print(f"error: this cannot be read: {error.strerror}", file=sys.stderr)
        print("hint: name the folder or the zip of the bundle", file=sys.stderr)
        return 2
    try:
        print(json.dumps(verdict.to_json(), indent=1) if options.json else report(verdict), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    sys.exit(main())
