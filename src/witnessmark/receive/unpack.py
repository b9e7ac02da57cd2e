"""Archives: their members are received as files are, and counted apart.

The archive itself is one found file and is sealed as such; its members are read from the *sealed* object in
the jail and come out as streams, which the parent hashes, encrypts and accounts for. A member that is an
archive is unpacked in turn, from its own sealed object, to a bounded depth. Whatever the child says is
checked and counted again: it has touched hostile bytes.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from witnessmark.ground.jail import Budget
from witnessmark.model.kind import Kind
from witnessmark.receive import naming
from witnessmark.receive.absorb import Absorption, Hands
from witnessmark.receive.ports import IntakeJournal, JailRun, OpenSealed, Settled, Settlement, Store
from witnessmark.receive.reasons import Reason
from witnessmark.receive.settle import Found, Settling
from witnessmark.receive.unpack_limits import UnpackLimits

TASK = "witnessmark.receive.unpack_task:unpack"
UNPACKED_FORMATS = frozenset({"zip", "tar", "gz", "bz2", "xz", "7z"})
NOT_UNPACKED_FORMATS = frozenset({"rar", "zst", "lz4", "cab"})
"""Archives that are recognised and sealed; their members are said to be missing, once per archive."""
MEMORY_BYTES = 2 << 30
"""LZMA dictionaries reach 1.5 GiB at 7-Zip's largest setting (7-Zip help, -md)."""
WALL_S = 12 * 3600.0
CPU_S = 8 * 3600
SILENCE_S = 900.0
"""A child that says nothing for a quarter of an hour hangs: pieces come every few milliseconds."""
_SANE_BYTES = 1 << 53


class UnpackSession(Protocol):
    """The part of a session (``transfer.Session``) that unpacking needs."""

    @property
    def path_secret(self) -> bytes: ...
    @property
    def store(self) -> Store: ...
    @property
    def journal(self) -> IntakeJournal: ...
    @property
    def open_sealed(self) -> OpenSealed: ...
    @property
    def run_jailed(self) -> JailRun | None: ...
    @property
    def unpack(self) -> UnpackLimits: ...


def is_archive(kind: Kind, head: bytes) -> bool:
    """Whether members are to be looked for. Documents and programs that happen to be zip files are not."""
    if kind.format in NOT_UNPACKED_FORMATS:
        return True
    if kind.format not in UNPACKED_FORMATS:
        return False
    # A Java archive says so by its first members (JAR File Specification); the sniffer calls it zip.
    return not (kind.format == "zip" and b"META-INF/" in head[30:39])


class _LiedError(Exception):
    """The child said something that no honest child says."""


@dataclass(slots=True)
class _Allowance:
    """What is left for one archive of the sources, everything nested in it included."""

    members: int
    total_bytes: int


