"""The bench of detection rates: its contract, its judgement, its counting, and that it goes on where it stopped."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from bench.authenticity import judge, results, run
from bench.authenticity.contract import Half, Plan, Suite, Tier, Trial, Unit, Workplace
from bench.authenticity.devices import DEVICES
from bench.authenticity.hiding.numbers import without_pictures
from bench.authenticity.rates import attack_rows, kind_rows
from bench.authenticity.register import units

from tests.corpus.clips import make_clip
from tests.support.reels import findings_of
from witnessmark.examine.context import Context, context_of
from witnessmark.model.findings import FindingCore, Grade, Outcome
from witnessmark.model.recording import Recording, Stream
from witnessmark.model.time import Span

FREEZE = "picture.freeze"


def core(
    at_s: float | None, grade: Grade | None = Grade.MODERATE, outcome: Outcome = Outcome.OBSERVED
) -> FindingCore:
    span = None if at_s is None else Span.of(round(at_s * 1000), round(at_s * 1000) + 2000, Fraction(1, 1000))
    return FindingCore(FREEZE, "?", "freeze", "1.0.0", outcome, "said", span=span, grade=grade)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Judges one trial as if the methods had said ``cores``."""

    def once(trial: dict[str, Any], *cores: FindingCore) -> judge.Judged:
        monkeypatch.setattr(judge, "examined", lambda path, only: (cores, None))
        base: dict[str, Any] = {
            "tier": Tier.ATTACK,
            "what": "x",
            "encoding": "y",
            "take": "t",
            "path": tmp_path,
        }
        return judge.judged("unit", Trial(**{**base, **trial}))

    return once


ATTACK: dict[str, Any] = {"expected": (FREEZE,), "at_s": (3.0,), "fps": 25.0}


def test_near_the_truth_is_a_hit_with_its_distance_in_frames(judged: Any) -> None:
    """Where a finding points is half of what it says."""
    found = judged(ATTACK, core(3.12))
    assert (found.expected[FREEZE], found.within, found.off_frames) == ("moderate", True, 3.0)


@pytest.mark.parametrize(
    ("cores", "word"),
    [
        ((core(3.9),), "elsewhere"),
        ((core(3.0, Grade.WEAK),), "weak"),
        ((core(None, None, Outcome.NOT_OBSERVED),), "none"),
        ((core(None, None, Outcome.INCONCLUSIVE),), "abstained"),
        ((core(3.9), core(3.1, Grade.STRONG)), "strong"),
        ((), "not asked"),
    ],
)
def test_every_other_answer_has_its_word(judged: Any, cores: tuple[FindingCore, ...], word: str) -> None:
    """An abstention counted as a miss, or a far finding as a hit, would falsify every rate."""
    found = judged(ATTACK, *cores)
    assert found.expected[FREEZE] == word and found.within == (word == "strong")


def test_a_finding_that_is_not_right_is_no_hit(judged: Any) -> None:
    """A clock misread at the right place is not read."""
    found = judged({**ATTACK, "right": lambda c: c.grade is Grade.STRONG}, core(3.0))
    assert found.expected[FREEZE] == "elsewhere" and not found.within


def test_only_what_must_be_explained_is_a_false_alarm(judged: Any) -> None:
    """Weak findings raise no mark; counting them would hide real alarms among them."""
    control: dict[str, Any] = {"tier": Tier.CONTROL, "absent": (FREEZE,)}
    assert judged(control, core(1.0)).absent == {FREEZE: "moderate"}
    assert judged(control, core(1.0, Grade.WEAK)).absent == {FREEZE: "weak"}


def test_a_trial_must_be_decided(tmp_path: Path) -> None:
    """A file of which nothing is known, or both, measures nothing."""
    for wrong in ({}, {"expected": (FREEZE,), "absent": (FREEZE,)}):
        with pytest.raises(ValueError, match=r"must expect|cannot be expected"):
            Trial(Tier.ATTACK, "x", "y", "t", tmp_path, **wrong)  # type: ignore[arg-type]


def test_halves_share_neither_device_nor_random_number(tmp_path: Path) -> None:
    """Rates measured on what thresholds were chosen with are no rates."""
    by_half = {half: {d.file for d in DEVICES if d.half is half} for half in Half}
    assert by_half[Half.CHOOSE] and by_half[Half.MEASURE]
    assert not by_half[Half.CHOOSE] & by_half[Half.MEASURE]
    places = [Workplace(tmp_path, 7, half, "u", None) for half in Half]
    assert places[0].seed("scene") != places[1].seed("scene")
    assert places[0].take != places[1].take


