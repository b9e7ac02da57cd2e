"""Django's SQLite backend, on the ``sqlcipher3`` driver.

Establishes for every connection: the raw key is set before anything is read, the journal is a write-ahead
log *in force* (asked back, not only asked for), every commit is on the disk before it returns
(``synchronous=FULL``), freed pages are overwritten, temporary tables and sorts stay in memory so that no
plaintext is spilled, and foreign keys are enforced.

Sources: https://www.zetetic.net/sqlcipher/sqlcipher-api/ (``PRAGMA key``, raw keys);
https://www.sqlite.org/pragma.html; https://www.sqlite.org/wal.html#performance_considerations.

Options beyond Django's: ``raw_key`` (a RawKey of 32 bytes) and ``read_only``.
"""

from __future__ import annotations

import datetime
import decimal
import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from django.db.backends.sqlite3 import base as sqlite
from django.db.backends.sqlite3._functions import (  # type: ignore[import-untyped]
    register as register_functions,
)
from django.db.backends.sqlite3.features import DatabaseFeatures as SQLiteFeatures
from django.db.utils import DatabaseError, DatabaseErrorWrapper, OperationalError
from django.utils.asyncio import async_unsafe
from django.utils.dateparse import parse_date, parse_datetime, parse_time
from django.utils.functional import cached_property
from sqlcipher3 import dbapi2 as Database

from witnessmark.model.errors import CheckFailedError, VaultError

KEY_BYTES = 32
"""SQLCipher 4 takes a raw AES-256 key of this length and then derives no key from a passphrase."""

DURABLE_PRAGMAS: Mapping[str, tuple[str, str | int]] = {
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
}
"""Pragma: what is asked for, and what must be answered when it is asked back."""

CLEAN_PRAGMAS: Mapping[str, tuple[str, str | int]] = {
    "foreign_keys": ("ON", 1),
    "temp_store": ("MEMORY", 2),
    "secure_delete": ("ON", 1),
}


class RawKey:
    """A database key that does not show itself in a repr, a traceback or a settings page."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a database key has {KEY_BYTES} bytes, not {len(key)}")
        self._key = bytes(key)

    def __repr__(self) -> str:
        return "RawKey(...)"

    def pragma(self) -> str:
        return f"PRAGMA key = \"x'{self._key.hex()}'\""


# The driver keeps registries of its own, apart from those of the standard library's sqlite3.
Database.register_converter("bool", b"1".__eq__)
Database.register_converter("date", sqlite.decoder(parse_date))
Database.register_converter("time", sqlite.decoder(parse_time))
Database.register_converter("datetime", sqlite.decoder(parse_datetime))
Database.register_converter("timestamp", sqlite.decoder(parse_datetime))
Database.register_adapter(decimal.Decimal, str)
Database.register_adapter(datetime.date, sqlite.adapt_date)
Database.register_adapter(datetime.datetime, sqlite.adapt_datetime)


class Connection(Database.Connection):  # type: ignore[misc]  # the driver carries no types
    """A connection that one thread may close while another is inside it (the driver would crash).

    Each thread has a connection of its own, so the lock is all but free; it matters when a case is closed
    while an abandoned worker wakes up.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self.lock = threading.RLock()
        super().__init__(*args, **options)

    def close(self) -> None:
        with self.lock:
            super().close()

    def commit(self) -> None:
        with self.lock:
            super().commit()

    def rollback(self) -> None:
        with self.lock:
            super().rollback()


