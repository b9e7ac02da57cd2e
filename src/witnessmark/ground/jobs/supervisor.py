"""Runs the attempts of queued jobs on worker threads, and watches over them.

Each worker claims a job, calls ``run_attempt`` (in production: starts one jailed child and waits for it) and
hands in the outcome. One further thread renews the leases and ends what takes too long. Everything may be
killed at any moment: the next supervisor takes up what was left (see ``storage``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from witnessmark.ground.jobs.owner import this_process
from witnessmark.ground.jobs.storage import Attempt, AttemptEnd, Claim, Job, JobState, JobStorage
from witnessmark.model.errors import WitnessmarkError

LEASE_S = 60.0
"""A holder that says nothing for so long counts as dead. Only a dead *host* is found this way; a dead process
on this host is found at once (``Owner.is_gone``)."""
RENEWALS_PER_LEASE = 3
"""A lease is renewed after a third of it: two renewals may fail before it is lost."""
LOST_ALLOWED = 20
"""How often an attempt on one job may vanish with its whole process before the job is set aside. A laptop that is
shut, or a power cut, says nothing about the item; but one that brings the machine down must not do so for ever."""
IDLE_S = 0.2
"""Pause of a worker that found nothing, while other workers may still put something back."""
WAIT_S = 0.05
"""How often the caller looks whether its workers have ended."""
GRACE_S = 15.0
"""How long an attempt that was told to stop may take before it is abandoned."""


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """How an attempt ended, and the saving of what it found.

    ``save`` runs in the transaction that marks the job done, and only for DONE. ``cause`` says why not done:
    never a name, path or digest.
    """

    end: AttemptEnd
    cause: str = ""
    save: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What an attempt is given: its own record, and the question whether to stop."""

    attempt: Attempt
    stopped: Callable[[], bool]
    """True once the user cancelled, the time is over, or the lease was lost. Cheap; ask often."""

    @property
    def fence(self) -> int:
        return self.attempt.fence


@dataclass(frozen=True, slots=True)
class Progress:
    """Where this supervisor stands."""

    done: int = 0
    failed: int = 0
    poison: int = 0
    retried: int = 0
    """Attempts that ended badly and are tried again."""
    lost: int = 0
    """Attempts whose outcome came too late and had no effect."""
    active: int = 0
    queued: int = 0
    elsewhere: int = 0
    """Jobs that other supervisors hold."""
    last: Job | None = None
    """The job that was ended last."""


@dataclass
class _Active:
    claim: Claim
    started: float
    """time.monotonic()"""
    worker: threading.Thread
    stop: threading.Event
    told_to_stop: float | None = None
    timed_out: bool = False


