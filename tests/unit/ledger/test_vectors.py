"""The published test vectors, computed here by literal hashlib calls and compared with file and code.

If they differ, somebody who implements the specification gets another hash than we do, and trusts neither.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from witnessmark.ground.ledger import SeedSigner, acts, leaf, sshsig
from witnessmark.ground.ledger.fillers import filler_root
from witnessmark.ground.ledger.storage import ActRow, LeafRow, PayloadKeyRow, PayloadRow
from witnessmark_verify import daytree, merkle
from witnessmark_verify.note import ED25519, Checkpoint, VerifierKey

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "spec" / "vectors"


def _h(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaf_vectors() -> dict[str, Any]:
    public = (
        b'{"data":{"commitment":"'
        + b"ab" * 32
        + b'"},"kind":"item.received","schema":"witnessmark/leaf-public/1"}'
    )
    private = (
        b'{"actor":"anna","data":{"reason":"handed over"},"schema":"witnessmark/leaf-private/1",'
        b'"time":"2026-10-01T09:00:00.000000Z"}'
    )
    salt_a, salt_b, key, index = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96)), 7
    public_half, private_half = _h(salt_a + public), _h(salt_b + private)
    hashed = _h(b"\x00" + public_half + private_half)
    associated = b"witnessmark/payload/1" + (7).to_bytes(8, "big") + hashed
    return {
        "index": index,
        "public": public.decode(),
        "private": private.decode(),
        "salt_a": salt_a.hex(),
        "salt_b": salt_b.hex(),
        "public_half": public_half.hex(),
        "private_half": private_half.hex(),
        "leaf": hashed.hex(),
        "payload_key": key.hex(),
        "ciphertext": ChaCha20Poly1305(key).encrypt(bytes(12), salt_b + private, associated).hex(),
    }


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def ledger_vectors() -> dict[str, Any]:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = private.public_key().public_bytes_raw()
    before, after = _h(b""), _h(b"\x00" + b"one leaf")
    statement = (
        b"witnessmark-custody-act/1\nwitnessmark-custody/00112233445566778899aabbccddeeff\n0\nanna\n"
        b"2026-10-01T09:00:00.000000Z\n0\n1\n"
        b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nSBCiYVTjRW+oJnbYJMwuUBNuLMyNIM0X879U5aIjgxU=\n"
    )
    namespace, digest = b"witnessmark-custody@v1", hashlib.sha512(statement).digest()
    to_sign = b"SSHSIG" + _string(namespace) + _string(b"") + _string(b"sha512") + _string(digest)
    blob = (
        b"SSHSIG\x00\x00\x00\x01"
        + _string(_string(b"ssh-ed25519") + _string(public))
        + _string(namespace)
        + _string(b"")
        + _string(b"sha512")
        + _string(_string(b"ssh-ed25519") + _string(private.sign(to_sign)))
    )
    origin = "witnessmark-custody/00112233445566778899aabbccddeeff"
    key_id = hashlib.sha256(origin.encode() + b"\n\x01" + public).hexdigest()[:8]
    return {
        "seed": bytes(range(32)).hex(),
        "public": public.hex(),
        "origin": origin,
        "root_before": before.hex(),
        "root_after": after.hex(),
        "statement": statement.decode(),
        "signature": blob.hex(),
        "checkpoint": f"{origin}\n1\nSBCiYVTjRW+oJnbYJMwuUBNuLMyNIM0X879U5aIjgxU=\n",
        "key_id": key_id,
    }


def day_tree_vectors() -> dict[str, Any]:
    salt, payload, day_key, day = bytes(range(32)), bytes([0xAB]) * 32, bytes(range(32, 64)), "2026-10-01"
    name = b"witnessmark/day/1/item"
    entry = _h(b"\x00" + salt + bytes([22]) + name + payload)
    key_of_day = hmac.new(day_key, b"witnessmark/day/1" + day.encode(), hashlib.sha256).digest()
    leaves = [hmac.new(key_of_day, i.to_bytes(8, "big"), hashlib.sha256).digest() for i in range(65535)]
    leaves.append(entry)
    leaves.sort()
    index = leaves.index(entry)
    row, path, place = leaves, [], index
    while len(row) > 1:
        path.append(row[place ^ 1].hex())
        row = [_h(b"\x01" + row[i] + row[i + 1]) for i in range(0, len(row), 2)]
        place //= 2
    data = f'{{"day":"{day}","root":"{row[0].hex()}","schema":"witnessmark/publication-day/1"}}'
    return {
        "day_key": day_key.hex(),
        "day": day,
        "salt": salt.hex(),
        "kind": "item",
        "payload": payload.hex(),
        "day_leaf": entry.hex(),
        "key_of_day": key_of_day.hex(),
        "pad_0": hmac.new(key_of_day, bytes(8), hashlib.sha256).hexdigest(),
        "index": index,
        "path": path,
        "root": row[0].hex(),
        "publication_data": data,
        "publication_leaf": _h(b"\x00" + data.encode()).hex(),
        "filler_root": hmac.new(day_key, b"witnessmark/filler/1" + day.encode(), hashlib.sha256).hexdigest(),
    }


def _stored(name: str) -> dict[str, Any]:
    return dict(json.loads((FOLDER / name).read_text()))


def test_leaf_vectors() -> None:
    """The custody leaf could not be recomputed by a court's expert."""
    expected = leaf_vectors()
    assert expected == _stored("leaf.json")
    row = LeafRow(
        7,
        bytes.fromhex(expected["leaf"]),
        "item.received",
        expected["public"].encode(),
        bytes.fromhex(expected["salt_a"]),
        bytes.fromhex(expected["private_half"]),
    )
    assert expected["leaf"] == leaf.recompute(row).hex()
    payload = PayloadRow(7, bytes.fromhex(expected["ciphertext"]))
    opened = leaf.open_private(row, payload, PayloadKeyRow(7, bytes.fromhex(expected["payload_key"])))
    assert json.loads(expected["private"]) == opened
    assert expected["private"].encode() == leaf.canonical(opened)


