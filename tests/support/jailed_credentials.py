"""A task for the jail: run the credentials examiner on the file that the parent opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class _DescriptorSource:
    fd: int
    size_bytes: int

    def read_at(self, offset: int, length: int) -> bytes:
        return os.pread(self.fd, length, offset)


def examine(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Any) -> None:
    """Records one finding per kind of the card."""
    from witnessmark.examine.examiners import credentials
    from witnessmark.ground.container import sniff
    from witnessmark.model.recording import Recording

    fd = files["item"]
    source = _DescriptorSource(fd, os.fstat(fd).st_size)
    consumer = credentials.examination(sniff(source.read_at(0, 65536), source.size_bytes))
    consumer.begin(Recording("", (), None, 0, (), source.size_bytes), source)
    for core in consumer.finish():
        out.record(core.to_json())
