"""What a finding weighs: bounds that the rates allow, and nothing beyond them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from witnessmark.examine import calibration
from witnessmark.examine.context import EVERYTHING, Context
from witnessmark.examine.rates import Rate, Rates, Row
from witnessmark.examine.weights import (
    OWN_RATIO,
    absence_bound,
    earned,
    grown,
    observed_bound,
    weight_of,
)
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.recording import Recording, Stream
from witnessmark.release.report.rates import cited as rates_in

FREEZE = "picture.freeze"
NONE = Rate(0, 300, 300, 0.0, 0.0122)
ROW = Row(
    id=f"{FREEZE}/any/any/any",
    kind=FREEZE,
    context=EVERYTHING,
    found=Rate(57, 60, 60, 0.861, 0.990),
    missed=Rate(2, 60, 60, 0.004, 0.115),
    abstained=1,
    alarms=NONE,
    alarms_strong=NONE,
    clean=Rate(290, 300, 300, 0.939, 0.984),
    natives=Rate(0, 10, 10, 0.0, 0.308),
    control_mean_s=10.0,
    control_hours=0.83,
    off_median_frames=0.0,
    off_p90_frames=1.0,
)


def core(outcome: Outcome = Outcome.OBSERVED, grade: Grade | None = Grade.MODERATE) -> FindingCore:
    return FindingCore(FREEZE, "?", "freeze", "1.0.0", outcome, "said", grade=grade)


def published(*rows: Row) -> Rates:
    owners = {"owners": {FREEZE: "freeze"}}
    return Rates({row.id: row for row in rows}, {"freeze": "1.0.0"}, 1, "c", "d", owners)


def test_the_bound_is_lower_limit_over_upper_limit() -> None:
    """Point estimates would claim an infinite weight wherever no false alarm was seen."""
    assert observed_bound(ROW).ratio == pytest.approx(0.861 / 0.0122)
    assert absence_bound(ROW).ratio == pytest.approx(0.939 / 0.115)


def test_a_long_file_weighs_less() -> None:
    """An hour has more places to be wrong in than ten seconds; the same weight for both would mislead a court."""
    hour = observed_bound(ROW, 3600.0)
    assert hour.upper == pytest.approx(1 - (1 - 0.0122) ** 360)
    assert hour.ratio < 1 < observed_bound(ROW, 10.0).ratio == observed_bound(ROW).ratio
    whole = replace(ROW, kind="encode.repeated")
    assert grown(0.01, whole, 3600.0) == 0.01
    said = weight_of(core(), ROW, ROW, 60.0)
    assert "scaled from controls of 10 s on average to 60 s" in said and "at least 12 " in said


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (11.37, "likelihood ratio of at least 11 for"),
        (1.53, "likelihood ratio of at least 1.5 for"),
        (900.0, "likelihood ratio of at least 70 for"),
        (0.4, "not calibrated: what the method itself gives for this place"),
    ],
)
def test_no_place_weighs_more_than_the_method_itself_gives_it(own: float, said: str) -> None:
    """Lost otherwise: a finding that says 1.5 in its table and 70 in its weight is read out by the other side."""
    given = replace(core(), measurements={OWN_RATIO: Measurement(own)})
    assert weight_of(given, ROW, ROW, 10.0).startswith(said)


@pytest.mark.parametrize(
    ("given", "row", "seconds", "why"),
    [
        (core(grade=Grade.WEAK), ROW, 10.0, "weak findings are no part"),
        (core(), None, 10.0, "no rate was measured"),
        (core(), ROW, None, "does not say how long it is"),
        (core(), replace(ROW, found=Rate(1, 60, 60, 0.001, 0.09)), 10.0, "found too seldom"),
        (
            core(Outcome.NOT_OBSERVED, None),
            replace(ROW, missed=Rate(59, 60, 60, 0.9, 0.999)),
            10.0,
            "too many",
        ),
    ],
)
def test_what_cannot_be_weighed_says_why(
    given: FindingCore, row: Row | None, seconds: float | None, why: str
) -> None:
    """ "Not calibrated" without a reason looks like an oversight, and is filled in by whoever reads it."""
    said = weight_of(given, row, row, seconds)
    assert said.startswith("not calibrated: ") and why in said


def test_inconclusive_findings_weigh_nothing() -> None:
    """An abstention must not become evidence."""
    assert weight_of(core(Outcome.INCONCLUSIVE, None), ROW, ROW, 10.0) == "not calibrated"


@pytest.mark.parametrize(
    ("row", "grade"),
    [
        (ROW, Grade.STRONG),
        (replace(ROW, alarms_strong=Rate(3, 300, 300, 0.002, 0.029)), Grade.MODERATE),
        (replace(ROW, alarms=Rate(9, 300, 300, 0.014, 0.056)), Grade.WEAK),
        (replace(ROW, natives=Rate(1, 10, 10, 0.0, 0.445)), Grade.WEAK),
        (replace(ROW, found=Rate(4, 60, 60, 0.018, 0.162)), Grade.WEAK),
        (replace(ROW, found=Rate(9, 9, 9, 0.664, 1.0)), Grade.WEAK),
    ],
)
def test_grades_are_earned(row: Row, grade: Grade) -> None:
    """The rule that every method is held to must itself hold."""
    assert earned(FREEZE, published(row)).grade is grade


def test_the_narrowest_row_with_enough_takes_is_cited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rate of other codecs says little of this file; a rate of three takes says nothing."""
    h264 = replace(ROW, id=f"{FREEZE}/H.264/any/any", context=Context("H.264", "any", "any"))
    few = replace(ROW, id=f"{FREEZE}/H.264/high/any", found=Rate(3, 3, 3, 0.29, 1.0))
    monkeypatch.setattr(calibration, "rates", lambda: published(ROW, h264, few))
    stream = Stream(0, "video", "h264", Fraction(1, 90_000), 0, None, 0, 1280, 720, average_rate=Fraction(25))
    recording = Recording("mp4", (stream,), 10.0, 0, (), 7_500_000)
    given = calibration.cited(replace(core(), calibration="not yet measured"), recording, "1.0.0")
    assert f"row {h264.id}: detected 57 of 60 (95 % interval 86.1–99.0 %)" in given.calibration
    assert given.weight.startswith("likelihood ratio of at least 70 ") and h264.id in given.weight


