"""A re-run as text and as JSON: what came out again, what did not, and in which fields."""

from __future__ import annotations

import json
from typing import Any

from witnessmark.case.rerunning import Rerun
from witnessmark.model.printable import all_printable, printable
from witnessmark.model.rerun import Compared, FieldDifference, Verdict

LONGEST = 160
"""Characters of a value shown on a terminal; ``--json`` has all of it."""
MOST_SHOWN = 12
DIGEST_SHOWN = 12
WORDS = {
    Verdict.SAME: ("=", "the same, byte for byte"),
    Verdict.OTHER_BUILD: ("~", "another result, on another build"),
    Verdict.DIFFERENT: ("!", "ANOTHER RESULT ON THE SAME BUILD"),
    Verdict.BROKEN_RECORD: ("!", "THE RECORD CONTRADICTS ITSELF: its digest is not that of what it says"),
    Verdict.MISSING: ("!", "recorded, and not made again"),
    Verdict.ADDED: ("!", "made now, and not recorded"),
}


def rerun_lines(done: Rerun) -> list[str]:
    lines = [printable(done.made.path), f"  SHA-256 {done.made.sha256}"]
    if done.other_file:
        recorded = printable(str(done.record.sha256))[:LONGEST]
        return [*lines, f"  THE RECORD IS OF ANOTHER FILE: SHA-256 {recorded}", "  Nothing was compared."]
    if done.record.sha256 is None:
        lines.append("  The record does not name the file by its digest; compared all the same.")
    lines += _build_lines(done)
    for one in done.compared:
        lines += _compared_lines(one)
    same = sum(one.verdict is Verdict.SAME for one in done.compared)
    lines += ["", f"{same} of {len(done.compared)} findings came out again byte for byte."]
    if not done.reproduced and not done.wrong:
        lines.append(
            "The others were made by another build, and cannot be held against each other byte by byte."
        )
    return lines


def _build_lines(done: Rerun) -> list[str]:
    if not done.build:
        return ["  The same build."]
    return ["  Another build:", *(f"    {printable(str(part))}" for part in done.build)]


def _compared_lines(one: Compared) -> list[str]:
    mark, words = WORDS[one.verdict]
    lines = [f" {mark} {printable(one.kind):<22} {words}"]
    if one.verdict is Verdict.SAME:
        return [f"{lines[0]} ({one.ours[:DIGEST_SHOWN]}…)"]
    if one.only_cited:
        lines.append("     The observation is the same; only the rates that it cites differ.")
    lines += [f"     {printable(str(part))}" for part in one.build if part.name == "method"]
    lines += [_field_line(field) for field in one.fields[:MOST_SHOWN]]
    if len(one.fields) > MOST_SHOWN:
        lines.append(f"     and {len(one.fields) - MOST_SHOWN} further fields (--json shows them)")
    return lines


def _field_line(field: FieldDifference) -> str:
    return f"     {printable(field.path)}: {_short(field.theirs)} there, {_short(field.ours)} here"


def _short(value: Any) -> str:
    text = printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def rerun_document(done: Rerun) -> dict[str, Any]:
    return {
        "path": done.made.path,
        "sha256": done.made.sha256,
        "findings": [finding.to_json() for finding in done.made.findings],
        "rerun": {
            "record_sha256": all_printable(done.record.sha256),
            "reproduced": done.reproduced,
            "wrong": done.wrong,
            "other_file": done.other_file,
            "build": [
                {"part": part.name, "what": part.what, "theirs": printable(part.theirs), "ours": part.ours}
                for part in done.build
            ],
            "compared": [all_printable(one.to_json()) for one in done.compared],
        },
    }
