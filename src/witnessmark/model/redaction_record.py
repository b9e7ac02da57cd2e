"""Where the work of hiding stands for one item: what was proposed, what a person decided, what is still open."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from witnessmark.model.doubts import Stretch
from witnessmark.model.redaction import Masks, Track, TrackState
from witnessmark.model.time import Span

SCHEMA = "witnessmark/redaction/1"


@dataclass(frozen=True, slots=True)
class Redaction:
    """Stays in the case. Tracks and stretches in order of appearance."""

    stream: int
    width_px: int
    height_px: int
    base: Fraction
    """Time base of the video stream."""
    rate: Fraction | None
    """Declared pictures a second."""
    pictures: int
    length_ms: int
    """Of the whole recording by the clock of its pictures."""
    tracks: tuple[Track, ...]
    stretches: tuple[Stretch, ...]
    span: Span | None = None
    """Only this much was searched; no more than this may be shown."""
    sound_stream: int | None = None
    sound_base: Fraction | None = None
    speech: tuple[Span, ...] = ()
    searched: tuple[str, ...] = ("faces",)
    """What was looked for: faces, texts, voice."""
    build: str = ""
    sandbox: str = ""

    @property
    def masks(self) -> Masks:
        return Masks(self.stream, self.width_px, self.height_px, self.tracks)

    @property
    def unconfirmed(self) -> tuple[Track, ...]:
        return tuple(track for track in self.tracks if track.state is TrackState.PROPOSED)

    @property
    def uncovered(self) -> tuple[Stretch, ...]:
        """Stretches that nobody has cleared."""
        return tuple(stretch for stretch in self.stretches if not stretch.cleared)

    def with_work(self, tracks: tuple[Track, ...], stretches: tuple[Stretch, ...]) -> Redaction:
        return replace(self, tracks=tracks, stretches=stretches)

    @property
    def digest(self) -> str:
        """SHA-256 of the stored form, as hex: what the custody log says of it."""
        return hashlib.sha256(self.stored()).hexdigest()

    def stored(self) -> bytes:
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":")).encode("utf-8")

    def to_json(self) -> dict[str, object]:
        return {
            "schema": SCHEMA,
            "stream": self.stream,
            "width_px": self.width_px,
            "height_px": self.height_px,
            "base": _text(self.base),
            "rate": _text(self.rate) if self.rate else None,
            "pictures": self.pictures,
            "length_ms": self.length_ms,
            "tracks": [track.to_json() for track in self.tracks],
            "stretches": [stretch.to_json() for stretch in self.stretches],
            "span": self.span.to_json() if self.span else None,
            "sound_stream": self.sound_stream,
            "sound_base": _text(self.sound_base) if self.sound_base else None,
            "speech": [span.to_json() for span in self.speech],
            "searched": list(self.searched),
            "build": self.build,
            "sandbox": self.sandbox,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Redaction:
        if document.get("schema") != SCHEMA:
            raise ValueError("a redaction of another version")
        span, rate, sound_base = document["span"], document["rate"], document["sound_base"]
        return cls(
            stream=int(document["stream"]),
            width_px=int(document["width_px"]),
            height_px=int(document["height_px"]),
            base=Fraction(document["base"]),
            rate=Fraction(rate) if rate else None,
            pictures=int(document["pictures"]),
            length_ms=int(document["length_ms"]),
            tracks=tuple(map(Track.from_json, document["tracks"])),
            stretches=tuple(map(Stretch.from_json, document["stretches"])),
            span=Span.from_json(span) if span else None,
            sound_stream=document["sound_stream"],
            sound_base=Fraction(sound_base) if sound_base else None,
            speech=tuple(map(Span.from_json, document["speech"])),
            searched=tuple(document["searched"]),
            build=str(document["build"]),
            sandbox=str(document["sandbox"]),
        )


def _text(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
