"""Decoded sound as the examiners get it."""

from __future__ import annotations

import numpy as np
import pytest
from av.audio.frame import AudioFrame

from witnessmark.ground.media.sound import mono


@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_sixteen_bits_become_single_precision_without_loss(layout: str) -> None:
    """Lost otherwise: exact silence and single steps would move, and with them findings."""
    channels = 1 if layout == "mono" else 2
    values = np.random.default_rng(5).integers(-32768, 32768, (1, 4096 * channels)).astype(np.int16)
    values[0, :8] = (-32768, -32768, 32767, 32767, 0, 1, -1, 0)
    frame = AudioFrame.from_ndarray(values, format="s16", layout=layout)
    exact = values.reshape(-1, channels).astype(np.float64).mean(axis=1) / 32768
    given = mono(frame)
    assert given.dtype == np.float32
    assert np.array_equal(given.astype(np.float64), exact)
    assert not given.flags.writeable
