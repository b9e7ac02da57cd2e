"""`reference add|list|export|import`: recordings of known origin, beside which files are laid."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from witnessmark.cli.answer import Answer
from witnessmark.cli.figures import plural
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.model.errors import UsageError
from witnessmark.model.printable import printable

if TYPE_CHECKING:
    from witnessmark.case.case import Case
    from witnessmark.case.references import Added

SHARED = (
    "Shared are the structure of the files and what you typed of them (family, device, source, licence, how known).\n"
    "Nothing of picture or sound, no make, model, serial number, name, date or place from inside the files.\n"
    "Read the typed texts once more before you pass the file on: witnessmark reference list CASE"
)


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("action", choices=("add", "list", "export", "import"))
    case_argument(parser)
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="recordings, or the file to write or read"
    )
    parser.add_argument(
        "--device", default="", metavar="TEXT", help="which device wrote them: make, model, which one"
    )
    parser.add_argument(
        "--family", default="", metavar="TEXT", help="devices that write alike (default: the device)"
    )
    parser.add_argument(
        "--sort",
        default="camera",
        choices=("camera", "recorder", "software", "platform"),
        help="what wrote them",
    )
    parser.add_argument("--software", default="", metavar="TEXT", help="firmware, system or program version")
    parser.add_argument(
        "--native-by", default="", metavar="TEXT", help="how you know that nothing wrote them since"
    )
    parser.add_argument(
        "--source", default="", metavar="TEXT", help="where they come from (shared with others)"
    )
    parser.add_argument(
        "--licence", default="", metavar="TEXT", help="on what terms these facts may be passed on"
    )
    parser.add_argument(
        "--state", default="", metavar="DIGEST", help="export the references as they stood then"
    )
    parser.add_argument(
        "--accept-unsandboxed", action="store_true", help="go on without a sandbox (dangerous)"
    )


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case import references

    if options.action == "add":
        return _add(options)
    if options.action == "list":
        with open_named_case(options) as case:
            return _list(case)
    if len(options.files) != 1:
        raise UsageError("one file must be named", f"witnessmark reference {options.action} CASE FILE")
    with open_named_case(options) as case:
        if options.action == "import":
            added = references.take_in(case, options.files[0])
            return Answer(_added(added), f"{plural(added.recordings, 'new reference')} taken in{_now(added)}")
        given = references.give_out(case, options.files[0], options.state)
    numbers = references.long_numbers(given)
    document = {
        "path": str(options.files[0]),
        "references": given.digest,
        "recordings": len(given.entries),
        "long_numbers": numbers,
    }
    lines = [f"{plural(len(given.entries), 'reference')} written to {options.files[0]}", SHARED]
    lines += [printable(f"is this a serial number? {text}") for text in numbers]
    return Answer(document, "\n".join(lines))


def _add(options: argparse.Namespace) -> Answer:
    from witnessmark.case import references

    if not options.files or not options.device.strip():
        raise UsageError(
            "what was recorded, and by which device?",
            'witnessmark reference add CASE FILE... --device "Make Model, body 1" --native-by "recorded by us"',
        )
    with open_named_case(options) as case:
        added = references.add(
            case,
            options.files,
            device=options.device,
            family=options.family,
            sort=options.sort,
            software=options.software,
            source=options.source,
            licence=options.licence,
            native_by=options.native_by,
            accept_unsandboxed=options.accept_unsandboxed,
        )
    lines = [f"{plural(added.recordings, 'new reference')} kept{_now(added)}"]
    for name, programs in added.doubts:
        lines.append(f"is it native? {printable(name)} carries the words of {', '.join(programs)}")
    if not options.native_by:
        lines.append("not stated: how it is known that nothing wrote them since (--native-by)")
    return Answer(_added(added), "\n".join(lines))


def _added(added: Added) -> dict[str, Any]:
    return {
        "added": added.recordings,
        "references": added.references.digest if added.references.entries else None,
        "recordings": len(added.references.entries),
        "devices": added.references.devices(),
        "doubts": [{"file": name, "software": list(programs)} for name, programs in added.doubts],
    }


def _now(added: Added) -> str:
    now = added.references
    return (
        f"; the case has {plural(len(now.entries), 'reference')} of {plural(now.devices(), 'device')}"
        f" (state {now.name or 'none'})"
    )


def _list(case: Case) -> Answer:
    from witnessmark.case.references import listed, shipped, states

    rows, comes = listed(case), shipped()
    document = {
        "shipped": {"library": comes.digest, "recordings": len(comes.entries), "devices": comes.devices()},
        "references": list(rows),
        "states": list(states(case)),
    }
    lines = [
        printable(
            f"{row['family']}: {row['device']} ({row['format']}), native: {row['native_by']}, since {row['state']}"
        )
        for row in rows
    ]
    lines.append(
        f"shipped with this version: {plural(len(comes.entries), 'recording')} of "
        f"{plural(comes.devices(), 'device')} or installations ({comes.name})"
    )
    return Answer(document, "\n".join(lines))
