"""`findings`: which readings contradict each other, what was found, and what was asked and not found."""

from __future__ import annotations

import argparse

from witnessmark.cli.answer import Answer
from witnessmark.cli.contradiction_text import contradiction_lines
from witnessmark.cli.finding_text import finding_lines
from witnessmark.cli.opening import case_argument, open_named_case


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument("--item", metavar="CODE", help="one item only")
    parser.add_argument("--kind", metavar="KIND", help="one kind only, such as timeline.gap")
    parser.add_argument("--observed", action="store_true", help="leave out what was asked and not observed")


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.contradictions import contradictions

    with open_named_case(options) as case:
        item_id = case.item_by_code(options.item).item_id if options.item else None
        found = case.catalogue.findings(item_id)
        rows = contradictions(case, item_id)
    if options.kind:
        found = tuple(f for f in found if f.core.kind == options.kind)
    if options.observed:
        found = tuple(f for f in found if f.core.outcome == "observed")
    lines: list[str] = []
    item = ""
    for finding in found:
        if finding.item_id != item:
            item = finding.item_id
            lines += ["", f"item {item.replace('-', '')[:8]}"]
        lines += finding_lines(finding.core)
    lines = contradiction_lines(rows) + lines
    text = "\n".join(lines).lstrip("\n") or "No findings yet. Examine the case with: witnessmark examine CASE"
    document = {
        "contradictions": [row.to_json() for row in rows],
        "findings": [f.to_json() for f in found],
    }
    return Answer(document, text)
