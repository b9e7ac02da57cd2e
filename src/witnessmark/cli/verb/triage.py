"""`triage`: what is on a disk, from names and headers; nothing is written."""

from __future__ import annotations

import argparse
from typing import Any

from witnessmark.cli.answer import Answer
from witnessmark.cli.figures import duration, plural, size
from witnessmark.cli.progress import bar
from witnessmark.cli.verb.receive import existing


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="folders or files")


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.triaging import look_over

    sources = existing(options.sources)
    with bar("looking", None, in_bytes=True) as step:
        document = look_over(sources, lambda files, count: step(completed=count, note=f"{files} files"))
    return Answer(document, "\n".join(_lines(document)))


def _lines(document: dict[str, Any]) -> list[str]:
    lines = []
    for folder in document["folders"]:
        lines.append(folder["path"])
        lines += [f"    {line}" for line in _about(folder)]
    totals = document["totals"]
    lines += ["", "in all"] + [f"    {line}" for line in _about(totals)]
    for copies in document["copies"][:10]:
        how = "exact copies" if copies["certain"] else "probable copies"
        lines.append(f"    {how} ({size(copies['bytes'])}): {', '.join(copies['paths'][:4])}")
    if totals["warning"]:
        lines.append(f"warning: {totals['warning']}")
    return lines


COUNTED = (
    ("formats", "formats"),
    ("not_media", "not media"),
    ("damage", "damage"),
    ("refused", "refused"),
    ("exposures", "exposes"),
)
SPANS = (("name_dates", "dates in names"), ("container_dates", "dates in files"))


def _about(gathered: dict[str, Any]) -> list[str]:
    footage = duration(gathered["minutes"] * 60)
    lines = [f"{plural(gathered['files'], 'file')}, {size(gathered['bytes'])}, {footage} of footage"]
    for name, title in COUNTED:
        counts = gathered.get(name)
        if isinstance(counts, dict) and counts:
            shown = (
                f"{key.replace('_', ' ')} {value if isinstance(value, int) else len(value)}"
                for key, value in counts.items()
            )
            lines.append(f"{title}: {', '.join(shown)}")
    for name, title in SPANS:
        span = gathered.get(name)
        if span:
            lines.append(f"{title}: {span['first']} to {span['last']}, {plural(span['days'], 'day')}")
    return lines
