"""The one way in which guarded rows are written, and the check that finds what went around it.

SQLCipher authenticates its pages; PostgreSQL does not, and its administrator is not one of us. So every
guarded row carries ``mac = HMAC(row key, canonical content)``, which names a changed row, and every guarded
table has one TableSeal, which names a table from which rows were taken or to which rows were added:

    element(row)  = HMAC(set key, mac)                       as an integer
    sum           = sum of the elements of all rows, modulo 2**256
    masked_sum    = sum + HMAC(mask key, table, revision)    modulo 2**256, a new revision at each change
    seal mac      = HMAC(seal key, table, row_count, revision, masked_sum)

This is MSet-Add-Hash with a fresh nonce (Clarke, Devadas, van Dijk, Gassend, Suh: Incremental multiset hash
functions, ASIACRYPT 2003, section 5): it can be kept up to date in constant time and, as elements and sums
are hidden, other rows with the same sum cannot be looked for. What it cannot show is a whole database put
back to an earlier, consistent state: the ledger's checkpoints show that.

All keys are HMAC derivations of the case's database key (32 random bytes).
"""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from django.db import connections, models, transaction

from witnessmark.ground.catalogue.models.guarded import GuardedModel, GuardedQuerySet, TableSeal
from witnessmark.model.errors import CheckFailedError

MODULUS = 1 << 256
LOOKUP_ROWS = 1000
"""Rows asked for in one query by primary key: well below both databases' limits of parameters."""

G = TypeVar("G", bound=GuardedModel)
Pending = dict[str, tuple[int, int]]
"""Table: change of the row count, change of the sum."""


def canonical(table: str, names: Sequence[str], values: Sequence[Any]) -> bytes:
    """Content of one row, the same before it is saved and after it is read, on both databases.

    Null values are left out (see GuardedModel). Bytes enter by their SHA-256, times as UTC with microseconds.
    """
    content = [[name, *_plain(value)] for name, value in zip(names, values, strict=True) if value is not None]
    return json.dumps([table, content], separators=(",", ":")).encode()


def _plain(value: Any) -> tuple[str, str]:
    match value:
        case str():
            return "s", value
        case bool():
            return "b", str(value)
        case int():
            return "i", str(value)
        case bytes() | bytearray() | memoryview():
            return "x", sha256(value).hexdigest()
        case datetime():
            return "t", value.astimezone(UTC).isoformat(timespec="microseconds")
        case UUID():
            return "u", value.hex
    raise TypeError(f"a guarded row cannot hold {type(value).__name__}")


@cache
def fields_of(model: type[models.Model]) -> tuple[str, ...]:
    """Attribute names of what the digest covers, in alphabetical order."""
    return tuple(sorted(f.attname for f in model._meta.concrete_fields if f.attname != "mac"))


class Digests:
    """The keyed digests of one case. Pure computation."""

    def __init__(self, database_key: bytes) -> None:
        def derive(purpose: str) -> bytes:
            return hmac.digest(database_key, b"witnessmark/catalogue/1/" + purpose.encode(), "sha256")

        self._row, self._set, self._mask, self._seal = map(derive, ("row", "set", "mask", "seal"))

    def mac(self, table: str, names: Sequence[str], values: Sequence[Any]) -> bytes:
        return hmac.digest(self._row, canonical(table, names, values), "sha256")

    def mac_of(self, row: models.Model) -> bytes:
        names = fields_of(type(row))
        return self.mac(row._meta.db_table, names, [getattr(row, name) for name in names])

    def element(self, mac: bytes) -> int:
        return int.from_bytes(hmac.digest(self._set, mac, "sha256"), "big")

    def mask(self, table: str, revision: int) -> int:
        return int.from_bytes(hmac.digest(self._mask, f"{table}\n{revision}".encode(), "sha256"), "big")

    def seal_mac(self, seal: TableSeal) -> bytes:
        text = f"{seal.table}\n{seal.row_count}\n{seal.revision}\n{bytes(seal.masked_sum).hex()}"
        return hmac.digest(self._seal, text.encode(), "sha256")


