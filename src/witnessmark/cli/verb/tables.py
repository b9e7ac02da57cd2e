"""`claim|response|incident|facility|label|consent import`: what people say and decide, from CSV or JSON."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from witnessmark.cli.answer import DONE, IN_PART, Answer
from witnessmark.cli.figures import plural
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.model.errors import UnusableInputError

LARGEST_TABLE_BYTES = 64 << 20
WITHOUT_BEARINGS = frozenset({"label", "consent"})


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("action", choices=("import", "list"))
    case_argument(parser)
    parser.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="CSV or JSON; columns: docs/spec/imports.md"
    )


def run(options: argparse.Namespace) -> Answer:
    return take(options) if options.action == "import" else listed(options)


def take(options: argparse.Namespace) -> Answer:
    from witnessmark.case.describing import import_table

    if options.file is None:
        raise UnusableInputError("no table was named", f"witnessmark {options.verb} import CASE FILE.csv")
    try:
        with options.file.open("rb") as file:
            data = file.read(LARGEST_TABLE_BYTES + 1)
    except OSError as error:
        raise UnusableInputError("the table cannot be read", "check its name") from error
    if len(data) > LARGEST_TABLE_BYTES:
        raise UnusableInputError("the table is larger than 64 MB", "split it")
    with open_named_case(options) as case:
        taken = import_table(case, options.verb, data)
    document = {
        "added": taken.added,
        "replaced": taken.replaced,
        "errors": [e.to_json() for e in taken.errors],
        "bearings": taken.bearings,
    }
    lines = [f"row {e.row}, column {e.column}: {e.reason}" for e in taken.errors]
    told = f"{plural(taken.added, 'row')} added, {taken.replaced} replaced, {len(taken.errors)} refused"
    if options.verb not in WITHOUT_BEARINGS:
        told += f"; {plural(taken.bearings, 'bearing')} of findings on claims proposed"
    lines.append(told)
    return Answer(document, "\n".join(lines), IN_PART if taken.errors else DONE)


def listed(options: argparse.Namespace) -> Answer:
    from witnessmark.case.describing import TABLES
    from witnessmark.case.rows import as_row

    with open_named_case(options) as case:
        rows = [as_row(row) for row in TABLES[options.verb].held(case)]
    lines = [f"{row['code']:<8} {_gist(row)}" for row in rows]
    return Answer({"rows": rows}, "\n".join(lines) or "none yet")


GISTS = ("statement", "title", "name", "pseudonym", "labels", "state")
"""The field that says most of a row, whichever of these it has."""


def _gist(row: Mapping[str, Any]) -> str:
    said = next((row[name] for name in GISTS if row.get(name)), "")
    told = ", ".join(said) if isinstance(said, list | tuple) else str(said)
    return f"{row['person']}: {told}" if "person" in row else told
