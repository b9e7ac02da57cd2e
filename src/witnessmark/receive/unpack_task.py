"""Inside the jail: one archive is read from its sealed object and its members are streamed out.

Said to the parent, in this order: for each member either a ``refused`` record, or ``member``, a blob
``m<n>`` and ``end``; last of all one ``archive`` record. Names travel as base 64 of their raw bytes and
are never used as paths. Nothing is written anywhere; memory is bounded by the jail.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, Any, cast

from witnessmark.ground.vault.reader import SealedReader
from witnessmark.receive import zip_reader
from witnessmark.receive.reasons import Reason
from witnessmark.receive.unpack_limits import ArchiveStoppedError, Gate, MemberRefusedError, UnpackLimits
from witnessmark.receive.unpack_speaker import DAMAGE, Outlet, Speaker

PIECE_BYTES = 256 << 10
_GZIP_HEAD_BYTES = 64 << 10
_GZIP_EXTRA, _GZIP_NAME = 4, 8


def unpack(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Outlet) -> None:
    """The task. ``request``: ``format``, ``limits``; ``files``: ``object``; ``secrets``: ``file_key``."""
    reader = SealedReader(files["object"], secrets["file_key"])
    gate = Gate(UnpackLimits.from_request(request["limits"]), reader.size_bytes)
    speaker = Speaker(out, gate)
    reason, detail = "", ""
    try:
        _READERS[request["format"]](reader, speaker)
    except ArchiveStoppedError as stopped:
        reason, detail = str(stopped.reason), stopped.detail
    except MemberRefusedError as refused:
        # Raised where no single member could be blamed, such as a directory that is locked as a whole.
        reason, detail = str(refused.reason), refused.detail
    except (zip_reader.ZipDamagedError, *DAMAGE):
        reason = str(Reason.DAMAGED)
    out.record({"say": "archive", "reason": reason, "detail": detail})


def _zip(reader: SealedReader, speaker: Speaker) -> None:
    try:
        listed: Iterator[zip_reader.ZipEntry] = iter(list(zip_reader.entries(reader)))
        is_whole = True
    except zip_reader.ZipDamagedError:
        listed, is_whole = zip_reader.local_entries(reader), False
    for entry in listed:
        _zip_member(reader, speaker, entry)
    if not is_whole:
        raise zip_reader.ZipDamagedError("directory")


def _zip_member(reader: SealedReader, speaker: Speaker, entry: zip_reader.ZipEntry) -> None:
    if entry.is_folder or stat.S_ISDIR(entry.mode):
        return
    if entry.is_encrypted:
        speaker.refuse(entry.name, entry.size_bytes, Reason.ENCRYPTED)
    elif entry.is_overlapping:
        speaker.refuse(entry.name, entry.size_bytes, Reason.ARCHIVE_RATIO, "overlap")
    elif (reason := _special(entry.mode)) is not None:
        speaker.refuse(entry.name, 0, reason)
    else:
        speaker.member(
            entry.name,
            entry.size_bytes,
            entry.mtime,
            lambda: zip_reader.content(reader, entry),
            # A local header whose sizes follow the data says nothing of either.
            entry.packed_bytes if entry.packed_bytes else None,
        )


def _special(mode: int) -> Reason | None:
    """Why a Unix mode is no regular file; None where it is one or says nothing."""
    kind = stat.S_IFMT(mode)
    return {
        stat.S_IFLNK: Reason.SYMLINK,
        stat.S_IFCHR: Reason.DEVICE,
        stat.S_IFBLK: Reason.DEVICE,
        stat.S_IFIFO: Reason.FIFO,
        stat.S_IFSOCK: Reason.SOCKET,
    }.get(kind)


class _Counted(io.RawIOBase):
    """A decompressed stream that tells the gate how much has come out, also of what is skipped."""

    def __init__(self, stream: IO[bytes], gate: Gate) -> None:
        super().__init__()
        self._stream = stream
        self._gate = gate
        self._peeked = b""

    def peek(self, length: int) -> bytes:
        while len(self._peeked) < length and (piece := self._stream.read(length - len(self._peeked))):
            self._gate.unpack(len(piece))
            self._peeked += piece
        return self._peeked[:length]

    def read(self, length: int = -1) -> bytes:
        if self._peeked:
            taken, self._peeked = self._peeked[:length], self._peeked[length:]
            return taken
        piece = self._stream.read(min(length, PIECE_BYTES) if length >= 0 else PIECE_BYTES)
        self._gate.unpack(len(piece))
        return piece

    def readable(self) -> bool:
        return True


def _packed_stream(opener: Callable[[Any], Any]) -> Callable[[SealedReader, Speaker], None]:
    def read(reader: SealedReader, speaker: Speaker) -> None:
        stream = _Counted(opener(reader), speaker.gate)
        head = stream.peek(tarfile.BLOCKSIZE)
        if _is_tar(head):
            _tar_stream(stream, speaker)
            return

        # A single packed file, whose bytes are counted by the stream.
        def pieces() -> Iterator[bytes]:
            while piece := stream.read(PIECE_BYTES):
                yield piece

        speaker.gate = speaker.gate.counted_elsewhere()
        speaker.member(_gzip_name(reader.read_at(0, _GZIP_HEAD_BYTES)), 0, "", pieces)

    return read


def _gzip_name(head: bytes) -> bytes:
    """The original name in a gzip header (RFC 1952 §2.3.1, FNAME); empty where there is none."""
    if head[:2] != b"\x1f\x8b" or len(head) < 12 or not head[3] & _GZIP_NAME:
        return b""
    place = 10
    if head[3] & _GZIP_EXTRA:
        place += 2 + int.from_bytes(head[10:12], "little")
    end = head.find(b"\0", place)
    return head[place:end] if end >= 0 else b""


def _is_tar(head: bytes) -> bool:
    if len(head) < tarfile.BLOCKSIZE:
        return False
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _tar(reader: SealedReader, speaker: Speaker) -> None:
    _tar_stream(_Counted(_opened(reader), speaker.gate), speaker)


def _tar_stream(stream: _Counted, speaker: Speaker) -> None:
    speaker.gate = speaker.gate.counted_elsewhere()
    with tarfile.open(
        fileobj=cast("IO[bytes]", stream),
        mode="r|",
        bufsize=PIECE_BYTES,
        encoding="utf-8",
        errors="surrogateescape",
    ) as tar:
        for info in tar:
            name = info.name.encode("utf-8", "surrogateescape")
            if info.isdir():
                continue
            if not info.isreg():
                speaker.refuse(name, 0, _tar_reason(info))
                continue
            speaker.member(name, info.size, _utc(info.mtime), lambda info=info: _tar_pieces(tar, info))  # type: ignore[misc]
            # The stream cannot go back, and tarfile keeps every header it met: memory would grow.
            tar.members.clear()  # type: ignore[attr-defined]


def _tar_pieces(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    content = tar.extractfile(info)
    if content is None:
        return
    left = info.size
    while piece := content.read(min(PIECE_BYTES, left) if left else 0):
        left -= len(piece)
        yield piece
    if left:
        raise zip_reader.ZipDamagedError("cut off")


def _tar_reason(info: tarfile.TarInfo) -> Reason:
    if info.issym():
        return Reason.SYMLINK
    if info.islnk():
        return Reason.HARDLINK
    if info.isfifo():
        return Reason.FIFO
    if info.isdev():
        return Reason.DEVICE
    return Reason.UNSUPPORTED_METHOD


def _utc(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""


def _seven_zip(reader: SealedReader, speaker: Speaker) -> None:
    # Imported here: it brings a dozen codec libraries that zip and tar do without.
    from witnessmark.receive import unpack_7z

    unpack_7z.read(_opened(reader), speaker)


def _opened(reader: SealedReader) -> io.BufferedReader:
    return io.BufferedReader(reader, PIECE_BYTES)


_READERS: dict[str, Callable[[SealedReader, Speaker], None]] = {
    "zip": _zip,
    "tar": _tar,
    "gz": _packed_stream(lambda reader: gzip.GzipFile(fileobj=_opened(reader))),
    "bz2": _packed_stream(lambda reader: bz2.BZ2File(_opened(reader))),
    "xz": _packed_stream(lambda reader: lzma.LZMAFile(_opened(reader))),  # noqa: SIM115 - ends with the child
    "7z": _seven_zip,
}
