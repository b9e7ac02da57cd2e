"""The queue under any order of claims, deaths, late answers and retries, on both databases."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.catalogues import Maker
from witnessmark.ground.catalogue.catalogue import Catalogue
from witnessmark.ground.jobs import AttemptEnd, Claim, JobState, Owner
from witnessmark.model.records import SourceStatement

START = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 3
HOLDERS = (Owner("0" * 16, 1, 1), Owner("1" * 16, 1, 1))
"""On other hosts: only their leases tell whether they live."""


@dataclass
class Expected:
    """What the queue should hold of one job."""

    state: JobState = JobState.QUEUED
    fence: int = 0
    attempts: int = 0
    until: datetime | None = None
    effects: int = 0
    """Times it was marked done; a retry makes another one possible."""
    queued_at: datetime = field(default=START)


class Queue(RuleBasedStateMachine):
    """Compares the storage with a few lines of plain Python."""

    claims = Bundle("claims")

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self.catalogue = catalogue
        self.jobs = catalogue.job_storage()
        self.kind = str(uuid4())
        """Examples share one database and are kept apart by the kind of their jobs."""
        self.now = START
        self.expected: dict[str, Expected] = {}
        self.items: dict[str, str] = {}

    def step(self) -> datetime:
        """No two things happen at the same moment, so that the order of the queue is always certain."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def open_job(self, item: str) -> str | None:
        waiting = (JobState.QUEUED, JobState.RUNNING)
        found = [k for k, e in self.expected.items() if self.items[k] == item and e.state in waiting]
        return found[0] if found else None

    @initialize()
    def begin(self) -> None:
        self.enqueue("a")
        self.enqueue("b")

    @rule(item=st.sampled_from("abc"))
    def enqueue(self, item: str) -> None:
        now = self.step()
        (job,) = self.jobs.enqueue(self.kind, [item], now)
        there = self.open_job(item)
        assert there in (None, job.job_id)
        if there is None:
            assert job.job_id not in self.expected
            self.expected[job.job_id] = Expected(queued_at=now)
            self.items[job.job_id] = item

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(target=claims, owner=st.sampled_from(HOLDERS))
    def claim(self, owner: Owner) -> object:
        now = self.step()
        claim = self.jobs.claim(owner, now, LEASE, MAX_ATTEMPTS, [self.kind])
        for expected in self.expected.values():
            if expected.state is JobState.RUNNING and expected.until is not None and expected.until <= now:
                self.end_badly(expected, now)
        queue = sorted((e.queued_at, k) for k, e in self.expected.items() if e.state is JobState.QUEUED)
        if claim is None:
            assert queue == []
            return multiple()
        assert claim.job.job_id in {k for at, k in queue if at == queue[0][0]}
        expected = self.expected[claim.job.job_id]
        expected.state, expected.until = JobState.RUNNING, now + LEASE
        expected.fence += 1
        expected.attempts += 1
        assert (claim.attempt.fence, claim.attempt.number) == (expected.fence, expected.attempts)
        return claim

    def end_badly(self, expected: Expected, now: datetime) -> None:
        poison = expected.attempts >= MAX_ATTEMPTS
        expected.state = JobState.POISON if poison else JobState.QUEUED
        expected.until, expected.queued_at = None, now

    def holds(self, claim: Claim) -> bool:
        expected = self.expected[claim.job.job_id]
        return expected.state is JobState.RUNNING and expected.fence == claim.attempt.fence

    @rule(claim=claims)
    def complete(self, claim: Claim) -> None:
        holds, now = self.holds(claim), self.step()
        effect = SourceStatement(str(uuid4()), claim.job.job_id, b"", now)
        saved = self.jobs.complete(
            claim.job.job_id,
            claim.attempt.fence,
            now,
            lambda: self.catalogue.add_source_statement(effect),
        )
        assert saved is holds
        if holds:
            expected = self.expected[claim.job.job_id]
            expected.state, expected.until = JobState.DONE, None
            expected.effects += 1

    @rule(claim=claims)
    def save_breaks(self, claim: Claim) -> None:
        def save() -> None:
            effect = SourceStatement(str(uuid4()), claim.job.job_id, b"", self.now)
            self.catalogue.add_source_statement(effect)
            raise RuntimeError

        if self.holds(claim):
            with pytest.raises(RuntimeError):
                self.jobs.complete(claim.job.job_id, claim.attempt.fence, self.step(), save)

    @rule(claim=claims, end=st.sampled_from([AttemptEnd.RETRY, AttemptEnd.FAILED]))
    def fail(self, claim: Claim, end: AttemptEnd) -> None:
        holds, now = self.holds(claim), self.step()
        state = self.jobs.fail(claim.job.job_id, claim.attempt.fence, now, end, "cause", MAX_ATTEMPTS)
        expected = self.expected[claim.job.job_id]
        if holds:
            self.end_badly(expected, now)
            if end is AttemptEnd.FAILED:
                expected.state = JobState.FAILED
        assert state == (expected.state if holds else None)

    @rule(claim=claims)
    def renew(self, claim: Claim) -> None:
        until = self.step() + LEASE
        assert self.jobs.renew(claim.job.job_id, claim.attempt.fence, until) is self.holds(claim)
        if self.holds(claim):
            self.expected[claim.job.job_id].until = until

    @rule(claim=claims)
    def give_back(self, claim: Claim) -> None:
        holds = self.holds(claim)
        assert self.jobs.give_back(claim.job.job_id, claim.attempt.fence, self.step()) is holds
        if holds:
            expected = self.expected[claim.job.job_id]
            expected.state, expected.until = JobState.QUEUED, None
            expected.attempts -= 1

    @precondition(lambda self: self.expected)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.expected, key=lambda k: self.items[k])))
        expected, now = self.expected[job_id], self.step()
        may = expected.state in (JobState.FAILED, JobState.POISON) and not self.open_job(self.items[job_id])
        assert self.jobs.retry(job_id, now) is may
        if may:
            expected.state, expected.attempts, expected.queued_at = JobState.QUEUED, 0, now

    @invariant()
    def the_queue_is_as_expected(self) -> None:
        found = {
            j.job_id: (j.state, j.fence, j.attempts, j.lease_until) for j in self.jobs.jobs(kind=self.kind)
        }
        assert found == {k: (e.state, e.fence, e.attempts, e.until) for k, e in self.expected.items()}

    def teardown(self) -> None:
        effects = Counter(s.source_pseudonym for s in self.catalogue.source_statements())
        assert {k: effects[k] for k in self.expected} == {k: e.effects for k, e in self.expected.items()}
        for job_id, expected in self.expected.items():
            fences = [attempt.fence for attempt in self.jobs.attempts(job_id)]
            assert fences == list(range(1, expected.fence + 1))


def run(catalogues: Maker, examples: int) -> None:
    catalogue = catalogues.open()
    run_state_machine_as_test(
        lambda: Queue(catalogue),
        settings=settings(max_examples=examples, stateful_step_count=25, deadline=None, database=None),
    )
    assert catalogue.integrity_check() == []


def test_queue(catalogues: Maker) -> None:
    """No order of events may lose a job, run it twice, or let a late holder speak."""
    run(catalogues, 8)


@pytest.mark.soak
def test_queue_at_length(catalogues: Maker) -> None:
    """The same with thousands of orders."""
    run(catalogues, 400)
