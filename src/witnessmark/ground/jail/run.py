"""Run one task in one jailed child, and say how it ended.

One process per attempt, started with posix_spawn (safe from any thread), reaped before ``run`` returns,
whatever happens. No temporary files; no descriptor but the given ones reaches the child.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from witnessmark.ground.jail import namespaces, wire
from witnessmark.ground.jail.frames import FrameReader, OnBlob, OnRecord, ProtocolBroken
from witnessmark.ground.jail.grants import ENVIRONMENT, INTERPRETER_FLAGS, grants_for
from witnessmark.ground.jail.terms import Budget, Ended, JailResult, Level
from witnessmark.model.errors import JailError

CHILD = str(Path(__file__).with_name("child.py"))
PIPE_BYTES = 1 << 20
STDERR_BYTES = 16 << 10
TICK_S = 0.1
"""How often cancelling and time limits are looked at while the child is silent."""
GRACE_S = 5.0
"""How long a child may take to end once it has closed its results."""
HIGH_FD = 100
"""Descriptors are first copied up here, so that putting one in its place never overwrites another."""


@dataclass(slots=True)
class _Child:
    pid: int
    request_fd: int
    result_fd: int
    stderr_fd: int


@dataclass(slots=True)
class _Verdict:
    """Why the parent ended the child; None where the child ended by itself."""

    ended: Ended | None = None
    detail: str = ""


def run(
    task: str,
    request: Mapping[str, Any],
    *,
    files: Mapping[str, int] | None = None,
    secrets: Mapping[str, bytes] | None = None,
    budget: Budget | None = None,
    on_record: OnRecord,
    on_blob: OnBlob | None = None,
    cancelled: Callable[[], bool] | None = None,
    allow_unsandboxed: bool = False,
    readable: Sequence[str] = (),
) -> JailResult:
    """Run ``package.module:function`` as ``function(request, files, secrets, outlet)`` in a jailed child.

    ``files`` are descriptors open for reading only; the child gets copies (sharing the file offset: read
    with pread). ``readable``: more files or folders of the user's that the child may read (a speech model), never
    evidence. ``on_record(dict)`` and ``on_blob(name, piece, is_last)`` are called in this thread, in
    the order sent. What they raise ends the child and passes through.
    Raises JailError where this machine cannot build a jail and ``allow_unsandboxed`` is not set.
    """
    files, secrets, budget = files or {}, secrets or {}, budget or Budget()
    grants = grants_for(task.partition(".")[0].partition(":")[0])
    if readable:
        grants = replace(grants, readable=(*grants.readable, *readable))
    wrapper = namespaces.wrapper(grants)
    order = {
        "task": task,
        "request": dict(request),
        "files": list(files),
        "secrets": {name: base64.b64encode(secret).decode() for name, secret in secrets.items()},
        "memory_bytes": budget.memory_bytes,
        "cpu_s": budget.cpu_s,
        "parent_pid": None if wrapper else os.getpid(),
        "in_namespaces": bool(wrapper),
        "readable": list(grants.readable),
        "path": list(grants.path),
        "packages": dict(grants.packages),
        "allow_unsandboxed": allow_unsandboxed,
    }
    text = json.dumps(order, allow_nan=False).encode()
    started = time.monotonic()
    child = _spawn([*wrapper, grants.interpreter, *INTERPRETER_FLAGS, CHILD], list(files.values()))
    reader = FrameReader(budget, on_record, on_blob)
    stderr = bytearray()
    verdict = _Verdict()
    status, cpu_s = 0, 0.0
    try:
        _converse(
            child, len(text).to_bytes(4, "big") + text, reader, stderr, verdict, budget, started, cancelled
        )
    finally:
        status, cpu_s = _reap(child, verdict)
    ended, detail = _judge(status, cpu_s, bool(wrapper), verdict, reader, budget)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == wire.EXIT_TOO_WEAK and not allow_unsandboxed:
        raise JailError(
            "this machine cannot build the sandbox that evidence must be opened in",
            "use a Linux kernel with seccomp and Landlock (5.13 or later), or accept the risk with"
            " --accept-unsandboxed, which is logged and shown",
        )
    return JailResult(
        ended=ended,
        detail=detail,
        cpu_s=cpu_s,
        wall_s=time.monotonic() - started,
        level=reader.level or Level.S0,
        stderr_tail=stderr.decode("utf-8", "replace"),
    )


def _spawn(command: list[str], files: list[int]) -> _Child:
    """Start the child with exactly the descriptors 0 to 4 and the given files from 5 up."""
    for fd in files:
        if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY:
            raise JailError("a descriptor that is open for writing may not enter the jail")
    opened: list[int] = []

    def keep(pair: tuple[int, int]) -> tuple[int, int]:
        opened.extend(pair)
        return pair

    try:
        request_out, request_in = keep(os.pipe2(os.O_CLOEXEC))
        result_out, result_in = keep(os.pipe2(os.O_CLOEXEC))
        stderr_out, stderr_in = keep(os.pipe2(os.O_CLOEXEC))
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        opened.append(nothing)
        try:
            fcntl.fcntl(result_out, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        except OSError:
            pass  # a user's pipe quota is used up: the default size works too
        actions = []
        for target, source in enumerate([nothing, nothing, stderr_in, request_out, result_in, *files]):
            high = fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, HIGH_FD + len(files))
            opened.append(high)
            actions.append((os.POSIX_SPAWN_DUP2, high, target))
        pid = os.posix_spawn(
            command[0],
            command,
            dict(ENVIRONMENT),
            file_actions=actions,
            setsigmask=(),
            setsigdef=(signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ),
        )
    except BaseException:
        for fd in opened:
            os.close(fd)
        raise
    ours = {request_in, result_out, stderr_out}
    for fd in opened:
        if fd not in ours:
            os.close(fd)
    for fd in ours:
        os.set_blocking(fd, False)
    return _Child(pid, request_in, result_out, stderr_out)


def _converse(
    child: _Child,
    order: bytes,
    reader: FrameReader,
    stderr: bytearray,
    verdict: _Verdict,
    budget: Budget,
    started: float,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Send the order, take the frames, keep the time, until the child closes its results or must be ended.

    The request pipe stays open: the child dies when it closes.
    """
    poll = select.poll()
    poll.register(child.request_fd, select.POLLOUT)
    poll.register(child.result_fd, select.POLLIN)
    poll.register(child.stderr_fd, select.POLLIN)
    unsent = memoryview(order)
    last_word = started
    while verdict.ended is None:
        ready = dict(poll.poll(TICK_S * 1000))
        if child.request_fd in ready:
            try:
                unsent = unsent[os.write(child.request_fd, unsent) :]
            except BrokenPipeError:
                unsent = unsent[:0]
            if not unsent:
                poll.unregister(child.request_fd)
        if child.stderr_fd in ready and not _take_stderr(child.stderr_fd, stderr):
            poll.unregister(child.stderr_fd)
        now = time.monotonic()
        if child.result_fd in ready:
            data = os.read(child.result_fd, PIPE_BYTES)
            last_word = now
            try:
                if not data:
                    reader.end()
                    return
                reader.take(data)
            except ProtocolBroken as broken:
                verdict.ended, verdict.detail = Ended.BROKE_PROTOCOL, str(broken)
        if cancelled is not None and cancelled():
            verdict.ended, verdict.detail = Ended.CANCELLED, "cancelled"
        elif verdict.ended is None and now - started > budget.wall_s:
            verdict.ended, verdict.detail = Ended.TIMED_OUT, f"no end within {budget.wall_s:g} s"
        elif verdict.ended is None and budget.silence_s is not None and now - last_word > budget.silence_s:
            verdict.ended, verdict.detail = Ended.TIMED_OUT, f"silent for {budget.silence_s:g} s"


