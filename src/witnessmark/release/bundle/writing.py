"""A bundle on disk: a folder, or a zip in its one spelling. No time, owner or mode of this machine enters it."""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from pathlib import Path

from witnessmark.model.errors import UnusableInputError, UsageError
from witnessmark.release.bundle.contents import Content, pieces
from witnessmark_verify.container import Folder, is_path, zip_end, zip_local

FIXED_TIME_S = 315532800
"""1 January 1980, as in the zip: times of files would tell when the bundle was made."""
FILE_MODE, FOLDER_MODE = 0o644, 0o755
"""A bundle is handed around: whoever copies it onto a server or a stick must be able to read it, whatever the umask of
this machine. Set, not asked for: a person who keeps cases has a umask that shuts everybody out."""
LARGEST_ZIP_BYTES = (1 << 32) - (1 << 20)


def write_folder(files: Mapping[str, Content], target: Path) -> None:
    """Write into a folder that does not exist or is empty. All of it gets the same fixed time, and can be read by
    everybody."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError("the folder for the bundle is not empty", "name a folder that does not exist yet")
    for path, content in sorted(files.items()):
        if not is_path(path):
            raise UsageError("a file of the bundle has a name that may not stand there")
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as stream:
            for piece in pieces(content):
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
            os.fchmod(stream.fileno(), FILE_MODE)
    for place in sorted(target.rglob("*"), reverse=True):
        if place.is_dir():
            place.chmod(FOLDER_MODE)
        os.utime(place, (FIXED_TIME_S, FIXED_TIME_S))
    target.chmod(FOLDER_MODE)
    os.utime(target, (FIXED_TIME_S, FIXED_TIME_S))


def write_zip(files: Mapping[str, Content], target: Path) -> None:
    """Write the one zip that these files make. UsageError where it would be 4 GiB or more."""
    entries: list[tuple[str, int, int]] = []
    with target.open("xb") as stream:
        for path, content in sorted(files.items()):
            crc = size = 0
            for piece in pieces(content):
                crc, size = zlib.crc32(piece, crc), size + len(piece)
            stream.write(zip_local(path, crc, size))
            for piece in pieces(content):
                stream.write(piece)
            entries.append((path, crc, size))
            if stream.tell() > LARGEST_ZIP_BYTES:
                raise UsageError("the bundle is too large for a zip", "write it as a folder")
        stream.write(zip_end(entries))
        stream.flush()
        os.fsync(stream.fileno())
        os.fchmod(stream.fileno(), FILE_MODE)


def read_folder(root: Path) -> dict[str, Content]:
    """The files of a bundle that was written before. UnusableInputError where it is none."""
    try:
        return {path: root / path for path in Folder(root).sizes}
    except (OSError, ValueError) as error:
        raise UnusableInputError("the bundle cannot be read", "name the folder that holds it") from error
