"""`audit`: is everything still what was received, logged, signed and stamped?"""

from __future__ import annotations

import argparse

from witnessmark.cli.answer import DONE, FOUND_WRONG, Answer
from witnessmark.cli.figures import plural, size
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.cli.progress import bar


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument(
        "--as-of", type=int, metavar="N", help="look at the custody log up to checkpoint N only"
    )
    parser.add_argument("--workers", type=int, default=2, metavar="N")


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.auditing import audit, held_bytes
    from witnessmark.model.errors import CaseError, CheckFailedError, KeyAccessError, VaultError

    try:
        case = open_named_case(options)
    except (CaseError, CheckFailedError, KeyAccessError, VaultError) as error:
        if not isinstance(error, CheckFailedError) and not any(
            w in str(error) for w in ("catalogue", "key book")
        ):
            raise
        problem = {"where": "catalogue", "what": str(error)}
        return Answer(
            {"ok": False, "objects": 0, "problems": [problem]},
            f"PROBLEM  catalogue: {error}\n         {error.hint}",
            FOUND_WRONG,
        )
    with case, bar("re-hashing", held_bytes(case), in_bytes=True) as step:
        result = audit(
            case,
            as_of=options.as_of,
            workers=options.workers,
            on_progress=lambda _, count: step(advance=count),
        )
    document = {
        "ok": result.ok,
        "objects": result.objects,
        "bytes": result.size_bytes,
        "leaves": result.leaves,
        "stamps": result.stamps,
        "problems": [p.to_json() for p in result.problems],
    }
    lines = [f"PROBLEM  {p.where}: {p.what}" for p in result.problems]
    lines.append(
        f"{'no problem found' if result.ok else plural(len(result.problems), 'problem')} in "
        f"{plural(result.objects, 'sealed object')} ({size(result.size_bytes)}), "
        f"{plural(result.leaves, 'line')} of the custody log and {plural(result.stamps, 'time stamp')}"
    )
    return Answer(document, "\n".join(lines), DONE if result.ok else FOUND_WRONG)
