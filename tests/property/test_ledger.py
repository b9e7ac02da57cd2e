"""Tampering: whatever byte of the ledger is changed behind our back, the check names the row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.ledger.world import World, noted, received
from witnessmark.ground.ledger import SeedSigner
from witnessmark_verify import daytree
from witnessmark_verify.note import COSIGNATURE_V1, Note, Signature, VerifierKey, cosigned_message

SMALL_DAY = 64
"""Leaves of a day tree in this test: the check itself is the same, a thousand times faster."""
WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
WITNESS_KEY = VerifierKey("w.example", COSIGNATURE_V1, WITNESS.public_key().public_bytes_raw())
COSIGNED_AT = 1_770_000_000


def _cosignature(note: bytes) -> str:
    signature = WITNESS.sign(cosigned_message(Note.parse(note).text, COSIGNED_AT))
    data = COSIGNED_AT.to_bytes(8, "big") + signature
    return Signature(WITNESS_KEY.name, WITNESS_KEY.key_id, data).line + "\n"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A case with some of everything: two people, one retired, an erasure, a month's re-entry, a new key."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(daytree, "LEAVES", SMALL_DAY)
        world = World()
        world.ledger.append([received(1), noted(1), received(2)])
        world.ledger.checkpoint()
        world.ledger.introduce("boris", SeedSigner(b"b" * 32).public)
        boris = world.person("boris", b"b" * 32)
        boris.append([noted(2), received(3), noted(3), noted(4)])
        world.ledger.erase(2, "asked")
        world.to_day(date(2026, 2, 3))
        world.ledger.add_witness(WITNESS_KEY.text)
        world.ledger.accept_cosignature(_cosignature(world.ledger.publication_checkpoint()))
        world.secrets = world.secrets.with_publication_seed(b"q" * 32)
        world.ledger = world.person("anna", b"a" * 32)
        world.ledger.rotate_publication_key()
        world.ledger.append([received(4)])
        world.to_day(date(2026, 2, 5))
        world.ledger.accept_cosignature(_cosignature(world.ledger.publication_checkpoint()))
        world.ledger.retire("boris")
        world.ledger.append([received(5), noted(5)])
        world.ledger.checkpoint()
        assert world.ledger.check() == ()
        yield world


@dataclass(frozen=True)
class Place:
    """One field of one stored row."""

    table: str
    key: Any
    field: str


NAMES = {
    "leaf": "ledger leaf {index}",
    "payload": "ledger payload {index}",
    "payload_key": "ledger payload {index}",
    "act": "ledger act {number}",
    "node": "ledger node {level}/{index}",
    "actor": "ledger actor {actor_id}",
    "checkpoint": "checkpoint {log} {size}",
    "witness": "witness {vkey}",
    "cosignature": "cosignature {size} {vkey}",
    "day_entry": "day entry {number}",
    "day": "day {day}",
    "publication": "publication leaf {index}",
}


def _name(table: str, row: Any) -> str:
    return NAMES[table].format(**{field.name: getattr(row, field.name) for field in fields(row)})


def _places(world: World) -> list[Place]:
    found = []
    for table in NAMES:
        rows = getattr(world.storage.tables, table)
        keyed = rows.items() if isinstance(rows, dict) else enumerate(rows)
        for key, row in keyed:
            for field in fields(row):
                value = getattr(row, field.name)
                is_label = table == "checkpoint" and field.name == "log"  # a row of neither log is a lost row
                if value is not None and value not in (b"", "") and not is_label:
                    found.append(Place(table, key, field.name))
    return found


def _changed(value: Any, position: int, bit: int) -> Any:
    """The same kind of value with one byte of it changed."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ (1 << (bit % 4))
    if isinstance(value, date) and not isinstance(value, datetime):
        return value + timedelta(days=1 + bit)
    if isinstance(value, bytes):
        data = bytearray(value)
        data[position % len(data)] ^= 1 << (bit % 8)
        return bytes(data)
    text = list(str(value))
    text[position % len(text)] = chr(ord(text[position % len(text)]) ^ (1 << (bit % 5)))
    return "".join(text)


def _tampered(world: World, place: Place, position: int, bit: int) -> tuple[set[str], list[str]]:
    """Acceptable names of the row, and what the check says, with that one field changed."""
    honest = world.storage.tables
    world.storage.tables = honest.copy()
    rows = getattr(world.storage.tables, place.table)
    row = rows[place.key]
    forged = replace(row, **{place.field: _changed(getattr(row, place.field), position, bit)})
    rows[place.key] = forged
    try:
        problems = world.ledger.check()
    finally:
        world.storage.tables = honest
    return {_name(place.table, row), _name(place.table, forged)}, [problem.where for problem in problems]


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.soak)])
def test_every_field_of_every_row(world: World, step: int) -> None:
    """A change could hide in a column that nobody looks at."""
    for place in _places(world)[::step]:
        names, said = _tampered(world, place, 3, 0)
        assert names & set(said), (place, said)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_single_byte(world: World, data: st.DataObject) -> None:
    """Somebody with the database in his hands could change one byte unnoticed."""
    place = data.draw(st.sampled_from(_places(world)))
    position, bit = data.draw(st.integers(0, 1000)), data.draw(st.integers(0, 7))
    names, said = _tampered(world, place, position, bit)
    assert names & set(said), (place, said)
