"""A process locks itself: limits, capabilities, Landlock, system-call filter.

Establishes: from here on this process (and every thread it makes) can read only the paths granted to it and
the descriptors it holds, write only to descriptors it holds, and reach nothing else on the machine.
Must run before numpy or av are imported: both start threads, and Landlock confines the calling thread only.

Self-contained (standard library only): loaded by file before any package of ours.
Sources: landlock(7), ``include/uapi/linux/landlock.h`` (ABI 1 to 7), seccomp(2), prctl(2), capabilities(7).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import resource
import signal
import struct
from collections.abc import Callable, Iterable

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
SYS_LANDLOCK_CREATE, SYS_LANDLOCK_ADD, SYS_LANDLOCK_RESTRICT = 444, 445, 446
SYS_SECCOMP = {"x86_64": 317, "aarch64": 277}
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC = 1, 1
LANDLOCK_ASK_VERSION, LANDLOCK_PATH_BENEATH = 1, 1
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 1 << 2
"""All that root keeps: reading another user's installation (Landlock still decides where)."""
F_SETSIG = 10

READ_FILE, READ_DIR = 1 << 2, 1 << 3
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Every file right known from an ABI on: all are taken away (2: refer, 3: truncate, 5: device ioctl)."""
NETWORK_RIGHTS_FROM, NETWORK_RIGHTS = 4, 0b11
"""TCP bind and connect."""
SCOPES_FROM, SCOPES = 6, 0b11
"""Abstract unix sockets and signals to processes outside."""

_libc = ctypes.CDLL(None, use_errno=True)


def _syscall(number: int, *arguments: object) -> int:
    """A raw system call; raises OSError with its errno."""
    answer = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def limit(memory_bytes: int, cpu_s: int) -> None:
    """Address space, CPU time, no files, no cores, no further processes (threads neither, unless root)."""
    for name, soft, hard in (
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NPROC, 0, 0),
    ):
        ceiling = resource.getrlimit(name)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(name, (soft, hard))


def die_with(parent_pid: int | None, request_fd: int) -> None:
    """End this process when its parent ends, by two roads that need no cooperation of the interpreter.

    The kernel sends SIGKILL when the parent's thread dies, and again when the last writer of the request
    pipe is gone. ``parent_pid`` is None inside a process namespace, where the number means nothing.
    """
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent_pid is not None and os.getppid() != parent_pid:
        os._exit(1)
    fcntl.fcntl(request_fd, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(request_fd, F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(request_fd, fcntl.F_SETFL, fcntl.fcntl(request_fd, fcntl.F_GETFL) | os.O_ASYNC)


def drop_capabilities() -> None:
    """Root keeps nothing but reading; anyone else has nothing to drop."""
    number = SYS_CAPSET.get(platform.machine())
    if os.geteuid() != 0 or number is None:
        return
    header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION_3, 0))
    kept = ctypes.create_string_buffer(
        struct.pack("=6I", CAP_DAC_READ_SEARCH, CAP_DAC_READ_SEARCH, 0, 0, 0, 0)
    )
    _syscall(number, header, kept)


def landlock_abi() -> int:
    """The kernel's Landlock ABI; 0 where there is none."""
    try:
        return _syscall(SYS_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(LANDLOCK_ASK_VERSION))
    except OSError:
        return 0


def confine_files(readable: Iterable[str]) -> int:
    """Landlock: read-only on ``readable`` and what lies beneath, nothing elsewhere. Returns the ABI used.

    Paths that do not exist are passed over. Raises OSError where the kernel refuses.
    """
    abi = landlock_abi()
    if abi < 1:
        raise OSError("the kernel has no Landlock")
    files = max(rights for since, rights in FILE_RIGHTS.items() if since <= abi)
    words = [files]
    if abi >= NETWORK_RIGHTS_FROM:
        words.append(NETWORK_RIGHTS)
    if abi >= SCOPES_FROM:
        words.append(SCOPES)
    attributes = struct.pack(f"={len(words)}Q", *words)
    ruleset = _syscall(
        SYS_LANDLOCK_CREATE,
        ctypes.create_string_buffer(attributes, len(attributes)),
        ctypes.c_size_t(len(attributes)),
        ctypes.c_uint32(0),
    )
    try:
        for path in readable:
            _grant(ruleset, path)
        _syscall(SYS_LANDLOCK_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    return abi


def _grant(ruleset: int, path: str) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        is_folder = (os.fstat(fd).st_mode & 0o170000) == 0o040000
        rule = struct.pack("=Qi", READ_FILE | (READ_DIR if is_folder else 0), fd)
        _syscall(
            SYS_LANDLOCK_ADD,
            ctypes.c_int(ruleset),
            ctypes.c_int(LANDLOCK_PATH_BENEATH),
            ctypes.create_string_buffer(rule, len(rule)),
            ctypes.c_uint32(0),
        )
    finally:
        os.close(fd)


def filter_calls(program: bytes) -> None:
    """Install the system-call filter on every thread of this process. Raises OSError where refused."""
    number = SYS_SECCOMP[platform.machine()]
    steps = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog { unsigned short len; struct sock_filter *filter; } with natural alignment.
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(steps)))
    thread = _syscall(
        number,
        ctypes.c_uint(SECCOMP_SET_MODE_FILTER),
        ctypes.c_uint(SECCOMP_FILTER_FLAG_TSYNC),
        header,
    )
    if thread:
        raise OSError("a thread of this process could not be filtered")


def lock(readable: Iterable[str], program_for: Callable[[str, int], bytes]) -> dict[str, int]:
    """Take away everything. Returns which layers hold: {"landlock": ABI or 0, "seccomp": 0 or 1}.

    A layer that the kernel does not offer is reported as 0, never passed over in silence: the caller
    decides whether what is left is enough.
    """
    held = {"landlock": 0, "seccomp": 0}
    try:
        drop_capabilities()
        _prctl(PR_SET_DUMPABLE, 0)
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
    except OSError:
        return held
    try:
        held["landlock"] = confine_files(readable)
    except OSError:
        held["landlock"] = 0
    try:
        filter_calls(program_for(platform.machine(), os.getpid()))
        held["seccomp"] = 1
    except (OSError, KeyError):
        held["seccomp"] = 0
    return held
