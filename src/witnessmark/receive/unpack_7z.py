"""7z archives, streamed member by member through py7zr, in the jail.

py7zr would join names to paths and refuse those with ``..``; its worker is used below that layer, with our
own sinks under the members' numbers, so that names stay mere bytes and nothing is written. Solid blocks are
unpacked in order; a fault ends its block, the others go on. Source: 7-Zip's ``7zFormat.txt``.
"""

from __future__ import annotations

import lzma
import stat
import struct
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

import py7zr
import py7zr.py7zr as engine
from py7zr.exceptions import ArchiveError, CrcError, PasswordRequired, UnsupportedCompressionMethodError
from py7zr.io import MemIO, Py7zIO, WriterFactory

from witnessmark.receive.reasons import Reason
from witnessmark.receive.unpack_limits import ArchiveStoppedError, MemberRefusedError

if TYPE_CHECKING:
    from witnessmark.receive.unpack_speaker import Pipe, Speaker

BLOCK_BYTES = 4 << 20
"""Most that py7zr unpacks at once. Its own choice asks /proc for free memory, which the jail hides."""
_FAULTS = (
    ArchiveError,
    lzma.LZMAError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    OverflowError,
)
"""What a hostile or broken header makes py7zr raise; anything else ends the child, and the parent says so."""
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class _Sink(Py7zIO):
    """Where the bytes of one member go: out through the speaker, or nowhere."""

    def __init__(
        self, speaker: Speaker, name: bytes, size_bytes: int, mtime: str, special: Reason | None
    ) -> None:
        self._speaker = speaker
        self._number = -1
        self._pipe: Pipe | None = None
        self._length = 0
        self.is_said = False
        if special is not None:
            speaker.refuse(name, 0, special)
            self.is_said = True
            return
        try:
            speaker.gate.admit(name, size_bytes)
        except MemberRefusedError as refused:
            speaker.refuse(name, size_bytes, refused.reason, refused.detail)
            self.is_said = True
            return
        except ArchiveStoppedError as stopped:
            speaker.refuse(name, size_bytes, stopped.reason, "and all that follow")
            self.is_said = True
            raise
        self._number, self._pipe = speaker.begin(name, mtime)

    def write(self, data: bytes | bytearray) -> int:
        try:
            self._speaker.gate.unpack(len(data))
            if self._pipe is not None:
                self._speaker.gate.pass_out(len(data))
                self._pipe.write(bytes(data))
        except MemberRefusedError as refused:
            self.finish(refused.reason, refused.detail)
        except ArchiveStoppedError as stopped:
            self.finish(stopped.reason, "and all that follow")
            raise
        self._length += len(data)
        return len(data)

    def finish(self, reason: Reason | None = None, detail: str = "") -> None:
        if self._pipe is not None:
            pipe, self._pipe = self._pipe, None
            self._speaker.end(self._number, pipe, str(reason or ""), detail)
        self.is_said = True

    def close(self) -> None:
        self.finish()

    def read(self, size: int | None = None) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def flush(self) -> None:
        return None

    def size(self) -> int:
        return self._length


class _Sinks(WriterFactory):
    def __init__(self, speaker: Speaker, files: Sequence[Any]) -> None:
        self._speaker = speaker
        self._files = {str(file.id): file for file in files}
        self.made: dict[str, _Sink] = {}

    def create(self, filename: str) -> _Sink:
        file = self._files[filename]
        sink = _Sink(self._speaker, _name(file), int(file.uncompressed or 0), _mtime(file), _special(file))
        self.made[filename] = sink
        return sink

    def say_rest(self, files: Sequence[Any], reason: Reason, detail: str) -> None:
        """Every file of a block that failed is said once: the open one ended, the others refused."""
        for file in files:
            sink = self.made.get(str(file.id))
            if sink is None:
                self._speaker.refuse(_name(file), int(file.uncompressed or 0), reason, detail)
            elif not sink.is_said:
                sink.finish(reason, detail)


def read(stream: IO[bytes], speaker: Speaker) -> None:
    """Says every member. Raises MemberRefusedError if the archive as a whole is locked or unreadable."""
    vars(engine)["get_memory_limit"] = lambda: BLOCK_BYTES
    try:
        archive = py7zr.SevenZipFile(stream, "r")
        files = [file for file in archive.files if not file.is_directory]
        locked = archive.needs_password()
    except PasswordRequired:
        raise MemberRefusedError(Reason.ENCRYPTED, "names too") from None
    except UnsupportedCompressionMethodError:
        raise MemberRefusedError(Reason.UNSUPPORTED_METHOD) from None
    except _FAULTS:
        raise MemberRefusedError(Reason.DAMAGED, "header") from None
    if locked:
        for file in files:
            speaker.refuse(_name(file), int(file.uncompressed or 0), Reason.ENCRYPTED)
        return
    sinks = _Sinks(speaker, files)
    for file in files:
        archive.worker.register_filelike(file.id, MemIO(str(file.id), sinks))
    for block, start, end in _blocks(archive, files):
        try:
            archive.worker.extract_single(stream, block, None, start, end, None)
        except ArchiveStoppedError:
            raise
        except UnsupportedCompressionMethodError:
            sinks.say_rest(block, Reason.UNSUPPORTED_METHOD, "")
        except CrcError:
            sinks.say_rest(block, Reason.DAMAGED, "checksum")
        except _FAULTS:
            sinks.say_rest(block, Reason.DAMAGED, "block")


def _blocks(archive: Any, files: Sequence[Any]) -> list[tuple[list[Any], int, int]]:
    """(files, first byte, end) of the empty files and of each solid block."""
    blocks = [([file for file in files if file.emptystream], 0, 0)]
    streams = getattr(archive.header, "main_streams", None)
    if streams is None:
        return blocks
    positions = streams.packinfo.packpositions
    begin = archive.worker.src_start
    taken = 0
    for folder in streams.unpackinfo.folders:
        # A block (BCJ2) may be packed in several streams; it ends where its last one ends.
        first, taken = taken, taken + len(folder.packed_indices)
        wanted = [file for file in folder.files or [] if not file.is_directory and not file.emptystream]
        last = min(taken, len(positions) - 1)
        blocks.append((wanted, begin + positions[first], begin + positions[last]))
    return blocks


def _name(file: Any) -> bytes:
    return str(file.filename).encode("utf-8", "surrogatepass")


def _mtime(file: Any) -> str:
    """FILETIME: 100 ns since 1601, UTC ([MS-DTYP] §2.3.3)."""
    stamp = file.lastwritetime
    if stamp is None:
        return ""
    try:
        moment = _FILETIME_EPOCH + timedelta(microseconds=int(stamp) // 10)
    except (OverflowError, ValueError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _special(file: Any) -> Reason | None:
    if file.is_symlink or file.is_junction:
        return Reason.SYMLINK
    if file.is_socket:
        return Reason.SOCKET
    mode = file.st_fmt
    if mode is not None and mode not in (0, stat.S_IFREG):
        return Reason.DEVICE
    return None
