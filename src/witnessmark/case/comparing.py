"""Relations across the items of a case: read what examinations left, compare what is new, keep what was found.

Nothing is decoded. What a comparison found is one transaction with its line in the custody log; kill -9 at any point
leaves the case as it was before. A second run without anything new changes nothing. A relation that a later run finds
otherwise stays, superseded, so that reports as of old checkpoints hold it.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from witnessmark.case.attempt_results import FINGERPRINT, PEDIGREE
from witnessmark.case.case import Case
from witnessmark.case.comparing_cameras import (
    CameraTally,
    KeptResiduals,
    camera_groups,
    camera_relations,
    with_residual,
)
from witnessmark.case.relations_known import EVENT, ComparisonLog
from witnessmark.examine.camera.residual import CameraResidual
from witnessmark.examine.comparers import cameras, continuation, lineage, matching
from witnessmark.examine.comparers.accounts import METHODS, Account, account
from witnessmark.examine.comparers.camera_groups import CameraGroup
from witnessmark.examine.comparers.families import families
from witnessmark.examine.comparers.matching import Clock, compare_all
from witnessmark.examine.fingerprint import VERSION as FINGERPRINT_VERSION
from witnessmark.examine.fingerprint import Fingerprint, read_fingerprint
from witnessmark.examine.pedigree.record import VERSION as PEDIGREE_VERSION
from witnessmark.examine.pedigree.record import Pedigree, read_pedigree
from witnessmark.model.consumer import Feature
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.families import Family, Member
from witnessmark.model.findings import FindingCore
from witnessmark.model.recording import Item, MediaType
from witnessmark.model.records import HeldRelation, ItemState
from witnessmark.model.relations import Relation

LOCK = "compare"
COMPARED = "compared"
"""Feature: digest of what an item brought into its last comparison. Another digest makes it new."""
METHODS_USED = {
    "fingerprint": str(FINGERPRINT_VERSION),
    "pedigree": str(PEDIGREE_VERSION),
    matching.METHOD: matching.VERSION,
    lineage.METHOD: lineage.VERSION,
    continuation.METHOD: continuation.VERSION,
    "cameras": cameras.VERSION,
}
"""What stands in the custody log with each comparison. Another version of any makes every item new."""
Progress = Callable[[str, int, int], None]
NO_RESIDUALS: Mapping[str, CameraResidual] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison gave. Ids are item ids, or paths as they were given."""

    relations: tuple[Relation, ...]
    families: tuple[Family, ...]
    members: Mapping[str, Member]
    new: int
    """How many items were compared for the first time, or anew."""
    found: int
    """Relations that this run added."""
    lacking: tuple[str, ...] = ()
    """Recordings that were not examined yet, or before comparing existed: they were left out."""
    unusable: tuple[str, ...] = ()
    """Recordings without a picture that says anything."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Files that could not be read, with the cause."""
    traces: CameraTally | None = None
    """What was compared of the traces of sensors; None: never anything."""

    @property
    def cameras(self) -> tuple[CameraGroup, ...]:
        """Groups that share a camera, the largest first."""
        return camera_groups(self.relations, self.traces)


@dataclass(frozen=True, slots=True)
class Found:
    """What one run found."""

    relations: tuple[Relation, ...]
    traces: CameraTally | None


def compare_case(case: Case, *, on_progress: Progress = lambda *_: None) -> Compared:
    """Compare what is new in a case with everything in it. Raises CaseError where another process does."""
    with case.alone(LOCK):
        held = _Held.read(case)
        new = held.new()
        added = 0
        if new:
            added = _compare(case, held, new, on_progress)
    relations = tuple(h.relation for h in case.catalogue.relations())
    members = members_of(case)
    return Compared(
        relations,
        families(relations, members),
        members,
        len(new),
        added,
        tuple(held.lacking),
        tuple(id_ for id_ in held.prints if held.pedigrees[id_].pictures == 0),
        traces=_traces_known(case),
    )


