"""An opened case: its keys, its log, its catalogue and its vault, held together for one person's work."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from witnessmark.case.settings import CaseSettings
from witnessmark.ground.jobs.storage import JobState
from witnessmark.ground.vault.reader import SealedReader
from witnessmark.model.errors import CaseError, UsageError
from witnessmark.model.recording import Item

if TYPE_CHECKING:
    from witnessmark.ground.catalogue.catalogue import Catalogue
    from witnessmark.ground.ledger.log import Ledger
    from witnessmark.ground.vault.keyring import Keyring
    from witnessmark.ground.vault.store import ObjectStore


PIECE_BYTES = 4 << 20


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Case:
    """Everything that a step of the journey needs. ``read_only``: a copy that was not adopted."""

    folder: Path
    settings: CaseSettings
    keyring: Keyring
    catalogue: Catalogue
    store: ObjectStore
    ledger: Ledger
    read_only: bool = False
    clock: Callable[[], datetime] = now

    @property
    def case_id(self) -> str:
        return self.settings.case_id

    @property
    def name(self) -> str:
        return self.catalogue.get_setting("name") or ""

    def require_writable(self) -> None:
        """Raises CaseError in a copy that was not adopted."""
        if self.read_only:
            raise CaseError(
                "this is a copy of a case, or a case that was moved to another disk: it opens for reading only",
                "if no other copy is in use, make this one the writable one: witnessmark adopt CASE",
            )

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """One process at a time does this in a case (receiving, changing keys). Ends with the process."""
        self.require_writable()
        fd = os.open(self.folder / f".{what}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise CaseError(
                    f"another process is at work on this case ({what})", "wait until it has ended"
                ) from error
            yield
        finally:
            os.close(fd)

    def is_at_work(self, what: str) -> bool:
        """Whether a process receives (``what``), or examines: jobs count as running until their lease ends."""
        try:
            fd = os.open(self.folder / f".{what}.lock", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            fd = -1
        if fd >= 0:
            try:
                fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
            finally:
                os.close(fd)
        return self.catalogue.job_storage().counts()[JobState.RUNNING] > 0

    def item_by_code(self, code: str) -> Item:
        """An item by its id or the beginning of it, as reports print it."""
        wanted = code.replace("-", "").lower()
        found = [i for i in self.catalogue.items() if i.item_id.replace("-", "").startswith(wanted)]
        if len(found) != 1 or not wanted:
            raise UsageError(
                f"{'no item has' if not found else 'several items have'} the code {code!r}",
                "`witnessmark items CASE` lists the codes",
            )
        return found[0]

    def file_key(self, object_name: str) -> tuple[int, bytes]:
        """(descriptor of the sealed object, its one file key); the caller closes the descriptor."""
        fd = self.store.open(object_name)
        try:
            return fd, self.keyring.file_key(fd)
        except BaseException:
            os.close(fd)
            raise

    def content(self, object_name: str) -> Iterator[bytes]:
        """The plain content of a sealed object made here, piece by piece. Never an original: those are read in the
        jail alone."""
        fd, key = self.file_key(object_name)
        try:
            with SealedReader(fd, key) as reader:
                for offset in range(0, reader.size, PIECE_BYTES):
                    yield reader.read_at(offset, PIECE_BYTES)
        finally:
            os.close(fd)

    def close(self) -> None:
        self.catalogue.close()

    def __enter__(self) -> Case:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
