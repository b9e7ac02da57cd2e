"""`examine`: everything asked of every item, in the jail, once."""

from __future__ import annotations

import argparse

from witnessmark.cli.answer import DONE, IN_PART, Answer
from witnessmark.cli.figures import duration, plural
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.cli.progress import bar


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument(
        "--item", action="append", default=[], metavar="CODE", help="only this item, again if need be"
    )
    parser.add_argument(
        "--missing",
        action="store_true",
        help="also items examined before comparing existed: they left no fingerprint",
    )
    parser.add_argument("--examiner", action="append", metavar="ID", help="only this examiner")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="how many items at once")
    parser.add_argument(
        "--accept-unsandboxed", action="store_true", help="go on without a sandbox (logged; dangerous)"
    )


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.describing import propose_bearings
    from witnessmark.case.examining import examine

    with open_named_case(options) as case:
        items = [case.item_by_code(code) for code in options.item] or None
        if options.missing:
            from witnessmark.case.comparing import without_fingerprint

            items = [*(items or ()), *without_fingerprint(case)]
        with bar("examining", None) as step:
            result = examine(
                case,
                items=items,
                examiners=options.examiner,
                workers=max(1, options.workers),
                accept_unsandboxed=options.accept_unsandboxed,
                on_progress=lambda p: step(
                    completed=p.done + p.poison,
                    total=p.done + p.poison + p.active + p.queued,
                    note=f"{p.retried} tried again" if p.retried else "",
                ),
            )
        propose_bearings(case)
    document = {
        "items": result.items,
        "done": result.done,
        "failed": result.failed,
        "incomplete": result.incomplete,
        "findings": result.findings,
        "cpu_s": round(result.cpu_s, 2),
        "media_s": round(result.media_s, 2),
    }
    if not result.items and not result.done:
        text = "nothing is waiting to be examined"
    else:
        text = (
            f"{plural(result.done, 'item')} examined, {result.failed} set aside, "
            f"{plural(result.findings, 'finding')}; {duration(result.media_s)} of footage in "
            f"{duration(result.cpu_s)} of computing"
            + (
                f"\n{plural(result.incomplete, 'item')} without seal or shield copy: see the custody log in the report"
                if result.incomplete
                else ""
            )
            + "\nnext: witnessmark report CASE --out report.pdf"
        )
    return Answer(document, text, IN_PART if result.failed or result.incomplete else DONE)
