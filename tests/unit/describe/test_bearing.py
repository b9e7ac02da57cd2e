"""Rules that say how findings bear on claims."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from tests.unit.report.example import finding
from witnessmark.describe import CaseFacts, ContainerDate, ItemFacts, propose
from witnessmark.describe.facts import ReceiptFacts, container_date
from witnessmark.model.findings import Finding, FindingCore, Grade, Measurement, Outcome
from witnessmark.model.intake import Reconciliation, Tally
from witnessmark.model.statements import BearingKind, Claim, ClaimKind, Facility, StatedDate

SARATOV = Facility("f", "F1", "invented", zone="Europe/Saratov")
NO_DATE = StatedDate("", "unknown")


def claim(
    kind: ClaimKind,
    about: StatedDate = NO_DATE,
    *,
    items: tuple[str, ...] = (),
    number: int | None = None,
    bound: str = "at_least",
    facility: str = "",
) -> Claim:
    return Claim("c", "1", "x", kind, (), NO_DATE, about, facility, number, items, count_bound=bound)


def verdicts(one: Claim, facts: CaseFacts) -> list[tuple[str, BearingKind]]:
    return [(b.item_id, b.kind) for b in propose([one], facts).bearings]


DAY = StatedDate("2020-02-18", "day", "Europe/Saratov")


@pytest.mark.parametrize(
    ("utc", "kind"),
    [
        ("2020-02-17 20:30", BearingKind.SUPPORTS),
        ("2020-02-18 09:15", BearingKind.SUPPORTS),
        ("2020-02-18 19:59", BearingKind.SUPPORTS),
        ("2020-02-18 20:30", BearingKind.CONTRADICTS),
        ("2020-02-17 19:59", BearingKind.CONTRADICTS),
    ],
)
def test_a_container_date_is_compared_in_legal_time_of_the_place(utc: str, kind: BearingKind) -> None:
    """In UTC half of all evenings fall on the wrong day, and a true claim would look false."""
    at = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    facts = CaseFacts(items=(ItemFacts("i", True, (ContainerDate("mvhd", at),)),))
    assert verdicts(claim(ClaimKind.DATE, DAY, items=("i",)), facts) == [("i", kind)]


def test_the_zone_may_come_from_the_facility_and_without_any_the_rule_waits() -> None:
    """A zone that nobody said would be a guess."""
    at = datetime(2020, 2, 17, 21, 0, tzinfo=UTC)
    facts = CaseFacts(items=(ItemFacts("i", True, (ContainerDate("mvhd", at),)),), facilities=(SARATOV,))
    unzoned = StatedDate("2020-02-18", "day")
    at_facility = claim(ClaimKind.DATE, unzoned, items=("i",), facility="F1")
    assert verdicts(at_facility, facts) == [("i", BearingKind.SUPPORTS)]
    assert verdicts(claim(ClaimKind.DATE, unzoned, items=("i",)), facts) == [("i", BearingKind.SILENT)]
    month = StatedDate("2020-02", "month")
    assert verdicts(claim(ClaimKind.DATE, month, items=("i",)), facts) == [("i", BearingKind.SUPPORTS)]


def test_a_claim_that_names_no_item_cannot_be_contradicted_by_one() -> None:
    """Ten other files of other days do not speak against a scene of that day."""
    other = ItemFacts("o", True, (ContainerDate("mvhd", datetime(2019, 1, 1, 9, tzinfo=UTC)),))
    fits = ItemFacts("f", True, (ContainerDate("mvhd", datetime(2020, 2, 18, 9, tzinfo=UTC)),))
    assert verdicts(claim(ClaimKind.DATE, DAY), CaseFacts(items=(other, fits))) == [
        ("f", BearingKind.SUPPORTS)
    ]
    alone = propose([claim(ClaimKind.DATE, DAY)], CaseFacts(items=(other,))).bearings
    assert [(b.item_id, b.kind) for b in alone] == [("", BearingKind.SILENT)]
    assert "1 items, 1 state a date" in alone[0].why


def test_a_contradiction_names_what_else_explains_it() -> None:
    """A contradiction without its innocent causes reads as an accusation."""
    at = datetime(2021, 10, 1, 9, tzinfo=UTC)
    facts = CaseFacts(
        items=(ItemFacts("i", True, (ContainerDate("mvhd", at),)),),
        findings=(finding("i", "container.rewritten", "Written by Lavf."),),
    )
    (bearing,) = propose([claim(ClaimKind.DATE, DAY, items=("i",))], facts).bearings
    assert bearing.kind is BearingKind.CONTRADICTS
    assert "container.rewritten" in bearing.why and "set wrongly" in bearing.why


def test_a_burned_in_clock_bears_with_its_finding() -> None:
    """The link to the finding is what an expert asks for first."""
    core = FindingCore(
        "clock.series",
        "q",
        "clock",
        "1",
        Outcome.OBSERVED,
        "A clock.",
        measurements={
            "first_reading": Measurement("2020-02-18T13:15:00"),
            "last_reading": Measurement("2020-02-18T13:18:00"),
        },
        grade=Grade.STRONG,
    )
    facts = CaseFacts(items=(ItemFacts("i"),), findings=(Finding("f1", "i", core, "b", "S2"),))
    made = propose([claim(ClaimKind.DATE, DAY, items=("i",))], facts).bearings
    assert [(b.finding_id, b.kind) for b in made] == [("f1", BearingKind.SUPPORTS), ("", BearingKind.SILENT)]


@pytest.mark.parametrize(
    ("offset_s", "kind"),
    [
        (4 * 3600, BearingKind.SUPPORTS),
        (4 * 3600 + 400, BearingKind.SUPPORTS),
        (3 * 3600, BearingKind.CONTRADICTS),
        (5 * 3600, BearingKind.CONTRADICTS),
    ],
)
def test_the_offset_in_a_file_is_compared_with_the_zone_history(offset_s: int, kind: BearingKind) -> None:
    """Saratov kept +4 h in 2020 and +3 h before December 2016; a fixed table would be wrong."""
    stated = ContainerDate("creationdate", datetime(2020, 2, 18, 9, tzinfo=UTC), offset_s)
    facts = CaseFacts(items=(ItemFacts("i", True, (stated,)),), facilities=(SARATOV,))
    one = claim(ClaimKind.PLACE, items=("i",), facility="F1")
    assert verdicts(one, facts) == [("i", kind)]
    before = ContainerDate("creationdate", datetime(2016, 2, 18, 9, tzinfo=UTC), 3 * 3600)
    earlier = CaseFacts(items=(ItemFacts("i", True, (before,)),), facilities=(SARATOV,))
    assert verdicts(one, earlier) == [("i", BearingKind.SUPPORTS)]


@pytest.mark.parametrize(
    ("where", "offset_s", "kind"),
    [
        ("Saratov region, Russia", 4 * 3600, BearingKind.SUPPORTS),
        ("RU", 12 * 3600, BearingKind.SUPPORTS),
        ("Saratov region, Russia", 19_800, BearingKind.CONTRADICTS),
        ("somewhere", 4 * 3600, BearingKind.SILENT),
    ],
)
def test_a_facility_of_which_only_the_country_is_known(where: str, offset_s: int, kind: BearingKind) -> None:
    """A country is a coarse claim; a clock that none of its places kept speaks against it all the same."""
    stated = ContainerDate("creationdate", datetime(2020, 2, 18, 9, tzinfo=UTC), offset_s)
    facility = Facility("f", "F1", "invented", place=where)
    facts = CaseFacts(items=(ItemFacts("i", True, (stated,)),), facilities=(facility,))
    one = claim(ClaimKind.PLACE, items=("i",), facility="F1")
    (bearing,) = propose([one], facts).bearings
    assert bearing.kind is kind
    if kind is BearingKind.SUPPORTS:
        assert "does not single out the country" in bearing.why


def clock_at(offset_s: float, at: str | None, legal: bool = True) -> Finding:
    measured = {"offset_s": Measurement(offset_s, "s")}
    if at is not None:
        measured["container_at"] = Measurement(at)
    if legal:
        measured["offsets_s"] = Measurement((offset_s, 8 * 3600.0), "s")
    core = FindingCore("clock.offset", "q", "offset", "1", Outcome.OBSERVED, "x", measurements=measured)
    return Finding("f", "i", core, "b", "S2")


@pytest.mark.parametrize(
    ("offset_s", "at", "legal", "kind", "words"),
    [
        (14_400.0, "2020-02-18T09:00:00+00:00", False, BearingKind.SUPPORTS, "12 other places"),
        (10_800.0, "2020-02-18T09:00:00+00:00", False, BearingKind.CONTRADICTS, "set by hand"),
        (10_800.0, "2016-02-18T09:00:00+00:00", False, BearingKind.SUPPORTS, "UTC+3 h"),
        (11_880.0, "2020-02-18T09:00:00+00:00", False, BearingKind.SILENT, "nobody's legal time"),
        (3.0, "2020-02-18T09:00:00+00:00", False, BearingKind.SILENT, "both may be local time"),
        (14_400.0, "2020-02-18T09:00:00", False, BearingKind.SILENT, "names no zone"),
    ],
)
def test_what_the_clocks_offset_says_of_a_place(
    offset_s: float, at: str, legal: bool, kind: BearingKind, words: str
) -> None:
    """Two local times, a clock that was set to nothing, a date without zone: none of them speaks of a place."""
    facts = CaseFacts(
        items=(ItemFacts("i"),), findings=(clock_at(offset_s, at, legal),), facilities=(SARATOV,)
    )
    one = claim(ClaimKind.PLACE, items=("i",), facility="F1")
    (bearing,) = propose([one], facts).bearings
    assert bearing.kind is kind and words in bearing.why


def test_any_reading_of_the_offset_that_fits_the_place_is_enough() -> None:
    """If the container states the end, the zone is another one: that must not count against the claim."""
    irkutsk = Facility("f", "F1", "invented", zone="Asia/Irkutsk")
    found = clock_at(7 * 3600.0, "2020-02-18T09:00:00+00:00")
    facts = CaseFacts(items=(ItemFacts("i"),), findings=(found,), facilities=(irkutsk,))
    (bearing,) = propose([claim(ClaimKind.PLACE, items=("i",), facility="F1")], facts).bearings
    assert bearing.kind is BearingKind.SUPPORTS


def test_a_read_clock_counts_before_what_the_file_writes_and_nonsense_counts_for_nothing() -> None:
    """A phone's own offset says where the phone was set, the clock in the picture where the recorder was."""
    stated = ContainerDate("creationdate", datetime(2020, 2, 18, 9, tzinfo=UTC), 3 * 3600)
    one = claim(ClaimKind.PLACE, items=("i",), facility="F1")
    for value, kind in ((14_400.0, BearingKind.SUPPORTS), (float("inf"), BearingKind.CONTRADICTS)):
        core = FindingCore(
            "clock.offset",
            "q",
            "clock",
            "1",
            Outcome.OBSERVED,
            "x",
            measurements={"offset_s": Measurement(value, "s")},
            grade=Grade.STRONG,
        )
        facts = CaseFacts(
            items=(ItemFacts("i", True, (stated,)),),
            findings=(Finding("f", "i", core, "b", "S2"),),
            facilities=(SARATOV,),
        )
        assert verdicts(one, facts) == [("i", kind)]


