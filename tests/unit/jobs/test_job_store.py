"""The promises of the queue's storage, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.catalogues import Maker
from witnessmark.ground.catalogue.catalogue import Catalogue
from witnessmark.ground.jobs import AttemptEnd, Claim, JobState, Owner, this_process

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = timedelta(seconds=60)
FAR = Owner("0" * 16, 1, 1)
"""An owner on another host: nothing but its lease is known."""


@pytest.fixture
def catalogue(catalogues: Maker) -> Catalogue:
    return catalogues.open()


def claim(catalogue: Catalogue, now: datetime = NOW, owner: Owner | None = None) -> Claim | None:
    return catalogue.job_storage().claim(owner or this_process(), now, LEASE, 3)


def taken(catalogue: Catalogue, now: datetime = NOW, owner: Owner | None = None) -> Claim:
    found = claim(catalogue, now, owner)
    assert found is not None
    return found


def states(catalogue: Catalogue) -> Sequence[tuple[str, JobState, int]]:
    return [(job.item_id, job.state, job.attempts) for job in catalogue.job_storage().jobs()]


def test_a_job_is_queued_once(catalogue: Catalogue) -> None:
    """The same command given twice must not examine everything twice."""
    jobs = catalogue.job_storage()
    first = jobs.enqueue("examine", ["a", "b", "a"], NOW)
    again = jobs.enqueue("examine", ["b", "c"], NOW)
    assert first[0] == first[2]
    assert again[0] == first[1]
    assert jobs.counts("examine")[JobState.QUEUED] == 3
    assert jobs.counts("seal") == dict.fromkeys(JobState, 0)


def test_a_claim_counts_the_attempt_before_it_starts(catalogue: Catalogue) -> None:
    """Whatever kills an attempt, it must have been counted: else poison is tried for ever."""
    jobs = catalogue.job_storage()
    jobs.enqueue("examine", ["a"], NOW)
    held = taken(catalogue)
    assert (held.job.state, held.job.attempts, held.job.fence, held.job.lease_until) == (
        JobState.RUNNING,
        1,
        1,
        NOW + LEASE,
    )
    assert jobs.attempts(held.job.job_id) == [held.attempt]
    assert claim(catalogue) is None


def test_effect_and_done_are_one(catalogue: Catalogue) -> None:
    """Results without the mark would be saved again; the mark without results would lose them."""
    jobs = catalogue.job_storage()
    jobs.enqueue("examine", ["a"], NOW)
    held = taken(catalogue)

    def broken() -> None:
        catalogue.set_setting("effect", "half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        jobs.complete(held.job.job_id, held.attempt.fence, NOW, broken)
    assert (catalogue.get_setting("effect"), states(catalogue)) == (None, [("a", JobState.RUNNING, 1)])
    save = lambda: catalogue.set_setting("effect", "whole")  # noqa: E731
    assert jobs.complete(held.job.job_id, held.attempt.fence, NOW, save) is True
    assert (catalogue.get_setting("effect"), states(catalogue)) == ("whole", [("a", JobState.DONE, 1)])
    assert jobs.complete(held.job.job_id, held.attempt.fence, NOW, save) is False
    assert jobs.attempts(held.job.job_id)[0].ended is AttemptEnd.DONE


def test_a_late_holder_changes_nothing(catalogue: Catalogue) -> None:
    """A worker that slept through its lease must not overwrite the one who took over."""
    jobs = catalogue.job_storage()
    jobs.enqueue("examine", ["a"], NOW)
    late = taken(catalogue, owner=FAR)
    assert claim(catalogue, NOW + LEASE - timedelta(microseconds=1)) is None
    new = taken(catalogue, NOW + LEASE)
    job_id, fence = late.job.job_id, late.attempt.fence
    assert (new.job.job_id, new.attempt.fence) == (job_id, fence + 1)
    answers = (
        jobs.complete(job_id, fence, NOW, lambda: catalogue.set_setting("late", "yes")),
        jobs.renew(job_id, fence, NOW + 2 * LEASE),
        jobs.fail(job_id, fence, NOW, AttemptEnd.RETRY, "x", 3),
        jobs.give_back(job_id, fence, NOW),
    )
    assert answers == (False, False, None, False)
    assert catalogue.get_setting("late") is None
    assert jobs.complete(job_id, new.attempt.fence, NOW, None) is True
    assert [a.ended for a in jobs.attempts(job_id)] == [AttemptEnd.LOST, AttemptEnd.DONE]


def test_a_renewed_lease_holds(catalogue: Catalogue) -> None:
    """A long examination must not be taken away while it runs."""
    jobs = catalogue.job_storage()
    jobs.enqueue("examine", ["a"], NOW)
    held = taken(catalogue, owner=FAR)
    assert jobs.renew(held.job.job_id, held.attempt.fence, NOW + 2 * LEASE) is True
    assert claim(catalogue, NOW + LEASE) is None


def test_a_dead_process_is_replaced_at_once(catalogue: Catalogue) -> None:
    """After a crash nobody should wait for a lease to run out."""
    catalogue.job_storage().enqueue("examine", ["a"], NOW)
    dead = Owner(this_process().host, this_process().process, 1)
    taken(catalogue, owner=dead)
    assert taken(catalogue).attempt.number == 2


def test_poison_is_set_aside_with_its_cause(catalogue: Catalogue) -> None:
    """One file that kills every worker must not stop the case, and must not vanish either."""
    jobs = catalogue.job_storage()
    (job,) = jobs.enqueue("examine", ["bad"], NOW)
    ends = []
    for attempt in range(3):
        held = taken(catalogue, NOW + timedelta(seconds=attempt))
        ends.append(jobs.fail(job.job_id, held.attempt.fence, NOW, AttemptEnd.RETRY, f"crash {attempt}", 3))
    assert ends == [JobState.QUEUED, JobState.QUEUED, JobState.POISON]
    assert claim(catalogue) is None
    (poison,) = jobs.jobs(JobState.POISON)
    assert (poison.cause, poison.attempts) == ("crash 2", 3)
    assert jobs.retry(job.job_id, NOW) is True
    assert jobs.retry(job.job_id, NOW) is False
    assert taken(catalogue).attempt.number == 1


def test_a_vanished_holder_counts_towards_poison(catalogue: Catalogue) -> None:
    """A job that takes the whole process down three times is poison too."""
    jobs = catalogue.job_storage()
    jobs.enqueue("examine", ["bad"], NOW)
    for attempt in range(3):
        taken(catalogue, NOW + attempt * LEASE, owner=FAR)
    assert claim(catalogue, NOW + 3 * LEASE) is None
    assert [(j.state, j.cause) for j in jobs.jobs()] == [
        (JobState.POISON, "its holder gave no sign of life until the lease ran out")
    ]


def test_what_failed_for_good_is_not_tried_again(catalogue: Catalogue) -> None:
    """A second attempt at what cannot work only costs hours."""
    jobs = catalogue.job_storage()
    (job,) = jobs.enqueue("examine", ["a"], NOW)
    fence = taken(catalogue).attempt.fence
    assert jobs.fail(job.job_id, fence, NOW, AttemptEnd.FAILED, "why", 3) is JobState.FAILED
    assert claim(catalogue) is None
    assert jobs.enqueue("examine", ["a"], NOW)[0].job_id != job.job_id
    assert jobs.retry(job.job_id, NOW) is False


def test_a_job_given_back_is_as_before(catalogue: Catalogue) -> None:
    """Ctrl-C three times must not make poison of a healthy file."""
    jobs = catalogue.job_storage()
    (job,) = jobs.enqueue("examine", ["a"], NOW)
    for _ in range(4):
        held = taken(catalogue)
        assert jobs.give_back(job.job_id, held.attempt.fence, NOW) is True
    assert states(catalogue) == [("a", JobState.QUEUED, 0)]
    assert [a.ended for a in jobs.attempts(job.job_id)] == [AttemptEnd.CANCELLED] * 4


def test_failed_jobs_go_to_the_end_of_the_queue(catalogue: Catalogue) -> None:
    """Poison at the head of the queue must not keep the whole files waiting."""
    jobs = catalogue.job_storage()
    jobs.enqueue("examine", ["bad"], NOW)
    jobs.enqueue("examine", ["good"], NOW + timedelta(seconds=1))
    bad = taken(catalogue)
    jobs.fail(bad.job.job_id, bad.attempt.fence, NOW + timedelta(seconds=2), AttemptEnd.RETRY, "x", 3)
    assert taken(catalogue).job.item_id == "good"


def test_only_kinds_asked_for_are_claimed(catalogue: Catalogue) -> None:
    """A worker made for one kind of work must leave the others alone."""
    jobs = catalogue.job_storage()
    jobs.enqueue("compare", ["a"], NOW)
    assert jobs.claim(this_process(), NOW, LEASE, 3, kinds=["examine"]) is None
    assert jobs.claim(this_process(), NOW, LEASE, 3, kinds=["examine", "compare"]) is not None


def test_no_job_is_claimed_twice(catalogue: Catalogue) -> None:
    """Two workers on one file would save two sets of findings."""
    jobs = catalogue.job_storage()
    jobs.enqueue("examine", [str(number) for number in range(40)], NOW)
    held: list[str] = []

    def work() -> None:
        while (found := jobs.claim(this_process(), NOW, LEASE, 3)) is not None:
            held.append(found.job.job_id)
        jobs.close_thread()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) >= 39  # a worker may find the last queued row locked and look no further
    assert len(set(held)) == len(held)
    assert catalogue.integrity_check() == []
