"""What the jailed children of a redaction say, checked before anyone believes its shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from witnessmark.case.checked import Checked, broken
from witnessmark.model.doubts import Stretch
from witnessmark.model.redaction import Box, KeyBox, PublicMap, Track
from witnessmark.model.time import Span

TRACKS, STRETCHES, KEYS, SPANS, FACES, PICTURES = 200_000, 200_000, 2_000_000, 200_000, 5_000, 1 << 31
LARGEST_PX = 1 << 17
VIDEO_BYTES = 4 << 30
VIDEOS = ("public", "small")
LEVELS = {"S0", "S1", "S2", "S3"}

OnPictures = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The last record of ``propose``."""

    sandbox: str
    build: str
    stream: int
    width_px: int
    height_px: int
    base: Fraction
    rate: Fraction | None
    pictures: int
    length_ms: int
    sound_stream: int | None
    sound_base: Fraction | None
    speech: tuple[Span, ...]
    cpu_s: float
    failures: tuple[str, ...]


@dataclass(slots=True)
class ProposalReader:
    """Give ``on_record`` to ``jail.run``. ``tracks`` and ``stretches`` grow; ``done`` is None until the end."""

    on_pictures: OnPictures | None = None
    tracks: list[Track] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    done: Proposal | None = None
    nothing_to_see: bool = False
    _keys: int = 0

    def on_record(self, record: dict[str, Any]) -> None:
        checked = Checked(record)
        kind = checked.text("type", 20)
        if self.done is not None:
            raise broken("a record after the last")
        if kind == "track":
            self._track(checked.only("type", "track").inner("track"))
        elif kind == "stretch":
            self._stretch(checked.only("type", "stretch").inner("stretch"))
        elif kind == "progress":
            tell(checked, self.on_pictures)
        elif kind == "nothing_to_see":
            self.nothing_to_see = True
        elif kind == "done":
            self.done = _proposal(checked)
        else:
            raise broken("a record of unknown type")

    def _track(self, track: Checked) -> None:
        track.only("track_id", "what", "state", "made_by", "note", "keys")
        if len(self.tracks) >= TRACKS or track.text("note", 0) or track.text("state", 16) != "proposed":
            raise broken("a track that no machine proposes")
        if track.text("made_by", 16) != "machine" or not track.text("track_id", 64):
            raise broken("a track that no machine proposes")
        keys = track.inners("keys", KEYS)
        self._keys += len(keys)
        if self._keys > KEYS:
            raise broken("too many key boxes")
        for key in keys:
            check_key(key)
        try:
            self.tracks.append(Track.from_json(track.whole()))
        except (KeyError, TypeError, ValueError):
            raise broken("a track that is none") from None

    def _stretch(self, stretch: Checked) -> None:
        stretch.only(
            *("stretch_id", "doubt", "stream", "first", "last", "first_pts", "last_pts"),
            *("track_id", "box", "cleared"),
        )
        if len(self.stretches) >= STRETCHES or stretch.get("cleared") is not False:
            raise broken("a stretch that no machine makes")
        stretch.text("stretch_id", 64), stretch.text("track_id", 64)
        for name in ("first", "last"):
            stretch.integer(name, 0, PICTURES)
        for name in ("first_pts", "last_pts"):
            if stretch.get(name) is not None:
                stretch.integer(name, -(1 << 62), 1 << 62)
        stretch.integer("stream", 0, 1 << 16)
        if stretch.get("box") is not None:
            check_box(stretch.get("box"))
        try:
            self.stretches.append(Stretch.from_json(stretch.whole()))
        except (KeyError, TypeError, ValueError):
            raise broken("a stretch that is none") from None


def check_key(key: Checked) -> KeyBox:
    """A key box with whole numbers in range. Raises ProtocolBroken."""
    key.only("stream", "ordinal", "pts", "box", "confidence")
    key.integer("stream", 0, 1 << 16)
    key.integer("ordinal", 0, PICTURES)
    if key.get("pts") is not None:
        key.integer("pts", -(1 << 62), 1 << 62)
    if not 0 <= key.number("confidence") <= 1:
        raise broken("a confidence out of range")
    check_box(key.get("box"))
    return KeyBox.from_json(key.whole())


