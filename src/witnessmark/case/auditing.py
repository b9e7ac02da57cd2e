"""The whole audit: objects, catalogue, custody log, receipts and time stamps, each held against the others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from witnessmark.case.case import Case
from witnessmark.case.settings import FILE as SETTINGS
from witnessmark.ground.ledger import sshsig
from witnessmark.ground.ledger.leaf import OpenedLeaf
from witnessmark.ground.ledger.storage import CUSTODY, PUBLICATION
from witnessmark.ground.vault.key_files import check_key_files
from witnessmark.model.custody import CustodyEvent, Problem
from witnessmark.model.errors import WitnessmarkError
from witnessmark.model.records import ItemState
from witnessmark.preserve.fixity import HeldObject, check_objects
from witnessmark.preserve.stamps import check_held
from witnessmark.receive.receipt import signed_bytes


@dataclass(frozen=True, slots=True)
class Audited:
    objects: int
    size_bytes: int
    leaves: int
    stamps: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def held_objects(case: Case) -> tuple[HeldObject, ...]:
    """Every object that must be in the vault, as the catalogue knows it."""
    items = [
        HeldObject(h.item.object_name, h.item.sha256, h.item.size_bytes, "item")
        for h in case.catalogue.held_items()
        if h.state is not ItemState.ERASED
    ]
    made = [
        HeldObject(d.object_name, d.sha256, d.size_bytes, f"derivative ({d.name})")
        for d in case.catalogue.derivatives()
    ]
    return (*items, *made)


def audit(
    case: Case,
    *,
    as_of: int | None = None,
    workers: int = 2,
    on_progress: Callable[[int, int], None] | None = None,
) -> Audited:
    """Check everything; the outcome itself becomes a leaf of the log where the log can still be written."""
    problems = list(case.catalogue.integrity_check())
    look = _Look(problems)
    # Roots of empty days stand in the log and need not be built again.
    ledger_problems = look("the custody log", lambda: case.ledger.check(as_of, every_day=False))
    held = look("what must be in the vault", lambda: held_objects(case))
    look(
        "the objects",
        lambda: check_objects(
            case.store, held, case.keyring.file_key, workers=workers, on_progress=on_progress
        ),
    )
    leaves: Sequence[OpenedLeaf] = ()
    if not ledger_problems:
        leaves = look("the custody log", lambda: tuple(case.ledger.events(0, as_of)))
        look("items, findings and keys", lambda: _against_the_log(case, leaves))
        look("the receipts", lambda: _receipts(case, leaves))
    stamps = look("the time stamps", case.catalogue.stamps)
    look("the time stamps", lambda: check_held(stamps, _notes(case)))
    problems[:] = dict.fromkeys(problems)
    if not case.read_only and not ledger_problems:
        done = CustodyEvent("audit.done", private={"objects": len(held), "problems": len(problems)})
        look("the custody log", lambda: (case.ledger.append([done]), ())[1])
    return Audited(len(held), sum(h.size_bytes or 0 for h in held), len(leaves), len(stamps), tuple(problems))


def held_bytes(case: Case) -> int | None:
    """What an audit will hash; None where a damaged catalogue does not say."""
    try:
        return sum(held.size_bytes or 0 for held in held_objects(case))
    except UNREADABLE:
        return None


UNREADABLE = (WitnessmarkError, ValueError, LookupError, TypeError)
"""What reading rows that somebody changed may raise."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Look:
    """Makes one part of the audit and keeps its problems; a part that cannot be read is a problem, not the end."""

    problems: list[Problem]

    def __call__(self, what: str, part: Callable[[], Sequence[T]]) -> Sequence[T]:
        try:
            found = part()
        except UNREADABLE as error:
            said = str(error) if isinstance(error, WitnessmarkError) else type(error).__name__
            self.problems.append(Problem("catalogue", f"{what} cannot be checked: {said}"))
            return ()
        self.problems.extend(one for one in found if isinstance(one, Problem))
        return found


def _notes(case: Case) -> dict[tuple[str, int], bytes]:
    storage = case.catalogue.ledger_storage()
    return {
        (row.log, row.size): row.note for log in (CUSTODY, PUBLICATION) for row in storage.checkpoints(log)
    }


