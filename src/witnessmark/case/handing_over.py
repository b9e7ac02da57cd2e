"""A hand-over: which items, what goes with them, and the leaf that says so."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from witnessmark.case.case import Case
from witnessmark.case.custody_words import describe_event
from witnessmark.case.reporting import AsOf, case_report, item_report, state_at
from witnessmark.ground.ledger.leaf import OpenedLeaf
from witnessmark.ground.vault import durable
from witnessmark.ground.vault.reader import SealedReader, item_key
from witnessmark.model.codes import short_code
from witnessmark.model.contradictions import Source
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import UnusableInputError, UsageError
from witnessmark.model.recording import Item
from witnessmark.model.records import Handover, ItemState
from witnessmark.preserve.handover import PROFILES, BagEntry, PackedBag, pack, read_recipient
from witnessmark.preserve.handover_papers import premis_events, read_me, receipt_to_return, ro_crate
from witnessmark.release.report import CaseReport, ItemReport, report_html, report_pdf

_PIECE_BYTES = 1 << 20
_Report = TypeVar("_Report", CaseReport, ItemReport)
COMMITTING = ("item.received", "item.found_again", "item.committed")
"""Leaves whose public half holds a file commitment; the last one's is that of the day trees."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    handover_id: str
    path: Path
    packed: PackedBag


