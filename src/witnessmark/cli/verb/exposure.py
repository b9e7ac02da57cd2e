"""`exposure check|profile|acknowledge|source-safe|source-unsafe`: what would give the source away."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from witnessmark.cli.answer import DONE, FOUND_WRONG, Answer
from witnessmark.cli.figures import plural
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.model.errors import UnusableInputError, UsageError

if TYPE_CHECKING:
    from witnessmark.case.case import Case

ACTIONS = ("check", "profile", "acknowledge", "source-safe", "source-unsafe", "status")
LARGEST_TEXT_BYTES = 8 << 20


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("action", choices=ACTIONS)
    case_argument(parser)
    parser.add_argument(
        "what", nargs="*", metavar="FILE|HIT", help="texts to check (- for standard input), profile, or hit"
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="acknowledge, source-safe: why")


def run(options: argparse.Namespace) -> Answer:
    with open_named_case(options) as case:
        match options.action:
            case "check":
                return _check(case, options.what)
            case "profile":
                return _profile(case, options.what)
            case "acknowledge":
                return _acknowledge(case, options.what, options.reason)
            case "status":
                return _status(case)
        from witnessmark.case.exposing import declare_source

        declare_source(case, safe=options.action == "source-safe", reason=options.reason)
        return _status(case)


def _check(case: Case, names: list[str]) -> Answer:
    from witnessmark.case.exposing import check_outgoing

    if not names:
        raise UsageError(
            "no text was named", "witnessmark exposure check CASE FILE... (- for standard input)"
        )
    exposed = check_outgoing(case, {_place(name): _read(name) for name in names})
    document = {
        "hits": [hit.to_json() for hit in exposed.open],
        "answered": [
            {**hit.to_json(), "by": answer.person_id, "reason": answer.reason}
            for hit, answer in exposed.answered
        ],
        "ok": not exposed.open,
    }
    lines = []
    for hit in exposed.open:
        lines += [f"{hit.code}  {hit.where}: {hit.why}", f"    “{hit.fragment}”"]
    lines += [f"{hit.code}  answered for: {answer.reason}" for hit, answer in exposed.answered]
    if exposed.open:
        lines.append(
            f"{plural(len(exposed.open), 'hit')}. Change the words, or answer for each: "
            "witnessmark exposure acknowledge CASE CODE --reason TEXT"
        )
    else:
        lines.append("nothing found. That is no proof: read it once more as the other side would.")
    return Answer(document, "\n".join(lines), FOUND_WRONG if exposed.open else DONE)


def _profile(case: Case, names: list[str]) -> Answer:
    from witnessmark.case.exposing import set_profile

    if len(names) != 1:
        raise UsageError("one file holds the profile", "witnessmark exposure profile CASE FILE")
    entries = set_profile(case, _bytes(names[0]))
    return Answer(
        {"entries": entries},
        f"{plural(entries, 'entry', 'entries')} sealed. Destroy the file if it lies in clear anywhere.",
    )


def _acknowledge(case: Case, codes: list[str], reason: str) -> Answer:
    from witnessmark.case.exposing import acknowledge

    if not codes:
        raise UsageError("no hit was named", "witnessmark exposure acknowledge CASE CODE... --reason TEXT")
    answers = [acknowledge(case, code, reason) for code in codes]
    return Answer(
        {"acknowledged": [answer.code for answer in answers]},
        f"{plural(len(answers), 'hit')} answered for, by name; the custody log holds it",
    )


def _status(case: Case) -> Answer:
    from witnessmark.case.exposing import embargo_is_over, embargo_until, source_is_safe

    safe, until, over = source_is_safe(case), embargo_until(case), embargo_is_over(case)
    lines = [
        "the source was declared safe" if safe else "nobody has declared that the source is safe",
        f"embargo until {until}{' (over)' if over else ''}" if until else "no embargo",
    ]
    return Answer({"source_is_safe": safe, "embargo_until": until, "embargo_over": over}, "\n".join(lines))


def _place(name: str) -> str:
    return "text" if name == "-" else Path(name).name


def _read(name: str) -> str:
    try:
        return _bytes(name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableInputError("the text is not UTF-8", "save it as plain UTF-8 text") from error


def _bytes(name: str) -> bytes:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(LARGEST_TEXT_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(LARGEST_TEXT_BYTES + 1)
    except OSError as error:
        raise UnusableInputError("the file cannot be read", "check its name") from error
    if len(data) > LARGEST_TEXT_BYTES:
        raise UnusableInputError("the file is larger than 8 MB", "check one text at a time")
    return data
