"""Hiding from the methods that look at pictures: cut, repeat, freeze."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from tests.corpus.clips import Encode, Picture, write_clip

from bench.authenticity.contract import Tier, Trial, Workplace
from bench.authenticity.kinds import CUT, FREEZE, REPEAT
from bench.authenticity.takes import ENCODES, Source, generated, suffix_of

ENCODINGS = ("x264 crf18 b0", "x264 crf23 b3", "MPEG-4 1.2 Mb/s")
LENGTH_S = 2.0
LEAD_S = 1.5
GRAIN = 2.0
"""Grey levels of added noise, r.m.s.: what a good sensor gives indoors."""
DRIFT_PX = 0.08
"""Movement of a held picture from one frame to the next: a hand that breathes."""
GAIN = 1.03
FADE_PICTURES = 6


@dataclass(frozen=True, slots=True)
class Hidden:
    """Pictures after the attack, and where it shows."""

    what: str
    kinds: tuple[str, ...]
    pictures: list[Picture]
    at: int
    until: int | None = None
    """First picture after a held or copied stretch: it ends as it begins, with a step."""


def luma_of(picture: Picture) -> np.ndarray:
    return picture[: picture.shape[0] * 2 // 3]


def with_luma(picture: Picture, luma: np.ndarray) -> Picture:
    out = picture.copy()
    out[: luma.shape[0]] = np.clip(np.rint(luma), 0, 255).astype(np.uint8)
    return out


def grained(picture: Picture, rng: np.random.Generator, strength: float = GRAIN) -> Picture:
    luma = luma_of(picture).astype(np.float32)
    return with_luma(picture, luma + rng.normal(0, strength, luma.shape))


def moved(picture: Picture, right_px: float, down_px: float = 0.0) -> Picture:
    """Luma shifted by a part of a pixel, bilinearly; the borders are repeated."""
    luma = luma_of(picture).astype(np.float32)
    for axis, amount in ((1, right_px), (0, down_px)):
        whole, part = int(np.floor(amount)), amount - np.floor(amount)
        luma = (1 - part) * np.roll(luma, whole, axis) + part * np.roll(luma, whole + 1, axis)
    return with_luma(picture, luma)


def freeze_under_grain(held: Sequence[Picture], at: int, length: int, rng: np.random.Generator) -> Hidden:
    """Aimed at *still: at most 0.2 grey levels*: fresh noise on every held picture."""
    out = list(held)
    out[at : at + length] = [grained(held[at], rng) for _ in range(length)]
    return Hidden("held picture with fresh grain", (FREEZE, CUT), out, at, at + length)


def freeze_that_breathes(held: Sequence[Picture], at: int, length: int, rng: np.random.Generator) -> Hidden:
    """Aimed at the same: the held picture drifts as if the camera were in a hand, with grain."""
    out = list(held)
    out[at : at + length] = [grained(moved(held[at], DRIFT_PX * k), rng) for k in range(length)]
    return Hidden("held picture that drifts, with grain", (FREEZE, CUT), out, at, at + length)


def repeat_shifted(held: Sequence[Picture], at: int, length: int, rng: np.random.Generator) -> Hidden:
    """Aimed at *distance on the diagonal*: the copy is moved by half a pixel, brighter, with grain."""
    copy = [
        grained(with_luma(p, luma_of(moved(p, 0.5, 0.5)).astype(np.float32) * GAIN), rng)
        for p in held[at - length : at]
    ]
    return Hidden(
        "repeat, moved half a pixel, brighter, grain",
        (REPEAT, CUT),
        [*held[:at], *copy, *held[at:]],
        at,
        at + length,
    )


def repeat_mirrored(held: Sequence[Picture], at: int, length: int, rng: np.random.Generator) -> Hidden:
    """Aimed at a limit that the page names: the copy is mirrored."""

    def mirrored(picture: Picture) -> Picture:
        out = picture.copy()
        tall = picture.shape[0] * 2 // 3
        out[:tall] = picture[:tall, ::-1]
        planes = picture[tall:].reshape(2, tall // 2, -1)
        out[tall:] = planes[:, :, ::-1].reshape(out[tall:].shape)
        return out

    copy = [mirrored(p) for p in held[at - length : at]]
    return Hidden("repeat, mirrored", (REPEAT, CUT), [*held[:at], *copy, *held[at:]], at, at + length)


def cut_blended(held: Sequence[Picture], at: int, length: int, rng: np.random.Generator) -> Hidden:
    """Aimed at *one step that stands out*: six pictures fade from one side to the other."""
    before, after = held[: at + FADE_PICTURES], held[at + length :]
    mixed = []
    for k in range(FADE_PICTURES):
        share = (k + 1) / (FADE_PICTURES + 1)
        both = held[at + k].astype(np.float32) * (1 - share) + after[k].astype(np.float32) * share
        mixed.append(np.rint(both).astype(np.uint8))
    return Hidden("cut blended over six pictures", (CUT,), [*before[:at], *mixed, *after[FADE_PICTURES:]], at)


def cut_at_likest(held: Sequence[Picture], at: int, length: int, rng: np.random.Generator) -> Hidden:
    """Aimed at the same: of all places the pair of pictures is taken that is most alike."""
    small = np.stack([luma_of(p)[::8, ::8].astype(np.float32) for p in held])
    first, last = round(0.15 * len(held)), round(0.85 * len(held))
    least, best = float("inf"), (at, at + length)
    for a in range(first, last - length // 2):
        reach = slice(a + length // 2, min(last, a + length + length // 2))
        away = np.abs(small[reach] - small[a - 1]).mean(axis=(1, 2))
        if len(away) and float(away.min()) < least:
            least = float(away.min())
            best = (a, a + length // 2 + int(away.argmin()))
    return Hidden(
        "cut at the most similar pair of pictures", (CUT,), [*held[: best[0]], *held[best[1] :]], best[0]
    )


RECIPES: tuple[Callable[[Sequence[Picture], int, int, np.random.Generator], Hidden], ...] = (
    freeze_under_grain,
    freeze_that_breathes,
    repeat_shifted,
    repeat_mirrored,
    cut_blended,
    cut_at_likest,
)


def trials(number: int, work: Workplace) -> Iterator[Trial]:
    """Every recipe once on one take, under one encoding."""
    source: Source = generated(work, 0)
    name = ENCODINGS[number % len(ENCODINGS)]
    encode: Encode = ENCODES[name]
    rng = work.rng("hiding")
    length, lead = round(LENGTH_S * source.fps), round(LEAD_S * source.fps)
    path = work.folder / f"hidden{suffix_of(encode)}"
    rate = Fraction(source.pictures.rate)
    for recipe in RECIPES:
        at = int(rng.integers(lead + length, source.count - lead - length))
        made = recipe(source.pictures.pictures, at, length, rng)
        stamps = tuple(range(len(made.pictures)))
        write_clip(path, made.pictures, stamps, 1 / rate, rate, encode, None)
        yield Trial(
            Tier.ADVERSARY,
            made.what,
            name,
            work.take,
            path,
            expected=made.kinds,
            at_s=tuple(k / source.fps for k in (made.at, made.until) if k is not None),
            fps=source.fps,
        )
