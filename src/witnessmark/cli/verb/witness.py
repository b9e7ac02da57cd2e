"""`witness`: somebody outside who confirms that the published log was never rewritten, by file."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import Answer
from witnessmark.cli.figures import plural
from witnessmark.cli.opening import case_argument, open_named_case


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--add", metavar="VKEY", help="accept cosignatures of this witness from now on")
    way.add_argument("--out", type=Path, metavar="FILE", help="write a request to be carried to a witness")
    way.add_argument("--in", dest="brought", type=Path, metavar="FILE", help="take in a witness's answer")
    parser.add_argument(
        "--old-size", type=int, default=0, metavar="N", help="size that the witness cosigned last (0: never)"
    )


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case import stamping

    with open_named_case(options) as case:
        if options.add:
            case.require_writable()
            case.ledger.add_witness(options.add)
            return Answer({"witness": options.add}, "the witness was added")
        if options.out is not None:
            stamping.write_witness_request(case, options.out, options.old_size)
            vkey = case.ledger.publication.first_vkey.text
            return Answer(
                {"request": str(options.out), "log": vkey},
                f"request written to {options.out}\n"
                f"the witness answers for this log (its fingerprint is in `status`):\n{vkey}",
            )
        accepted = stamping.take_witness_answer(case, options.brought)
    return Answer({"cosignatures": accepted}, f"{plural(accepted, 'cosignature')} accepted")
