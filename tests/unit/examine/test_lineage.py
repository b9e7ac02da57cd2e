"""Which of two files is nearer the original: never wrong is worth more than always answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.corpus.clips import Scene
from tests.corpus.encodings import camera, decoded, encode, x264
from tests.support.pedigrees import told, whole
from witnessmark.examine.comparers.accounts import Account, BurnedClock, OldGroups, account
from witnessmark.examine.comparers.lineage import decided, related
from witnessmark.examine.comparers.lineage_votes import Pair, Vote, Weight, votes
from witnessmark.examine.comparers.segments import EXCERPT, Overlay
from witnessmark.examine.pedigree.record import Pedigree, empty
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.relations import Direction, Relation, RelationKind
from witnessmark.model.time import Span


def bare(name: str, **changes: Any) -> Account:
    """A recording of twenty seconds in groups of one second at 25 pictures a second."""
    pedigree: dict[str, Any] = {
        "codec": "h264",
        "width_px": 640,
        "height_px": 360,
        "pictures": 500,
        "shown_pictures": 500,
        "video_bytes": 1_000_000,
        "end_s": 20.0,
        "groups": np.arange(20, dtype=np.uint64) + len(name) * 1000 + ord(name[0]),
        "group_times_s": np.arange(20.0),
        "video_digest": name.encode().ljust(32, b"."),
    }
    own = {key: changes.pop(key) for key in list(changes) if key in Pedigree.__slots__}
    return Account(name, replace(empty(), **{**pedigree, **own}), **changes)


def direction(a: Account, b: Account, **match: Any) -> tuple[Direction, str]:
    relation = related(whole(a, b, **match), {a.id: a, b.id: b})
    return relation.direction, relation.target


UNDETERMINED = Direction.UNDETERMINED
DERIVED = Direction.FROM_IS_DERIVED


def old_groups(first_s: float = 0.0, seconds: float = 1.0) -> OldGroups:
    return OldGroups(25, seconds, first_s, first_s + 19 * seconds, -9.0)


# -- votes -----------------------------------------------------------------------------------------------------


def test_alike_in_everything_is_undetermined() -> None:
    """A direction would be claimed out of nothing."""
    assert direction(bare("a"), bare("b"))[0] is UNDETERMINED


def test_old_groups_of_the_one_are_the_groups_of_the_other() -> None:
    """The one trace that names the parent would be lost; seen from both sides it must name the same."""
    near = bare("near", shows_no_old_groups=True)
    far = bare(
        "far",
        old_groups=old_groups(),
        group_times_s=np.arange(0.0, 20, 10),
        groups=np.arange(2, dtype=np.uint64),
    )
    assert direction(near, far) == (DERIVED, "near")
    assert direction(far, near) == (DERIVED, "near")


def test_groups_of_the_same_length_at_other_moments_do_not_decide_alone() -> None:
    """Groups of one second are common: another file's would be taken for the parent's."""
    near = bare("near")
    far = bare("far", old_groups=old_groups(first_s=0.4))
    found = votes(Pair(near, far, whole(near, far)))
    assert [(v.nearer, v.weight) for v in found if v.sort == "groups"] == [("near", Weight.MODERATE)]
    assert direction(near, far)[0] is UNDETERMINED


def test_groups_of_another_length_say_nothing() -> None:
    """A file encoded twice elsewhere would be called the child of any other."""
    far = bare("far", old_groups=old_groups(seconds=1.2))
    assert [v for v in votes(Pair(bare("a"), far, whole(bare("a"), far))) if v.sort == "groups"] == []


def test_each_showing_the_groups_of_the_other_is_no_order() -> None:
    """Two copies of one source, each encoded twice, would get an order by chance."""
    a, b = bare("a", old_groups=old_groups()), bare("b", old_groups=old_groups())
    assert direction(a, b)[0] is UNDETERMINED


def test_contradicting_traces_are_no_order() -> None:
    """The stronger of two contradicting traces would win, and be wrong as often as the weaker."""
    near = bare("near", created=datetime(2021, 5, 1, tzinfo=UTC))
    far = bare("far", old_groups=old_groups(), created=datetime(2020, 5, 1, tzinfo=UTC))
    relation = related(whole(near, far), {"near": near, "far": far})
    assert relation.direction is UNDETERMINED
    assert sum("would speak for" in sentence for sentence in relation.evidence) >= 2


def test_what_a_picture_has_lost_does_not_come_back() -> None:
    """Grey and cropped copies would stand beside their source without an order; bars alone must not give one."""
    a, b = bare("a"), bare("b")
    for lost in ("greyscale", "cropped", "logo"):
        assert direction(a, b, transform=(lost,), derived="b") == (DERIVED, "a")
    assert direction(a, b, transform=("letterboxed",), derived="b")[0] is UNDETERMINED


def test_bits_and_quantisers_never_decide() -> None:
    """A bad copy encoded again at a high rate has the finest quantiser of its family."""
    a = bare("a", quantiser=16.0, quantiser_unit="H.264 steps", video_bytes=9_000_000)
    b = bare("b", quantiser=35.0, quantiser_unit="H.264 steps")
    assert direction(a, b)[0] is UNDETERMINED


def test_no_trace_of_software_is_no_sign_of_an_original() -> None:
    """A file that was stripped of its traces would become the original."""
    a, b = bare("a", shows_no_software=True), bare("b", software="FFmpeg")
    assert direction(a, b)[0] is UNDETERMINED
    c = bare("c", shows_no_software=True, recorder="GoPro cameras")
    assert direction(c, b) == (DERIVED, "c")


def test_dates_decide_only_together_with_another_trace() -> None:
    """Dates are set by anybody."""
    a = bare("a", created=datetime(2010, 3, 20, tzinfo=UTC))
    b = bare("b", encoder_year=2013)
    assert direction(a, b)[0] is UNDETERMINED
    far = bare("far", encoder_year=2013, old_groups=old_groups(first_s=0.4))
    assert direction(a, far) == (DERIVED, "a")


def test_a_part_of_better_quality_than_the_whole_has_no_order() -> None:
    """A compilation would be called the source of the clips it was made of."""
    part = bare(
        "part", created=datetime(2020, 1, 1, tzinfo=UTC), recorder="X", shows_no_software=True, end_s=5.0
    )
    long = bare("whole", software="FFmpeg", created=datetime(2021, 1, 1, tzinfo=UTC))
    relation = related(
        whole(part, long, kind=EXCERPT, contained="part", segments=(Overlay(0, 5, 4, 9),)),
        {"part": part, "whole": long},
    )
    assert (relation.kind, relation.source, relation.direction) == (
        RelationKind.EXCERPT_OF,
        "part",
        UNDETERMINED,
    )


def test_the_same_stream_is_a_copy() -> None:
    """A copy in another container would be told as an encoding."""
    a, b = bare("a"), bare("b")
    same = replace(b, pedigree=replace(b.pedigree, video_digest=a.pedigree.video_digest))
    relation = related(whole(a, same), {"a": a, "b": same})
    assert (relation.kind, relation.direction) == (RelationKind.COPY_OF, UNDETERMINED)
    assert related(whole(a, b), {"a": a, "b": b}).kind is RelationKind.REENCODE_OF


def test_an_excerpt_of_the_same_stream_by_edit_list() -> None:
    """What players show differs; what both files hold does not: both must be said."""
    a, b = (
        bare("a", created=datetime(2020, 1, 1, tzinfo=UTC)),
        bare("b", created=datetime(2021, 1, 1, tzinfo=UTC)),
    )
    shown = replace(
        b, pedigree=replace(b.pedigree, video_digest=a.pedigree.video_digest, shown=((2.0, 5.0),))
    )
    relation = related(
        whole(a, shown, kind=EXCERPT, contained="b", segments=(Overlay(2, 5, 2, 5),)), {"a": a, "b": shown}
    )
    assert (relation.kind, relation.source, relation.direction) == (RelationKind.EXCERPT_OF, "b", DERIVED)
    assert any("edit list" in sentence for sentence in relation.evidence)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], None),
        ([("a", Weight.WEAK, "x"), ("a", Weight.WEAK, "y"), ("a", Weight.WEAK, "z")], None),
        ([("a", Weight.MODERATE, "x"), ("a", Weight.MODERATE, "x")], None),
        ([("a", Weight.MODERATE, "x"), ("a", Weight.MODERATE, "y")], "a"),
        ([("a", Weight.STRONG, "x"), ("b", Weight.WEAK, "y")], "a"),
        ([("a", Weight.STRONG, "x"), ("b", Weight.MODERATE, "y")], None),
    ],
)
def test_what_decides(found: list[tuple[str, Weight, str]], expected: str | None) -> None:
    """Weak traces added up would decide, or one trace would count twice."""
    assert decided(tuple(Vote(nearer, weight, sort, "") for nearer, weight, sort in found)) == expected


# -- real encodings --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Account]:
    """A scene as a camera would write it, a poor copy, a costly copy of the poor one, an enlarged one."""
    folder = tmp_path_factory.mktemp("lineage")
    scene = Scene((320, 240), 8, style="pan", noise=2.0)
    pictures = [scene.picture(k) for k in range(75)]
    paths = {"original": encode(pictures, folder / "original", camera(15, 0.25, constant=False), 25)}
    paths["poor"] = encode(decoded(paths["original"]), folder / "poor", x264(32, None, preset="veryfast"), 25)
    paths["better"] = encode(decoded(paths["poor"]), folder / "better", x264(16, None, preset="veryfast"), 25)
    small = replace(x264(20, None, preset="veryfast"), side=0.5)
    paths["small"] = encode(decoded(paths["original"]), folder / "small", small, 25)
    large = replace(x264(18, None, preset="veryfast"), side=2.0)
    paths["enlarged"] = encode(decoded(paths["small"]), folder / "enlarged", large, 25)
    return {name: told(path, name)[1] for name, path in paths.items()}


@pytest.mark.parametrize("far", ["poor", "better", "small", "enlarged"])
def test_the_original_holds_the_finest_detail(copies: dict[str, Account], far: str) -> None:
    """The commonest chain (an export, then a messenger) would have no order."""
    assert direction(copies["original"], copies[far]) == (DERIVED, "original")


def test_an_enlarged_copy_is_not_taken_for_its_source(copies: dict[str, Account]) -> None:
    """The larger picture would be called the original."""
    assert direction(copies["small"], copies["enlarged"]) == (DERIVED, "small")


def test_a_costly_copy_of_a_poor_one_has_no_order(copies: dict[str, Account]) -> None:
    """More bits would be taken for more origin."""
    assert direction(copies["poor"], copies["better"])[0] is UNDETERMINED


@pytest.mark.parametrize("seed", [5, 7])
def test_the_noise_of_an_encoder_without_a_filter_is_no_detail(seed: int, tmp_path: Path) -> None:
    """A poor copy that is full of block edges and of what predicted pictures hand on would be called the original."""
    scene = Scene((256, 192), seed, style="pan", noise=2.0, speed=2.0)
    pictures = [scene.picture(k) for k in range(75)]
    source = encode(pictures, tmp_path / "source", x264(23, None, preset="veryfast"), 25)
    poor = encode(decoded(source), tmp_path / "poor", x264(32, None, preset="ultrafast"), 25)
    a, b = told(source, "source")[1], told(poor, "poor")[1]
    relation = related(whole(a, b), {"source": a, "poor": b})
    assert (relation.direction, relation.target) != (DERIVED, "poor")


# -- accounts --------------------------------------------------------------------------------------------------


def core(kind: str, outcome: Outcome, statement: str = "", **changes: Any) -> FindingCore:
    return FindingCore(kind, "?", "x", "1", outcome, statement, **changes)


def test_an_account_reads_what_findings_say() -> None:
    """Every vote of what a file says of itself would fall silent if a statement or a measurement changed its words."""
    span = Span.of(0, 20, Fraction(1))
    told_of = account(
        "a",
        empty(),
        [
            core(
                "container.rewritten",
                Outcome.OBSERVED,
                "The file carries the writer's strings of FFmpeg (libavformat).",
                grade=Grade.STRONG,
            ),
            core(
                "encode.software",
                Outcome.OBSERVED,
                "Strings of encoding software: x264.",
                grade=Grade.STRONG,
                measurements={
                    "strings": Measurement(("SEI in packet 0: x264 - core 157 - Copyleft 2003-2018 - x",))
                },
            ),
            core(
                "encode.repeated",
                Outcome.OBSERVED,
                grade=Grade.WEAK,
                span=span,
                measurements={
                    "hidden_group_pictures": Measurement(30),
                    "hidden_group_s": Measurement(1.0),
                    "log10_chance": Measurement(-7.2),
                    "qp_p": Measurement(24.5),
                    "qp_unit": Measurement("H.264 steps"),
                },
            ),
            core(
                "metadata.conflict",
                Outcome.NOT_OBSERVED,
                measurements={
                    "dates": Measurement(
                        (
                            "moov/mvhd.created = 2020-04-20T21:41:46+0000 (UTC by the standard)",
                            "trak[0].mdhd.created = 1904-01-01T00:00:00+0000 (UTC by the standard)",
                        )
                    )
                },
            ),
            core(
                "clock.series",
                Outcome.OBSERVED,
                grade=Grade.STRONG,
                span=span,
                measurements={
                    "first_reading": Measurement("2020-02-18 14:03:55"),
                    "last_reading": Measurement("2020-02-18 14:04:09"),
                    "layout": Measurement("dd.mm.yyyy HH:MM:SS"),
                    "place": Measurement("at the top left"),
                },
            ),
        ],
    )
    assert told_of.software == "FFmpeg (libavformat) and x264"
    assert (told_of.encoder_year, told_of.quantiser, told_of.quantiser_unit) == (2018, 24.5, "H.264 steps")
    assert told_of.old_groups == OldGroups(30, 1.0, 0.0, 20.0, -7.2)
    assert told_of.created == datetime(2020, 4, 20, 21, 41, 46, tzinfo=UTC)
    assert not told_of.shows_no_software
    assert isinstance(told_of.clock, BurnedClock) and told_of.clock.has_date and told_of.clock.is_steady


@pytest.mark.parametrize(
    ("grade", "chance", "outcome", "is_read"),
    [
        (Grade.WEAK, -3.0, Outcome.OBSERVED, True),
        (Grade.STRONG, -2.9, Outcome.OBSERVED, False),
        (Grade.STRONG, None, Outcome.OBSERVED, False),
        (None, -9.0, Outcome.INCONCLUSIVE, False),
    ],
)
def test_old_groups_are_read_by_their_own_chance_and_not_by_the_grade(
    grade: Grade | None, chance: float | None, outcome: Outcome, is_read: bool
) -> None:
    """While no rate is published every finding is weak: the trace that names the parent would be dead in every run."""
    measured = {"hidden_group_pictures": Measurement(30), "hidden_group_s": Measurement(1.0)}
    if chance is not None:
        measured["log10_chance"] = Measurement(chance)
    span = Span.of(0, 20, Fraction(1))
    told_of = account(
        "a",
        empty(),
        [core("encode.repeated", outcome, grade=grade, span=span, measurements=measured)],
    )
    assert (told_of.old_groups is not None) is is_read


def test_an_encoding_made_anew_votes_as_a_real_run_tells_it(tmp_path: Path) -> None:
    """The vote would live in a test of its parts alone, and no comparison would ever cast it."""
    scene = Scene((192, 144), 8)
    first = encode(
        [scene.picture(k) for k in range(250)], tmp_path / "one", camera(25, 0.2, constant=True), 25
    )
    again = encode(decoded(first, 250), tmp_path / "two", x264(23, None, preset="veryfast"), 25)
    near, far = (told(path, name, ("recompression",))[1] for name, path in (("near", first), ("far", again)))
    assert far.old_groups is not None and near.old_groups is None
    assert {v.nearer for v in votes(Pair(near, far, whole(near, far))) if v.sort == "groups"} == {"near"}


def test_the_words_that_accounts_read_are_those_that_examiners_write(tmp_path: Path) -> None:
    """The two sides would drift apart unseen: here the real examiners speak."""
    scene = Scene((192, 144), 8)
    path = encode(
        [scene.picture(k) for k in range(30)], tmp_path / "a", x264(23, None, preset="veryfast"), 25
    )
    said = told(path, "a", ("container", "software", "metadata", "recompression"))[1]
    assert said.software.startswith("FFmpeg") and "x264" in said.software
    assert said.encoder_year is not None and said.encoder_year > 2015
    assert said.quantiser is not None


def test_a_relation_survives_its_json() -> None:
    """A stored relation could not be read again."""
    a, b = bare("a"), bare("b")
    relation = related(whole(a, b, transform=("greyscale",), derived="b"), {"a": a, "b": b})
    assert Relation.from_json(relation.to_json()) == relation
    assert set(relation.to_json()) == {
        "kind", "from", "to", "segments", "transform", "direction", "evidence", "grade",
    }  # fmt: skip
