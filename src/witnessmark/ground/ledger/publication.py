"""The publication log: day roots only, under a random origin, cosigned by witnesses (docs/spec/day-tree.md).

It has one leaf for each day (the filler days before the first act among them, fillers.py), so it stays small and is
read as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from witnessmark.ground.ledger.checkpoints import sign_checkpoint
from witnessmark.ground.ledger.secrets import LedgerSecrets, LogKey, SeedSigner
from witnessmark.ground.ledger.storage import (
    PUBLICATION,
    CheckpointRow,
    CosignatureRow,
    LedgerStorage,
    PublicationLeafRow,
)
from witnessmark.model.errors import LedgerError, UnusableInputError
from witnessmark_verify import daytree, ed25519, merkle
from witnessmark_verify.bundle import index_text
from witnessmark_verify.note import (
    COSIGNATURE_V1,
    Checkpoint,
    Note,
    NoteError,
    Signature,
    VerifierKey,
    decode_base64,
    encode_base64,
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """A change of key, as its leaf says."""

    index: int
    old_vkey: str
    new_vkey: str
    signature: str

    @property
    def holds(self) -> bool:
        """Whether the old key signed the hand-over to the new one, at that leaf of that log."""
        try:
            old, new = VerifierKey.parse(self.old_vkey), VerifierKey.parse(self.new_vkey)
            signature = decode_base64(self.signature)
        except NoteError:
            return False
        text = daytree.rotation_text(old.name, self.index, self.old_vkey, self.new_vkey)
        return old.name == new.name and ed25519.verify(old.public, text, signature)


def rotations(leaves: Sequence[PublicationLeafRow]) -> tuple[Rotation, ...]:
    """The changes of key among the leaves, in order. Signatures are checked elsewhere."""
    found = []
    for leaf in leaves:
        if daytree.KEY_SCHEMA.encode() not in leaf.data:
            continue
        try:
            document = json.loads(leaf.data)
            found.append(
                Rotation(
                    int(document["index"]),
                    str(document["old_vkey"]),
                    str(document["new_vkey"]),
                    str(document["signature"]),
                )
            )
        except (ValueError, KeyError, TypeError):
            continue
    return tuple(found)


class PublicationLog:
    """The publication log of one case. Every writing call belongs inside ``storage.transaction()``."""

    def __init__(self, storage: LedgerStorage, secrets: LedgerSecrets) -> None:
        self._storage = storage
        self._secrets = secrets

    # keys
    def _rotations(self) -> tuple[Rotation, ...]:
        return rotations(self._storage.publication_leaves())

    @property
    def first_vkey(self) -> VerifierKey:
        """The key with which the log began: FINGERPRINT is taken of it."""
        return self._secrets.publication_key(None).vkey

    def vkey_of_size(self, size: int) -> VerifierKey:
        """The key that signs checkpoints of that size."""
        key = self.first_vkey
        for rotation in self._rotations():
            if rotation.index < size:
                key = VerifierKey.parse(rotation.new_vkey)
        return key

    def _key_now(self) -> LogKey:
        made = self._rotations()
        return self._secrets.publication_key(made[-1].new_vkey if made else None)

    def rotate(self) -> Rotation:
        """Hand over to the newest seed of the secrets, by a leaf that the present key signs."""
        old = self._key_now()
        new = LogKey(self._secrets.publication_origin, self._secrets.publication_seeds[-1])
        if old.seed in self._secrets.publication_seeds[-1:]:
            raise LedgerError(
                "there is no new publication key to rotate to",
                "save the secrets with a further publication seed first",
            )
        index = len(self._storage.publication_leaves())
        text = daytree.rotation_text(old.origin, index, old.vkey.text, new.vkey.text)
        signature = encode_base64(SeedSigner(old.seed).sign(text))
        self.append(daytree.rotation_data(index, old.vkey.text, new.vkey.text, signature))
        return Rotation(index, old.vkey.text, new.vkey.text, signature)

    # leaves
    def append(self, data: bytes) -> int:
        """Add a leaf; its index."""
        index = len(self._storage.publication_leaves())
        self._storage.append_publication_leaves([PublicationLeafRow(index, merkle.leaf_hash(data), data)])
        return index

    def begin(self, datas: Sequence[bytes]) -> None:
        """Let the log begin with these leaves. LedgerError where it has begun."""
        if self._storage.publication_leaves():
            raise LedgerError(
                "the publication log has begun already", "filler days are drawn with a new case"
            )
        rows = [PublicationLeafRow(index, merkle.leaf_hash(data), data) for index, data in enumerate(datas)]
        self._storage.append_publication_leaves(rows)

    def _hashes(self, size: int | None = None) -> list[bytes]:
        return [leaf.leaf_hash for leaf in self._storage.publication_leaves()[:size]]

    def inclusion_proof(self, index: int, size: int) -> tuple[bytes, ...]:
        return merkle.inclusion_proof(self._hashes(size), index)

    # checkpoints
    def checkpoint(self) -> bytes:
        """Sign the present state. LedgerError where the log has no leaf yet."""
        hashes = self._hashes()
        if not hashes:
            raise LedgerError(
                "the publication log has no day yet", "a day is closed when the case is opened the day after"
            )
        key = self._key_now()
        return sign_checkpoint(
            self._storage,
            PUBLICATION,
            Checkpoint(key.origin, len(hashes), merkle.root(hashes)),
            key,
            key_of_size=self.vkey_of_size,
            consistency_proof=lambda old_size: merkle.consistency_proof(hashes, old_size),
        )

    def checkpoint_row(self, size: int | None = None) -> CheckpointRow:
        """The stored checkpoint of that size, or the last one."""
        rows = self._storage.checkpoints(PUBLICATION)
        for row in reversed(rows):
            if size is None or row.size == size:
                return row
        raise LedgerError(
            "there is no such publication checkpoint", "sign a publication checkpoint, then try again"
        )

    def cosigned(self, size: int | None = None) -> bytes:
        """The checkpoint note with every cosignature that came back for it."""
        row = self.checkpoint_row(size)
        note = Note.parse(row.note)
        extra = tuple(
            Signature.parse(cosignature.line) for cosignature in self._storage.cosignatures(row.size)
        )
        return Note(note.text, note.signatures + extra).data

    # witnesses
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        return tuple(VerifierKey.parse(row.vkey) for row in self._storage.witnesses())

    def witness_request(self, old_size: int) -> str:
        """Body of a C2SP tlog-witness add-checkpoint request, for the last signed checkpoint.

        ``old_size`` is the size that the witness cosigned last, 0 if it never did (a witness that knows
        another size answers with that number).
        """
        row = self.checkpoint_row()
        if not 0 <= old_size <= row.size:
            raise UnusableInputError(
                "the witness knows a larger log than the last signed checkpoint",
                "if the number is right, this is an old copy of the case: find the newest copy",
            )
        proof = merkle.consistency_proof(self._hashes(row.size), old_size)
        lines = "".join(f"{encode_base64(part)}\n" for part in proof)
        return f"old {old_size}\n{lines}\n{row.note.decode()}"

    def accept_cosignature(self, text: str) -> tuple[CosignatureRow, ...]:
        """Keep the cosignatures in a witness's answer that hold; lines of unknown keys are ignored.

        Raises UnusableInputError where nothing in it is by a known witness on one of our checkpoints.
        """
        keys = {row.vkey: VerifierKey.parse(row.vkey) for row in self._storage.witnesses()}
        accepted = []
        for line in text.splitlines():
            try:
                signature = Signature.parse(line)
            except NoteError:
                continue
            for vkey, key in keys.items():
                size = self._size_cosigned(signature, key) if signature.is_by(key) else None
                if size is not None:
                    accepted.append(CosignatureRow(size, vkey, signature.line))
        if not accepted:
            raise UnusableInputError(
                "no line of this answer is a cosignature by a known witness on one of our checkpoints",
                "add the witness's key first, or ask the witness again with a fresh request",
            )
        for row in accepted:
            self._storage.add_cosignature(row)
        return tuple(accepted)

    def _size_cosigned(self, signature: Signature, key: VerifierKey) -> int | None:
        """Newest first: an answer is nearly always for the last checkpoint."""
        for row in reversed(self._storage.checkpoints(PUBLICATION)):
            if Note(Note.parse(row.note).text, (signature,)).cosigned_at(key) is not None:
                return row.size
        return None

    # proofs
    def keys_json(self, size: int) -> bytes:
        """publication-keys.json: the first key and the changes that a checkpoint of that size rests on."""
        document = {
            "schema": "witnessmark/publication-keys/1",
            "first_vkey": self.first_vkey.text,
            "rotations": [
                {"index": r.index, "old_vkey": r.old_vkey, "new_vkey": r.new_vkey, "signature": r.signature}
                for r in self._rotations()
                if r.index < size
            ],
        }
        return json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"

    def sign_bundle(self, index: bytes, size: int | None = None) -> bytes:
        """Signed note over the index of a public bundle that rests on the checkpoint of that size (or the last)."""
        key = self.vkey_of_size(self.checkpoint_row(size).size)
        return self._secrets.publication_key(key.text).sign_note(index_text(key.name, index)).data

    def policy(self, size: int) -> bytes:
        """A C2SP tlog-policy that names the log and the witnesses, and asks for no quorum of its own."""
        lines = [f"log {self.vkey_of_size(size).text}"]
        lines += [f"witness w{number} {key.text}" for number, key in enumerate(self.witness_keys(), 1)]
        return ("\n".join([*lines, "quorum none"]) + "\n").encode()


def parse_witness_key(text: str) -> VerifierKey:
    """A witness's vkey of type cosignature/v1. UnusableInputError where it is none."""
    try:
        key = VerifierKey.parse(text.strip())
    except NoteError as error:
        raise UnusableInputError(f"this is not a witness key: {error}") from error
    if key.algorithm != COSIGNATURE_V1:
        raise UnusableInputError(
            "this key is not for cosignatures", "ask the witness for a vkey of type 0x04 (cosignature/v1)"
        )
    return key