def test_every_suite_lists_units_with_names_of_their_own() -> None:
    """Two units of one name would overwrite each other's trials."""
    listed = units(Plan(Half.MEASURE, None))
    assert {"scenes", "timeline", "picture", "clock", "audio", "recompression", "adversary"} <= {
        suite.name for suite, _ in listed.values()
    }
    assert all(key.startswith(suite.name + "/") for key, (suite, _) in listed.items())


def record(take: str, word: str, tier: str = "attack", **more: Any) -> dict[str, Any]:
    context = {"picture": ("H.264", "high", "short"), "sound": ("any", "any", "any")}
    found = {
        "unit": take, "tier": tier, "what": "freeze", "encoding": "e", "take": take, "real": False,
        "context": context, "expected": {FREEZE: word} if tier != "control" else {},
        "absent": {FREEZE: word} if tier == "control" else {}, "off_frames": 1.0,
        "seconds": 8.0, "within": word in judge.COUNTED,
    }  # fmt: skip
    return {**found, **more}


def test_rows_count_what_was_said() -> None:
    """The table is what goes to court; its arithmetic must hold."""
    records = [
        *(record(f"t{n}", "strong" if n < 30 else "abstained") for n in range(40)),
        *(record(f"c{n}", "moderate" if n == 0 else "none", "control") for n in range(50)),
        *(record(f"a{n}", "strong", "adversary") for n in range(9)),
    ]
    rows = {row["id"]: row for row in kind_rows(records)}
    whole, narrow = rows[f"{FREEZE}/any/any/any"], rows[f"{FREEZE}/H.264/high/short"]
    assert whole["found"] == narrow["found"]
    assert (whole["found"]["hits"], whole["found"]["n"], whole["abstained"]) == (30, 40, 10)
    assert (whole["alarms"]["hits"], whole["alarms"]["n"], whole["alarms_strong"]["hits"]) == (1, 50, 0)
    assert (whole["off_median_frames"], whole["missed"]["hits"]) == (1.0, 0)
    assert {row["tier"] for row in attack_rows(records)} == {"attack", "adversary"}


def test_trials_are_written_and_read_without_loss() -> None:
    """What is published must be what was counted."""
    records = [record("a", "strong"), record("c", "weak", "control"), record("d", "none", "control")]
    held = results.results(run.Asked(Half.MEASURE, 1, True), records, [], "commit")
    again = results.records_of(json.loads(json.dumps(held)))
    assert [{**r, "context": dict(r["context"])} for r in again] == json.loads(json.dumps(records))


def told(records: list[dict[str, Any]], versions: dict[str, str]) -> dict[str, Any]:
    held = results.results(run.Asked(Half.MEASURE, 1, False), records, [], "commit")
    methods = {**held["methods"], **versions}
    return {**held, "methods": methods, "runs": [{**held["runs"][0], "methods": methods}]}


def test_what_was_run_again_replaces_what_it_gave_and_nothing_else() -> None:
    """A suite is run again in an hour less than all of them; two versions of one unit must not both count."""
    earlier = told([record("a", "strong"), record("b", "none"), record("c", "none", "control")], {})
    later = told([record("b", "strong"), record("d", "none", "control")], {})
    held = results.merged(earlier, {**later, "runs": [{**later["runs"][0], "commit": "another"}]})
    assert [(t["unit"], held["runs"][t["run"]]["commit"] == "another") for t in held["trials"]] == [
        ("a", False),
        ("b", True),
        ("c", False),
        ("d", True),
    ]
    again = {r["unit"]: r for r in results.records_of(held)}
    assert (again["a"]["expected"], again["b"]["expected"]) == ({FREEZE: "strong"}, {FREEZE: "strong"})
    assert again["c"]["absent"] == {FREEZE: "none"}
    with pytest.raises(ValueError, match="seed"):
        results.merged(earlier, {**later, "seed": 2})


