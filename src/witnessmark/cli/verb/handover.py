"""`handover`: an encrypted bag for a named recipient, with its leaf in the log."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import Answer
from witnessmark.cli.figures import plural, size
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.cli.progress import bar
from witnessmark.model.errors import UsageError


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument(
        "--to", type=Path, metavar="RECIPIENT.age", help="file with the recipient's age public key"
    )
    parser.add_argument("--purpose", metavar="TEXT", help="why, in one line; goes into the bag and the log")
    parser.add_argument(
        "--item", action="append", default=[], metavar="CODE", help="only these items (may be repeated)"
    )
    parser.add_argument("--profile", choices=("court", "un", "newsroom"), default="court")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="file to write (default: handover-CODE.tar.age)"
    )
    parser.add_argument(
        "--receipt", nargs=2, metavar=("CODE", "FILE"), help="keep the receipt that came back"
    )


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.handing_over import hand_over, take_receipt

    with open_named_case(options) as case:
        if options.receipt:
            code, file = options.receipt
            try:
                take_receipt(case, code, Path(file).read_bytes())
            except OSError as error:
                raise UsageError("the receipt cannot be read") from error
            return Answer({"receipted": code}, "the recipient's receipt is kept")
        if options.to is None or not (options.purpose or "").strip():
            raise UsageError("a hand-over needs --to and --purpose", "see `witnessmark handover --help`")
        items = tuple(case.item_by_code(code) for code in options.item)
        target = options.out or Path(f"handover-{case.clock():%Y%m%d-%H%M%S}.tar.age")
        total = sum(i.size_bytes for i in items or case.catalogue.items())
        with bar("packing", total, in_bytes=True) as step:
            made = hand_over(
                case,
                options.to,
                options.purpose,
                target,
                items=items,
                profile=options.profile,
                on_progress=lambda count: step(advance=count),
            )
    packed = made.packed
    document = {
        "path": str(made.path),
        "handover": made.handover_id,
        "files": packed.files,
        "bytes": packed.payload_bytes,
        "tagmanifest_sha256": packed.tagmanifest_sha256,
    }
    text = (
        f"packed {plural(packed.files, 'file')} ({size(packed.payload_bytes)}) into {made.path}\n"
        f"tell the recipient by another channel: {packed.tagmanifest_sha256}\n"
        f"when the receipt comes back: witnessmark handover CASE --receipt {made.handover_id[:8]} FILE"
    )
    return Answer(document, text)
