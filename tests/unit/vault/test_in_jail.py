"""The reader at its place of work: one object's descriptor and key, and nothing else, inside the jail."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import Any

from witnessmark.ground.jail import Budget, Ended, run
from witnessmark.ground.vault import age
from witnessmark.ground.vault.reader import item_key
from witnessmark.ground.vault.store import ObjectStore


def test_a_sealed_object_is_read_inside_the_jail(tmp_path: Path, identity: str) -> None:
    """Lost otherwise: every examination, since nothing is examined but sealed objects in the jail."""
    content = os.urandom(3 << 20) + b"the end"
    store = ObjectStore(tmp_path / "objects", bytes(32), [age.recipient_of(identity)])
    with store.begin() as draft:
        digest, _ = draft.absorb(io.BytesIO(content))
        file_key, stored = draft.file_key, draft.commit(digest)
    records: list[dict[str, Any]] = []
    fd = store.open(stored.name)
    result = run(
        "tests.unit.vault.jailed:read_sealed",
        {},
        files={"object": fd},
        secrets={"file_key": file_key},
        budget=Budget(memory_bytes=1 << 30, cpu_s=20, wall_s=20.0),
        on_record=records.append,
        allow_unsandboxed=True,
    )
    os.close(fd)
    expected = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "end": content[-5:].hex(),
        "item_key": item_key(file_key).hex(),
    }
    assert (result.ended, records) == (Ended.DONE, [expected])
