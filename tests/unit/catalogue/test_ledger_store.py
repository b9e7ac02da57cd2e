"""The ledger's rows in the database: a storage that answers differently breaks proofs years later."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.support.catalogues import Maker
from tests.unit.ledger.world import SECRETS, noted, received
from witnessmark.ground.catalogue.catalogue import Catalogue
from witnessmark.ground.ledger import Ledger, LedgerStorage, MemoryStorage, SeedSigner
from witnessmark.ground.ledger.storage import CheckpointRow, CosignatureRow, DayEntryRow
from witnessmark_verify import daytree

SMALL_DAY = 64
"""Leaves of a day tree here: the storage does not care, and the test is a thousand times faster."""


class Both:
    """Asks the reference in memory and the database the same, and insists on the same answer."""

    def __init__(self, reference: MemoryStorage, database: LedgerStorage) -> None:
        self.reference, self.database = reference, database
        self.asked: set[str] = set()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.reference.transaction(), self.database.transaction():
            yield

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any) -> Any:
            self.asked.add(name)
            expected, actual = getattr(self.reference, name)(*args), getattr(self.database, name)(*args)
            if isinstance(expected, Iterator):
                expected, actual = list(expected), list(actual)
                assert (name, expected) == (name, actual)
                return iter(expected)
            assert (name, expected) == (name, actual)
            return expected

        return ask


@pytest.fixture
def catalogue(catalogues: Maker) -> Catalogue:
    return catalogues.open()


def person(storage: Any, actor_id: str = "anna", now: datetime | None = None) -> Ledger:
    moment = now or datetime(2026, 1, 30, 9, tzinfo=UTC)
    signer = SeedSigner(actor_id[0].encode() * 32)
    return Ledger(storage, signer, actor_id, lambda: moment, SECRETS)


def test_a_life_of_a_ledger(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Acts, erasure, days, a month's re-entry, retirement: answer by answer as the reference."""
    monkeypatch.setattr(daytree, "LEAVES", SMALL_DAY)
    both = Both(MemoryStorage(), catalogue.ledger_storage())
    anna = person(both)
    anna.append([received(1), noted(1), received(2)])
    anna.checkpoint()
    anna.introduce("boris", SeedSigner(b"b" * 32).public)
    person(both, "boris").append([noted(n) for n in range(5)])
    anna.erase(2, "asked")
    later = person(both, "anna", datetime(2026, 2, 3, 9, tzinfo=UTC))
    later.roll_days(date(2026, 2, 3))
    later.append([received(3)])
    later.retire("boris")
    later.checkpoint()
    later.publication_checkpoint()
    assert later.check() == ()
    assert len(list(later.events())) == later.size()
    assert both.asked >= {"append_leaves", "hashes", "erase_payload", "place_day_entries", "retire_actor"}
    assert person(catalogue.ledger_storage()).check() == ()


def test_rows_that_the_ledger_rarely_asks_for(catalogue: Catalogue) -> None:
    """Witness lines and day queries by every bound of the protocol."""
    both = Both(MemoryStorage(), catalogue.ledger_storage())
    for number, (entered, kind, repeats) in enumerate(
        [(1, "item", None), (1, "receipt", None), (2, "item", 0), (2, "item", None), (3, "release", None)]
    ):
        day = date(2026, 1, entered)
        row = DayEntryRow(number, day, None, False, b"s" * 32, kind, b"p", b"h" * 32, number, repeats)
        both.add_day_entries([row])
    with both.transaction():
        both.place_day_entries([0, 3], date(2026, 1, 2))
        both.add_cosignature(CosignatureRow(4, "b", "first"))
        both.add_cosignature(CosignatureRow(4, "b", "second"))
        both.add_cosignature(CosignatureRow(4, "a", "x"))
        both.add_cosignature(CosignatureRow(2, "b", "x"))
        both.add_checkpoint(CheckpointRow("custody", 10, b"r" * 32, b"note"))
        both.add_checkpoint(CheckpointRow("custody", 9, b"r" * 32, b"note"))
        both.add_checkpoint(CheckpointRow("publication", 11, b"r" * 32, b"note"))
    for bound in (1, 2, 3, 4):
        both.waiting_day_entries(date(2026, 1, bound), 2)
        both.first_item_entries(date(2026, 1, bound))
        both.entries_of_day(date(2026, 1, bound))
        both.day_entries(bound - 1, bound + 1)
        both.cosignatures(bound)
    both.cosignatures()
    both.checkpoints("custody")
    both.last_checkpoint("custody")
    both.last_checkpoint("none")
    assert [row.spilled for row in both.entries_of_day(date(2026, 1, 2))] == [True, False]
    assert [row.line for row in both.cosignatures(4)] == ["x", "second"]


def test_event_and_row_are_one(catalogue: Catalogue) -> None:
    """An item that is held without its event, or the other way round, is a hole in the chain of custody."""
    ledger = person(catalogue.ledger_storage())
    ledger.append([noted(0)])
    with pytest.raises(RuntimeError), catalogue.transaction():
        ledger.append([noted(1)])
        catalogue.set_setting("a", "1")
        raise RuntimeError
    assert (ledger.size(), catalogue.get_setting("a")) == (2, None)
    with catalogue.transaction():
        ledger.append([noted(1)])
        catalogue.set_setting("a", "1")
    assert (ledger.size(), catalogue.get_setting("a")) == (3, "1")
    assert ledger.check() == ()


def test_writers_take_turns(catalogue: Catalogue) -> None:
    """Two acts that both follow leaf 7 would fork the log."""
    person(catalogue.ledger_storage()).append([noted(0)])
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for number in range(8):
                with catalogue.transaction():
                    # Another table first: the ledger's lock is taken in the middle of a transaction.
                    catalogue.set_setting(threading.current_thread().name, str(number))
                    person(catalogue.ledger_storage()).append([noted(number)])
        except BaseException as fault:
            faults.append(fault)
        finally:
            catalogue.close_thread()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger = person(catalogue.ledger_storage())
    assert (faults, ledger.size(), ledger.check()) == ([], 34, ())
    assert catalogue.integrity_check() == []


def test_many_rows_are_read_in_stretches(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading in pieces must neither skip nor repeat a row at a border."""
    monkeypatch.setattr("witnessmark.ground.catalogue.ledger_store.CHUNK_ROWS", 20)
    ledger = person(catalogue.ledger_storage())
    ledger.append([noted(n) for n in range(100)])
    storage = catalogue.ledger_storage()
    assert [row.index for row in storage.leaves(0, 10_000)] == list(range(101))
    assert [row.index for row in storage.leaves(19, 81)] == list(range(19, 81))
    assert len(storage.hashes([(0, n) for n in range(200)])) == 101
