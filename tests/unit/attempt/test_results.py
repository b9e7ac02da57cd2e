"""What a taken-over child may say: either it has the shape of a result, or the protocol is broken."""

from __future__ import annotations

import copy
import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from witnessmark.case.attempt_results import AttemptReader
from witnessmark.case.container_dates import read_dates
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.time import Span

CORE = FindingCore(
    kind="timeline.gap",
    question="Are frames missing?",
    examiner="timeline",
    version="1.0.0",
    outcome=Outcome.OBSERVED,
    statement="12 frames are missing at 00:00:04.",
    parameters={"factor": 1.5, "names": ["a", "b"], "deep": {"x": None}},
    span=Span.of(48, 60, Fraction(1, 12)),
    measurements={"missing": Measurement(12), "series": Measurement((1, 2.5, "x"), "s")},
    grade=Grade.STRONG,
    benign_causes=("the recorder was paused",),
    limits=("needs 50 frames",),
)
DONE: dict[str, Any] = {
    "type": "done",
    "sandbox": "S2",
    "build": "av18",
    "cpu_s": 1.25,
    "media_s": 10.0,
    "kind": {"media_type": "video", "format": "mp4"},
    "size_bytes": 1000,
    "sha256": "ab" * 32,
    "recording": {
        "duration_s": 10.0,
        "bit_rate": 1,
        "streams": [
            {
                "kind": "video",
                "codec": "h264",
                "width_px": 320,
                "height_px": 240,
                "pixel_format": "yuv420p",
                "rate": "25",
                "sample_rate_hz": 0,
                "channels": 0,
            }
        ],
    },
    "faults": [["decode_error", 0, "InvalidDataError"], ["limit", None, "packets"]],
    "failures": [["seal", "ValueError at x:1"]],
}
SEAL = {
    "type": "seal",
    "item_root": "cd" * 32,
    "parameters": [["tile_px", 64]],
    "counts": [["frames", 3]],
    "blob": "seal.index",
}


def reader(**more: Any) -> AttemptReader:
    return AttemptReader(examiners=("timeline",), **more)


def finding(**changes: Any) -> dict[str, Any]:
    return {"type": "finding", "core": CORE.to_json() | changes}


def test_an_honest_child_is_understood_to_the_digest() -> None:
    """Lost otherwise: what is stored would not be what the method found."""
    derivative: list[tuple[str, bytes, bool]] = []
    it = reader(sink=lambda *piece: derivative.append(piece))
    it.on_record(finding())
    it.on_record({"type": "feature", "name": "a-small-trace", "version": 2, "blob": "feature.0"})
    it.on_blob("feature.0", b"ab", False)
    it.on_record(SEAL)
    it.on_blob("seal.index", b"index", False)
    it.on_blob("feature.0", b"c", False)
    it.on_blob("feature.0", b"", True)
    it.on_blob("seal.index", b"", True)
    it.on_record(
        {"type": "derivative", "name": "shield", "media_type": "video/mp4", "blob": "derivative.shield"}
    )
    it.on_blob("derivative.shield", b"mp4", False)
    it.on_blob("derivative.shield", b"", True)
    it.on_record(DONE)
    outcome = it.outcome()
    assert [core.core_digest for core in outcome.cores] == [CORE.core_digest]
    assert [(f.name, f.version, f.data) for f in outcome.features] == [("a-small-trace", 2, b"abc")]
    assert outcome.seal is not None
    assert (outcome.seal.item_root, outcome.seal.index) == (b"\xcd" * 32, b"index")
    assert derivative == [("shield", b"mp4", False), ("shield", b"", True)]
    assert outcome.derivatives[0].size_bytes == 3
    assert outcome.summary is not None
    assert outcome.summary.streams[0].codec == "h264"
    assert outcome.summary.faults[1] == ("limit", None, "packets")


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"type": "other"},
        {"type": ["finding"]},
        finding(kind="made.up"),
        finding(examiner="clock"),
        finding(outcome="authentic"),
        finding(grade="certain"),
        finding(statement=3),
        finding(statement="x" * 10_000),
        finding(statement="\x1b[2J"),
        finding(statement="\u202etxet"),
        finding(statement="\ud800"),
        finding(extra=1),
        finding(span={"start_s": 0, "end_s": 1, "start_pts": 0, "end_pts": 1, "time_base": "1/0"}),
        finding(span={"start_s": 0, "end_s": 1, "start_pts": 1 << 60, "end_pts": 1, "time_base": "1/25"}),
        finding(measurements={"x": {"value": True, "unit": ""}}),
        finding(measurements={"x": {"value": 1 << 60, "unit": ""}}),
        finding(measurements={"x": {"value": {}, "unit": ""}}),
        finding(measurements=[]),
        finding(parameters={"x": "y" * 10_000}),
        finding(limits="none"),
        finding(limits=["x"] * 1000),
        finding(outcome="not_applicable", reason=""),
        {"type": "derivative", "name": "shield", "media_type": "video/mp4", "blob": "derivative.shield"},
        {"type": "feature", "name": "x", "version": 1, "blob": "seal.index"},
        {"type": "feature", "name": "x", "version": True, "blob": "feature.x"},
        SEAL | {"item_root": "zz"},
        SEAL | {"counts": [["frames"]]},
        DONE | {"sandbox": "S9"},
        DONE | {"kind": {"media_type": "hologram", "format": "mp4"}},
        DONE | {"cpu_s": "1"},
        {name: value for name, value in DONE.items() if name != "build"},
    ],
)
def test_whatever_has_not_its_shape_breaks_the_protocol(record: dict[str, Any]) -> None:
    """Lost otherwise: a hostile child writes into the catalogue what the desk then shows."""
    it = reader()
    with pytest.raises(ProtocolBroken):
        it.on_record(copy.deepcopy(record))


