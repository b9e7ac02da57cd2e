"""Receiving, wired to the case: the journal, the vault, the log, the receipt."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from witnessmark.case import name_readings
from witnessmark.case.case import Case
from witnessmark.case.describing import propose_bearings
from witnessmark.case.examining import queue_items
from witnessmark.case.exposing import keep_embargo
from witnessmark.case.settings import RECEIPTS
from witnessmark.ground import jail
from witnessmark.ground.ledger import sshsig
from witnessmark.ground.vault import age, durable
from witnessmark.ground.vault.reader import hkdf
from witnessmark.ground.vault.sealed import open_names, seal_identity, seal_names
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.intake import Settled
from witnessmark.model.recording import Item
from witnessmark.model.records import Receipt, SourceStatement
from witnessmark.receive import receipt
from witnessmark.receive import transfer as room
from witnessmark.receive.hash_list import HashList, parse_hash_list
from witnessmark.receive.ports import FileReceived, Progress
from witnessmark.receive.source_statement import SourceStatement as Statement
from witnessmark.receive.walk import Walk
from witnessmark_verify import merkle

HASH_LIST = "hash-list:"


@dataclass(frozen=True, slots=True)
class ReceivedInto:
    """What a run of `receive` did, and where its receipt stands."""

    receipt_id: str
    path: Path
    received: room.Received
    document: dict[str, Any]
    bearings: int


def record_statement(case: Case, statement: Statement, pseudonym: str) -> str:
    """Seal the source's own account: two people open it together. Its hash list serves at receipt."""
    case.require_writable()
    statement_id = str(uuid.uuid4())
    sealed = seal_identity(_json(statement.to_json()), case.keyring)
    with case.catalogue.transaction():
        case.catalogue.add_source_statement(SourceStatement(statement_id, pseudonym, sealed, case.clock()))
        if statement.hash_list:
            listed = seal_names(statement.hash_list.encode("utf-8", "surrogateescape"), case.keyring)
            case.catalogue.set_setting(HASH_LIST + pseudonym, listed.hex())
        keep_embargo(case, pseudonym, statement.embargo_until)
        case.ledger.append([CustodyEvent("source.stated", private={"statement": statement_id})])
    return statement_id


def receive(
    case: Case,
    sources: Sequence[bytes],
    *,
    pseudonym: str = "",
    on_progress: Callable[[Progress], None] | None = None,
) -> ReceivedInto:
    """Take in everything below the sources; the same call goes on after any stop. Ends by queueing commitments."""
    with case.alone("receive"):
        case.store.sweep_drafts()
        running, is_new = _open_receipt(case, sources, pseudonym)
        inside = case.folder.stat()
        holdings = _Holdings(case)

        def save(batch: Sequence[FileReceived]) -> None:
            _save(case, running.receipt_id, batch)
            holdings.saved(batch)

        with (
            Walk(sources, frozenset({(inside.st_dev, inside.st_ino)})) as walk,
            _Annex(case) as sealed_annex,
        ):
            session = room.Session(
                receipt_id=running.receipt_id,
                path_secret=hkdf(case.keyring.secrets.naming_key, b"", b"witnessmark/receive-paths/1"),
                store=case.store,
                holdings=holdings,
                journal=_Journal(case, running.receipt_id),
                save=save,
                seal_names=lambda record: seal_names(record, case.keyring),
                open_sealed=case.file_key,
                run_jailed=jail.run,
                is_new=is_new,
                source=pseudonym,
                annex=sealed_annex.write,
                hash_list=_hash_list(case, pseudonym),
            )
            received = room.receive(walk, session, on_progress)
            blob = sealed_annex.close()
        document = _complete(case, running, received, blob)
    return ReceivedInto(
        running.receipt_id,
        case.folder / RECEIPTS / f"{running.receipt_id}.json",
        received,
        document,
        propose_bearings(case),
    )


def _open_receipt(case: Case, sources: Sequence[bytes], pseudonym: str) -> tuple[Receipt, bool]:
    """The unfinished receipt of the same sources, or a new one, and whether it is new."""
    secret = hkdf(case.keyring.secrets.naming_key, b"", b"witnessmark/receive-sources/1")
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    for source in sorted(os.path.realpath(one) for one in sources):
        digest.update(len(source).to_bytes(8, "big") + source)
    root = digest.digest()
    running = case.catalogue.running_receipt(root)
    if running is not None:
        return running, False
    new = Receipt(str(uuid.uuid4()), pseudonym, root, case.clock())
    case.catalogue.add_receipt(new)
    return new, True


def _hash_list(case: Case, pseudonym: str) -> HashList | None:
    """The list that this source gave; opening it (it holds names) is logged."""
    sealed = case.catalogue.get_setting(HASH_LIST + pseudonym)
    if not sealed:
        return None
    listed = open_names(bytes.fromhex(sealed), case.keyring)
    case.ledger.append([CustodyEvent("names.opened", private={"occurrences": 0, "reason": "hash list"})])
    return parse_hash_list(listed)


