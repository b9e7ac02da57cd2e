"""Do parts of the picture differ from their surroundings? (``picture.local``) Method page: docs/methods/local.md.

Screening only: a map that says where to look. It is never an alarm and never above *observation*: texture, sky,
overlays and faces differ from their surroundings without any edit.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.examine.picture import patches
from witnessmark.examine.picture.track import no_pictures
from witnessmark.model.consumer import ByteSource, Consumer, Frames, Product, Qp
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Frame, QpMap, Sample
from witnessmark.model.series import Grid
from witnessmark.model.time import Span

KIND = "picture.local"
EVERY_S = 10
"""Seconds of the file between two pictures that are looked at: six a minute."""
MOST_PICTURES = 120
"""Twenty minutes; what is averaged does not become clearer with more."""
FEWEST_PICTURES = 2
OUTLYING = 6.0
"""Spreads from the surroundings at which a cell is named. Of 500 cells of one picture none would be by chance if they
were normal (5 spreads: one in 3.5 million); that many are named all the same shows how little normal they are."""
PEAK = 60.0
"""Line over median of a spectrum at which a tile is named: for noise the largest of 70 lines stays below 16 with
99.99 % (exponential lines: ln(70/0.0001)/ln 2 = 19.4)."""
PEAK_ELSEWHERE = 3.0
"""The tile's line stands out by this factor against the median tile: a camera that scales the whole picture has lines
in all of them."""
GREYS = 255 / (2 * OUTLYING)
"""Map: 0 like its surroundings, 128 at the bound, 255 at twice that."""
LUMA = ("yuv", "yuvj", "nv12", "nv21", "gray")
MEASURES = ("noise", "noise over time", "quantiser", "resampling")

CARD = MethodCard(
    id="local",
    version="1.0.0",
    title="Parts of the picture (screening)",
    question="Do parts of the picture differ from their surroundings in noise, quantiser or traces of resampling?",
    kinds=(KIND,),
    needs=(Frames(), Qp(1 / EVERY_S)),
    applies_to=(MediaType.VIDEO,),
    parameters={
        "every_s": EVERY_S,
        "most_pictures": MOST_PICTURES,
        "columns": patches.COLUMNS,
        "outlying": OUTLYING,
        "peak": PEAK,
        "peak_elsewhere": PEAK_ELSEWHERE,
    },
    benign_causes={
        KIND: (
            "texture, sky, water, hair or deep shadow beside something else",
            "the camera's own overlay, a logo, subtitles, black borders",
            "an encoder that spends its bits unevenly (faces, motion)",
            "dust or a scratch on the lens",
        )
    },
    limits=(
        "Screening only: most of what it shows is innocent, and no rate of error is claimed. It says where to look.",
        "Six pictures a minute are averaged: what was changed for a short time only does not show.",
        "Strong compression and scaling of the whole picture remove noise and traces of resampling.",
        "The quantiser is read in H.264 and MPEG-4 part 2 only. Interlaced pictures raise noise where things move.",
    ),
    sources=(
        "Mahdian, Saic: Blind authentication using periodic properties of interpolation, IEEE TIFS 3(3), 2008",
        "Mahdian, Saic: Using noise inconsistencies for blind image forensics, Image Vision Comput. 27(10), 2009",
        "Immerkær: Fast noise variance estimation, CVIU 64(2), 1996",
    ),
    budget=Cost(decode_share=0.01, memory_bytes=32 << 20),
    calibration="none: screening, no rate is claimed",
)


class Local:
    """One examination. Looks at one pair of pictures every ten seconds."""

    name = CARD.id
    needs = CARD.needs

    def __init__(self) -> None:
        self._opened = self._has_picture = False
        self._layout: patches.Layout | None = None
        self._shape = (0, 0)
        self._slot: int | None = None
        self._awaiting: NDArray[np.int16] | None = None
        self._noise: list[patches.Cells] = []
        self._flicker: list[patches.Cells] = []
        self._quantiser: list[patches.Cells] = []
        self._spectra: NDArray[np.float64] | None = None
        self._first: tuple[int, Fraction] | None = None
        self._last = 0

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self._opened = bool(recording.streams)
        self._has_picture = recording.first("video") is not None

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Frame):
            self._frame(sample)
        elif isinstance(sample, QpMap) and len(self._quantiser) < MOST_PICTURES:
            self._quantiser.append(sample.qp.astype(np.float64))

    def _frame(self, frame: Frame) -> None:
        """The first picture of every ten seconds, and the one after it."""
        if self._awaiting is None:
            if len(self._noise) >= MOST_PICTURES or not frame.pixel_format.startswith(LUMA):
                return
            slot = int((frame.pts or 0) * frame.base) // EVERY_S
            if slot == self._slot:
                return
            self._slot = slot
        size = (frame.height_px, frame.width_px)
        if self._layout is None:
            self._layout, self._shape = patches.Layout.of(*size), size
        if size != self._shape:
            self._awaiting = None
            return
        luma = _eight_bit(frame)
        if self._awaiting is not None:
            self._flicker.append(patches.flicker_of(self._awaiting, luma, self._layout))
            self._awaiting = None
            return
        noise, spectra = patches.noise_of(luma, self._layout)
        self._noise.append(noise)
        self._spectra = spectra if self._spectra is None else self._spectra + spectra
        self._awaiting = luma
        self._first = self._first or (frame.pts or 0, frame.base)
        self._last = frame.pts or self._last

    def finish(self) -> tuple[Product, ...]:
        if not self._has_picture:
            return no_pictures(CARD, self._opened)
        layout = self._layout
        if layout is None or len(self._noise) < FEWEST_PICTURES or self._spectra is None:
            return (
                CARD.finding(
                    KIND,
                    Outcome.INCONCLUSIVE,
                    f"Only {len(self._noise)} pictures could be looked at (one every {EVERY_S} s): too few to tell "
                    f"what stays from what passes.",
                    measurements={"pictures": Measurement(len(self._noise))},
                ),
            )
        maps = self._maps(layout, self._spectra)
        together = np.max([np.abs(m) for m in maps.values()], axis=0)
        named = {name: int((np.abs(m) >= OUTLYING).sum()) for name, m in maps.items()}
        grid = Grid(
            name="local",
            title="Parts that differ from their surroundings (screening only)",
            columns=layout.columns,
            rows=layout.rows,
            values=tuple(int(v) for v in np.clip(np.round(together * GREYS), 0, 255).ravel()),
            at_s=round(float((self._first or (0, Fraction(1)))[0] * (self._first or (0, Fraction(1)))[1]), 3),
        )
        return (self._finding(layout, together, named), grid.to_feature())

    def _maps(self, layout: patches.Layout, spectra: NDArray[np.float64]) -> dict[str, patches.Cells]:
        """Per measure and cell: spreads from the surroundings."""
        maps = {"noise": patches.outlying(np.median(self._noise, axis=0))}
        if self._flicker:
            maps["noise over time"] = patches.outlying(np.median(self._flicker, axis=0))
        held = [q for q in self._quantiser if q.shape == self._quantiser[0].shape]
        if held:
            # A step of six doubles the quantiser of H.264 (§8.5.8): as a power of two it compares like the others.
            steps = 2 ** (np.mean(held, axis=0) / 6)
            rows = np.minimum(np.arange(layout.rows) * steps.shape[0] // layout.rows, steps.shape[0] - 1)
            columns = np.minimum(
                np.arange(layout.columns) * steps.shape[1] // layout.columns, steps.shape[1] - 1
            )
            maps["quantiser"] = patches.outlying(steps[np.ix_(rows, columns)])
        ratio, _ = patches.peaks(spectra)
        alone = (ratio >= PEAK) & (ratio >= PEAK_ELSEWHERE * float(np.median(ratio)))
        maps["resampling"] = patches.stretched(np.where(alone, OUTLYING * ratio / PEAK, 0.0), layout)
        return maps

    def _finding(self, layout: patches.Layout, together: patches.Cells, named: dict[str, int]) -> FindingCore:
        count = int((together >= OUTLYING).sum())
        measurements = {
            "pictures": Measurement(len(self._noise)),
            "cells": Measurement(layout.rows * layout.columns),
            **{
                f"cells_that_differ_in_{name.replace(' ', '_')}": Measurement(named[name], "cells")
                if name in named
                else Measurement("not read")
                for name in MEASURES
            },
        }
        looked = (
            f"{len(self._noise)} pictures, one every {EVERY_S} s, {layout.rows * layout.columns} parts each"
        )
        if not count:
            return CARD.finding(
                KIND,
                Outcome.NOT_OBSERVED,
                f"In {looked}, no part differs much from its surroundings. This is a screening: it excludes nothing.",
                measurements=measurements,
            )
        row, column = np.unravel_index(int(together.argmax()), together.shape)
        by = ", ".join(f"{name} ({number})" for name, number in named.items() if number)
        start, base = self._first or (0, Fraction(1))
        return CARD.finding(
            KIND,
            Outcome.OBSERVED,
            f"In {looked}, {count} differ from their surroundings, by {by}; most of all the part at "
            f"{100 * (int(column) + 0.5) / layout.columns:.0f} % from the left and "
            f"{100 * (int(row) + 0.5) / layout.rows:.0f} % from the top. This is a screening that says where to look: "
            f"texture, overlays and shadows do the same.",
            span=Span.of(start, max(start, self._last), base),
            measurements=measurements,
            grade=Grade.OBSERVATION,
        )


def _eight_bit(frame: Frame) -> NDArray[np.int16]:
    """Luma as whole grey levels 0..255."""
    plane: NDArray[np.uint8] | NDArray[np.uint16] = frame.planes()[0]
    if plane.dtype == np.uint8:
        return plane.astype(np.int16)
    bits = next((b for b in (16, 14, 12, 10, 9) if str(b) in frame.pixel_format[4:]), 10)
    return np.asarray(plane >> (bits - 8), dtype=np.int16)


def examination(kind: Kind) -> Consumer:
    """A fresh examination of one file."""
    return Local()
