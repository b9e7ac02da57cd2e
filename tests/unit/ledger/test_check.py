"""The check against forgers who know the formats: rows removed, replaced, swapped, signed by strangers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from tests.unit.ledger.world import SECRETS, World, noted, received
from witnessmark.ground.ledger import SeedSigner, acts, leaf, sshsig
from witnessmark.ground.ledger.memory import Tables
from witnessmark.ground.ledger.storage import CUSTODY, PUBLICATION
from witnessmark_verify import daytree


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Leaves 0 (key) | 1-3 | 4 | 5-7 (three closed days) | 8-9; both logs have a checkpoint."""
    monkeypatch.setattr(daytree, "LEAVES", 64)
    made = World()
    made.ledger.append([received(1), noted(2), received(3)])
    made.ledger.append([noted(4)])
    made.to_day(date(2026, 2, 2))
    made.ledger.append([received(5), noted(6)])
    made.ledger.publication_checkpoint()
    made.ledger.checkpoint()
    assert made.ledger.check() == ()
    return made


def _where(world: World) -> list[str]:
    return [problem.where for problem in world.ledger.check()]


def _drop_leaf(tables: Tables) -> None:
    tables.leaf[2] = replace(tables.leaf[2], index=10**6)


def _drop_payload(tables: Tables) -> None:
    del tables.payload[2], tables.payload_key[2]


def _drop_key(tables: Tables) -> None:
    del tables.payload_key[3]


def _drop_act(tables: Tables) -> None:
    del tables.act[1]


def _drop_last_act(tables: Tables) -> None:
    del tables.act[-1]


def _drop_node(tables: Tables) -> None:
    del tables.node[1, 1]


def _drop_day(tables: Tables) -> None:
    del tables.day[date(2026, 1, 31)]


def _drop_day_entry(tables: Tables) -> None:
    del tables.day_entry[-1]


def _drop_publication_leaf(tables: Tables) -> None:
    del tables.publication[2]


@pytest.mark.parametrize(
    ("remove", "named"),
    [
        (_drop_leaf, "ledger leaf 2"),
        (_drop_payload, "ledger payload 2"),
        (_drop_key, "ledger payload 3"),
        (_drop_act, "ledger act 1"),
        (_drop_last_act, "ledger leaf 8"),
        (_drop_node, "ledger node 1/1"),
        (_drop_day, "day 2026-01-31"),
        (_drop_day_entry, "ledger leaf 8"),
        (_drop_publication_leaf, "publication leaf 2"),
    ],
)
def test_removed_rows_are_named(world: World, remove: Callable[[Tables], None], named: str) -> None:
    """What is embarrassing could simply be deleted."""
    remove(world.storage.tables)
    assert named in _where(world)


def test_one_impossible_index_does_not_stop_the_check(world: World) -> None:
    """A single changed row could keep the audit busy for ever."""
    world.storage.size = lambda: 2**40  # type: ignore[method-assign]
    assert _where(world) == ["ledger leaf 10"]


def test_cut_end_is_noticed_against_the_checkpoint(world: World) -> None:
    """The last acts could be undone together with their leaves."""
    tables = world.storage.tables
    last = tables.act.pop()
    del tables.leaf[last.first_index :]
    for index in range(last.first_index, last.first_index + last.count):
        del tables.payload[index], tables.payload_key[index]
    tables.day_entry = [row for row in tables.day_entry if row.custody_index < last.first_index]
    for place in [place for place in tables.node if (place[1] + 1) << place[0] > last.first_index]:
        del tables.node[place]
    assert _where(world) == [f"checkpoint {CUSTODY} 10"]


def test_replaced_leaf_is_named_with_its_act(world: World) -> None:
    """A forger makes a leaf that is consistent in itself, payload and all."""
    tables = world.storage.tables
    forged = leaf.make(2, noted(99), "anna", tables.act[1].time, None)
    tables.leaf[2], tables.payload[2], tables.payload_key[2] = forged.row, forged.payload, forged.key
    said = _where(world)
    assert "ledger act 1" in said
    assert {where for where in said if where.startswith("ledger leaf")} <= {"ledger leaf 2", "ledger leaf 3"}
    assert "ledger leaf 2" in said


def test_swapped_leaves_are_named(world: World) -> None:
    """The order of what was done could be turned round."""
    tables = world.storage.tables
    first, second = tables.leaf[2], tables.leaf[3]
    tables.leaf[2], tables.leaf[3] = replace(second, index=2), replace(first, index=3)
    said = _where(world)
    assert {"ledger payload 2", "ledger payload 3"} & set(said)
    assert "ledger act 1" in said


def test_act_signed_by_a_stranger_is_named(world: World) -> None:
    """Whoever holds the database would sign with his own key."""
    tables = world.storage.tables
    blob = sshsig.sign(SeedSigner(b"z" * 32), acts.statement(SECRETS.custody_origin, tables.act[1]))
    tables.act[1] = replace(tables.act[1], signature=blob)
    assert _where(world) == ["ledger act 1"]


def test_history_rewritten_with_a_persons_key_is_caught_by_the_checkpoint(world: World) -> None:
    """An insider with his own key could write another past."""
    other = World()
    other.ledger.append([noted(1), noted(2), received(3)])
    other.ledger.append([noted(4)])
    other.to_day(date(2026, 2, 2))
    other.ledger.append([received(5), noted(6)])
    other.storage.tables.checkpoint.update(world.storage.tables.checkpoint)
    assert _where(other) == [f"checkpoint {CUSTODY} 10", f"checkpoint {PUBLICATION} 3"]


def test_quiet_erasure_is_named(world: World) -> None:
    """A payload could be destroyed without anybody having to say so."""
    world.storage.erase_payload(1)
    assert _where(world) == ["ledger payload 1"]


def test_incomplete_erasure_is_named(world: World) -> None:
    """A promise to erase would have been logged and not kept."""
    kept = world.storage.tables.copy()
    world.ledger.erase(2, "asked")
    world.storage.tables.payload[2] = kept.payload[2]
    world.storage.tables.payload_key[2] = kept.payload_key[2]
    assert _where(world) == ["ledger payload 2"]


def test_planted_witness_and_actor_are_named(world: World) -> None:
    """A convenience table could bring in people whom the log never knew."""
    tables = world.storage.tables
    tables.actor["boris"] = replace(tables.actor["anna"], actor_id="boris", introduced_index=1)
    assert _where(world) == ["ledger actor boris"]
