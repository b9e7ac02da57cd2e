"""Without it families rest on files instead of devices, strangers get a name, or a reference gives somebody away."""

# ruff: noqa: DTZ001 - the builders count naive moments as UTC

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.support import boxes
from tests.support.examined import examined, of, stream_copy
from witnessmark.examine.library import in_use
from witnessmark.examine.library.entries import Entry, Library, read_library, shipped, shipped_name
from witnessmark.examine.library.features import group_of, survives_copy, unseen_roots
from witnessmark.examine.library.likelihood import left_out_of, liken, likeness
from witnessmark.examine.library.model import Model
from witnessmark.examine.library.needed import devices_needed
from witnessmark.examine.library.tokens import is_shareable, structure_tokens
from witnessmark.ground.container import BytesSource, parse
from witnessmark.model.errors import UnusableInputError
from witnessmark.model.findings import Outcome
from witnessmark.model.intervals import clopper_pearson

VECTORS = ROOT / "docs" / "spec" / "vectors" / "reference-library.json"


def entry(family: str, device: str, *tokens: str, sort: str = "camera", format: str = "mp4") -> Entry:
    return Entry(family, sort, device, format, "", "made", "CC0-1.0", "made", tuple(sorted(tokens)))


def tokens_of(data: bytes) -> tuple[str, ...]:
    return structure_tokens(parse(BytesSource(data)))


# -- what is kept -------------------------------------------------------------------------------------------------


def test_nothing_that_names_anybody_is_kept() -> None:
    """If this fails, a reference passed on to others holds a serial number, a place or a name."""
    secrets = ("SN12345678", "Kovalenko", "+50.45", "ACME Cam 9", "2020-02-18", "H19.03.01.30.00")
    text = boxes.box(
        "udta",
        boxes.box("FIRM", secrets[5].encode()),
        boxes.box(b"\xa9mak", b"\0\x0a\x15\xc7" + b"ACME Cam 9"),
    )
    data = boxes.mp4(
        boxes.movie(
            text,
            boxes.keys(
                com__apple__quicktime__make="ACME Cam 9",
                com__example__serial="SN12345678",
                artist="Kovalenko",
            ),
            created=datetime(2020, 2, 18),
            tracks=(boxes.trak(name="Kovalenko's phone SN12345678"),),
        )
    )

    tokens = tokens_of(data)

    assert not [token for token in tokens if any(secret in token for secret in secrets)]
    assert "moov/trak(vide)/mdia/hdlr@name=~" in tokens and "moov/udta/FIRM" in tokens
    assert "moov/meta/keys@has=com.apple.quicktime.make" in tokens and "moov/meta/keys@has=~" in tokens


def test_real_recordings_leave_only_shareable_tokens(shared_media: Path) -> None:
    """If this fails, what the shipped library was made by lets something through on some format."""
    for path in sorted((shared_media / "camera").iterdir()):
        tokens = tokens_of(path.read_bytes())
        assert tokens and all(map(is_shareable, tokens)), path.name
        assert not [
            t for t in tokens if any(word in t for word in ("iPhone", "ILCE", "GoPro Max", "2019", "2020"))
        ]


@pytest.mark.parametrize(
    "token",
    (
        "moov/udta@text=Sergei was here",
        "moov/mvhd@timescale=99999999999",
        "moov/meta/keys@has=com.evil.text",
        "order moov: one two\u202ethree",
        "moov/trak@name=VideoHandler of Olena",
        "free text",
        "moov@Field=1",
        "",
        "x" * 500,
    ),
)
def test_no_text_travels_in_a_token(token: str) -> None:
    """If this fails, a library from a stranger carries text of his choice into reports."""
    assert not is_shareable(token)


def test_a_track_is_named_by_its_medium_and_not_by_its_number() -> None:
    """If this fails, a recording without sound looks like one of another writer."""
    tokens = tokens_of(boxes.mp4(boxes.movie(tracks=(boxes.trak(), boxes.trak(name="VideoHandle")))))

    assert "moov/trak(vide)/mdia/hdlr@name=VideoHandle" in tokens
    assert not [token for token in tokens if "[" in token]


# -- the file ------------------------------------------------------------------------------------------------------


