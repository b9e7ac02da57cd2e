"""Jobs and attempts on Django (implements ``ground.jobs.storage.JobStorage``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from witnessmark.ground.catalogue.configure import disconnect_thread
from witnessmark.ground.catalogue.models import AttemptRow, JobRow
from witnessmark.ground.catalogue.rows import Rows
from witnessmark.ground.catalogue.tables.base import new_id
from witnessmark.ground.jobs.owner import Owner
from witnessmark.ground.jobs.storage import Attempt, AttemptEnd, Claim, Job, JobState

ENQUEUE_LOCK = 0x7769746E_6A6F6273
"""Number of the PostgreSQL advisory lock that serialises queueing ("witn" "jobs" in ASCII)."""
OPEN = (str(JobState.QUEUED), str(JobState.RUNNING))
VANISHED = "the process that held it vanished"
RAN_OUT = "its holder gave no sign of life until the lease ran out"


class JobStore:
    """Every change names, through the row digest, the very state, fence and lease that was read."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def enqueue(self, kind: str, item_ids: Sequence[str], now: datetime) -> Sequence[Job]:
        with self._rows.transaction():
            self._rows.exclusive(ENQUEUE_LOCK)
            waiting = self._rows.of(JobRow).filter(kind=kind, state__in=OPEN)
            jobs = {row.item_id: row for row in waiting if row.item_id in set(item_ids)}
            new = [
                JobRow(
                    id=new_id(),
                    kind=kind,
                    item_id=item_id,
                    state=str(JobState.QUEUED),
                    attempts=0,
                    fence=0,
                    owner="",
                    # A microsecond apart: they are taken in the order given, not in that of their random ids.
                    queued_at=now + timedelta(microseconds=place),
                    cause="",
                )
                for place, item_id in enumerate(dict.fromkeys(item_ids))
                if item_id not in jobs
            ]
            self._rows.insert(new)
            jobs.update((row.item_id, row) for row in new)
            return [_job(jobs[item_id]) for item_id in item_ids]

    def claim(
        self,
        owner: Owner,
        now: datetime,
        lease: timedelta,
        max_attempts: int,
        kinds: Sequence[str] | None = None,
    ) -> Claim | None:
        # Asked first without a lock: a worker that waits for work must not hold up those who write.
        if not self._of_kinds(kinds, state=str(JobState.QUEUED)).exists() and not any(
            map(_why_lost(now), self._of_kinds(kinds, state=str(JobState.RUNNING)))
        ):
            return None
        with self._rows.transaction():
            self._take_away_lost(now, max_attempts, kinds)
            queued = self._rows.locked(JobRow, skip_locked=True, state=str(JobState.QUEUED))
            if kinds is not None:
                queued = queued.filter(kind__in=kinds)
            row = queued.order_by("queued_at", "id").first()
            if row is None:
                return None
            self._rows.change(
                row,
                state=str(JobState.RUNNING),
                attempts=row.attempts + 1,
                fence=row.fence + 1,
                owner=str(owner),
                lease_until=now + lease,
            )
            attempt = AttemptRow(
                id=new_id(),
                job_id=row.id,
                number=row.attempts,
                fence=row.fence,
                owner=str(owner),
                started_at=now,
                ended="",
                cause="",
            )
            self._rows.insert([attempt])
            return Claim(_job(row), _attempt(attempt))

    def renew(self, job_id: str, fence: int, lease_until: datetime) -> bool:
        with self._rows.transaction():
            row = self._held(job_id, fence)
            return row is not None and self._rows.change(row, lease_until=lease_until)

    def complete(self, job_id: str, fence: int, now: datetime, save: Callable[[], None] | None) -> bool:
        with self._rows.transaction():
            row = self._held(job_id, fence)
            if row is None or not self._rows.change(row, **_off(JobState.DONE), cause=""):
                return False
            self._close_attempt(row, now, AttemptEnd.DONE, "")
            if save is not None:
                save()
            return True

    def fail(
        self, job_id: str, fence: int, now: datetime, end: AttemptEnd, cause: str, max_attempts: int
    ) -> JobState | None:
        with self._rows.transaction():
            row = self._held(job_id, fence)
            return None if row is None else self._end_badly(row, now, end, cause, max_attempts)

    def give_back(self, job_id: str, fence: int, now: datetime) -> bool:
        with self._rows.transaction():
            row = self._held(job_id, fence)
            if row is None or not self._rows.change(row, **_off(JobState.QUEUED), attempts=row.attempts - 1):
                return False
            self._close_attempt(row, now, AttemptEnd.CANCELLED, "")
            return True

    def retry(self, job_id: str, now: datetime) -> bool:
        with self._rows.transaction():
            self._rows.exclusive(ENQUEUE_LOCK)
            row = self._rows.locked(JobRow, pk=job_id).first()
            if row is None or row.state not in (str(JobState.FAILED), str(JobState.POISON)):
                return False
            if self._rows.of(JobRow).filter(kind=row.kind, item_id=row.item_id, state__in=OPEN).exists():
                return False
            return self._rows.change(row, **_off(JobState.QUEUED), attempts=0, queued_at=now, cause="")

    def jobs(self, state: JobState | None = None, kind: str | None = None) -> Sequence[Job]:
        rows = self._of_kinds(None if kind is None else [kind]).order_by("queued_at", "id")
        return [_job(row) for row in (rows if state is None else rows.filter(state=str(state)))]

    def attempts(self, job_id: str) -> Sequence[Attempt]:
        rows = self._rows.of(AttemptRow).filter(job_id=job_id).order_by("fence")
        return [_attempt(row) for row in rows]

    def counts(self, kind: str | None = None) -> Mapping[JobState, int]:
        rows = self._of_kinds(None if kind is None else [kind]).order_by()
        found = dict(rows.values_list("state").annotate(Count("pk")))
        return {state: found.get(str(state), 0) for state in JobState}

    def close_thread(self) -> None:
        disconnect_thread(self._rows.alias)

    # within a transaction

    def _of_kinds(self, kinds: Sequence[str] | None, **where: Any) -> Any:
        rows = self._rows.of(JobRow).filter(**where)
        return rows if kinds is None else rows.filter(kind__in=kinds)

    def _held(self, job_id: str, fence: int) -> JobRow | None:
        return self._rows.locked(JobRow, pk=job_id, fence=fence, state=str(JobState.RUNNING)).first()

    def _take_away_lost(self, now: datetime, max_attempts: int, kinds: Sequence[str] | None) -> None:
        running = self._rows.locked(JobRow, skip_locked=True, state=str(JobState.RUNNING))
        if kinds is not None:
            running = running.filter(kind__in=kinds)
        why_lost = _why_lost(now)
        for row in running.order_by("id"):
            why = why_lost(row)
            if why:
                self._end_badly(row, now, AttemptEnd.LOST, why, max_attempts)

    def _end_badly(
        self, row: JobRow, now: datetime, end: AttemptEnd, cause: str, max_attempts: int
    ) -> JobState:
        if end is AttemptEnd.FAILED:
            state = JobState.FAILED
        elif row.attempts >= max_attempts:
            state = JobState.POISON
        else:
            state = JobState.QUEUED
        # To the end of the queue: what is broken must not keep what is whole waiting.
        self._rows.change(row, **_off(state), queued_at=now, cause=cause)
        self._close_attempt(row, now, end, cause)
        return state

    def _close_attempt(self, row: JobRow, now: datetime, end: AttemptEnd, cause: str) -> None:
        attempt = self._rows.locked(AttemptRow, job_id=row.id, fence=row.fence).get()
        self._rows.change(attempt, ended_at=now, ended=str(end), cause=cause)


