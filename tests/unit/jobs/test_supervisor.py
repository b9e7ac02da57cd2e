"""The supervisor over a real queue: what hangs, breaks or is stopped must not cost other jobs."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.catalogues import Maker
from witnessmark.ground.catalogue.catalogue import Catalogue
from witnessmark.ground.jobs import (
    Attempt,
    AttemptEnd,
    AttemptOutcome,
    Job,
    JobState,
    Progress,
    Supervisor,
    Turn,
)
from witnessmark.model.errors import JailError

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DONE = AttemptOutcome(AttemptEnd.DONE)


@pytest.fixture
def catalogue(catalogues: Maker) -> Catalogue:
    opened = catalogues.open()
    opened.job_storage().enqueue("examine", [f"item {n}" for n in range(6)], NOW)
    return opened


def ends(catalogue: Catalogue) -> dict[str, tuple[JobState, str]]:
    return {job.item_id: (job.state, job.cause) for job in catalogue.job_storage().jobs()}


def test_every_job_takes_effect_once(catalogue: Catalogue) -> None:
    """Twelve workers on six jobs: six effects."""
    told: list[Progress] = []

    def attempt(job: Job, turn: Turn) -> AttemptOutcome:
        save = lambda: catalogue.add_person(f"{job.item_id} at fence {turn.fence}")  # noqa: E731
        return AttemptOutcome(AttemptEnd.DONE, save=lambda: save() and None)

    end = Supervisor(catalogue.job_storage(), attempt, workers=12, on_progress=told.append).run_until_empty()
    assert (end.done, end.queued, end.active, end.elsewhere) == (6, 0, 0, 0)
    assert sorted(p.pseudonym for p in catalogue.persons()) == [f"item {n} at fence 1" for n in range(6)]
    assert [p.done for p in told] == [1, 2, 3, 4, 5, 6]
    assert catalogue.integrity_check() == []


def test_what_breaks_is_retried_and_then_set_aside(catalogue: Catalogue) -> None:
    """Three bad ends of one file: a cause on record, and the others done."""
    tries: list[str] = []

    def attempt(job: Job, turn: Turn) -> AttemptOutcome:
        match job.item_id:
            case "item 0":
                return AttemptOutcome(AttemptEnd.RETRY, "crashed")
            case "item 1":
                raise JailError("the sandbox cannot be built")
            case "item 2":
                raise ValueError("/home/someone/secret.mp4")
            case "item 3" if turn.attempt.number < 3:
                return AttemptOutcome(AttemptEnd.RETRY, "out of memory")
            case "item 4":
                return AttemptOutcome(AttemptEnd.FAILED, "not a video")
            case "item 5":
                tries.append(job.item_id)

                def save() -> None:
                    raise KeyError("evidence name")

                return AttemptOutcome(AttemptEnd.DONE, save=save)
        return DONE

    end = Supervisor(catalogue.job_storage(), attempt, workers=3).run_until_empty()
    assert ends(catalogue) == {
        "item 0": (JobState.POISON, "crashed"),
        "item 1": (JobState.POISON, "the sandbox cannot be built"),
        "item 2": (JobState.POISON, "the attempt raised ValueError"),
        "item 3": (JobState.DONE, ""),
        "item 4": (JobState.FAILED, "not a video"),
        "item 5": (JobState.POISON, "the results could not be saved (KeyError)"),
    }
    assert (end.done, end.failed, end.poison, end.retried) == (1, 1, 4, 10)
    assert len(tries) == 3


def test_an_attempt_that_takes_too_long_is_stopped(catalogue: Catalogue) -> None:
    """A hang must end by itself: nobody watches at night."""

    def attempt(job: Job, turn: Turn) -> AttemptOutcome:
        while job.item_id == "item 0":
            if turn.stopped():
                return AttemptOutcome(AttemptEnd.RETRY, "killed")
            time.sleep(0.01)
        return DONE

    Supervisor(
        catalogue.job_storage(), attempt, workers=2, lease_s=0.6, attempt_s=0.2, max_attempts=2
    ).run_until_empty()
    assert ends(catalogue)["item 0"] == (JobState.POISON, "the attempt took too long")
    assert catalogue.job_storage().counts()[JobState.DONE] == 5


def test_an_attempt_that_does_not_stop_is_abandoned(catalogue: Catalogue) -> None:
    """A thread that hangs for ever must not hold the queue, and must have no effect when it wakes."""
    wake, answers = threading.Event(), []
    woken = threading.Event()

    def attempt(job: Job, turn: Turn) -> AttemptOutcome:
        if job.item_id != "item 0":
            return DONE
        wake.wait(30)
        answers.append(turn.fence)
        woken.set()
        return AttemptOutcome(AttemptEnd.DONE, save=lambda: catalogue.set_setting("late", "yes"))

    supervisor = Supervisor(
        catalogue.job_storage(), attempt, workers=1, lease_s=0.6, attempt_s=0.1, grace_s=0.2, max_attempts=1
    )
    end = supervisor.run_until_empty()
    assert (end.done, end.poison) == (5, 1)
    assert ends(catalogue)["item 0"] == (JobState.POISON, "the attempt took too long and did not stop")
    wake.set()
    assert woken.wait(10)
    until = time.monotonic() + 10
    while supervisor.progress().lost == 0 and time.monotonic() < until:
        time.sleep(0.02)
    assert (supervisor.progress().lost, catalogue.get_setting("late")) == (1, None)


def test_leases_are_renewed_while_an_attempt_runs(catalogue: Catalogue) -> None:
    """An examination longer than the lease must not be given to a second worker."""
    started: list[Attempt] = []

    def attempt(job: Job, turn: Turn) -> AttemptOutcome:
        started.append(turn.attempt)
        time.sleep(1.2 if job.item_id == "item 0" else 0)
        return DONE

    end = Supervisor(catalogue.job_storage(), attempt, workers=3, lease_s=0.5).run_until_empty()
    assert (end.done, len(started), end.lost) == (6, 6, 0)


def test_cancelling_gives_jobs_back(catalogue: Catalogue) -> None:
    """Stopping by hand must lose nothing and blame nothing."""
    cancelled, running = threading.Event(), threading.Barrier(3)

    def attempt(job: Job, turn: Turn) -> AttemptOutcome:
        running.wait(10)
        while not turn.stopped():
            time.sleep(0.01)
        return AttemptOutcome(AttemptEnd.RETRY, "killed")

    def stop() -> None:
        running.wait(10)
        cancelled.set()

    threading.Thread(target=stop).start()
    end = Supervisor(catalogue.job_storage(), attempt, workers=2, cancelled=cancelled).run_until_empty()
    assert (end.done, end.queued, end.active) == (0, 6, 0)
    assert {job.attempts for job in catalogue.job_storage().jobs()} == {0}


def test_a_fault_of_the_database_is_not_hidden(catalogue: Catalogue) -> None:
    """A supervisor that ends quietly because it cannot reach its queue would look like one that is done."""

    class Broken(type(catalogue.job_storage())):  # type: ignore[misc]
        def claim(self, *_: object, **__: object) -> None:
            raise OSError("no database")

    with pytest.raises(OSError, match="no database"):
        Supervisor(Broken(catalogue.rows), lambda *_: DONE, workers=2).run_until_empty()


PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background hands on that it is ignored
from pathlib import Path
from witnessmark.ground.catalogue import open_catalogue
from witnessmark.ground.jobs import *
catalogue = open_catalogue(sys.argv[1], bytes(range(32)))
def attempt(job, turn):
    Path(sys.argv[2]).touch()
    while not turn.stopped():
        time.sleep(0.01)
    return AttemptOutcome(AttemptEnd.CANCELLED)
try:
    Supervisor(catalogue.job_storage(), attempt, workers=2).run_until_empty()
except KeyboardInterrupt:
    catalogue.close()
    sys.exit(130)
"""


