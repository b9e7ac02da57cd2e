"""Masks of one copy, laid over another: never less than what was hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest

from witnessmark.model.redaction import Box, Hidden, KeyBox, Track, TrackState
from witnessmark.model.relations import Segment
from witnessmark.protect.carried import UNSEEN_SHARE, Pictures, carried, whole

HERE = Pictures(0, 640, 360, tuple((n, n / 25) for n in range(0, 501, 12)), 0.04)
THERE = Pictures(1, 320, 180, tuple((n, 100 + n / 12.5) for n in range(0, 301, 6)), 0.08)
"""Half the size, half the rate, another stream, a clock that begins at 100 s."""
WHOLE = Segment(0.0, 20.0, 104.0, 124.0)
MOVING = Track(
    "t",
    Hidden.FACE,
    (KeyBox(0, 100, None, Box(100, 100, 160, 180)), KeyBox(0, 250, None, Box(400, 60, 460, 140))),
    TrackState.CONFIRMED,
)


def inside(outer: Box | None, inner: Box) -> bool:
    return (
        outer is not None
        and outer.left <= inner.left
        and outer.top <= inner.top
        and outer.right >= inner.right
        and outer.bottom >= inner.bottom
    )


@pytest.mark.parametrize("off_s", [-0.9, -0.5, 0.0, 0.5, 0.9])
@pytest.mark.parametrize("transform", [(), ("resized",), ("mirrored", "resized", "greyscale")])
def test_what_was_hidden_is_hidden_in_the_copy_though_it_lies_off_by_a_little(
    off_s: float, transform: tuple[str, ...]
) -> None:
    """Lost otherwise: the second release of a family shows the face that the first one hid."""
    (copy,) = carried([MOVING], HERE, THERE, WHOLE, transform)
    for ordinal in range(100, 251, 5):
        box = MOVING.box_at(ordinal)
        assert box is not None
        if "mirrored" in transform:
            box = Box(640 - box.right, box.top, 640 - box.left, box.bottom)
        half = Box(box.left // 2, box.top // 2, (box.right + 1) // 2, (box.bottom + 1) // 2)
        shown = round(THERE.ordinal(104.0 + HERE.seconds(ordinal) + off_s))
        assert inside(copy.box_at(shown), half), (ordinal, off_s)
    assert copy.stream == 1
    rest = copy.box_at(round(THERE.ordinal(104.0 + HERE.seconds(100))))
    assert rest is not None and rest.width < 320 * (0.5 + 2 * UNSEEN_SHARE)  # and not simply everything


@pytest.mark.parametrize("change", ["cropped", "letterboxed", "rotated", "a change that is not known yet"])
def test_where_places_are_not_known_the_whole_picture_is_hidden(change: str) -> None:
    """Lost otherwise: a face beside the box that was laid over the wrong place."""
    (copy,) = carried([MOVING], HERE, THERE, WHOLE, ("resized", change))
    assert {key.box for key in copy.keys} == {Box(0, 0, 320, 180)}


def test_where_the_masks_of_a_copy_are_gone_all_that_it_shares_is_hidden() -> None:
    """Lost otherwise: a copy is erased, and with it the knowledge of what had to stay hidden."""
    track = whole(THERE, WHOLE)
    inside_it = round(THERE.ordinal(110.0))
    assert track.box_at(inside_it) == Box(0, 0, 320, 180)
    assert track.box_at(round(THERE.ordinal(126.5))) is None


def test_what_is_not_shared_is_not_carried() -> None:
    """Lost otherwise: a recording blackened for the sake of another's pictures (negative twin)."""
    assert carried([MOVING], HERE, THERE, replace(WHOLE, from_start_s=13.0, to_start_s=117.0), ()) == ()
    assert carried([replace(MOVING, state=TrackState.REJECTED)], HERE, THERE, WHOLE, ()) == ()
    assert carried([MOVING], replace(HERE, stream=4), THERE, WHOLE, ()) == ()


def test_a_copy_at_another_speed_is_followed() -> None:
    """Lost otherwise: a copy that runs faster would leave the box behind."""
    fast = Segment(0.0, 20.0, 104.0, 114.0)
    (copy,) = carried([MOVING], HERE, THERE, fast, ("speed",))
    box = MOVING.box_at(250)
    assert box is not None
    shown = round(THERE.ordinal(104.0 + HERE.seconds(250) / 2))
    assert inside(copy.box_at(shown), Box(box.left // 2, box.top // 2, box.right // 2, box.bottom // 2))
