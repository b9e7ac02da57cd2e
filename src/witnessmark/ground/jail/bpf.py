"""The system-call filter of a jailed child, as a classic BPF program.

Establishes: the child can read descriptors it was given, use memory, make threads, and end; it cannot open
for writing, make processes, run programs, open sockets, or signal, trace or limit anyone but itself.
The list says what is allowed; everything else fails with EPERM, or with ENOSYS where libraries then fall
back to an allowed call. Calls from a foreign architecture end the process.

Self-contained (standard library only): loaded by file in a child that has not locked itself yet.
Sources: seccomp(2); Linux ``arch/x86/entry/syscalls/syscall_64.tbl``, ``include/uapi/asm-generic/unistd.h``.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterable

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32_BIT = 0x40000000
CLONE_THREAD = 0x00010000
OPEN_FOR_WRITING = 0o1 | 0o2 | 0o100 | 0o1000
"""O_WRONLY, O_RDWR, O_CREAT, O_TRUNC (same on both architectures)."""

IOCTLS = (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONREAD, FIONCLEX, FIOCLEX: what the C library asks of any descriptor."""
FCNTLS = (0, 1, 2, 3, 4, 1030)
"""F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC.

F_SETOWN and F_SETSIG are left out with care: with them a descriptor can be made to send SIGKILL to
another process of the same user.
"""
PRCTLS = (15, 16, 0x53564D41)
"""PR_SET_NAME, PR_GET_NAME, PR_SET_VMA (names for memory areas)."""

# name: (x86_64, aarch64); None where the architecture does not have the call.
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63),
    "write": (1, 64),
    "pread64": (17, 67),
    "futex": (202, 98),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "madvise": (28, 233),
    "brk": (12, 214),
    "lseek": (8, 62),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "close": (3, 57),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "stat": (4, None),
    "lstat": (6, None),
    "readv": (19, 65),
    "writev": (20, 66),
    "preadv": (295, 69),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "eventfd2": (290, 19),
    "select": (23, None),
    "pselect6": (270, 72),
    "poll": (7, None),
    "ppoll": (271, 73),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_wait": (232, None),
    "epoll_pwait": (281, 22),
    "close_range": (436, 436),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126),
    "getcpu": (309, 168),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "times": (100, 153),
    "getrusage": (98, 165),
    "getrlimit": (97, None),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "getrandom": (318, 278),
    "membarrier": (324, 283),
    "mincore": (27, 232),
    "msync": (26, 227),
    "rseq": (334, 293),
    "set_robust_list": (273, 99),
    "get_robust_list": (274, 100),
    "set_tid_address": (218, 96),
    "arch_prctl": (158, None),
    "exit": (60, 93),
    "exit_group": (231, 94),
}

ABSENT: dict[str, tuple[int | None, int | None]] = {
    "clone3": (435, 435),
    "openat2": (437, 437),
    "memfd_create": (319, 279),
    "io_uring_setup": (425, 425),
    "pidfd_open": (434, 434),
}
"""Answered with ENOSYS, so that libraries fall back to a call whose arguments the filter can read."""

SPECIAL: dict[str, tuple[int | None, int | None]] = {
    "open": (2, None),
    "openat": (257, 56),
    "clone": (56, 220),
    "tgkill": (234, 131),
    "prlimit64": (302, 261),
    "ioctl": (16, 29),
    "fcntl": (72, 25),
    "prctl": (157, 167),
}
"""Allowed by their arguments."""

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
KILL_PROCESS, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
NR_OFFSET, ARCH_OFFSET, ARGUMENTS_OFFSET = 0, 4, 16


def _step(code: int, k: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One ``struct sock_filter``: u16 code, u8 jt, u8 jf, u32 k, in host order."""
    return struct.pack("=HBBI", code, if_true, if_false, k)


def _low_word(argument: int) -> bytes:
    """Load the low 32 bits of a system call's argument (both architectures are little-endian here)."""
    return _step(LOAD, ARGUMENTS_OFFSET + 8 * argument)


def _one_of(argument: int, values: Iterable[int], otherwise: int) -> list[bytes]:
    steps = [_low_word(argument)]
    for value in values:
        steps += [_step(EQUAL, value, 0, 1), _step(RETURN, ALLOW)]
    return [*steps, _step(RETURN, ERRNO | otherwise)]


def _bits(argument: int, bits: int, *, if_set: int, if_clear: int) -> list[bytes]:
    return [_low_word(argument), _step(ANY_BIT, bits, 0, 1), _step(RETURN, if_set), _step(RETURN, if_clear)]


def program(machine: str, pid: int) -> bytes:
    """The filter for a process of this machine type and process id: concatenated ``sock_filter`` records.

    Raises KeyError for a machine whose system-call table is not known here.
    """
    arch = AUDIT_ARCH[machine]
    column = 0 if machine == "x86_64" else 1
    denied = ERRNO | errno.EPERM
    by_arguments: dict[str, list[bytes]] = {
        "open": _bits(1, OPEN_FOR_WRITING, if_set=denied, if_clear=ALLOW),
        "openat": _bits(2, OPEN_FOR_WRITING, if_set=denied, if_clear=ALLOW),
        "clone": _bits(0, CLONE_THREAD, if_set=ALLOW, if_clear=denied),
        "tgkill": _one_of(0, (pid,), errno.EPERM),
        "prlimit64": _one_of(0, (0, pid), errno.EPERM),
        "ioctl": _one_of(1, IOCTLS, errno.ENOTTY),
        "fcntl": _one_of(1, FCNTLS, errno.EPERM),
        "prctl": _one_of(0, PRCTLS, errno.EPERM),
    }
    steps = [_step(LOAD, ARCH_OFFSET), _step(EQUAL, arch, 1, 0), _step(RETURN, KILL_PROCESS)]
    steps.append(_step(LOAD, NR_OFFSET))
    if machine == "x86_64":
        steps += [_step(AT_LEAST, X32_BIT, 0, 1), _step(RETURN, KILL_PROCESS)]
    for numbers in ALLOWED.values():
        if (number := numbers[column]) is not None:
            steps += [_step(EQUAL, number, 0, 1), _step(RETURN, ALLOW)]
    for numbers in ABSENT.values():
        if (number := numbers[column]) is not None:
            steps += [_step(EQUAL, number, 0, 1), _step(RETURN, ERRNO | errno.ENOSYS)]
    for name, body in by_arguments.items():
        if (number := SPECIAL[name][column]) is not None:
            steps += [_step(EQUAL, number, 0, len(body)), *body]
    steps.append(_step(RETURN, denied))
    return b"".join(steps)
