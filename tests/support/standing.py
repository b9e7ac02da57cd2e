"""What a case holds, told without its random ids and times, so that two cases can be compared."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from witnessmark.case.attempt_results import AttemptReader
from witnessmark.case.auditing import audit
from witnessmark.case.case import Case
from witnessmark.case.wiring import open_case
from witnessmark.examine.registry import cards
from witnessmark.ground import jail

SEALING_ALONE = "synthetic"
"""The cheapest examiner: asked for beside the seal, since an attempt asks at least one question."""


@dataclass(frozen=True)
class Standing:
    """``items``: digest, and state. ``cores``: of each item's digest, the digests of its findings."""

    items: dict[str, str]
    occurrences: dict[str, int]
    cores: dict[str, tuple[tuple[str, str], ...]]
    derivatives: dict[str, tuple[tuple[str, str], ...]]
    sealed: dict[str, int]
    """Item roots of each digest (they are salted: only their number can be compared)."""
    receipts: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, case: Case) -> Standing:
        held = {h.item.item_id: h for h in case.catalogue.held_items()}
        digest = {item_id: h.item.sha256.hex() for item_id, h in held.items()}
        cores: dict[str, list[tuple[str, str]]] = {d: [] for d in digest.values()}
        for finding in case.catalogue.findings():
            cores[digest[finding.item_id]].append((finding.core.kind, finding.core.core_digest))
        derivatives: dict[str, list[tuple[str, str]]] = {d: [] for d in digest.values()}
        for made in case.catalogue.derivatives():
            derivatives[digest[made.item_id]].append((made.name, made.sha256.hex() if made.sha256 else ""))
        return cls(
            {d: str(held[item_id].state) for item_id, d in digest.items()},
            dict(Counter(digest[o.item_id] for o in case.catalogue.occurrences())),
            {d: tuple(sorted(found)) for d, found in cores.items()},
            {d: tuple(sorted(found)) for d, found in derivatives.items()},
            dict(Counter(digest[s.item_id] for s in case.catalogue.seals())),
            tuple(_counts(r.document) for r in case.catalogue.receipts()),
        )


def _counts(document: Mapping[str, Any]) -> dict[str, Any]:
    """Found, sealed, already held, refused, of files and of members; refusals by reason, not by code."""
    counted = {}
    for name, part in (("files", document), ("members", document["members"])):
        refused = sorted((r["reason"], r["bytes"]) for r in part["rejected"])
        counted[name] = {
            **{k: part[k] for k in ("found", "sealed", "already_held", "balanced")},
            "refused": refused,
        }
    return counted


def unsound(case: Case) -> list[str]:
    """Everything that is wrong with a case, in words; the custody log is checked with the rest."""
    problems = [f"{p.where}: {p.what}" for p in audit(case).problems]
    problems += [f"log: {p.where}: {p.what}" for p in case.ledger.check()]
    drafts = [p.name for p in case.folder.rglob("*") if ".drafts" in p.parts and p.is_file()]
    drafts += [p.name for p in case.folder.rglob("*.draft")]
    return problems + [f"a draft was left: {name}" for name in drafts]


def recomputed_root(case: Case, object_name: str, file_key: bytes | None = None) -> str:
    """The item root, made again by a jailed reading of the sealed object (by its own file key, if one is given)."""
    fd, own_key = case.file_key(object_name) if file_key is None else (case.store.open(object_name), file_key)
    reader = AttemptReader([card.id for card in cards([SEALING_ALONE])], lambda *_: None)
    try:
        ended = jail.run(
            "witnessmark.case.attempt:examine",
            {"examiners": [SEALING_ALONE], "seal": "sampled", "shield": False, "sha256": False, "cpu_s": 300},
            files={"object": fd},
            secrets={"file_key": own_key},
            on_record=reader.on_record,
            on_blob=reader.on_blob,
        )
    finally:
        os.close(fd)
    assert ended.ended is jail.Ended.DONE, ended.detail
    seal = reader.outcome().seal
    return "" if seal is None else seal.item_root.hex()


def opened(folder: Path, passphrase: str) -> Case:
    return open_case(folder, passphrase)
