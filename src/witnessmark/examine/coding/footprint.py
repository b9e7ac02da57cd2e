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

from witnessmark.examine.coding.comb import normal_scores

Array = NDArray[np.float64]

FEWEST_OF_A_KIND = 8
"""Pictures of one kind (distance to the anchor before, place in the own group) whose median is trusted; smaller
kinds are taken together."""
H264_STEPS = 6.0
"""H.264 quantiser steps that double the quantiser (§8.5.8); MPEG-4 part 2 quantisers are linear."""
NEIGHBOURS = 9
"""Anchors whose median is the level of the time: longer than the rise of two neighbours, shorter than a scene."""
MOSTLY_TOLD = 0.9
"""Share of the pictures with block types whose quantiser must be known for sizes to be corrected by it."""
REGULAR_SHARE = 0.6
"""Share of steps that must be the usual one: scene cuts put key pictures between."""
REPEAT_SHARE = 0.1
"""Of the usual size: a repeated picture holds only the noise of coding of the one before, some per cent of it."""
POLISHES = 2


@dataclass(frozen=True, slots=True)
class Coding:
    """One stream, pictures in order of display. Arrays have one entry per picture; NaN: not known."""

    types: str
    size_bytes: Array
    quantiser: Array
    """Mean quantiser of the picture."""
    linear_quantiser: bool
    intra: Array
    """Share of macroblocks."""
    skipped: Array
    toward_next: Array
    """Of a B picture: share predicted from the anchor after it less share predicted from the one before."""


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
    anchors = np.array([at for at, letter in enumerate(coding.types) if letter in "IP"], dtype=np.int64)
    all_intra = set(coding.types) <= {"I"}
    is_p = np.array([coding.types[at] == "P" or all_intra for at in anchors], dtype=bool)
    own = None if all_intra else _own_period(coding.types)
    distance = np.diff(anchors, prepend=-1) if len(anchors) else anchors
    # Where every picture is coded by itself (MJPEG), what is left is its size: old key pictures are richer.
    place = _since_key(coding.types)[anchors] if own else np.zeros(len(anchors), dtype=np.int64)
    kinds = distance * (count + 1) + place
    repeated = _repeats(coding.size_bytes[anchors])
    is_p &= ~repeated
    repeats = _usual_step(anchors[repeated])
    measured = [_complexity(coding)]
    from_blocks = bool(np.isfinite(coding.intra).any())
    if from_blocks:
        measured += [np.sqrt(coding.intra), -np.sqrt(coding.skipped)]
    scores = []
    for values in measured:
        sequence = np.where(is_p, values[anchors], np.nan)
        rise = _rise(_polished(sequence, kinds))
        if np.isfinite(rise).sum() >= FEWEST_OF_A_KIND:
            scores.append(normal_scores(rise))
    evidence = np.full(count, np.nan)
    if not scores:
        return Footprint(evidence, _places(count, anchors), from_blocks, own, repeats)
    # Where block types were not told, the size speaks alone.
    together = normal_scores(np.sum(scores, axis=0))
    at_anchor = np.where(np.isfinite(together), together, scores[0])
    start = 0
    for anchor, score in zip(anchors, at_anchor, strict=True):
        evidence[start : anchor + 1] = score
        start = anchor + 1
    places = _places(count, anchors)
    evidence += _sides(coding, places)
    return Footprint(evidence, places, from_blocks, own, repeats)


def _complexity(coding: Coding) -> Array:
    """Logarithm of the bits, as they would be at one quantiser (rate falls with the quantiser, H.264 §8.5.8)."""
    bits: Array = np.log(coding.size_bytes + 1.0)
    told = np.isfinite(coding.intra)
    if not told.any() or float(np.isfinite(coding.quantiser[told]).mean()) < MOSTLY_TOLD:
        return bits
    if coding.linear_quantiser:
        coarseness = np.log(np.maximum(coding.quantiser, 1.0))
    else:
        coarseness = coding.quantiser * (np.log(2.0) / H264_STEPS)
    # Where quantisers were not told, the usual one stands in: the step between the two is a level, and goes with it.
    return np.asarray(bits + np.where(np.isfinite(coarseness), coarseness, np.nanmedian(coarseness)))


