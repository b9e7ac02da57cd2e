"""The source's own account of the material: what it was copied from, how, when, through whose hands.

Written down at receipt because nobody can be asked later; sealed at level "identity" by the case. It can be
given as options, as JSON, or as a short text of ``heading: value`` lines that a person fills in by hand.
Questions after ISO/IEC 27037:2012 §6.1 (chain of custody) and the Berkeley Protocol §§162-166.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from witnessmark.model.errors import UnusableInputError

SCHEMA = "witnessmark/source-statement/1"
LIMIT_BYTES = 8 << 20
"""A statement with a hash list of some 80,000 files; more is a file of its own."""

_HEADING = re.compile(r"^([A-Za-z][A-Za-z _-]{1,30}):(?:[ \t]+(.*))?$")
_DATE = re.compile(r"^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?)?)?$")

HEADINGS: Mapping[str, str] = {
    "copied from": "copied_from",
    "copied how": "copied_how",
    "how": "copied_how",
    "copied when": "copied_when",
    "when": "copied_when",
    "hands": "hands",
    "through whose hands": "hands",
    "conditions": "conditions",
    "conditions of use": "conditions",
    "embargo": "embargo_until",
    "embargo until": "embargo_until",
    "hash list": "hash_list",
    "note": "note",
}
"""What a person may write before the colon. ``hands`` and ``hash list`` take the lines that follow."""


@dataclass(frozen=True, slots=True)
class SourceStatement:
    """Everything as said; nothing here is checked except dates' form and, at receipt, the hash list."""

    copied_from: str = ""
    """Which machine, archive, phone or person, in the source's words."""
    copied_how: str = ""
    """Tool and manner: copied by file manager, imaged, exported by the recorder, ..."""
    copied_when: str = ""
    """ISO 8601, as precise as known, or the source's words."""
    hands: tuple[str, ...] = ()
    """Everyone who had it, in order, ending with whoever handed it to us."""
    conditions: str = ""
    """What we may do with it."""
    embargo_until: str = ""
    """ISO date before which nothing may be released; empty: none."""
    hash_list: str = ""
    """The source's own list, as text (sha256sum, sha1sum or md5sum style)."""
    note: str = ""

    def __post_init__(self) -> None:
        if self.embargo_until and not _DATE.match(self.embargo_until):
            raise UnusableInputError(
                "the embargo of the source's statement is not a date",
                "write it as 2021-10-04, or leave it out and say it under conditions",
            )

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, one.name) for one in fields(self))

    def to_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"schema": SCHEMA}
        for one in fields(self):
            value = getattr(self, one.name)
            shown[one.name] = list(value) if isinstance(value, tuple) else value
        return shown

    @classmethod
    def from_json(cls, document: Any) -> SourceStatement:
        """From a JSON object of these fields. An unknown field is refused: a slip would lose a word."""
        if not isinstance(document, dict):
            raise UnusableInputError("the source's statement is not a JSON object")
        known = {one.name for one in fields(cls)}
        given = {key: value for key, value in document.items() if key != "schema"}
        unknown = sorted(set(given) - known)
        if unknown:
            raise UnusableInputError(
                "the source's statement has a field that is not known",
                f"known fields: {', '.join(sorted(known))}",
            )
        hands = given.pop("hands", ())
        if isinstance(hands, str):
            hands = (hands,)
        texts_only = all(isinstance(value, str) for value in given.values())
        if not texts_only or not all(isinstance(hand, str) for hand in hands):
            raise UnusableInputError(
                "every field of the source's statement is a text (hands: a list of texts)"
            )
        return cls(hands=tuple(hands), **given)


def parse_statement(data: bytes) -> SourceStatement:
    """A statement from a file: JSON if it begins with ``{``, else ``heading: value`` lines.

    In the text form a line without heading continues the one above; empty lines end ``hands`` and
    ``hash list``. Raises UnusableInputError with the line number, never with its content.
    """
    if len(data) > LIMIT_BYTES:
        raise UnusableInputError("the source's statement is too large", "give the hash list as its own file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableInputError("the source's statement is not UTF-8 text") from None
    if text.lstrip().startswith("{"):
        try:
            document = json.loads(text)
        except ValueError:
            raise UnusableInputError("the source's statement is not valid JSON") from None
        return SourceStatement.from_json(document)
    gathered: dict[str, list[str]] = {}
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        match = _HEADING.match(line)
        heading = (
            HEADINGS.get(match[1].strip().lower().replace("_", " ").replace("-", " "), "") if match else ""
        )
        if match and heading:
            current = heading
            gathered.setdefault(current, [])
            if match[2]:
                gathered[current].append(match[2].strip())
        elif line.strip():
            if not current:
                raise UnusableInputError(
                    f"line {number} of the source's statement stands under no heading",
                    f"headings: {', '.join(HEADINGS)}",
                )
            gathered[current].append(line.strip())
    hands = tuple(hand.lstrip("-* ") for hand in gathered.pop("hands", []))
    return SourceStatement(hands=hands, **{key: "\n".join(lines) for key, lines in gathered.items()})