class Unpacker:
    """Unpacks archives of one session. ``sign_of_life`` is called as bytes come out."""

    def __init__(
        self,
        session: UnpackSession,
        settling: Settling,
        hands: Hands,
        sign_of_life: Callable[[], None],
        meet_name: Callable[[bytes], None],
    ) -> None:
        self._session = session
        self._settling = settling
        self._hands = hands
        self._sign_of_life = sign_of_life
        self._meet_name = meet_name
        self.archives = 0

    def unpack(self, archive: Settled) -> None:
        """Receives the members of a sealed archive, nested ones included, and marks it as unpacked."""
        limits = self._session.unpack
        self._descend(archive, 1, _Allowance(limits.members, limits.total_bytes))

    def _descend(self, archive: Settled, depth: int, allowance: _Allowance) -> None:
        if depth > self._session.unpack.depth:
            self._say(archive, Reason.ARCHIVE_DEPTH, "")
        elif archive.format in NOT_UNPACKED_FORMATS:
            self._say(archive, Reason.UNSUPPORTED_ARCHIVE, archive.format)
        elif self._session.run_jailed is None:
            self._say(archive, Reason.UNPACKER_FAILED, "no sandbox")
        else:
            for nested in self._members(archive, self._session.run_jailed, allowance):
                self._descend(nested, depth + 1, allowance)
        self._settling.unpacked(archive)

    def _members(self, archive: Settled, run_jailed: JailRun, allowance: _Allowance) -> list[Settled]:
        """Runs the child on one archive; returns the archives found among its members."""
        self.archives += 1
        limits = replace(
            self._session.unpack,
            members=max(allowance.members, 0),
            total_bytes=max(allowance.total_bytes, 0),
        )
        members = _Members(self, archive, limits, allowance)
        self._settling.await_objects()
        descriptor, file_key = self._session.open_sealed(archive.object_name)
        try:
            result = run_jailed(
                TASK,
                {"format": archive.format, "limits": limits.to_request()},
                files={"object": descriptor},
                secrets={"file_key": file_key},
                budget=Budget(
                    memory_bytes=MEMORY_BYTES,
                    cpu_s=CPU_S,
                    wall_s=WALL_S,
                    silence_s=SILENCE_S,
                    blob_bytes=limits.total_bytes + (1 << 20),
                ),
                on_record=members.on_record,
                on_blob=members.on_blob,
            )
            ended = "" if str(result.ended) == "done" else str(result.ended)
        except _LiedError:
            ended = "broke_protocol"
        except BaseException:
            members.drop()
            raise
        finally:
            os.close(descriptor)
        members.finish(ended)
        return members.nested

    def _say(self, archive: Settled, reason: Reason, detail: str) -> None:
        """One refusal that stands for what was not looked into; it has no name of its own and no bytes."""
        self._refuse(archive, -1, b"", "", reason, 0, detail)

    def _refuse(
        self, archive: Settled, number: int, name: bytes, mtime: str, reason: Reason, size: int, detail: str
    ) -> None:
        found = self._found(archive, number, name, mtime, str(reason).encode())
        self._settling.members.meet(size)
        known = self._session.journal.known(found.row_key)
        if known is not None:
            self._settling.meet_again(known, found.name)
        else:
            self._settling.refuse(found, reason, size, detail)

    def _found(self, archive: Settled, number: int, name: bytes, mtime: str, content: bytes) -> Found:
        """Keys of a member: its place in the archive and its name; and with its content, its state."""
        place = (number + 1).to_bytes(8, "big")
        path_key = naming.keyed(self._session.path_secret, b"member", archive.row_key, place, name)
        return Found(
            path_key,
            naming.keyed(self._session.path_secret, b"member-row", path_key, content),
            naming.name_record(name, archive=archive.code, member=number, mtime=mtime or None),
            is_member=True,
            container=archive.code,
        )


