"""An encrypted copy of a stream, such as the catalogue's snapshot, at a place the user names.

It is an age file to [current epoch, recovery], written durably and never over another (docs/spec/object.md,
section 5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from witnessmark.ground.vault import durable
from witnessmark.ground.vault.absorb import Readable, absorb
from witnessmark.ground.vault.age import AgeWriter
from witnessmark.model.errors import UsageError


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written: digest and length of the clear content, length of the file."""

    sha256: bytes
    size_bytes: int
    ciphertext_bytes: int


def write_backup(path: Path, source: int | Readable, recipients: Sequence[str]) -> Backup:
    """Seals ``source`` (descriptor or binary file, read to its end) into a new file at ``path``, mode 0400.

    Raises UsageError where ``path`` exists, VaultError where the disk fails; nothing is left behind then.
    """
    measured: list[tuple[bytes, int]] = []

    def fill(sink: Callable[[memoryview], object]) -> None:
        writer = AgeWriter(sink, recipients)
        measured.append(absorb(source, writer.write))
        writer.close()

    with durable.writing("the backup"):
        try:
            length = durable.write_new(Path(path), fill, durable.OBJECT_MODE)
        except FileExistsError:
            raise UsageError(
                "there is a file at this place already", "give another name; nothing is written over"
            ) from None
    return Backup(*measured[0], length)
