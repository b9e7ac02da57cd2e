"""``CameraResidual``: the trace of one recording's sensor as it is kept, and its binary form.

Each picture point is -1, 0 or +1 (0 also where it is masked), five to a byte. Three levels keep 0.90 of the
correlation that the unrounded values would have, on each side (Max, Quantizing for minimum distortion, IRE Trans. IT-6,
1960: distortion 0.190 at thresholds of 0.612 standard deviations); one bit keeps 0.80 (Bayram, Sencar, Memon, Efficient
sensor fingerprint matching through fingerprint binarization, IEEE TIFS 7(4), 2012).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.consumer import Feature

NAME = "camera.residual"
VERSION = 1
SCENE_ROWS, SCENE_COLUMNS = 18, 32
"""Size of the mean picture that is kept to know the same view again."""
LARGEST_PX = 2560 * 1920
"""Points of the largest crop (stills)."""
_HEAD = struct.Struct("<BBHHHHHHHHff")
_PER_BYTE = 5
_POWERS = np.array([1, 3, 9, 27, 81], np.uint8)


class Usable(StrEnum):
    """Whether the trace may be compared, or the first reason why not."""

    YES = "usable"
    NO_LUMA = "no_luma"
    SMALL = "small"
    DARK = "dark"
    FEW = "few_pictures"
    COVERED = "covered"
    UNSTEADY = "unsteady"


_STATES = tuple(Usable)


@dataclass(frozen=True, slots=True)
class CameraResidual:
    """What ``examiners/camera.py`` leaves of one recording."""

    is_still: bool
    state: Usable
    width_px: int
    height_px: int
    """Of the whole picture, as it is coded."""
    left_px: int
    top_px: int
    pictures: int
    """Pictures that were added up."""
    correlation: float
    """Of the first half of the pictures with the second, at their own place; 0 for one picture."""
    strength: float
    """The same in standard deviations of what it is at other places."""
    values: NDArray[np.int8]
    """(rows, columns) of the crop, -1, 0, +1. Empty where the trace may not be compared."""
    scene: NDArray[np.uint8]
    """(18, 32): mean picture of the crop."""

    def __post_init__(self) -> None:
        rows, columns = self.values.shape
        inside = self.left_px + columns <= self.width_px and self.top_px + rows <= self.height_px
        if self.scene.shape != (SCENE_ROWS, SCENE_COLUMNS) or not inside or self.values.size > LARGEST_PX:
            raise ValueError("a trace of a sensor that does not fit its picture")

    @property
    def is_usable(self) -> bool:
        return self.state is Usable.YES

    @property
    def reliability(self) -> float | None:
        """Share of the variance that stays from half to half, for all pictures together; None for one picture.

        Source: Spearman, Brown, Brit. J. Psychology 3, 1910: r of the whole = 2r / (1 + r) of its halves.
        """
        if self.pictures < 2:
            return None
        r = min(max(self.correlation, 0.0), 1.0)
        return 2 * r / (1 + r)

    def to_feature(self) -> Feature:
        rows, columns = self.values.shape
        head = _HEAD.pack(
            int(self.is_still),
            _STATES.index(self.state),
            self.width_px,
            self.height_px,
            self.left_px,
            self.top_px,
            columns,
            rows,
            self.pictures,
            0,
            self.correlation,
            self.strength,
        )
        flat = np.zeros(-(-self.values.size // _PER_BYTE) * _PER_BYTE, np.uint8)
        flat[: self.values.size] = (self.values + 1).ravel().view(np.uint8)
        packed = (flat.reshape(-1, _PER_BYTE) * _POWERS).sum(axis=1, dtype=np.uint8)
        return Feature(NAME, VERSION, head + self.scene.tobytes() + packed.tobytes())


def read_residual(feature: Feature) -> CameraResidual:
    """The trace that ``to_feature`` was made from. Raises ValueError where no honest examination wrote it."""
    data = feature.data
    scene_end = _HEAD.size + SCENE_ROWS * SCENE_COLUMNS
    if (feature.name, feature.version) != (NAME, VERSION) or len(data) < scene_end:
        raise ValueError("not a trace of a sensor of this version")
    still, state, width, height, left, top, columns, rows, pictures, _, correlation, strength = (
        _HEAD.unpack_from(data)
    )
    packed = np.frombuffer(data, np.uint8, offset=scene_end)
    if still > 1 or state >= len(_STATES) or not (abs(correlation) <= 1 and abs(strength) < 1e6):
        raise ValueError("a trace of a sensor that says what cannot be")
    if len(packed) != -(-rows * columns // _PER_BYTE) or (len(packed) and packed.max() >= 3**_PER_BYTE):
        raise ValueError("a trace of a sensor that is cut short or damaged")
    values = _table()[packed].reshape(-1)[: rows * columns].reshape(rows, columns)
    scene = np.frombuffer(data, np.uint8, SCENE_ROWS * SCENE_COLUMNS, _HEAD.size)
    return CameraResidual(
        bool(still),
        _STATES[state],
        width,
        height,
        left,
        top,
        pictures,
        float(correlation),
        float(strength),
        values,
        scene.reshape(SCENE_ROWS, SCENE_COLUMNS),
    )


@cache
def _table() -> NDArray[np.int8]:
    """The five values of every byte."""
    digits = np.arange(3**_PER_BYTE)[:, None] // _POWERS[None, :].astype(int) % 3
    return np.asarray(digits - 1, np.int8)