def test_the_vectors_of_the_specification() -> None:
    """If this fails, others who read docs/spec/reference-library.md make other libraries than we do."""
    vectors = json.loads(VECTORS.read_text("utf-8"))
    made = Library.of(Entry(**{**one, "tokens": tuple(one["tokens"])}) for one in vectors["entries"])

    assert made.content().decode() == vectors["content"]
    assert (made.digest, made.name) == (vectors["digest"], vectors["digest"][:16])
    assert read_library(vectors["content"].encode()) == made
    for token in vectors["refused_tokens"]:
        assert not is_shareable(token), token
    for score in vectors["scores"]:
        told = liken(tuple(score["tokens"]), score["format"], made)
        assert told is not None
        assert [[one.family, one.devices, one.score] for one in told.nearest] == score["nearest"]
        assert (told.alpha, told.threshold, told.is_near) == (
            score["alpha"], score["threshold"], score["is_near"],
        )  # fmt: skip


def test_the_shipped_library_is_the_one_that_its_name_says() -> None:
    """If this fails, findings name a library that nobody has."""
    library = shipped()

    assert library.name == shipped_name() and len(library.entries) > 200
    assert library.devices("FFmpeg (libavformat), MP4") >= 8
    assert all(entry.native_by and entry.licence and entry.source for entry in library.entries)


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1).filter(str.strip), st.text())
def test_the_digest_is_that_of_rfc_8785(family: str, software: str) -> None:
    """If this fails, nobody else's canonical JSON gives the name under which a finding cites a library."""
    entry = Entry(family, "camera", "one", "mp4", software, "s", "CC0-1.0", "by hand", ("ftyp", "moov"))
    library = Library.of([entry])
    try:
        canonical = rfc8785.dumps(library.to_json())
    except (UnicodeEncodeError, rfc8785.CanonicalizationError):
        return  # half a surrogate pair has no UTF-8; no file can hold it either
    assert library.content() == canonical


def test_what_was_written_down_of_the_shipped_library_comes_out_again() -> None:
    """If this fails, thresholds and ratios of every finding rest on numbers that the library does not give."""
    library = shipped()
    for group, (alpha, threshold, rates) in left_out_of(library.name).items():
        told = Model(tuple(e for e in library.entries if group_of(e.format) == group)).left_out
        assert (told.alpha, told.rates) == (alpha, tuple(map(tuple, rates))), group
        assert told.threshold == pytest.approx(threshold, abs=1e-9)
    assert {group_of(e.format) for e in library.entries} == set(left_out_of(library.name))