class Cursor(Database.Cursor):  # type: ignore[misc]
    """Django's parameter styles on the driver's own cursor: its connection refuses any other class."""

    def execute(self, query: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> Cursor:
        with self.connection.lock:
            if params is None:
                return super().execute(query)  # type: ignore[no-any-return]
            names = list(params) if isinstance(params, Mapping) else None
            return super().execute(self._convert(query, names), params)  # type: ignore[no-any-return]

    def executemany(self, query: str, params: Iterable[Sequence[Any] | Mapping[str, Any]]) -> Cursor:
        rest = iter(params)
        first = next(rest, None)
        if first is None:
            return self
        names = list(first) if isinstance(first, Mapping) else None
        with self.connection.lock:
            return super().executemany(self._convert(query, names), chain([first], rest))  # type: ignore[no-any-return]

    def fetchone(self) -> Any:
        with self.connection.lock:
            return super().fetchone()

    def fetchmany(self, *size: int) -> list[Any]:
        with self.connection.lock:
            return super().fetchmany(*size)  # type: ignore[no-any-return]

    def fetchall(self) -> list[Any]:
        with self.connection.lock:
            return super().fetchall()  # type: ignore[no-any-return]

    def __next__(self) -> Any:
        with self.connection.lock:
            return super().__next__()

    def close(self) -> None:
        with self.connection.lock:
            super().close()

    @staticmethod
    def _convert(query: str, names: list[str] | None) -> str:
        if names is None:
            return str(sqlite.FORMAT_QMARK_REGEX.sub("?", query)).replace("%%", "%")
        return query % {name: f":{name}" for name in names}


class DatabaseFeatures(SQLiteFeatures):
    max_query_params = 32_766
    """SQLite's own limit since 3.32 (SQLITE_MAX_VARIABLE_NUMBER); Django's 999 makes bulk work slow."""


class DamagedDatabaseError(CheckFailedError, DatabaseError):
    """A page of the file is not what was written: SQLCipher's HMAC or SQLite's structure does not hold."""

    def __init__(self) -> None:
        CheckFailedError.__init__(
            self,
            "the catalogue is damaged: a part of its file is not what was written, or the disk fails",
            "run `witnessmark audit CASE`, and restore the catalogue from a backup",
        )


class FullDiskError(VaultError, OperationalError):
    """There is no room for what was to be written; nothing of it was."""

    def __init__(self) -> None:
        VaultError.__init__(
            self,
            "the disk of the case is full; the last step was not stored",
            "free some space or move the case to a larger disk, then run the same command again",
        )


FULL = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_WRITE")
FULL_TEXTS = ("database or disk is full",)
DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR")
"""Beginnings of the names of SQLite's result codes (https://www.sqlite.org/rescode.html)."""
DAMAGE_TEXTS = ("malformed", "not a database", "disk I/O error")
"""The same in words, where the driver gives no name."""


class DamageTold(DatabaseErrorWrapper):
    """Gives damage of the file and a full disk errors of ours; every other error becomes Django's, as ever."""

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, Database.DatabaseError):
            name = getattr(error, "sqlite_errorname", None) or ""
            if name.startswith(FULL) or any(text in str(error) for text in FULL_TEXTS):
                raise FullDiskError from error
            if name.startswith(DAMAGE) or any(text in str(error) for text in DAMAGE_TEXTS):
                raise DamagedDatabaseError from error
        super().__exit__(kind, error, trace)


class DatabaseWrapper(sqlite.DatabaseWrapper):
    Database = Database
    display_name = "SQLCipher"
    features_class = DatabaseFeatures

    init_commands: list[str]
    raw_key: RawKey
    read_only: bool

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        self.raw_key = params.pop("raw_key")
        self.read_only = params.pop("read_only", False)
        return params

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A keyed connection with its pragmas in force.

        Raises the driver's DatabaseError if the key does not open the file, and OperationalError if the
        file system cannot give what durability needs.
        """
        connection = Database.connect(factory=Connection, **conn_params)
        try:
            # The library would tell standard error of a damaged page, beside the two lines that we give.
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.execute(self.raw_key.pragma())
            # The first page is read only now; nothing else may come between.
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            register_functions(connection)
            connection.execute("PRAGMA legacy_alter_table = OFF")
            asked = dict(CLEAN_PRAGMAS)
            if self.read_only:
                connection.execute("PRAGMA query_only = ON")
            else:
                asked |= DURABLE_PRAGMAS
            for pragma, (value, _) in asked.items():
                connection.execute(f"PRAGMA {pragma} = {value}").fetchall()
            for command in self.init_commands:
                if command.strip():
                    connection.execute(command).fetchall()
            for pragma, (_, expected) in asked.items():
                answer = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
                if answer != expected:
                    raise Database.OperationalError(f"{pragma} is {answer} here and must be {expected}")
        except Database.Error:
            connection.close()
            raise
        return connection

    @cached_property
    def wrap_database_errors(self) -> DamageTold:
        return DamageTold(self)

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=Cursor)
