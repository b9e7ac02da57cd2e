"""`release`: what may be shown of one item, as a bundle that a stranger can check. Refuses while anything blocks it."""

from __future__ import annotations

import argparse
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from witnessmark.cli.answer import DONE, FOUND_WRONG, Answer
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.cli.progress import bar
from witnessmark.cli.verb.redact import seconds
from witnessmark.model.codes import short_code
from witnessmark.model.errors import UsageError

if TYPE_CHECKING:
    from witnessmark.case.case import Case
    from witnessmark.case.release_media import Plan
    from witnessmark.model.recording import Item
    from witnessmark.model.redaction import Form
    from witnessmark.model.release import Blocker, Release

AS_SECRET = (
    "It is as secret as the recording: whoever has it can tell which file was released, and check every guess at what "
    "is hidden."
)


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument("item", metavar="ITEM", help="code of the item")
    parser.add_argument(
        "--out", type=Path, metavar="DIR|FILE.zip", help="where the bundle goes, once approved"
    )
    parser.add_argument(
        "--statement",
        action="append",
        default=[],
        metavar="LANGUAGE=FILE",
        help="your words, first line the title; en, ru, uk, fr; may be repeated",
    )
    parser.add_argument(
        "--form", choices=("statement", "stills", "video"), help="default: by the item's label"
    )
    parser.add_argument("--span", nargs=2, metavar=("A", "B"), help="video: only this stretch")
    parser.add_argument(
        "--at",
        action="append",
        default=[],
        metavar="TIME",
        help="stills: the picture nearest to this time; may be repeated",
    )
    parser.add_argument("--sound", choices=("none", "silence", "tone", "disguise"), default="none")
    parser.add_argument(
        "--claim", action="append", default=[], metavar="CODE", help="repeat this claim (default: none)"
    )
    parser.add_argument(
        "--show-first-entry",
        action="store_true",
        help="do not wait for the first of the month: the day of the examination may be seen",
    )
    parser.add_argument("--withdraw", metavar="REASON", help="withdraw what was released of this item")
    parser.add_argument(
        "--opening",
        type=Path,
        metavar="FILE",
        help="write the opening of the item, for a court: as secret as the raw",
    )
    parser.add_argument(
        "--purpose", default="", metavar="TEXT", help="--opening: for whom, in one line; goes into the log"
    )
    parser.add_argument(
        "--confirm",
        metavar="ITEM",
        help="--opening: the item's code once more (default: asked for on a terminal)",
    )
    parser.add_argument("--accept-unsandboxed", action="store_true", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.publishing import withdraw
    from witnessmark.model.release import ReleaseState

    with open_named_case(options) as case:
        item = case.item_by_code(options.item)
        if options.opening is not None:
            return _opening(case, item, options)
        of_item = [one for one in case.catalogue.releases() if item.item_id in one.item_ids]
        if options.withdraw is not None:
            out = [one for one in of_item if one.state is ReleaseState.RELEASED]
            if not out:
                raise UsageError(
                    "nothing was released of this item", "`witnessmark approve CASE` lists releases"
                )
            gone = [withdraw(case, one, options.withdraw) for one in out]
            codes = [one.release_id for one in gone]
            return Answer(
                {"withdrawn": codes, "bundle": None, "blockers": []},
                f"withdrawn: {', '.join(code[:8] for code in codes)}; the log will say so to the public",
            )
        waiting = [one for one in of_item if one.state is ReleaseState.PROPOSED]
        if options.statement:
            return _propose(case, item, options)
        # one that is out already is written once more, the same: a disk may have been full, or a process killed
        last = waiting or [one for one in of_item if one.state is ReleaseState.RELEASED]
        if not last and options.out is not None:
            raise UsageError(
                "nothing that was proposed waits for this item", "propose it first: --statement LANGUAGE=FILE"
            )
        return _write(case, last[-1], options) if last else _propose(case, item, options)


def _opening(case: Case, item: Item, options: argparse.Namespace) -> Answer:
    from witnessmark.case.releasing import write_opening

    code = short_code(item.item_id)
    named = options.confirm
    if named is None and sys.stdin.isatty():
        named = input(f"{AS_SECRET} Type the item's code ({code}) to go on: ")
    if named is None or case.item_by_code(named.strip()) != item:
        raise UsageError(
            "the opening is as secret as the recording itself: it is written only where its item is named once more",
            f"--confirm {code}",
        )
    write_opening(case, item, options.opening, options.purpose)
    return Answer(
        {"opening": str(options.opening), "item": item.item_id},
        f"{options.opening}: the opening of item {code}. {AS_SECRET}\n"
        "Hand it over with the raw file, by a way that nobody else reads, and destroy this copy. It is checked by\n"
        f"witnessmark verify BUNDLE --raw FILE --opening {options.opening}",
    )


def _propose(case: Case, item: Item, options: argparse.Namespace) -> Answer:
    from witnessmark.case.publishing import propose

    plan = _plan(case, item, options)
    with bar("making what would be shown", None) as step:
        outcome = propose(
            case,
            item,
            plan,
            on_pictures=lambda pictures: step(completed=pictures, note="pictures"),
            on_look=lambda pictures: step(completed=pictures, note="pictures seen again"),
            accept_unsandboxed=options.accept_unsandboxed,
        )
    if outcome.release is None:
        return _blocked(None, outcome.blockers)
    release = outcome.release
    return _blocked(
        release,
        outcome.blockers,
        _taken(release)
        + f"release {release.release_id[:8]} is made and signed by its redactor; nothing has left yet.\n"
        f"next, by another person: witnessmark approve CASE {release.release_id[:8]}",
    )


def _taken(release: Release) -> str:
    """Which picture stands for each time that was asked for."""
    rows = [(asked, at) for asked, at in release.document.get("stills", ()) if asked is not None]
    return "".join(
        f"public-{number}.png: at {float(Fraction(asked)):.2f} s was asked for; the nearest sealed picture stands "
        f"at {float(Fraction(at)):.3f} s\n"
        for number, (asked, at) in enumerate(rows, 1)
    )


def _write(case: Case, release: Release, options: argparse.Namespace) -> Answer:
    from witnessmark.case.publishing import write

    if options.out is None:
        raise UsageError("where should the bundle go?", "--out DIR, or --out FILE.zip")
    outcome, bundle = write(case, release, options.out, as_zip=options.out.suffix.lower() == ".zip")
    if bundle is None:
        return _blocked(release, outcome.blockers)
    fingerprint = case.ledger.fingerprint
    document = {
        "bundle": str(bundle.path),
        "release": release.release_id,
        "time": bundle.time,
        "fingerprint": fingerprint,
        "blockers": [],
    }
    checked = f"python3 {bundle.path}/verify.py {bundle.path} --trust {fingerprint}"
    if bundle.path.is_file():
        checked = f"unpack it; python3 verify.py . --trust {fingerprint}"
    text = (
        f"{bundle.path}: release {release.release_id[:8]}, time {bundle.time}\n"
        f"tell people by another way: fingerprint {fingerprint}\n"
        f"check it as a stranger would: {checked}\n"
        "after the day is closed: witnessmark supplement CASE BUNDLE --out DIR"
    )
    return Answer(document, text, DONE)


def _blocked(release: Release | None, found: tuple[Blocker, ...], first: str = "") -> Answer:
    document: dict[str, Any] = {
        "bundle": None,
        "release": release.release_id if release else None,
        "blockers": [one.to_json() for one in found],
    }
    lines = [first] if first else []
    lines += [f"- {one.what}\n    {one.clear}" for one in found]
    return Answer(document, "\n".join(lines), FOUND_WRONG)


def _plan(case: Case, item: Item, options: argparse.Namespace) -> Plan:
    from witnessmark.case.redacting import redaction_of
    from witnessmark.case.release_facts import usual_form
    from witnessmark.case.release_media import Plan
    from witnessmark.model.redaction import Form, Sound
    from witnessmark.model.time import Span

    if not options.statement:
        raise UsageError(
            "nothing leaves without words", "--statement en=FILE (first line the title, then the words)"
        )
    form = Form(options.form) if options.form else usual_form(case, item)
    _fits(item, form, options)
    span = None
    if options.span and form is Form.VIDEO:
        redaction = redaction_of(case, item)
        if redaction is None:
            raise UsageError("nothing was proposed for this item yet", "run `witnessmark redact CASE ITEM`")
        start, end = (round(Fraction(seconds(at)) / redaction.base) for at in options.span)
        if end <= start:
            raise UsageError("the span ends before it begins", "give its begin first: --span 0:10 0:25")
        span = Span.of(start, end, redaction.base)
    return Plan(
        form,
        tuple(map(_words, options.statement)),
        span,
        Sound(options.sound),
        tuple(options.claim),
        options.show_first_entry,
        tuple(Fraction(seconds(at)) for at in options.at),
    )


def _fits(item: Item, form: Form, options: argparse.Namespace) -> None:
    """Words that belong to another form would be passed over in silence: they are refused instead."""
    from witnessmark.model.recording import MediaType
    from witnessmark.model.redaction import Form

    if options.at and form is not Form.STILLS:
        raise UsageError("--at names still pictures, and another form was asked for", "--form stills")
    if options.span and form is Form.STILLS:
        raise UsageError("--span is of a video", "--at TIME, once for each still picture")
    if options.sound != "none" and form is Form.STILLS:
        raise UsageError("still pictures have no sound", "leave out --sound")
    if form is Form.VIDEO and item.media_type is MediaType.PICTURE:
        raise UsageError("this item is a still picture", "--form stills")


def _words(given: str) -> Any:
    from witnessmark.case.release_facts import own_words

    language, equals, name = given.partition("=")
    if not equals:
        raise UsageError("in which language are these words?", "--statement en=FILE")
    return own_words(language, Path(name))
