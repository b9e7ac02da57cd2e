"""kill -9 at random moments of receiving and examining, the whole journey through the real door.

A series is one case: it is killed several times in `receive`, run to the end, killed several times in `examine`, run
to the end, and then must be what an undisturbed run makes. After each kill: no process lives on, and nothing of the
evidence stands in the clear on the disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import shutil
import signal
import time
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from bench import results

from tests.corpus.clips import make_clip
from tests.support.clear_text import Traces
from tests.support.rounds import SEED, rounds, seeded, soaking
from tests.support.standing import Standing, recomputed_root, unsound
from tests.support.terminal import PASSPHRASE, Terminal
from witnessmark.case.wiring import open_case

KILLS = 100
KILLS_IN_SERIES = 5
FIRST_MOMENT = 0.15
"""Share of a run that is spent starting the interpreter: nothing is at stake before it."""
LAST_MOMENT = 0.95


def make_source(folder: Path) -> Path:
    """Clips that differ, one of them twice, a document, and an archive with members of its own."""
    (folder / "ward").mkdir(parents=True)
    for number in range(6):
        make_clip(
            folder / "ward" / f"corridor-{number}.mp4",
            seconds=1.2 + 0.4 * number,
            size=(160, 120),
            seed=number + 1,
            audio=number % 2 == 0,
        )
    shutil.copy(folder / "ward" / "corridor-0.mp4", folder / "the-same-again.mp4")
    (folder / "inventory-of-rooms.txt").write_text(
        "".join(f"room {n}: camera {n * 7919 % 97}\n" for n in range(400))
    )
    chance = random.Random(5)
    with zipfile.ZipFile(folder / "phone-dump.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("DCIM/voice-note.bin", chance.randbytes(300_000))
        archive.write(folder / "ward" / "corridor-1.mp4", "DCIM/copied-clip.mp4")
    return folder


@dataclass
class World:
    terminal: Terminal
    source: Path
    case: Path
    fresh: Path
    traces: Traces
    undisturbed: Standing
    took_s: dict[str, float]

    def command(self, verb: str) -> tuple[object, ...]:
        return ("receive", self.case, self.source) if verb == "receive" else ("examine", self.case)

    def begin_again(self) -> None:
        """The case as `new` made it, in its place: a copy elsewhere would open for reading only."""
        for path in self.case.iterdir():
            if path.name != "keys":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in self.fresh.iterdir():
            if path.name != "keys":
                target = self.case / path.name
                shutil.copytree(path, target) if path.is_dir() else shutil.copy2(path, target)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("kill")
    source = make_source(folder / "disk")
    terminal, case = Terminal(folder), folder / "case"
    terminal.run("new", case, "--name", "killed", "--shares", folder / "shares")
    shutil.copytree(case, folder / "fresh")
    took_s = {}
    for verb, words in (("receive", (case, source)), ("examine", (case,))):
        began = time.monotonic()
        terminal.run(verb, *words)
        took_s[verb] = time.monotonic() - began
    with open_case(case, PASSPHRASE) as opened:
        undisturbed = Standing.of(opened)
        assert unsound(opened) == []
    # A killed run may leave an empty file there (Python's own search for a C library); it is searched for traces.
    assert list(terminal.tmp.iterdir()) == []
    return World(terminal, source, case, folder / "fresh", Traces.of(source), undisturbed, took_s)


def kill_once(world: World, verb: str, chance: random.Random) -> bool:
    """Start, kill at a random moment, look around. False where the command had ended before."""
    process = world.terminal.start(*world.command(verb))
    time.sleep(chance.uniform(FIRST_MOMENT, LAST_MOMENT) * world.took_s[verb])
    was_running = process.poll() is None
    with contextlib.suppress(ProcessLookupError):
        # Every second time only the command itself: its jailed children must then end by themselves.
        (os.killpg if chance.random() < 0.5 else os.kill)(process.pid, signal.SIGKILL)
    process.communicate()
    assert world.terminal.alone(process.pid) == []
    assert world.traces.found_in([world.case, world.terminal.tmp]) == []
    return was_running


def assert_same(found: Standing, undisturbed: Standing) -> None:
    """The same in all that can be compared.

    A kill can come after the receipt was signed and before the command ended. The same command then finds
    everything held, and says so in a receipt of its own: that is a run like any other, and the first receipt counts.
    """
    first, *further = found.receipts
    assert first == undisturbed.receipts[0]
    for part in (receipt[name] for receipt in further for name in ("files", "members")):
        assert (part["sealed"]["files"], part["balanced"]) == (0, True)
    runs = len(found.receipts)
    assert found.occurrences == {digest: n * runs for digest, n in undisturbed.occurrences.items()}
    assert replace(found, receipts=(), occurrences={}) == replace(undisturbed, receipts=(), occurrences={})


@pytest.mark.timeout(3600)
def test_killed_at_random_moments(world: World) -> None:
    """A power cut in the night must cost minutes of work: no file, no finding, no count, and no word in the clear."""
    begun_at = results.commit()
    chance, kills, hits = seeded("kill"), rounds(KILLS), 0
    for _ in range(kills // KILLS_IN_SERIES):
        world.begin_again()
        in_receive = chance.randint(1, KILLS_IN_SERIES - 1)
        for verb, times in (("receive", in_receive), ("examine", KILLS_IN_SERIES - in_receive)):
            hits += sum(kill_once(world, verb, chance) for _ in range(times))
            world.terminal.run(*world.command(verb))
        with open_case(world.case, PASSPHRASE) as case:
            assert_same(Standing.of(case), world.undisturbed)
            assert unsound(case) == []
        said = world.terminal.run("audit", world.case)
        assert (said.document["ok"], said.document["problems"]) == (True, [])
        assert world.traces.found_in([world.case, world.terminal.tmp]) == []
    print(f"kills: {kills}, of which {hits} met a running command")
    if soaking():
        figures = {"kills": kills, "met_a_running_command": hits, "end_states_that_differed": 0}
        held = results.document("kills", seed=SEED, words=("soak",), begun_at=begun_at, figures=figures)
        results.write("kills", held)
    with open_case(world.case, PASSPHRASE) as case:
        roots = {s.item_id: s.seal.item_root.hex() for s in case.catalogue.seals()}
        again = {
            i.item_id: recomputed_root(case, i.object_name)
            for i in case.catalogue.items()
            if i.item_id in roots
        }
        assert roots and again == roots


def test_shut_down_again_and_again_while_one_clip_is_examined(tmp_path: Path) -> None:
    """A laptop that is shut every evening must not get its longest clip declared unexaminable."""
    terminal, case = Terminal(tmp_path), tmp_path / "case"
    make_clip(tmp_path / "long.mp4", seconds=6, size=(320, 240), seed=1)
    terminal.run("new", case, "--name", "one clip", "--shares", tmp_path / "shares")
    terminal.run("receive", case, tmp_path / "long.mp4")
    for _ in range(4):
        process = terminal.start("examine", case)
        until = time.monotonic() + 60
        while len(terminal.alone(process.pid, 0)) < 2 and time.monotonic() < until:  # its jailed child
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    said = terminal.run("examine", case).document
    assert (said["done"], said["failed"]) == (1, 0)
    outcomes = {f["outcome"] for f in terminal.run("findings", case).document["findings"]}
    assert "failed" not in outcomes


def test_drafts_of_a_killed_write_are_swept(tmp_path: Path) -> None:
    """A half-written receipt or key file beside the whole ones would be taken for evidence, or for a loss."""
    terminal, case = Terminal(tmp_path), tmp_path / "case"
    (tmp_path / "letter.txt").write_text("about the second floor\n" * 9)
    terminal.run("new", case, "--name", "drafts", "--shares", tmp_path / "shares")
    terminal.run("receive", case, tmp_path / "letter.txt")
    left = [
        case / place / f".{'0' * 32}.draft" for place in ("receipts", "keys", "keys/people", "keys/epochs")
    ]
    for path in left:
        path.write_bytes(b"half of it")
    with left[0].open("rb") as written:
        fcntl.flock(written, fcntl.LOCK_EX)  # its writer lives
        terminal.run("items", case)
        assert [path.exists() for path in left] == [True, False, False, False]
    assert terminal.run("audit", case).document["problems"] == []
    assert not left[0].exists()