def test_trials_of_another_version_of_a_method_do_not_count() -> None:
    """A rate measured on code that has changed since would be cited for the code that has not been measured."""
    earlier = told([record("a", "strong"), record("c", "none", "control")], {"freeze": "0.0.1"})
    later = told([record("d", "none", "control")], {})
    held = results.merged(earlier, later)
    assert results.stale(held) == {FREEZE: 2}
    assert [(r["unit"], r["expected"], r["absent"]) for r in results.records_of(held)] == [
        ("a", {}, {}),
        ("c", {}, {}),
        ("d", {}, {FREEZE: "none"}),
    ]
    rows = {row["id"]: row for row in results.rates_document(held)["kinds"]}
    whole = rows[f"{FREEZE}/any/any/any"]
    assert (whole["found"]["n"], whole["alarms"]["n"]) == (0, 1)


def test_a_kind_hangs_on_every_method_below_it() -> None:
    """The joint weighing of a cut changes when what it weighs changes."""
    answered = results.answered_by()
    assert "freeze" in answered["picture.freeze"]
    assert {"cut", "timeline", "clock", "audio"} <= set(answered["picture.cut"])


def test_it_goes_on_where_it_was_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Half an hour of measuring must not be lost to a power cut; nor may old code's trials count for new code."""
    made: list[str] = []

    def trials(work: Workplace) -> Iterator[Trial]:
        made.append(work.unit)
        yield Trial(Tier.CONTROL, "x", "y", work.take, tmp_path, absent=(FREEZE,))

    suite = Suite("one", lambda plan: [Unit(f"one/{n}", trials) for n in range(3)])
    listed = {unit.key: (suite, unit) for unit in suite.units(Plan(Half.MEASURE, None))}
    monkeypatch.setattr(run, "units", lambda plan, only=(): listed)
    monkeypatch.setattr(run, "STATES", tmp_path)
    monkeypatch.setattr(judge, "examined", lambda path, only: ((), None))
    asked = run.Asked(Half.MEASURE, 1, False)
    first = run.run(asked)
    state = next(tmp_path.glob("*.jsonl"))
    lines = state.read_text().splitlines(keepends=True)
    state.write_text("".join(lines[:1]) + lines[1][:20])
    made.clear()
    assert run.run(asked) == first and len(made) == 2
    assert run.run(asked) == first and len(made) == 2
    made.clear()
    assert run.run(dataclasses.replace(asked, seed=2)) and len(made) == 3


def test_a_file_is_sorted_by_what_it_declares() -> None:
    """A finding must cite the rate of files like its own."""
    video = Stream(0, "video", "h264", Fraction(1, 90_000), 0, None, 0, 1280, 720, average_rate=Fraction(25))
    sound = Stream(1, "audio", "aac", Fraction(1, 48_000), 0, None, 0, sample_rate_hz=48_000)

    def of(megabit: float, seconds: float | None, *streams: Stream) -> Recording:
        return Recording("mp4", streams, seconds, 0, (), round(megabit * 1e6 / 8 * (seconds or 1)))

    assert context_of(of(6, 20, video, sound), FREEZE) == Context("H.264", "high", "medium")
    assert context_of(of(1, 80, video), FREEZE) == Context("H.264", "low", "long")
    assert context_of(of(6, 5, video, sound), "audio.gap") == Context("AAC", "coded", "short")
    assert context_of(of(6, None, video), FREEZE) == Context("H.264", "unknown", "unknown")
    assert context_of(None, FREEZE) == Context("any", "any", "any")


def test_pictures_can_be_taken_out_with_their_numbers(tmp_path: Path) -> None:
    """The adversary of the page is a real one: after it the numbers in the stream show no hole."""
    clip = make_clip(tmp_path / "clip.mp4", seconds=4, seed=3, gop=25, audio=False)
    without_pictures(tmp_path / "hidden.mp4", clip.path, range(60, 64))
    said: Sequence[FindingCore] = findings_of(tmp_path / "hidden.mp4", "timeline")
    assert not any(c.must_be_explained for c in said if c.kind == "timeline.gap")


@pytest.mark.parametrize(
    "key",
    ["structure/x264/0", "scenes/low rate/0", "timeline/MPEG-4, mp4/0", "audio/0", "adversary/unsigned/0"],
)
def test_units_run_to_the_end_and_come_out_the_same(key: str) -> None:
    """A unit that breaks stops the whole measurement; one that differs from run to run cannot be checked."""
    asked = run.Asked(Half.CHOOSE, 5, True)
    _, records, fault = run.one_unit(asked, key)
    assert fault == "" and records
    assert not [
        r for r in records for word in (*r["expected"].values(), *r["absent"].values()) if word == "failed"
    ]
    if key in ("structure/x264/0", "scenes/low rate/0"):
        assert run.one_unit(asked, key)[1] == records
