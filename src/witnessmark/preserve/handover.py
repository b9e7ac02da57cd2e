"""Hand-over: an encrypted bag for one named recipient, streamed, so that nothing lies open on our disk.

The bag follows BagIt 1.0 (RFC 8493) inside a tar, inside an age file for the recipient's key alone. Its
tag-manifest hash goes into the custody log, because a bag that was changed and saved again still validates.
Profiles say what is in it: ``court`` (everything needed to re-examine and to recompute the seal, and the
custody log), ``un`` (as court, of the log only the events of the items handed over), ``newsroom`` (material
and a report of each item; no openings, and of the log only what such a report says). Of a case that is handed
over in part, the rest is told to nobody.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from witnessmark.ground.vault.age import AgeWriter
from witnessmark.model.errors import UnusableInputError

PROFILES = ("court", "un", "newsroom")
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class BagEntry:
    """One payload file: path inside ``data/``, size, and its content in pieces."""

    path: str
    size_bytes: int
    chunks: Iterable[bytes | memoryview]


@dataclass(frozen=True, slots=True)
class PackedBag:
    """What was packed: for the log and for the receipt that the recipient returns."""

    files: int
    payload_bytes: int
    manifest_sha256: str
    tagmanifest_sha256: str


def read_recipient(text: str) -> str:
    """The one age recipient in a file that a recipient sent us. UnusableInputError otherwise."""
    found = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(found) != 1 or not found[0].startswith("age1"):
        raise UnusableInputError(
            "the recipient's file does not hold exactly one age public key",
            "ask the recipient for the line that begins with age1 (printed by age-keygen)",
        )
    return found[0]


class _Sink(io.RawIOBase):
    """What tarfile writes to: hands its blocks to the encryption."""

    def __init__(self, write: Callable[[memoryview], object]) -> None:
        self._write = write
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]
        self._write(memoryview(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at


class _Hashing(io.RawIOBase):
    """Reads an entry's pieces as a file while hashing and counting them."""

    def __init__(self, chunks: Iterable[bytes | memoryview]) -> None:
        self._pieces: Iterator[bytes | memoryview] = iter(chunks)
        self._rest = memoryview(b"")
        self.digest = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = size if size >= 0 else 1 << 62
        got = bytearray()
        while len(got) < wanted:
            if not self._rest:
                piece = next(self._pieces, None)
                if piece is None:
                    break
                self._rest = memoryview(piece)
                continue
            taken = self._rest[: wanted - len(got)]
            got += taken
            self._rest = self._rest[len(taken) :]
        self.digest.update(got)
        self.count += len(got)
        return bytes(got)


def pack(
    write: Callable[[memoryview], object],
    recipient: str,
    entries: Iterable[BagEntry],
    *,
    info: Mapping[str, str],
    tag_files: Mapping[str, bytes],
    folder: str,
    bagging_date: str,
    on_progress: Callable[[int], None] | None = None,
) -> PackedBag:
    """Stream the bag to ``write``. ``bagging_date`` is YYYY-MM-DD; tar times are that day, owners are empty.

    Raises UnusableInputError when an entry's content is not as long as declared (the vault would have
    refused it first).
    """
    sealed = AgeWriter(write, [recipient])
    sink = _Sink(sealed.write)
    manifest: list[str] = []
    payload_bytes = files = 0
    with tarfile.open(fileobj=sink, mode="w|", bufsize=_BLOCK_BYTES, format=tarfile.PAX_FORMAT) as tar:

        def add(path: str, size_bytes: int, chunks: Iterable[bytes | memoryview]) -> str:
            member = tarfile.TarInfo(f"{folder}/{path}")
            member.size, member.mode = size_bytes, 0o400
            reader = _Hashing(chunks)
            tar.addfile(member, reader)
            if reader.count != size_bytes:
                raise UnusableInputError("an entry of the bag changed while it was packed")
            return reader.digest.hexdigest()

        for entry in entries:
            digest = add(f"data/{entry.path}", entry.size_bytes, entry.chunks)
            manifest.append(f"{digest}  data/{entry.path}\n")
            payload_bytes, files = payload_bytes + entry.size_bytes, files + 1
            if on_progress is not None:
                on_progress(entry.size_bytes)
        tags = {
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "manifest-sha256.txt": "".join(sorted(manifest, key=lambda x: x[66:])).encode("utf-8"),
            "bag-info.txt": _bag_info({**info, "Bagging-Date": bagging_date}, payload_bytes, files),
            **tag_files,
        }
        lines = [f"{add(path, len(data), [data])}  {path}\n" for path, data in sorted(tags.items())]
        tagmanifest = "".join(lines).encode("utf-8")
        tagmanifest_sha256 = add("tagmanifest-sha256.txt", len(tagmanifest), [tagmanifest])
    sealed.close()
    return PackedBag(
        files, payload_bytes, hashlib.sha256(tags["manifest-sha256.txt"]).hexdigest(), tagmanifest_sha256
    )


def _bag_info(info: Mapping[str, str], payload_bytes: int, files: int) -> bytes:
    rows = {**info, "Payload-Oxum": f"{payload_bytes}.{files}"}
    return "".join(f"{key}: {' '.join(value.split())}\n" for key, value in rows.items()).encode("utf-8")
