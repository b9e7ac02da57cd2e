"""The poison matrix: every way to go wrong ends in the right word, and leaves nobody behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from witnessmark.ground.jail import Budget, Ended, JailResult, Level, level, run
from witnessmark.model.errors import JailError

SMALL = Budget(memory_bytes=1 << 30, cpu_s=20, wall_s=20.0)
NO_RECORDS: list[dict[str, Any]] = []


def jailed(
    task: str, request: dict[str, Any] | None = None, **more: Any
) -> tuple[JailResult, list[dict[str, Any]]]:
    records: list[dict[str, Any]] = []
    more.setdefault("budget", SMALL)
    more.setdefault("on_record", records.append)
    result = run(f"tests.unit.jail.poison:{task}", request or {}, **more)
    return result, records


def children() -> set[int]:
    """Process ids of our children, ended ones that nobody waited for included (proc(5), stat, field 4)."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (OSError, ValueError):
                continue
            if int(fields[1]) == os.getpid():
                found.add(int(entry.name))
    return found


@pytest.fixture(autouse=True)
def _others() -> Iterator[None]:
    """Children that were there before: a database server of other tests, say."""
    OTHERS.clear()
    OTHERS.update(children())
    yield


OTHERS: set[int] = set()


def has_children() -> bool:
    return bool(children() - OTHERS)


def test_an_honest_task_gets_its_file_and_secret_and_is_heard(tmp_path: Path) -> None:
    """Lost otherwise: everything, since nothing is examined but through here."""
    (tmp_path / "object").write_bytes(b"sealed")
    fd = os.open(tmp_path / "object", os.O_RDONLY)
    pieces: dict[str, list[bytes]] = {}
    ends: list[str] = []

    def on_blob(name: str, piece: bytes, is_last: bool) -> None:
        pieces.setdefault(name, []).append(piece)
        if is_last:
            ends.append(name)

    result, records = jailed(
        "honest", {"say": "ü"}, files={"object": fd}, secrets={"key": b"\x01\x02"}, on_blob=on_blob
    )
    os.close(fd)
    expected = [{"read": "sealed", "secret": "0102", "said": "ü"}, {"level": str(level())}]
    assert (expected, Ended.DONE) == (records, result.ended), result.stderr_tail
    assert (b"".join(pieces["one"]), b"".join(pieces["two"])) == (b"a" * 700_000 + b"c", b"b")
    assert ends == ["two", "one"]


def test_the_child_sees_no_environment_and_no_stray_descriptor(tmp_path: Path) -> None:
    """Lost otherwise: passphrases in the environment and open case files would reach the decoder."""
    os.environ["WITNESSMARK_PASSPHRASE"] = "open sesame"
    stray = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(stray, True)
    try:
        _, records = jailed("environment")
    finally:
        del os.environ["WITNESSMARK_PASSPHRASE"]
        os.close(stray)
    assert "WITNESSMARK_PASSPHRASE" not in records[0]["names"]
    assert records[0]["fds"] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("task", "ended", "detail"),
    [
        ("segfault", Ended.CRASHED, "ended by SIGSEGV"),
        ("abort", Ended.CRASHED, "ended by SIGABRT"),
        ("out_of_memory", Ended.OUT_OF_MEMORY, "ran out of memory"),
        ("garbage", Ended.BROKE_PROTOCOL, "a frame that is too long"),
        ("unfinished_blob", Ended.BROKE_PROTOCOL, "a blob was never closed"),
        ("bad_blob_name", Ended.BROKE_PROTOCOL, "a blob that may not be opened"),
        ("silent_exit", Ended.BROKE_PROTOCOL, "it ended without saying that it was done"),
        ("second_level", Ended.BROKE_PROTOCOL, "a frame out of order"),
        ("run_program", Ended.CRASHED, "raised PermissionError"),
        ("open_socket", Ended.CRASHED, "raised PermissionError"),
        ("kill_parent", Ended.CRASHED, "raised PermissionError"),
        ("limit_parent", Ended.CRASHED, "raised PermissionError"),
        ("signal_by_descriptor", Ended.CRASHED, "raised PermissionError"),
    ],
)
def test_every_poison_ends_in_its_own_word(task: str, ended: Ended, detail: str) -> None:
    """Lost otherwise: a trap in the leak would look like an ordinary failure, or like success."""
    result, _ = jailed(task, on_blob=lambda name, piece, is_last: None)
    assert (ended, detail) == (result.ended, result.detail[: len(detail)]), result.stderr_tail
    assert not has_children()


@pytest.mark.parametrize("path", ["/etc/passwd", "/proc/self/environ", str(ROOT / "pyproject.toml")])
def test_the_child_cannot_read_what_it_was_not_given(path: str) -> None:
    """Lost otherwise: an exploited decoder reads the case, or the user's home."""
    result, _ = jailed("read_file", {"path": path})
    # Inside namespaces of its own the file is not even there.
    refusals = ("raised PermissionError", "raised FileNotFoundError")
    assert (result.ended, result.detail.startswith(refusals)) == (Ended.CRASHED, True)


def test_the_child_cannot_write_anywhere(tmp_path: Path) -> None:
    """Lost otherwise: plaintext of a victim's footage could be left on the disk."""
    result, _ = jailed("write_file", {"path": str(tmp_path / "left")})
    assert (result.ended, list(tmp_path.iterdir())) == (Ended.CRASHED, [])


