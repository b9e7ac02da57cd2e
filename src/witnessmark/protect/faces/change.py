"""Where a picture changed since it was last looked at: a fixed camera need not be searched all over again.

Every fourth sample of luma is held against the reference; a 16-sample cell (64 pixels) in which a sixteenth of the
samples differ by more than the noise of a camera has changed. What stays below (a face that comes up out of the dark
over minutes, one smaller than the noise) waits for the looks at the whole picture that come in turn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEP_PX = 4
CELL = 16
LEVELS = 20
"""Grey levels: of two pictures with the noise of small sensors after coding (standard deviation some 5 each) fewer than
one sample in two hundred differs by more. In stronger noise more is looked at than needed."""
SHARE = 1 / 16
MARGIN_PX = 64
MOST_SHARE = 0.7
"""Above this share of the picture, the whole is looked at."""

Area = tuple[int, int, int, int]


class Changes:
    """Keeps what each part looked like when it was last looked at."""

    def __init__(self) -> None:
        self._reference: NDArray[np.int16] | None = None

    def since_last(self, picture: NDArray[np.uint8], *, whole: bool) -> Area | None:
        """The rectangle round everything that changed (empty: 0, 0, 0, 0), or None: look at all of it.

        ``picture``: (height, width), grey.
        """
        height, width = picture.shape[:2]
        samples = picture[::STEP_PX, ::STEP_PX].astype(np.int16)
        before = self._reference
        if whole or before is None or before.shape != samples.shape:
            self._reference = samples
            return None
        rows, columns = _changed_cells(np.abs(samples - before) > LEVELS)
        if not len(rows):
            return (0, 0, 0, 0)
        side = STEP_PX * CELL
        left, top = max(0, int(columns.min()) * side - MARGIN_PX), max(0, int(rows.min()) * side - MARGIN_PX)
        right = min(width, (int(columns.max()) + 1) * side + MARGIN_PX)
        bottom = min(height, (int(rows.max()) + 1) * side + MARGIN_PX)
        if (right - left) * (bottom - top) > MOST_SHARE * width * height:
            self._reference = samples
            return None
        part = (slice(top // STEP_PX, -(-bottom // STEP_PX)), slice(left // STEP_PX, -(-right // STEP_PX)))
        before[part] = samples[part]
        return (left, top, right, bottom)


def _changed_cells(changed: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(rows, columns) of cells; the last ones may be smaller."""
    sums = np.add.reduceat(changed, np.arange(0, changed.shape[0], CELL), axis=0, dtype=np.int32)
    sums = np.add.reduceat(sums, np.arange(0, changed.shape[1], CELL), axis=1)
    rows, columns = np.nonzero(sums >= SHARE * CELL * CELL)
    return rows, columns
