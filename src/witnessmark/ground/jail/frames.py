"""A child's bytes are hostile until checked: here they become records and pieces, or a broken protocol."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

from witnessmark.ground.jail import wire
from witnessmark.ground.jail.terms import Budget, Level

BLOB_NAME = re.compile(r"[A-Za-z0-9._:-]{1,128}")
FAULT_TEXT = re.compile(r"[A-Za-z0-9_.: <>-]{1,160}")
OPEN_BLOBS = 256
JSON_PARTS = 2_000_000
"""Most brackets and commas in one record: each can cost some 60 bytes once parsed."""

OnRecord = Callable[[dict[str, Any]], None]
OnBlob = Callable[[str, bytes, bool], None]


class ProtocolBroken(Exception):
    """The child sent what no honest child sends. ``on_record`` and ``on_blob`` may raise it too."""


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError("not a number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("not finite")
    return value


def parse_record(body: bytes) -> dict[str, Any]:
    """One JSON object with finite numbers. Raises ProtocolBroken for anything else."""
    if body.count(b",") + body.count(b"[") + body.count(b"{") > JSON_PARTS:
        raise ProtocolBroken("a record with too many parts")
    try:
        record = json.loads(body.decode("ascii"), parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise ProtocolBroken("a record that is not JSON") from None
    if not isinstance(record, dict):
        raise ProtocolBroken("a record that is not an object")
    return record


class FrameReader:
    """Takes bytes as they come and calls ``on_record`` and ``on_blob``; keeps at most one frame in memory."""

    def __init__(self, budget: Budget, on_record: OnRecord, on_blob: OnBlob | None) -> None:
        self._budget = budget
        self._on_record = on_record
        self._on_blob = on_blob
        self._held = bytearray()
        self._names: dict[int, str] = {}
        self._last_channel = 0
        self._blob_bytes = 0
        self._record_bytes = 0
        self.level: Level | None = None
        self.fault = ""
        self.done = False

    def take(self, data: bytes) -> None:
        """Raises ProtocolBroken; what ``on_record`` and ``on_blob`` raise passes through."""
        held = self._held
        held += data
        start = 0
        while len(held) - start >= wire.HEAD.size:
            kind, channel, length = wire.HEAD.unpack_from(held, start)
            self._check_length(kind, length)
            body_at = start + wire.HEAD.size
            if len(held) - body_at < length:
                break
            body = bytes(memoryview(held)[body_at : body_at + length])
            start = body_at + length
            self._frame(kind, channel, body)
        del held[:start]

    def end(self) -> None:
        """The child closed its side. Raises ProtocolBroken where something was left half said."""
        if self._held:
            raise ProtocolBroken("it stopped inside a frame")
        if self.done and self._names:
            raise ProtocolBroken("a blob was never closed")

    def _check_length(self, kind: int, length: int) -> None:
        longest = {
            wire.RECORD: self._budget.record_bytes,
            wire.BLOB_PIECE: wire.PIECE_BYTES,
            wire.BLOB_OPEN: 128,
            wire.LOCKED: 2,
            wire.ERROR: 1024,
        }.get(kind, 0)
        if length > longest:
            raise ProtocolBroken("a frame that is too long")
        if kind == wire.RECORD and self._record_bytes + length > self._budget.all_records_bytes:
            raise ProtocolBroken("too many records")

    def _frame(self, kind: int, channel: int, body: bytes) -> None:
        if (self.level is None) != (kind == wire.LOCKED) or self.done or self.fault:
            raise ProtocolBroken("a frame out of order")
        if kind == wire.RECORD:
            self._record_bytes += len(body)
            self._on_record(parse_record(body))
        elif kind == wire.BLOB_PIECE:
            self._piece(channel, body)
        elif kind == wire.BLOB_OPEN:
            self._open(channel, body)
        elif kind == wire.BLOB_CLOSE:
            if channel not in self._names:
                raise ProtocolBroken("a blob that is not open")
            name = self._names.pop(channel)
            if self._on_blob is not None:
                self._on_blob(name, b"", True)
        elif kind == wire.LOCKED:
            self._locked(body)
        elif kind == wire.ERROR:
            text = body.decode("ascii", "replace")
            self.fault = text if FAULT_TEXT.fullmatch(text) else "an exception"
        elif kind == wire.DONE:
            self.done = True
        elif kind != wire.ALIVE:
            raise ProtocolBroken("a frame of unknown type")

    def _locked(self, body: bytes) -> None:
        try:
            self.level = Level(body.decode("ascii"))
        except ValueError:
            raise ProtocolBroken("a level that does not exist") from None

    def _open(self, channel: int, body: bytes) -> None:
        name = body.decode("ascii", "replace")
        if self._on_blob is None:
            raise ProtocolBroken("a blob where none was asked for")
        if channel <= self._last_channel or len(self._names) >= OPEN_BLOBS or not BLOB_NAME.fullmatch(name):
            raise ProtocolBroken("a blob that may not be opened")
        self._last_channel = channel
        self._names[channel] = name

    def _piece(self, channel: int, body: bytes) -> None:
        name = self._names.get(channel)
        self._blob_bytes += len(body)
        if name is None or self._on_blob is None:
            raise ProtocolBroken("a blob that is not open")
        if self._blob_bytes > self._budget.blob_bytes:
            raise ProtocolBroken("more blob bytes than declared")
        self._on_blob(name, body, False)
