"""A JSON object from an untrusted hand, read field by field: every look checks type, length and range."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any, Self

from witnessmark.ground.jail import ProtocolBroken
from witnessmark.model.printable import UNPRINTABLE

FRACTION = re.compile(r"-?[0-9]{1,19}/[1-9][0-9]{0,18}")
DEEPEST = 12


def broken(what: str) -> ProtocolBroken:
    return ProtocolBroken(what)


class Checked:
    """Reads one object. Every method raises ProtocolBroken where the value is not what it should be."""

    def __init__(self, document: Any) -> None:
        if not isinstance(document, dict):
            raise broken("something else than an object")
        self._document: dict[str, Any] = document

    def only(self, *names: str) -> Self:
        """These fields, all of them, and no others."""
        if set(self._document) != set(names):
            raise broken("an object with other fields than it should have")
        return self

    def get(self, name: str) -> Any:
        return self._document.get(name)

    def whole(self) -> Mapping[str, Any]:
        return self._document

    def names(self, most: int) -> tuple[str, ...]:
        if len(self._document) > most:
            raise broken("an object with too many fields")
        return tuple(_text(name, 128) for name in self._document)

    def text(self, name: str, longest: int) -> str:
        return _text(self._document.get(name), longest)

    def texts(self, name: str, most: int, longest: int) -> tuple[str, ...]:
        return tuple(_text(value, longest) for value in self._list(name, most))

    def one_of(self, name: str, allowed: Collection[str]) -> str:
        value = self._document.get(name)
        if not isinstance(value, str) or value not in allowed:
            raise broken("a word that is not among those known")
        return value

    def integer(self, name: str, least: int, most: int) -> int:
        value = self._document.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise broken("a number out of range")
        return value

    def number(self, name: str) -> float:
        return _number(self._document.get(name))

    def digest(self, name: str) -> bytes:
        value = self._document.get(name)
        if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
            raise broken("a digest that is none")
        return bytes.fromhex(value)

    def fraction(self, name: str) -> str:
        value = self._document.get(name)
        if not isinstance(value, str) or not FRACTION.fullmatch(value):
            raise broken("a time base that is none")
        return value

    def inner(self, name: str) -> Checked:
        return Checked(self._document.get(name))

    def inners(self, name: str, most: int) -> tuple[Checked, ...]:
        return tuple(Checked(value) for value in self._list(name, most))

    def rows(self, name: str, most: int, length: int) -> tuple[Checked, ...]:
        """Lists of exactly ``length``, each as an object with the fields "0", "1", ..."""
        rows = self._list(name, most)
        if any(not isinstance(row, list) or len(row) != length for row in rows):
            raise broken("a row of another length")
        return tuple(Checked({str(n): value for n, value in enumerate(row)}) for row in rows)

    def pairs(self, name: str, most: int) -> tuple[tuple[str, str | int], ...]:
        """[name, text or integer] pairs."""
        pairs = []
        for row in self.rows(name, most, 2):
            value = row.get("1")
            is_integer = isinstance(value, int) and not isinstance(value, bool)
            pairs.append((row.text("0", 64), value if is_integer else row.text("1", 300)))
        return tuple(pairs)

    def measured(self, name: str, most: int, longest: int) -> None:
        """A number, a text, or a list of these."""
        value = self._document.get(name)
        for one in self._list(name, most) if isinstance(value, list) else (value,):
            if isinstance(one, str):
                _text(one, longest)
            else:
                _number(one)

    def plain(self, most: int, longest: int) -> None:
        """Anything JSON can say, bounded in size and depth."""
        left = [most]
        _plain(self._document, left, longest, DEEPEST)

    def _list(self, name: str, most: int) -> list[Any]:
        value = self._document.get(name)
        if not isinstance(value, list) or len(value) > most:
            raise broken("a list that is none, or too long")
        return value


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or UNPRINTABLE.search(value):
        raise broken("a text that is none, too long, or not printable")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise broken("a text that is not Unicode") from None
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise broken("something else than a number")
    if isinstance(value, int) and abs(value) > 1 << 53:
        raise broken("a number beyond what JSON holds exactly")
    if not math.isfinite(value):
        raise broken("a number that is not finite")
    return float(value)


def _plain(value: Any, left: list[int], longest: int, depth: int) -> None:
    left[0] -= 1
    if left[0] < 0 or depth < 0:
        raise broken("an object that is too large or too deep")
    if isinstance(value, str):
        _text(value, longest)
    elif isinstance(value, list):
        for one in value:
            _plain(one, left, longest, depth - 1)
    elif isinstance(value, dict):
        for name, one in value.items():
            _text(name, 128)
            _plain(one, left, longest, depth - 1)
    elif value is not None and not isinstance(value, bool):
        _number(value)
