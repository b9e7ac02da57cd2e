"""Signing checkpoints, and never an inconsistent one (c2sp.org/tlog-checkpoint; docs/spec/ledger.md)."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from witnessmark.ground.ledger.secrets import LogKey
from witnessmark.ground.ledger.storage import CheckpointRow, LedgerStorage
from witnessmark.model.errors import LedgerError
from witnessmark_verify.merkle import verify_consistency
from witnessmark_verify.note import (
    COSIGNATURE_V1,
    Checkpoint,
    Note,
    NoteError,
    Signature,
    VerifierKey,
    cosigned_message,
)

HINT = "run `witnessmark audit`; sign nothing until it says what was changed"


def read_checkpoint(row: CheckpointRow, key: VerifierKey) -> Checkpoint:
    """The checkpoint of a row. LedgerError unless the note is ours alone and says what the row says."""
    where = f"the {row.log} checkpoint of size {row.size}"
    try:
        note = Note.parse(row.note)
        checkpoint = Checkpoint.parse(note.text)
    except NoteError as error:
        raise LedgerError(f"{where} is not a checkpoint: {error}", HINT) from error
    if note.data != row.note or len(note.signatures) != 1 or not note.signatures[0].is_by(key):
        raise LedgerError(f"{where} is not signed by the key of this log alone", HINT)
    try:
        public = Ed25519PublicKey.from_public_bytes(key.public)
        public.verify(note.signatures[0].data, note.text.encode())
    except InvalidSignature as error:
        raise LedgerError(f"the signature of {where} does not hold", HINT) from error
    if (checkpoint.origin, checkpoint.size, checkpoint.root) != (key.name, row.size, row.root):
        raise LedgerError(f"{where} says something else than its row", HINT)
    return checkpoint


def sign_checkpoint(
    storage: LedgerStorage,
    log: str,
    now: Checkpoint,
    key: LogKey,
    *,
    key_of_size: Callable[[int], VerifierKey],
    consistency_proof: Callable[[int], tuple[bytes, ...]],
) -> bytes:
    """Sign ``now`` if the log only grew since the last signed checkpoint; call inside a transaction.

    ``key_of_size`` gives the key that signed checkpoints of a size, ``consistency_proof`` the proof from an
    old size to the present one. Returns the signed note; the earlier one again where nothing was added.
    Raises LedgerError, and signs nothing, on any doubt.
    """
    last = storage.last_checkpoint(log)
    if last is not None:
        before = read_checkpoint(last, key_of_size(last.size))
        if before.size > now.size:
            raise LedgerError(
                f"the {log} log is shorter than its last signed checkpoint",
                "this is an old copy of the case: find the newest copy and work there",
            )
        proof = consistency_proof(before.size)
        if not verify_consistency(before.size, before.root, now.size, now.root, proof):
            raise LedgerError(f"the {log} log does not continue its last signed checkpoint", HINT)
        if before.size == now.size:
            return last.note
    data = key.sign_note(now.text).data
    storage.add_checkpoint(CheckpointRow(log, now.size, now.root, data))
    return data


def cosignature_holds(text: str, line: str, vkey: str) -> bool:
    """Whether the line is a cosignature/v1 by that key over the text (c2sp.org/tlog-cosignature)."""
    try:
        key, signature = VerifierKey.parse(vkey), Signature.parse(line)
    except NoteError:
        return False
    posix_time = int.from_bytes(signature.data[:8], "big")
    if key.algorithm != COSIGNATURE_V1 or not signature.is_by(key) or len(signature.data) != 72:
        return False
    if not 0 < posix_time < 2**63:
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(key.public)
        public.verify(signature.data[8:], cosigned_message(text, posix_time))
    except (InvalidSignature, ValueError):
        return False
    return True
