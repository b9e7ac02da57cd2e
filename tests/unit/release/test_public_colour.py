"""The colour description of the public video is one of a few common ones, and its pictures keep their values."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.support.derived import reel, shape, write_clip
from witnessmark.ground.media.public import _common
from witnessmark.model.redaction import Masks, Recipe
from witnessmark.release.derivative.maker import DerivativeMaker
from witnessmark.release.derivative.strip import StripText

RATE = Fraction(25)
STRIP = StripText("X", "Y", "0" * 64, "0" * 64)
AS_601, AS_709 = (6, 6, 6), (1, 1, 1)
ODD = "colorprim=bt470m:transfer=linear:colormatrix={}"


def described(tmp_path: Path, params: str, size: tuple[int, int]) -> tuple[tuple[int, int, int], float]:
    """The public video's description, and how far its luma is from the raw's."""
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, :, 0] = np.linspace(20, 220, width).astype(np.uint8)
    picture[:, :, 2] = np.linspace(200, 30, height).astype(np.uint8)[:, None]
    options = {"crf": "4", "preset": "ultrafast", "bf": "0", "threads": "1", "x264-params": params}
    path = write_clip(tmp_path / f"{width}.mp4", [picture] * 12, RATE, options=options)
    maker = DerivativeMaker(Recipe(Masks(0, width, height)), shape(path), Fraction(12, 25), STRIP)
    reel(path, maker)
    data = b"".join(dict(maker.files())["public"])
    with av.open(str(path)) as raw:
        before = next(iter(raw.decode(video=0))).to_ndarray()[:height]
    with av.open(io.BytesIO(data)) as made:
        frame = next(iter(made.decode(video=0)))
        after = frame.to_ndarray()[:height]
        told = (int(frame.color_primaries), int(frame.color_trc), int(frame.colorspace))
    return told, float(np.abs(before.astype(int) - after).mean())


@pytest.mark.parametrize(
    ("params", "size", "wanted"),
    [
        ("threads=1", (320, 192), AS_601),
        ("threads=1", (832, 640), AS_709),
        (ODD.format("bt709"), (320, 192), AS_709),
        (ODD.format("bt470bg"), (320, 192), AS_601),
        (ODD.format("smpte170m"), (832, 640), AS_601),
    ],
)
def test_what_a_device_writes_of_its_colours_does_not_leave(
    tmp_path: Path, params: str, size: tuple[int, int], wanted: tuple[int, int, int]
) -> None:
    """A rare description, or none, would tell of two devices that could have made a recording which it was."""
    told, difference = described(tmp_path, params, size)
    assert told == wanted
    assert difference < 3


def test_pictures_that_would_look_wrong_keep_their_transfer() -> None:
    """Pictures for PQ or HLG screens would be shown grey; everything else of BT.2020 is one description."""
    assert _common(16, 9, 1080) == (9, 16, 9)
    assert _common(18, 9, 1080) == (9, 18, 9)
    assert {_common(transfer, 9, 1080) for transfer in (1, 2, 14, 15)} == {(9, 1, 9)}
    assert {_common(t, m, r) for t in range(19) for m in (0, 2, 4, 7, 8, 14) for r in (240, 1080)} == {
        AS_601,
        AS_709,
    }
