"""The published test vectors of docs/spec/object.md: what another program would be written from."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from witnessmark.ground.vault import age
from witnessmark.ground.vault.reader import SealedReader, item_key, read_header
from witnessmark.ground.vault.store import ObjectStore
from witnessmark.model.errors import VaultError, WitnessmarkError

VECTORS: dict[str, Any] = json.loads((ROOT / "docs/spec/vectors/object.json").read_text())


def content_of(size: int) -> bytes:
    return bytes(i % 251 for i in range(size))


def built(vector: dict[str, Any]) -> bytes:
    """The whole file, made from its header, nonce and file key."""
    out = bytearray(vector["header"].encode() + bytes.fromhex(vector["nonce"]))
    payload = age.PayloadWriter(out.extend, bytes.fromhex(vector["file_key"]), bytes.fromhex(vector["nonce"]))
    payload.write(content_of(vector["size_bytes"]))
    payload.close()
    return bytes(out)


@pytest.mark.parametrize("vector", VECTORS["objects"], ids=lambda v: v["size_bytes"])
def test_objects(vector: dict[str, Any], tmp_path: Path) -> None:
    """Lost otherwise: agreement between the specification and the program."""
    file = built(vector)
    assert vector["file_sha256"] == hashlib.sha256(file).hexdigest()
    assert vector["file_bytes"] == len(file)
    if "file" in vector:
        assert vector["file"] == file.hex()
    header = read_header(file)
    file_key = age.unwrap(header, [VECTORS["identity"]])
    assert (vector["header_bytes"], vector["file_key"]) == (header.header_bytes, file_key.hex())
    assert vector["item_key"] == item_key(file_key).hex()
    path = tmp_path / "object"
    path.write_bytes(file)
    with path.open("rb") as sealed, SealedReader(sealed.fileno(), file_key) as reader:
        assert vector["content_sha256"] == reader.sha256().hex()
        assert vector["size_bytes"] == reader.size
    store = ObjectStore(tmp_path, bytes.fromhex(VECTORS["naming_key"]), (), read_only=True)
    assert vector["object_name"] == store.name_for(bytes.fromhex(vector["content_sha256"]))


@pytest.mark.parametrize("vector", VECTORS["objects"][:3], ids=lambda v: v["size_bytes"])
def test_stock_age_agrees(
    vector: dict[str, Any], stock_age: Callable[[bytes, str], subprocess.CompletedProcess[bytes]]
) -> None:
    """Lost otherwise: vectors that describe something other than age."""
    assert content_of(vector["size_bytes"]) == stock_age(built(vector), VECTORS["identity"]).stdout


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda v: v["why"])
def test_refused(
    vector: dict[str, Any],
    tmp_path: Path,
    stock_age: Callable[[bytes, str], subprocess.CompletedProcess[bytes]],
) -> None:
    """Lost otherwise: a damaged or forged object would be taken for sound, by us or by the stranger's
    tool."""
    file = bytes.fromhex(vector["file"])
    path = tmp_path / "object"
    path.write_bytes(file)
    fd = os.open(path, os.O_RDONLY)
    try:
        with pytest.raises(VaultError):
            SealedReader(fd, age.unwrap(read_header(file), [VECTORS["identity"]]))
    finally:
        os.close(fd)
    with pytest.raises(WitnessmarkError):
        age.decrypt(file, [VECTORS["identity"]])
    assert stock_age(file, VECTORS["identity"]).returncode != 0