class _Holdings:
    """What the case holds. Digests and sizes are read once: nobody else receives meanwhile (``case.alone``).

    About 100 bytes of memory for each item that is held.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self._digests: set[bytes] = set()
        self._sizes: set[int] = set()
        for digest, size_bytes in case.catalogue.contents():
            self._digests.add(digest)
            self._sizes.add(size_bytes)

    def item_by_digest(self, sha256: bytes, /) -> Item | None:
        return self._case.catalogue.item_by_digest(sha256) if sha256 in self._digests else None

    def holds_size(self, size_bytes: int, /) -> bool:
        return size_bytes in self._sizes

    def saved(self, batch: Sequence[FileReceived]) -> None:
        for one in batch:
            if one.item is not None:
                self._digests.add(one.item.sha256)
                self._sizes.add(one.item.size_bytes)


@dataclass(frozen=True, slots=True)
class _Journal:
    case: Case
    receipt_id: str

    def known(self, row_key: bytes, /) -> Settled | None:
        return next(iter(self.case.catalogue.settled(self.receipt_id, row_key)), None)

    def settled(self) -> Iterator[Settled]:
        yield from self.case.catalogue.settled(self.receipt_id)


def _save(case: Case, receipt_id: str, batch: Sequence[FileReceived]) -> None:
    """One transaction: items, occurrences, journal, and one signed act over the batch."""
    with case.catalogue.transaction():
        case.catalogue.add_items([one.item for one in batch if one.item is not None])
        case.catalogue.add_occurrences([one.occurrence for one in batch if one.occurrence is not None])
        case.catalogue.save_settled(receipt_id, [one.row for one in batch])
        name_readings.keep(
            case,
            {one.occurrence.occurrence_id: one.name_readings for one in batch if one.occurrence is not None},
        )
        events = [one.event for one in batch if one.event is not None]
        if events:
            case.ledger.append(events)


class _Annex:
    """Encrypts the annex while it is written; it is held, sealed, in memory-backed storage until it is whole."""

    def __init__(self, case: Case) -> None:
        self._sealed = tempfile.SpooledTemporaryFile(max_size=32 << 20)  # noqa: SIM115 - closed in __exit__
        self._writer = age.AgeWriter(self._sealed.write, list(case.keyring.names_recipients))
        self.write = self._writer.write

    def __enter__(self) -> _Annex:
        return self

    def close(self) -> bytes:
        self._writer.close()
        self._sealed.seek(0)
        return self._sealed.read()

    def __exit__(self, *_: object) -> None:
        self._sealed.close()


def _complete(case: Case, running: Receipt, received: room.Received, sealed_annex: bytes) -> dict[str, Any]:
    """Sign the receipt, write it, close the session, queue the items: all in one transaction but the files."""
    catalogue = case.catalogue
    items = [row for row in catalogue.settled(running.receipt_id) if row.item_id]
    facts = receipt.ReceiptFacts(
        receipt_id=running.receipt_id,
        case_id=case.case_id,
        made_at=case.clock(),
        received_by=case.keyring.pseudonym,
        sandbox=str(jail.level()),
        software=f"witnessmark {version('witnessmark')}",
        source=running.source_pseudonym,
        custody={"leaves": case.ledger.size()},
        commitments_root=_commitments_root(case, running.receipt_id),
        annex_bytes=len(sealed_annex),
        annex_sha256=hashlib.sha256(sealed_annex).hexdigest(),
        demonstration=case.settings.demonstration,
        has_statement=any(
            s.source_pseudonym == running.source_pseudonym for s in catalogue.source_statements()
        ),
    )
    document = receipt.sign_receipt(
        receipt.receipt_document(facts, received),
        lambda data: sshsig.armour(sshsig.sign(case.keyring.signer, data)),
    )
    content, paper = receipt.to_bytes(document), receipt.receipt_pdf(document)
    folder = case.folder / RECEIPTS
    with durable.writing("the receipt"):
        durable.make_folder(folder)
        durable.replace(folder / f"{running.receipt_id}.json", content)
        durable.replace(folder / f"{running.receipt_id}.pdf", paper)
    files = received.files
    with catalogue.transaction():
        catalogue.complete_receipt(
            running.receipt_id, document, received.files.to_json(), sealed_annex, case.clock()
        )
        case.ledger.append(
            [
                CustodyEvent(
                    "receipt.completed",
                    private={
                        "receipt": running.receipt_id,
                        "found": files.found.files,
                        "sealed": files.sealed.files,
                        "already_held": files.already_held.files,
                        "refused": files.refused.files,
                        "sha256": hashlib.sha256(content).hexdigest(),
                        "pdf_sha256": hashlib.sha256(paper).hexdigest(),
                        "signer": case.keyring.person_id,
                    },
                )
            ]
        )
        new = {row.item_id for row in items}
        waiting = [h.item for h in catalogue.held_items() if h.item.item_id in new and h.examined_at is None]
        queue_items(case, waiting)
    return document


def _commitments_root(case: Case, receipt_id: str) -> str:
    """Merkle root over the file commitments of this receipt, in the order of the log."""
    leaves = [
        merkle.leaf_hash(bytes.fromhex(str(leaf.public["file_commitment"])))
        for leaf in case.ledger.events()
        if leaf.kind in ("item.received", "item.found_again")
        and (leaf.private or {}).get("data", {}).get("receipt") == receipt_id
    ]
    return merkle.root(leaves).hex()


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode("utf-8")
