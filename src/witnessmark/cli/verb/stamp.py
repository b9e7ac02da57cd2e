"""`stamp`: trusted time on the checkpoints, carried by hand or asked for directly."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import DONE, FOUND_WRONG, Answer
from witnessmark.cli.figures import plural
from witnessmark.cli.opening import case_argument, open_named_case


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--out", type=Path, metavar="DIR", help="write requests (hashes only) for a carrier")
    way.add_argument(
        "--in", dest="brought", type=Path, metavar="DIR", help="take in the answers brought back"
    )
    way.add_argument("--online", metavar="URL", help="ask a time-stamp authority now (opens a connection)")
    way.add_argument("--authority", type=Path, metavar="PEM", help="trust this authority's root certificate")


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case import stamping
    from witnessmark.model.errors import UnusableInputError

    with open_named_case(options) as case:
        if options.authority is not None:
            try:
                pem = options.authority.read_bytes()
            except OSError as error:
                raise UnusableInputError("the certificate file cannot be read") from error
            trusted = stamping.trust_authority(case, pem)
            return Answer({"authorities": trusted}, f"{plural(trusted, 'authority', 'authorities')} trusted")
        if options.out is not None:
            result = stamping.stamp_out(case, options.out)
        elif options.brought is not None:
            result = stamping.stamp_in(case, options.brought)
        else:
            from witnessmark.ground.remote.authority import post_request

            result = stamping.stamp_online(case, options.online, post_request)
    lines = [f"{result.anchored} anchored, {result.pending} pending"]
    if options.out is not None:
        lines.append(
            f"{plural(result.written, 'request')} written to {options.out}; "
            "READ-ME.txt there tells the carrier what to do"
        )
    lines += [f"REFUSED  {p.where}: {p.what}" for p in result.refused]
    document = {
        "pending": result.pending,
        "anchored": result.anchored,
        "refused": [p.to_json() for p in result.refused],
    }
    return Answer(document, "\n".join(lines), FOUND_WRONG if result.refused else DONE)
