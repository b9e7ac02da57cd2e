"""The catalogue's part of an audit: is every row still the one that this software wrote?

On SQLCipher the pages are checked first (``PRAGMA cipher_integrity_check`` reads every page of the file and
verifies its HMAC; ``quick_check`` its structure), then, on both databases, the digest of every guarded row
and the seal of every guarded table. The ledger's rows are checked by the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connections, models, transaction
from django.db.utils import DatabaseError

from witnessmark.ground.catalogue.models import GuardedModel, LedgerCheckpoint, TableSeal
from witnessmark.ground.catalogue.rows import MODULUS, Rows, fields_of
from witnessmark.ground.ledger.storage import CUSTODY, PUBLICATION
from witnessmark.model.custody import Problem

CHUNK_ROWS = 1000
"""Rows read at a time: memory stays bounded however large the table is."""
ROWS_NAMED = 100
"""Changed rows named for each table; beyond them only their number is given."""


def check(rows: Rows) -> list[Problem]:
    """All problems found; an empty list if there is none. Nothing is changed."""
    problems = [] if rows.on_postgresql else _pages(rows)
    for model in guarded_models():
        try:
            with _one_moment(rows):
                problems += _table(rows, model)
        except DatabaseError as error:
            where = f"catalogue {model._meta.db_table}"
            problems.append(Problem(where, f"cannot be read through: {type(error).__name__}"))
    return problems + _checkpoints_of_no_log(rows)


def _checkpoints_of_no_log(rows: Rows) -> list[Problem]:
    """The ledger asks for its checkpoints by the name of a log: one under another name it would never see."""
    strange = LedgerCheckpoint.objects.using(rows.alias).exclude(log__in=(CUSTODY, PUBLICATION))
    try:
        sizes = list(strange.order_by("size").values_list("size", flat=True)[:ROWS_NAMED])
    except DatabaseError as error:
        return [Problem("catalogue ledger_checkpoint", f"cannot be read through: {type(error).__name__}")]
    return [Problem(f"checkpoint {size}", "it is a checkpoint of no log that there is") for size in sizes]


@contextmanager
def _one_moment(rows: Rows) -> Iterator[None]:
    """Rows of a table and its seal have to be of one moment, whoever writes meanwhile."""
    with transaction.atomic(using=rows.alias):
        connection = connections[rows.alias]
        if rows.on_postgresql and not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def guarded_models() -> list[type[GuardedModel]]:
    """Models of all guarded tables, by table name."""
    found = [m for m in apps.get_models() if issubclass(m, GuardedModel)]
    return sorted(found, key=lambda m: m._meta.db_table)


def _pages(rows: Rows) -> list[Problem]:
    problems: list[Problem] = []
    for pragma, nothing_wrong in (
        ("cipher_integrity_check", ()),
        ("quick_check", ("ok",)),
        ("foreign_key_check", ()),
    ):
        try:
            with connections[rows.alias].cursor() as cursor:
                cursor.execute(f"PRAGMA {pragma}")
                answers = [str(row[0]) for row in cursor.fetchall()]
        except DatabaseError as error:
            problems.append(Problem("catalogue", f"{pragma} fails: {type(error).__name__}"))
            continue
        if tuple(answers) != nothing_wrong:
            named = answers[:ROWS_NAMED]
            problems += [Problem("catalogue", f"{pragma}: {answer}") for answer in named]
            if len(answers) > len(named):
                problems.append(Problem("catalogue", f"{pragma}: {len(answers) - len(named)} more"))
    return problems


def _table(rows: Rows, model: type[GuardedModel]) -> list[Problem]:
    table, digests = model._meta.db_table, rows.digests
    names = fields_of(model)
    key = names.index(model._meta.pk.attname)
    query: models.QuerySet[GuardedModel] = models.QuerySet(model, using=rows.alias)
    count = total = changed = 0
    problems: list[Problem] = []
    for *values, mac in query.order_by().values_list(*names, "mac").iterator(chunk_size=CHUNK_ROWS):
        count += 1
        try:
            total += digests.element(bytes(mac))
            genuine = bytes(mac) == digests.mac(table, names, values)
        except TypeError:
            # SQLite lets a column hold a value of a type that this software never puts there.
            genuine = False
        if not genuine:
            changed += 1
            if changed <= ROWS_NAMED:
                where = f"catalogue {table} {values[key]}"
                problems.append(Problem(where, "the row is not as it was written"))
    if changed > ROWS_NAMED:
        problems.append(
            Problem(f"catalogue {table}", f"{changed - ROWS_NAMED} more rows are not as they were written")
        )
    return problems + _seal(rows, table, count, total % MODULUS)


def _seal(rows: Rows, table: str, count: int, total: int) -> list[Problem]:
    where = f"catalogue {table}"
    seal = TableSeal.objects.using(rows.alias).filter(table=table).first()
    if seal is None:
        return [Problem(where, "the seal of the table is missing")]
    if bytes(seal.mac) != rows.digests.seal_mac(seal):
        return [Problem(where, "the seal of the table is not as it was written")]
    if seal.row_count != count:
        return [Problem(where, f"the table holds {count} rows and should hold {seal.row_count}")]
    if rows.sum_of(seal) != total:
        return [Problem(where, "rows were exchanged: their number is right, but they are not the same rows")]
    return []
