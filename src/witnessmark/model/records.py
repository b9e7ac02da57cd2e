"""What the catalogue holds beside the things themselves: states, times, sealed blobs, proofs of time.

Times are aware and in UTC. Blobs named ``sealed`` are age files that this software cannot open by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from witnessmark.model.consumer import Feature, SealRecord
from witnessmark.model.recording import Item
from witnessmark.model.relations import Relation
from witnessmark.model.statements import Bearing


@dataclass(frozen=True, slots=True)
class TeamMember:
    """One who works on the case, under a pseudonym."""

    person_id: str
    pseudonym: str
    roles: tuple[str, ...]
    """intake, examiner, describer, redactor, releaser, wellbeing, auditor."""
    added_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SealedField:
    """A field about someone or something that opens to named people only."""

    subject_id: str
    name: str
    level: str
    """``names`` (one logged person opens it), ``identity`` (two together) or ``case`` (everybody of the case:
    sealed from whoever runs the database)."""
    sealed: bytes


class ReceiptState(StrEnum):
    RUNNING = "running"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One run of receiving, finished or to be resumed."""

    receipt_id: str
    source_pseudonym: str
    source_root: bytes
    """Keyed fingerprint of what was handed in, by which the same command finds its unfinished receipt."""
    created_at: datetime
    state: ReceiptState = ReceiptState.RUNNING
    document: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)
    annex: bytes | None = None
    """Sealed annex: original names, paths and times."""
    completed_at: datetime | None = None


class ItemState(StrEnum):
    """How far an item has come."""

    SEALED = "sealed"
    COMMITTED = "committed"
    EXAMINED = "examined"
    ERASED = "erased"
    """Its content was destroyed by two people; the row stays, because the log speaks of it."""


@dataclass(frozen=True, slots=True)
class HeldItem:
    item: Item
    state: ItemState
    sealed_at: datetime
    committed_at: datetime | None = None
    examined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeldFeature:
    item_id: str
    feature: Feature


@dataclass(frozen=True, slots=True)
class HeldSeal:
    """The commitment to an item as one decoder build computed it."""

    item_id: str
    build: str
    seal: SealRecord
    made_at: datetime


@dataclass(frozen=True, slots=True)
class HeldRelation:
    """A relation between two items (by their ids), and the comparison that found it."""

    relation_id: str
    run_id: str
    relation: Relation
    superseded_by: str | None = None
    """The later comparison that found the pair to stand otherwise."""


@dataclass(frozen=True, slots=True)
class HeldDerivative:
    """A made picture or video, kept as a sealed object."""

    item_id: str
    name: str
    media_type: str
    object_name: str
    made_at: datetime
    size_bytes: int | None = None
    sha256: bytes | None = None
    """Digest of the plain derivative."""


@dataclass(frozen=True, slots=True)
class HeldBearing:
    bearing: Bearing
    state: str = "proposed"
    """proposed, accepted or dismissed."""
    decided_by: str = ""
    """Person id; empty while it is only proposed."""


@dataclass(frozen=True, slots=True)
class SourceStatement:
    """The source's own account, sealed."""

    statement_id: str
    source_pseudonym: str
    sealed: bytes
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Handover:
    """An encrypted bag that was made for a named recipient."""

    handover_id: str
    made_at: datetime
    document: Mapping[str, Any] = field(default_factory=dict)
    state: str = "made"
    """made, or receipted once the signed receipt came back."""
    receipt: bytes = b""
