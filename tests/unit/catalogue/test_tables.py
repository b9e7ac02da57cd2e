"""What goes into the catalogue comes out the same: anything lost here is lost to the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from tests.support.catalogues import Maker
from witnessmark.ground.catalogue.catalogue import Catalogue
from witnessmark.model.consumer import Feature, SealRecord
from witnessmark.model.custody import Stamp
from witnessmark.model.errors import UsageError
from witnessmark.model.findings import Finding, FindingCore, Grade, Measurement, Outcome
from witnessmark.model.intake import Settled, Settlement
from witnessmark.model.recording import Item, MediaType, Occurrence
from witnessmark.model.records import (
    Handover,
    HeldDerivative,
    HeldFeature,
    HeldItem,
    HeldRelation,
    HeldSeal,
    ItemState,
    Receipt,
    ReceiptState,
    SealedField,
    SourceStatement,
    TeamMember,
)
from witnessmark.model.relations import Direction, Relation, RelationKind, Segment
from witnessmark.model.statements import (
    Bearing,
    BearingKind,
    Claim,
    ClaimKind,
    Facility,
    Incident,
    Link,
    PersonInFootage,
    Response,
    StatedDate,
)
from witnessmark.model.time import Span

SWAPPED = {"item-1": "item-2", "item-2": "item-1"}
WHEN = datetime(2021, 10, 5, 9, 30, 0, 123456, tzinfo=UTC)
LATER = WHEN + timedelta(hours=4)
NASTY = "nul \x00, surrogate-free é Саратов, quote ' \" \\ and % %s"


def item(number: int = 1, media_type: MediaType = MediaType.VIDEO) -> Item:
    return Item(f"item-{number}", bytes([number]) * 32, 2**40 + number, media_type, f"object-{number}", "mp4")


def core(kind: str = "clock.jump", examiner: str = "clock", **changes: Any) -> FindingCore:
    given: dict[str, Any] = {
        "kind": kind,
        "question": "Does the burned-in clock leap?",
        "examiner": examiner,
        "version": "1.0.0",
        "outcome": Outcome.OBSERVED,
        "statement": NASTY,
        "parameters": {"threshold": 2.0, "names": ["a", "b"], "nested": {"deep": [1, None, True]}},
        "span": Span.of(127488, -128000, Fraction(1, 12800)),
        "measurements": {
            "jump_s": Measurement(2.0, "s"),
            "count": Measurement(3),
            "tools": Measurement(("x264", 1, 2.5), ""),
        },
        "grade": Grade.STRONG,
        "calibration": "bench set, 0 of 300",
        "benign_causes": ("the recorder's clock was set",),
        "limits": ("illegible below 8 px", "two"),
    }
    return FindingCore(**(given | changes))


def finding(finding_id: str, item_id: str = "item-1", **changes: Any) -> Finding:
    return Finding(finding_id, item_id, core(**changes), "build", "S2")


@pytest.fixture
def catalogue(catalogues: Maker) -> Catalogue:
    opened = catalogues.open()
    opened.add_items([item(1), item(2, MediaType.DOCUMENT)], WHEN)
    return opened


def test_team(catalogue: Catalogue) -> None:
    """Who may do what must come back as it was decided."""
    first = catalogue.add_person("lynx", ["intake", "examiner"])
    second = catalogue.add_person("heron", person_id="8c5f4c3e-4c6f-4d0e-9d0d-0a2b6f1f5a11")
    catalogue.set_roles(first.person_id, ["releaser"])
    catalogue.remove_person(second.person_id, LATER)
    assert catalogue.persons() == (
        TeamMember(first.person_id, "lynx", ("releaser",), first.added_at),
        TeamMember(second.person_id, "heron", (), second.added_at, LATER),
    )
    assert catalogue.person(first.person_id).roles == ("releaser",)
    with pytest.raises(UsageError):
        catalogue.person("00000000-0000-4000-8000-000000000000")


def test_sealed_fields(catalogue: Catalogue) -> None:
    """The name behind a pseudonym exists nowhere else."""
    name = SealedField("person-1", "name", "identity", b"\x00age")
    catalogue.save_sealed_field(SealedField("person-1", "name", "names", b"old"))
    catalogue.save_sealed_field(name)
    assert catalogue.sealed_fields("person-1") == (name,)


def test_receipts(catalogue: Catalogue) -> None:
    """A receipt that is found again is what lets receiving go on after a power cut."""
    running = Receipt("r-1", "heron", b"root", WHEN)
    done = Receipt("r-0", "heron", b"root", WHEN - timedelta(days=1))
    catalogue.add_receipt(running)
    catalogue.add_receipt(done)
    document: Mapping[str, Any] = {"note": NASTY, "share": 0.5, "list": [1, 2]}
    catalogue.complete_receipt("r-0", document, {"found": {"files": 3}}, b"annex", LATER)
    complete = Receipt(
        "r-0",
        "heron",
        b"root",
        WHEN - timedelta(days=1),
        ReceiptState.COMPLETE,
        document,
        {"found": {"files": 3}},
        b"annex",
        LATER,
    )
    assert catalogue.receipts() == (complete, running)
    assert catalogue.receipt("r-0") == complete
    assert catalogue.running_receipt(b"root") == running
    assert catalogue.running_receipt(b"other") is None
    with pytest.raises(UsageError):
        catalogue.receipt("none")


def test_settled_files(catalogue: Catalogue) -> None:
    """Every file found needs its outcome: an unexplained one breaks the reconciliation."""
    catalogue.add_receipt(Receipt("s-1", "heron", b"root", WHEN))
    catalogue.add_receipt(Receipt("s-2", "heron", b"other", WHEN))
    archive = Settled(b"\x09" * 32, b"p", Settlement.SEALED, 100, False, "o-1", unpacked=False)
    refused = Settled(b"\x02" * 32, b"q", Settlement.REFUSED, 7, False, "K7Q2", "unreadable", NASTY)
    member = Settled(
        b"\x03" * 32, b"r", Settlement.SEALED, 40, True, "o-2", item_id="item-1", sealed_name=b"\x00"
    )
    catalogue.save_settled("s-1", [archive, refused])
    catalogue.save_settled("s-2", [member])
    unpacked = replace(archive, unpacked=True)
    catalogue.save_settled("s-1", [member, unpacked])
    assert catalogue.settled("s-1") == (unpacked, refused, member)
    assert catalogue.settled("s-1", refused.row_key) == (refused,)
    assert catalogue.settled("s-2", refused.row_key) == ()


def test_items(catalogue: Catalogue) -> None:
    """An item that cannot be found by its digest would be sealed twice."""
    assert catalogue.items() == (item(1), item(2, MediaType.DOCUMENT))
    assert catalogue.item("item-2") == item(2, MediaType.DOCUMENT)
    assert catalogue.item_by_digest(b"\x01" * 32) == item(1)
    assert catalogue.item_by_digest(b"\x07" * 32) is None
    with pytest.raises(UsageError):
        catalogue.item("item-9")


def test_item_states(catalogue: Catalogue) -> None:
    """The first commitment counts; a second examination must not move its date."""
    catalogue.set_item_state("item-1", ItemState.COMMITTED, WHEN)
    catalogue.set_item_state("item-1", ItemState.EXAMINED, LATER)
    catalogue.set_item_state("item-1", ItemState.COMMITTED, LATER)
    assert catalogue.held_item("item-1") == HeldItem(item(1), ItemState.EXAMINED, WHEN, WHEN, LATER)
    assert [held.item.item_id for held in catalogue.held_items(ItemState.SEALED)] == ["item-2"]


def test_an_erased_item_leaves_only_its_trace(catalogue: Catalogue) -> None:
    """Erasure must reach what was made from the content, and keep what the log speaks of."""
    catalogue.save_feature("item-1", Feature("fingerprint", 1, b"x"))
    catalogue.save_seal("item-1", SealRecord(b"\x01" * 32, (), (), b"index"), "build", WHEN)
    catalogue.add_derivative(HeldDerivative("item-1", "shield", "video/mp4", "object-9", WHEN))
    catalogue.save_findings("item-1", "attempt-1", [finding("f-1")])
    catalogue.erase_item("item-1")
    assert (catalogue.item_by_digest(b"\x01" * 32), catalogue.features(), catalogue.derivatives()) == (
        None,
        (),
        (),
    )
    assert (catalogue.held_item("item-1").state, len(catalogue.findings("item-1"))) == (ItemState.ERASED, 1)
    assert catalogue.integrity_check() == []


def test_occurrences(catalogue: Catalogue) -> None:
    """Where a file was found is part of the evidence, down to the archive it lay in."""
    catalogue.add_receipt(Receipt("r-1", "heron", b"root", WHEN))
    outer = Occurrence("o-1", "item-2", "r-1", None, b"sealed")
    inner = Occurrence("o-2", "item-1", "r-1", "o-1", b"\x00\xff")
    catalogue.add_occurrences([outer, inner])
    assert catalogue.occurrences() == (outer, inner)
    assert catalogue.occurrences("item-1") == (inner,)
    assert catalogue.occurrences(receipt_id="r-2") == ()


def test_findings_come_back_whole(catalogue: Catalogue) -> None:
    """A finding that reads back differently can no longer be reproduced by an expert."""
    findings = [
        finding("f-2"),
        finding("f-1", kind="clock.rate", span=None, grade=None, measurements={}, parameters={}),
        finding("f-3", outcome=Outcome.NOT_APPLICABLE, reason="no clock in the picture"),
    ]
    catalogue.save_findings("item-1", "attempt-1", findings)
    assert catalogue.findings("item-1") == tuple(findings)
    assert catalogue.findings(attempt_id="attempt-1") == tuple(findings)
    assert [f.core.core_digest for f in catalogue.findings()] == [f.core.core_digest for f in findings]
    assert catalogue.findings("item-2") == ()


def test_a_later_attempt_supersedes_and_removes_nothing(catalogue: Catalogue) -> None:
    """What was found once must stay on record, and must not be counted twice."""
    old = [finding("f-1"), finding("f-2", kind="audio.hum", examiner="audio")]
    new = [finding("f-3", statement="another reading")]
    catalogue.save_findings("item-1", "attempt-1", old)
    catalogue.save_findings("item-2", "attempt-2", [finding("f-9", "item-2")])
    catalogue.save_findings("item-1", "attempt-3", new)
    assert {f.finding_id for f in catalogue.findings("item-1")} == {"f-2", "f-3"}
    assert {f.finding_id for f in catalogue.findings(superseded=True)} == {"f-1", "f-2", "f-3", "f-9"}
    assert len(catalogue.findings("item-2")) == 1


def test_features(catalogue: Catalogue) -> None:
    """A comparer that gets features of two versions compares apples with pears."""
    fingerprint = Feature("fingerprint", 2, bytes(range(256)) * 10)
    catalogue.save_feature("item-1", Feature("fingerprint", 1, b"old"))
    catalogue.save_feature("item-1", fingerprint)
    catalogue.save_feature("item-2", Feature("fingerprint", 1, b"x"))
    assert catalogue.features("fingerprint", version=2) == (HeldFeature("item-1", fingerprint),)
    assert len(catalogue.features("fingerprint")) == 2
    assert catalogue.features(item_id="item-2") == (HeldFeature("item-2", Feature("fingerprint", 1, b"x")),)


def test_the_first_seal_of_a_build_counts(catalogue: Catalogue) -> None:
    """A commitment that could be replaced later would commit to nothing."""
    parameters = (("tile_px", 64), ("codec", "h264"))
    first = SealRecord(b"\x01" * 32, parameters, (("frames", 12),), b"index")
    held = HeldSeal("item-1", "build a", first, WHEN)
    assert catalogue.save_seal("item-1", first, "build a", WHEN) == held
    other = SealRecord(b"\x02" * 32, (), (), b"")
    assert catalogue.save_seal("item-1", other, "build a", LATER) == held
    assert catalogue.save_seal("item-1", other, "build b", LATER).seal == other
    assert catalogue.seal("item-1") == held
    assert catalogue.seal("item-1", "build b") == HeldSeal("item-1", "build b", other, LATER)
    assert catalogue.seal("item-2") is None
    assert [h.build for h in catalogue.seals()] == ["build a", "build b"]


def test_derivatives(catalogue: Catalogue) -> None:
    """The desk shows the shielded picture by this record; without it it would have only the raw one."""
    shield = HeldDerivative("item-1", "shield", "video/mp4", "object-9", LATER, 12, b"\x05" * 32)
    catalogue.add_derivative(HeldDerivative("item-1", "shield", "video/mp4", "object-8", WHEN))
    catalogue.add_derivative(shield)
    assert catalogue.derivatives("item-1") == (shield,)
    assert catalogue.derivatives("item-2") == ()


def test_relations(catalogue: Catalogue) -> None:
    """What an earlier report said of two files could no longer be shown."""
    excerpt = Relation(
        RelationKind.EXCERPT_OF,
        "item-1",
        "item-2",
        Direction.UNDETERMINED,
        Grade.STRONG,
        (Segment(0.0, 2.0, 1.0, 3.0),),
        ("resized",),
        ("They show the same pictures.",),
    )
    first, second = (
        HeldRelation("r-1", "run-1", excerpt),
        HeldRelation("r-2", "run-2", excerpt.named(SWAPPED)),
    )
    catalogue.save_relations("run-1", [first])
    catalogue.save_relations("run-2", [second], superseded=["r-1"])
    assert catalogue.relations() == (second,)
    assert catalogue.relations("item-1", superseded=True) == (replace(first, superseded_by="run-2"), second)
    assert catalogue.relations("item-3") == ()


def test_statements(catalogue: Catalogue) -> None:
    """A claim that loses a link of its chain turns hearsay into testimony."""
    day = StatedDate("2020-02-18", "day", "Europe/Saratov")
    unknown = StatedDate("", "unknown")
    chains = ((Link("the NGO", "C", "3"), Link("a news agency", "B", "2")), (Link(NASTY),))
    claim = Claim("c-2", "2", NASTY, ClaimKind.DATE, chains, day, unknown, "SAR", 40, ("item-1",), "accepted")
    other = Claim("c-1", "11", "x", ClaimKind.COUNT, (), unknown, unknown)
    response = Response("r-1", "11", "s", "promise", "spokesman", chains, day, "if", "authenticity", due=day)
    facility = Facility("f-1", "SAR", "hospital", "tuberculosis ward", "Saratov", "Europe/Saratov")
    incident = Incident("i-1", "1", "t", "SAR", day, ("force confessions",), ("item-1",), ("p-1",))
    person = PersonInFootage("p-1", "P1", "the one who films", "person filming")
    catalogue.save_claims([claim, other])
    catalogue.save_claims([claim])
    catalogue.save_responses([response])
    catalogue.save_facilities([facility])
    catalogue.save_incidents([incident])
    catalogue.save_persons_in_footage([person])
    assert catalogue.claims() == (claim, other)
    assert catalogue.responses() == (response,)
    assert catalogue.facilities() == (facility,)
    assert catalogue.incidents() == (incident,)
    assert catalogue.persons_in_footage() == (person,)


def test_decided_bearings_survive_a_new_proposal(catalogue: Catalogue) -> None:
    """What a person decided must not be swept away when the rules run again."""
    unknown = StatedDate("", "unknown")
    catalogue.save_claims([Claim("c-1", "1", "x", ClaimKind.DATE, (), unknown, unknown)])
    first = Bearing("c-1", "f-1", "item-1", BearingKind.SUPPORTS, "the clock says so", "date")
    second = Bearing("c-1", "", "", BearingKind.SILENT, "the receipt is silent", "count")
    third = Bearing("c-1", "f-3", "item-1", BearingKind.CONTRADICTS, "why", "date")
    catalogue.propose_bearings([first, second])
    catalogue.decide_bearing(first, "dismissed", "person-1")
    catalogue.propose_bearings([first, third])
    assert [(h.bearing, h.state, h.decided_by) for h in catalogue.held_bearings()] == [
        (first, "dismissed", "person-1"),
        (third, "proposed", ""),
    ]
    assert catalogue.bearings() == (third,)
    with pytest.raises(UsageError):
        catalogue.decide_bearing(second, "accepted", "person-1")


def test_stamps(catalogue: Catalogue) -> None:
    """A time stamp without its request, nonce or chain proves nothing later."""
    asked = Stamp("t-9", "custody", 42, b"note", "rfc3161", "pending", str(2**80), b"q")
    other = Stamp("t-1", "publication", 7, b"note", "opentimestamps", "promised", token=b"\x00")
    catalogue.save_stamp(asked)
    catalogue.save_stamp(other)
    anchored = replace(asked, state="anchored", token=b"token", chain=b"chain", time="2026-01-01T00:00:00Z")
    catalogue.save_stamp(anchored)
    assert catalogue.stamps() == (anchored, other)


def test_handovers_and_source_statements(catalogue: Catalogue) -> None:
    """To whom raw material went, and what the source asked for, must stay on record."""
    catalogue.add_handover(Handover("h-1", WHEN, {"to": "court"}))
    catalogue.receipt_handover("h-1", b"signed")
    assert catalogue.handovers() == (Handover("h-1", WHEN, {"to": "court"}, "receipted", b"signed"),)
    statement = SourceStatement("st-1", "heron", b"\x00sealed", WHEN)
    catalogue.add_source_statement(statement)
    assert catalogue.source_statements() == (statement,)


def test_after_all_of_it_the_digests_hold(catalogue: Catalogue) -> None:
    """Every kind of write has to go through the one mechanism."""
    for test in (
        test_team,
        test_sealed_fields,
        test_settled_files,
        test_item_states,
        test_findings_come_back_whole,
        test_features,
        test_the_first_seal_of_a_build_counts,
        test_derivatives,
        test_relations,
        test_statements,
        test_stamps,
        test_handovers_and_source_statements,
    ):
        test(catalogue)
    assert catalogue.integrity_check() == []
