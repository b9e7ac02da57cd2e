"""The check of one entry's proof: day leaf, day tree, publication log, keys and cosignatures.

Formats: docs/spec/day-tree.md. Works on file contents, so that a folder, an archive or a bundle can be
checked alike. Every check says what it proves. The first that fails ends the run: what follows would rest on it.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from witnessmark_verify import daytree, ed25519, merkle
from witnessmark_verify.note import (
    ED25519,
    Checkpoint,
    Note,
    VerifierKey,
    decode_base64,
    parse_decimal,
)
from witnessmark_verify.policy import Policy

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

ESTABLISHED = "established"
NOT_ESTABLISHED = "NOT established"
DEMONSTRATION = "DEMONSTRATION KEY, NOT EVIDENCE"


@dataclass(frozen=True)
class Check:
    """One thing that was checked: whether it held, what it proves if so, what was seen."""

    name: str
    ok: bool
    proves: str
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "ok": self.ok, "proves": self.proves, "detail": self.detail}


@dataclass(frozen=True)
class Verdict:
    ok: bool
    issuer: str
    checks: tuple[Check, ...]
    limits: tuple[str, ...] = (
        "who made the footage, what it shows, and what happened to it before it was entered",
        "that the commitment belongs to a certain file: that takes the opening, which a court is given",
        "when the checkpoint existed, unless witnesses you know, or a time stamp, say so",
    )

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": "witnessmark/verify/1",
            "ok": self.ok,
            "issuer": self.issuer,
            "checks": [check.to_json() for check in self.checks],
            "not_proven": list(self.limits),
        }


class _Failed(Exception):
    """A check that did not hold; the message says why."""


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a member stands twice")
    return document


def _document(files: Mapping[str, bytes], name: str, schema: str, members: set[str]) -> dict[str, Any]:
    try:
        document = json.loads(files[name].decode("utf-8"), object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise _Failed(f"{name} is not a JSON document") from error
    if not isinstance(document, dict) or set(document) != members | {"schema"}:
        raise _Failed(f"{name} has not the members it should have")
    if document["schema"] != schema:
        raise _Failed(f"{name} is of another schema than {schema}")
    return document


def _hex(value: object) -> bytes:
    if not isinstance(value, str) or value != value.lower():
        raise _Failed("a value that should be lower-case hex is not")
    try:
        data = bytes.fromhex(value)
    except ValueError as error:
        raise _Failed("a value that should be lower-case hex is not") from error
    if data.hex() != value:
        raise _Failed("a value that should be lower-case hex is not")
    return data


def _moment(posix: int) -> str:
    utc = datetime.timezone.utc  # noqa: UP017 (datetime.UTC came with Python 3.11)
    return datetime.datetime.fromtimestamp(posix, utc).isoformat()


class _Proof:
    """The files of one proof, checked step by step; each step uses what the steps before it established."""

    def __init__(self, files: Mapping[str, bytes], trust: str | None, policy: bytes | None) -> None:
        self._files = files
        self._trust = trust
        self._policy = policy
        self._checks: list[Check] = []
        self._issuer = NOT_ESTABLISHED
        self._day = self._day_root = b""
        self._keys: list[tuple[int, VerifierKey]] = []
        self._note = Note("", ())

    def run(self) -> Verdict:
        steps = (
            ("files", "nothing is missing, and nothing stands there unchecked", self._check_files),
            ("issuer", "the log began with the key whose fingerprint you were given", self._check_issuer),
            ("keys", "each later key of the log was named by the key before it", self._check_keys),
            ("entry", "the commitment stood in the tree of that day", self._check_day),
            ("publication", "the day's root stands in the publication log", self._check_publication),
            (
                "witnesses",
                "the witnesses named saw this log, and no other version of it",
                self._check_witnesses,
            ),
        )
        for name, proves, step in steps:
            try:
                detail = step()
            except (_Failed, ValueError, OverflowError) as error:  # NoteError and PolicyError among them
                self._checks.append(Check(name, False, proves, str(error)))
                return Verdict(False, NOT_ESTABLISHED, tuple(self._checks))
            self._checks.append(Check(name, True, proves, detail))
        return Verdict(True, self._issuer, tuple(self._checks))

    def _check_files(self) -> str:
        missing = [name for name in FILES if name not in self._files]
        extra = sorted(set(self._files) - set(FILES))
        if missing:
            raise _Failed(f"missing: {', '.join(missing)}")
        if extra:
            raise _Failed(f"{len(extra)} files that do not belong to a proof")
        if any(len(data) > MAX_FILE_BYTES for data in self._files.values()):
            raise _Failed("a file is larger than any proof")
        return ", ".join(FILES)

    def _check_issuer(self) -> str:
        document = _document(self._files, KEYS, "witnessmark/publication-keys/1", {"first_vkey", "rotations"})
        if not isinstance(document["first_vkey"], str) or not isinstance(document["rotations"], list):
            raise _Failed(f"{KEYS} has values of the wrong type")
        first = VerifierKey.parse(document["first_vkey"])
        if first.algorithm != ED25519:
            raise _Failed("the log's first key is not a key for checkpoints")
        self._keys = [(-1, first)]
        if first.public == daytree.DEMONSTRATION_PUBLIC:
            self._issuer = DEMONSTRATION
            return "anyone can sign with the published demonstration key: NOT EVIDENCE"
        if self._trust is None:
            return f"not checked: no fingerprint was given; this log says {first.fingerprint}"
        if self._trust.strip().lower() != first.fingerprint:
            raise _Failed(f"this is another log: its fingerprint is {first.fingerprint}")
        self._issuer = ESTABLISHED
        return first.fingerprint

    def _check_keys(self) -> str:
        document = json.loads(self._files[KEYS])
        for change in document["rotations"]:
            if not isinstance(change, dict) or set(change) != {"index", "new_vkey", "old_vkey", "signature"}:
                raise _Failed("a change of key has not the members it should have")
            index, texts = change["index"], [change[name] for name in ("old_vkey", "new_vkey", "signature")]
            if type(index) is not int or not all(isinstance(text, str) for text in texts):
                raise _Failed("a change of key has values of the wrong type")
            last_index, last = self._keys[-1]
            new = VerifierKey.parse(texts[1])
            text = daytree.rotation_text(last.name, index, last.text, new.text)
            if (
                texts[0] != last.text
                or new.name != last.name
                or new.algorithm != ED25519
                or index <= last_index
            ):
                raise _Failed("a change of key does not follow the key before it")
            if not ed25519.verify(last.public, text, decode_base64(texts[2])):
                raise _Failed("a change of key is not signed by the key before it")
            if new.public == daytree.DEMONSTRATION_PUBLIC:
                self._issuer = DEMONSTRATION
            self._keys.append((index, new))
        return f"{len(self._keys)} key{'s' if len(self._keys) > 1 else ''}"

    def _check_day(self) -> str:
        members = {"day", "index", "kind", "path", "payload", "root", "salt"}
        document = _document(self._files, DAY_PROOF, "witnessmark/day-proof/1", members)
        day, index, kind, path = (document[name] for name in ("day", "index", "kind", "path"))
        if type(index) is not int or not isinstance(path, list) or not isinstance(kind, str):
            raise _Failed(f"{DAY_PROOF} has values of the wrong type")
        try:
            if not isinstance(day, str) or datetime.date.fromisoformat(day).isoformat() != day:
                raise ValueError
            leaf = daytree.day_leaf(_hex(document["salt"]), kind, _hex(document["payload"]))
        except ValueError as error:
            raise _Failed("the entry is not one of day, kind, salt and payload") from error
        root = _hex(document["root"])
        if not daytree.verify_day(leaf, index, [_hex(part) for part in path], root):
            raise _Failed("the entry does not stand in a day tree with this root")
        self._day_root = merkle.leaf_hash(daytree.day_data(day, root))
        return f"{kind} commitment, day {day} (a day is what the issuer says; a time stamp proves it)"

    def _check_publication(self) -> str:
        text = self._files[LOG_PROOF]
        head, _, note = text.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise _Failed(f"{LOG_PROOF} is not a tlog-proof") from error
        if len(lines) < 2 or lines[0] != _LOG_PROOF_HEADER or not lines[1].startswith("index "):
            raise _Failed(f"{LOG_PROOF} is not a tlog-proof")
        if len(lines) - 2 > _MAX_PATH:
            raise _Failed("the proof is longer than any log needs")
        index = parse_decimal(lines[1][len("index ") :])
        path = [decode_base64(line) for line in lines[2:]]
        self._note = Note.parse(note)
        checkpoint = Checkpoint.parse(self._note.text)
        key = [key for first, key in self._keys if first < checkpoint.size][-1]
        if checkpoint.origin != key.name:
            raise _Failed("the checkpoint is of another log")
        if not self._note.is_signed_by(key):
            raise _Failed("the checkpoint is not signed by the key of the log")
        if not merkle.verify_inclusion(self._day_root, index, checkpoint.size, path, checkpoint.root):
            raise _Failed("the day's root does not stand in the log of this checkpoint")
        return f"leaf {index} of {checkpoint.size}"

    def _check_witnesses(self) -> str:
        theirs = Policy.parse(self._files[POLICY])
        last_key = self._keys[-1][1]
        if last_key not in theirs.logs:
            raise _Failed(f"{POLICY} names another log")
        policy = theirs if self._policy is None else Policy.parse(self._policy)
        self._refuse_strange_lines(policy, theirs)
        cosigned = {}
        for name, key in policy.witnesses:
            if any(signature.is_by(key) for signature in self._note.signatures):
                moment = self._note.cosigned_at(key)
                if moment is None:
                    raise _Failed(f"the cosignature of witness {key.name} does not hold")
                cosigned[name] = (key, moment)
        if self._policy is not None and policy.logs and last_key not in policy.logs:
            raise _Failed("your policy does not name this log")
        if not policy.is_met_by(cosigned):
            raise _Failed(f"the quorum of {'your' if self._policy else 'the'} policy is not met")
        if not cosigned:
            return "none cosigned: that the issuer keeps a second version of the log is not excluded"
        said = [f"{key.name} at {_moment(posix)}" for key, posix in cosigned.values()]
        whose = "by your policy" if self._policy is not None else "the publisher's list: ask them yourself"
        return f"{len(said)} cosigned ({whose}): {'; '.join(said)}"

    def _refuse_strange_lines(self, policy: Policy, theirs: Policy) -> None:
        """Lines by keys that neither list knows cannot be checked, so nothing may rest on them."""
        known = [key for _, key in (*policy.witnesses, *theirs.witnesses)] + [key for _, key in self._keys]
        if any(not any(line.is_by(key) for key in known) for line in self._note.signatures):
            raise _Failed("the checkpoint carries a signature line by a key that no list names")


def check_publication_proof(
    files: Mapping[str, bytes], trust: str | None = None, policy: bytes | None = None
) -> Verdict:
    """Check the proof of one entry. ``files`` maps file names to contents.

    ``trust`` is the FINGERPRINT that the stranger got by another way, ``policy`` his own C2SP tlog-policy.
    Without ``trust`` a proof can only be consistent: a forger brings keys of his own.
    """
    return _Proof(files, trust, policy).run()
