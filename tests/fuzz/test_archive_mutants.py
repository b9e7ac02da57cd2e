"""Broken and hostile archives: whatever the bytes, the unpacking task ends typed and says all it began."""

from __future__ import annotations

import gzip
import io
import random
from typing import Any

import pytest

from tests.unit.receive.test_unpack import FORMATS
from witnessmark.receive import unpack_task
from witnessmark.receive.reasons import Reason
from witnessmark.receive.unpack_limits import UnpackLimits

SEEDS = {**FORMATS, "gz": gzip.compress(b"abc" * 100)}
TASK_FORMATS = {"tar.gz": "gz", "tar.bz2": "bz2", "tar.xz": "xz"}


class InMemory(io.BytesIO):
    """Stands in for the sealed reader: seekable bytes with ``read_at``."""

    @property
    def size_bytes(self) -> int:
        return len(self.getbuffer())

    def read_at(self, offset: int, length: int) -> bytes:
        return bytes(self.getbuffer()[offset : offset + length]) if offset >= 0 and length > 0 else b""


class Listening:
    """Holds the child to its word: one record or one complete blob per member, one last word."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.open: set[str] = set()

    def record(self, record: dict[str, Any]) -> None:
        self.records.append(record)

    def blob(self, name: str) -> Any:
        assert not self.open
        self.open.add(name)
        listening = self

        class Pipe:
            def write(self, data: bytes) -> None:
                assert name in listening.open

            def close(self) -> None:
                listening.open.remove(name)

        return Pipe()

    def check(self) -> None:
        assert not self.open
        assert [record["say"] for record in self.records].count("archive") == 1
        assert self.records[-1]["say"] == "archive"
        says = [record["say"] for record in self.records[:-1]]
        assert says.count("member") == says.count("end")
        numbers = [record["n"] for record in self.records if record["say"] in ("member", "refused")]
        assert numbers == list(range(len(numbers)))
        assert {record["reason"] for record in self.records if record.get("reason")} <= {
            str(r) for r in Reason
        }


def mutant(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 8))):
        place, kind = dice.randrange(len(changed)), dice.random()
        if kind < 0.5:
            changed[place] = dice.randrange(256)
        elif kind < 0.7:
            del changed[max(place, 8) :]
        elif kind < 0.85:
            changed[place : place + dice.randrange(1, 9)] = bytes(
                dice.choice((0, 255, 127)) for _ in range(4)
            )
        else:
            other = dice.randrange(len(changed))
            changed[place:place] = changed[other : other + dice.randrange(64)]
    return bytes(changed)


def run_rounds(form: str, rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack_task, "SealedReader", lambda source, key: source)
    dice = random.Random(f"archives {form}")
    for _ in range(rounds):
        listening = Listening()
        unpack_task.unpack(
            {"format": TASK_FORMATS.get(form, form.split()[0]), "limits": UnpackLimits().to_request()},
            {"object": InMemory(mutant(SEEDS[form], dice))},  # type: ignore[dict-item]
            {"file_key": b""},
            listening,
        )
        listening.check()


@pytest.mark.parametrize("form", SEEDS)
def test_every_mutant_ends_typed(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that raises on hostile bytes is a parser that can be steered."""
    run_rounds(form, 200, monkeypatch)


@pytest.mark.soak
@pytest.mark.parametrize("form", SEEDS)
def test_every_mutant_ends_typed_in_the_long_round(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, for as long as it takes to find rarer shapes."""
    run_rounds(form, 20_000, monkeypatch)
