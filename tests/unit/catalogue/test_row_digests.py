"""Row digests: on PostgreSQL nothing else shows that an administrator changed, took or added a row."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import connections, models

from tests.support.catalogues import KEY, Maker
from witnessmark.ground.catalogue import open_catalogue
from witnessmark.ground.catalogue.catalogue import Catalogue
from witnessmark.ground.catalogue.models import GuardedModel, SettingRow
from witnessmark.model.errors import CheckFailedError, KeyAccessError
from witnessmark.model.intake import Settled, Settlement
from witnessmark.model.recording import Item, MediaType
from witnessmark.model.records import ItemState, Receipt

WHEN = datetime(2021, 10, 5, 9, 30, 0, 123456, tzinfo=UTC)


def sql(catalogue: Catalogue, statement: str, *values: object) -> None:
    """What someone with the database's own tools would do."""
    with connections[catalogue.rows.alias].cursor() as cursor:
        cursor.execute(statement, values)


def item(number: int) -> Item:
    digest = bytes([number]) * 32
    return Item(f"item-{number}", digest, 1000 + number, MediaType.VIDEO, f"object-{number}", "mp4")


def settled(number: int, settlement: Settlement = Settlement.ALREADY_HELD) -> Settled:
    key = number.to_bytes(32, "big")
    return Settled(key, key, settlement, 10, False, f"code-{number}")


def filled(catalogue: Catalogue) -> Catalogue:
    catalogue.add_items([item(n) for n in range(5)], WHEN)
    catalogue.add_receipt(Receipt("receipt", "source", b"root", WHEN))
    catalogue.save_settled("receipt", [settled(n) for n in range(5)])
    for name in "abc":
        catalogue.set_setting(name, f"value of {name}")
    assert catalogue.integrity_check() == []
    return catalogue


def told(catalogue: Catalogue) -> list[tuple[str, str]]:
    return [(problem.where, problem.what) for problem in catalogue.integrity_check()]


def test_changed_row_is_named(catalogues: Maker) -> None:
    """One changed value in one row must be found, and found there."""
    catalogue = filled(catalogues.open())
    sql(catalogue, "UPDATE item SET size_bytes = size_bytes + 1 WHERE id = 'item-3'")
    assert told(catalogue) == [("catalogue item item-3", "the row is not as it was written")]


@pytest.mark.parametrize("column", ["sha256", "object_name", "state", "sealed_at", "examined_at", "mac"])
def test_every_column_is_covered(catalogues: Maker, column: str) -> None:
    """A column that the digest forgets could be changed unseen."""
    catalogue = filled(catalogues.open())
    value: object = WHEN.replace(year=2022) if column.endswith("_at") else "changed"
    if column in ("sha256", "mac"):
        value = b"\xff" * 32
    sql(catalogue, f"UPDATE item SET {column} = %s WHERE id = 'item-1'", value)
    assert ("catalogue item item-1", "the row is not as it was written") in told(catalogue)


def test_removed_row_is_told(catalogues: Maker) -> None:
    """A row that is gone has no digest of its own to fail: the table's seal has to show it."""
    catalogue = filled(catalogues.open())
    sql(catalogue, "DELETE FROM settled WHERE place = 2")
    assert told(catalogue) == [("catalogue settled", "the table holds 4 rows and should hold 5")]


def test_added_row_is_told(catalogues: Maker) -> None:
    """A genuine row of another time, put back, must be found although its own digest holds."""
    catalogue = filled(catalogues.open())
    with connections[catalogue.rows.alias].cursor() as cursor:
        cursor.execute("SELECT mac FROM setting WHERE key = 'a'")
        mac = bytes(cursor.fetchone()[0])
    catalogue.rows.remove(catalogue.rows.of(SettingRow).filter(key="a"))
    assert told(catalogue) == []
    sql(catalogue, "INSERT INTO setting (key, value, mac) VALUES ('a', 'value of a', %s)", mac)
    assert told(catalogue) == [("catalogue setting", "the table holds 3 rows and should hold 2")]


def test_earlier_version_of_a_row_is_told(catalogues: Maker) -> None:
    """A row set back to what it truthfully said before keeps the count and a valid digest."""
    catalogue = filled(catalogues.open())
    with connections[catalogue.rows.alias].cursor() as cursor:
        cursor.execute("SELECT mac FROM setting WHERE key = 'a'")
        mac = bytes(cursor.fetchone()[0])
    catalogue.set_setting("a", "new value")
    sql(catalogue, "UPDATE setting SET value = 'value of a', mac = %s WHERE key = 'a'", mac)
    assert told(catalogue) == [
        ("catalogue setting", "rows were exchanged: their number is right, but they are not the same rows")
    ]


def test_row_moved_to_another_key_is_named(catalogues: Maker) -> None:
    """Two rows that swap their contents, digests included, must not pass."""
    catalogue = filled(catalogues.open())
    sql(catalogue, "UPDATE setting SET key = 'z' WHERE key = 'a'")
    sql(catalogue, "UPDATE setting SET key = 'a' WHERE key = 'b'")
    sql(catalogue, "UPDATE setting SET key = 'b' WHERE key = 'z'")
    assert {where for where, _ in told(catalogue)} == {"catalogue setting a", "catalogue setting b"}


