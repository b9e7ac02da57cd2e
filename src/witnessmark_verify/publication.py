"""The check of one entry's proof: day leaf, day tree, publication log, keys and cosignatures.

Formats: docs/spec/day-tree.md. Works on file contents, so that a folder, an archive or a bundle can be
checked alike. Every check says what it proves. The first that fails ends the run: what follows would rest on it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from witnessmark_verify import daytree, ed25519, merkle
from witnessmark_verify.documents import (
    read_document,
    read_hex,
    read_list,
    read_number,
    read_object,
    read_text,
)
from witnessmark_verify.note import (
    ED25519,
    Checkpoint,
    Note,
    VerifierKey,
    decode_base64,
    parse_decimal,
)
from witnessmark_verify.policy import Policy
from witnessmark_verify.verdict import (
    DEMONSTRATION,
    ESTABLISHED,
    NOT_ESTABLISHED,
    Check,
    Refused,
    Verdict,
)

DAY_PROOF = "day-proof.json"
LOG_PROOF = "publication.tlog-proof"
KEYS = "publication-keys.json"
POLICY = "policy.txt"
FILES = (DAY_PROOF, LOG_PROOF, KEYS, POLICY)
MAX_FILE_BYTES = 1 << 20
"""A proof has some kilobytes."""
_LOG_PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_MAX_PATH = 63
"""c2sp.org/tlog-witness: no proof of a log below 2**63 leaves is longer."""
_MOST_ROTATIONS = 1000
_LONGEST_VKEY = 300


@dataclass(frozen=True)
class LogKeys:
    """The keys of a log, each with the index of the leaf after which it signs (-1: from the start)."""

    keys: tuple[tuple[int, VerifierKey], ...]

    @property
    def first(self) -> VerifierKey:
        return self.keys[0][1]

    @property
    def last(self) -> VerifierKey:
        return self.keys[-1][1]

    @property
    def is_demonstration(self) -> bool:
        """Anyone can sign with one of them."""
        return any(key.public == daytree.DEMONSTRATION_PUBLIC for _, key in self.keys)

    def of_size(self, size: int) -> VerifierKey:
        """The key that signs checkpoints of that size."""
        return [key for first, key in self.keys if first < size][-1]


LEAST_DIGITS = 32
"""Of a fingerprint, to be believed."""


@dataclass(frozen=True)
class Entry:
    """A day entry that was shown to stand in the log of a checkpoint."""

    day: str
    kind: str
    payload: bytes
    index: int
    checkpoint: Checkpoint
    note: Note


def read_first_key(data: bytes) -> VerifierKey:
    """The key with which the log began."""
    document = read_document(
        data, KEYS, "witnessmark/publication-keys/1", ("first_vkey", "rotations"), "keys.format"
    )
    try:
        first = VerifierKey.parse(read_text(document["first_vkey"], "keys.format", _LONGEST_VKEY))
    except ValueError as error:
        raise Refused("keys.format", str(error)) from error
    if first.algorithm != ED25519:
        raise Refused("keys.format", "the log's first key is not a key for checkpoints")
    return first


def is_fingerprint_of(first: VerifierKey, typed: str) -> bool:
    """Whether somebody typed this log's fingerprint, or at least its first 32 digits (128 bits), as a video's strip
    shows them; blanks between them do not count. Fewer could be met by trying names of logs."""
    digits = "".join(typed.split()).lower()
    return len(digits) >= LEAST_DIGITS and first.fingerprint.startswith(digits)


def check_issuer(first: VerifierKey, trust: str | None) -> tuple[str, str]:
    """(issuer as it stands after this, what was seen). Refused where the fingerprint is another one."""
    if first.public == daytree.DEMONSTRATION_PUBLIC:
        return DEMONSTRATION, "anyone can sign with the published demonstration key: NOT EVIDENCE"
    if trust is None:
        return NOT_ESTABLISHED, f"not checked: no fingerprint was given; this log says {first.fingerprint}"
    if not is_fingerprint_of(first, trust):
        raise Refused("issuer.fingerprint", f"this is another log: its fingerprint is {first.fingerprint}")
    return ESTABLISHED, first.fingerprint


def read_keys(data: bytes) -> LogKeys:
    """The chain of keys, each hand-over signed by the key before it."""
    keys = [(-1, read_first_key(data))]
    document = read_document(
        data, KEYS, "witnessmark/publication-keys/1", ("first_vkey", "rotations"), "keys.format"
    )
    for change in read_list(document["rotations"], "keys.format", _MOST_ROTATIONS):
        try:
            keys.append(_next_key(change, *keys[-1]))
        except ValueError as error:
            raise Refused("keys.rotation", str(error)) from error
    return LogKeys(tuple(keys))


def _next_key(change: object, last_index: int, last: VerifierKey) -> tuple[int, VerifierKey]:
    code = "keys.rotation"
    given = read_object(change, code, ("index", "new_vkey", "old_vkey", "signature"))
    index = read_number(given["index"], code, 0, 1 << 53)
    old_text, new_text, signature = (
        read_text(given[name], code, _LONGEST_VKEY) for name in ("old_vkey", "new_vkey", "signature")
    )
    new = VerifierKey.parse(new_text)
    if old_text != last.text or new.name != last.name or new.algorithm != ED25519 or index <= last_index:
        raise Refused(code, "a change of key does not follow the key before it")
    if not ed25519.verify(
        last.public, daytree.rotation_text(last.name, index, last.text, new.text), decode_base64(signature)
    ):
        raise Refused(code, "a change of key is not signed by the key before it")
    return index, new


def check_entry(day_proof: bytes, log_proof: bytes, keys: LogKeys) -> Entry:
    """That the entry of ``day-proof.json`` stands in the log of the checkpoint in ``publication.tlog-proof``."""
    day, kind, payload, data = _check_day(day_proof)
    try:
        return _check_log(day, kind, payload, data, log_proof, keys)
    except ValueError as error:  # NoteError among them
        raise Refused("checkpoint.format", str(error)) from error


def _check_day(data: bytes) -> tuple[str, str, bytes, bytes]:
    code = "entry.format"
    members = ("day", "index", "kind", "path", "payload", "root", "salt")
    document = read_document(data, DAY_PROOF, "witnessmark/day-proof/1", members, code)
    day, kind = read_text(document["day"], code), read_text(document["kind"], code)
    index = read_number(document["index"], code, 0, daytree.LEAVES - 1)
    path = [
        read_hex(part, code, merkle.HASH_BYTES) for part in read_list(document["path"], code, daytree.DEPTH)
    ]
    payload, root = read_hex(document["payload"], code), read_hex(document["root"], code, merkle.HASH_BYTES)
    try:
        if datetime.date.fromisoformat(day).isoformat() != day:
            raise ValueError
        leaf = daytree.day_leaf(read_hex(document["salt"], code), kind, payload)
    except ValueError as error:
        raise Refused(code, "the entry is not one of day, kind, salt and payload") from error
    if not daytree.verify_day(leaf, index, path, root):
        raise Refused("entry.path", "the entry does not stand in a day tree with this root")
    return day, kind, payload, merkle.leaf_hash(daytree.day_data(day, root))


def _check_log(day: str, kind: str, payload: bytes, day_root: bytes, proof: bytes, keys: LogKeys) -> Entry:
    head, _, note_data = proof.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Refused("checkpoint.format", f"{LOG_PROOF} is not a tlog-proof") from error
    if len(lines) < 2 or lines[0] != _LOG_PROOF_HEADER or not lines[1].startswith("index "):
        raise Refused("checkpoint.format", f"{LOG_PROOF} is not a tlog-proof")
    if len(lines) - 2 > _MAX_PATH:
        raise Refused("entry.log", "the proof is longer than any log needs")
    index = parse_decimal(lines[1][len("index ") :])
    path = [decode_base64(line) for line in lines[2:]]
    note = Note.parse(note_data)
    checkpoint = Checkpoint.parse(note.text)
    key = keys.of_size(checkpoint.size)
    if checkpoint.origin != key.name:
        raise Refused("checkpoint.other", "the checkpoint is of another log")
    if not note.is_signed_by(key):
        raise Refused("checkpoint.signature", "the checkpoint is not signed by the key of the log")
    if not merkle.verify_inclusion(day_root, index, checkpoint.size, path, checkpoint.root):
        raise Refused("entry.log", "the day's root does not stand in the log of this checkpoint")
    return Entry(day, kind, payload, index, checkpoint, note)


def _moment(posix: int) -> str:
    utc = datetime.timezone.utc  # noqa: UP017 (datetime.UTC came with Python 3.11)
    return datetime.datetime.fromtimestamp(posix, utc).isoformat()


def check_witnesses(note: Note, keys: LogKeys, theirs: bytes, mine: bytes | None) -> str:
    """What the cosignatures on the checkpoint are worth, by the publisher's list and by the stranger's policy."""
    try:
        listed = Policy.parse(theirs)
        policy = listed if mine is None else Policy.parse(mine)
    except ValueError as error:
        raise Refused("policy.format", str(error)) from error
    if keys.last not in listed.logs:
        raise Refused("policy.log", f"{POLICY} names another log")
    if mine is not None and policy.logs and keys.last not in policy.logs:
        raise Refused("policy.log", "your policy does not name this log")
    # lines by keys that neither list knows cannot be checked, so nothing may rest on them
    known = [key for _, key in (*policy.witnesses, *listed.witnesses)] + [key for _, key in keys.keys]
    if any(not any(line.is_by(key) for key in known) for line in note.signatures):
        raise Refused(
            "witness.unknown", "the checkpoint carries a signature line by a key that no list names"
        )
    cosigned = {}
    for name, key in policy.witnesses:
        if any(signature.is_by(key) for signature in note.signatures):
            posix = note.cosigned_at(key)
            if posix is None:
                raise Refused("witness.signature", f"the cosignature of witness {key.name} does not hold")
            cosigned[name] = (key, posix)
    if not policy.is_met_by(cosigned):
        raise Refused(
            "witness.quorum", f"the quorum of {'the' if mine is None else 'your'} policy is not met"
        )
    if not cosigned:
        return "none cosigned: that the issuer keeps a second version of the log is not excluded"
    try:
        said = [f"{key.name} at {_moment(posix)}" for key, posix in cosigned.values()]
    except (ValueError, OverflowError, OSError) as error:
        raise Refused("witness.signature", "a witness states a time that no calendar has") from error
    whose = "the publisher's list: ask them yourself" if mine is None else "by your policy"
    return f"{len(said)} cosigned ({whose}): {'; '.join(said)}"


def run_steps(steps: tuple[tuple[str, str, Callable[[], str]], ...]) -> tuple[bool, tuple[Check, ...]]:
    """Run checks in order up to the first that refuses."""
    checks = []
    for name, proves, step in steps:
        try:
            checks.append(Check(name, True, proves, step()))
        except Refused as refused:
            checks.append(Check(name, False, proves, str(refused), refused.code))
            return False, tuple(checks)
    return True, tuple(checks)


class _Proof:
    """The files of one proof, checked step by step; each step uses what the steps before it established."""

    def __init__(self, files: Mapping[str, bytes], trust: str | None, policy: bytes | None) -> None:
        self._files = files
        self._trust = trust
        self._policy = policy
        self._issuer = NOT_ESTABLISHED
        self._keys = LogKeys(())
        self._note = Note("", ())

    def run(self) -> Verdict:
        ok, checks = run_steps(
            (
                ("files", "nothing is missing, and nothing stands there unchecked", self._check_files),
                ("issuer", "the log began with the key whose fingerprint you were given", self._check_issuer),
                ("keys", "each later key of the log was named by the key before it", self._check_keys),
                (
                    "entry",
                    "the commitment stood in the tree of that day, and the day's root stands in the publication log",
                    self._check_entry,
                ),
                (
                    "witnesses",
                    "the witnesses named saw this log, and no other version of it",
                    self._check_witnesses,
                ),
            )
        )
        return Verdict(ok, self._issuer if ok else NOT_ESTABLISHED, checks)

    def _check_files(self) -> str:
        missing = [name for name in FILES if name not in self._files]
        extra = sorted(set(self._files) - set(FILES))
        if missing:
            raise Refused("files.missing", f"missing: {', '.join(missing)}")
        if extra:
            raise Refused("files.extra", f"{len(extra)} files that do not belong to a proof")
        if any(len(data) > MAX_FILE_BYTES for data in self._files.values()):
            raise Refused("container.size", "a file is larger than any proof")
        return ", ".join(FILES)

    def _check_issuer(self) -> str:
        self._issuer, seen = check_issuer(read_first_key(self._files[KEYS]), self._trust)
        return seen

    def _check_keys(self) -> str:
        self._keys = read_keys(self._files[KEYS])
        if self._keys.is_demonstration:
            self._issuer = DEMONSTRATION
        return f"{len(self._keys.keys)} key{'s' if len(self._keys.keys) > 1 else ''}"

    def _check_entry(self) -> str:
        entry = check_entry(self._files[DAY_PROOF], self._files[LOG_PROOF], self._keys)
        self._note = entry.note
        where = f"leaf {entry.index} of {entry.checkpoint.size}"
        said = "a day is what the issuer says; a time stamp proves it"
        return f"{entry.kind} commitment, day {entry.day} ({said}), {where}"

    def _check_witnesses(self) -> str:
        return check_witnesses(self._note, self._keys, self._files[POLICY], self._policy)


def check_publication_proof(
    files: Mapping[str, bytes], trust: str | None = None, policy: bytes | None = None
) -> Verdict:
    """Check the proof of one entry. ``files`` maps file names to contents.

    ``trust`` is the FINGERPRINT that the stranger got by another way, ``policy`` his own C2SP tlog-policy.
    Without ``trust`` a proof can only be consistent: a forger brings keys of his own.
    """
    return _Proof(files, trust, policy).run()