@settings(max_examples=150, deadline=None)
@given(data=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_any_json_is_read_or_refused_with_a_reason(data: Any) -> None:
    """If this fails, a library from a stranger ends in a fault of ours instead of a refusal."""
    for document in (data, {"schema": "witnessmark/reference-library/1", "tokens": [], "entries": data}):
        with pytest.raises(UnusableInputError):
            read_library(json.dumps(document).encode())
            raise UnusableInputError("an empty library is one")


def test_deep_and_large_files_are_refused() -> None:
    """If this fails, a file of brackets takes the program down."""
    for data in (b"[" * 100_000, b"{}" * 9_000_000, b"\xff\xfe", b'{"schema":1e999}'):
        with pytest.raises(UnusableInputError):
            read_library(data)


# -- nearness --------------------------------------------------------------------------------------------------------

A = tuple(f"a/{n}" for n in range(12))
B = tuple(f"b/{n}" for n in range(12))
C = tuple(f"c/{n}" for n in range(12))


def small_library(devices: int = 3) -> Library:
    families = {"A": A, "B": B, "C": C}
    return Library.of(
        entry(family, f"{family}{n}", "common", *tokens, f"own/{family}{n}")
        for family, tokens in families.items()
        for n in range(devices)
    )


def test_a_file_is_near_its_own_family_and_a_stranger_is_unknown() -> None:
    """If this fails, every file gets a family, whoever wrote it."""
    library = small_library()

    known = liken(("common", *A), "mp4", library)
    stranger = liken(("common", *(f"z/{n}" for n in range(12))), "mp4", library)

    assert known is not None and known.is_near and known.nearest[0].family == "A"
    assert stranger is not None and not stranger.is_near
    assert stranger.nearest[0].score < 0


def test_devices_count_and_files_do_not() -> None:
    """If this fails, ten recordings of one phone weigh like ten phones."""
    one = entry("A", "A0", "common", *A)
    many = Library.of([*small_library(1).entries, *(replace(one, source=f"file {n}") for n in range(10))])

    told = liken(("common", *A), "mp4", many)

    assert told is not None and told.nearest[0].devices == 1
    assert "one device only" in told.weight and "not calibrated" in told.weight


def test_a_ratio_is_told_only_where_the_devices_allow_it() -> None:
    """If this fails, two phones give a likelihood ratio that two phones cannot give."""
    few, many = (liken(("common", *A), "mp4", small_library(n)) for n in (1, 12))

    assert few is not None and few.weight.startswith("not calibrated") and "would need" in few.weight
    assert many is not None and many.weight.startswith("likelihood ratio at least ")
    low, high = clopper_pearson(12, 12)[0], clopper_pearson(0, 24)[1]
    told = float(many.weight.split("at least ")[1].split(" ")[0])
    assert told <= low / high < told + 0.1


def test_what_is_needed_is_what_the_intervals_say() -> None:
    """If this fails, people are sent to gather too few devices."""
    assert "36 devices of other families" in devices_needed(20)
    own = int(devices_needed(100).split("need ")[1].split(" ")[0])
    high = clopper_pearson(0, 100)[1]
    assert clopper_pearson(own, own)[0] / high >= 10 > clopper_pearson(own - 1, own - 1)[0] / high


def test_differing_features_are_named() -> None:
    """If this fails, nobody can check in what a file differs from its nearest family."""
    told = liken(("common", *A[:-1], "new/box", "new/box/inner", "new/box@version=1"), "mp4", small_library())

    assert told is not None
    assert told.missing == ("a/11",)
    assert "new/box" in told.unexpected


def test_a_new_box_is_one_cause_however_much_stands_in_it() -> None:
    """If this fails, one box of a new firmware makes a known camera unknown."""
    inside = ["new", *(f"new/{n}" for n in range(50)), "new/1@version=0"]

    assert unseen_roots(inside, {"old"}) == ("new",)
    assert unseen_roots(["old@version=2"], {"old"}) == ("old@version=2",)


def test_what_a_stream_copy_carries_along_says_nothing_of_the_writer(shared_media: Path) -> None:
    """If this fails, a camera's handler names survive FFmpeg and the copy passes for the camera's own file."""
    native = shared_media / "camera" / "media__portrait_4k60.mp4"
    copied = of(
        examined(stream_copy(native.read_bytes(), "mp4"), ("container",), packets=False), "container.family"
    )

    assert survives_copy("moov/trak(vide)/mdia/hdlr@name=VideoHandle")
    assert "FFmpeg (libavformat), MP4" in copied.statement and copied.outcome is Outcome.OBSERVED


def test_a_library_of_one_family_says_nothing_wild() -> None:
    """If this fails, dividing by an empty population breaks the examination."""
    alone = Model((entry("A", "A0", *A), entry("A", "A1", *A)))

    told = likeness(alone, A)
    assert told.nearest[0].family == "A" and told.weight.startswith("not calibrated")


def test_references_of_a_case_stand_beside_the_shipped_ones_and_in_the_parameters() -> None:
    """If this fails, a finding cannot be made again, because it does not say beside what the file was laid."""
    data = boxes.mp4(boxes.movie(boxes.box("udta", boxes.box("XYZW", bytes(8)))))
    mine = Library.of([replace(entry("Our recorder", "body 1"), tokens=tokens_of(data), sort="recorder")])

    plain = of(examined(data, ("container",), packets=False), "container.family")
    with in_use.added(mine):
        core = of(examined(data, ("container",), packets=False), "container.family")

    assert "references" not in plain.parameters and plain.parameters["library"] == shipped_name()
    assert core.parameters["references"] == mine.name
    assert "Our recorder (known from 1 device" in core.statement and core.outcome is Outcome.OBSERVED
