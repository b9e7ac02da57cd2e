"""Series of an item, as each examination left them: never replaced, and held against the log when read.

A report as of an old checkpoint must draw what was drawn then, so a series is kept under its name and the attempt
that made it, and the log holds its digest. What the log does not speak of is not drawn; what it speaks of and the
catalogue does not hold, or holds otherwise, is counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from witnessmark.case.case import Case
from witnessmark.model.consumer import Feature
from witnessmark.model.series import PREFIX, Series, series_from_feature

BY = "@"
"""Between the name of a series and the attempt that made it."""


def kept(feature: Feature, attempt_id: str) -> Feature:
    """A series under the name of its attempt; every other feature as it is."""
    return replace(feature, name=f"{feature.name}{BY}{attempt_id}") if is_series(feature) else feature


def is_series(feature: Feature) -> bool:
    return feature.name.startswith(PREFIX)


def digests(features: Iterable[Feature]) -> dict[str, str]:
    """What the log says of the series of one attempt: name and SHA-256."""
    return {f.name: hashlib.sha256(f.data).hexdigest() for f in features if is_series(f)}


@dataclass(slots=True)
class SeriesLog:
    """Which series stood, by item, as the log is read from its beginning."""

    standing: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    """Item id: name of the series: (attempt, digest)."""
    _examiners: dict[str, set[str]] = field(default_factory=dict)

    def examined(self, data: Mapping[str, Any]) -> None:
        """Take one examination. One that asked every earlier examiner again replaces all series of the item."""
        item_id, attempt = str(data["item"]), str(data["attempt"])
        asked = set(data.get("findings", {}))
        earlier = self._examiners.setdefault(item_id, set())
        if asked >= earlier:
            self.standing[item_id] = {}
        earlier |= asked
        made = {name: (attempt, digest) for name, digest in data.get("series", {}).items()}
        self.standing.setdefault(item_id, {}).update(made)


def read_series(
    case: Case, item_id: str, standing: Mapping[str, tuple[str, str]]
) -> tuple[tuple[Series, ...], int]:
    """(series that are as the log says, by name; how many are not)."""
    if not standing:
        return (), 0
    held = {h.feature.name: h.feature for h in case.catalogue.features(item_id=item_id)}
    found: list[Series] = []
    lost = 0
    for name, (attempt, digest) in sorted(standing.items()):
        feature = held.get(f"{name}{BY}{attempt}")
        if feature is None or hashlib.sha256(feature.data).hexdigest() != digest:
            lost += 1
            continue
        try:
            series = series_from_feature(replace(feature, name=name))
            series.to_feature()  # raises for what JSON lets through and RFC 8785 does not: infinities and NaN
            found.append(series)
        except ValueError:
            lost += 1
    return tuple(found), lost
