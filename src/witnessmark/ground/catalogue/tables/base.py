"""What every group of tables stands on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from witnessmark.ground.catalogue.rows import Rows
from witnessmark.model.errors import UsageError


def new_id() -> str:
    """A random id (version 4 UUID): it tells neither volume nor content."""
    return str(uuid.uuid4())


def utc_now() -> datetime:
    return datetime.now(UTC)


def unknown(what: str) -> UsageError:
    """The error for an id that the catalogue does not hold."""
    return UsageError(f"the case holds no such {what}", "list what it holds first (`witnessmark items CASE`)")


class Tables:
    """One opened database. Times that a caller does not give are those of ``clock``."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.clock = utc_now

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when the outermost context ends; re-entrant.

        On SQLite the one write lock is taken at the beginning (BEGIN IMMEDIATE), so that nothing read inside
        can be outdated when it is written on. On PostgreSQL rows are locked as they are changed.
        """
        with self.rows.transaction():
            yield