def test_an_exception_is_named_without_its_text() -> None:
    """Lost otherwise: evidence text would reach logs by way of error messages."""
    result, _ = jailed("raises")
    assert result.detail.startswith("raised ValueError in tests.unit.jail.poison:")
    assert "victim" not in result.detail


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        "{",
        '{"a": NaN}',
        '{"a": 1e999}',
        "[" * 100_000,
        '{"a":' * 50_000,
        "\xff",
        '{"a":[' + "," * 3_000_000,
    ],
)
def test_records_that_are_not_finite_json_objects_break_the_protocol(text: str) -> None:
    """Lost otherwise: a hostile child could exhaust or mislead whoever parses its words."""
    result, records = jailed("raw_record", {"text": text})
    assert (result.ended, records) == (Ended.BROKE_PROTOCOL, NO_RECORDS)


def test_oversized_records_and_blobs_break_the_protocol() -> None:
    """Lost otherwise: one child could fill the memory or the disk of the case."""
    small = Budget(memory_bytes=1 << 30, wall_s=20.0, record_bytes=50_000, blob_bytes=200_000)
    got = [0]

    def count(name: str, piece: bytes, is_last: bool) -> None:
        got[0] += len(piece)

    record, _ = jailed("oversized", budget=small)
    blob, _ = jailed("overfull_blob", budget=small, on_blob=count)
    unasked, _ = jailed("overfull_blob", budget=small)
    assert [record.ended, blob.ended, unasked.ended] == [Ended.BROKE_PROTOCOL] * 3
    assert got[0] <= 200_000


@pytest.mark.parametrize("task", ["hang", "hang_holding_the_gil", "closes_and_stays"])
def test_hanging_is_cut_off(task: str) -> None:
    """Lost otherwise: one file would stop the whole examination for ever."""
    started = time.monotonic()
    result, _ = jailed(task, budget=Budget(memory_bytes=1 << 30, wall_s=0.7))
    expected = Ended.BROKE_PROTOCOL if task == "closes_and_stays" else Ended.TIMED_OUT
    assert expected == result.ended
    assert time.monotonic() - started < 8
    assert not has_children()


def test_silence_is_cut_off() -> None:
    """Lost otherwise: a stuck decoder is noticed only after the full hour."""
    result, _ = jailed("hang", budget=Budget(memory_bytes=1 << 30, wall_s=20.0, silence_s=0.5))
    assert (result.ended, result.detail) == (Ended.TIMED_OUT, "silent for 0.5 s")


def test_processor_time_is_cut_off_even_when_the_child_ignores_the_warning() -> None:
    """Lost otherwise: an endless decode burns the machine."""
    result, _ = jailed("burn", budget=Budget(memory_bytes=1 << 30, cpu_s=1, wall_s=20.0))
    assert (result.ended, result.detail) == (Ended.TIMED_OUT, "used up 1 s of CPU time")


def test_cancelling_ends_the_child() -> None:
    """Lost otherwise: stopping the examination leaves decoders running."""
    records: list[dict[str, Any]] = []
    result, _ = jailed("hang", on_record=records.append, cancelled=lambda: bool(records))
    assert result.ended == Ended.CANCELLED
    assert not has_children()


def test_trouble_of_the_listener_ends_the_child_and_passes_through() -> None:
    """Lost otherwise: a full disk in the parent would leave an orphan behind."""

    def full(record: dict[str, Any]) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        jailed("hang", on_record=full)
    assert not has_children()


def test_a_descriptor_open_for_writing_is_refused(tmp_path: Path) -> None:
    """Lost otherwise: the original could be altered from inside."""
    fd = os.open(tmp_path / "object", os.O_RDWR | os.O_CREAT)
    with pytest.raises(JailError):
        jailed("honest", {"say": ""}, files={"object": fd}, secrets={"key": b""})
    os.close(fd)


def test_the_libraries_come_up_inside() -> None:
    """Lost otherwise: a lock so tight that nothing can be examined."""
    result, records = jailed("use_libraries", budget=Budget(wall_s=60.0))
    assert (result.ended, records[0]["product"], records[0]["zone"]) == (Ended.DONE, 64.0, "Europe/Saratov")


def test_many_threads_may_run_children_at_once() -> None:
    """Lost otherwise: results of one attempt could reach another."""
    got: dict[int, Any] = {}

    def one(n: int) -> None:
        with open("/dev/null", "rb") as nothing:
            result, records = jailed(
                "honest",
                {"say": str(n)},
                files={"object": nothing.fileno()},
                secrets={"key": bytes([n])},
                on_blob=lambda name, piece, is_last: None,
            )
        got[n] = (result.ended, records[0]["said"])

    threads = [threading.Thread(target=one, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {n: (Ended.DONE, str(n)) for n in range(6)} == got


@pytest.mark.parametrize("task", ["hang", "hang_holding_the_gil"])
def test_the_child_dies_with_its_parent(task: str) -> None:
    """Lost otherwise: after a crash of the program, orphans go on reading evidence with its keys."""
    script = (
        "from witnessmark.ground.jail import run\n"
        f"run('tests.unit.jail.poison:{task}', {{}}, on_record=lambda r: print(r['pid'], flush=True))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_this_machine_reaches_a_level_worth_the_name() -> None:
    """Lost otherwise: a weaker kernel passes unnoticed; here Landlock and seccomp must hold."""
    assert level() in (Level.S2, Level.S3)