def _traces_known(case: Case) -> CameraTally | None:
    """What the custody log holds of traces, up to now."""
    log = ComparisonLog()
    for leaf in case.ledger.events():
        if leaf.kind == EVENT and leaf.private is not None:
            log.compared(leaf.private["data"])
    return log.traces


def _compare(case: Case, held: _Held, new: frozenset[str], on_progress: Progress) -> int:
    """Find, lay beside what stands, and keep the difference."""
    accounts = held.accounts(case)
    residuals = KeptResiduals(case, held.traced)
    found = compared(
        held.prints, accounts, residuals, new=new, standing=held.relations(), on_progress=on_progress
    )
    stood = [
        h
        for h in case.catalogue.relations()
        if h.relation.sides & new and h.relation.sides <= held.digests.keys()
    ]
    still = {h.relation for h in stood} & set(found.relations)
    superseded = [h.relation_id for h in stood if h.relation not in still]
    run_id = str(uuid.uuid4())
    added = [
        HeldRelation(str(uuid.uuid4()), run_id, relation)
        for relation in found.relations
        if relation not in still
    ]
    with case.catalogue.transaction():
        case.catalogue.save_relations(run_id, added, superseded)
        for id_ in sorted(new):
            told = member(accounts[id_]).to_json() if id_ in accounts else None
            brought = {"digest": held.digests[id_], "member": told}
            case.catalogue.save_feature(
                id_, Feature(COMPARED, 1, json.dumps(brought, sort_keys=True).encode())
            )
        members = {id_: member(accounts[id_]) for id_ in sorted(new & accounts.keys())}
        case.ledger.append([_event(run_id, held, len(new), members, added, superseded, found.traces)])
    return len(added)


def _event(
    run_id: str,
    held: _Held,
    new: int,
    members: Mapping[str, Member],
    added: Iterable[HeldRelation],
    superseded: list[str],
    traces: CameraTally | None,
) -> CustodyEvent:
    """``items`` and ``cameras``: what the report needs, so that one as of this line needs nothing that came later."""
    digests = {h.relation_id: h.relation.digest for h in added}
    return CustodyEvent(
        EVENT,
        private={
            "run": run_id,
            "compared": len(held.digests),
            "new": new,
            "found": len(digests),
            "items": {id_: one.to_json() for id_, one in members.items()},
            "relations": digests,
            "superseded": superseded,
            "methods": METHODS_USED,
            **({} if traces is None else {"cameras": traces.to_json()}),
        },
    )


def compared(
    prints: Mapping[str, Fingerprint],
    accounts: Mapping[str, Account],
    residuals: Mapping[str, CameraResidual] = NO_RESIDUALS,
    *,
    new: frozenset[str] | None = None,
    standing: Iterable[Relation] = (),
    on_progress: Progress = lambda *_: None,
) -> Found:
    """All relations (with one of ``new``) between recordings whose fingerprints and accounts are given."""
    on_progress("comparing pictures", 0, len(prints))
    seen = compare_all(prints, new=new, clocks=dict(_clocks(accounts)))
    on_progress("reading who descends from whom", 0, len(seen.matches))
    found: list[Relation] = []
    for number, match in enumerate(seen.matches, 1):
        found.append(lineage.related(match, accounts))
        on_progress("reading who descends from whom", number, len(seen.matches))
    shared = [*found, *(r for r in standing if r.kind.shares_footage)]
    on_progress("looking for what follows what", 0, 1)
    apart = frozenset(r.sides for r in shared)
    found += continuation.continuations(accounts, apart=apart, new=new)
    cameras_found, traces = camera_relations(residuals, apart=apart, new=new, on_progress=on_progress)
    return Found((*found, *cameras_found), traces)


def _clocks(accounts: Mapping[str, Account]) -> Iterator[tuple[str, Clock]]:
    """First and last reading of burned-in clocks with a date: they keep apart what a fixed camera shows on two days.

    Also of clocks that leap or stop: by that they are wrong by seconds, and two days are further apart.
    """
    for id_, told in accounts.items():
        clock = told.clock
        if clock is None or clock.first is None or clock.last is None or not clock.has_date:
            continue
        if clock.last_at_s > clock.first_at_s and clock.last > clock.first:
            yield (
                id_,
                (
                    (clock.first_at_s, clock.first.timestamp()),
                    (clock.last_at_s, clock.last.timestamp()),
                ),
            )


