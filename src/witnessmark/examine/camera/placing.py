"""Two traces laid over each other as one sensor would have it: same size, turned, or read out smaller.

Only what containers and exports do is tried (never "any shift"): the place itself; a picture stored upside down or on
its side; the whole width of the sensor scaled to another size, the middle staying the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.camera.agreement import Traces, Values
from witnessmark.examine.camera.residual import CameraResidual

SCALED_REACH_PX = 2
"""Places tried around the middle where sizes differ: cameras and exports round crops to even numbers."""
SMALLEST_SCALE = 0.25
"""A trace read out at less than a quarter has lost fifteen of sixteen values."""
LEAST_SHARED_PX = 128 * 96


@dataclass(frozen=True, slots=True)
class Way:
    """How the second is turned or scaled before it is laid on the first. ``looks``: places and turns tried for it."""

    name: str
    turns: int = 0
    """Quarter turns against the clock."""
    scaled: bool = False
    looks: int = 1


SAME = Way("")
UPSIDE_DOWN = Way("turned by 180°", 2)
ON_ITS_SIDE = (Way("turned by 90°", 1), Way("turned by 270°", 3))
SCALED = Way("scaled", scaled=True, looks=(2 * SCALED_REACH_PX + 1) ** 2)


def ways(a: CameraResidual, b: CameraResidual) -> tuple[Way, ...]:
    """Those that two traces allow by the sizes of their pictures, the likeliest first."""
    if (a.width_px, a.height_px) == (b.width_px, b.height_px):
        return (SAME, UPSIDE_DOWN)
    if (a.width_px, a.height_px) == (b.height_px, b.width_px):
        return ON_ITS_SIDE
    scale = min(a.width_px, b.width_px) / max(a.width_px, b.width_px)
    wide = (a.width_px >= a.height_px) == (b.width_px >= b.height_px)
    return (SCALED,) if wide and scale >= SMALLEST_SCALE else ()


@dataclass(frozen=True, slots=True)
class _Placed:
    """Values with the place of their corner in a picture of a size."""

    values: Traces
    left: int
    top: int
    width: int
    height: int


def laid(a: CameraResidual, b: CameraResidual, way: Way) -> tuple[Traces, Traces] | None:
    """Values of both at the points that both hold, equal in shape; None where too few are shared."""
    one, other = _placed(a), _placed(b)
    for _ in range(way.turns):
        other = _turned(other)
    if way.scaled:
        if one.width > other.width:
            one = _scaled(one, other)
        else:
            other = _scaled(other, one)
    left, top = max(one.left, other.left), max(one.top, other.top)
    right = min(p.left + p.values.shape[1] for p in (one, other))
    bottom = min(p.top + p.values.shape[0] for p in (one, other))
    if right <= left or bottom <= top or (right - left) * (bottom - top) < LEAST_SHARED_PX:
        return None
    first, second = (
        p.values[top - p.top : bottom - p.top, left - p.left : right - p.left] for p in (one, other)
    )
    return first, second


def _placed(trace: CameraResidual) -> _Placed:
    return _Placed(trace.values, trace.left_px, trace.top_px, trace.width_px, trace.height_px)


def _turned(placed: _Placed) -> _Placed:
    """By a quarter turn against the clock: what was right is up."""
    columns = placed.values.shape[1]
    values: Any = np.ascontiguousarray(np.rot90(placed.values))
    return _Placed(values, placed.top, placed.width - placed.left - columns, placed.height, placed.width)


def _scaled(large: _Placed, small: _Placed) -> _Placed:
    """The larger at the scale of the smaller, middle on middle, over whatever of it the larger holds."""
    from scipy.ndimage import affine_transform, gaussian_filter  # type: ignore[import-untyped]

    scale = small.width / large.width
    # A box of 1/scale points has this standard deviation; points already are boxes of one.
    blur = np.sqrt(max(0.0, (1 / scale**2 - 1) / 12))
    source: Values = gaussian_filter(large.values.astype(np.float32), blur)
    first = np.array([large.top, large.left], float)
    middle_large = np.array([large.height, large.width]) / 2
    middle_small = np.array([small.height, small.width]) / 2
    corner = np.ceil((first + 0.5 - middle_large) * scale + middle_small - 0.5)
    last = first + np.array(source.shape) - 1
    end = np.floor((last + 0.5 - middle_large) * scale + middle_small - 0.5)
    shape = tuple(int(n) for n in np.maximum(end - corner + 1, 1))
    offset = (corner + 0.5 - middle_small) / scale + middle_large - 0.5 - first
    values: NDArray[np.float32] = affine_transform(
        source, [1 / scale, 1 / scale], offset, shape, np.float32, order=1, mode="constant"
    )
    return _Placed(values, int(corner[1]), int(corner[0]), small.width, small.height)
