"""For a court's expert: that a raw file is the one a bundle was made from, computed again from the file itself.

The opening file (salt and item key) comes from those who hold the case, the raw from wherever the court has it. The raw
is decoded in the jail, like everything that is evidence.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from witnessmark.case.checked import Checked
from witnessmark.case.opening_task import ROOT_TASK
from witnessmark.ground import jail
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.model.commitment import file_commitment
from witnessmark.model.errors import CheckFailedError, UnusableInputError
from witnessmark_verify.container import Container, Folder, Zip
from witnessmark_verify.documents import read_document, read_hex
from witnessmark_verify.manifest import MANIFEST, read_manifest
from witnessmark_verify.verdict import Check, Refused

LARGEST_OPENING_BYTES = 1 << 16
WALL_S, MEMORY_BYTES = 6 * 3600.0, 4 << 30
PROVES_FILE = "the raw file is the one whose commitment was entered in the log"
PROVES_ROOT = "the pictures and sound of that file give the item root, computed again here"


def payloads_of(bundle: Path) -> tuple[bytes, ...]:
    """What the bundle's manifest names; the bundle itself was checked before."""
    if bundle.is_dir():
        return _payloads(Folder(bundle))
    with bundle.open("rb") as stream:
        return _payloads(Zip(stream))


def _payloads(container: Container) -> tuple[bytes, ...]:
    return read_manifest(b"".join(container.pieces(MANIFEST))).payloads


def check_raw(
    payloads: tuple[bytes, ...], raw: Path, opening: Path, *, accept_unsandboxed: bool = False
) -> tuple[Check, ...]:
    """Two checks: the file's commitment and the item root. UnusableInputError for an opening that is none."""
    try:
        data = opening.open("rb").read(LARGEST_OPENING_BYTES)
        members = ("every_frame", "item_key", "payload", "salt")
        given = read_document(data, "the opening", "witnessmark/opening/1", members, "opening")
        key, salt = read_hex(given["item_key"], "opening", 32), read_hex(given["salt"], "opening", 32)
        payload = read_hex(given["payload"], "opening", 64)
        if not isinstance(given["every_frame"], bool):
            raise Refused("opening", "a member is of the wrong type")
    except (OSError, Refused) as error:
        raise UnusableInputError(
            f"the opening cannot be used: {error}", "ask for the opening file again"
        ) from error
    if payload not in payloads:
        said = "the opening is of another item than the bundle names"
        return (Check("raw", False, PROVES_FILE, said, "raw.other"),)
    digest, root = _recomputed(raw, key, given["every_frame"], accept_unsandboxed)
    if file_commitment(salt, digest) != payload[32:]:
        said = "the file and the salt do not give the commitment: this is another file"
        return (Check("raw", False, PROVES_FILE, said, "raw.commitment"),)
    file_check = Check("raw", True, PROVES_FILE, "salted commitment of the file, computed here")
    if root != payload[:32]:
        said = "another root: another file, or another decoder build (MPEG-4 part 2 and MJPEG differ)"
        return file_check, Check("root", False, PROVES_ROOT, said, "raw.root")
    return file_check, Check("root", True, PROVES_ROOT, "item root, computed here")


def _recomputed(raw: Path, key: bytes, every_frame: bool, accept_unsandboxed: bool) -> tuple[bytes, bytes]:
    """(digest of the raw, item root) from the jail."""
    said: list[tuple[bytes, bytes]] = []

    def on_record(record: dict[str, Any]) -> None:
        checked = Checked(record).only("type", "sha256", "item_root")
        checked.one_of("type", {"root"})
        root = checked.digest("item_root") if record["item_root"] else b""
        said.append((checked.digest("sha256"), root))

    try:
        fd = os.open(raw, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise UnusableInputError("the raw file cannot be opened", "check the path") from error
    try:
        ended = jail.run(
            ROOT_TASK,
            {"every_frame": every_frame},
            files={"file": fd},
            secrets={"item_key": key},
            budget=jail.Budget(memory_bytes=MEMORY_BYTES, cpu_s=int(WALL_S), wall_s=WALL_S),
            on_record=on_record,
            allow_unsandboxed=accept_unsandboxed,
        )
    except ProtocolBroken as error:
        raise CheckFailedError(f"the raw could not be read: the child broke the protocol: {error}") from error
    finally:
        os.close(fd)
    if ended.ended is not jail.Ended.DONE or len(said) != 1:
        raise CheckFailedError(f"the raw could not be read: {ended.ended}: {ended.detail}"[:200])
    return said[0]
