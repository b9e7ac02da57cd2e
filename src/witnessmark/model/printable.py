"""Text from files, made fit to be shown: no character in it can disguise what a report or a terminal says."""

from __future__ import annotations

import re
from typing import Any

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of text (Unicode Standard Annex 9, section 2)."""
_NO_UNICODE = re.compile(r"[\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with each such character (and each lone surrogate) as its number: ``\\x10``, ``\\u202e``."""
    return _NO_UNICODE.sub(_numbered, UNPRINTABLE.sub(_numbered, text))


def all_printable(value: Any) -> Any:
    """A JSON value with every text in it, names included, made printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {
            printable(name) if isinstance(name, str) else name: all_printable(v) for name, v in value.items()
        }
    if isinstance(value, list | tuple):
        return [all_printable(one) for one in value]
    return value


def _numbered(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
