"""Rows of a table that a person made, CSV or JSON, read without guessing (docs/spec/imports.md).

Every cell becomes text. What cannot be taken is a ``RowError`` that names row, column and reason; the other
rows go on. A column that nobody knows is an error too, because what it holds would silently be lost.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from witnessmark.model.attribution import UNKNOWN_DATE, parse_chains, parse_date
from witnessmark.model.errors import UnusableInputError
from witnessmark.model.statements import Chain, RowError, StatedDate

T = TypeVar("T")

LONGEST_NUMBER_DIGITS = 15
"""More than any count of files; keeps numbers exact in JSON and in the database."""
LIST_JOINER = ";"
"""Separates several items, persons or purposes in one cell."""


@dataclass(frozen=True, slots=True)
class Imported(Generic[T]):
    """What came out of one table."""

    rows: tuple[T, ...]
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What a table may refer to. ``None``: there is nothing to check against, names are taken as they are."""

    items: Mapping[str, str] | None = None
    """Name as it may be written (item id, short code) to item id."""
    facilities: frozenset[str] | None = None
    """Codes."""
    persons: frozenset[str] | None = None
    """Codes of persons in footage."""


@dataclass
class Row:
    """One record under reading: gives cells, gathers what is wrong with them."""

    number: int
    """As a spreadsheet shows it: the header is row 1. In JSON: the first record is row 1."""
    cells: Mapping[str, str]
    known: Known
    errors: list[RowError] = field(default_factory=list)

    def refuse(self, column: str, reason: str) -> None:
        self.errors.append(RowError(self.number, column, reason))

    def text(self, column: str, *, needed: bool = False) -> str:
        value = self.cells.get(column, "").strip()
        if needed and not value:
            self.refuse(column, "must not be empty")
        return value

    def one_of(self, column: str, allowed: Iterable[str], default: str = "") -> str:
        """A word of a fixed vocabulary; an empty ``default`` means that a word must be given."""
        words = tuple(allowed)
        value = self.text(column) or default
        if value not in words:
            self.refuse(column, f"“{value}” is none of: {', '.join(words)}" if value else "must not be empty")
        return value

    def several(self, column: str) -> tuple[str, ...]:
        parts = (part.strip() for part in self.text(column).split(LIST_JOINER))
        return tuple(part for part in parts if part)

    def date(self, column: str, zone_column: str = "") -> StatedDate:
        try:
            return parse_date(self.text(column), self.text(zone_column) if zone_column else "")
        except ValueError as fault:
            self.refuse(column, str(fault))
            return UNKNOWN_DATE

    def chains(self, column: str) -> tuple[Chain, ...]:
        try:
            return parse_chains(self.text(column))
        except ValueError as fault:
            self.refuse(column, str(fault))
            return ()

    def attribution(self) -> tuple[Chain, ...]:
        """Who said it and via whom, from ``said_by`` (one chain) and ``via`` (parallel chains behind it)."""
        said_by, via = self.chains("said_by"), self.chains("via")
        if len(said_by) > 1 and via:
            self.refuse("via", "with parallel sources write each whole chain in said_by, and leave via empty")
            return said_by
        if not via:
            return said_by
        if any(chain[0].first_hand for chain in via):
            self.refuse("via", "only the first link of a chain can be first-hand: mark it in said_by")
        head = said_by[0] if said_by else ()
        return tuple(head + tail for tail in via)

    def number_or_none(self, column: str) -> int | None:
        value = self.text(column)
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER_DIGITS):
            self.refuse(column, f"“{value}” is not a whole number in digits")
            return None
        return int(value)

    def items(self, column: str) -> tuple[str, ...]:
        """Items by id or short code, as ids."""
        found = []
        for name in self.several(column):
            if self.known.items is None:
                found.append(name)
            elif name in self.known.items:
                found.append(self.known.items[name])
            else:
                self.refuse(column, f"no item “{name}” is held in this case")
        return tuple(found)

    def item(self, column: str) -> str:
        names = self.items(column)
        if len(names) > 1:
            self.refuse(column, "names more than one item")
        return names[0] if names else ""

    def facility(self, column: str) -> str:
        code = self.text(column)
        if code and self.known.facilities is not None and code not in self.known.facilities:
            self.refuse(column, f"no facility “{code}” is in this case: import facilities first")
        return code

    def persons(self, column: str) -> tuple[str, ...]:
        codes = self.several(column)
        for code in codes:
            if self.known.persons is not None and code not in self.known.persons:
                self.refuse(column, f"no person “{code}” is in this case: import persons first")
        return codes


