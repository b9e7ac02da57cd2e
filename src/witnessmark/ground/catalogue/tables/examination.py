"""Findings, features, seals, derivatives and relations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from witnessmark.ground.catalogue.models import (
    DerivativeRow,
    FeatureRow,
    FindingRow,
    RelationRow,
    SealRow,
)
from witnessmark.ground.catalogue.stored import Schema, rebuild
from witnessmark.ground.catalogue.tables.base import Tables, new_id
from witnessmark.model.consumer import Feature, SealRecord
from witnessmark.model.findings import Finding
from witnessmark.model.records import HeldDerivative, HeldFeature, HeldRelation, HeldSeal
from witnessmark.model.relations import Relation

FINDING = Schema("finding")
RELATION = Schema("relation")
SEAL = Schema("seal")


class ExaminationTables(Tables):
    def save_findings(self, item_id: str, attempt_id: str, findings: Sequence[Finding]) -> None:
        """Keep what one attempt found. Earlier findings of the same examiners on this item are superseded.

        They stay (nothing that was found is ever removed) and are listed only on request.
        """
        found_at = self.clock()
        with self.transaction():
            examiners = {finding.core.examiner for finding in findings}
            earlier = self.rows.locked(
                FindingRow, item_id=item_id, examiner__in=examiners, superseded_by__isnull=True
            ).exclude(attempt_id=attempt_id)
            self.rows.change_all(earlier.order_by("pk"), superseded_by=attempt_id)
            self.rows.insert(
                [
                    FindingRow(
                        id=finding.finding_id,
                        item_id=item_id,
                        attempt_id=attempt_id,
                        place=place,
                        kind=finding.core.kind,
                        examiner=finding.core.examiner,
                        outcome=str(finding.core.outcome),
                        document=FINDING.dump(finding.to_json()),
                        found_at=found_at,
                    )
                    for place, finding in enumerate(findings)
                ]
            )

    def findings(
        self, item_id: str | None = None, *, attempt_id: str | None = None, superseded: bool = False
    ) -> tuple[Finding, ...]:
        """Findings in the order in which they were made; with ``superseded`` the earlier ones too."""
        rows = self.rows.of(FindingRow).order_by("found_at", "attempt_id", "place")
        if item_id is not None:
            rows = rows.filter(item_id=item_id)
        if attempt_id is not None:
            rows = rows.filter(attempt_id=attempt_id)
        if not superseded:
            rows = rows.filter(superseded_by__isnull=True)
        return tuple(Finding.from_json(FINDING.load(doc)) for doc in rows.values_list("document", flat=True))

    def current_attempts(self) -> dict[str, frozenset[str]]:
        """Item id: the attempts whose findings stand, without reading the findings."""
        rows = self.rows.of(FindingRow).filter(superseded_by__isnull=True).order_by("item_id", "attempt_id")
        found: dict[str, set[str]] = {}
        for item_id, attempt_id in rows.values_list("item_id", "attempt_id").distinct():
            found.setdefault(item_id, set()).add(attempt_id)
        return {item_id: frozenset(attempts) for item_id, attempts in found.items()}

    def save_feature(self, item_id: str, feature: Feature) -> None:
        """Keep a feature; one of the same name for the same item is replaced."""
        with self.transaction():
            row = self.rows.locked(FeatureRow, item_id=item_id, name=feature.name).first()
            if row is not None:
                self.rows.change(row, version=feature.version, data=feature.data)
                return
            self.rows.insert(
                [
                    FeatureRow(
                        id=new_id(),
                        item_id=item_id,
                        name=feature.name,
                        version=feature.version,
                        data=feature.data,
                    )
                ]
            )

    def features(
        self, name: str | None = None, *, item_id: str | None = None, version: int | None = None
    ) -> tuple[HeldFeature, ...]:
        """By item. Comparers ask by name and version, so that they never mix two kinds of data."""
        rows = self.rows.of(FeatureRow).order_by("item_id", "name")
        if name is not None:
            rows = rows.filter(name=name)
        if version is not None:
            rows = rows.filter(version=version)
        if item_id is not None:
            rows = rows.filter(item_id=item_id)
        return tuple(HeldFeature(r.item_id, Feature(r.name, r.version, bytes(r.data))) for r in rows)

    def items_with_feature(self, name: str, version: int) -> frozenset[str]:
        """Ids alone: features may be large."""
        rows = self.rows.of(FeatureRow).filter(name=name, version=version)
        return frozenset(rows.values_list("item_id", flat=True))

    def save_seal(self, item_id: str, seal: SealRecord, build: str, when: datetime | None = None) -> HeldSeal:
        """Keep the commitment of one decoder build; the one that counts is given back: its first."""
        with self.transaction():
            row = self.rows.locked(SealRow, item_id=item_id, build=build).first()
            if row is None:
                row = SealRow(
                    id=new_id(),
                    item_id=item_id,
                    build=build,
                    item_root=seal.item_root,
                    document=SEAL.dump({"parameters": seal.parameters, "counts": seal.counts}),
                    index=seal.index,
                    made_at=when or self.clock(),
                )
                self.rows.insert([row])
            return _seal(row)

    def seal(self, item_id: str, build: str | None = None) -> HeldSeal | None:
        """The first seal of an item (of that build, if one is named)."""
        rows = self.rows.of(SealRow).filter(item_id=item_id).order_by("made_at", "id")
        row = (rows if build is None else rows.filter(build=build)).first()
        return _seal(row) if row else None

    def seals(self) -> tuple[HeldSeal, ...]:
        """All of them, by time."""
        return tuple(map(_seal, self.rows.of(SealRow).order_by("made_at", "id")))

    def add_derivative(self, derivative: HeldDerivative) -> None:
        """Keep the record of a derivative; one of the same name for the same item is replaced."""
        content: dict[str, Any] = {
            "media_type": derivative.media_type,
            "object_name": derivative.object_name,
            "size_bytes": derivative.size_bytes,
            "sha256": derivative.sha256,
            "made_at": derivative.made_at,
        }
        with self.transaction():
            row = self.rows.locked(DerivativeRow, item_id=derivative.item_id, name=derivative.name).first()
            if row is not None:
                self.rows.change(row, **content)
                return
            self.rows.insert(
                [DerivativeRow(id=new_id(), item_id=derivative.item_id, name=derivative.name, **content)]
            )

    def derivatives(self, item_id: str | None = None) -> tuple[HeldDerivative, ...]:
        """By item, then name."""
        rows = self.rows.of(DerivativeRow).order_by("item_id", "name")
        if item_id is not None:
            rows = rows.filter(item_id=item_id)
        return tuple(
            HeldDerivative(
                r.item_id,
                r.name,
                r.media_type,
                r.object_name,
                r.made_at,
                r.size_bytes,
                None if r.sha256 is None else bytes(r.sha256),
            )
            for r in rows
        )

    def save_relations(
        self, run_id: str, found: Sequence[HeldRelation], superseded: Collection[str] = ()
    ) -> None:
        """Keep what one comparison found. Rows named in ``superseded`` stay, and are listed only on request."""
        found_at = self.clock()
        with self.transaction():
            for relation_id in superseded:
                rows = self.rows.locked(RelationRow, pk=relation_id, superseded_by__isnull=True)
                self.rows.change_all(rows, superseded_by=run_id)
            self.rows.insert(
                [
                    RelationRow(
                        id=held.relation_id,
                        kind=str(held.relation.kind),
                        from_item_id=held.relation.source,
                        to_item_id=held.relation.target,
                        place=place,
                        document=RELATION.dump(held.relation.to_json()),
                        run_id=run_id,
                        found_at=found_at,
                    )
                    for place, held in enumerate(found)
                ]
            )

    def relations(self, item_id: str | None = None, *, superseded: bool = False) -> tuple[HeldRelation, ...]:
        """In the order in which they were found; with ``superseded`` the earlier ones too."""
        rows = self.rows.of(RelationRow).order_by("found_at", "run_id", "place")
        if item_id is not None:
            rows = rows.filter(Q(from_item_id=item_id) | Q(to_item_id=item_id))
        if not superseded:
            rows = rows.filter(superseded_by__isnull=True)
        return tuple(
            HeldRelation(r.id, r.run_id or "", Relation.from_json(RELATION.load(r.document)), r.superseded_by)
            for r in rows
        )


def _seal(row: SealRow) -> HeldSeal:
    content = SEAL.load(row.document)
    seal = SealRecord(
        item_root=bytes(row.item_root),
        parameters=rebuild(tuple[tuple[str, str | int], ...], content["parameters"]),
        counts=rebuild(tuple[tuple[str, int], ...], content["counts"]),
        index=bytes(row.index),
    )
    return HeldSeal(row.item_id, row.build, seal, row.made_at)
