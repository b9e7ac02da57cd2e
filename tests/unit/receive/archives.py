"""Archives made on the spot: honest, nested, hostile and broken."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping


def zip_of(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 2, 18, 14, 3, 54)), data, method)
    return buffer.getvalue()


def tar_of(members: Mapping[str, bytes], mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1582034634
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def tar_with_specials() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind in (("l", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE), ("d", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("../../etc/cron.d/x")
        info.size = 2
        archive.addfile(info, io.BytesIO(b"ok"))
    return buffer.getvalue()


def zip_entry(
    name: bytes,
    data: bytes,
    *,
    flags: int = 0,
    method: int = 8,
    crc: int | None = None,
    size: int | None = None,
) -> tuple[bytes, bytes]:
    """(local part, central record without its offset) of one entry, with any field made wrong."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush() if method == 8 else data
    crc = zlib.crc32(data) if crc is None else crc
    size = len(data) if size is None else size
    local = struct.pack(
        "<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 0x5052, crc, len(packed), size, len(name), 0
    )
    central = struct.pack(
        "<4s6H3L5HL",
        b"PK\1\2", 20, 20, flags, method, 0, 0x5052, crc, len(packed), size, len(name), 0, 0, 0, 0, 0,
    )  # fmt: skip
    return local + name + packed, central


def zip_from(parts: list[tuple[bytes, bytes, bytes]], offsets: list[int] | None = None) -> bytes:
    """A zip of (name, local part, central record); ``offsets`` may make entries share their bytes."""
    body, directory = b"", b""
    for number, (name, local, central) in enumerate(parts):
        offset = len(body) if offsets is None else offsets[number]
        if offsets is None or offset == len(body):
            body += local
        directory += central + struct.pack("<L", offset) + name
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(parts), len(parts), len(directory), len(body), 0)
    return body + directory + end


def overlapping_bomb(names: int = 50, size: int = 2_000_000) -> bytes:
    """Many names for one packed run of zeros (after Fifield 2019)."""
    local, central = zip_entry(b"n00", bytes(size))
    parts = [(b"n%02d" % n, local, central) for n in range(names)]
    return zip_from(parts, [0] * names)


def zeros_zip(size: int) -> bytes:
    """One honest-looking member of zeros: deflate at its limit of about 1030 to 1."""
    return zip_of({"zeros": bytes(size)})


def encrypted_zip() -> bytes:
    local, central = zip_entry(b"locked.mp4", b"0123456789ab", flags=1)
    open_local, open_central = zip_entry(b"open.txt", b"readable")
    return zip_from([(b"locked.mp4", local, central), (b"open.txt", open_local, open_central)])
