"""The strip: what stands below a public video is long enough to mean one log, and can be read."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from witnessmark.ground.media.public import PublicEncoder
from witnessmark.release.derivative.maker import CRF
from witnessmark.release.derivative.strip import (
    HEX_SHOWN,
    LEAST_LINE_PX,
    StripText,
    drawn,
    strip_height,
    with_strip,
)
from witnessmark_verify.publication import LEAST_DIGITS

STATEMENT, LOG = "89b6e0d3c8a5f217" * 4, "68b0d9c3e5f7a182" * 4
SIZES = ((320, 240), (240, 320), (176, 144), (640, 480), (720, 1280), (1280, 720))


def text(log: str = LOG, *, demonstration: bool = False) -> StripText:
    return StripText("K7QX2M", "ab12cd34", STATEMENT, log, demonstration)


@pytest.mark.parametrize("demonstration", [False, True])
def test_32_digits_of_both_hashes_in_groups_stand_in_every_layout(demonstration: bool) -> None:
    """Ten digits of a log whose name is free text can be met by trying names: a forger's video would carry ours."""
    shown = " ".join(STATEMENT[at : at + 4] for at in range(0, 32, 4))
    for lines in text(demonstration=demonstration).layouts():
        joined = " ".join(" ".join(lines).split())
        assert f"statement {shown}" in joined
        assert f"log {' '.join(LOG[at : at + 4] for at in range(0, 32, 4))}" in joined
        assert "case K7QX2M item ab12cd34" in joined
        assert ("NOT EVIDENCE" in joined) is demonstration
    assert HEX_SHOWN == LEAST_DIGITS


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_fits_and_takes_the_height_that_it_says(width: int, height: int) -> None:
    """Words cut off at the edge, or a strip over the picture, would be found in public only."""
    for demonstration in (False, True):
        strip = drawn(text(demonstration=demonstration), width, height)
        assert strip.shape == (strip_height(text(demonstration=demonstration), width, height), width)
        assert strip.shape[0] % 2 == 0
        assert strip[2:, -2:].max() == 16


def test_every_digit_can_still_be_told_after_encoding_below_240_lines_of_noise() -> None:
    """Digits that the encoder smears into each other name no log."""
    width, height = 320, 240
    strips = {digit: drawn(text(log=digit * 64), width, height) for digit in "0123456789abcdef"}
    rng = np.random.default_rng(1)
    scene = rng.integers(0, 255, (height * 3 // 2, width)).astype(np.uint8)
    rows = strips["0"].shape[0]
    seen = {}
    for digit, strip in strips.items():
        encoder = PublicEncoder(
            width, height + rows, Fraction(25), (2, 2, 6, False), crf=CRF, preset="veryfast"
        )
        encoder.add(with_strip(scene, strip))
        track = encoder.finish()
        decoder = av.CodecContext.create("h264", "r")
        decoder.extradata = track.avcc
        frames = [*decoder.decode(av.Packet(track.samples[0].data)), *decoder.decode(None)]
        seen[digit] = frames[0].to_ndarray(format="gray")[height:].astype(np.int32)
    for digit, got in seen.items():
        last = slice(rows - LEAST_LINE_PX, rows)
        distances = {other: np.abs(got[last] - strip[last]).sum() for other, strip in strips.items()}
        nearest, second = sorted(distances, key=distances.__getitem__)[:2]
        assert nearest == digit
        assert distances[second] > 1.25 * distances[digit], (digit, second)
