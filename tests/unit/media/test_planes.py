"""Exact planes: what the seal hashes, for every layout that the world's recorders write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from witnessmark.ground.media.dispatch import Hub
from witnessmark.ground.media.planes import Planes, block_means, has_plain_luma, plane_of
from witnessmark.ground.media.scaling import Means, Shrinker

LAYOUTS = [
    ("yuv420p", [(18, 35, "u1"), (9, 18, "u1"), (9, 18, "u1")]),
    ("yuvj422p", [(18, 35, "u1"), (18, 18, "u1"), (18, 18, "u1")]),
    ("yuv444p", [(18, 35, "u1")] * 3),
    ("yuv420p10le", [(18, 35, "u2"), (9, 18, "u2"), (9, 18, "u2")]),
    ("yuva420p", [(18, 35, "u1"), (9, 18, "u1"), (9, 18, "u1"), (18, 35, "u1")]),
    ("nv12", [(18, 35, "u1"), (9, 36, "u1")]),
    ("p010le", [(18, 35, "u2"), (9, 36, "u2")]),
    ("gray", [(18, 35, "u1")]),
    ("gray10le", [(18, 35, "u2")]),
    ("rgb24", [(18, 105, "u1")]),
    ("bgra", [(18, 140, "u1")]),
    ("bgr0", [(18, 140, "u1")]),
    ("rgb565le", [(18, 70, "u1")]),
    ("yuyv422", [(18, 70, "u1")]),
    ("gbrp", [(18, 35, "u1")] * 3),
    ("pal8", [(18, 35, "u1"), (1, 1024, "u1")]),
    ("monob", [(18, 5, "u1")]),
]


@pytest.mark.parametrize(("name", "expected"), LAYOUTS)
def test_every_layout_gives_its_own_planes(name: str, expected: list[tuple[int, int, str]]) -> None:
    """Lost otherwise: footage of that layout could not be sealed, or padding would be sealed with it."""
    frame = VideoFrame(35, 18, name)
    for number, plane in enumerate(frame.planes):
        size = plane.buffer_size
        plane.update(((np.arange(size) * 7 + number) % 251).astype(np.uint8).tobytes())
    planes = Planes(frame)()
    assert [(*p.shape, p.dtype.str[1:]) for p in planes] == expected
    for number, (ours, plane) in enumerate(zip(planes, frame.planes, strict=True)):
        assert not ours.flags.writeable
        row_bytes = ours.shape[1] * ours.dtype.itemsize
        raw = np.frombuffer(bytes(plane), np.uint8)[: (plane.line_size or row_bytes) * ours.shape[0]]
        exact = raw.reshape(ours.shape[0], -1)[:, :row_bytes]
        assert ours.tobytes() == exact.tobytes(), number


def test_planes_are_made_once() -> None:
    """Lost otherwise: each consumer would pay for its own views."""
    planes = Planes(VideoFrame(16, 16, "yuv420p"))
    assert planes() is planes()


PLAIN_LUMA = {"yuv420p", "nv12", "gray", "yuvj422p"}
NO_PLAIN_LUMA = {"rgb24", "yuv420p10le", "pal8", "yuyv422", "gbrp"}


@pytest.mark.parametrize("name", sorted(PLAIN_LUMA | NO_PLAIN_LUMA))
def test_plain_luma_is_recognised(name: str) -> None:
    """Lost otherwise: block means would be taken of chroma."""
    assert has_plain_luma(VideoFrame(16, 16, name)) == (name in PLAIN_LUMA)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_block_means_are_the_formula_of_the_seal(height: int, width: int, seed: int) -> None:
    """Lost otherwise: a stranger's page could not recompute the sketch."""
    luma = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    means = block_means(luma)
    for row in range(means.shape[0]):
        for column in range(means.shape[1]):
            block = luma[row * 8 : row * 8 + 8, column * 8 : column * 8 + 8]
            expected = (int(block.sum(dtype=np.int64)) + block.size // 2) // block.size
            assert means[row, column] == expected
    assert means.shape == (-(-height // 8), -(-width // 8))


def _grey_frame(width: int, height: int, seed: int, pixel_format: str) -> VideoFrame:
    """Noise, but black and white to the last step in one quarter each: sums at both ends of the scale."""
    values = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    values[: height // 2, : width // 2], values[height // 2 :, width // 2 :] = 255, 0
    frame = VideoFrame(width, height, pixel_format)
    plane: Any = frame.planes[0]
    lines = np.zeros((height, plane.line_size), np.uint8)
    lines[:, :width] = values
    plane.update(lines.tobytes())
    return frame


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj422p", "gray", "nv12"])
@pytest.mark.parametrize(
    "size", [(64, 64), (72, 584), (640, 360), (720, 576), (1280, 720), (1920, 1080), (70, 66)]
)
def test_means_out_of_the_scaler_are_the_formula(size: tuple[int, int], pixel_format: str) -> None:
    """Lost otherwise: sketches would be committed to that nobody can compute from the picture."""
    shrinker = Shrinker(Hub(()))
    for seed in (1, 2):  # the first is summed beside the scaler, the second is the scaler's alone
        frame = _grey_frame(*size, seed, pixel_format)
        assert np.array_equal(shrinker.means(frame), block_means(plane_of(frame, 0)))
    assert shrinker.scales_exactly(frame) == (size != (70, 66))


def test_a_scaler_that_rounds_otherwise_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost otherwise: another build of the scaler would change every root."""
    frame = _grey_frame(640, 360, 3, "yuv420p")
    off = block_means(plane_of(frame, 0)) ^ 1
    monkeypatch.setattr(Shrinker, "grey", lambda *_: off)
    shrinker = Shrinker(Hub(()))
    for _ in range(2):
        means = Means(shrinker, frame)
        assert np.array_equal(means(), block_means(plane_of(frame, 0)))
    assert means.at(45) is None
