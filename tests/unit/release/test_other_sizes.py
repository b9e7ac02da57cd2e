"""A recording whose pictures change their size: what is black in public must stay closed in the seal too."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.support import bundles, derived
from witnessmark.model.errors import CheckFailedError
from witnessmark.model.redaction import Box, Hidden, KeyBox, Masks, PublicMap, Recipe, Track, TrackState
from witnessmark.release.derivative.maker import DerivativeMaker
from witnessmark.release.derivative.strip import StripText

RATE = Fraction(25)
EACH = 40
"""Pictures of each size."""
KEY_EVERY = 10
"""Key pictures: only these are sealed sample by sample."""


def two_sizes(folder: Path, *sizes: tuple[int, int]) -> Path:
    """MPEG-TS pieces of different picture sizes, one after another, as a recorder that was set anew writes them."""
    whole = folder / "raw.ts"
    data = b""
    for number, (width, height) in enumerate(sizes):
        piece = folder / f"{number}.ts"
        pictures = derived_pictures(width, height)
        derived.write_clip(piece, pictures, RATE, options={"crf": "20", "g": str(KEY_EVERY), "threads": "1"})
        data += piece.read_bytes()
    whole.write_bytes(data)
    return whole


def derived_pictures(width: int, height: int) -> list[derived.Picture]:
    import numpy as np

    rng = np.random.default_rng(3)
    noise = rng.integers(90, 220, (height // 16, width // 16, 1), np.uint8)
    picture = noise.repeat(16, 0).repeat(16, 1).repeat(3, 2)
    return [np.roll(picture, 4 * k, axis=1) for k in range(EACH)]


def laid_over(raw: Path) -> tuple[PublicMap, Masks]:
    shape = derived.shape(raw)
    box = Box(70, 70, 100, 100)
    keys = (KeyBox(shape.stream, 0, None, box), KeyBox(shape.stream, 4 * EACH, None, box))
    masks = Masks(
        shape.stream,
        shape.width_px,
        shape.height_px,
        (Track("t", Hidden.FACE, keys, TrackState.CONFIRMED),),
    )
    maker = DerivativeMaker(
        Recipe(masks), shape, Fraction(2 * EACH) / RATE, StripText("X", "Y", "0" * 64, "0" * 64)
    )
    derived.reel(raw, maker)
    assert maker.map is not None
    return maker.map, masks


@pytest.mark.parametrize("sizes", [((320, 256), (640, 384)), ((640, 384), (320, 256))])
def test_pictures_of_another_size_are_never_opened(
    tmp_path: Path, sizes: tuple[tuple[int, int], ...]
) -> None:
    """Lost otherwise: the public video is black there, and the proof beside it would show every face."""
    raw = two_sizes(tmp_path, *sizes)
    public, masks = laid_over(raw)
    black = {(f.stream, f.ordinal) for f in public.frames if f.is_black}
    assert len(black) > EACH // 2
    assert PublicMap.from_json(json.loads(json.dumps(public.to_json()))) == public
    opened = bundles.opened(raw, bundles.seal(raw), public, masks)
    first_black = min(f.number for f in public.frames if f.is_black)
    documents = [json.loads(frame.files[".json"]) for frame in opened.frames]
    assert len(documents) == EACH // KEY_EVERY  # every sealed frame that is shown, and none that is black
    for document in documents:
        layout = json.loads(document["layout"])
        assert (layout["width"], layout["height"]) == sizes[0]
        assert document["public_frame"] < first_black
    assert opened.sketches is not None
    rows = json.loads(opened.sketches.files[".json"])["sketches"]
    assert rows and all(row[0] < first_black for row in rows)


def test_a_map_that_hides_the_change_of_size_opens_nothing(tmp_path: Path) -> None:
    """Lost otherwise: a decoder that was taken over could have an uncovered picture published as proof."""
    raw = two_sizes(tmp_path, (320, 256), (640, 384))
    public, masks = laid_over(raw)
    lying = replace(public, frames=tuple(replace(frame, is_black=False) for frame in public.frames))
    with pytest.raises(CheckFailedError, match="another size"):
        bundles.opened(raw, bundles.seal(raw), lying, masks)
