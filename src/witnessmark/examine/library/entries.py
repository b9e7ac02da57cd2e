"""The reference library: recordings whose writer is known, as structure tokens, with where each comes from.

docs/spec/reference-library.md is the format. A library is named by its digest: SHA-256 of its canonical JSON
(RFC 8785). ``n`` of a family counts *devices* (or installations of a program), never files: ten recordings of one
phone are one witness.

A library from a stranger's hand is read like any hostile file: bounded, field by field, every token held to
``tokens.is_shareable``, every text printable.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from witnessmark.examine.library.tokens import MOST_TOKENS, is_shareable
from witnessmark.model.errors import UnusableInputError
from witnessmark.model.printable import UNPRINTABLE

SCHEMA = "witnessmark/reference-library/1"
MOST_ENTRIES = 2_000
MOST_BYTES = 16 << 20
"""A library of 2,000 recordings with 200 tokens each, written by number, is about 3 MB."""
LONGEST_TEXT = 300
SHORT_DIGEST = 16
"""Hex digits by which findings name a library: 64 bits are far beyond any chance collision."""
DATA = Path(__file__).with_name("data")


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One recording whose writer is known."""

    family: str
    """Whose habit it is: a maker's cameras on one system, a muxer, a platform."""
    sort: str
    """camera, recorder, software or platform."""
    device: str
    """Which device, or which installation of a program: what ``n`` counts."""
    format: str
    """As ``sniff`` names it (mp4, mov, avi ...)."""
    software: str
    """System, firmware or program version in words, or empty."""
    source: str
    """Where the recording came from."""
    licence: str
    """Under which the recording, or the statement of these facts, may be passed on."""
    native_by: str
    """How it was established that nothing else has written the file since."""
    tokens: tuple[str, ...]

    def __post_init__(self) -> None:
        for text in (self.family, self.device, self.format):
            if not text.strip():
                raise ValueError("a reference needs its family, its device and its format")
        if self.sort not in SORTS:
            raise ValueError(f"a reference is of one of the sorts {', '.join(SORTS)}")

    def to_json(self, numbers: Mapping[str, int]) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in TEXTS}
        return {**named, "tokens": [numbers[token] for token in self.tokens]}


SORTS = ("camera", "recorder", "software", "platform")
TEXTS = ("family", "sort", "device", "format", "software", "source", "licence", "native_by")


@dataclass(frozen=True, slots=True)
class Library:
    """Entries in canonical order, each once."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Library:
        return cls(tuple(sorted(set(entries))))

    def to_json(self) -> dict[str, Any]:
        """``tokens`` once each, sorted; entries refer to them by place."""
        tokens = sorted({token for entry in self.entries for token in entry.tokens})
        numbers = {token: number for number, token in enumerate(tokens)}
        return {
            "schema": SCHEMA,
            "tokens": tokens,
            "entries": [entry.to_json(numbers) for entry in self.entries],
        }

    def content(self) -> bytes:
        """The canonical bytes (RFC 8785), which the digest is of and which a file holds.

        With texts and whole numbers only, and member names in ASCII, the standard library's own writer gives them.
        """
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode("utf-8")

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content()).hexdigest()

    @property
    def name(self) -> str:
        """How findings name it; empty for an empty library."""
        return self.digest[:SHORT_DIGEST] if self.entries else ""

    def devices(self, family: str | None = None) -> int:
        """How many different devices stand behind a family (or behind all)."""
        return len({(e.family, e.device) for e in self.entries if family in (None, e.family)})

    def __add__(self, other: Library) -> Library:
        return Library.of((*self.entries, *other.entries))


def read_library(data: bytes) -> Library:
    """A library from its file. Raises UnusableInputError, which says what is wrong, for anything else."""
    if len(data) > MOST_BYTES:
        raise _unusable("it is larger than a reference library can be")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise _unusable("it is no JSON document") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise _unusable(f"it does not say that it is a {SCHEMA}")
    if set(document) != {"schema", "tokens", "entries"}:
        raise _unusable("it has other members than a reference library has")
    tokens, entries = (
        _list(document["tokens"], MOST_ENTRIES * MOST_TOKENS),
        _list(document["entries"], MOST_ENTRIES),
    )
    if not all(isinstance(token, str) and is_shareable(token) for token in tokens):
        raise _unusable("it holds a token that could carry more than structure")
    return Library.of(_entry(entry, tokens) for entry in entries)


def _entry(document: Any, tokens: Sequence[str]) -> Entry:
    if not isinstance(document, dict) or set(document) != {*TEXTS, "tokens"}:
        raise _unusable("an entry has other members than an entry has")
    texts = {name: _text(document[name]) for name in TEXTS}
    numbers = _list(document["tokens"], MOST_TOKENS)
    if not all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n < len(tokens) for n in numbers):
        raise _unusable("an entry refers to a token that is not there")
    try:
        return Entry(**texts, tokens=tuple(sorted({tokens[n] for n in numbers})))
    except ValueError as error:
        raise _unusable(str(error)) from None


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise _unusable("a list in it is missing or too long")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or UNPRINTABLE.search(value):
        raise _unusable("a text in it is missing, too long or not printable")
    return value


def _unusable(why: str) -> UnusableInputError:
    return UnusableInputError(
        f"the file is no reference library: {why}", "it must be one that `witnessmark reference export` wrote"
    )


def shipped_name() -> str:
    """The name of the library that comes with this version, without reading it: part of every build."""
    return _shipped_file().stem.removeprefix("library-")


def _shipped_file() -> Path:
    found = sorted(DATA.glob("library-*.json"))
    if len(found) != 1:
        raise RuntimeError("the program must come with exactly one reference library")
    return found[0]


@cache
def shipped() -> Library:
    """The library that comes with this version, checked against the digest in its name."""
    content = _shipped_file().read_bytes()
    if hashlib.sha256(content).hexdigest()[:SHORT_DIGEST] != shipped_name():
        raise RuntimeError("the reference library is not the one that its name says")
    return read_library(content)
