"""Filler days: a publication log does not tell when its case began, and stays as checkable as before."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from statistics import mean

import pytest

from tests.unit.ledger.world import SECRETS, World, received
from witnessmark.ground.ledger import fillers
from witnessmark.ground.ledger.check import check
from witnessmark.model.errors import LedgerError
from witnessmark_verify import daytree
from witnessmark_verify.publication import ESTABLISHED, check_publication_proof

BEGINS = date(2026, 1, 30)


@pytest.fixture
def world() -> World:
    made = World()
    made.ledger.append([received(1)])
    made.ledger.begin_publication()
    return made


def places(world: World) -> list[str]:
    return [problem.where for problem in world.ledger.check()]


def test_the_log_of_a_new_case_is_older_than_the_case_by_a_random_number_of_days(world: World) -> None:
    """Index and day of one published proof would tell the day on which the case was opened."""
    world.next_day()
    days = [json.loads(leaf.data)["day"] for leaf in world.storage.publication_leaves()]
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    assert last == BEGINS
    assert days == [(first + timedelta(days=n)).isoformat() for n in range(len(days))]
    assert fillers.LEAST_DAYS < len(days) <= fillers.MOST_DAYS + 1
    drawn = [fillers.draw(BEGINS).count for _ in range(400)]
    assert len(set(drawn)) > 200 and min(drawn) >= fillers.LEAST_DAYS and max(drawn) <= fillers.MOST_DAYS
    assert 850 < mean(drawn) < 1050


def test_a_filler_day_looks_like_any_other_and_differs_between_cases(world: World) -> None:
    """A root that repeats, or that can be computed without the secret, would mark where the case begins."""
    world.next_day()
    documents = [json.loads(leaf.data) for leaf in world.storage.publication_leaves()]
    assert {tuple(sorted(one)) for one in documents} == {("day", "root", "schema")}
    assert {len(leaf.data) for leaf in world.storage.publication_leaves()} == {
        len(daytree.day_data("2026-01-01", bytes(32)))
    }
    assert len({one["root"] for one in documents}) == len(documents)
    assert fillers.filler_root(b"x" * 32, BEGINS) != fillers.filler_root(SECRETS.day_key, BEGINS)


def test_proofs_checkpoints_and_the_audit_hold_over_filler_days(world: World) -> None:
    """A log that hides its beginning is worth nothing if a stranger can no longer check it."""
    world.next_day()
    world.ledger.publication_checkpoint()
    world.to_day(date(2026, 2, 3))
    world.ledger.publication_checkpoint()
    files = world.ledger.day_proof(0)
    verdict = check_publication_proof(files, world.ledger.fingerprint)
    assert (verdict.ok, verdict.issuer) == (True, ESTABLISHED)
    assert world.ledger.check() == ()
    assert check(world.storage, world.secrets, as_of=1, every_day=True) == ()


def test_the_custody_log_tells_which_days_are_filler(world: World) -> None:
    """A court that sees the case must be told which days of the log are made up, by a signed leaf."""
    begun = [leaf for leaf in world.ledger.events() if leaf.kind == "publication.begun"]
    assert len(begun) == 1 and begun[0].private is not None
    said = fillers.Fillers.from_json(begun[0].private["data"])
    assert said.end == BEGINS
    assert said.count == len(world.storage.publication_leaves())
    with pytest.raises(LedgerError):
        world.ledger.erase(begun[0].index, "to hide it")


def test_a_log_begins_once_and_after_a_first_act(world: World) -> None:
    """Filler days drawn later would move every index that was handed out."""
    with pytest.raises(LedgerError):
        world.ledger.begin_publication()
    with pytest.raises(LedgerError):
        World().ledger.begin_publication()


def test_a_filler_day_that_was_changed_added_or_taken_away_is_named(world: World) -> None:
    """An insider could enter something under a day before the case began."""
    world.next_day()
    rows = world.storage.tables.publication
    kept = list(rows)
    forged = daytree.day_data(json.loads(kept[7].data)["day"], b"\x07" * 32)
    rows[7] = replace(kept[7], data=forged)
    assert "publication leaf 7" in places(world)
    rows[:] = kept[:-1]
    assert f"publication leaf {len(kept) - 1}" in places(world)
    rows[:] = kept
    assert places(world) == []


def test_a_false_word_about_the_filler_days_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who may write could declare real days to be filler, or filler days to be real."""
    world = World()
    world.ledger.append([received(1)])
    monkeypatch.setattr(fillers, "draw", lambda day: fillers.Fillers(day - timedelta(days=9), 5))
    world.ledger.begin_publication()
    world.next_day()
    assert places(world) == ["ledger leaf 2"]


def test_a_case_without_filler_days_still_holds() -> None:
    """Cases made before there were filler days would be called broken."""
    world = World()
    world.ledger.append([received(1)])
    world.next_day()
    assert world.ledger.check() == ()