@pytest.mark.parametrize(
    ("claimed", "bound", "sealed", "kind"),
    [
        (1000, "at_least", 24, BearingKind.SILENT),
        (1000, "at_least", 1000, BearingKind.SUPPORTS),
        (1000, "at_least", 1200, BearingKind.SUPPORTS),
        (1000, "exactly", 24, BearingKind.SILENT),
        (1000, "exactly", 1000, BearingKind.SUPPORTS),
        (1000, "exactly", 1001, BearingKind.CONTRADICTS),
        (1000, "at_most", 24, BearingKind.SILENT),
        (1000, "at_most", 1000, BearingKind.SILENT),
        (1000, "at_most", 1001, BearingKind.CONTRADICTS),
    ],
)
def test_the_receipt_is_silent_on_a_larger_claim_and_says_its_number(
    claimed: int, bound: str, sealed: int, kind: BearingKind
) -> None:
    """A small delivery must not be read as "the thousand videos do not exist"."""
    receipt = ReceiptFacts("R", Reconciliation(Tally(sealed, 9), Tally(sealed, 9), Tally(), ()))
    facts = CaseFacts(receipts=(receipt,))
    (bearing,) = propose([claim(ClaimKind.COUNT, number=claimed, bound=bound)], facts).bearings
    assert bearing.kind is kind
    assert f"seals {sealed:,} distinct files" in bearing.why