def check_box(box: Any) -> Box:
    """Four whole numbers in range that make a rectangle. Raises ProtocolBroken."""
    if not isinstance(box, list) or len(box) != 4:
        raise broken("a box that is none")
    if any(not isinstance(n, int) or isinstance(n, bool) or abs(n) > LARGEST_PX for n in box):
        raise broken("a box that is none")
    try:
        return Box.from_json(box)
    except ValueError:
        raise broken("a box that is none") from None


def tell(record: Checked, on_pictures: OnPictures | None) -> None:
    pictures = record.only("type", "pictures").integer("pictures", 0, PICTURES)
    if on_pictures is not None:
        on_pictures(pictures)


def _proposal(record: Checked) -> Proposal:
    record.only(
        *("type", "sandbox", "build", "stream", "width_px", "height_px", "base", "rate", "pictures"),
        *("length_ms", "sound_stream", "sound_base", "speech", "looks", "cpu_s", "faults", "failures"),
    )
    sound_base = Fraction(record.fraction("sound_base")) if record.get("sound_base") else None
    rows = record.rows("speech", SPANS, 2)
    if rows and sound_base is None:
        raise broken("speech where there is no sound")
    record.rows("looks", 100, 2), record.texts("faults", 100, 64)
    speech = []
    for row in rows:
        start, end = (row.integer(n, -(1 << 62), 1 << 62) for n in ("0", "1"))
        if end < start or sound_base is None:
            raise broken("a stretch that runs backwards")
        speech.append(Span.of(start, end, sound_base))
    return Proposal(
        sandbox=record.one_of("sandbox", LEVELS),
        build=record.text("build", 4096),
        stream=record.integer("stream", 0, 1 << 16),
        width_px=record.integer("width_px", 1, LARGEST_PX),
        height_px=record.integer("height_px", 1, LARGEST_PX),
        base=Fraction(record.fraction("base")),
        rate=Fraction(record.fraction("rate")) if record.get("rate") else None,
        pictures=record.integer("pictures", 0, PICTURES),
        length_ms=record.integer("length_ms", 0, 1 << 40),
        sound_stream=record.integer("sound_stream", 0, 1 << 16)
        if record.get("sound_stream") is not None
        else None,
        sound_base=sound_base,
        speech=tuple(speech),
        cpu_s=record.number("cpu_s"),
        failures=failures(record),
    )


def failures(record: Checked) -> tuple[str, ...]:
    """Consumers that broke, with the type of their fault."""
    return tuple(f"{row.text('0', 64)}: {row.text('1', 200)}" for row in record.rows("failures", 100, 2))


@dataclass(slots=True, kw_only=True)
class MakingReader(ABC):
    """The parent's side of a pass that makes something for the public: where it lies over the raw, and how it ended."""

    on_pictures: OnPictures | None = None
    map: PublicMap | None = None
    is_done: bool = False
    sandbox: str = ""
    build: str = ""
    failures: tuple[str, ...] = ()
    nothing_to_see: bool = False

    def on_record(self, record: dict[str, Any]) -> None:
        """Raises ProtocolBroken for a record that no honest child sends."""
        checked = Checked(record)
        kind = checked.text("type", 20)
        if kind == "map" and self.map is None:
            self.map = self.laid(checked)
        elif kind == "progress":
            tell(checked, self.on_pictures)
        elif kind == "nothing_to_see":
            self.nothing_to_see = True
        elif kind == "done" and not self.is_done:
            checked.only("type", "sandbox", "build", "cpu_s", "faults", "failures")
            self.sandbox = checked.one_of("sandbox", LEVELS)
            self.build = checked.text("build", 4096)
            self.failures = failures(checked)
            self.is_done = True
        else:
            raise broken("a record of unknown type")

    @abstractmethod
    def laid(self, record: Checked) -> PublicMap:
        """The map that this record holds, checked as far as the pass allows."""


