"""What this machine offers to a case: sandbox, decoders, database, safe writing, fonts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from witnessmark.ground import jail
from witnessmark.ground.media import build_id
from witnessmark.ground.media.build import missing_decoders
from witnessmark.ground.vault import durable
from witnessmark.model.errors import WitnessmarkError

WANTED_DECODERS = (
    "h264",
    "hevc",
    "mpeg4",
    "mjpeg",
    "h263",
    "vp8",
    "vp9",
    "av1",
    "aac",
    "mp3",
    "amrnb",
    "flac",
)
FONT_FOLDERS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu", "/usr/share/fonts/TTF")


def look(folder: Path) -> dict[str, Any]:
    """Everything that `doctor` reports, as JSON values."""
    import sqlcipher3

    missing = missing_decoders(WANTED_DECODERS)
    fault = _writing_fault(folder)
    return {
        "sandbox": str(jail.level()),
        "build": build_id(),
        "codecs": [name for name in WANTED_DECODERS if name not in missing],
        "missing_codecs": list(missing),
        "database": f"SQLCipher on SQLite {sqlcipher3.sqlite_version}",
        "durable": fault is None,
        "durable_fault": fault or "",
        "fonts": any(Path(place).is_dir() for place in FONT_FOLDERS),
    }


def _writing_fault(folder: Path) -> str | None:
    """Try the durable writer where cases will lie: some file systems offer neither links nor safe renaming."""
    if not folder.is_dir():
        return "the folder does not exist"
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".doctor-") as trial:
            path = Path(trial) / "probe"

            def fill(write: Callable[[memoryview], object]) -> None:
                write(memoryview(os.urandom(16)))

            durable.write_new(path, fill, 0o400)
    except (WitnessmarkError, OSError) as error:
        return type(error).__name__
    return None
