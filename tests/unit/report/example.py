"""A made-up case that fills every part of a report, with fixed ids and times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction
from importlib.resources import files
from itertools import count

from witnessmark.case.custody_words import describe_event
from witnessmark.describe import (
    CaseFacts,
    ContainerDate,
    ItemFacts,
    propose,
    read_claims,
    read_facilities,
    read_incidents,
)
from witnessmark.describe.facts import ReceiptFacts
from witnessmark.follow_up import answer_line, extent, open_promises, read_responses
from witnessmark.model.contradictions import Contradiction, Hypothesis, Reading, Source, Subject, Verdict
from witnessmark.model.findings import Finding, FindingCore, Grade, Measurement, Outcome
from witnessmark.model.intake import Reconciliation, Refusal, Tally
from witnessmark.model.recording import MediaType
from witnessmark.model.relations import Direction, Relation, RelationKind, Segment
from witnessmark.model.series import Curve, Grid, Lane
from witnessmark.model.tabular import Known
from witnessmark.model.time import Span
from witnessmark.release.report import (
    CaseReport,
    CheckpointRow,
    Compared,
    CustodyRow,
    FamilyRow,
    ItemReport,
    MethodRow,
    ReceiptRow,
    ReportedItem,
)

BASE = Fraction(1, 12800)
CHECKPOINT = CheckpointRow(
    214,
    datetime(2021, 11, 2, 9, 30, tzinfo=UTC),
    "Qk9vWm1hcmtlZCByb290IG9mIHRoZSBsb2cgYXMgYmFzZTY0IQ==",
    "1f0a 77c2 9b3e",
)
AS_OF = date(2021, 11, 2)

METHODS = (
    MethodRow(
        "container",
        "1.2.0",
        "Structure of the container",
        "By what was this file written, and does it account for all its bytes?",
        ("container.family", "container.rewritten", "container.trailing", "metadata.conflict"),
        ("Handler names survive a stream copy and prove little.", "Families it has not seen are unknown."),
        "not yet measured",
        ("arXiv 2101.10795, section 4",),
    ),
    MethodRow(
        "timeline",
        "1.0.0",
        "Time stamps and frame numbers",
        "Do time stamps and frame numbers run through?",
        ("timeline.gap", "timeline.disorder", "timeline.av_offset"),
        ("Variable-rate phones need the file's own pattern.",),
        "bench authenticity: 28 of 30 found, 0 false alarms in 120 (upper bound 3.0 %)",
    ),
    MethodRow(
        "picture",
        "0.9.1",
        "Cuts, repeats and freezes",
        "Does the picture run through?",
        ("picture.cut", "picture.repeat", "picture.freeze"),
        ("Static recorder footage looks frozen.",),
        "not yet measured",
    ),
    MethodRow(
        "audio",
        "0.9.0",
        "Sound and hum",
        "Does the background of the sound run through?",
        ("audio.gap", "audio.splice", "audio.hum"),
        ("Below the hum gate nothing can be said.",),
        "not yet measured",
    ),
)


def finding(
    item_id: str,
    kind: str,
    statement: str,
    *,
    outcome: Outcome = Outcome.OBSERVED,
    grade: Grade | None = Grade.STRONG,
    span_s: tuple[float, float] | None = None,
    reason: str = "",
    examiner: str = "",
    calibration: str = "not yet measured",
    weight: str = "not calibrated",
) -> Finding:
    span = Span.of(round(span_s[0] * 12800), round(span_s[1] * 12800), BASE) if span_s else None
    by = examiner or next((m.examiner for m in METHODS if kind in m.kinds), "container")
    core = FindingCore(
        kind=kind,
        question=next((m.question for m in METHODS if m.examiner == by), ""),
        examiner=by,
        version="1.0.0",
        outcome=outcome,
        statement=statement,
        span=span,
        measurements={"length_s": Measurement(2.96, "s")} if span else {},
        grade=grade if outcome is Outcome.OBSERVED else None,
        calibration=calibration,
        weight=weight,
        reason=reason,
        benign_causes=("an export by the recorder's own software", "a messenger") if grade else (),
        limits=("a change shorter than one frame is not seen",),
    )
    fid = f"{item_id[:4]}-{kind}-{span_s[0] if span_s else 0}"
    return Finding(fid, item_id, core, "ffmpeg 8.0, numpy 2.4, python 3.11, cpu 9c1e", "S2")


def findings_of(item_id: str) -> tuple[Finding, ...]:
    return (
        finding(
            item_id,
            "metadata.conflict",
            "Two dates in the file are 4 h apart: moov/mvhd says 09:15:00, the tag says 13:15:00.",
        ),
        finding(item_id, "container.rewritten", "Written by Lavf60.16.100, not by a recorder."),
        *(
            finding(
                item_id,
                "timeline.gap",
                f"{lost} frames are missing between two packets.",
                span_s=at,
                calibration=LIKE,
                weight=WEIGHT,
            )
            for lost, at in ((76, (9.96, 10.0)), (11, (61.2, 61.24)))
        ),
        finding(
            item_id, "picture.freeze", "The picture stands still for 14 s while time runs.", span_s=(100, 114)
        ),
        finding(
            item_id,
            "picture.cut",
            "The picture changes abruptly; no other trace goes with it.",
            grade=Grade.WEAK,
            span_s=(61.2, 61.24),
        ),
        finding(
            item_id,
            "container.family",
            "Nearest families: recorder A (n = 12), phone B (n = 4).",
            grade=Grade.OBSERVATION,
        ),
        finding(
            item_id,
            "timeline.disorder",
            "No time stamp leaves the file's own pattern; a break of one frame would have been seen.",
            outcome=Outcome.NOT_OBSERVED,
        ),
        finding(
            item_id,
            "audio.hum",
            "",
            outcome=Outcome.NOT_APPLICABLE,
            reason="the file has no sound",
        ),
        finding(
            item_id,
            "picture.repeat",
            "Too dark in 70 % of frames to tell.",
            outcome=Outcome.INCONCLUSIVE,
        ),
        finding(
            item_id,
            "audio.splice",
            "",
            outcome=Outcome.FAILED,
            reason="the decoder stopped: invalid data at packet 1,204",
        ),
        finding(
            item_id,
            "synthetic.not_tested",
            "No test for generated or staged footage was made.",
            outcome=Outcome.NOT_APPLICABLE,
            reason="open detectors are not sure enough to be used",
        ),
    )


SERIES = (
    Curve(
        "clock.drift",
        "Burned-in clock minus time of the file",
        "time of the file",
        "s",
        "difference",
        "s",
        tuple((t / 4, 0.02 * ((t * 7) % 5) + (2.96 if t > 40 else 0)) for t in range(690)),
        ((10.0, "leap of 2.96 s"),),
    ),
    Lane("timeline.groups", "Groups of pictures", ((0, 2, "I"), (2, 4, "P"), (4, 10, "I"), (10, 172.4, "P"))),
    Grid(
        "picture.map",
        "Residual beside its surroundings",
        8,
        4,
        tuple((n * 37) % 256 for n in range(32)),
        61.2,
    ),
)
LIKE = "bench authenticity, row timeline.gap/any/any/any: detected 144 of 150 (95 % interval 91.5–98.5 %); "
LIKE += (
    "false alarms on natives and controls 0 of 252 (95 % interval 0.0–1.5 %); intervals over 60 and 90 takes"
)
WEIGHT = "likelihood ratio of at least 61 for “pictures or time are missing there” against “it is not so”: found in "
WEIGHT += "at least 91.5 % with the event, in at most 1.5 % without it (timeline.gap/any/any/any)"

ITEM_IDS = tuple(f"{n:08x}-0000-4000-8000-000000000000" for n in range(0x3F2A91B0, 0x3F2A91B0 + 24))


def reported_item(index: int = 0) -> ReportedItem:
    item_id = ITEM_IDS[index]
    found = findings_of(item_id)
    if index % 3 == 1:
        found = tuple(f for f in found if not f.core.must_be_explained)
    if index == 23:
        found = ()
    return ReportedItem(
        item_id,
        MediaType.VIDEO,
        "mp4",
        48_211_904 + index,
        172.4,
        found,
        (
            ("Picture", "1280 x 720, h264, 25 frames per second as declared"),
            ("Sound", "none"),
            ("Date in moov/mvhd", "2020-02-18 09:15:00 UTC"),
        ),
        SERIES if index == 0 else (),
    )


EVENTS = (
    ("case.created", {}, ""),
    (
        "item.received",
        {"item": "3f2a91b0-0000", "bytes": 48211904},
        "handed over by the source's intermediary",
    ),
    ("item.committed", {"item": "3f2a91b0-0000"}, "redactable seal made during examination"),
    *(
        ("examination.done", {"item": "3f2a91b0-0000", "count": 12, "sandbox": "S2"}, "first examination")
        for _ in range(5)
    ),
    ("file.refused", {"reason": "archive_ratio", "code": "R-7f31"}, ""),
    ("claim.imported", {"rows": 10}, ""),
    ("audit.done", {"objects": 43, "problems": 0}, "weekly"),
)


def _custody_row(index: int, kind: str, data: dict[str, int | str], why: str) -> CustodyRow:
    said, _, _ = describe_event(kind, data, erased=False)
    at = datetime(2021, 10, 6, 8, index % 60, tzinfo=UTC)
    return CustodyRow(index, at, "Heron", said.message, why, said.values, kind)


CUSTODY = tuple(_custody_row(index, *event) for index, event in enumerate(EVENTS))
RECONCILIATION = Reconciliation(
    Tally(27, 812_000_000),
    Tally(24, 800_000_000),
    Tally(2, 11_999_000),
    (Refusal("R-7f31", "archive_ratio", 1000),),
)


def contradictions(item_ids: tuple[str, ...]) -> tuple[Contradiction, ...]:
    """Two sources that disagree about the hour in some items, and agree in others."""
    container = Reading(Source.CONTAINER, "2020-02-18 09:15:00 (UTC by the format)", "moov/mvhd.created")
    return tuple(
        Contradiction(
            Subject.DATE_TIME,
            item_id,
            container,
            Reading(Source.CLOCK, f"2020-02-18 {14 if n % 2 else 13}:15:00 (as burned in)", "clock.series"),
            Verdict.AGREE if n % 2 else Verdict.CANNOT_BOTH_HOLD,
            "The two are 5 h apart, which was no legal time there."
            if not n % 2
            else "Apart by a legal offset.",
            "2 s between ticks",
            2.0,
            () if n % 2 else (Hypothesis.CLOCK_SET_BY_HAND, Hypothesis.OLD_ZONE_TABLE),
            Span.of(0, 12800, BASE),
            n % 3,
        )
        for n, item_id in enumerate(item_ids)
    )


def ids() -> Callable[[], str]:
    numbers = count()
    return lambda: f"id-{next(numbers):04d}"


def item_report() -> ItemReport:
    case = case_report()
    item = reported_item()
    bearings = tuple(b for b in case.bearings if b.item_id == item.item_id)
    named = {b.claim_id for b in bearings}
    return ItemReport(
        "Heron 21",
        CHECKPOINT,
        item,
        METHODS,
        CUSTODY,
        tuple(c for c in case.claims if c.claim_id in named),
        bearings,
        case.compared,
        contradictions((item.item_id,)),
        demonstration=True,
    )


def compared() -> Compared:
    """Every kind of relation once, one family with an order and one without, one camera."""
    ids = ITEM_IDS
    hidden = "The groups of 25 pictures that an earlier encoding left in the first are those of the second."
    segment = Segment(0.0, 12.0, 3.5, 15.5)
    relations = (
        Relation(
            RelationKind.REENCODE_OF,
            ids[0],
            ids[4],
            Direction.FROM_IS_DERIVED,
            Grade.MODERATE,
            (Segment(0.0, 40.0, 0.0, 40.0),),
            ("resized", "greyscale"),
            (hidden,),
        ),
        Relation(
            RelationKind.EXCERPT_OF,
            ids[1],
            ids[4],
            Direction.UNDETERMINED,
            Grade.STRONG,
            (segment,),
            (),
            ("Alike.",),
        ),
        Relation(RelationKind.COPY_OF, ids[2], ids[3], Direction.UNDETERMINED, Grade.STRONG, (segment,)),
        Relation(
            RelationKind.CONTINUES,
            ids[5],
            ids[2],
            Direction.UNDETERMINED,
            Grade.MODERATE,
            (),
            (),
            ("Clock.",),
        ),
        Relation(RelationKind.SAME_CAMERA, ids[5], ids[1], Direction.UNDETERMINED, Grade.WEAK),
    )
    whole = ((0.0, 40.0),)
    family = FamilyRow(
        (ids[4], ids[1], ids[0]),
        {ids[4]: whole, ids[1]: ((0.0, 15.0),), ids[0]: whole},
        (ids[1], ids[4]),
        ((ids[0], ids[4]),),
        ids[4],
        "No order among all of them is sure; this one is the longest.",
    )
    other = FamilyRow(
        (ids[2], ids[3]), {ids[2]: whole, ids[3]: whole}, (ids[2], ids[3]), (), ids[2], "They are alike."
    )
    return Compared(6, 1, relations, (family, other), ((ids[1], ids[5]),), 400.0, 130.0)


def case_report() -> CaseReport:
    data = files("witnessmark.case") / "demo_data"
    new_id = ids()
    facilities = read_facilities((data / "facilities.csv").read_bytes(), Known(), new_id).rows
    claims = read_claims((data / "claims.csv").read_bytes(), Known(), new_id).rows
    responses = read_responses((data / "responses.csv").read_bytes(), Known(), new_id).rows
    incidents = read_incidents((data / "incidents.csv").read_bytes(), Known(), new_id).rows
    items = tuple(reported_item(index) for index in range(24))
    findings = tuple(f for item in items for f in item.findings)
    facts = CaseFacts(
        items=tuple(
            ItemFacts(
                item.item_id,
                True,
                (
                    ContainerDate(
                        "moov/mvhd",
                        datetime(2020, 2, 17 + n % 3, 21, 15, tzinfo=UTC),
                        14400 if n % 2 else None,
                    ),
                ),
            )
            for n, item in enumerate(items)
        ),
        findings=findings,
        receipts=(ReceiptFacts("RC-51", RECONCILIATION),),
        facilities=facilities,
    )
    import dataclasses

    claims = tuple(
        dataclasses.replace(c, item_codes=(ITEM_IDS[0], ITEM_IDS[1])) if c.code == "2" else c for c in claims
    )
    bearings = propose(claims, facts).bearings
    return CaseReport(
        "Heron 21",
        CHECKPOINT,
        AS_OF,
        (ReceiptRow("RC-51", datetime(2021, 10, 6, 8, 1, tzinfo=UTC), RECONCILIATION),),
        items,
        METHODS,
        CUSTODY,
        claims,
        bearings,
        answer_line(responses, AS_OF),
        open_promises(responses, ITEM_IDS, findings, bearings, AS_OF),
        extent(incidents, facilities),
        facilities,
        compared(),
        contradictions(ITEM_IDS[:6]),
        demonstration=True,
    )
