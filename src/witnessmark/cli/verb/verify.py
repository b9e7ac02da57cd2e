"""`verify`: what a stranger's `python -m witnessmark_verify` does; with `--raw`, what a court's expert does."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import DONE, FOUND_WRONG, Answer


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(
        "bundle", type=Path, metavar="BUNDLE", help="bundle (folder or zip), or folder of proofs"
    )
    parser.add_argument("--trust", metavar="FINGERPRINT", help="the issuer's fingerprint, from another place")
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="your own list of witnesses (C2SP tlog-policy)"
    )
    parser.add_argument(
        "--raw", type=Path, metavar="FILE", help="the raw file: its item root is computed again"
    )
    parser.add_argument("--opening", type=Path, metavar="FILE", help="the opening file that belongs to it")
    parser.add_argument("--accept-unsandboxed", action="store_true", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> Answer:
    from dataclasses import replace

    from witnessmark.case.court_check import check_raw, payloads_of
    from witnessmark.model.errors import UnusableInputError, UsageError
    from witnessmark_verify.__main__ import check_path
    from witnessmark_verify.verdict import report

    if (options.raw is None) != (options.opening is None):
        raise UsageError("a raw file is checked with its opening", "give both --raw FILE and --opening FILE")
    try:
        policy = options.policy.read_bytes() if options.policy else None
        verdict = check_path(options.bundle, options.trust, policy)
    except OSError as error:
        raise UnusableInputError("this cannot be read", "name the folder or zip of the bundle") from error
    if options.raw is not None and verdict.ok:
        checks = check_raw(
            payloads_of(options.bundle),
            options.raw,
            options.opening,
            accept_unsandboxed=options.accept_unsandboxed,
        )
        ok = all(check.ok for check in checks)
        verdict = replace(verdict, ok=ok, checks=(*verdict.checks, *checks))
    return Answer(verdict.to_json(), report(verdict), DONE if verdict.ok else FOUND_WRONG)
