"""What a redaction consists of: boxes that move with people, the tiles they hide, and what is made of them.

Types only. Boxes are in pixels of the raw picture **as decoded** (before any turning by a display matrix and any
scaling), because the seal's tiles lie on that grid: what is hidden in public is always a set of whole 64x64 tiles
of it (docs/spec/redactable-seal.md). The identity of a picture is (stream, decode-output ordinal); time stamps
ride along because people think in time, and are never counted on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any

from witnessmark.model.time import Span

TILE_PX = 64
"""Side of a tile of the seal (docs/spec/redactable-seal.md, Tiles)."""


class Hidden(StrEnum):
    """What a track follows."""

    FACE = "face"
    HEAD = "head"
    """A head whose face cannot be seen: followed, not recognised. A person must look at it."""
    BODY = "body"
    TEXT = "text"
    PLATE = "plate"
    FREE = "free"
    """Drawn by hand, whatever it is."""


class TrackState(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    """A person looked and said that nothing is to be hidden here (a printed face, a false find)."""


class MadeBy(StrEnum):
    MACHINE = "machine"
    HAND = "hand"


class Sound(StrEnum):
    """What becomes of the sound. The default is none at all."""

    NONE = "none"
    SILENCE = "silence"
    """Exact zeros where somebody speaks."""
    TONE = "tone"
    """A steady tone where somebody speaks."""
    DISGUISE = "disguise"
    """Noise shaped like whispered speech where somebody speaks: words may be understood, the voice is not kept."""


class Form(StrEnum):
    """What is shown: words only, still pictures, or a video."""

    STATEMENT = "statement"
    STILLS = "stills"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in whole pixels of the raw picture; ``right`` and ``bottom`` are not part of it."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError("a box has a width and a height")

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def clipped(self, width_px: int, height_px: int) -> Box | None:
        """The part of it inside the picture, or None where there is none."""
        left, top = max(0, self.left), max(0, self.top)
        right, bottom = min(width_px, self.right), min(height_px, self.bottom)
        return Box(left, top, right, bottom) if right > left and bottom > top else None

    def widened(self, share: float) -> Box:
        """Larger by ``share`` of its own width and height on each side, rounded outward."""
        across, down = int(self.width * share + 0.999), int(self.height * share + 0.999)
        return Box(self.left - across, self.top - down, self.right + across, self.bottom + down)

    def to_json(self) -> list[int]:
        return [self.left, self.top, self.right, self.bottom]

    @classmethod
    def from_json(cls, document: Sequence[int]) -> Box:
        left, top, right, bottom = document
        return cls(left, top, right, bottom)


@dataclass(frozen=True, slots=True)
class KeyBox:
    """Where the box stands in one picture."""

    stream: int
    ordinal: int
    pts: int | None
    box: Box
    confidence: float = 1.0
    """0 to 1: how sure the detector or tracker was. Boxes drawn by hand are 1."""

    def to_json(self) -> dict[str, object]:
        return {
            "stream": self.stream,
            "ordinal": self.ordinal,
            "pts": self.pts,
            "box": self.box.to_json(),
            "confidence": round(self.confidence, 3),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> KeyBox:
        return cls(
            int(document["stream"]),
            int(document["ordinal"]),
            None if document["pts"] is None else int(document["pts"]),
            Box.from_json(document["box"]),
            float(document["confidence"]),
        )


@dataclass(frozen=True, slots=True)
class Track:
    """One thing that is hidden, from its first key box to its last; between two keys the box moves evenly.

    All keys are of one stream, with rising ordinals. Outside its keys a track hides nothing.
    """

    track_id: str
    """Random."""
    what: Hidden
    keys: tuple[KeyBox, ...]
    state: TrackState = TrackState.PROPOSED
    made_by: MadeBy = MadeBy.MACHINE
    note: str = ""
    """A person's word about it ("poster on the wall"). Never leaves the case."""

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("a track has at least one key box")
        ordinals = [key.ordinal for key in self.keys]
        if any(b <= a for a, b in pairwise(ordinals)):
            raise ValueError("the key boxes of a track stand in rising order")
        if len({key.stream for key in self.keys}) != 1:
            raise ValueError("a track stays in one stream")

    @property
    def stream(self) -> int:
        return self.keys[0].stream

    @property
    def first(self) -> int:
        return self.keys[0].ordinal

    @property
    def last(self) -> int:
        return self.keys[-1].ordinal

    def box_at(self, ordinal: int) -> Box | None:
        """The box in that picture; between keys it covers where an even motion puts it, rounded outward."""
        if not self.first <= ordinal <= self.last:
            return None
        after = bisect_right(self.keys, ordinal, key=lambda key: key.ordinal)
        before = self.keys[after - 1]
        if before.ordinal == ordinal or after == len(self.keys):
            return before.box
        return _between(before, self.keys[after], ordinal)

    def to_json(self) -> dict[str, object]:
        return {
            "track_id": self.track_id,
            "what": str(self.what),
            "state": str(self.state),
            "made_by": str(self.made_by),
            "note": self.note,
            "keys": [key.to_json() for key in self.keys],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Track:
        """Raises KeyError, TypeError or ValueError for what is no track."""
        return cls(
            track_id=str(document["track_id"]),
            what=Hidden(document["what"]),
            keys=tuple(KeyBox.from_json(key) for key in document["keys"]),
            state=TrackState(document["state"]),
            made_by=MadeBy(document["made_by"]),
            note=str(document.get("note", "")),
        )


def _between(before: KeyBox, after: KeyBox, ordinal: int) -> Box:
    step, whole = ordinal - before.ordinal, after.ordinal - before.ordinal
    a, b = before.box, after.box

    def low(x: int, y: int) -> int:
        return (x * (whole - step) + y * step) // whole

    def high(x: int, y: int) -> int:
        return -((-x * (whole - step) - y * step) // whole)

    return Box(low(a.left, b.left), low(a.top, b.top), high(a.right, b.right), high(a.bottom, b.bottom))


@dataclass(frozen=True, slots=True)
class Masks:
    """All tracks of one stream of one item. Rejected ones hide nothing; proposed ones hide like confirmed ones."""

    stream: int
    width_px: int
    height_px: int
    """Size of the raw picture as decoded."""
    tracks: tuple[Track, ...] = ()

    @property
    def in_force(self) -> tuple[Track, ...]:
        return tuple(
            track
            for track in self.tracks
            if track.stream == self.stream and track.state is not TrackState.REJECTED
        )

    def boxes_at(self, ordinal: int) -> tuple[Box, ...]:
        """What is hidden in one picture, clipped to it."""
        found = (track.box_at(ordinal) for track in self.in_force)
        clipped = (box.clipped(self.width_px, self.height_px) for box in found if box is not None)
        return tuple(box for box in clipped if box is not None)

    def tiles_at(self, ordinal: int) -> tuple[int, ...]:
        """The whole tiles that are hidden in one picture."""
        return hidden_tiles(self.boxes_at(ordinal), self.width_px, self.height_px)

    def to_json(self) -> dict[str, object]:
        return {
            "stream": self.stream,
            "width_px": self.width_px,
            "height_px": self.height_px,
            "tracks": [track.to_json() for track in self.tracks],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Masks:
        return cls(
            int(document["stream"]),
            int(document["width_px"]),
            int(document["height_px"]),
            tuple(Track.from_json(track) for track in document["tracks"]),
        )


def hidden_tiles(boxes: Iterable[Box], width_px: int, height_px: int) -> tuple[int, ...]:
    """Indexes of all tiles that a box touches, rising; ``row * columns + column`` as the seal numbers them."""
    columns = -(-width_px // TILE_PX)
    found: set[int] = set()
    for box in boxes:
        inside = box.clipped(width_px, height_px)
        if inside is None:
            continue
        across = range(inside.left // TILE_PX, (inside.right - 1) // TILE_PX + 1)
        for row in range(inside.top // TILE_PX, (inside.bottom - 1) // TILE_PX + 1):
            found.update(row * columns + column for column in across)
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class SoundChoice:
    """What becomes of the sound, and where somebody speaks."""

    choice: Sound = Sound.NONE
    stream: int | None = None
    spans: tuple[Span, ...] = ()
    """Stretches of speech, in the sound stream's own ticks. Not looked at where the choice is none."""

    def to_json(self) -> dict[str, object]:
        return {
            "choice": str(self.choice),
            "stream": self.stream,
            "spans": [span.to_json() for span in self.spans],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> SoundChoice:
        stream = document["stream"]
        return cls(
            Sound(document["choice"]),
            None if stream is None else int(stream),
            tuple(Span.from_json(span) for span in document["spans"]),
        )


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a derivative shows. Stays in the case: trims and spans are secrets."""

    masks: Masks
    span: Span | None = None
    """The stretch asked for, in the video stream's own ticks; None: all of it."""
    sound: SoundChoice = SoundChoice()
    form: Form = Form.VIDEO
    trim_start_ms: int = 0
    trim_end_ms: int = 0
    """Cut off at both ends besides, from the item's secret key: neither length nor first picture of the raw shows, and
    all releases of the item are cut alike."""

    def to_json(self) -> dict[str, object]:
        return {
            "masks": self.masks.to_json(),
            "span": None if self.span is None else self.span.to_json(),
            "sound": self.sound.to_json(),
            "form": str(self.form),
            "trim_start_ms": self.trim_start_ms,
            "trim_end_ms": self.trim_end_ms,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Recipe:
        span = document["span"]
        return cls(
            Masks.from_json(document["masks"]),
            None if span is None else Span.from_json(span),
            SoundChoice.from_json(document["sound"]),
            Form(document["form"]),
            int(document["trim_start_ms"]),
            int(document["trim_end_ms"]),
        )


@dataclass(frozen=True, slots=True)
class PublicFrame:
    """Which raw picture a picture of the public video shows."""

    number: int
    """Count of the public video's pictures, from 0; it stands there at ``number / rate`` seconds."""
    stream: int
    ordinal: int
    pts: int | None
    is_black: bool = False
    """The raw picture has another size than the masks were drawn on: the public one is black as a whole, and nothing
    of the raw one may be opened."""


@dataclass(frozen=True, slots=True)
class PublicMap:
    """How a public video lies over the raw. Stays in the case; a bundle shows of it what it must.

    The whole raw picture (turned by ``quarter_turns`` clockwise) is scaled into the rectangle that starts at
    (0, 0) of the public picture and is ``width_px`` by ``height_px`` large; below it lies the strip.
    """

    rate: Fraction
    raw_width_px: int
    raw_height_px: int
    width_px: int
    height_px: int
    strip_px: int
    """Height of the strip below the picture; the coded height is ``height_px + strip_px``."""
    quarter_turns: int
    frames: tuple[PublicFrame, ...]

    def time_s(self, number: int) -> float:
        return float(number / self.rate)

    def to_json(self) -> dict[str, object]:
        return {
            "rate": f"{self.rate.numerator}/{self.rate.denominator}",
            "raw": [self.raw_width_px, self.raw_height_px],
            "public": [self.width_px, self.height_px],
            "strip_px": self.strip_px,
            "quarter_turns": self.quarter_turns,
            "frames": [[f.number, f.stream, f.ordinal, f.pts, f.is_black] for f in self.frames],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> PublicMap:
        raw, public = document["raw"], document["public"]
        return cls(
            Fraction(document["rate"]),
            int(raw[0]),
            int(raw[1]),
            int(public[0]),
            int(public[1]),
            int(document["strip_px"]),
            int(document["quarter_turns"]),
            tuple(
                PublicFrame(n, stream, ordinal, pts, black)
                for n, stream, ordinal, pts, black in document["frames"]
            ),
        )