def hand_over(
    case: Case,
    recipient_file: Path,
    purpose: str,
    target: Path,
    *,
    items: tuple[Item, ...] = (),
    profile: str = "court",
    on_progress: Callable[[int], None] | None = None,
) -> HandedOver:
    """Pack the items (all, where none is named) for one recipient into ``target``, a new file."""
    case.require_writable()
    if profile not in PROFILES:
        raise UsageError(f"there is no profile {profile!r}", f"choose among: {', '.join(PROFILES)}")
    try:
        recipient = read_recipient(recipient_file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInputError("the recipient's key file cannot be read") from error
    if target.exists():
        raise UsageError("the file for the hand-over exists already", "name a new one")
    held = {h.item.item_id: h for h in case.catalogue.held_items() if h.state is not ItemState.ERASED}
    chosen = [i for i in (items or tuple(h.item for h in held.values())) if i.item_id in held]
    handover_id = str(uuid.uuid4())
    as_of = state_at(case, None)
    leaves = list(case.ledger.events(0, as_of.checkpoint.size))
    is_whole = len(chosen) == len(held)
    entries = list(_papers(case, chosen, profile, as_of, leaves, is_whole=is_whole))
    parts = [(_item_path(item), _media_type(item)) for item in chosen]
    recorded_purpose = " ".join(purpose.split())
    tag_files = {
        "READ-ME.txt": read_me(
            profile,
            recorded_purpose,
            recipient_file.stem,
            as_of.checkpoint.size if profile == "court" else None,
        ),
        "receipt-to-return.txt": receipt_to_return(handover_id, recorded_purpose),
        "ro-crate-metadata.json": ro_crate(
            f"Hand-over {short_code(handover_id)}", recorded_purpose, str(case.clock().date()), parts
        ),
    }
    packed: list[PackedBag] = []

    def fill(write: Callable[[memoryview], object]) -> None:
        packed.append(
            pack(
                write,
                recipient,
                _all_entries(case, chosen, entries),
                info={"External-Identifier": handover_id, "Internal-Sender-Description": recorded_purpose},
                tag_files=tag_files,
                folder=f"handover-{short_code(handover_id)}",
                bagging_date=str(case.clock().date()),
                on_progress=on_progress,
            )
        )

    with durable.writing("the hand-over"):
        durable.write_new(target, fill, 0o600)
    (bag,) = packed
    with case.catalogue.transaction():
        document = {
            "purpose": recorded_purpose,
            "profile": profile,
            "recipient": recipient,
            "items": [i.item_id for i in chosen],
            "tagmanifest_sha256": bag.tagmanifest_sha256,
            "files": bag.files,
            "bytes": bag.payload_bytes,
        }
        case.catalogue.add_handover(Handover(handover_id, case.clock(), document))
        case.ledger.append([CustodyEvent("handover.made", private={"handover": handover_id, **document})])
    return HandedOver(handover_id, target, bag)


def take_receipt(case: Case, code: str, receipt: bytes) -> None:
    """Keep the receipt that a recipient signed and sent back."""
    case.require_writable()
    found = [h for h in case.catalogue.handovers() if h.handover_id.replace("-", "").startswith(code)]
    if len(found) != 1:
        raise UsageError("no hand-over has this code", "`witnessmark handover CASE --list` shows them")
    with case.catalogue.transaction():
        case.catalogue.receipt_handover(found[0].handover_id, receipt)
        case.ledger.append([CustodyEvent("handover.receipted", private={"handover": found[0].handover_id})])


def _all_entries(case: Case, items: list[Item], papers: list[BagEntry]) -> Iterator[BagEntry]:
    for item in items:
        fd, file_key = case.file_key(item.object_name)
        try:
            with SealedReader(fd, file_key) as reader:
                yield BagEntry(_item_path(item), reader.size, _pieces(reader))
        finally:
            os.close(fd)
    yield from papers


def _pieces(reader: SealedReader) -> Iterator[bytes]:
    offset = 0
    while piece := reader.read_at(offset, _PIECE_BYTES):
        yield piece
        offset += len(piece)


def _item_path(item: Item) -> str:
    suffix = f".{item.format}" if item.format and item.format != "unknown" else ""
    return f"items/{short_code(item.item_id)}{suffix}"


def _media_type(item: Item) -> str:
    return f"{item.media_type}/{item.format or 'octet-stream'}"


def _papers(
    case: Case, items: list[Item], profile: str, as_of: AsOf, leaves: list[OpenedLeaf], *, is_whole: bool
) -> Iterator[BagEntry]:
    """The papers beside the items. The case, its log and other items are told to a court alone that was given the
    whole of it; of the log others get the events of their items, a newsroom those that stand in the reports."""
    chosen = {item.item_id for item in items}
    findings = [f.to_json() for f in case.catalogue.findings() if f.item_id in chosen]
    yield _entry("findings.json", _json({"schema": "witnessmark/findings/1", "findings": findings}))
    if is_whole and profile == "court":
        report: CaseReport | ItemReport = _fit_to_leave(case_report(case, as_of), is_whole=True)
        yield _entry("report.html", report_html(report).encode("utf-8"))
        yield _entry("report.pdf", report_pdf(report))
    else:
        for item in items:
            report = _fit_to_leave(item_report(case, item, as_of), is_whole=False)
            yield _entry(f"reports/{short_code(item.item_id)}.html", report_html(report).encode("utf-8"))
            yield _entry(f"reports/{short_code(item.item_id)}.pdf", report_pdf(report))
    yield _entry("hashes.sha256", "".join(f"{i.sha256.hex()}  {_item_path(i)}\n" for i in items).encode())
    if profile == "newsroom":
        return
    told = leaves if is_whole and profile == "court" else [leaf for leaf in leaves if _about(leaf) in chosen]
    yield _entry("premis.xml", premis_events(_premis_rows(told)))
    opening = _opening(case, items, leaves)
    if profile == "court":
        opened = frozenset(leaf.index for leaf in told)
        opening["custody"] = [_custody_row(leaf, is_open=leaf.index in opened) for leaf in leaves]
    yield _entry("opening.json", _json(opening))


def _fit_to_leave(report: _Report, *, is_whole: bool) -> _Report:
    """The report without readings of what stays here: original names, and, with a part, how much was received."""
    kept_here = {Source.FILE_NAME} if is_whole else {Source.FILE_NAME, Source.RECEIPT}
    rows = tuple(r for r in report.contradictions if not kept_here & {r.first.source, r.second.source})
    return replace(report, contradictions=rows)


def _about(leaf: OpenedLeaf) -> str:
    """The one item that a leaf speaks of; empty where it speaks of none, or was erased."""
    return str((leaf.private or {}).get("data", {}).get("item", ""))


def _custody_row(leaf: OpenedLeaf, *, is_open: bool) -> dict[str, Any]:
    """A leaf for a court's expert; of one that speaks of something else only the hash, for the tree."""
    row: dict[str, Any] = {"index": leaf.index, "leaf_hash": leaf.leaf_hash.hex()}
    if is_open:
        private = dict(leaf.private) if leaf.private is not None else None
        row |= {"kind": leaf.kind, "public": dict(leaf.public), "private": private}
    return row


def _premis_rows(leaves: list[OpenedLeaf]) -> list[dict[str, str]]:
    rows = []
    for leaf in leaves:
        private = leaf.private or {}
        what, why, _ = describe_event(leaf.kind, private.get("data", {}), erased=leaf.private is None)
        rows.append(
            {
                "identifier": str(leaf.index),
                "type": leaf.kind,
                "time": str(private.get("time", "")),
                "detail": f"{what.english} ({why})" if why else what.english,
            }
        )
    return rows


def _opening(case: Case, items: list[Item], leaves: list[OpenedLeaf]) -> dict[str, Any]:
    """What an expert needs: item keys (for the item roots), and the salts of all file commitments."""
    chosen = {item.item_id: item for item in items}
    rows: dict[str, dict[str, Any]] = {}
    for item in items:
        fd, file_key = case.file_key(item.object_name)
        os.close(fd)
        seal = case.catalogue.seal(item.item_id)
        rows[item.item_id] = {
            "path": _item_path(item),
            "item_key": item_key(file_key).hex(),
            "item_root": seal.seal.item_root.hex() if seal else None,
            "build": seal.build if seal else None,
            "commitments": [],
        }
    for leaf in leaves:
        data = (leaf.private or {}).get("data", {})
        if leaf.kind in COMMITTING and data.get("item") in chosen:
            rows[data["item"]]["commitments"].append(
                {"leaf": leaf.index, "salt": data["salt"], "file_commitment": leaf.public["file_commitment"]}
            )
    return {"schema": "witnessmark/opening/1", "items": list(rows.values())}


def _entry(path: str, data: bytes) -> BagEntry:
    return BagEntry(path, len(data), [data])


def _json(document: Any) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
