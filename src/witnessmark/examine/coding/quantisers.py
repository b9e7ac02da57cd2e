"""What the quantisers say of the last encoding: how coarse, and whether held constant."""

from __future__ import annotations

import numpy as np

from witnessmark.examine.coding.footprint import Coding
from witnessmark.model.findings import Measurement


def measurements(coding: Coding) -> dict[str, Measurement]:
    """Mean quantiser by type of picture, and how much it moves; empty where the decoder tells none.

    H.264: 0..51, six steps double it; MPEG-4 part 2: 1..31, linear. The last encoding only: a finer last encoding
    than the footage deserves is itself a hint, but no measure.
    """
    held = np.isfinite(coding.quantiser)
    if not held.any():
        return {}
    types = np.array(list(coding.types))
    out: dict[str, Measurement] = {
        "qp_unit": Measurement("linear" if coding.linear_quantiser else "H.264 steps")
    }
    for letter in "IPB":
        mine = held & (types == letter)
        if mine.any():
            out[f"qp_{letter.lower()}"] = Measurement(round(float(coding.quantiser[mine].mean()), 2), "QP")
    out["qp_spread"] = Measurement(round(float(np.std(coding.quantiser[held])), 2), "QP")
    return out