class Supervisor:
    """Works a queue until it is empty or someone cancels.

    ``run_attempt(job, turn)`` may be called from several threads at once. An exception in it counts as an
    attempt that ended badly; its text is kept only if it is one of ours (others may hold names or paths).
    ``max_attempts`` counts attempts that ended badly; those that vanished with the process have a bound of their
    own (LOST_ALLOWED).
    ``attempt_s`` bounds one attempt: past it the attempt is told to stop, and ``grace_s`` later it is
    abandoned (its thread may hang, but can change nothing any more) and another worker takes its place.
    ``on_progress`` is called after every change from worker threads, one call at a time.
    """

    def __init__(
        self,
        storage: JobStorage,
        run_attempt: Callable[[Job, Turn], AttemptOutcome],
        *,
        workers: int,
        lease_s: float = LEASE_S,
        max_attempts: int = 3,
        attempt_s: float | None = None,
        grace_s: float = GRACE_S,
        kinds: Sequence[str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        cancelled: threading.Event | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if workers < 1 or lease_s <= 0 or max_attempts < 1:
            raise ValueError("a supervisor needs at least one worker, one attempt and a lease")
        self._storage = storage
        self._run_attempt = run_attempt
        self._workers = workers
        self._lease = timedelta(seconds=lease_s)
        self._max_attempts = max_attempts
        self._attempt_s = attempt_s
        self._grace_s = grace_s
        self._kinds = kinds
        self._on_progress = on_progress
        self._clock = clock
        self._owner = this_process()
        self.cancelled = cancelled or threading.Event()
        """Set it (from any thread or a signal handler) to stop cleanly."""
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._active: dict[str, _Active] = {}
        self._starting = 0
        self._threads: list[threading.Thread] = []
        self._counts = dict.fromkeys(("done", "failed", "poison", "retried", "lost"), 0)
        self._last: Job | None = None
        self._faults: list[BaseException] = []
        self._finished = threading.Event()

    def run_until_empty(self) -> Progress:
        """Work until nothing is left to claim and no own attempt runs; jobs held elsewhere are not awaited.

        On Ctrl-C the running attempts are told to stop and their jobs are given back, then KeyboardInterrupt
        goes on. A fault of the storage itself ends everything and is raised.
        """
        keeper = threading.Thread(target=self._keep, name="lease keeper", daemon=True)
        try:
            # Ctrl-C may come between the start of two workers: the first may have a job by then.
            keeper.start()
            for _ in range(self._workers):
                self._start_worker()
            self._wait()
        except KeyboardInterrupt:
            self.cancelled.set()
            self._wait()
            raise
        finally:
            self._finished.set()
            if keeper.ident is not None:
                keeper.join()
        if self._faults:
            raise self._faults[0]
        return self.progress()

    def progress(self) -> Progress:
        queued = running = 0
        kinds: Sequence[str | None] = [None] if self._kinds is None else self._kinds
        for kind in kinds:
            counts = self._storage.counts(kind)
            queued += counts[JobState.QUEUED]
            running += counts[JobState.RUNNING]
        with self._lock:
            active = len(self._active)
            return Progress(
                **self._counts,
                active=active,
                queued=queued,
                elsewhere=max(0, running - active),
                last=self._last,
            )

    # threads

    def _start_worker(self) -> None:
        # Daemon threads: one that hangs in an abandoned attempt must not keep the process from ending.
        worker = threading.Thread(target=self._work, name="job worker", daemon=True)
        with self._lock:
            self._threads.append(worker)
        try:
            worker.start()
        except BaseException:
            with self._lock:
                if worker.ident is None:  # if it does start after all, it finds that it is not wanted
                    self._threads.remove(worker)
            raise

    def _wait(self) -> None:
        """Until all workers that were not abandoned have ended.

        Not by ``Thread.join``: interrupted by Ctrl-C it marks a living thread as ended (CPython 3.11,
        ``_wait_for_tstate_lock``), and the job in its hands would not be given back.
        """
        while True:
            with self._lock:
                if not self._threads:
                    return
            time.sleep(WAIT_S)

    def _work(self) -> None:
        """One worker's life."""
        try:
            while not self.cancelled.is_set() and self._is_wanted():
                with self._lock:
                    self._starting += 1
                try:
                    claim = self._storage.claim(
                        self._owner,
                        self._clock(),
                        self._lease,
                        self._max_attempts + LOST_ALLOWED,
                        self._kinds,
                    )
                    active = self._begin(claim) if claim else None
                finally:
                    with self._lock:
                        self._starting -= 1
                if active is not None:
                    self._attempt(active)
                elif self._is_quiet():
                    return
                else:
                    self.cancelled.wait(IDLE_S)
        except BaseException as fault:  # the boundary of a thread: whatever it is, the caller must see it
            with self._lock:
                self._faults.append(fault)
            self.cancelled.set()
        finally:
            self._storage.close_thread()
            with self._lock:
                if threading.current_thread() in self._threads:
                    self._threads.remove(threading.current_thread())

    def _is_wanted(self) -> bool:
        """False for the thread of an abandoned attempt, once it wakes: another one has taken its place."""
        with self._lock:
            return threading.current_thread() in self._threads

    def _is_quiet(self) -> bool:
        with self._lock:
            return not self._active and not self._starting

    def _begin(self, claim: Claim) -> _Active:
        active = _Active(claim, time.monotonic(), threading.current_thread(), threading.Event())
        with self._lock:
            self._active[claim.job.job_id] = active
        return active

    def _attempt(self, active: _Active) -> None:
        job, attempt = active.claim.job, active.claim.attempt
        turn = Turn(attempt, lambda: self.cancelled.is_set() or active.stop.is_set())
        try:
            outcome = self._run_attempt(job, turn)
        except WitnessmarkError as error:
            outcome = AttemptOutcome(AttemptEnd.RETRY, str(error))
        except Exception as error:  # the worker boundary: its text may hold evidence names, its type cannot
            outcome = AttemptOutcome(AttemptEnd.RETRY, f"the attempt raised {type(error).__name__}")
        self._hand_in(active, outcome)

    def _hand_in(self, active: _Active, outcome: AttemptOutcome) -> None:
        job, fence, now = active.claim.job, active.claim.attempt.fence, self._clock()
        end, cause = outcome.end, outcome.cause
        if active.timed_out and end is not AttemptEnd.DONE:
            end, cause = AttemptEnd.RETRY, "the attempt took too long"
        elif self.cancelled.is_set() and end is AttemptEnd.RETRY:
            end = AttemptEnd.CANCELLED
        if end is AttemptEnd.DONE:
            try:
                result = "done" if self._storage.complete(job.job_id, fence, now, outcome.save) else "lost"
            except WitnessmarkError as error:
                result = self._failed(job, fence, AttemptEnd.RETRY, str(error))
            except (
                Exception
            ) as error:  # saving hostile results may fail in ways of its own: never the whole run
                cause = f"the results could not be saved ({type(error).__name__})"
                result = self._failed(job, fence, AttemptEnd.RETRY, cause)
        elif end is AttemptEnd.CANCELLED:
            self._storage.give_back(job.job_id, fence, now)
            result = ""
        else:
            result = self._failed(job, fence, end, cause)
        self._ended(active, result)

    def _failed(self, job: Job, fence: int, end: AttemptEnd, cause: str) -> str:
        allowed = self._max_attempts + self._lost_before(job)
        state = self._storage.fail(job.job_id, fence, self._clock(), end, cause, allowed)
        if state is None:
            return "lost"
        return {JobState.QUEUED: "retried", JobState.POISON: "poison"}.get(state, "failed")

    def _lost_before(self, job: Job) -> int:
        """Attempts of this job that vanished with their process, and do not count against it."""
        counted = [a for a in self._storage.attempts(job.job_id) if a.ended is not AttemptEnd.CANCELLED]
        return sum(a.ended is AttemptEnd.LOST for a in counted[-job.attempts :])

    def _ended(self, active: _Active, result: str) -> None:
        job = active.claim.job
        with self._lock:
            if self._active.get(job.job_id) is active:
                del self._active[job.job_id]
            if result:
                self._counts[result] += 1
            self._last = job
        if self._on_progress is not None:
            with self._telling:
                self._on_progress(self.progress())

    # leases and time

    def _keep(self) -> None:
        """Renews leases, ends what takes too long, abandons what does not end."""
        period = self._lease.total_seconds() / RENEWALS_PER_LEASE
        tick = min(period, 1.0)
        renewed = time.monotonic()
        try:
            while not self._finished.wait(tick):
                now = time.monotonic()
                renew = now - renewed >= period
                if renew:
                    renewed = now
                with self._lock:
                    actives = list(self._active.values())
                for active in actives:
                    self._look_after(active, now, renew=renew)
        except BaseException as fault:  # the boundary of a thread
            with self._lock:
                self._faults.append(fault)
            self.cancelled.set()
        finally:
            self._storage.close_thread()

    def _look_after(self, active: _Active, now: float, *, renew: bool) -> None:
        if self._attempt_s is not None and now - active.started > self._attempt_s:
            active.timed_out = True
            active.stop.set()
        if active.told_to_stop is None and (active.stop.is_set() or self.cancelled.is_set()):
            active.told_to_stop = now
        if active.told_to_stop is not None and now - active.told_to_stop > self._grace_s:
            self._abandon(active)
        elif renew:
            job, fence = active.claim.job, active.claim.attempt.fence
            if not self._storage.renew(job.job_id, fence, self._clock() + self._lease):
                active.stop.set()

    def _abandon(self, active: _Active) -> None:
        """Go on without an attempt that does not end. Its fence is void, so it can do no more."""
        with self._lock:
            if self._active.get(active.claim.job.job_id) is not active:
                return
        if not self.cancelled.is_set():
            # Before the other is given up: at no moment may all workers seem to have ended.
            self._start_worker()
        with self._lock:
            self._threads.remove(active.worker)
        job, fence = active.claim.job, active.claim.attempt.fence
        if active.timed_out:
            result = self._failed(job, fence, AttemptEnd.RETRY, "the attempt took too long and did not stop")
        else:
            self._storage.give_back(job.job_id, fence, self._clock())
            result = ""
        self._ended(active, result)
