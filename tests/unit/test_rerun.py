"""Builds told apart and records held against re-runs, without a decoder."""

from __future__ import annotations

from typing import Any

import pytest

from witnessmark.model.build import differences, parts_of
from witnessmark.model.findings import Finding, FindingCore, Measurement, Outcome
from witnessmark.model.rerun import Verdict, compare, field_differences

HERE = (
    "av18.1.0-lavc62.28.102-cfgaeb2b7ba-np2.4.6-sp1.17.1-ort1.24.0-ocr3.10.0-py3.11.7-cpu539c9f31"
    "-libf2709a0b-rates12ab"
)


def finding(value: float = 2.96, build: str = HERE, **core: Any) -> dict[str, Any]:
    made = FindingCore(
        **{
            "kind": "clock.jump",
            "question": "Does it leap?",
            "examiner": "clock",
            "version": "1.0.0",
            "outcome": Outcome.OBSERVED,
            "statement": "It leaps.",
            "measurements": {"jump_s": Measurement(value, "s")},
            **core,
        }
    )
    return Finding("", "", made, build, "S2").to_json()


def test_every_part_of_a_build_has_a_name() -> None:
    """A reader who is told "another build" must learn which program is another."""
    assert list(parts_of(HERE)) == [
        "av",
        "lavc",
        "cfg",
        "np",
        "sp",
        "ort",
        "ocr",
        "py",
        "cpu",
        "lib",
        "rates",
    ]
    assert parts_of(HERE)["cfg"] == "aeb2b7ba" and parts_of(HERE)["rates"] == "12ab"
    (found,) = differences(HERE, HERE.replace("ort1.24.0", "ort1.25.0"))
    assert (found.what, found.theirs, found.ours) == ("ONNX Runtime", "1.24.0", "1.25.0")


@pytest.mark.parametrize("other", ["", "no build: the attempt did not finish", "av18.1.0", HERE + "-new1"])
def test_a_build_that_cannot_be_read_is_another(other: str) -> None:
    """An unreadable build taken for the same one would make honest differences into forgeries."""
    assert differences(other, HERE) and differences(HERE, HERE) == ()


def test_the_same_in_another_order_is_the_same() -> None:
    """The order in which a document lists findings means nothing."""
    both = [finding(1.0), finding(2.0)]
    assert [one.verdict for one in compare(both, both[::-1])] == [Verdict.SAME, Verdict.SAME]


def test_another_value_is_judged_by_the_build() -> None:
    """On the same build it is a fault; on another it is a difference to be shown."""
    (same,) = compare([finding(2.96)], [finding(2.94)])
    (other,) = compare([finding(2.96, HERE.replace("av18.1.0", "av17.1.0"))], [finding(2.94)])
    assert (same.verdict, other.verdict) == (Verdict.DIFFERENT, Verdict.OTHER_BUILD)
    for one in (same, other):
        assert [(f.path, f.theirs, f.ours) for f in one.fields] == [("measurements.jump_s.value", 2.96, 2.94)]


def test_another_version_or_setting_of_the_method_is_another_build() -> None:
    """A method that was improved since gives other results, and nobody forged anything."""
    (newer,) = compare([finding()], [finding(1.0, version="1.1.0")])
    (tuned,) = compare([finding()], [finding(1.0, parameters={"limit": 2})])
    assert (newer.verdict, tuned.verdict) == (Verdict.OTHER_BUILD, Verdict.OTHER_BUILD)
    assert str(newer.build[0]) == "version of the method clock: 1.0.0 there, 1.1.0 here"


def test_what_is_missing_or_added_is_told() -> None:
    """A finding dropped from a report is as bad as one put in."""
    assert [one.verdict for one in compare([finding(1.0), finding(2.0)], [finding(1.0)])] == [
        Verdict.SAME,
        Verdict.MISSING,
    ]
    assert [one.verdict for one in compare([finding(1.0)], [finding(1.0), finding(2.0)])] == [
        Verdict.SAME,
        Verdict.ADDED,
    ]


def test_other_rates_alone_leave_the_observation() -> None:
    """Rates are measured anew from time to time; the reader must see that nothing else changed."""
    newer = HERE.replace("rates12ab", "rates34cd")
    (one,) = compare([finding(calibration="9 of 10")], [finding(build=newer, calibration="19 of 20")])
    assert one.only_cited and one.verdict is Verdict.OTHER_BUILD


def test_every_differing_leaf_is_named() -> None:
    """A difference that is not shown cannot be argued about."""
    left = {"a": [1, {"b": 2}], "c": "x", "only": 1}
    right = {"a": [1, {"b": 3}], "c": "x", "more": 2}
    assert [(d.path, d.theirs, d.ours) for d in field_differences(left, right)] == [
        ("a[1].b", 2, 3),
        ("only", 1, "nothing"),
        ("more", "nothing", 2),
    ]
