"""The opened catalogue of a case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path
from types import TracebackType

from witnessmark.ground.catalogue.configure import configure, disconnect, disconnect_thread

configure()  # models can be imported only once Django is set up

from witnessmark.ground.catalogue.audit import check  # noqa: E402
from witnessmark.ground.catalogue.job_store import JobStore  # noqa: E402
from witnessmark.ground.catalogue.ledger_store import LedgerStore  # noqa: E402
from witnessmark.ground.catalogue.rows import Rows  # noqa: E402
from witnessmark.ground.catalogue.tables.examination import ExaminationTables  # noqa: E402
from witnessmark.ground.catalogue.tables.intake import IntakeTables  # noqa: E402
from witnessmark.ground.catalogue.tables.items import ItemTables  # noqa: E402
from witnessmark.ground.catalogue.tables.release import ReleaseTables  # noqa: E402
from witnessmark.ground.catalogue.tables.statements import StatementTables  # noqa: E402
from witnessmark.ground.catalogue.tables.team import TeamTables  # noqa: E402
from witnessmark.ground.catalogue.tables.trust import TrustTables  # noqa: E402
from witnessmark.ground.jobs.storage import JobStorage  # noqa: E402
from witnessmark.ground.ledger.storage import LedgerStorage  # noqa: E402
from witnessmark.model.custody import Problem  # noqa: E402
from witnessmark.model.errors import CaseError, UsageError  # noqa: E402

SNAPSHOT_TRIES = 20
"""A writer that slips in between two steps costs one try; so many in a row mean a case that never rests."""


class Catalogue(
    TeamTables, IntakeTables, ItemTables, ExaminationTables, StatementTables, TrustTables, ReleaseTables
):
    """Everything the case knows. Reads return frozen model types; writes are durable when they return.

    A write inside ``transaction()`` becomes durable with it. Safe to share between threads: each has its own
    connection. ``close()`` closes all of them.
    """

    def __init__(self, rows: Rows, *, path: Path | None, read_only: bool) -> None:
        super().__init__(rows)
        self.path = path
        """File of the SQLCipher database; None on PostgreSQL."""
        self.read_only = read_only
        self._snapshots = ExitStack()

    def ledger_storage(self) -> LedgerStorage:
        """Rows of the ledger, in the same transactions as those of the catalogue."""
        return LedgerStore(self.rows)

    def job_storage(self) -> JobStorage:
        """Jobs and attempts, in the same transactions as the results that a job saves."""
        return JobStore(self.rows)

    def integrity_check(self) -> list[Problem]:
        """Everything that was changed, added or taken away behind this software's back (see ``audit``)."""
        return check(self.rows)

    @contextmanager
    def snapshot(self) -> Iterator[BufferedReader]:
        """The whole database as one consistent (still encrypted) file, readable while writers wait.

        Raises UsageError on PostgreSQL, whose own tools make consistent copies.
        """
        if self.path is None:
            raise UsageError(
                "this case's catalogue lives in PostgreSQL", "copy it with pg_dump, as its administrator does"
            )
        for _ in range(SNAPSHOT_TRIES):
            self.rows.empty_journal()
            with self.transaction():
                # Nobody can write now; what was written between the two steps shows as a journal with content.
                journal = self.path.with_name(self.path.name + "-wal")
                if journal.exists() and journal.stat().st_size:
                    continue
                file = self.path.open("rb")
                # Not closed before the connections are: closing any descriptor of a file takes away all locks
                # that this process has on it, SQLite's too (https://www.sqlite.org/howtocorrupt.html, 2.2).
                self._snapshots.enter_context(file)
                yield file
                return
        raise CaseError("the catalogue is being written all the time", "make the copy when no job is running")

    def close_thread(self) -> None:
        """Close the calling thread's connection: for a thread that ends before the case is closed."""
        disconnect_thread(self.rows.alias)

    def close(self) -> None:
        """Close the connections of all threads and forget the key. No thread may be at work."""
        disconnect(self.rows.alias)
        self._snapshots.close()

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
