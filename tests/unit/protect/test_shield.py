"""If these fail, a reviewer is sent something other than the small, grey, blurred, silent derivative."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from witnessmark.model.consumer import Derivative
from witnessmark.model.samples import Luma
from witnessmark.protect.shield import HEIGHT_PX, Shield, blurred


def luma(pts: int | None, picture: np.ndarray) -> Luma:
    return Luma(0, 0, pts, Fraction(1, 25), False, "P", picture, HEIGHT_PX)


def test_the_box_mean_is_the_box_mean() -> None:
    """The blur would be weaker than stated."""
    picture = np.random.default_rng(1).integers(0, 256, (20, 30), np.uint8)
    padded = np.pad(picture, 3, mode="edge").astype(int)
    expected = [[padded[i : i + 7, j : j + 7].sum() // 49 for j in range(30)] for i in range(20)]
    assert blurred(picture).tolist() == expected


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(-50, 200)), st.integers(1, 3)), min_size=1, max_size=12
    )
)
@settings(max_examples=15, deadline=None)
def test_any_time_stamps_and_sizes_give_a_silent_grey_video(frames: list[tuple[int | None, int]]) -> None:
    """A file with broken time stamps would have no shielded picture, and reviewers would open the raw."""
    shield = Shield()
    rng = np.random.default_rng(2)
    for pts, wide in frames:
        shield.take(luma(pts, rng.integers(0, 256, (HEIGHT_PX, 160 * wide + 1), np.uint8)))
    (product,) = shield.finish()
    assert isinstance(product, Derivative)
    with av.open(io.BytesIO(b"".join(product.chunks))) as container:
        assert [s.type for s in container.streams] == ["video"]
        pictures = [f.to_ndarray(format="yuv420p") for f in container.decode(video=0)]
        assert dict(container.metadata) | {} == {
            k: v
            for k, v in container.metadata.items()
            if k in ("major_brand", "minor_version", "compatible_brands")
        }
    assert len(pictures) == len(frames)
    for picture in pictures:
        chroma = picture[HEIGHT_PX:]
        assert np.abs(chroma.astype(int) - 128).max() <= 1


def test_no_pictures_no_shield() -> None:
    """A sound file would get an empty video."""
    assert Shield().finish() == ()