class _Members:
    """Listens to one child: every member it announces is settled exactly once."""

    def __init__(
        self, unpacker: Unpacker, archive: Settled, limits: UnpackLimits, allowance: _Allowance
    ) -> None:
        self._unpacker = unpacker
        self._archive = archive
        self._limits = limits
        self._allowance = allowance
        self._next = 0
        self._out_bytes = 0
        self._open: tuple[int, bytes, str] | None = None
        self._absorption: Absorption | None = None
        self._is_complete = False
        self._ended = False
        self._fault: tuple[Reason, str] | None = None
        self.nested: list[Settled] = []

    def on_record(self, record: dict[str, Any]) -> None:
        say = record.get("say")
        if self._ended:
            raise _LiedError
        if say == "member":
            number, name = self._number_and_name(record)
            self._open = (number, name, _text(record, "mtime", 32))
            self._is_complete = False
            self._absorption = Absorption(self._unpacker._session.store, self._unpacker._hands)
        elif say == "end":
            self._settle_open(record)
        elif say == "refused":
            number, name = self._number_and_name(record)
            size = record.get("bytes")
            if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < _SANE_BYTES:
                raise _LiedError
            self._unpacker._refuse(
                self._archive, number, name, "", _reason(record), size, _text(record, "detail", 80)
            )
        elif say == "archive":
            if self._open is not None:
                raise _LiedError
            self._ended = True
            if record.get("reason"):
                self._fault = (_reason(record), _text(record, "detail", 80))
        else:
            raise _LiedError

    def on_blob(self, name: str, piece: bytes, is_last: bool) -> None:
        if self._open is None or self._absorption is None or name != f"m{self._open[0]}" or self._is_complete:
            raise _LiedError
        self._out_bytes += len(piece)
        if self._out_bytes > self._limits.total_bytes:
            raise _LiedError
        if piece:
            self._absorption.take(bytes(piece))
        self._is_complete = is_last
        self._unpacker._sign_of_life()

    def drop(self) -> None:
        """Leaves no draft behind (an error of ours is on its way up)."""
        if self._absorption is not None:
            self._absorption.abandon()
            self._absorption = None

    def finish(self, ended: str) -> None:
        """After the child: whatever it left open or unsaid is settled as refused."""
        if self._open is not None:
            self._refuse_open(Reason.UNPACKER_FAILED, ended)
        if ended or not self._ended:
            self._unpacker._say(self._archive, Reason.UNPACKER_FAILED, ended or "silent")
        elif self._fault is not None:
            self._unpacker._say(self._archive, *self._fault)
        self._allowance.members -= self._next
        self._allowance.total_bytes -= self._out_bytes

    def _settle_open(self, record: dict[str, Any]) -> None:
        if self._open is None or self._absorption is None or record.get("n") != self._open[0]:
            raise _LiedError
        if record.get("reason"):
            self._refuse_open(_reason(record), _text(record, "detail", 80))
            return
        if not self._is_complete:
            raise _LiedError
        number, name, mtime = self._open
        absorption, self._absorption, self._open = self._absorption, None, None
        unpacker, settling = self._unpacker, self._unpacker._settling
        try:
            absorbed = absorption.result()
            found = unpacker._found(self._archive, number, name, mtime, absorbed.sha256)
            settling.members.meet(absorbed.size_bytes)
            known = unpacker._session.journal.known(found.row_key)
            if known is not None:
                settling.meet_again(known, found.name)
                row = known
            else:
                row = settling.content(found, absorption, absorbed, is_archive(absorbed.kind, absorbed.head))
        finally:
            absorption.abandon()
        if row.settlement is not Settlement.REFUSED and not row.unpacked:
            self.nested.append(row)

    def _refuse_open(self, reason: Reason, detail: str) -> None:
        assert self._open is not None
        number, name, mtime = self._open
        self._open = None
        size = self._absorption.size_bytes if self._absorption is not None else 0
        self.drop()
        self._unpacker._refuse(self._archive, number, name, mtime, reason, size, detail)

    def _number_and_name(self, record: dict[str, Any]) -> tuple[int, bytes]:
        # One more than allowed: the member at which an honest child stops is said, and refused.
        if self._open is not None or record.get("n") != self._next or self._next > self._limits.members:
            raise _LiedError
        self._next += 1
        text = record.get("name_b64")
        try:
            name = base64.b64decode(text, validate=True) if isinstance(text, str) else None
        except (binascii.Error, ValueError):
            name = None
        if name is None or len(name) > 0xFFFF:
            raise _LiedError
        self._unpacker._meet_name(name)
        return self._next - 1, name


def _reason(record: dict[str, Any]) -> Reason:
    try:
        return Reason(str(record.get("reason")))
    except ValueError:
        raise _LiedError from None


def _text(record: dict[str, Any], name: str, limit: int) -> str:
    """A short text of the child: words of ours, or a date; never anything a page could run."""
    value = record.get(name, "")
    if not isinstance(value, str) or len(value) > limit or not value.isascii() or not value.isprintable():
        raise _LiedError
    return value
