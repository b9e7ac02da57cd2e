"""What the custody log says of the case, gathered leaf by leaf, for the audit to hold the catalogue against.

The first word counts: a later leaf that says something else of the same item, finding or seal is itself a
problem, whoever signed it, because people who may write the log are those an audit also has to watch.
Nothing here reads the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from witnessmark.ground.ledger.leaf import OpenedLeaf
from witnessmark.model.custody import Problem
from witnessmark.model.release import ReleaseState

RECOVERY_KINDS = frozenset({"actor.introduced", "keys.changed"})
"""All that the recovery key ever signs (`key recover`). Everybody in the case could derive it."""
ERASABLE_KINDS = frozenset({"item.received", "item.found_again", "item.committed"})
"""Leaves whose private half goes with an item's content."""
RELEASE_STATES = {
    "release.proposed": ReleaseState.PROPOSED,
    "release.approved": ReleaseState.PROPOSED,
    "release.made": ReleaseState.RELEASED,
    "release.withdrawn": ReleaseState.WITHDRAWN,
    "release.rejected": ReleaseState.REJECTED,
}
"""Where a release stands after a leaf of that kind."""
CASE = "case"
"""What a hold covers that names no item."""


@dataclass(frozen=True, slots=True)
class Word:
    """Something the log says, and the leaf that said it first."""

    index: int
    value: Any


Words = dict[Any, Word]


