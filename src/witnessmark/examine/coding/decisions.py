"""What the last encoder decided when it met decoded pictures: the second design, beside the prediction footprint.

An encoder that looks ahead takes decisions from the pictures it is given, before it quantises anything: which
pictures become B pictures, and how finely each is quantised for the sake of those that will be predicted from it
(macroblock-tree rate control). Across the border of an old group prediction fails in part. So the picture behind the
border is quantised finer than those before it (much will be predicted from it, little from them), and pictures on both
sides of the border are rarely anchors. These decisions do not depend on how coarse the last encoding is: where a coarse
quantiser wipes the residual that the footprint lives on, they stay.

They are read with the prediction at the border (bits, intra and skipped blocks, turn of B pictures, samples that
change) as one score per picture: each measurement as the normal score of its rank, weighted as Fisher's linear
discriminant weighs them. Weights come from made footage of the half *choose* (``python -m bench recompression --fit
--units 48``); what they are changes the power, never the false-alarm probability, which the rank test (comb.py) keeps
for any score.

Sources: Garrett-Glaser, A novel macroblock-tree algorithm for high-performance optimization of dependent video coding
in H.264/AVC, 2009 (quantiser by what is predicted from a block); Merritt and Vanam, x264: a high performance
H.264/AVC encoder, 2006, sec. 3 (B pictures placed by cost); Fisher, The use of multiple measurements in taxonomic
problems, Annals of Eugenics 7 (1936); Vazquez-Padin et al. 2012, 2020 (prediction footprint); Stamm, Lin, Liu 2012.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.coding import levels, order
from witnessmark.examine.coding.comb import normal_scores
from witnessmark.examine.coding.footprint import Coding, Footprint, repeats, turn

Array = NDArray[np.float64]

STEPS = (1, 2, 3)
"""Anchors on each side over which the quantiser before is compared with the one after."""
LONGEST_STRETCH = 16
"""B pictures in a row that are told apart: no level of H.264 or HEVC reorders more (§A.3.1)."""
FEWEST_OF_A_PLACE = 3
"""Pictures at one place of the file's own groups from which what is usual there is taken."""

FORWARD: Mapping[str, float] = {
    "skipped": 1.0, "intra": 0.8, "size": 0.75, "quantiser 3": 0.7, "quantiser 2": 0.5,
}  # fmt: skip
"""H.264 without B pictures (144 files of 48 sources)."""
WITH_B: Mapping[str, float] = {
    "turn": 1.0, "B type before": 0.65, "B type": 0.4, "B type after": 0.1, "size": 0.3, "skipped": 0.2,
    "B size before": 0.2, "B size": 0.15, "B skipped": -0.1, "intra": 0.1, "quantiser 2": 0.1, "quantiser 3": 0.1,
}  # fmt: skip
"""H.264 with B pictures (192 files of 48 sources)."""
LINEAR: Mapping[str, float] = {"size": 1.0, "quantiser 1": -0.65, "intra": 0.35, "skipped": 0.3}
"""MPEG-4 part 2 (32 files of 32 sources), whose encoders hold the rate: after a dear picture they quantise more
coarsely."""
SIZES_ONLY: Mapping[str, float] = {
    "size": 1.0, "B size before": 0.7, "B change": 0.4, "change": 0.35, "B type before": 0.3, "B type after": 0.3,
}  # fmt: skip
"""HEVC and others whose decoder tells neither blocks nor quantisers (24 files of 24 sources, x265)."""


def decisions(coding: Coding) -> Footprint | None:
    """Evidence that each picture was a key picture before; None where every picture is coded by itself."""
    if "P" not in coding.types:
        return None
    weights = weights_of(coding)
    measured = features(coding)
    evidence = np.zeros(len(coding.types))
    for name, weight in weights.items():
        if name in measured:
            evidence += weight * np.nan_to_num(measured[name])
    evidence[~np.isfinite(measured["size"])] = np.nan
    own = order.own_period(coding.types)
    if own is not None:
        evidence = _without_own(evidence, order.since_key(coding.types))
    at = order.anchors(coding.types)
    repeat_period = order.usual_step(at[repeats(coding.size_bytes[at])])
    one_kind = np.zeros(len(evidence), dtype=np.int64)
    return Footprint(evidence, one_kind, bool(np.isfinite(coding.intra).any()), own, repeat_period)


