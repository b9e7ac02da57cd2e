"""A ByteSource over bytes in memory: a payload found inside another file, or a test's own bytes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class BytesSource:
    """Random access to ``data``, as ``model.consumer.ByteSource`` asks for."""

    data: bytes
    size_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        self.size_bytes = len(self.data)

    def read_at(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length] if offset >= 0 and length > 0 else b""
