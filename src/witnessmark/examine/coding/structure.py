"""How the last encoder arranged its pictures, and how coarsely it coded them: support, never a finding by itself.

Encoders in cameras write groups of one length and a fixed pattern of B pictures, because they cannot look ahead;
encoders of computers with look-ahead (x264, x265, many platforms) place key and B pictures where the scene asks for
them. They also use tools that cost more search than a recorder's chip has time for: three and more reference pictures,
weighted P pictures, B pictures that others are predicted from (two and more reordered). None of seven native H.264
files of devices has one of the three (1 or 2 reference pictures, at most 1 reordered); x264 has them by default.
Sources: Merritt and Vanam, x264: a high performance H.264/AVC encoder, 2006, §3 (adaptive B placement, scene-cut
detection); ITU-T H.264 §8.5.8 (quantiser steps). Limits: software can imitate a camera, and newer phones look ahead.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from witnessmark.examine.coding.footprint import Coding
from witnessmark.ground.container.coding_tools import coding_tools
from witnessmark.model.findings import Measurement

SOFTWARE_REFERENCES, SOFTWARE_REORDERED = 3, 2
"""More than any native file that was read has (2 and 1): docs/methods/recompression.md, catalogue."""
FEWEST_STRETCHES = 12
"""Stretches between anchors from which a pattern is read."""
FIXED_SHARE = 0.9
"""Share of stretches (of groups) of one length from which the pattern is called fixed: scene cuts and the end of the
file break any."""


def measurements(coding: Coding) -> dict[str, Measurement]:
    """Arrangement, and mean quantiser by type of picture where the decoder tells it.

    Quantisers of H.264: 0..51, six steps double; of MPEG-4 part 2: 1..31, linear.
    """
    out = {"arrangement": Measurement(_arrangement(coding.types))}
    held = np.isfinite(coding.quantiser)
    if not held.any():
        return out
    types = np.array(list(coding.types))
    out["qp_unit"] = Measurement("linear" if coding.linear_quantiser else "H.264 steps")
    for letter in "IPB":
        mine = held & (types == letter)
        if mine.any():
            out[f"qp_{letter.lower()}"] = Measurement(round(float(coding.quantiser[mine].mean()), 2), "QP")
    out["qp_spread"] = Measurement(round(float(np.std(coding.quantiser[held])), 2), "QP")
    return out


def tools(codec: str, extradata: bytes) -> dict[str, Measurement]:
    """What the encoder declared that it uses, and which of it is a tool of software; empty where nothing is read."""
    declared = coding_tools(codec, extradata)
    if declared is None:
        return {}
    of_software = [
        words
        for words, present in (
            ("three or more reference pictures", (declared.references or 0) >= SOFTWARE_REFERENCES),
            ("weighted P pictures", bool(declared.weighted)),
            ("B pictures that others are predicted from", (declared.reordered or 0) >= SOFTWARE_REORDERED),
        )
        if present
    ]
    out = {"coding_tools": Measurement(declared.in_words())}
    if of_software:
        out["tools_of_software"] = Measurement(tuple(of_software))
    return out


def _arrangement(types: str) -> str:
    """Groups and B pictures in words."""
    if set(types) <= {"I"}:
        return "every picture by itself"
    stretches = _stretches(types)
    if len(stretches) < FEWEST_STRETCHES:
        return "too short to say"
    keys = np.diff([at for at, letter in enumerate(types) if letter == "I"])
    groups = "one group" if not len(keys) else f"groups of {int(np.median(keys))}"
    if len(keys) and float(np.mean(keys == int(np.median(keys)))) < FIXED_SHARE:
        groups = "groups of changing length"
    if "B" not in types:
        return f"{groups}, no B pictures"
    usual, count = Counter(stretches).most_common(1)[0]
    if count >= FIXED_SHARE * len(stretches):
        return f"{groups}, always {usual} B pictures"
    return f"{groups}, B pictures placed by the scene (look-ahead)"


def _stretches(types: str) -> list[int]:
    """Numbers of B pictures between P pictures in succession."""
    found: list[int] = []
    run = 0
    for letter in types:
        if letter == "B":
            run += 1
        else:
            if letter == "P":
                found.append(run)
            run = 0
    return found
