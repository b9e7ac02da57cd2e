"""The bench of families counts devices, and a stranger that gets a name is counted as wrong."""

from __future__ import annotations

from bench.families import Asked, asked, confusions, rates

from witnessmark.examine.library.entries import Entry, Library


def entry(family: str, device: str, *tokens: str) -> Entry:
    words = ("common", *tokens, f"{family}/common")
    return Entry(family, "camera", device, "mp4", "", "made", "CC0-1.0", "made", tuple(sorted(words)))


def library() -> Library:
    return Library.of(
        entry(family, f"{family}{n}", *(f"{family}/{k}" for k in range(10)))
        for family in ("A", "B", "C")
        for n in range(3)
    )


def test_every_device_is_left_out_in_both_worlds() -> None:
    """If this fails, a device is judged by a library that holds it."""
    answers = asked(library())

    assert sorted({(one.world, one.device) for one in answers}) == sorted(
        (world, f"{family}{n}") for world in ("closed", "open") for family in "ABC" for n in range(3)
    )
    told = rates(answers)
    assert told["closed, all"]["right"] == 9 and told["open, all"]["right"] == 9
    assert told["open, all"]["right_interval"][0] > 0.6


def test_a_device_counts_once_by_its_worst_recording() -> None:
    """If this fails, nine good recordings of one phone hide the one that was named wrongly."""
    answers = [Asked("A", "camera", "A0", "closed", said) for said in ("A", "A", "B")]
    answers.append(Asked("A", "camera", "A1", "open", "B"))

    assert rates(answers)["closed, cameras"]["wrong"] == 1 == rates(answers)["closed, cameras"]["devices"]
    assert rates(answers)["open, all"]["wrong"] == 1
    assert {(one["world"], one["said"]) for one in confusions(answers)} == {("closed", "B"), ("open", "B")}
