"""The queue: every job is attempted by one holder at a time, and takes effect exactly once.

``storage`` says what a database must promise, ``supervisor`` runs attempts on worker threads (each of which
starts one jailed child), ``owner`` tells whether the process that holds a job still lives.
"""

from __future__ import annotations

from witnessmark.ground.jobs.owner import Owner, this_process
from witnessmark.ground.jobs.storage import Attempt, AttemptEnd, Claim, Job, JobState, JobStorage
from witnessmark.ground.jobs.supervisor import AttemptOutcome, Progress, Supervisor, Turn

__all__ = [
    "Attempt",
    "AttemptEnd",
    "AttemptOutcome",
    "Claim",
    "Job",
    "JobState",
    "JobStorage",
    "Owner",
    "Progress",
    "Supervisor",
    "Turn",
    "this_process",
]