def test_footage_of_another_time_does_not_support_where_a_scene_was() -> None:
    """A file of June "supported" the place of a scene of 18 February: the other side would read it aloud."""
    june = ContainerDate("creationdate", datetime(2020, 6, 7, 8, tzinfo=UTC), 4 * 3600)
    then = ContainerDate("creationdate", datetime(2020, 2, 18, 9, tzinfo=UTC), 4 * 3600)
    items = (ItemFacts("june", True, (june,)), ItemFacts("then", True, (then,)))
    facts = CaseFacts(items=items, facilities=(SARATOV,))
    dated = claim(ClaimKind.PLACE, StatedDate("2020-02-18", "day"), facility="F1")
    assert verdicts(dated, facts) == [("then", BearingKind.SUPPORTS)]
    (alone,) = propose([dated], dataclasses.replace(facts, items=items[:1])).bearings
    assert alone.kind is BearingKind.SILENT and "of the time that the claim speaks of" in alone.why
    undated = claim(ClaimKind.PLACE, facility="F1")
    assert verdicts(undated, facts) == [("june", BearingKind.SUPPORTS), ("then", BearingKind.SUPPORTS)]
    ever = claim(ClaimKind.PLACE, StatedDate("9999", "year"), facility="F1")
    assert verdicts(ever, facts) == [("", BearingKind.SILENT)]


