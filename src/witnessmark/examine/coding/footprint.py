"""What stands out in a picture's coding when its original was a key picture: the prediction footprint.

An encoder that meets decoded video predicts well inside one old group and badly across its border, because the
noise of coding changes there. In a P picture that crosses it, intra blocks rise and skipped blocks fall (VPF:
Vazquez-Padin et al., IEEE WIFS 2012), and more bits are spent at the same quantiser. With B pictures the border
falls somewhere between two anchors: the P picture that ends the stretch shows it (the *shifted* footprint of
G-VPF: Vazquez-Padin et al., IEEE TIFS 15, 2020), and the B pictures between take their prediction from the side
of the border they are on, which says where it was.

Each measurement is compared with its neighbours of the same kind and turned into a normal score of its rank, so
that measurements can be added without a weight chosen on some material. Own key pictures and what follows them
directly carry no evidence, and whatever recurs with the file's own groups is taken out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.coding import levels, order
from witnessmark.examine.coding.comb import normal_scores

Array = NDArray[np.float64]

MOSTLY_TOLD = 0.9
"""Share of the pictures with block types whose quantiser must be known for sizes to be corrected by it."""
REPEAT_SHARE = 0.1
"""Of the usual size: a repeated picture holds only the noise of coding of the one before, some per cent of it."""


@dataclass(frozen=True, slots=True)
class Coding:
    """One stream, pictures in order of display. Arrays have one entry per picture; NaN: not known."""

    types: str
    size_bytes: Array
    quantiser: Array
    """Mean quantiser of the picture. H.264: six steps double it (§8.5.8); MPEG-4 part 2: linear."""
    linear_quantiser: bool
    intra: Array
    """Share of macroblocks."""
    skipped: Array
    toward_next: Array
    """Of a B picture: share predicted from the anchor after it less share predicted from the one before."""
    changed: Array
    """Share of samples (of some rows) that differ from the picture shown before."""


@dataclass(frozen=True, slots=True)
class Footprint:
    evidence: Array
    """Normal score per picture, NaN where there is none."""
    kinds: NDArray[np.int64]
    """What kind of picture each is: length of its stretch between anchors, and its place in it."""
    from_blocks: bool
    own_period: int | None
    """Length of the file's own groups where they are regular."""
    repeat_period: int | None
    """Period at which pictures are repeated, where they are."""


def footprint(coding: Coding) -> Footprint:
    """Evidence that each picture was a key picture before."""
    count = len(coding.types)
    anchors = order.anchors(coding.types)
    all_intra = set(coding.types) <= {"I"}
    is_p = np.array([coding.types[at] == "P" or all_intra for at in anchors], dtype=bool)
    own = None if all_intra else order.own_period(coding.types)
    distance = np.diff(anchors, prepend=-1) if len(anchors) else anchors
    # Where every picture is coded by itself (MJPEG), what is left is its size: old key pictures are richer.
    place = order.since_key(coding.types)[anchors] if own else np.zeros(len(anchors), dtype=np.int64)
    kinds = distance * (count + 1) + place
    repeated = repeats(coding.size_bytes[anchors])
    is_p &= ~repeated
    repeat_period = order.usual_step(anchors[repeated])
    measured = [_complexity(coding)]
    from_blocks = bool(np.isfinite(coding.intra).any())
    if from_blocks:
        measured += [np.sqrt(coding.intra), -np.sqrt(coding.skipped)]
    scores = []
    for values in measured:
        sequence = np.where(is_p, values[anchors], np.nan)
        rise = levels.rise(levels.polished(sequence, kinds))
        if np.isfinite(rise).sum() >= levels.FEWEST_OF_A_KIND:
            scores.append(normal_scores(rise))
    evidence = np.full(count, np.nan)
    if not scores:
        return Footprint(evidence, order.places(count, anchors), from_blocks, own, repeat_period)
    # Where block types were not told, the size speaks alone.
    together = normal_scores(np.sum(scores, axis=0))
    at_anchor = np.where(np.isfinite(together), together, scores[0])
    start = 0
    for anchor, score in zip(anchors, at_anchor, strict=True):
        evidence[start : anchor + 1] = score
        start = anchor + 1
    places = order.places(count, anchors)
    evidence += turn(coding, places)
    return Footprint(evidence, places, from_blocks, own, repeat_period)


def _complexity(coding: Coding) -> Array:
    """Logarithm of the bits; in codecs whose encoders hold the rate, as they would be at one quantiser."""
    bits: Array = np.log(coding.size_bytes + 1.0)
    told = np.isfinite(coding.intra)
    if not coding.linear_quantiser or not told.any():
        return bits
    if float(np.isfinite(coding.quantiser[told]).mean()) < MOSTLY_TOLD:
        return bits
    coarseness = np.log(np.maximum(coding.quantiser, 1.0))
    # Where quantisers were not told, the usual one stands in: the step between the two is a level, and goes with it.
    return np.asarray(bits + np.where(np.isfinite(coarseness), coarseness, np.nanmedian(coarseness)))


def repeats(size_bytes: Array) -> NDArray[np.bool_]:
    """Pictures that repeat the one before: next to nothing is coded. They carry no evidence, nor do their neighbours.

    A rate conversion repeats pictures at a fixed period, and what stands beside a repeat looks high.
    """
    level = levels.running_median(size_bytes)
    return np.asarray(size_bytes < REPEAT_SHARE * level)


def turn(coding: Coding, places: NDArray[np.int64]) -> Array:
    """For each picture: how far prediction turns from the anchor before to the one after just there; 0 where no B
    picture tells.

    The B picture before a border is predicted from the anchor before, the one behind it from the one after. The turn
    is told by the two pictures at the border (measured on the half *choose*: those further off hardly move).
    """
    score = normal_scores(levels.within_kind(coding.toward_next, places))
    before = np.concatenate([[np.nan], score[:-1]])
    terms = np.isfinite(score).astype(float) + np.isfinite(before)
    difference = np.nan_to_num(score) - np.nan_to_num(before)
    return np.asarray(difference / np.sqrt(np.maximum(terms, 1.0)))
