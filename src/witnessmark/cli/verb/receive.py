"""`receive`: take footage in; the same command resumes after any stop."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from witnessmark.cli.answer import DONE, IN_PART, Answer
from witnessmark.cli.figures import plural, size
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.cli.progress import bar
from witnessmark.model.errors import UnusableInputError


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="folders, files or archives")
    parser.add_argument(
        "--source", default="", metavar="PSEUDONYM", help="who it came from, never the real name"
    )


def existing(sources: list[str]) -> list[bytes]:
    """The sources as bytes; a missing one is told before anything is done."""
    for source in sources:
        if not os.path.lexists(source):
            raise UnusableInputError(
                "one of the sources is not there", "check the path; is the disk mounted?"
            )
    return [os.fsencode(Path(source).absolute()) for source in sources]


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.receiving import receive

    sources = existing(options.sources)
    with open_named_case(options) as case, bar("receiving", None, in_bytes=True) as step:
        done = receive(
            case,
            sources,
            pseudonym=options.source,
            on_progress=lambda p: step(completed=p.bytes_done, note=f"{p.files_done} files, {p.phase}"),
        )
    received = done.received
    document: dict[str, Any] = {
        **received.files.to_json(),
        "balanced": received.balanced,
        "members": received.members.to_json(),
        "receipt": str(done.path),
        "read_only": received.source.read_only,
        "warning": received.source.warning,
        "exposures": received.exposures,
        "hash_list": received.hash_list.to_json() if received.hash_list else None,
        "resumed_files": received.resumed_files,
    }
    files = received.files
    lines = [
        f"found         {plural(files.found.files, 'file')}, {size(files.found.size_bytes)}",
        f"sealed        {files.sealed.files}, {size(files.sealed.size_bytes)}",
        f"already held  {files.already_held.files}, {size(files.already_held.size_bytes)}",
        f"refused       {files.refused.files}, {size(files.refused.size_bytes)}",
    ]
    lines += [f"  {r.code}  {r.reason}" for r in files.rejected[:20]]
    members = received.members
    if members.found.files:
        lines.append(
            f"in archives   {members.found.files} found, {members.sealed.files} sealed, "
            f"{members.already_held.files} already held, {members.refused.files} refused"
        )
    lines.append(
        "the counts add up" if received.balanced else "THE COUNTS DO NOT ADD UP: run the same command again"
    )
    if received.source.warning:
        lines.append(f"warning: {received.source.warning}")
    lines += [
        f"exposure: {kind.replace('_', ' ')} in {count} paths" for kind, count in received.exposures.items()
    ]
    if received.hash_list:
        h = received.hash_list
        lines.append(
            f"hash list     {h.matched} match, {h.differing} differ, {h.missing} missing, {h.unlisted} not listed"
        )
    lines += [f"receipt       {done.path} (and .pdf)", f"next: witnessmark examine {options.case}"]
    refused = bool(files.rejected or members.rejected)
    return Answer(document, "\n".join(lines), IN_PART if refused or not received.balanced else DONE)