@pytest.mark.parametrize("version", ["1.1.0", "1.0.0"])
def test_rates_of_another_version_are_no_rates(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """A method changed yesterday would carry the grade and the weight that last year's had earned."""
    monkeypatch.setattr(calibration, "rates", lambda: published(ROW))
    own = replace(core(grade=Grade.STRONG), calibration="not yet measured")
    recording = Recording("mp4", (), 10.0, 0, (), 7_500_000)
    given = calibration.cited(own, recording, version)
    nothing_seen = replace(own, outcome=Outcome.NOT_OBSERVED, grade=None)
    not_seen = calibration.cited(nothing_seen, recording, version)
    if version == "1.0.0":
        assert given.grade is Grade.STRONG and "detected 57 of 60" in given.calibration
        assert given.weight.startswith("likelihood ratio of at least ")
        assert not_seen.weight.startswith("likelihood ratio of at least ")
        return
    why = "the published rates are of version 1.0.0 of the method, this is 1.1.0"
    assert given.grade is Grade.WEAK and not given.must_be_explained
    assert given.weight == not_seen.weight == f"not calibrated: {why}"
    assert given.calibration == not_seen.calibration
    assert given.calibration.startswith(f"not yet measured in this version: {why}")
    assert not rates_in(given.calibration).measured
    assert why in given.limits[-1] and not_seen.limits == nothing_seen.limits


def test_a_kind_graded_by_construction_keeps_its_grade_and_loses_its_weight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its grade rests on the format, in any version; a weight rests on files that were counted."""
    kind = "container.rewritten"
    row = replace(ROW, id=f"{kind}/any/any/any", kind=kind)
    held = Rates({row.id: row}, {"container": "1.0.0"}, 1, "c", "d", {"owners": {kind: "container"}})
    monkeypatch.setattr(calibration, "rates", lambda: held)
    own = replace(core(grade=Grade.STRONG), kind=kind, examiner="container", calibration="not yet measured")
    given = calibration.cited(own, None, "2.0.0")
    assert given.grade is Grade.STRONG and given.weight.startswith(
        "not calibrated: the published rates are of"
    )


def test_what_a_method_says_itself_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grade by construction must not be dressed up with rates; nor one method with those of another."""
    monkeypatch.setattr(calibration, "rates", lambda: published(ROW))
    own = replace(core(), calibration="by construction")
    other = replace(core(), examiner="somebody", calibration="not yet measured")
    assert calibration.cited(own, None, "1.0.0") == own
    assert calibration.cited(other, None, "1.0.0") == other


@pytest.mark.parametrize(
    ("row", "grade", "why"),
    [
        (ROW, Grade.STRONG, ""),
        (replace(ROW, alarms_strong=Rate(3, 300, 300, 0.002, 0.029)), Grade.MODERATE, "may reach 2.9 %"),
        (replace(ROW, natives=Rate(1, 10, 10, 0.0, 0.445)), Grade.WEAK, "alarms on 1 of 10 natives"),
        (None, Grade.WEAK, "no rate was measured"),
    ],
)
def test_no_finding_is_graded_above_what_its_rates_have_earned(
    monkeypatch: pytest.MonkeyPatch, row: Row | None, grade: Grade, why: str
) -> None:
    """Or a method that alarms in vain, or that nobody measured, would say *strong* all the same."""
    monkeypatch.setattr(calibration, "rates", lambda: published(*([row] if row else [])))
    own = replace(core(grade=Grade.STRONG), calibration="not yet measured")
    given = calibration.cited(own, None, "1.0.0")
    assert given.grade is grade
    assert (why in given.limits[-1]) if why else given.limits == own.limits
