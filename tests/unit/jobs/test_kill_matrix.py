"""kill -9 of everything at random moments: afterwards every job is done, once, and nothing is left running."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.catalogues import Maker
from witnessmark.ground.jobs import AttemptEnd, JobState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROGRAM = """
import subprocess, sys
from datetime import datetime, UTC
from pathlib import Path
from uuid import uuid4
from witnessmark.ground.catalogue import open_catalogue
from witnessmark.ground.jobs import AttemptEnd, AttemptOutcome, Supervisor
from witnessmark.model.records import SourceStatement

url, begun, nap = sys.argv[1:]
catalogue = open_catalogue(url, bytes(range(32)))

def attempt(job, turn):
    Path(begun).touch()
    # Stands for the jailed child, which dies with its parent in the same way.
    subprocess.run(["setpriv", "--pdeathsig=KILL", "sleep", nap], check=True)
    effect = SourceStatement(str(uuid4()), job.item_id, b"", datetime.now(UTC))
    return AttemptOutcome(AttemptEnd.DONE, save=lambda: catalogue.add_source_statement(effect))

Supervisor(catalogue.job_storage(), attempt, workers=3, max_attempts=50).run_until_empty()
"""


def living(nap: str) -> list[int]:
    """Processes that sleep for exactly this job's time."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if arguments[:2] == [b"sleep", nap.encode()]:
            found.append(int(folder.name))
    return found


def matrix(catalogues: Maker, folder: Path, *, jobs: int, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    url = catalogues.new_url()
    nap = f"0.0{chance.randrange(30_000_000, 60_000_000)}"
    catalogue = catalogues.open(url)
    catalogue.job_storage().enqueue("examine", [f"item {n}" for n in range(jobs)], NOW)
    for kill in range(kills):
        begun = folder / f"begun {kill}"
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, url, str(begun), nap])
        until = time.monotonic() + 60
        while not begun.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.25))
        process.send_signal(signal.SIGKILL)
        process.wait()
        until = time.monotonic() + 2
        while living(nap) and time.monotonic() < until:
            time.sleep(0.02)
        assert living(nap) == []
    last = [sys.executable, "-c", PROGRAM, url, str(folder / "last"), nap]
    subprocess.run(last, check=True, timeout=120)
    store = catalogue.job_storage()
    effects = sorted(statement.source_pseudonym for statement in catalogue.source_statements())
    assert effects == sorted(f"item {n}" for n in range(jobs))
    assert store.counts() == {state: jobs if state is JobState.DONE else 0 for state in JobState}
    attempts = [attempt for job in store.jobs() for attempt in store.attempts(job.job_id)]
    assert {attempt.ended for attempt in attempts} <= {AttemptEnd.DONE, AttemptEnd.LOST}
    assert len(attempts) - jobs <= 3 * kills
    assert catalogue.integrity_check() == []


def test_killed_at_random_moments(catalogues: Maker, tmp_path: Path) -> None:
    """A power cut in the night must cost minutes of work, and nothing else."""
    matrix(catalogues, tmp_path, jobs=9, kills=2 if catalogues.kind == "sqlcipher" else 1, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_killed_six_times_among_thirty_jobs(catalogues: Maker, tmp_path: Path, seed: int) -> None:
    """The same, thirty jobs and six kills, many times over."""
    matrix(catalogues, tmp_path, jobs=30, kills=6, seed=seed)
