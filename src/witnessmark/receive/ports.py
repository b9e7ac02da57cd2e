"""What receiving needs of others: a sealed store, the journal, and the case's own secrets.

Rooms do not know the catalogue. ``case/wiring`` fits these protocols to it; tests fit them to memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from witnessmark.model.custody import CustodyEvent
from witnessmark.model.intake import Refusal, Settled, Settlement
from witnessmark.model.name_reading import NameReading
from witnessmark.model.recording import Item, Occurrence

__all__ = [
    "Draft",
    "FileReceived",
    "Holdings",
    "IntakeJournal",
    "JailRun",
    "OpenSealed",
    "Progress",
    "Save",
    "SealNames",
    "Settled",
    "Settlement",
    "Store",
    "StoredObject",
]


class StoredObject(Protocol):
    @property
    def name(self) -> str: ...


class Draft(Protocol):
    """One object being written; invisible to readers until ``commit`` returns, durable from then on."""

    def write(self, data: bytes, /) -> object: ...

    def commit(self, sha256: bytes, /) -> StoredObject:
        """Seal under the name for this digest. If an object of that name exists, it stays as it is."""
        ...

    def abandon(self) -> None: ...


class Store(Protocol):
    def begin(self) -> Draft: ...

    def name_for(self, sha256: bytes, /) -> str:
        """The name under which a content with this digest is (or will be) stored."""
        ...


class OpenSealed(Protocol):
    def __call__(self, object_name: str, /) -> tuple[int, bytes]:
        """Descriptor of the ciphertext (the caller closes it) and that one object's file key."""
        ...


@dataclass(frozen=True, slots=True)
class FileReceived:
    """The whole effect of one file or member, to be saved in one transaction with the ledger's leaf."""

    row: Settled
    event: CustodyEvent | None
    """None where only the row changes (an archive that is now unpacked)."""
    item: Item | None = None
    """Only when newly sealed."""
    occurrence: Occurrence | None = None
    refusal: Refusal | None = None
    name_readings: tuple[NameReading, ...] = ()
    """What the name says of dates and writers; the name itself is in the sealed row only."""


class IntakeJournal(Protocol):
    """Rows of one open session of receiving. The case opens the session before and closes it after."""

    def known(self, row_key: bytes, /) -> Settled | None:
        """The row of this session with this key."""
        ...

    def settled(self) -> Iterator[Settled]:
        """Every row of this session, in the order of saving."""
        ...


class Holdings(Protocol):
    """What the case holds already, whichever session brought it."""

    def item_by_digest(self, sha256: bytes, /) -> Item | None: ...

    def holds_size(self, size_bytes: int, /) -> bool:
        """Whether any held item has this size: if not, the content cannot be held."""
        ...


Save = Callable[[Sequence[FileReceived]], None]
"""Saves a batch in one transaction, in order: a row with the same key is replaced, the rest is added."""

SealNames = Callable[[bytes], bytes]
"""Encrypts a name record at level "names": opens to one logged person."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a progress bar shows. Counts are of this run, resumed files included."""

    files_done: int
    bytes_done: int
    bytes_read: int
    """Really read in this run: what the rate is made of."""
    elapsed_s: float
    phase: str
    """reading or unpacking."""

    @property
    def rate_bytes_per_s(self) -> float:
        return self.bytes_read / self.elapsed_s if self.elapsed_s > 0 else 0.0


class JailRun(Protocol):
    """``witnessmark.ground.jail.run`` as receiving uses it; its result has ``ended`` and ``detail``."""

    def __call__(
        self,
        task: str,
        request: Mapping[str, Any],
        *,
        files: Mapping[str, int],
        secrets: Mapping[str, bytes],
        budget: Any,
        on_record: Callable[[dict[str, Any]], None],
        on_blob: Callable[[str, bytes, bool], None] | None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Any: ...
