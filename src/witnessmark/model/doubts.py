"""Stretches of a recording in which cover is doubtful or missing, until a person clears them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from witnessmark.model.redaction import Box


class Doubt(StrEnum):
    """Why a person must look at a stretch before anything may go out."""

    HEAD_FOLLOWED = "head_followed"
    """Covered by following a head whose face was not seen."""
    GAP_FILLED = "gap_filled"
    """Covered by an even motion between two places; nothing was followed there."""
    ENDED_INSIDE = "ended_inside"
    """A track ends (or begins) in the middle of the picture: whoever it was may still (or already) be there."""
    POSSIBLE_FACE = "possible_face"
    """Something too unlike a face to begin a track. It is not covered."""
    TOO_DARK = "too_dark"
    NOT_SEEN = "not_seen"
    """Pictures were damaged, missing or of another size here, and nobody looked for faces in them."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch in which cover is doubtful or missing, until a person clears it."""

    stretch_id: str
    """Random."""
    doubt: Doubt
    stream: int
    first: int
    """Ordinal of its first picture."""
    last: int
    first_pts: int | None
    last_pts: int | None
    track_id: str = ""
    box: Box | None = None
    """Where to look, if it is one place."""
    cleared: bool = False

    def to_json(self) -> dict[str, object]:
        return {
            "stretch_id": self.stretch_id,
            "doubt": str(self.doubt),
            "stream": self.stream,
            "first": self.first,
            "last": self.last,
            "first_pts": self.first_pts,
            "last_pts": self.last_pts,
            "track_id": self.track_id,
            "box": None if self.box is None else self.box.to_json(),
            "cleared": self.cleared,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Stretch:
        """Raises KeyError, TypeError or ValueError for what is no stretch."""
        box = document["box"]
        return cls(
            str(document["stretch_id"]),
            Doubt(document["doubt"]),
            int(document["stream"]),
            int(document["first"]),
            int(document["last"]),
            document["first_pts"],
            document["last_pts"],
            str(document["track_id"]),
            None if box is None else Box.from_json(box),
            document["cleared"] is True,
        )
