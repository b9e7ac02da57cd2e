"""Exact planes: what the seal hashes, for every layout that the world's recorders write."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from witnessmark.ground.media.planes import Planes, block_means, has_plain_luma

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
