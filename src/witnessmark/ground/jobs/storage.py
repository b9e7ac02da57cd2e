"""What the queue asks of a database: jobs, their attempts, and the promises about them.

A job is *claimed* under a lease and a fence. The lease says until when its holder counts as alive; the fence
is a number that grows with every claim, so that a holder who was given up on can change nothing any more,
however late he wakes (Gray & Cheriton, Leases, SOSP 1989; fencing after Chubby's sequencers, Burrows, OSDI
2006, section 2.4). The attempt is counted *before* it starts: whatever kills it, it has been counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from witnessmark.ground.jobs.owner import Owner


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """Ended for a reason that another attempt would not change."""
    POISON = "poison"
    """Set aside after the last attempt allowed; ``cause`` says how that one ended."""


class AttemptEnd(StrEnum):
    DONE = "done"
    RETRY = "retry"
    """Ended badly (crash, time-out, memory); another attempt may go better."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    """Stopped by the user: given back, not counted."""
    LOST = "lost"
    """The holder vanished or its lease ran out."""


@dataclass(frozen=True, slots=True)
class Job:
    job_id: str
    kind: str
    item_id: str
    state: JobState
    attempts: int
    """Attempts begun so far, the running one included."""
    fence: int
    lease_until: datetime | None
    queued_at: datetime
    cause: str = ""
    """How the last attempt that was not good ended. Never a name, path or digest."""


@dataclass(frozen=True, slots=True)
class Attempt:
    attempt_id: str
    job_id: str
    number: int
    """1 for the first since the job was queued or retried."""
    fence: int
    started_at: datetime
    ended_at: datetime | None = None
    ended: AttemptEnd | None = None
    """None while it runs."""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job and the attempt that was just opened on it."""

    job: Job
    attempt: Attempt


class JobStorage(Protocol):
    """Every method is one durable transaction, or part of the one that the caller has open.

    ``now`` is passed in everywhere and comes from the caller's clock, never from the database's.
    """

    def enqueue(self, kind: str, item_ids: Sequence[str], now: datetime) -> Sequence[Job]:
        """One job for each item. One of that kind that is queued or running already is kept."""
        ...

    def claim(
        self,
        owner: Owner,
        now: datetime,
        lease: timedelta,
        max_attempts: int,
        kinds: Sequence[str] | None = None,
    ) -> Claim | None:
        """Take the oldest queued job, or None if there is none.

        Before that, running jobs whose lease has run out, or whose owner is certainly gone, are taken away
        from their holders: queued again, or set aside as poison after ``max_attempts``. Two callers never get
        the same job: the state, the fence, the count and the attempt's row change in one transaction.
        """
        ...

    def renew(self, job_id: str, fence: int, lease_until: datetime) -> bool:
        """False if the job is held under another fence, or no more."""
        ...

    def complete(self, job_id: str, fence: int, now: datetime, save: Callable[[], None] | None) -> bool:
        """Mark the job done and run ``save`` in the same transaction: effect exactly once.

        False, and ``save`` is not run, if the job is held under another fence, or no more. An exception of
        ``save`` undoes everything and is passed on.
        """
        ...

    def fail(
        self, job_id: str, fence: int, now: datetime, end: AttemptEnd, cause: str, max_attempts: int
    ) -> JobState | None:
        """Close the attempt as RETRY (queued again at the end of the queue, or poison), FAILED or LOST.

        The state after it; None if the job is held under another fence, or no more.
        """
        ...

    def give_back(self, job_id: str, fence: int, now: datetime) -> bool:
        """The user stopped it: queued again, the attempt not counted."""
        ...

    def retry(self, job_id: str, now: datetime) -> bool:
        """Queue a failed or poisoned job again, with its attempts counted from 0. False for any other job."""
        ...

    def jobs(self, state: JobState | None = None, kind: str | None = None) -> Sequence[Job]:
        """By time of queueing."""
        ...

    def attempts(self, job_id: str) -> Sequence[Attempt]:
        """By fence."""
        ...

    def counts(self, kind: str | None = None) -> Mapping[JobState, int]:
        """Number of jobs in each state (states without jobs included)."""
        ...

    def close_thread(self) -> None:
        """The calling thread ends: let go of what it holds (its database connection)."""
        ...