@pytest.mark.parametrize("statement", ["row_count = 4", "revision = revision + 1", "mac = masked_sum"])
def test_changed_seal_is_told(catalogues: Maker, statement: str) -> None:
    """The account of a table must not be rewritten to fit what was done to it."""
    catalogue = filled(catalogues.open())
    sql(catalogue, f"UPDATE table_seal SET {statement} WHERE \"table\" = 'item'")
    assert told(catalogue) == [("catalogue item", "the seal of the table is not as it was written")]


def test_removed_seal_is_told(catalogues: Maker) -> None:
    """Without its seal a table could lose rows unseen."""
    catalogue = filled(catalogues.open())
    sql(catalogue, "DELETE FROM table_seal WHERE \"table\" = 'item'")
    assert told(catalogue) == [("catalogue item", "the seal of the table is missing")]


def test_changed_row_is_not_written_on(catalogues: Maker) -> None:
    """A forged value must not be given a fresh digest by the next honest change of the row."""
    catalogue = filled(catalogues.open())
    sql(catalogue, "UPDATE item SET size_bytes = 7 WHERE id = 'item-3'")
    with pytest.raises(CheckFailedError):
        catalogue.set_item_state("item-3", ItemState.EXAMINED)
    assert told(catalogue) == [("catalogue item item-3", "the row is not as it was written")]


def test_table_with_a_broken_seal_takes_no_rows(catalogues: Maker) -> None:
    """A forged account must not be carried on as if it were ours."""
    catalogue = filled(catalogues.open())
    sql(catalogue, "UPDATE table_seal SET row_count = 9 WHERE \"table\" = 'item'")
    with pytest.raises(CheckFailedError):
        catalogue.add_item(item(9))
    assert len(catalogue.items()) == 5


def test_bulk_replacement_keeps_the_account(catalogues: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Intake writes thousands of rows at once, old and new ones mixed, through the same mechanism."""
    monkeypatch.setattr("witnessmark.ground.catalogue.tables.intake.CHUNK_ROWS", 100)
    monkeypatch.setattr("witnessmark.ground.catalogue.rows.LOOKUP_ROWS", 30)
    catalogue = filled(catalogues.open())
    catalogue.save_settled("receipt", [settled(n) for n in range(250)])
    again = [settled(n, Settlement.SEALED) for n in range(100, 250)]
    catalogue.save_settled("receipt", [*again, *(settled(n) for n in range(500, 550))])
    assert told(catalogue) == []
    found = [row.settlement for row in catalogue.settled("receipt")]
    assert (len(found), found.count(Settlement.SEALED)) == (300, 150)


def test_undone_transactions_leave_the_account_right(catalogues: Maker) -> None:
    """A save that fails half-way, inside a larger one that goes on, must not spoil the table's seal."""
    catalogue = filled(catalogues.open())
    with catalogue.transaction():
        catalogue.set_setting("kept", "1")
        with pytest.raises(RuntimeError), catalogue.transaction():
            catalogue.set_setting("undone", "1")
            catalogue.set_setting("kept", "2")
            raise RuntimeError
        catalogue.set_setting("also kept", "1")
    with pytest.raises(RuntimeError), catalogue.transaction():
        catalogue.set_setting("undone too", "1")
        raise RuntimeError
    assert told(catalogue) == []
    assert catalogue.settings().keys() - set("abc") == {"kept", "also kept"}
    assert catalogue.get_setting("kept") == "1"


def test_outdated_row_is_not_changed(catalogues: Maker) -> None:
    """A row read before someone else changed it must not undo that change."""
    catalogue = filled(catalogues.open())
    row = catalogue.rows.of(SettingRow).get(key="a")
    catalogue.set_setting("a", "newer")
    assert catalogue.rows.change(row, value="older") is False
    assert catalogue.get_setting("a") == "newer"
    assert told(catalogue) == []


def test_djangos_own_writing_is_shut(catalogues: Maker) -> None:
    """A convenient save() somewhere would leave the digests behind and cry wolf in every later audit."""
    found = catalogues.open().rows.of(SettingRow)
    row = SettingRow(key="k", value="v")
    for write in (
        row.save,
        row.delete,
        found.delete,
        lambda: found.create(key="k", value="v"),
        lambda: found.update(value="v"),
        lambda: found.bulk_create([row]),
        lambda: found.bulk_update([row], ["value"]),
    ):
        with pytest.raises(TypeError):
            write()


def test_all_tables_but_the_ledgers_are_guarded() -> None:
    """A new table that forgets the digests would be a hole that nobody notices."""
    open_tables = {m._meta.db_table for m in apps.get_models() if not issubclass(m, GuardedModel)}
    assert {name for name in open_tables if not name.startswith("ledger_")} == {"table_seal"}


def test_guarded_tables_hold_only_what_a_digest_can_cover() -> None:
    """A JSON or float column reads back differently on PostgreSQL, and every row of it would look forged."""
    allowed = {
        models.CharField,
        models.TextField,
        models.BigIntegerField,
        models.IntegerField,
        models.BinaryField,
        models.DateTimeField,
        models.UUIDField,
        models.ForeignKey,
        models.BooleanField,
    }
    guarded = [m for m in apps.get_models() if issubclass(m, GuardedModel)]
    found = {type(f) for m in guarded for f in m._meta.concrete_fields if f.name not in ("password",)}
    assert found <= allowed


def test_wrong_key_is_told_on_both_databases(catalogues: Maker) -> None:
    """PostgreSQL opens without the case's key; the digests would then all look forged."""
    url = catalogues.new_url()
    with pytest.raises(KeyAccessError):
        open_catalogue(url, bytes(32))
    with open_catalogue(url, KEY) as catalogue:
        assert told(catalogue) == []