def weights_of(coding: Coding) -> Mapping[str, float]:
    """The weights for files of this sort."""
    if coding.linear_quantiser:
        return LINEAR
    if not np.isfinite(coding.intra).any():
        return SIZES_ONLY
    return WITH_B if "B" in coding.types else FORWARD


def features(coding: Coding) -> Mapping[str, Array]:
    """Measurements by name, one value per picture (NaN: none): high where a picture was a key picture.

    Of the anchor that ends the stretch: ``size``, ``intra``, ``skipped``, ``change`` against its neighbours, and
    ``quantiser n``: how far the quantiser drops there, n anchors on each side. Of B pictures: ``turn`` of
    prediction, and ``B size``, ``B skipped``, ``B change`` of the picture itself and of the one before it. Of all:
    how far the types of the picture before, of it and of the next lie on the side of B, against what the types before
    foretell.
    """
    types, count = coding.types, len(coding.types)
    at = order.anchors(types)
    is_p = np.array([types[k] == "P" for k in at], dtype=bool) & ~repeats(coding.size_bytes[at])
    own = order.own_period(types)
    place = order.since_key(types)[at] if own else np.zeros(len(at), dtype=np.int64)
    kinds = np.diff(at, prepend=-1) * (count + 1) + place
    measured = {
        "size": np.log(coding.size_bytes + 1.0),
        "intra": np.sqrt(coding.intra),
        "skipped": -np.sqrt(coding.skipped),
        "change": np.sqrt(coding.changed),
    }
    found: dict[str, Array] = {}
    for name, values in measured.items():
        level = levels.polished(np.where(is_p, values[at], np.nan), kinds)
        found[name] = _by_stretch(normal_scores(levels.contrast(level)), at, count)
    level = levels.polished(np.where(is_p, coding.quantiser[at], np.nan), kinds)
    for step in STEPS:
        drop = levels.drop(level, step)
        found[f"quantiser {step}"] = _by_stretch(normal_scores(drop), at, count)
    if "B" in types:
        found |= _of_b_pictures(coding, measured, order.places(count, at))
    return found


def _of_b_pictures(
    coding: Coding, measured: Mapping[str, Array], places: NDArray[np.int64]
) -> dict[str, Array]:
    is_b = np.array([letter == "B" for letter in coding.types], dtype=bool)
    found = {"turn": turn(coding, places)}
    for name in ("size", "skipped", "change"):
        score = normal_scores(levels.polished(np.where(is_b, measured[name], np.nan), places))
        found[f"B {name}"], found[f"B {name} before"] = score, levels.shifted(score, -1)
    unforeseen = surprise(coding.types)
    found["B type before"] = levels.shifted(unforeseen, -1)
    found["B type"] = unforeseen
    found["B type after"] = levels.shifted(unforeseen, 1)
    return found


def surprise(types: str) -> Array:
    """1 for a B picture and 0 for another, less its frequency in this file at that place: after so many B pictures
    in a row, and after a stretch before of that length.

    What is left of a fixed pattern is nothing; so a hierarchy of B pictures is no rhythm of the score.
    """
    is_b = [letter == "B" for letter in types]
    usual = sum(is_b) / max(1, len(is_b))
    seen: defaultdict[tuple[int, int], list[float]] = defaultdict(lambda: [usual, 1.0])
    places = []
    run = before = 0
    for now in is_b:
        places.append((run, before))
        seen[run, before][0] += now
        seen[run, before][1] += 1.0
        if now:
            run = min(run + 1, LONGEST_STRETCH)
        else:
            run, before = 0, run
    return np.array([now - seen[place][0] / seen[place][1] for now, place in zip(is_b, places, strict=True)])


def _by_stretch(values: Array, at: NDArray[np.int64], count: int) -> Array:
    """The value of the anchor that ends the stretch, for each of ``count`` pictures."""
    ends = np.searchsorted(at, np.arange(count))
    padded = np.concatenate([values, [np.nan]])
    return np.asarray(padded[ends])


def _without_own(evidence: Array, place: NDArray[np.int64]) -> Array:
    """Less the mean of the place in the file's own groups: what recurs with them is their doing."""
    out = evidence.copy()
    held = np.isfinite(evidence)
    counts = np.bincount(place[held])
    means = np.bincount(place[held], weights=evidence[held]) / np.maximum(counts, 1)
    usual = np.where(counts >= FEWEST_OF_A_PLACE, means, float(evidence[held].mean()) if held.any() else 0.0)
    out[held] -= usual[place[held]]
    return out
