"""A small ledger in memory with a clock that tests turn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from witnessmark.ground.ledger import Ledger, LedgerSecrets, MemoryStorage, SeedSigner
from witnessmark.model.custody import CustodyEvent, DayEntry

SECRETS = LedgerSecrets(
    day_key=b"d" * 32,
    custody_origin="witnessmark-custody/" + "0c" * 16,
    custody_seed=b"c" * 32,
    publication_origin="witnessmark/" + "0f" * 16,
    publication_seeds=(b"p" * 32,),
)


class World:
    """Storage, ledger and clock. ``anna`` opens the case on 30 January 2026."""

    def __init__(self, secrets: LedgerSecrets = SECRETS) -> None:
        self.now = datetime(2026, 1, 30, 9, 0, tzinfo=UTC)
        self.storage = MemoryStorage()
        self.secrets = secrets
        self.ledger = self.person("anna", b"a" * 32)

    def person(self, actor_id: str, seed: bytes) -> Ledger:
        return Ledger(self.storage, SeedSigner(seed), actor_id, lambda: self.now, self.secrets)

    def to_day(self, day: date) -> int:
        """Turn the clock to nine on that day and open the case."""
        self.now = datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC)
        return self.ledger.roll_days(day)

    def next_day(self) -> int:
        return self.to_day(self.now.date() + timedelta(days=1))


def received(number: int) -> CustodyEvent:
    """One received item with its commitment in the day tree."""
    commitment = bytes([number]) * 32
    return CustodyEvent(
        "item.received",
        public={"commitment": commitment.hex()},
        private={"item": f"item-{number}", "reason": "handed over"},
        day=DayEntry("item", commitment),
    )


def noted(number: int) -> CustodyEvent:
    return CustodyEvent("examination.done", private={"count": number})