@dataclass(slots=True)
class LogFacts:
    """Everything by its id. ``problems``: where the log contradicts itself or a rule of the house."""

    recovery: str
    """Actor id of the recovery key."""
    received: Words = field(default_factory=dict)
    """Item id: digest, hex."""
    occurrences: Words = field(default_factory=dict)
    """Occurrence id: (item id, SHA-256 of the sealed name)."""
    erased: Words = field(default_factory=dict)
    """Item id: None."""
    roots: Words = field(default_factory=dict)
    """(item id, build): item root, hex."""
    findings: Words = field(default_factory=dict)
    """Finding id: (item id, core digest)."""
    relations: Words = field(default_factory=dict)
    """Relation id: digest of the relation."""
    superseded: Words = field(default_factory=dict)
    """Relation id: the comparison that found otherwise."""
    derivatives: Words = field(default_factory=dict)
    """(item id, name): object name. Here the last word counts: an examination replaces it."""
    receipts: Words = field(default_factory=dict)
    """Receipt id: the leaf's data."""
    stamps: Words = field(default_factory=dict)
    """(log, size, authority, time or "open") of every answer that was accepted: None."""
    authorities: set[str] = field(default_factory=set)
    """SHA-256 of every trusted root certificate."""
    statements: Words = field(default_factory=dict)
    """(claim, response, incident, facility or person, code): digest of the row. The last word counts."""
    transcripts: Words = field(default_factory=dict)
    """Transcript id: (item id, SHA-256 of its text)."""
    redactions: Words = field(default_factory=dict)
    """Item id: digest of the work on its masks, as somebody left it last."""
    releases: Words = field(default_factory=dict)
    """Release id: (SHA-256 of its manifest, where it stands). The last word counts."""
    answers: Words = field(default_factory=dict)
    """Code of a hit that somebody answered for: the reason."""
    source_safe: bool = False
    handovers: Words = field(default_factory=dict)
    """Hand-over id: SHA-256 of its tag manifest."""
    holds: dict[str, str] = field(default_factory=dict)
    """Item id or "case": reason, as they stand at the end."""
    keys: str = ""
    key_files: Mapping[str, str] | None = None
    settings: str = ""
    references: str = ""
    """Digest of the case's own references, as the last change left them."""
    problems: list[Problem] = field(default_factory=list)
    _proposed: set[tuple[str, str]] = field(default_factory=set)
    _kinds: list[str] = field(default_factory=list)
    _emptied: list[int] = field(default_factory=list)

    def read(self, leaves: Iterable[OpenedLeaf]) -> LogFacts:
        for leaf in leaves:
            self._kinds.append(leaf.kind)
            private = leaf.private or {}
            data: Mapping[str, Any] = private.get("data", {})
            actor = str(private.get("actor", ""))
            if actor == self.recovery and leaf.kind not in RECOVERY_KINDS:
                self._problem(leaf, "it is signed with the recovery key, which signs recoveries only")
            if data:
                self._take(leaf, data, actor)
        self._check_emptied()
        return self

    def _problem(self, leaf: OpenedLeaf, what: str) -> None:
        self.problems.append(Problem(f"ledger leaf {leaf.index}", what))

    def _say(self, words: Words, key: Any, leaf: OpenedLeaf, value: Any, what: str) -> None:
        held = words.setdefault(key, Word(leaf.index, value))
        if held.value != value:
            self._problem(leaf, f"it says something else of {what} than leaf {held.index} did")

    def _take(self, leaf: OpenedLeaf, data: Mapping[str, Any], actor: str) -> None:
        kind = leaf.kind
        if kind in ("item.received", "item.found_again"):
            item = str(data["item"])
            if kind == "item.received":
                if item in self.received:
                    self._problem(leaf, "it receives an item that had been received before")
                self._say(self.received, item, leaf, str(data["sha256"]), "an item's digest")
            place = (item, str(data["name_sha256"]))
            self._say(
                self.occurrences, str(data["occurrence"]), leaf, place, "a place where an item was found"
            )
        elif kind == "item.committed":
            key = (str(data["item"]), str(data.get("build", "")))
            self._say(self.roots, key, leaf, str(leaf.public["item_root"]), "an item's root")
        elif kind in ("examination.done", "examination.failed"):
            item = str(data["item"])
            for finding_id, core in data["cores"].items():
                self._say(self.findings, str(finding_id), leaf, (item, str(core)), "a finding")
            for name, object_name in data.get("derivatives", {}).items():
                self.derivatives[item, str(name)] = Word(leaf.index, str(object_name))
        elif kind == "derivative.made":
            self._take_derivatives(leaf, data)
        elif kind == "comparison.done":
            for relation_id, digest in data["relations"].items():
                self._say(self.relations, str(relation_id), leaf, str(digest), "a relation")
            for relation_id in data["superseded"]:
                self._say(self.superseded, str(relation_id), leaf, str(data["run"]), "a relation's end")
        elif kind in ("erasure.proposed", "item.erased", "payload.erased"):
            self._take_erasure(leaf, data, actor)
        elif kind == "receipt.completed":
            self._say(self.receipts, str(data["receipt"]), leaf, dict(data), "a receipt")
        elif kind == "stamp.anchored":
            answer = (str(data["log"]), int(data["size"]), str(data["authority"]), str(data["time"]))
            self.stamps.setdefault(answer, Word(leaf.index, None))
        elif kind == "authority.trusted":
            self.authorities.update(map(str, data.get("certificates", ())))
        elif kind.endswith(".imported"):
            for code, digest in data.get("sha256", {}).items():
                self.statements[kind.removesuffix(".imported"), str(code)] = Word(leaf.index, str(digest))
        elif kind == "transcript.added":
            said = (str(data["item"]), str(data["sha256"]))
            self._say(self.transcripts, str(data["transcript"]), leaf, said, "a transcript")
        elif kind == "handover.made":
            digest = str(data["tagmanifest_sha256"])
            self._say(self.handovers, str(data["handover"]), leaf, digest, "a hand-over")
        elif kind.startswith("redaction."):
            self.redactions[str(data["item"])] = Word(leaf.index, str(data["redaction"]))
        elif kind in RELEASE_STATES:
            self._take_release(leaf, data)
        elif kind == "exposure.answered":
            self.answers[str(data["hit"])] = Word(leaf.index, str(data["reason"]))
        elif kind in ("source.safe", "source.not_safe"):
            self.source_safe = kind == "source.safe"
        elif kind == "hold.set":
            self.holds[str(data.get("item", CASE))] = str(data["reason"])
        elif kind == "hold.lifted":
            self.holds.pop(str(data.get("item", CASE)), None)
        elif kind == "references.changed":
            self.references = str(data["references"])
        elif kind in ("case.created", "keys.changed"):
            self.keys = str(data.get("keys", self.keys))
            self.key_files = data.get("key_files", self.key_files)
            self.settings = str(data.get("settings", self.settings))

    def _take_derivatives(self, leaf: OpenedLeaf, data: Mapping[str, Any]) -> None:
        for name, object_name in data["derivatives"].items():
            self.derivatives[str(data["item"]), str(name)] = Word(leaf.index, str(object_name))

    def _take_release(self, leaf: OpenedLeaf, data: Mapping[str, Any]) -> None:
        """What is proposed names its manifest; what was made, withdrawn or superseded stays that release."""
        release, state = str(data["release"]), RELEASE_STATES[leaf.kind]
        if "derivatives" in data:
            self._take_derivatives(leaf, data)
        if data.get("superseded_by"):
            state = ReleaseState.SUPERSEDED
        before = self.releases.get(release)
        manifest = str(data.get("manifest", before.value[0] if before else ""))
        if before is not None and before.value[0] != manifest:
            self._problem(leaf, f"it speaks of another manifest than leaf {before.index} did")
        if (
            before is not None
            and before.value[1] is not ReleaseState.PROPOSED
            and state is ReleaseState.PROPOSED
        ):
            self._problem(leaf, "it approves a release that had left already")
        self.releases[release] = Word(leaf.index, (manifest, state))

    def _take_erasure(self, leaf: OpenedLeaf, data: Mapping[str, Any], actor: str) -> None:
        if leaf.kind == "payload.erased":
            self._emptied.append(int(data["index"]))
            return
        item = str(data["item"])
        if leaf.kind == "erasure.proposed":
            self._proposed.add((item, actor))
            return
        self.erased[item] = Word(leaf.index, None)
        proposer = str(data.get("proposed_by", ""))
        if proposer == actor or (item, proposer) not in self._proposed:
            self._problem(leaf, "it erases an item that no second person had proposed to erase")
        if self.holds.keys() & {CASE, item}:
            self._problem(leaf, "it erases an item that a hold covered")

    def _check_emptied(self) -> None:
        """Private halves go with an item's content, and with nothing else."""
        kinds = [self._kinds[index] for index in self._emptied if index < len(self._kinds)]
        for index in self._emptied:
            if index < len(self._kinds) and self._kinds[index] not in ERASABLE_KINDS:
                what = "its private half was erased, though it does not speak of an erased item"
                self.problems.append(Problem(f"ledger payload {index}", what))
        if kinds.count("item.received") != len(self.erased):
            what = "the private halves that were erased are not those of the items that were erased"
            self.problems.append(Problem("ledger", what))