def _repeats(size_bytes: Array) -> NDArray[np.bool_]:
    """Pictures that repeat the one before: next to nothing is coded. They carry no evidence, nor do their neighbours.

    A rate conversion repeats pictures at a fixed period, and what stands beside a repeat looks high.
    """
    level = _running_median(size_bytes)
    return np.asarray(size_bytes < REPEAT_SHARE * level)


def _rise(sequence: Array) -> Array:
    """Each value less the larger of its two neighbours; NaN where one is missing."""
    out: Array = np.full(len(sequence), np.nan)
    if len(sequence) >= 3:
        out[1:-1] = sequence[1:-1] - np.maximum(sequence[:-2], sequence[2:])
    return out


def _within_kind(values: Array, kinds: NDArray[np.int64]) -> Array:
    """Less the median of the kind; kinds with few pictures are taken together."""
    held = np.isfinite(values)
    names, inverse, counts = np.unique(kinds[held], return_inverse=True, return_counts=True)
    group = np.where(counts < FEWEST_OF_A_KIND, -1, np.arange(len(names)))[inverse]
    inside = values[held].copy()
    for name in np.unique(group):
        mine = group == name
        inside[mine] -= np.median(inside[mine])
    out = values.copy()
    out[held] = inside
    return out


def _polished(values: Array, kinds: NDArray[np.int64]) -> Array:
    """Less what is usual for the kind and at that time: a median polish (Tukey, Exploratory Data Analysis, 1977,
    ch. 11) of kinds against the running median of NEIGHBOURS values."""
    left = values.copy()
    for _ in range(POLISHES):
        left = _within_kind(left, kinds)
        left = left - _running_median(left)
    return left


def _running_median(values: Array) -> Array:
    """Median of the NEIGHBOURS values around each, those that are known."""
    if not len(values):
        return values
    padded = np.pad(values, NEIGHBOURS // 2, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, NEIGHBOURS)
    out = np.full(len(values), np.nan)
    held = np.isfinite(values)
    if held.any():
        out[held] = np.nanmedian(windows[held], axis=1)
    return out


def _places(count: int, anchors: NDArray[np.int64]) -> NDArray[np.int64]:
    """Kind of each picture: length of its stretch between anchors, and its place in it."""
    kinds = np.zeros(count, dtype=np.int64)
    start = 0
    for anchor in anchors:
        length = int(anchor) + 1 - start
        kinds[start : anchor + 1] = length * (count + 1) + np.arange(length)
        start = int(anchor) + 1
    return kinds


def _sides(coding: Coding, places: NDArray[np.int64]) -> Array:
    """For each picture: how far prediction turns from the anchor before to the one after just there; 0 where no B
    picture tells.

    The B picture before a border is predicted from the anchor before, the one behind it from the one after. The turn
    is told by the two pictures at the border (measured on the half *choose*: those further off hardly move).
    """
    score = normal_scores(_within_kind(coding.toward_next, places))
    before = np.concatenate([[np.nan], score[:-1]])
    terms = np.isfinite(score).astype(float) + np.isfinite(before)
    turn = np.nan_to_num(score) - np.nan_to_num(before)
    return np.asarray(turn / np.sqrt(np.maximum(terms, 1.0)))


def _since_key(types: str) -> NDArray[np.int64]:
    """Pictures since the last key picture."""
    at = np.arange(len(types))
    is_key = np.array([letter == "I" for letter in types], dtype=bool)
    return at - np.maximum.accumulate(np.where(is_key, at, 0))


def _own_period(types: str) -> int | None:
    """Length of the file's own groups, where most key pictures keep one."""
    return _usual_step(np.array([at for at, letter in enumerate(types) if letter == "I"], dtype=np.int64))


def _usual_step(places: NDArray[np.int64]) -> int | None:
    """The step that most of ``places`` keep; None where there is none."""
    steps = np.diff(places)
    if len(steps) < 2:
        return None
    usual = int(np.median(steps))
    return usual if usual > 1 and float(np.mean(steps == usual)) >= REGULAR_SHARE else None