def test_ledger_vectors() -> None:
    """A signed act could not be checked with stock OpenSSH."""
    expected = ledger_vectors()
    assert expected == _stored("ledger.json")
    signer = SeedSigner(bytes.fromhex(expected["seed"]))
    before, after = bytes.fromhex(expected["root_before"]), bytes.fromhex(expected["root_after"])
    act = ActRow(0, 0, 1, "anna", "2026-10-01T09:00:00.000000Z", before, after, b"")
    statement = acts.statement(expected["origin"], act)
    assert expected["statement"] == statement.decode()
    assert expected["signature"] == sshsig.sign(signer, statement).hex()
    assert sshsig.verify(signer.public, statement, bytes.fromhex(expected["signature"]))
    assert expected["checkpoint"] == Checkpoint(expected["origin"], 1, after).text
    assert expected["key_id"] == VerifierKey(expected["origin"], ED25519, signer.public).key_id.hex()


def test_day_tree_vectors() -> None:
    """A stranger's program, written from the specification, would reject our proofs."""
    expected = day_tree_vectors()
    assert expected == _stored("day-tree.json")
    entry = daytree.day_leaf(bytes.fromhex(expected["salt"]), "item", bytes.fromhex(expected["payload"]))
    assert expected["day_leaf"] == entry.hex()
    leaves = daytree.day_leaves(bytes.fromhex(expected["day_key"]), expected["day"], [entry])
    root = merkle.root(leaves)
    assert expected["root"] == root.hex()
    filler = filler_root(bytes.fromhex(expected["day_key"]), date.fromisoformat(expected["day"]))
    assert expected["filler_root"] == filler.hex()
    assert expected["path"] == [part.hex() for part in merkle.inclusion_proof(leaves, expected["index"])]
    assert daytree.verify_day(entry, expected["index"], [bytes.fromhex(p) for p in expected["path"]], root)
    assert expected["publication_data"] == daytree.day_data(expected["day"], root).decode()


def test_demonstration_key_is_the_published_one() -> None:
    """A demonstration bundle would pass for evidence."""
    seed = hashlib.sha256(b"witnessmark demonstration key: NOT EVIDENCE").digest()
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert public == daytree.DEMONSTRATION_PUBLIC
