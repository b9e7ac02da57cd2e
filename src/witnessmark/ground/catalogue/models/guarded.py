"""Tables whose every row carries a keyed digest of itself.

The rows are written through ``rows.Rows`` and through nothing else: it computes the digests, the bulk paths
included. Django's own ways of writing are therefore shut here; a bypass fails loudly in the first test that
uses it, not silently in an audit years later.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models

ID_CHARS = 64
"""Ids are random texts (UUIDs, or codes of other packages); never sequential, never made from content."""
DIGEST_BYTES = 32
"""SHA-256."""
CODE_CHARS = 200

M = TypeVar("M", bound=models.Model)


def _shut(what: str) -> NoReturn:
    raise TypeError(f"{what} would leave the row digests behind: write through rows.Rows")


class GuardedQuerySet(models.QuerySet[M]):
    """Reads only."""

    def create(self, **_: Any) -> NoReturn:
        _shut("create()")

    def bulk_create(self, *_: Any, **__: Any) -> NoReturn:
        _shut("bulk_create()")

    def update(self, **_: Any) -> NoReturn:
        _shut("update()")

    def bulk_update(self, *_: Any, **__: Any) -> NoReturn:
        _shut("bulk_update()")

    def delete(self) -> NoReturn:
        _shut("delete()")


class GuardedModel(models.Model):
    """A row with ``mac`` = HMAC of its table, and of every other field that is not null.

    Null fields are left out of the digest, so a later migration may add a nullable column without touching
    the digests of what is there; any other change of a guarded table has to re-digest its rows.
    """

    mac = models.BinaryField(max_length=DIGEST_BYTES)

    objects = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *_: Any, **__: Any) -> NoReturn:
        _shut("save()")

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        _shut("delete()")


class TableSeal(models.Model):
    """What a guarded table must hold as a whole: how many rows, and the masked sum of their elements.

    ``rows.Rows`` explains the construction. The row with the empty name tells a wrong key from a changed row.
    """

    table = models.CharField(max_length=63, primary_key=True)
    row_count = models.BigIntegerField()
    revision = models.BigIntegerField()
    masked_sum = models.BinaryField(max_length=DIGEST_BYTES)
    mac = models.BinaryField(max_length=DIGEST_BYTES)

    class Meta:
        db_table = "table_seal"