@dataclass(slots=True)
class DerivativeReader(MakingReader):
    """``sink(name, piece, is_last)`` takes the videos as they come."""

    sink: Callable[[str, bytes, bool], None]
    hidden_tiles: int = 0
    _bytes: dict[str, int] = field(default_factory=dict)
    _complete: set[str] = field(default_factory=set)

    def laid(self, record: Checked) -> PublicMap:
        record.only("type", "map", "hidden_tiles")
        self.hidden_tiles = record.integer("hidden_tiles", 0, 1 << 50)
        return read_map(record.inner("map"))

    def on_blob(self, name: str, piece: bytes, is_last: bool) -> None:
        prefix, _, which = name.partition(".")
        if prefix != "derivative" or which not in VIDEOS or which in self._complete:
            raise broken("a blob that was not asked for")
        self._bytes[which] = self._bytes.get(which, 0) + len(piece)
        if self._bytes[which] > VIDEO_BYTES:
            raise broken("a video that is too long")
        self.sink(which, piece, is_last)
        if is_last:
            self._complete.add(which)

    @property
    def is_whole(self) -> bool:
        return self.is_done and self.map is not None and self._complete == set(VIDEOS)


def read_map(document: Checked) -> PublicMap:
    """Raises ProtocolBroken for what is no map of a public video."""
    document.only("rate", "raw", "public", "strip_px", "quarter_turns", "frames")
    document.fraction("rate")
    document.integer("strip_px", 0, LARGEST_PX), document.integer("quarter_turns", 0, 3)
    for n, row in enumerate(document.rows("frames", 20_000_000, 5)):
        if row.integer("0", 0, PICTURES) != n:
            raise broken("public pictures out of order")
        row.integer("1", 0, 1 << 16), row.integer("2", 0, PICTURES)
        if row.get("3") is not None:
            row.integer("3", -(1 << 62), 1 << 62)
        if not isinstance(row.get("4"), bool):
            raise broken("a picture that is neither shown nor black")
    for name in ("raw", "public"):
        sizes = document.get(name)
        if (
            not isinstance(sizes, list)
            or len(sizes) != 2
            or not all(isinstance(n, int) and n > 0 for n in sizes)
        ):
            raise broken("a size that is none")
    try:
        return PublicMap.from_json(document.whole())
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        raise broken("a map that is none") from None


@dataclass(frozen=True, slots=True)
class StillSeen:
    """A face that the second look found in the public video."""

    number: int
    """Public picture."""
    box: Box
    """In pixels of the public picture."""
    score: float


@dataclass(slots=True)
class LookReader:
    on_pictures: OnPictures | None = None
    faces: tuple[StillSeen, ...] = ()
    odd: tuple[tuple[str, str], ...] = ()
    """(what, where) of everything in the file's structure that should not be there."""
    pictures: int = 0
    duration_ms: int = 0
    """As the file declares them."""
    looked: int = 0
    is_done: bool = False
    failures: tuple[str, ...] = ()

    def on_record(self, record: dict[str, Any]) -> None:
        checked = Checked(record)
        kind = checked.text("type", 20)
        if kind == "progress":
            tell(checked, self.on_pictures)
        elif kind == "done" and not self.is_done:
            checked.only(
                *("type", "sandbox", "looked", "pictures", "cpu_s", "faces", "odd", "told", "failures")
            )
            self.odd = tuple(
                (one.only("what", "place").text("what", 100), one.text("place", 200))
                for one in checked.inners("odd", 100)
            )
            told = checked.inner("told").only("pictures", "duration_ms")
            self.pictures = told.integer("pictures", 0, PICTURES)
            self.duration_ms = told.integer("duration_ms", 0, 1 << 40)
            self.looked = checked.integer("looked", 0, PICTURES)
            self.failures = failures(checked)
            self.faces = tuple(
                StillSeen(
                    face.only("number", "pts", "box", "score").integer("number", 0, PICTURES),
                    check_box(face.get("box")),
                    face.number("score"),
                )
                for face in checked.inners("faces", FACES)
            )
            self.is_done = True
        else:
            raise broken("a record of unknown type")