def test_videos_inside_archives_are_not_counted_among_the_files_sealed() -> None:
    """ "22 distinct files, 18 of them video" was false: three of the videos came out of archives."""
    receipt = ReceiptFacts("R", Reconciliation(Tally(3, 9), Tally(3, 9), Tally(), ()))
    items = tuple(ItemFacts(str(n), is_video=n > 0) for n in range(5))
    (bearing,) = propose(
        [claim(ClaimKind.COUNT, number=1000, bound="at_least")], CaseFacts(items=items, receipts=(receipt,))
    ).bearings
    assert "seals 3 distinct files; with members of archives 5 items are held, 4 of them video" in bearing.why
    (bearing,) = propose(
        [claim(ClaimKind.COUNT, number=1000, bound="at_least")],
        CaseFacts(items=items[:3], receipts=(receipt,)),
    ).bearings
    assert "seals 3 distinct files, 2 of them video" in bearing.why


def test_no_rule_speaks_on_opinions_and_the_rest() -> None:
    """What is not covered must be named, or an empty column reads as "nothing against it"."""
    kinds = [k for k in ClaimKind if k not in (ClaimKind.DATE, ClaimKind.PLACE, ClaimKind.COUNT)]
    for kind in kinds:
        proposal = propose([claim(kind, DAY)], CaseFacts(items=(ItemFacts("i"),)))
        assert (proposal.bearings, proposal.unruled) == ((), ("c",))


@pytest.mark.parametrize(
    ("text", "at", "offset_s"),
    [
        ("2020-02-18T09:15:00.000000Z", datetime(2020, 2, 18, 9, 15, tzinfo=UTC), None),
        ("2020-02-18T13:15:00+0400", datetime(2020, 2, 18, 9, 15, tzinfo=UTC), 14400),
        ("2020:02:18 13:15:00", datetime(2020, 2, 18, 13, 15), None),  # noqa: DTZ001
    ],
)
def test_dates_as_containers_write_them(text: str, at: datetime, offset_s: int | None) -> None:
    """Each writer has a form of its own; one that is missed is a trace lost."""
    assert container_date("f", text) == ContainerDate("f", at, offset_s)


@pytest.mark.parametrize(
    "text",
    [
        "1904-01-01T00:00:00Z",
        "1970-01-01 00:00:00",
        "never",
        "2020-02-30T00:00:00Z",
        "2020-02-18T00:00:00+99:99",
        "0001-01-01T00:00:00+1400",
    ],
)
def test_a_counter_at_zero_is_no_date(text: str) -> None:
    """An unset clock would contradict every claim."""
    assert container_date("f", text) is None