def test_ctrl_c_stops_cleanly(catalogues: Maker, tmp_path: Path) -> None:
    """Ctrl-C must end within moments, with every job back in the queue."""
    url, begun = catalogues.new_url(), tmp_path / "begun"
    catalogue = catalogues.open(url)
    catalogue.job_storage().enqueue("examine", ["a", "b", "c"], NOW)
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, url, str(begun)])
    until = time.monotonic() + 30
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert [(j.state, j.attempts) for j in catalogue.job_storage().jobs()] == [(JobState.QUEUED, 0)] * 3


def test_two_supervisors_share_one_queue(catalogues: Maker, tmp_path: Path) -> None:
    """Two processes on one queue: every job once, by either."""
    url = catalogues.new_url()
    catalogue = catalogues.open(url)
    catalogue.job_storage().enqueue("examine", [f"item {n}" for n in range(30)], NOW)
    program = PROGRAM.replace(
        "while not turn.stopped():\n        time.sleep(0.01)\n    return AttemptOutcome(AttemptEnd.CANCELLED)",
        "time.sleep(0.02)\n    return AttemptOutcome(AttemptEnd.DONE,"
        ' save=lambda: catalogue.add_person(f"{job.item_id}") and None)',
    )
    started = [subprocess.Popen([sys.executable, "-c", program, url, str(tmp_path / n)]) for n in "ab"]
    assert [process.wait(60) for process in started] == [0, 0]
    assert catalogue.job_storage().counts()[JobState.DONE] == 30
    assert len({p.pseudonym for p in catalogue.persons()}) == 30
    assert catalogue.integrity_check() == []
