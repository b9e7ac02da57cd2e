"""The whole audit: objects, catalogue, custody log, receipts and time stamps, each held against the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from witnessmark.case.case import Case
from witnessmark.case.held_against import Comparison, Holdings, check_receipts
from witnessmark.case.log_facts import LogFacts
from witnessmark.case.wiring import RECOVERY
from witnessmark.ground.ledger.storage import CUSTODY, PUBLICATION
from witnessmark.model.custody import CustodyEvent, Problem
from witnessmark.model.errors import WitnessmarkError
from witnessmark.model.records import ItemState
from witnessmark.preserve.fixity import HeldObject, check_objects
from witnessmark.preserve.stamps import check_held


@dataclass(frozen=True, slots=True)
class Audited:
    objects: int
    size_bytes: int
    leaves: int
    stamps: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def held_objects(case: Case) -> tuple[HeldObject, ...]:
    """Every object that must be in the vault, as the catalogue knows it."""
    items = [
        HeldObject(h.item.object_name, h.item.sha256, h.item.size_bytes, "item")
        for h in case.catalogue.held_items()
        if h.state is not ItemState.ERASED
    ]
    made = [
        HeldObject(d.object_name, d.sha256, d.size_bytes, f"derivative ({d.name})")
        for d in case.catalogue.derivatives()
    ]
    return (*items, *made)


def audit(
    case: Case,
    *,
    as_of: int | None = None,
    workers: int = 2,
    on_progress: Callable[[int, int], None] | None = None,
) -> Audited:
    """Check everything; the outcome itself becomes a leaf of the log where the log can still be written."""
    problems = list(case.catalogue.integrity_check())
    look = _Look(problems)
    # What is said from here on need not be in what is read of the catalogue.
    spoken = max(look("the custody log", lambda: (case.ledger.size(),)), default=0)
    # Roots of empty days stand in the log and need not be built again.
    ledger_problems = look("the custody log", lambda: case.ledger.check(as_of, every_day=False))
    held = look("what must be in the vault", lambda: held_objects(case))
    look(
        "the objects",
        lambda: check_objects(
            case.store,
            held,
            case.keyring.file_key,
            held_now=lambda: _held_at_rest(case),
            workers=workers,
            on_progress=on_progress,
        ),
    )
    limit = spoken if as_of is None else min(as_of, spoken)
    if not ledger_problems:
        look("items, findings and keys", lambda: _against_the_log(case, limit))
    stamps = look("the time stamps", case.catalogue.stamps)
    look("the time stamps", lambda: check_held(stamps, _notes(case)))
    problems[:] = dict.fromkeys(problems)
    if not case.read_only and not ledger_problems:
        done = CustodyEvent("audit.done", private={"objects": len(held), "problems": len(problems)})
        look("the custody log", lambda: (case.ledger.append([done]), ())[1])
    return Audited(
        len(held),
        sum(h.size_bytes or 0 for h in held),
        0 if ledger_problems else limit,
        len(stamps),
        tuple(problems),
    )


def held_bytes(case: Case) -> int | None:
    """What an audit will hash; None where a damaged catalogue does not say."""
    try:
        return sum(held.size_bytes or 0 for held in held_objects(case))
    except UNREADABLE:
        return None


UNREADABLE = (WitnessmarkError, ValueError, LookupError, TypeError)
"""What reading rows that somebody changed may raise."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Look:
    """Makes one part of the audit and keeps its problems; a part that cannot be read is a problem, not the end."""

    problems: list[Problem]

    def __call__(self, what: str, part: Callable[[], Sequence[T]]) -> Sequence[T]:
        try:
            found = part()
        except UNREADABLE as error:
            said = str(error) if isinstance(error, WitnessmarkError) else type(error).__name__
            self.problems.append(Problem("catalogue", f"{what} cannot be checked: {said}"))
            return ()
        self.problems.extend(one for one in found if isinstance(one, Problem))
        return found


def _notes(case: Case) -> dict[tuple[str, int], bytes]:
    storage = case.catalogue.ledger_storage()
    return {
        (row.log, row.size): row.note for log in (CUSTODY, PUBLICATION) for row in storage.checkpoints(log)
    }


def _against_the_log(case: Case, limit: int) -> list[Problem]:
    """``limit``: leaves that were there before anything of the catalogue is read, or fewer."""
    held = Holdings.read(case)
    facts = LogFacts(RECOVERY).read(case.ledger.events())
    return [*Comparison(case, held, facts, limit).problems(), *check_receipts(case, held, facts, limit)]


def _held_at_rest(case: Case) -> set[str]:
    """Names of what must be in the vault, once those who are at work on the case have saved what they sealed.

    Objects are durable before their rows are: one without a row may belong to a batch under way.
    """
    names = {one.name for one in held_objects(case)}
    for _ in range(PATIENCE_S):
        if not set(case.store.names()) - names or not case.is_at_work("receive"):
            break
        time.sleep(1)
        names = {one.name for one in held_objects(case)}
    return names


PATIENCE_S = 20
"""A batch of receiving is saved after two seconds, an attempt's results at once; slow disks take longer."""
