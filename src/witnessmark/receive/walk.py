"""Walking the sources: every entry is met once, in a fixed order, and none is ever followed elsewhere.

Directories are entered by descriptor, one component at a time, with ``O_NOFOLLOW``: a link swapped in
while we walk is refused and not followed, names may be any bytes, and a path may be longer than
``PATH_MAX`` (4,096 bytes on Linux) because no call ever sees more than one component (openat(2)).
Only regular files are opened, without blocking and, where the owner allows it, without touching their
access time. What is not a regular file is met all the same and carries the reason why it is refused.
Sources are expected on a disk nobody else writes to; a file that changes is caught in ``transfer``.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from witnessmark.model.errors import UsageError
from witnessmark.receive.reasons import Reason

HELD_DESCRIPTORS = 64
"""Directory descriptors kept open down one path (soft limit of a login shell: 1,024). Deeper levels are
stepped to again from the deepest held one."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY

Identity = tuple[int, int]
"""(st_dev, st_ino)"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing met on the way: a regular file (``reason`` None) or something that will be refused."""

    path: bytes
    """Absolute path as met, for the sealed names only; never used to open anything."""
    root: int
    """Which source it lies under."""
    parts: tuple[bytes, ...]
    """Components below the source; empty when the source itself is a file."""
    reason: Reason | None
    detail: str
    """Name of the error number where the system gave one (``EACCES``)."""
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    identity: Identity
    links: int

    @property
    def state(self) -> tuple[int, int, int]:
        """What must stay the same for a file to count as the same one met before."""
        return (self.size_bytes, self.mtime_ns, self.ctime_ns)


@dataclass(frozen=True, slots=True)
class SourceState:
    """How the source is attached. ``read_only`` is what the kernel says of the mount, not of the cable."""

    read_only: bool
    mount_points: int
    """Other file systems met below the sources; they are entered, and said to be there."""

    @property
    def warning(self) -> str:
        if self.read_only:
            return ""
        return (
            "the source is mounted writable: opening or copying it elsewhere can change times on it; "
            "mount it read-only (mount -o ro) or use a write blocker"
        )


class _Descent:
    """The chain of directory descriptors to where we are, below one source folder."""

    def __init__(self, root: bytes) -> None:
        self._names: list[bytes] = []
        self._held: list[int] = [os.open(root, _DIRECTORY)]
        self._identities: list[Identity] = [_identity(os.fstat(self._held[0]))]
        self._deep: int | None = None

    def go(self, parts: Sequence[bytes]) -> int:
        """Descriptor of the folder ``parts``; raises OSError where it cannot be entered."""
        common = 0
        for mine, wanted in zip(self._names, parts, strict=False):
            if mine != wanted:
                break
            common += 1
        if common == len(parts) == len(self._names):
            return self._held[-1] if self._deep is None else self._deep
        self._drop_deep()
        keep = min(common, HELD_DESCRIPTORS)
        while len(self._held) > keep + 1:
            os.close(self._held.pop())
        level = len(self._held) - 1
        del self._names[level:]
        del self._identities[level + 1 :]
        for part in parts[level:]:
            self._step(part)
        return self._held[-1] if self._deep is None else self._deep

    def _step(self, part: bytes) -> None:
        here = self._held[-1] if self._deep is None else self._deep
        below = os.open(part, _DIRECTORY, dir_fd=here)
        identity = _identity(os.fstat(below))
        if identity in self._identities:
            os.close(below)
            raise OSError(errno.ELOOP, "folder contains itself")
        self._names.append(part)
        self._identities.append(identity)
        if len(self._held) <= HELD_DESCRIPTORS:
            self._held.append(below)
        else:
            self._drop_deep()
            self._deep = below

    @property
    def device(self) -> int:
        return self._identities[-1][0]

    def _drop_deep(self) -> None:
        if self._deep is not None:
            os.close(self._deep)
            self._deep = None

    def close(self) -> None:
        self._drop_deep()
        while self._held:
            os.close(self._held.pop())


