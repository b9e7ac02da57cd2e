"""A real kill -9 at any moment: the same command goes on, and nothing is lost or counted twice."""

from __future__ import annotations

import hashlib
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.unit.receive import archives
from tests.unit.receive.world import World, sealed_world
from witnessmark.ground import jail
from witnessmark.receive.ports import FileReceived
from witnessmark.receive.settle import BatchLimits
from witnessmark.receive.transfer import Received

ROOT = Path(__file__).resolve().parents[3]
KILLS = 3


def run_on_disk(folder: Path) -> tuple[World, Received]:
    """One run over ``folder/disk`` with rows in a file that is replaced in one step, like a transaction."""
    world = sealed_world(folder / "objects", folder / "identity")
    saved = folder / "rows"
    if saved.exists():
        world.rows, world.items, world.occurrences = pickle.loads(saved.read_bytes())
    save = world.save

    def save_to_disk(batch: Sequence[FileReceived]) -> None:
        save(batch)
        fresh = folder / "rows.new"
        fresh.write_bytes(pickle.dumps((world.rows, world.items, world.occurrences)))
        fresh.replace(saved)

    world.save = save_to_disk  # type: ignore[method-assign]
    got = world.receive(folder / "disk", run_jailed=jail.run, batch=BatchLimits(files=8))
    return world, got


def test_kill_nine_at_random_moments(tmp_path: Path) -> None:
    """Power cuts do not wait for a batch to end."""
    disk = tmp_path / "disk"
    disk.mkdir()
    dice = random.Random(5)
    contents = [dice.randbytes(dice.choice((10, 40_000, 40_000, 9 << 20))) for _ in range(40)]
    for number, content in enumerate(contents):
        (disk / f"{number}.mp4").write_bytes(content)
    members = {f"m{number}": dice.randbytes(20_000) for number in range(60)}
    (disk / "archive.zip").write_bytes(archives.zip_of(members))
    command = [
        sys.executable,
        "-c",
        "import sys; from tests.unit.receive.test_kill import main; main(sys.argv[1])",
    ]
    for _ in range(KILLS):
        child = subprocess.Popen([*command, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(dice.uniform(0.02, 0.5))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
    world, got = run_on_disk(tmp_path)
    expected = {hashlib.sha256(content).digest() for content in [*contents, *members.values()]}
    expected.add(hashlib.sha256((disk / "archive.zip").read_bytes()).digest())
    assert (
        got.balanced,
        got.files.sealed.files,
        got.members.sealed.files,
        set(world.items),
        set(world.store.names()),
        len(world.occurrences),
        list((tmp_path / "objects" / ".drafts").iterdir()),
    ) == (
        True,
        41,
        60,
        expected,
        {item.object_name for item in world.items.values()},
        101,
        [],
    )


def main(folder: str) -> None:
    print("begun", flush=True)
    run_on_disk(Path(folder))
    time.sleep(60)