class Rows:
    """Reads and writes guarded rows of one opened database.

    Thread-safe: each thread has its own connection, transaction and account of changes.
    """

    def __init__(self, alias: str, database_key: bytes) -> None:
        self.alias = alias
        self.digests = Digests(database_key)
        self._thread = threading.local()

    @property
    def on_postgresql(self) -> bool:
        return connections[self.alias].vendor == "postgresql"

    def exclusive(self, number: int) -> None:
        """Hold the lock of that number until the transaction ends; re-entrant.

        On PostgreSQL an advisory lock. SQLite's BEGIN IMMEDIATE has locked out every other writer already.
        """
        if self.on_postgresql:
            with connections[self.alias].cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])

    # reading

    def of(self, model: type[G]) -> models.QuerySet[G]:
        return GuardedQuerySet(model, using=self.alias)

    def locked(self, model: type[G], *, skip_locked: bool = False, **where: Any) -> models.QuerySet[G]:
        """Rows to be changed, locked until the transaction ends (SQLite holds its one write lock already)."""
        return self.of(model).select_for_update(skip_locked=skip_locked).filter(**where)

    def genuine(self, row: G) -> G:
        """The row, if its digest holds. Raises CheckFailedError: a changed row must not be written on."""
        if bytes(row.mac) != self.digests.mac_of(row):
            raise CheckFailedError(
                f"a row of the catalogue's table {row._meta.db_table!r} was changed from outside",
                "run `witnessmark audit CASE`, and restore the catalogue from an earlier backup",
            )
        return row

    # writing

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when the outermost context ends. Re-entrant (inner ones are savepoints)."""
        outer: Pending | None = getattr(self._thread, "pending", None)
        pending: Pending = {} if outer is None else dict(outer)
        self._thread.pending = pending
        try:
            with transaction.atomic(using=self.alias):
                yield
                if outer is None:
                    self._seal(pending)
            if outer is not None:
                outer.clear()
                outer.update(pending)
        finally:
            self._thread.pending = outer

    def insert(self, rows: Sequence[G]) -> None:
        """New rows of one table. Raises Django's IntegrityError if one of them is there already."""
        if not rows:
            return
        with self.transaction():
            for row in rows:
                row.mac = self.digests.mac_of(row)
            self._write(type(rows[0])).bulk_create(rows)
            self._account(type(rows[0]), added=[bytes(row.mac) for row in rows])

    def put(self, rows: Sequence[G]) -> None:
        """Rows of one table, new ones inserted, those with a known primary key replaced whole."""
        if not rows:
            return
        model = type(rows[0])
        with self.transaction():
            known = self._macs(model, [row.pk for row in rows])
            self.insert([row for row in rows if row.pk not in known])
            old = [row for row in rows if row.pk in known]
            if not old:
                return
            for row in old:
                row.mac = self.digests.mac_of(row)
            key = model._meta.pk.attname
            self._write(model).bulk_create(
                old,
                update_conflicts=True,
                unique_fields=[key],
                update_fields=[*(name for name in fields_of(model) if name != key), "mac"],
            )
            self._account(
                model, added=[bytes(row.mac) for row in old], removed=[known[row.pk] for row in old]
            )

    def change(self, row: GuardedModel, **changes: Any) -> bool:
        """Change a row that was read (best: ``locked``) and is genuine.

        False, and nothing done, if it was changed by someone else since: the old digest is part of the
        condition, so the account of the table cannot go wrong.
        """
        before = bytes(self.genuine(row).mac)
        for name, value in changes.items():
            setattr(row, name, value)
        with self.transaction():
            mac = self.digests.mac_of(row)
            count = self._write(type(row)).filter(pk=row.pk, mac=before).update(**changes, mac=mac)
            if count == 1:
                row.mac = mac
                self._account(type(row), added=[mac], removed=[before])
            return count == 1

    def change_all(self, rows: Iterable[G], **changes: Any) -> None:
        """The same change on many rows that were read ``locked`` in this transaction."""
        rows = [self.genuine(row) for row in rows]
        for row in rows:
            for name, value in changes.items():
                setattr(row, name, value)
        self.put(rows)

    def remove(self, rows: Iterable[GuardedModel]) -> None:
        """Take rows out (all of one table). Only what may be removed at all ever comes here."""
        rows = list(rows)
        if not rows:
            return
        model = type(rows[0])
        with self.transaction():
            known = self._macs(model, [row.pk for row in rows])
            for keys in _batches(list(known)):
                self._write(model).filter(pk__in=keys)._raw_delete(self.alias)
            self._account(model, removed=list(known.values()))

    # the account of a table

    def _write(self, model: type[G]) -> models.QuerySet[G]:
        """Django's own query set, whose ways of writing are open."""
        return models.QuerySet(model, using=self.alias)

    def _macs(self, model: type[GuardedModel], keys: Sequence[Any]) -> dict[Any, bytes]:
        found: dict[Any, bytes] = {}
        for batch in _batches(keys):
            query = self._write(model).select_for_update().filter(pk__in=batch).order_by("pk")
            found.update((key, bytes(mac)) for key, mac in query.values_list("pk", "mac"))
        return found

    def _account(
        self, model: type[GuardedModel], added: Sequence[bytes] = (), removed: Sequence[bytes] = ()
    ) -> None:
        pending: Pending = self._thread.pending
        count, total = pending.get(model._meta.db_table, (0, 0))
        total += sum(map(self.digests.element, added)) - sum(map(self.digests.element, removed))
        pending[model._meta.db_table] = (count + len(added) - len(removed), total % MODULUS)

    def empty_journal(self) -> None:
        """On SQLCipher: bring what stands in the write-ahead journal into the main file."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.fetchall()

    def _seal(self, pending: Pending) -> None:
        """Bring the seals of the changed tables up to date, at the very end of a transaction.

        Last and in the order of names, so that two transactions can never wait for each other here.
        """
        for table in sorted(pending):
            count, total = pending[table]
            if (count, total) == (0, 0):
                continue
            seal = TableSeal.objects.using(self.alias).select_for_update().filter(table=table).first()
            if seal is None or bytes(seal.mac) != self.digests.seal_mac(seal):
                raise CheckFailedError(
                    f"the seal of the catalogue's table {table!r} was changed from outside",
                    "run `witnessmark audit CASE`, and restore the catalogue from a backup",
                )
            self._set_seal(seal, seal.row_count + count, self.sum_of(seal) + total)

    def sum_of(self, seal: TableSeal) -> int:
        masked = int.from_bytes(bytes(seal.masked_sum), "big")
        return (masked - self.digests.mask(seal.table, seal.revision)) % MODULUS

    def _set_seal(self, seal: TableSeal, row_count: int, total: int) -> None:
        seal.row_count, seal.revision = row_count, seal.revision + 1
        masked = (total + self.digests.mask(seal.table, seal.revision)) % MODULUS
        seal.masked_sum = masked.to_bytes(32, "big")
        seal.mac = self.digests.seal_mac(seal)
        seal.save(using=self.alias)

    def seal_new_tables(self, tables: Iterable[str]) -> None:
        """Give each table that has no seal yet (all of a new catalogue's) the seal of an empty table."""
        with transaction.atomic(using=self.alias):
            there = set(TableSeal.objects.using(self.alias).values_list("table", flat=True))
            for table in sorted(set(tables) - there):
                self._set_seal(TableSeal(table=table, row_count=0, revision=0), 0, 0)


def _batches(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(keys), LOOKUP_ROWS):
        yield keys[start : start + LOOKUP_ROWS]