def test_blobs_must_be_announced_bounded_and_whole() -> None:
    """Lost otherwise: a child could fill the case with unnamed bytes."""
    with pytest.raises(ProtocolBroken):
        reader().on_blob("feature.0", b"x", False)
    it = reader()
    it.on_record({"type": "feature", "name": "x", "version": 1, "blob": "feature.0"})
    with pytest.raises(ProtocolBroken):
        it.on_blob("feature.0", bytes((8 << 20) + 1), False)
    it = reader()
    it.on_record(SEAL)
    it.on_record(DONE)
    with pytest.raises(ProtocolBroken):
        it.outcome()
    with pytest.raises(ProtocolBroken):
        it.on_record(finding())


def test_a_child_that_died_leaves_what_it_had_finished() -> None:
    """Lost otherwise: a crash at the end would lose an hour of findings."""
    it = reader()
    it.on_record(finding())
    it.on_record(SEAL)
    outcome = it.outcome()
    assert (len(outcome.cores), outcome.seal, outcome.summary) == (1, None, None)


RUBBISH = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    places = [here]
    if isinstance(value, dict):
        for name in value:
            places += _places(value[name], (*here, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            places += _places(inner, (*here, number))
    return places


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([finding(), DONE, SEAL]), st.integers(0, 2**32), RUBBISH)
def test_any_record_with_one_part_replaced_is_read_or_refused(record: Any, seed: int, rubbish: Any) -> None:
    """Lost otherwise: one unforeseen shape ends the parent instead of the child."""
    changed = copy.deepcopy(record)
    *way, last = random.Random(seed).choice([place for place in _places(changed) if place])
    inner = changed
    for step in way:
        inner = inner[step]
    inner[last] = rubbish
    it = reader()
    try:
        it.on_record(changed)
    except ProtocolBroken:
        return
    for core in it.outcome().cores if changed["type"] == "finding" else ():
        assert len(core.core_digest) == 64


@pytest.mark.parametrize(
    "data",
    [
        b"not json",
        b"[" * 100_000,
        b"{}",
        b"[1]",
        b'[{"field": "x"}]',
        b'[{"field": 1, "moment": "2020-01-01"}]',
        b'[{"field": "x", "moment": "yesterday"}]',
        b'[{"field": "x", "moment": 5}]',
        b"[" + b",".join([b'{"field": "x", "moment": "2020-01-01"}'] * 65) + b"]",
    ],
)
def test_dates_that_we_read_ourselves_are_checked_before_they_are_kept(data: bytes) -> None:
    """One booby-trapped file would otherwise stop every later import and receipt of the case."""
    one = reader()
    one.on_record({"type": "feature", "name": "container.dates", "version": 1, "blob": "feature.0"})
    one.on_blob("feature.0", data, False)
    one.on_blob("feature.0", b"", True)
    one.on_record(DONE)
    with pytest.raises(ProtocolBroken):
        one.outcome()


def test_the_text_of_a_date_cannot_disguise_a_page() -> None:
    """The field's name goes into bearings and reports: no character of it may turn or hide what stands beside it."""
    dates = read_dates(rb'[{"field": "a\u202eb\u001b[31m", "moment": "2020-02-18T10:00:00+03:00"}]')
    assert [date.field for date in dates] == [r"a\u202eb\x1b[31m"]
