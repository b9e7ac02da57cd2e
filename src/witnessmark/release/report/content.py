"""All that a report may say, filled by ``case`` from the catalogue as of one checkpoint.

Nothing else flows into a report: no clock, no machine, no original name or path. So the same content gives
the same bytes, and making a report does not change the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from witnessmark.model.codes import short_code
from witnessmark.model.contradictions import Contradiction
from witnessmark.model.findings import Finding
from witnessmark.model.follow_up import Answer, ExtentMatrix, PromiseState
from witnessmark.model.intake import Reconciliation
from witnessmark.model.recording import MediaType
from witnessmark.model.relations import Relation
from witnessmark.model.series import Series
from witnessmark.model.statements import Bearing, Claim, Facility


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """The state of the custody log that the report speaks of."""

    size: int
    """Number of leaves: "checkpoint N"."""
    at: datetime
    """When it was signed (aware)."""
    root: str
    """Root hash of the log as it stands in the checkpoint (base64 or hex)."""
    signer: str = ""
    """Fingerprint of the key that signed it."""


@dataclass(frozen=True, slots=True)
class CustodyRow:
    """One line of the custody log, as plain text."""

    index: int
    at: datetime
    who: str
    """Pseudonym."""
    what: str
    """A message of the catalogues, with named places for ``values``."""
    why: str = ""
    values: Mapping[str, int | str] = field(default_factory=dict)
    kind: str = ""
    """Kind of the leaf: long runs of one kind are told in one line of a case's report."""


@dataclass(frozen=True, slots=True)
class MethodRow:
    """One method as its card describes it."""

    examiner: str
    version: str
    title: str
    question: str
    kinds: tuple[str, ...]
    limits: tuple[str, ...]
    calibration: str
    """Error rates on a named set, or "not yet measured"."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """Recordings that show the same footage, as ids; ``members`` in the order in which they are to be watched."""

    members: tuple[str, ...]
    stretches: Mapping[str, tuple[tuple[float, float], ...]]
    """Member: what players show of it, in the file's own times."""
    roots: tuple[str, ...]
    """Members of which nothing nearer the original is known."""
    arrows: tuple[tuple[str, str], ...]
    """(derived, nearer the original), as few as say the same."""
    best: str
    why: str

    def length_s(self, member: str) -> float:
        return sum(end_s - start_s for start_s, end_s in self.stretches[member])


@dataclass(frozen=True, slots=True)
class TracesCompared:
    """How much stands behind "shares a camera with", and behind its absence."""

    recordings: int
    """Recordings and pictures with a trace that can be compared."""
    abstained: int
    """Without one: too short, dark, small, covered, or not steady."""
    pairs: int
    not_compared: int
    """Pairs left out: sizes that cannot be laid together, or too many."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing the recordings with each other gave, as of the checkpoint."""

    recordings: int
    """How many were compared; 0: none."""
    not_compared: int = 0
    """Recordings held that were not."""
    relations: tuple[Relation, ...] = ()
    families: tuple[FamilyRow, ...] = ()
    cameras: tuple[tuple[str, ...], ...] = ()
    """Groups of items that share the trace of a sensor (average linkage, ``comparers/camera_groups``)."""
    footage_s: float = 0.0
    needed_s: float = 0.0
    """Of the footage of what was compared: what is left to be seen when copies are watched once."""
    traces: TracesCompared | None = None
    """None: no traces of sensors were compared."""


NOT_COMPARED = Compared(0)


@dataclass(frozen=True, slots=True)
class ReportedItem:
    """One item with all that was found in it."""

    item_id: str
    media_type: MediaType
    format: str
    size_bytes: int
    duration_s: float | None
    findings: tuple[Finding, ...]
    facts: tuple[tuple[str, str], ...] = ()
    """What the container declares: label and value, such as ("picture", "1280 x 720, h264")."""
    series: tuple[Series, ...] = ()
    """What methods measured along the recording, as it stood at the checkpoint: drawn as they are."""
    series_lost: int = 0
    """Series that the log speaks of and that are not, or not so, in the catalogue: never drawn, always told."""

    @property
    def code(self) -> str:
        return short_code(self.item_id)

    @property
    def examined(self) -> bool:
        """A method was applied: "not examined" is recorded as a finding, and is none."""
        return any(f.core.kind != "not_examined" for f in self.findings)


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One receipt and what it counted."""

    code: str
    at: datetime
    reconciliation: Reconciliation


@dataclass(frozen=True, slots=True)
class ItemReport:
    """The report on one item."""

    case_pseudonym: str
    checkpoint: CheckpointRow
    item: ReportedItem
    methods: tuple[MethodRow, ...]
    custody: tuple[CustodyRow, ...]
    claims: tuple[Claim, ...] = ()
    """Claims that name this item, or the case as a whole, and on which it bears."""
    bearings: tuple[Bearing, ...] = ()
    compared: Compared = NOT_COMPARED
    contradictions: tuple[Contradiction, ...] = ()
    """Every pair of readings that was laid side by side, with its verdict; empty: nothing could be paired."""
    demonstration: bool = False
    """Made with the published demonstration key: then every page says that it is no evidence."""


@dataclass(frozen=True, slots=True)
class CaseReport:
    """The report on a whole case."""

    case_pseudonym: str
    checkpoint: CheckpointRow
    as_of: date
    """The day to which ages of answers are counted: that of the checkpoint unless somebody chose another."""
    receipts: tuple[ReceiptRow, ...]
    items: tuple[ReportedItem, ...]
    methods: tuple[MethodRow, ...]
    custody: tuple[CustodyRow, ...]
    claims: tuple[Claim, ...] = ()
    bearings: tuple[Bearing, ...] = ()
    answers: tuple[Answer, ...] = ()
    promises: tuple[PromiseState, ...] = ()
    extent: ExtentMatrix | None = None
    facilities: tuple[Facility, ...] = ()
    compared: Compared = NOT_COMPARED
    contradictions: tuple[Contradiction, ...] = ()
    demonstration: bool = False


Report = ItemReport | CaseReport
