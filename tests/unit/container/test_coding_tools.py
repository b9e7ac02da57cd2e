"""coding_tools: without it a reader could not see that another encoder than the recorder's wrote a file last."""

from __future__ import annotations

import pytest

from witnessmark.examine.coding import structure
from witnessmark.ground.container.coding_tools import CodingTools, coding_tools

PHONE = bytes.fromhex("0142001effe1000f2742001eab404814f2f3501010102001000428ce3c30")
"""Decoder configuration of a phone's camera (Baseline)."""
X264 = bytes.fromhex(
    "0164000dffe100196764000dacd941419f9e10000003001000000303c0f142996001000668ebe3cb22c0fdf8f800"
)
"""The same of a file that x264 wrote with its defaults."""


def test_what_a_phone_declares_is_read() -> None:
    """Lost otherwise: the catalogue."""
    assert coding_tools("h264", PHONE) == CodingTools(
        "h264", "Baseline", 3.0, 1, 0, None, False, False, False, 0, False, False
    )
    assert set(structure.tools("h264", PHONE)) == {"coding_tools"}


def test_tools_that_recorders_do_not_use_are_named() -> None:
    """Lost otherwise: a file from an editor would look like any other."""
    declared = coding_tools("h264", X264)
    assert declared is not None
    assert declared.in_words() == (
        "High, level 1.3, CABAC, 8x8 transform, 4 reference pictures, picture order type 0, 2 reordered, "
        "weighted P, implicitly weighted B, timing"
    )
    assert structure.tools("h264", X264)["tools_of_software"].value == (
        "three or more reference pictures",
        "weighted P pictures",
        "B pictures that others are predicted from",
    )


def test_start_codes_are_read_as_well_as_lengths() -> None:
    """Lost otherwise: transport streams would say nothing."""
    sps, pps = PHONE[8 : 8 + 15], PHONE[-4:]
    assert coding_tools("h264", b"\0\0\0\1" + sps + b"\0\0\0\1" + pps) == coding_tools("h264", PHONE)


@pytest.mark.parametrize("cut", range(0, len(X264), 3))
def test_what_ends_early_says_less_and_breaks_nothing(cut: int) -> None:
    """The negative twin: hostile bytes end in less, never in an error."""
    found = coding_tools("h264", X264[:cut])
    assert found is None or found.profile == "High"
    assert coding_tools("h264", bytes(255 - byte for byte in X264[:cut])) is None
    assert coding_tools("mjpeg", X264[:cut]) is None
    assert coding_tools("hevc", b"\1" * cut) is None or cut >= 23