def _take_stderr(fd: int, kept: bytearray) -> bool:
    """Keep the last few kilobytes. False at the end."""
    try:
        data = os.read(fd, 1 << 16)
    except BlockingIOError:
        return True
    kept += data
    del kept[:-STDERR_BYTES]
    return bool(data)


def _reap(child: _Child, verdict: _Verdict) -> tuple[int, float]:
    """End the child if it must be ended, collect it, and close our descriptors. Status and CPU seconds."""
    failing = sys.exc_info()[0] is not None
    try:
        if verdict.ended is not None or failing:
            os.kill(child.pid, signal.SIGKILL)
        deadline = time.monotonic() + GRACE_S
        pause_s = 0.0005
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                return status, usage.ru_utime + usage.ru_stime
            if time.monotonic() > deadline and verdict.ended is None:
                verdict.ended, verdict.detail = Ended.BROKE_PROTOCOL, "it closed its results but did not end"
                os.kill(child.pid, signal.SIGKILL)
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, 0.05)
    finally:
        for fd in (child.request_fd, child.result_fd, child.stderr_fd):
            os.close(fd)


def _judge(
    status: int, cpu_s: float, in_namespaces: bool, verdict: _Verdict, reader: FrameReader, budget: Budget
) -> tuple[Ended, str]:
    """What the exit status, together with what was said, amounts to."""
    if verdict.ended is not None:
        return verdict.ended, verdict.detail
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
    if in_namespaces and code > 128:
        number = code - 128  # bubblewrap passes on a signal as 128 + its number
    if number == signal.SIGXCPU or (number == signal.SIGKILL and cpu_s >= budget.cpu_s):
        return Ended.TIMED_OUT, f"used up {budget.cpu_s} s of CPU time"
    if number == signal.SIGKILL or code == wire.EXIT_MEMORY:
        return Ended.OUT_OF_MEMORY, "ran out of memory"
    if number:
        return Ended.CRASHED, f"ended by {_signal_name(number)}"
    if code:
        return Ended.CRASHED, f"raised {reader.fault}" if reader.fault else f"ended with code {code}"
    if not reader.done:
        return Ended.BROKE_PROTOCOL, "it ended without saying that it was done"
    return Ended.DONE, ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