def read_table(
    data: bytes, columns: Iterable[str], make: Callable[[Row], T], known: Known, *, unique: str = "code"
) -> Imported[T]:
    """All rows of a CSV or JSON table (told apart by the first byte that is not blank).

    ``make`` turns a Row into one object and calls ``Row.refuse`` for what is wrong; such a row is not taken.
    ``unique`` names the column that must differ from row to row. Raises UnusableInputError where the file is
    no table at all.
    """
    allowed = tuple(columns)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableInputError("the table is not UTF-8 text", "save it as CSV UTF-8, or as JSON") from None
    is_json = text.lstrip()[:1] in ("[", "{")
    records, errors = _json_records(text) if is_json else _csv_records(text, unique)
    strange: dict[str, int] = {}
    taken: list[T] = []
    seen: set[str] = set()
    for number, cells in records:
        for column in cells:
            if column not in allowed:
                strange.setdefault(column, number if is_json else 1)
        row = Row(number, cells, known)
        made = make(row)
        key = row.text(unique)
        if key in seen:
            row.refuse(unique, f"“{key}” stands in an earlier row too")
        if row.errors:
            errors.extend(row.errors)
        else:
            taken.append(made)
            seen.add(key)
    errors.extend(
        RowError(number, column, "no such column: what it holds was not taken")
        for column, number in strange.items()
    )
    return Imported(tuple(taken), tuple(sorted(errors, key=lambda e: (e.row, e.column, e.reason))))


Records = list[tuple[int, dict[str, str]]]


def _csv_records(text: str, unique: str) -> tuple[Records, list[RowError]]:
    """Comma, or semicolon or tab where the header holds no comma (spreadsheets of other countries)."""
    header = text.split("\n", 1)[0]
    delimiter = next((mark for mark in (",", "\t", ";") if mark in header), ",")
    records: Records = []
    errors: list[RowError] = []
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as fault:
        raise UnusableInputError(
            f"the table cannot be read as CSV ({fault})",
            "check the quotation marks, or save it again as CSV UTF-8",
        ) from None
    if not lines:
        raise UnusableInputError(
            "the table is empty", "its first row names the columns (docs/spec/imports.md)"
        )
    names = [name.strip().lower() for name in lines[0]]
    while names and not names[-1]:
        names.pop()
    if len(set(names)) != len(names) or "" in names:
        raise UnusableInputError("the first row must name each column once", "see docs/spec/imports.md")
    if unique not in names:
        raise UnusableInputError(
            f"the table has no column “{unique}”", "its first row names the columns (docs/spec/imports.md)"
        )
    for number, line in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in line):
            continue
        if any(cell.strip() for cell in line[len(names) :]):
            errors.append(RowError(number, "", "more cells than columns: put cells with a comma in quotes"))
            continue
        records.append((number, dict(zip(names, line, strict=False))))
    return records, errors


def _json_records(text: str) -> tuple[Records, list[RowError]]:
    """A list of objects, or an object that holds exactly one such list (``{"claims": [...]}``)."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise UnusableInputError("the table cannot be read as JSON", "check it with a JSON reader") from None
    if isinstance(value, dict):
        lists = [inner for inner in value.values() if isinstance(inner, list)]
        value = lists[0] if len(lists) == 1 else None
    if not isinstance(value, list):
        raise UnusableInputError("the JSON is not a list of rows", "see docs/spec/imports.md")
    records: Records = []
    errors: list[RowError] = []
    for number, record in enumerate(value, start=1):
        if not isinstance(record, dict):
            errors.append(RowError(number, "", "is not an object with columns"))
            continue
        cells: dict[str, str] = {}
        for column, cell in record.items():
            try:
                cells[str(column).strip().lower()] = _cell_text(cell)
            except ValueError as fault:
                errors.append(RowError(number, str(column), str(fault)))
        records.append((number, cells))
    bad = {error.row for error in errors}
    return [(number, cells) for number, cells in records if number not in bad], errors


def _cell_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, list) and all(isinstance(part, str) for part in cell):
        return f"{LIST_JOINER} ".join(cell)
    raise ValueError("is neither text, a whole number nor a list of texts")
