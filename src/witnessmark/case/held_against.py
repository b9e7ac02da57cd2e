"""The catalogue and the folder held against what the log says: they may say nothing more, and nothing less.

Rows and leaves are saved together, so whoever reads the catalogue first and the log second never finds a row
that is ahead of the log, however busy the case is meanwhile.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from witnessmark.case.case import Case
from witnessmark.case.describing import statement_digests
from witnessmark.case.exposing import source_is_safe
from witnessmark.case.key_keeping import holds
from witnessmark.case.log_facts import LogFacts, Words
from witnessmark.case.redacting import redaction_digests
from witnessmark.case.references import references as references_of
from witnessmark.case.settings import FILE as SETTINGS
from witnessmark.case.settings import RECEIPTS
from witnessmark.case.stamping import AUTHORITIES
from witnessmark.case.transcribing import transcript_digests
from witnessmark.ground.ledger import sshsig
from witnessmark.ground.vault.key_files import check_key_files
from witnessmark.model.custody import Problem, Stamp
from witnessmark.model.records import ItemState, Receipt, ReceiptState
from witnessmark.preserve.stamps import RFC3161, fingerprints
from witnessmark.receive.receipt import signed_bytes


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the catalogue says, by id, in as few bytes as comparing needs."""

    items: Mapping[str, tuple[bool, str]]
    """Item id: whether it is erased, and its digest."""
    occurrences: Mapping[str, tuple[str, str]]
    """Occurrence id: (item id, SHA-256 of the sealed name)."""
    findings: Mapping[str, tuple[str, str]]
    relations: Mapping[str, str]
    """Relation id: digest of the relation."""
    superseded: Mapping[str, str]
    """Relation id: the comparison that found otherwise."""
    seals: Mapping[tuple[str, str], str]
    derivatives: Mapping[tuple[str, str], str]
    """(item id, name): object name, or empty where that is not the name of its digest."""
    redactions: Mapping[str, str]
    """Item id: digest of the work on its masks."""
    releases: Mapping[str, tuple[str, str]]
    """Release id: (SHA-256 of its manifest, where it stands)."""
    answers: Mapping[str, str]
    """Code of a hit that somebody answered for: the reason."""
    source_safe: bool
    handovers: Mapping[str, str]
    statements: Mapping[tuple[str, str], str]
    """(table, code): digest of the row."""
    transcripts: Mapping[str, tuple[str, str]]
    """Transcript id: (item id, SHA-256 of its text)."""
    stamps: Sequence[Stamp]
    receipts: Mapping[str, Receipt]
    trusted: str
    """PEM of the roots that the team trusts."""
    holds: Mapping[str, str]
    references: str
    """Digest of the case's own references; empty where it has none."""

    @classmethod
    def read(cls, case: Case) -> Holdings:
        catalogue = case.catalogue
        relations = catalogue.relations(superseded=True)
        return cls(
            items={
                h.item.item_id: (h.state is ItemState.ERASED, h.item.sha256.hex())
                for h in catalogue.held_items()
            },
            occurrences={
                o.occurrence_id: (o.item_id, hashlib.sha256(o.sealed).hexdigest())
                for o in catalogue.occurrences()
            },
            findings={
                f.finding_id: (f.item_id, f.core.core_digest) for f in catalogue.findings(superseded=True)
            },
            relations={h.relation_id: h.relation.digest for h in relations},
            superseded={h.relation_id: h.superseded_by for h in relations if h.superseded_by},
            seals={(s.item_id, s.build): s.seal.item_root.hex() for s in catalogue.seals()},
            derivatives={
                (d.item_id, d.name): d.object_name
                if d.sha256 is not None and case.store.name_for(d.sha256) == d.object_name
                else ""
                for d in catalogue.derivatives()
            },
            redactions=redaction_digests(case),
            releases={r.release_id: (r.manifest_sha256, r.state) for r in catalogue.releases()},
            answers={one.code: one.reason for one in catalogue.acknowledged()},
            source_safe=source_is_safe(case),
            handovers={
                h.handover_id: str(h.document.get("tagmanifest_sha256")) for h in catalogue.handovers()
            },
            statements=statement_digests(case),
            transcripts=transcript_digests(case),
            stamps=catalogue.stamps(),
            receipts={r.receipt_id: r for r in catalogue.receipts()},
            trusted=catalogue.get_setting(AUTHORITIES) or "",
            holds=holds(case),
            references=references.digest if (references := references_of(case)).entries else "",
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """``before``: what the log says from this leaf on was said after the catalogue was read, or after the
    point as of which the audit looks; it need not be in the catalogue."""

    case: Case
    held: Holdings
    log: LogFacts
    before: int

    def problems(self) -> list[Problem]:
        held, log = self.held, self.log
        return [
            *log.problems,
            *self._items(),
            *self._compare("occurrence", held.occurrences, log.occurrences, lambda key, value: value[0]),
            *self._compare("finding", held.findings, log.findings, None),
            *self._compare("relation", held.relations, log.relations, None),
            *self._compare("end of relation", held.superseded, log.superseded, None),
            *self._compare("seal of item", held.seals, log.roots, lambda key, value: key[0]),
            *self._compare(
                "derivative of item", held.derivatives, log.derivatives, lambda key, value: key[0]
            ),
            *self._compare("masks of item", held.redactions, log.redactions, lambda key, value: key),
            *self._compare("release", held.releases, log.releases, None),
            *self._compare("answer to hit", held.answers, log.answers, None),
            *self._source(),
            *self._compare("hand-over", held.handovers, log.handovers, None),
            *self._compare("statement", held.statements, log.statements, None),
            *self._compare("transcript", held.transcripts, log.transcripts, lambda key, value: value[0]),
            *self._keys(),
            *self._holds(),
            *self._references(),
            *self._stamps(),
        ]

    def _compare(
        self, what: str, there: Mapping[Any, Any], said: Words, item_of: Any | None
    ) -> list[Problem]:
        """Both ways. ``item_of(key, value)``: the item with whose erasure this rightly goes; None: it stays."""

        def where(key: Any) -> str:
            if what == "statement":
                return " ".join(key)
            return f"{what} {(key if isinstance(key, str) else key[0])[:8]}"

        def is_gone(key: Any, value: Any) -> bool:
            return item_of is not None and item_of(key, value) in self.log.erased

        problems = [
            Problem(where(key), "it is not the one that the log speaks of")
            for key, value in there.items()
            if (key not in said or said[key].value != value) and not is_gone(key, value)
        ]
        return problems + [
            Problem(where(key), "stands in the custody log but not in the catalogue")
            for key, word in said.items()
            if word.index < self.before and key not in there and not is_gone(key, word.value)
        ]

    def _items(self) -> list[Problem]:
        problems = []
        for item_id, (is_erased, digest) in self.held.items.items():
            where = f"item {item_id[:8]}"
            erasure = self.log.erased.get(item_id)
            if is_erased and erasure is None:
                problems.append(Problem(where, "its content is gone, and the custody log says nothing of it"))
            elif not is_erased and erasure is not None and erasure.index < self.before:
                problems.append(Problem(where, "the custody log says that its content was destroyed"))
            elif erasure is None and (
                item_id not in self.log.received or self.log.received[item_id].value != digest
            ):
                problems.append(Problem(where, "its digest is not the one in the custody log"))
        problems += [
            Problem(f"item {item[:8]}", "stands in the custody log but not in the catalogue")
            for item, word in (self.log.received | self.log.erased).items()
            if word.index < self.before and item not in self.held.items
        ]
        return problems

    def _keys(self) -> list[Problem]:
        problems = []
        if self.log.keys and self.log.keys != self.case.keyring.state_digest.hex():
            problems.append(Problem("keys", "the key book is not the one that the log speaks of"))
        if self.log.key_files is not None:
            problems += check_key_files(self.case.folder, self.log.key_files)
        settings = hashlib.sha256((self.case.folder / SETTINGS).read_bytes()).hexdigest()
        if self.log.settings and self.log.settings != settings:
            problems.append(Problem(SETTINGS, "the case's settings were changed after the case was made"))
        return problems

    def _holds(self) -> list[Problem]:
        if self.held.holds == self.log.holds:
            return []
        return [Problem("holds", "the holds in force are not those that the log speaks of")]

    def _source(self) -> list[Problem]:
        if self.held.source_safe == self.log.source_safe:
            return []
        return [Problem("source", "whether it is safe was said otherwise in the log")]

    def _references(self) -> list[Problem]:
        if self.held.references == self.log.references:
            return []
        return [Problem("references", "the case's references are not those that the log speaks of")]

    def _stamps(self) -> list[Problem]:
        """Answers stand in the log too, and hang on authorities that somebody is on record as trusting."""
        problems = []
        if fingerprints(self.held.trusted) - self.log.authorities:
            problems.append(Problem("authorities", "one is trusted of which the log does not speak"))
        found: set[tuple[str, int, str, str]] = set()
        promised: set[tuple[str, int]] = set()
        for stamp in self.held.stamps:
            if not stamp.token:
                continue
            answer = (stamp.log, stamp.size, stamp.authority, stamp.time or "open")
            found.add(answer)
            if stamp.kind != RFC3161:
                promised.add((stamp.log, stamp.size))
            where = f"stamp {stamp.stamp_id[:8]}"
            if answer not in self.log.stamps:
                problems.append(Problem(where, "the log does not speak of this answer"))
            if fingerprints(stamp.chain.decode("ascii", "replace")) - self.log.authorities:
                problems.append(Problem(where, "its authority is not one that the log speaks of"))
        for answer, word in self.log.stamps.items():
            if word.index >= self.before or answer in found:
                continue
            if answer[3] == "open" and answer[:2] in promised:
                continue  # a calendar's promise that was completed later
            where = f"stamp of {answer[0]} {answer[1]}"
            problems.append(Problem(where, "the log speaks of an answer that is gone"))
        return problems


def check_receipts(case: Case, held: Holdings, log: LogFacts, before: int) -> list[Problem]:
    """Receipts on disk are those that were signed, and say what the catalogue says."""
    problems: list[Problem] = []
    folder = case.folder / RECEIPTS
    people = {p.person_id: p.signing_public for p in case.keyring.people}
    for receipt_id, word in log.receipts.items():
        where = f"receipt {receipt_id[:8]}"
        signer = people.get(str(word.value["signer"]))
        problems += _on_disk(case, receipt_id, word.value, signer, held.receipts.get(receipt_id))
        row = held.receipts.get(receipt_id)
        if (row is None or row.state is not ReceiptState.COMPLETE) and word.index < before:
            problems.append(Problem(where, "stands in the custody log but not in the catalogue"))
    running = {r.receipt_id for r in case.catalogue.receipts(ReceiptState.RUNNING)} | {
        r.receipt_id for r in held.receipts.values() if r.state is ReceiptState.RUNNING
    }
    problems += [
        Problem(f"receipt {one[:8]}", "the log never completed it")
        for one in held.receipts
        if one not in running and one not in log.receipts
    ]
    # A stop before the last step leaves the files of a receipt; the next run of the session writes them again.
    known = log.receipts.keys() | running
    strangers = {p.stem for p in folder.glob("*") if not p.name.startswith(".") and p.stem not in known}
    return problems + [
        Problem(f"receipt {one[:8]}", "lies in the folder receipts/, and the log does not know it")
        for one in sorted(strangers)
    ]


def _on_disk(
    case: Case, receipt_id: str, data: Mapping[str, Any], signer: bytes | None, row: Receipt | None
) -> list[Problem]:
    """The two files of one receipt, its row and its annex."""
    where = f"receipt {receipt_id[:8]}"
    folder = case.folder / RECEIPTS
    problems: list[Problem] = []
    try:
        content = (folder / f"{receipt_id}.json").read_bytes()
        paper = (folder / f"{receipt_id}.pdf").read_bytes()
    except OSError:
        return [Problem(where, "the signed receipt is missing from the folder receipts/")]
    if hashlib.sha256(content).hexdigest() != data["sha256"]:
        problems.append(Problem(where, "the signed receipt was changed after it was logged"))
    if hashlib.sha256(paper).hexdigest() != data["pdf_sha256"]:
        problems.append(Problem(where, "the receipt on paper (PDF) was changed after it was logged"))
    problems += _signature(where, content, signer)
    if row is None or row.state is not ReceiptState.COMPLETE:
        return problems
    try:
        if json.loads(content) != row.document:
            problems.append(Problem(where, "the receipt on disk is not the one in the catalogue"))
    except ValueError:
        pass  # said above: it was changed
    if hashlib.sha256(row.annex or b"").hexdigest() != row.document["annex"]["sha256"]:
        problems.append(Problem(where, "its sealed annex of names is not the one it was signed with"))
    return problems


def _signature(where: str, content: bytes, public: bytes | None) -> list[Problem]:
    """The receipt's own SSH signature, by the person who was at work."""
    if public is None:
        return []  # that person has left the case; the log's own signature covers the digest
    try:
        document = json.loads(content)
        blob = sshsig.unarmour(document["signature"]["value"])
        is_genuine = sshsig.verify(public, signed_bytes(document), blob)
    except (ValueError, KeyError, TypeError):
        is_genuine = False
    return [] if is_genuine else [Problem(where, "its signature does not hold")]