class Walk:
    """All entries below the sources, in byte order of their names, files of a folder before its folders.

    ``sources`` are paths that must exist (UsageError otherwise). A source named twice, or lying inside
    another, is walked once. A source that is itself a symbolic link is met and refused like any other:
    a shell's ``*`` would else let the disk decide what is read. ``excluded`` are folders (by identity)
    that are not evidence: the case itself.
    """

    def __init__(self, sources: Sequence[bytes], excluded: frozenset[Identity] = frozenset()) -> None:
        self.roots = _outermost(sources)
        self._excluded = excluded
        self._descent: _Descent | None = None
        self._descent_root = -1
        self._mount_points = 0

    def __enter__(self) -> Walk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._descent is not None:
            self._descent.close()
            self._descent = None
            self._descent_root = -1

    def state(self) -> SourceState:
        """Whether every source is on a read-only mount, and the mount points met so far."""
        read_only = all(os.statvfs(root).f_flag & os.ST_RDONLY for root in self.roots)
        return SourceState(bool(read_only), self._mount_points)

    def entries(self) -> Iterator[Entry]:
        """Every entry once. Errors of the system become entries with a reason, never exceptions."""
        self._mount_points = 0
        for number, root in enumerate(self.roots):
            status = os.lstat(root)
            if stat.S_ISDIR(status.st_mode):
                yield from self._folders(number)
            else:
                yield _entry(root, number, (), status)

    def _folders(self, root: int) -> Iterator[Entry]:
        waiting: list[tuple[bytes, ...]] = [()]
        while waiting:
            parts = waiting.pop()
            folders: list[bytes] = []
            try:
                descriptor = self._enter(root, parts)
                names, broken = _names(descriptor)
            except OSError as error:
                yield self._refused_folder(root, parts, error)
                continue
            for name in names:
                below = (*parts, name)
                try:
                    # The consumer may have opened files elsewhere between two entries: enter again (cheap).
                    status = os.lstat(name, dir_fd=self._enter(root, parts))
                except OSError as error:
                    yield self._refused_folder(root, below, error, Reason.UNREADABLE)
                    continue
                if stat.S_ISDIR(status.st_mode):
                    if _identity(status) not in self._excluded:
                        self._mount_points += status.st_dev != self._device()
                        folders.append(name)
                else:
                    yield _entry(self._path(root, below), root, below, status)
            if broken is not None:
                yield self._refused_folder(root, parts, broken)
            waiting.extend((*parts, name) for name in reversed(folders))

    def open(self, entry: Entry) -> int:
        """A descriptor on the regular file ``entry``; raises OSError. Never blocks, never follows."""
        if entry.parts:
            directory: int | None = self._enter(entry.root, entry.parts[:-1])
            name = entry.parts[-1]
        else:
            directory, name = None, self.roots[entry.root]
        try:
            return os.open(name, _FILE | os.O_NOATIME, dir_fd=directory)
        except PermissionError:
            # O_NOATIME is for the owner alone (open(2)); others read without it.
            return os.open(name, _FILE, dir_fd=directory)

    def _enter(self, root: int, parts: Sequence[bytes]) -> int:
        if self._descent is None or self._descent_root != root:
            self.close()
            self._descent = _Descent(self.roots[root])
            self._descent_root = root
        return self._descent.go(parts)

    def _device(self) -> int:
        assert self._descent is not None
        return self._descent.device

    def _path(self, root: int, parts: Sequence[bytes]) -> bytes:
        return b"/".join((self.roots[root].rstrip(b"/"), *parts))

    def _refused_folder(
        self, root: int, parts: tuple[bytes, ...], error: OSError, reason: Reason = Reason.UNREADABLE_FOLDER
    ) -> Entry:
        if error.errno == errno.ELOOP:
            reason = Reason.FOLDER_LOOP
        name = errno_name(error)
        return Entry(self._path(root, parts), root, parts, reason, name, 0, 0, 0, (0, 0), 1)


def errno_name(error: OSError) -> str:
    """``EIO``, ``EACCES`` ...: says what went wrong without the path that ``str(error)`` carries."""
    return errno.errorcode.get(error.errno or 0, "unknown error")


def _identity(status: os.stat_result) -> Identity:
    return (status.st_dev, status.st_ino)


def _names(descriptor: int) -> tuple[list[bytes], OSError | None]:
    """Names in a folder as bytes, sorted; what was read before an error is kept."""
    found: list[bytes] = []
    broken: OSError | None = None
    try:
        with os.scandir(descriptor) as listing:
            found.extend(os.fsencode(item.name) for item in listing)
    except OSError as error:
        broken = error
    found.sort()
    return found, broken


def _entry(path: bytes, root: int, parts: tuple[bytes, ...], status: os.stat_result) -> Entry:
    mode = status.st_mode
    reason: Reason | None = None
    if stat.S_ISLNK(mode):
        reason = Reason.SYMLINK
    elif stat.S_ISSOCK(mode):
        reason = Reason.SOCKET
    elif stat.S_ISFIFO(mode):
        reason = Reason.FIFO
    elif not stat.S_ISREG(mode):
        reason = Reason.DEVICE
    size = status.st_size if reason is None else 0
    return Entry(
        path,
        root,
        parts,
        reason,
        "",
        size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        _identity(status),
        status.st_nlink,
    )


def _outermost(sources: Sequence[bytes]) -> tuple[bytes, ...]:
    """Absolute sources, each once, none inside another; intermediate links resolved, the last not."""
    absolute: list[bytes] = []
    for source in sources:
        trimmed = source.rstrip(b"/") or b"/"
        parent, name = os.path.split(trimmed)
        if name in (b"", b".", b".."):
            path = os.path.realpath(trimmed)
        else:
            path = os.path.realpath(parent or b".").rstrip(b"/") + b"/" + name
        if not os.path.lexists(path):
            raise UsageError(
                "a source does not exist or cannot be reached",
                "check the path; is the disk mounted?",
            )
        if path not in absolute:
            absolute.append(path)
    return tuple(
        path
        for path in absolute
        if not any(path != other and path.startswith(other.rstrip(b"/") + b"/") for other in absolute)
    )
