"""`verify`: what a stranger's `python -m witnessmark_verify` does, on a folder of published proofs."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import DONE, FOUND_WRONG, Answer


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="folder of proofs")
    parser.add_argument("--trust", metavar="FINGERPRINT", help="the issuer's fingerprint, from another place")


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.model.errors import UnusableInputError
    from witnessmark_verify.__main__ import read_folder
    from witnessmark_verify.publication import check_publication_proof

    try:
        files = read_folder(options.bundle)
    except OSError as error:
        raise UnusableInputError("this cannot be read", "name the folder that holds the proof") from error
    verdict = check_publication_proof(files, options.trust, None)
    lines = [f"{'ok    ' if c.ok else 'FAILED'} {c.name}: {c.proves}" for c in verdict.checks]
    lines += ["", "the proof holds" if verdict.ok else "the proof does NOT hold", f"issuer: {verdict.issuer}"]
    lines += [f"not proven: {limit}" for limit in verdict.limits]
    return Answer(verdict.to_json(), "\n".join(lines), DONE if verdict.ok else FOUND_WRONG)