def member(told: Account) -> Member:
    """What families need to know of one recording."""
    held = told.pedigree
    return Member(
        told.id,
        held.stretches,
        held.width_px * held.height_px,
        told.created.isoformat() if told.created else "",
        held.bit_rate,
        bool(told.recorder),
    )


@dataclass(slots=True)
class _Held:
    """What the case holds for comparing."""

    prints: dict[str, Fingerprint]
    pedigrees: dict[str, Pedigree]
    traced: frozenset[str]
    """Recordings and still pictures that left a trace of their sensor."""
    digests: dict[str, str]
    last: dict[str, str]
    """Digests as of the last comparison."""
    lacking: list[str]
    standing: tuple[HeldRelation, ...]

    @classmethod
    def read(cls, case: Case) -> _Held:
        catalogue = case.catalogue
        prints = {h.item_id: h.feature for h in catalogue.features(FINGERPRINT, version=FINGERPRINT_VERSION)}
        pedigrees = {h.item_id: h.feature for h in catalogue.features(PEDIGREE, version=PEDIGREE_VERSION)}
        here = [h.item for h in catalogue.held_items() if h.state is not ItemState.ERASED]
        videos = {item.item_id for item in here if item.media_type is MediaType.VIDEO}
        both = sorted(prints.keys() & pedigrees.keys() & videos)
        traced = with_residual(case, [item.item_id for item in here])
        attempts = catalogue.current_attempts()
        features = {id_: (prints[id_], pedigrees[id_]) for id_ in both}
        return cls(
            {id_: read_fingerprint(prints[id_]) for id_ in both},
            {id_: read_pedigree(pedigrees[id_]) for id_ in both},
            traced,
            {id_: _digest(features.get(id_, ()), attempts.get(id_, ())) for id_ in sorted({*both, *traced})},
            {
                h.item_id: json.loads(h.feature.data)["digest"]
                for h in catalogue.features(COMPARED, version=1)
            },
            sorted(videos - set(both)),
            catalogue.relations(),
        )

    def new(self) -> frozenset[str]:
        return frozenset(id_ for id_, digest in self.digests.items() if self.last.get(id_) != digest)

    def relations(self) -> tuple[Relation, ...]:
        return tuple(h.relation for h in self.standing)

    def accounts(self, case: Case) -> dict[str, Account]:
        """Findings are read once, and only where something is to be compared."""
        cores: dict[str, list[FindingCore]] = {id_: [] for id_ in self.prints}
        for finding in case.catalogue.findings():
            if finding.item_id in cores and finding.core.examiner in METHODS:
                cores[finding.item_id].append(finding.core)
        return {id_: account(id_, self.pedigrees[id_], cores[id_]) for id_ in self.prints}


def without_fingerprint(case: Case) -> list[Item]:
    """Recordings not examined yet, or examined before comparing existed."""
    lacking = set(_Held.read(case).lacking)
    return [item for item in case.catalogue.items() if item.item_id in lacking]


def members_of(case: Case) -> dict[str, Member]:
    """Every recording that was compared, as it was when it was compared last."""
    held = {h.item_id: json.loads(h.feature.data) for h in case.catalogue.features(COMPARED, version=1)}
    return {id_: Member.from_json(id_, told["member"]) for id_, told in held.items() if told["member"]}


def _digest(features: Iterable[Feature], attempts: Iterable[str]) -> str:
    """Of everything that a comparison would read of one item (a trace of its sensor comes with its examination), and by
    what it would read it."""
    digest = hashlib.sha256(json.dumps(METHODS_USED, sort_keys=True).encode())
    for feature in features:
        digest.update(hashlib.sha256(feature.data).digest())
    for attempt in sorted(attempts):
        digest.update(attempt.encode())
    return digest.hexdigest()
