"""Trust policies: which witnesses must have cosigned (c2sp.org/tlog-policy).

A policy that lies beside a proof was chosen by the publisher: it names keys, and its quorum means nothing.
A policy that the stranger brings decides.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from witnessmark_verify.note import COSIGNATURE_V1, ED25519, NoteError, VerifierKey

MAX_LINES = 1000
"""Far above the 32 logs, witnesses and groups that the specification asks for."""


class PolicyError(ValueError):
    """The policy file breaks the rules of its specification; the message says where."""


@dataclass(frozen=True)
class Policy:
    logs: tuple[VerifierKey, ...]
    witnesses: tuple[tuple[str, VerifierKey], ...]
    """(name in this file, key)."""
    groups: tuple[tuple[str, int, tuple[str, ...]], ...]
    """(name, how many are needed, members)."""
    quorum: str

    def is_met_by(self, cosigned: Collection[str]) -> bool:
        """Whether the witnesses of these names are a quorum."""
        met = {name: name in cosigned for name, _ in self.witnesses}
        met["none"] = True
        for name, needed, members in self.groups:
            met[name] = sum(met[member] for member in members) >= needed
        return met[self.quorum]

    @classmethod
    def parse(cls, data: bytes) -> Policy:
        try:
            lines = data.decode("utf-8").split("\n")
        except UnicodeDecodeError as error:
            raise PolicyError("this policy is not UTF-8") from error
        if len(lines) > MAX_LINES:
            raise PolicyError("this policy is too long")
        reader = _Reader()
        for number, line in enumerate(lines, 1):
            words = [word for word in line.replace("\t", " ").split(" ") if word]
            if not words or words[0].startswith("#"):
                continue
            try:
                reader.take(words)
            except (NoteError, PolicyError) as error:
                raise PolicyError(f"line {number} of the policy: {error}") from error
        if reader.quorum is None:
            raise PolicyError("the policy has no quorum line")
        return cls(tuple(reader.logs), tuple(reader.witnesses), tuple(reader.groups), reader.quorum)


class _Reader:
    """The lines read so far; a name is known from its line on."""

    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: list[tuple[str, VerifierKey]] = []
        self.groups: list[tuple[str, int, tuple[str, ...]]] = []
        self.quorum: str | None = None
        self._names: set[str] = set()

    def take(self, words: list[str]) -> None:
        kind, rest = words[0], words[1:]
        if kind == "log" and len(rest) in (1, 2):
            self.logs.append(self._key(rest[0], ED25519, [key.public for key in self.logs]))
        elif kind == "witness" and len(rest) in (2, 3):
            known = [key.public for _, key in self.witnesses]
            self.witnesses.append((self._name(rest[0]), self._key(rest[1], COSIGNATURE_V1, known)))
        elif kind == "group" and len(rest) >= 3:
            self._group(rest[0], rest[1], rest[2:])
        elif kind == "quorum" and len(rest) == 1 and self.quorum is None:
            if rest[0] != "none" and rest[0] not in self._names:
                raise PolicyError("the quorum names nothing that stands above it")
            self.quorum = rest[0]
        else:
            raise PolicyError("this is not a log, witness, group or (single) quorum line")

    def _name(self, name: str) -> str:
        if name == "none" or name in self._names:
            raise PolicyError("a name is used twice")
        self._names.add(name)
        return name

    @staticmethod
    def _key(text: str, algorithm: int, known: list[bytes]) -> VerifierKey:
        key = VerifierKey.parse(text)
        if key.algorithm != algorithm or key.public in known:
            raise PolicyError("a key is of the wrong type or stands there twice")
        return key

    def _group(self, name: str, rule: str, members: list[str]) -> None:
        if len(set(members)) != len(members) or not set(members) <= self._names:
            raise PolicyError("a group lists a member twice, or one that does not stand above it")
        if rule in ("any", "all"):
            needed = 1 if rule == "any" else len(members)
        elif rule.isascii() and rule.isdecimal() and 1 <= int(rule) <= len(members):
            needed = int(rule)
        else:
            raise PolicyError("a group needs any, all, or a number up to its members")
        self.groups.append((self._name(name), needed, tuple(members)))
