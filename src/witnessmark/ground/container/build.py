"""The one mutable thing of the parsers: collects nodes, faults and statements under the limits.

Every read goes through here, so that the bound on bytes read, nodes kept and text length holds for all
formats alike.
"""

from __future__ import annotations

from fractions import Fraction

from witnessmark.ground.container.tree import (
    ByteSpan,
    ContainerFault,
    Declared,
    DeclaredPlace,
    DeclaredText,
    DeclaredTime,
    DeclaredTrack,
    Node,
    ParseLimits,
    Tree,
)
from witnessmark.model.consumer import ByteSource

_FAULTS_KEPT = 200
"""Faults kept one by one; a file of garbage would otherwise give one per byte."""
_WINDOW_BYTES = 512
"""Read-ahead: most headers are tens of bytes apart, and a sealed object is dear to seek in."""


class OutOfBudgetError(Exception):
    """A limit was reached: the parser stops where it is and what was gathered stands. Never leaves here."""


class TreeBuilder:
    """Gathers what a parser sees. ``finish`` gives the frozen Tree."""

    def __init__(self, source: ByteSource, limits: ParseLimits, format_name: str) -> None:
        self.source = source
        self.size = source.size_bytes
        self.limits = limits
        self.format = format_name
        self.nodes: list[Node] = []
        self.faults: list[ContainerFault] = []
        self.unaccounted: list[ByteSpan] = []
        self.payloads: list[ByteSpan] = []
        self.times: list[DeclaredTime] = []
        self.places: list[DeclaredPlace] = []
        self.makes: list[DeclaredText] = []
        self.models: list[DeclaredText] = []
        self.software: list[DeclaredText] = []
        self.texts: list[DeclaredText] = []
        self.credentials: list[DeclaredText] = []
        self.tracks: list[DeclaredTrack] = []
        self.duration: Fraction | None = None
        self.timescale = 0
        self.counts: dict[str, int] = {}
        self.keys: dict[str, list[str]] = {}
        """Key names per ``meta`` box, which its ``ilst`` refers to by number."""
        self.read_bytes = 0
        self._window_at = 0
        self._window = b""

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from the source, fewer at its end. Raises OutOfBudgetError when the read bound is used up."""
        if offset < 0 or length <= 0 or offset >= self.size:
            return b""
        length = min(length, self.size - offset)
        if self.read_bytes + length > self.limits.read_bytes:
            self.fault("read_limit", offset, f"more than {self.limits.read_bytes} bytes of headers to read")
            raise OutOfBudgetError
        start = offset - self._window_at
        if start >= 0 and start + length <= len(self._window):
            return self._window[start : start + length]
        wanted = max(length, _WINDOW_BYTES)
        self.read_bytes += min(wanted, self.size - offset)
        data = self.source.read_at(offset, wanted)
        if length <= _WINDOW_BYTES:
            self._window_at, self._window = offset, data
        return data[:length]

    def node(
        self, path: str, offset: int, size_bytes: int, fields: tuple[tuple[str, str | int], ...] = ()
    ) -> None:
        if len(self.nodes) >= self.limits.nodes:
            self.fault("nodes", offset, f"more than {self.limits.nodes} structures")
            raise OutOfBudgetError
        self.nodes.append(Node(path, offset, size_bytes, fields))

    def fault(self, code: str, offset: int, detail: str) -> None:
        self.counts["faults"] = self.counts.get("faults", 0) + 1
        if len(self.faults) < _FAULTS_KEPT:
            self.faults.append(ContainerFault(code, offset, detail))

    def tally(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    def text(self, raw: bytes, encoding: str = "utf-8") -> str:
        """Text for people and for matching: cut at the limit and at the first NUL, controls replaced."""
        cut = raw[: self.limits.string_bytes]
        if encoding == "utf-8":
            cut = cut.split(b"\x00", 1)[0]
        words = cut.decode(encoding, "replace").split("\x00", 1)[0]
        return "".join(letter if letter.isprintable() else " " for letter in words).strip()

    def say(self, where: list[DeclaredText], field: str, text: str) -> None:
        """Keep one statement, unless it is empty or was made already word for word by the same field."""
        statement = DeclaredText(field, text)
        if text and statement not in where:
            where.append(statement)

    def finish(self) -> Tree:
        return Tree(
            format=self.format,
            size_bytes=self.size,
            nodes=tuple(self.nodes),
            faults=tuple(self.faults),
            declared=Declared(
                times=tuple(self.times),
                places=tuple(self.places),
                makes=tuple(self.makes),
                models=tuple(self.models),
                software=tuple(self.software),
                texts=tuple(self.texts),
                tracks=tuple(self.tracks),
                duration=self.duration,
                timescale=self.timescale,
                credentials=tuple(self.credentials),
            ),
            unaccounted=tuple(self.unaccounted),
            payloads=tuple(self.payloads),
            counts=tuple(sorted(self.counts.items())),
            read_bytes=self.read_bytes,
        )