def _against_the_log(case: Case, leaves: Sequence[OpenedLeaf]) -> list[Problem]:
    """The catalogue may say nothing that the log does not, and nothing less."""
    problems: list[Problem] = []
    received: dict[str, str] = {}
    erased: set[str] = set()
    committed: dict[str, list[str]] = {}
    made: dict[str, dict[str, str]] = {}
    keys, key_files, settings = "", None, ""
    for leaf in leaves:
        data = (leaf.private or {}).get("data", {})
        if leaf.kind == "item.received" and data:
            received[data["item"]] = data["sha256"]
        elif leaf.kind == "item.erased":
            erased.add(data["item"])
        elif leaf.kind == "item.committed" and data:
            committed.setdefault(data["item"], []).append(str(leaf.public["item_root"]))
        elif leaf.kind in ("examination.done", "examination.failed") and data:
            made.setdefault(data["item"], {}).update(data["cores"])
        elif leaf.kind in ("case.created", "keys.changed"):
            keys, key_files = str(data.get("keys", keys)), data.get("key_files", key_files)
            settings = str(data.get("settings", settings))
    for held in case.catalogue.held_items():
        where = f"item {held.item.item_id[:8]}"
        if held.item.item_id in erased:
            continue
        if received.get(held.item.item_id) != held.item.sha256.hex():
            problems.append(Problem(where, "its digest is not the one in the custody log"))
    listed = {h.item.item_id for h in case.catalogue.held_items()}
    problems += [
        Problem(f"item {item[:8]}", "stands in the custody log but not in the catalogue")
        for item in received
        if item not in listed
    ]
    for seal in case.catalogue.seals():
        if seal.seal.item_root.hex() not in committed.get(seal.item_id, []):
            problems.append(
                Problem(f"item {seal.item_id[:8]}", "its item root is not the one in the custody log")
            )
    for finding in case.catalogue.findings(superseded=True):
        if made.get(finding.item_id, {}).get(finding.finding_id) != finding.core.core_digest:
            problems.append(
                Problem(f"finding {finding.finding_id[:8]}", "it is not the finding that the log speaks of")
            )
    if keys and keys != case.keyring.state_digest.hex():
        problems.append(Problem("keys", "the key book is not the one that the log speaks of"))
    if key_files is not None:
        problems += check_key_files(case.folder, key_files)
    if settings and settings != hashlib.sha256((case.folder / SETTINGS).read_bytes()).hexdigest():
        problems.append(Problem(SETTINGS, "the case's settings were changed after the case was made"))
    return problems


def _receipts(case: Case, leaves: Sequence[OpenedLeaf]) -> list[Problem]:
    """Receipts on disk are those that were signed, and say what the catalogue says."""
    problems: list[Problem] = []
    signed = {
        str(leaf.private["data"]["receipt"]): leaf.private["data"]
        for leaf in leaves
        if leaf.kind == "receipt.completed" and leaf.private
    }
    folder = case.folder / "receipts"
    people = {p.person_id: p.signing_public for p in case.keyring.people}
    for receipt_id, data in signed.items():
        where = f"receipt {receipt_id[:8]}"
        try:
            content = (folder / f"{receipt_id}.json").read_bytes()
            paper = (folder / f"{receipt_id}.pdf").read_bytes()
        except OSError:
            problems.append(Problem(where, "the signed receipt is missing from the folder receipts/"))
            continue
        if hashlib.sha256(content).hexdigest() != data["sha256"]:
            problems.append(Problem(where, "the signed receipt was changed after it was logged"))
        if hashlib.sha256(paper).hexdigest() != data["pdf_sha256"]:
            problems.append(Problem(where, "the receipt on paper (PDF) was changed after it was logged"))
        problems += _signature(where, content, people.get(str(data["signer"])))
        try:
            stored = case.catalogue.receipt(receipt_id).document
            if json.loads(content) != stored:
                problems.append(Problem(where, "the receipt on disk is not the one in the catalogue"))
        except ValueError:
            continue  # said above: it cannot be read
    return problems


def _signature(where: str, content: bytes, public: bytes | None) -> list[Problem]:
    """The receipt's own SSH signature, by the person who was at work."""
    if public is None:
        return []  # that person has left the case; the log's own signature covers the digest
    try:
        document = json.loads(content)
        blob = sshsig.unarmour(document["signature"]["value"])
        holds = sshsig.verify(public, signed_bytes(document), blob)
    except (ValueError, KeyError, TypeError):
        holds = False
    return [] if holds else [Problem(where, "its signature does not hold")]