def _off(state: JobState) -> dict[str, Any]:
    """What changes when nobody holds a job any more."""
    return {"state": str(state), "owner": "", "lease_until": None}


def _why_lost(now: datetime) -> Callable[[JobRow], str]:
    """Asks of a running job why its holder counts as lost; empty if it does not."""
    gone: dict[str, bool] = {}

    def why(row: JobRow) -> str:
        if row.owner not in gone:
            gone[row.owner] = Owner.parse(row.owner).is_gone
        if gone[row.owner]:
            return VANISHED
        return RAN_OUT if row.lease_until is None or row.lease_until <= now else ""

    return why


def _job(row: JobRow) -> Job:
    return Job(
        job_id=row.id,
        kind=row.kind,
        item_id=row.item_id,
        state=JobState(row.state),
        attempts=row.attempts,
        fence=row.fence,
        lease_until=row.lease_until,
        queued_at=row.queued_at,
        cause=row.cause,
    )


def _attempt(row: AttemptRow) -> Attempt:
    return Attempt(
        attempt_id=row.id,
        job_id=row.job_id,
        number=row.number,
        fence=row.fence,
        started_at=row.started_at,
        ended_at=row.ended_at,
        ended=AttemptEnd(row.ended) if row.ended else None,
        cause=row.cause,
    )
