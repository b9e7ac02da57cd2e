"""Claims, responses, facilities, incidents, persons in footage, and bearings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Max

from witnessmark.ground.catalogue.models import (
    BearingRow,
    ClaimRow,
    ConsentRow,
    FacilityRow,
    IncidentRow,
    ItemLabelRow,
    PersonInFootageRow,
    ResponseRow,
    StatementRow,
)
from witnessmark.ground.catalogue.stored import Schema, rebuild
from witnessmark.ground.catalogue.tables.base import Tables, new_id, unknown
from witnessmark.model.records import HeldBearing
from witnessmark.model.release import Consent, ItemLabel
from witnessmark.model.statements import Bearing, Claim, Facility, Incident, PersonInFootage, Response

CLAIM = Schema("claim")
RESPONSE = Schema("response")
FACILITY = Schema("facility")
INCIDENT = Schema("incident")
PERSON = Schema("person-in-footage")
BEARING = Schema("bearing")
ITEM_LABEL = Schema("item-label")
CONSENT = Schema("consent")

S = TypeVar("S", Claim, Response, Facility, Incident, PersonInFootage, ItemLabel, Consent)


class StatementTables(Tables):
    """Saving again under a known id replaces the statement and keeps its place in the list."""

    def save_claims(self, claims: Sequence[Claim]) -> None:
        self._save(ClaimRow, CLAIM, [(c.claim_id, c) for c in claims])

    def claims(self) -> tuple[Claim, ...]:
        return self._load(ClaimRow, CLAIM, Claim)

    def save_responses(self, responses: Sequence[Response]) -> None:
        self._save(ResponseRow, RESPONSE, [(r.response_id, r) for r in responses])

    def responses(self) -> tuple[Response, ...]:
        return self._load(ResponseRow, RESPONSE, Response)

    def save_facilities(self, facilities: Sequence[Facility]) -> None:
        self._save(FacilityRow, FACILITY, [(f.facility_id, f) for f in facilities])

    def facilities(self) -> tuple[Facility, ...]:
        return self._load(FacilityRow, FACILITY, Facility)

    def save_incidents(self, incidents: Sequence[Incident]) -> None:
        self._save(IncidentRow, INCIDENT, [(i.incident_id, i) for i in incidents])

    def incidents(self) -> tuple[Incident, ...]:
        return self._load(IncidentRow, INCIDENT, Incident)

    def save_persons_in_footage(self, persons: Sequence[PersonInFootage]) -> None:
        self._save(PersonInFootageRow, PERSON, [(p.person_id, p) for p in persons])

    def persons_in_footage(self) -> tuple[PersonInFootage, ...]:
        return self._load(PersonInFootageRow, PERSON, PersonInFootage)

    def save_labels(self, labels: Sequence[ItemLabel]) -> None:
        self._save(ItemLabelRow, ITEM_LABEL, [(one.label_id, one) for one in labels])

    def labels(self) -> tuple[ItemLabel, ...]:
        return self._load(ItemLabelRow, ITEM_LABEL, ItemLabel)

    def save_consents(self, consents: Sequence[Consent]) -> None:
        self._save(ConsentRow, CONSENT, [(one.consent_id, one) for one in consents])

    def consents(self) -> tuple[Consent, ...]:
        return self._load(ConsentRow, CONSENT, Consent)

    def _save(self, model: type[StatementRow], schema: Schema, pairs: Sequence[tuple[str, S]]) -> None:
        with self.transaction():
            known = dict(self.rows.of(model).values_list("pk", "place"))
            last = max(known.values(), default=-1)
            rows = []
            for row_id, statement in dict(pairs).items():
                if row_id not in known:
                    last += 1
                    known[row_id] = last
                document = schema.dump(statement)
                rows.append(model(id=row_id, place=known[row_id], code=statement.code, document=document))
            self.rows.put(rows)

    def _load(self, model: type[StatementRow], schema: Schema, kind: type[S]) -> tuple[S, ...]:
        documents = self.rows.of(model).order_by("place", "pk").values_list("document", flat=True)
        return tuple(rebuild(kind, schema.load(document)) for document in documents)

    # bearings

    def propose_bearings(self, bearings: Sequence[Bearing]) -> None:
        """Replace what the rules proposed last. What a person has decided on stays as it was decided."""
        with self.transaction():
            held = list(self.rows.locked(BearingRow).order_by("pk"))
            self.rows.remove([row for row in held if row.state == "proposed"])
            decided = {_place(_held(row).bearing) for row in held if row.state != "proposed"}
            last = self.rows.of(BearingRow).aggregate(last=Max("place"))["last"]
            new = {_place(bearing): bearing for bearing in bearings if _place(bearing) not in decided}
            first = -1 if last is None else last
            self.rows.insert(
                [
                    BearingRow(
                        id=new_id(),
                        claim_id=bearing.claim_id,
                        finding_id=bearing.finding_id,
                        item_id=bearing.item_id,
                        rule=bearing.rule,
                        place=first + 1 + offset,
                        state="proposed",
                        decided_by="",
                        document=BEARING.dump(bearing),
                    )
                    for offset, bearing in enumerate(new.values())
                ]
            )

    def decide_bearing(self, bearing: Bearing, state: str, person_id: str) -> None:
        """A person accepts or dismisses a bearing. Raises UsageError if it was never proposed."""
        claim_id, finding_id, item_id, rule = _place(bearing)
        with self.transaction():
            row = self.rows.locked(
                BearingRow, claim_id=claim_id, finding_id=finding_id, item_id=item_id, rule=rule
            ).first()
            if row is None:
                raise unknown("bearing")
            self.rows.change(row, state=state, decided_by=person_id)

    def held_bearings(self) -> tuple[HeldBearing, ...]:
        """With what people decided on them, in the order in which they were proposed."""
        return tuple(map(_held, self.rows.of(BearingRow).order_by("place", "pk")))

    def bearings(self) -> tuple[Bearing, ...]:
        """Those that were not dismissed."""
        return tuple(held.bearing for held in self.held_bearings() if held.state != "dismissed")


def _place(bearing: Bearing) -> tuple[str, str, str, str]:
    return bearing.claim_id, bearing.finding_id, bearing.item_id, bearing.rule


def _held(row: BearingRow) -> HeldBearing:
    return HeldBearing(rebuild(Bearing, BEARING.load(row.document)), row.state, row.decided_by)
