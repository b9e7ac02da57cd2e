"""A witness for tests: a program of its own, with its own state and key; shares no code with the project.

Speaks C2SP tlog-witness ``add-checkpoint`` by files instead of HTTP and answers with the same status numbers.

    witness.py init STATE NAME              makes a key; prints the witness's vkey
    witness.py trust STATE VKEY             accepts checkpoints of the log with this key
    witness.py answer STATE REQUEST ANSWER  prints 200 and writes the cosignature, or prints why not
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import time
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def _vkey(name: str, kind: int, public: bytes) -> str:
    return f"{name}+{_key_id(name, kind, public).hex()}+{_b64(bytes([kind]) + public)}"


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _roots(
    proof: list[bytes], old: int, new: int, old_root: bytes, whole: bool = True
) -> tuple[bytes, bytes]:
    """Old and new root that a consistency proof gives, by RFC 6962 section 2.1.2 read backwards.

    Consumes ``proof`` from its end. Raises IndexError when it is too short.
    """
    if old == new:
        if whole:
            return old_root, old_root
        part = proof.pop()
        return part, part
    split = 1
    while split * 2 < new:
        split *= 2
    part = proof.pop()
    if old <= split:
        left_old, left_new = _roots(proof, old, split, old_root, whole)
        return left_old, _node(left_new, part)
    right_old, right_new = _roots(proof, old - split, new - split, old_root, False)
    return _node(part, right_old), _node(part, right_new)


def _is_consistent(proof: list[bytes], old: int, old_root: bytes, new: int, new_root: bytes) -> bool:
    if old == 0:
        return not proof
    rest = list(proof)
    try:
        found = _roots(rest, old, new, old_root)
    except IndexError:
        return False
    return not rest and found == (old_root, new_root)


class Witness:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "witness.json"
        self.state = json.loads(self._file.read_text())
        self._private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.state["seed"]))

    @classmethod
    def init(cls, folder: Path, name: str) -> Witness:
        folder.mkdir(parents=True)
        seed = Ed25519PrivateKey.generate().private_bytes_raw().hex()
        (folder / "witness.json").write_text(json.dumps({"name": name, "seed": seed, "logs": {}, "seen": {}}))
        return cls(folder)

    @property
    def vkey(self) -> str:
        return _vkey(self.state["name"], 4, self._private.public_key().public_bytes_raw())

    def _save(self) -> None:
        self._file.write_text(json.dumps(self.state))

    def trust(self, vkey: str) -> None:
        self.state["logs"].setdefault(vkey.split("+")[0], []).append(vkey)
        self._save()

    def answer(self, request: str) -> tuple[int, str]:
        head, _, note = request.partition("\n\n")
        first, *lines = head.split("\n")
        body, _, signatures = note.rpartition("\n\n")
        body += "\n"
        origin, size_text, root_text = body.split("\n")[:3]
        if origin not in self.state["logs"]:
            return 404, ""
        if not any(self._signed(body, signatures, vkey) for vkey in self.state["logs"][origin]):
            return 403, ""
        old, size = int(first.removeprefix("old ")), int(size_text)
        root = base64.b64decode(root_text)
        seen = self.state["seen"].get(origin, {"size": 0, "root": ""})
        if old > size:
            return 400, ""
        if old != seen["size"]:
            return 409, f"{seen['size']}\n"
        proof = [base64.b64decode(line) for line in lines]
        old_root = base64.b64decode(seen["root"])
        if not _is_consistent(proof, old, old_root, size, root):
            return 422, ""
        self.state["seen"][origin] = {"size": size, "root": root_text}
        self._save()
        return 200, self._cosign(body)

    @staticmethod
    def _signed(body: str, signatures: str, vkey: str) -> bool:
        name, key_id, material = vkey.split("+", 2)
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(material)[1:])
        for line in signatures.splitlines():
            _, signer, data = line.split(" ")
            blob = base64.b64decode(data)
            if signer == name and blob[:4].hex() == key_id:
                try:
                    public.verify(blob[4:], body.encode())
                except InvalidSignature:
                    return False
                return True
        return False

    def _cosign(self, body: str) -> str:
        now = int(time.time())
        signature = self._private.sign(f"cosignature/v1\ntime {now}\n{body}".encode())
        name, public = self.state["name"], self._private.public_key().public_bytes_raw()
        return f"— {name} {_b64(_key_id(name, 4, public) + now.to_bytes(8, 'big') + signature)}\n"


def main(arguments: list[str]) -> int:
    verb, folder, *rest = arguments
    if verb == "init":
        print(Witness.init(Path(folder), rest[0]).vkey)
    elif verb == "trust":
        Witness(Path(folder)).trust(rest[0])
    else:
        status, text = Witness(Path(folder)).answer(Path(rest[0]).read_text())
        Path(rest[1]).write_text(text)
        print(status)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
