"""How the jailed child speaks of an archive's members: refused, or member, blob and end."""

from __future__ import annotations

import base64
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

from witnessmark.receive import zip_reader
from witnessmark.receive.reasons import Reason
from witnessmark.receive.unpack_limits import ArchiveStoppedError, Gate, MemberRefusedError

_SANE_BYTES = 1 << 53
"""Declared sizes beyond this are not sizes."""
DAMAGE = (zlib.error, lzma.LZMAError, EOFError, OSError, tarfile.TarError)
"""What the readers raise on damaged streams."""


class Pipe(Protocol):
    """One blob on its way out (the jail's ``Outlet.blob``)."""

    def write(self, data: bytes, /) -> Any: ...

    def close(self) -> Any: ...


class Outlet(Protocol):
    """The child's way out (the jail's ``Outlet``)."""

    def record(self, record: dict[str, Any], /) -> Any: ...

    def blob(self, name: str, /) -> Any: ...


class Speaker:
    """Says what is found, member by member, through the gate."""

    def __init__(self, out: Outlet, gate: Gate) -> None:
        self._out = out
        self.gate = gate
        self._next = 0

    def refuse(self, name: bytes, size_bytes: int, reason: Reason, detail: str = "") -> None:
        number, self._next = self._next, self._next + 1
        self._out.record(
            {
                "say": "refused",
                "n": number,
                "name_b64": base64.b64encode(name).decode("ascii"),
                "bytes": size_bytes if 0 <= size_bytes < _SANE_BYTES else 0,
                "reason": str(reason),
                "detail": detail,
            }
        )

    def member(
        self,
        name: bytes,
        size_bytes: int,
        mtime: str,
        pieces: Callable[[], Iterator[bytes]],
        packed_bytes: int | None = None,
    ) -> None:
        """One regular file. Faults of this member end it alone; ArchiveStoppedError passes through."""
        try:
            self.gate.admit(name, size_bytes, packed_bytes)
        except MemberRefusedError as refused:
            self.refuse(name, size_bytes, refused.reason, refused.detail)
            return
        except ArchiveStoppedError as stopped:
            self.refuse(name, size_bytes, stopped.reason, "and all that follow")
            raise
        number, pipe = self.begin(name, mtime)
        reason, detail = "", ""
        try:
            for piece in pieces():
                self.gate.unpack(len(piece))
                self.gate.pass_out(len(piece))
                pipe.write(piece)
        except MemberRefusedError as refused:
            reason, detail = str(refused.reason), refused.detail
        except ArchiveStoppedError as stopped:
            self.end(number, pipe, str(stopped.reason), "and all that follow")
            raise
        except zip_reader.ZipDamagedError as damaged:
            reason, detail = str(Reason.DAMAGED), str(damaged)
        except zip_reader.ZipMethodError as method:
            reason, detail = str(Reason.UNSUPPORTED_METHOD), f"method {method}"
        except DAMAGE:
            self.end(number, pipe, str(Reason.DAMAGED), "stream")
            raise
        self.end(number, pipe, reason, detail)

    def begin(self, name: bytes, mtime: str) -> tuple[int, Pipe]:
        """Announces a member that the gate has admitted."""
        number, self._next = self._next, self._next + 1
        name_b64 = base64.b64encode(name).decode("ascii")
        self._out.record({"say": "member", "n": number, "name_b64": name_b64, "mtime": mtime})
        return number, cast("Pipe", self._out.blob(f"m{number}"))

    def end(self, number: int, pipe: Pipe, reason: str, detail: str) -> None:
        """Ends it; an empty reason says that all its bytes are out and right."""
        pipe.close()
        self._out.record({"say": "end", "n": number, "reason": reason, "detail": detail})
