"""A proposed release as one sealed object: every file that the manifest lists, exactly as people will sign it.

What is approved must be what goes out, byte for byte; so nothing is made again after the first signature. Until then
the files lie in the vault, never in clear on a disk. Form: a length, a JSON index, and the contents one after another.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from witnessmark.case.case import Case
from witnessmark.model.errors import VaultError
from witnessmark.model.redaction import Form
from witnessmark.model.release import Release
from witnessmark.release.bundle.contents import Contents, pieces
from witnessmark.release.bundle.layout import Draft

SCHEMA = "witnessmark/stored/release-draft/1"
LENGTH_BYTES = 8


def keep_draft(case: Case, made: Draft) -> tuple[str, bytes, int]:
    """Seal a draft. Returns the object's name, the digest of its plain content and its length."""
    index: dict[str, Any] = {
        "schema": SCHEMA,
        "release": made.contents.release.hex(),
        "origin": made.contents.origin,
        "form": str(made.contents.form),
        "items": [payload.hex() for payload in made.contents.items],
        "demonstration": made.contents.is_demonstration,
        "manifest": made.manifest.decode("utf-8"),
        "files": [],
    }
    contents = {path: b"".join(pieces(content)) for path, content in sorted(made.files.items())}
    index["files"] = [[path, len(data)] for path, data in contents.items()]
    head = json.dumps(index, ensure_ascii=True, sort_keys=True).encode()
    state, size_bytes = hashlib.sha256(), 0
    with case.store.begin() as draft:
        for data in (len(head).to_bytes(LENGTH_BYTES, "big"), head, *contents.values()):
            state.update(data)
            size_bytes += len(data)
            draft.write(data)
        stored = draft.commit(state.digest())
    return stored.name, state.digest(), size_bytes


def read_draft(case: Case, release: Release) -> Draft:
    """A draft as it was kept. Raises VaultError where the object is damaged or is another than the release names."""
    data = b"".join(case.content(str(release.document["object"])))
    if hashlib.sha256(data).hexdigest() != release.document["sha256"]:
        raise VaultError("the kept draft of this release is another one", "run `witnessmark audit`")
    start = LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "big")
    index = json.loads(data[LENGTH_BYTES:start])
    files: dict[str, bytes] = {}
    for path, length in index["files"]:
        files[path] = data[start : start + length]
        start += length
    statement = {path: content for path, content in files.items() if path.startswith("statement.")}
    contents = Contents(
        release=bytes.fromhex(index["release"]),
        origin=index["origin"],
        form=Form(index["form"]),
        statement=statement,
        items=tuple(bytes.fromhex(payload) for payload in index["items"]),
        parts=(),
        is_demonstration=index["demonstration"],
    )
    return Draft(contents, files, index["manifest"].encode("utf-8"))
