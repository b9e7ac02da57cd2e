"""A task that reads a sealed object from inside the jail; started by ``test_in_jail``."""

from __future__ import annotations

from typing import Any

from witnessmark.ground.jail import Outlet
from witnessmark.ground.vault.reader import SealedReader, item_key


def read_sealed(
    request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Outlet
) -> None:
    file_key = secrets["file_key"]
    with SealedReader(files["object"], file_key) as reader:
        end = reader.read_at(reader.size_bytes - 5, 100)
        out.record({"sha256": reader.sha256().hex(), "end": end.hex(), "item_key": item_key(file_key).hex()})
