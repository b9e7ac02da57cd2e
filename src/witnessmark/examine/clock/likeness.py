"""Hold every numeral against the clock's own seconds: one clock has one font.

The units of the seconds show all ten numerals within ten seconds, and the rule names them beyond doubt. The date,
which never changes, is named by the recogniser alone, and always in the same way, right or wrong: so its numerals
are laid over those of the seconds (normalised correlation, some columns to either side; Lewis, Fast normalized
cross-correlation, 1995). Where another numeral than the recogniser's is clearly nearer, the name is changed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.clock.digits import PlaceOfClock

Values = NDArray[np.float32]

SHIFT_COLUMNS = 2
ALIKE, CLEARER = 0.8, 0.15
"""Correlation from which on two numerals are the same letter, and by which it must beat the recogniser's name."""
LEAST_KNOWN = 6
"""Numerals of the seconds that must be known first."""
LEAST_SEEN = 3


def renamed(places: list[PlaceOfClock], running: int) -> dict[tuple[int, str], str]:
    """Signs that bear the wrong name: (place, name) to the right name."""
    own = places[running]
    known = {name: _image(own, name) for name, sign in own.signs.items() if sign.count >= LEAST_SEEN}
    if len(known) < LEAST_KNOWN:
        return {}
    found: dict[tuple[int, str], str] = {}
    for k, place in enumerate(places):
        if k == running or place.role in "np":
            continue
        for name, sign in place.signs.items():
            if sign.count < LEAST_SEEN or name not in known:
                continue
            image = _image(place, name)
            alike = {other: _correlation(image, numeral) for other, numeral in known.items()}
            best = max(alike, key=lambda other: alike[other])
            if best != name and alike[best] >= ALIKE and alike[best] - alike[name] >= CLEARER:
                found[k, name] = best
    return found


def _image(place: PlaceOfClock, name: str) -> Values:
    """(rows, columns) of a sign's mean."""
    mean = place.signs[name].mean
    return mean.reshape(-1, place.columns)


def _correlation(first: Values, second: Values) -> float:
    """Largest normalised correlation over small shifts; 0 where the two have no common size."""
    rows = min(first.shape[0], second.shape[0])
    columns = min(first.shape[1], second.shape[1]) - SHIFT_COLUMNS
    if columns < 2:
        return 0.0
    best = -1.0
    for left in range(first.shape[1] - columns + 1):
        for right in range(second.shape[1] - columns + 1):
            a = first[:rows, left : left + columns].ravel()
            b = second[:rows, right : right + columns].ravel()
            a, b = a - a.mean(), b - b.mean()
            length = float(np.linalg.norm(a) * np.linalg.norm(b))
            best = max(best, float(a @ b) / length if length else 0.0)
    return best
