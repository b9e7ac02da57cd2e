"""The demonstration's "leak": about 24 files in three folders, each with its truth written beside it.

Seeded and harmless. The "originals" are rendered, so they truthfully carry the traces of software, and
their truth says so. What no examiner answers yet is in the truth all the same and will be shown as such.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from witnessmark.case.demo.overlay import clock_text, draw

SEED = 2021
WIDTH_PX, HEIGHT_PX = 768, 432
RATE = Fraction(10)
CLIP_S = 15.0
LOCAL_ZONE_H = 4
"""Saratov's legal time in February 2020 was UTC+4 (IANA: Europe/Saratov)."""
JUMP_S = 3.0
FREEZE_S = 2.0
REPEAT_S = 2.0


@dataclass(frozen=True, slots=True)
class Truth:
    """One thing that is true of one file, and what would show it."""

    file: str
    """Path inside the leak."""
    what: str
    kinds: tuple[str, ...] = ()
    """Finding kinds any of which would show it, when observed."""
    outcome: str = "observed"
    span_s: tuple[float, float] | None = None
    """Where in the file; None: anywhere."""
    state: str = ""
    """For what the intake shows: sealed, held_twice, type:<media type>."""
    related: tuple[str, str] | None = None
    """(kind of relation, the other file), this file being the derived one: what comparing shows."""

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "what": self.what,
            "kinds": list(self.kinds),
            "outcome": self.outcome,
            "span_s": list(self.span_s) if self.span_s else None,
            "state": self.state,
            "related": list(self.related) if self.related else None,
        }


@dataclass(frozen=True, slots=True)
class Original:
    """One rendered recording: which span of which clip, where it claims to be, and its clock."""

    file: str
    facility: str
    clip: str
    start_s: float
    local: datetime
    unit: str
    clock_error_h: int = 0


def _at(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}")


ORIGINALS: tuple[Original, ...] = (
    Original("D1-hospital/cam03_0001.mp4", "D1", "one-by-one.mp4", 8, _at("2020-02-18", "14:03:55"), "K-03"),
    Original("D1-hospital/cam03_0002.mp4", "D1", "one-by-one.mp4", 23, _at("2020-02-18", "14:21:10"), "K-03"),
    Original("D1-hospital/cam07_0001.mp4", "D1", "one-by-one.mp4", 38, _at("2020-02-18", "15:40:02"), "K-07"),
    Original("D2-prison/reg_11.mp4", "D2", "one-by-one.mp4", 53, _at("2020-03-04", "09:12:40"), "R-11"),
    Original(
        "D2-prison/reg_12.mp4",
        "D2",
        "one-by-one.mp4",
        68,
        _at("2020-03-04", "09:30:00"),
        "R-11",
        clock_error_h=1,
    ),
    Original("D2-prison/reg_13.mp4", "D2", "one-by-one.mp4", 83, _at("2020-03-19", "18:05:21"), "R-12"),
    Original("D3-remand/vid-a.mp4", "D3", "one-by-one.mp4", 98, _at("2020-06-07", "11:45:00"), "S-01"),
    Original("D3-remand/vid-b.mp4", "D3", "one-by-one.mp4", 113, _at("2020-06-07", "12:10:30"), "S-01"),
)


def _clip(name: str) -> Any:
    return as_file(files("witnessmark.case.demo_data").joinpath(f"clips/{name}"))


class Leak:
    """Builds the files under ``root`` and gathers their truths."""

    def __init__(self, root: Path, progress: Callable[[str], None]) -> None:
        self.root = root
        self.truths: list[Truth] = []
        self._progress = progress
        self._random = random.Random(SEED)

    def build(self) -> tuple[Truth, ...]:
        for original in ORIGINALS:
            self._original(original)
        self._short_ones()
        self._copies()
        self._transcodes()
        self._edits()
        self._not_videos()
        self._damaged()
        self._archive()
        return tuple(self.truths)

    # -- recordings ----------------------------------------------------------------------------------------

    def pictures(self, original: Original) -> list[Any]:
        from witnessmark.ground.media.workshop import read_span

        with _clip(original.clip) as source:
            raw = list(read_span(source, original.start_s, CLIP_S, WIDTH_PX, HEIGHT_PX))
        return [draw(p, self._clock(original, k)) for k, p in enumerate(raw)]

    @staticmethod
    def _clock(original: Original, frame: int) -> str:
        shown = original.local + timedelta(hours=original.clock_error_h, seconds=float(frame / RATE))
        return clock_text(shown, original.unit)

    @staticmethod
    def _tags(original: Original) -> dict[str, str]:
        utc = (original.local - timedelta(hours=LOCAL_ZONE_H)).replace(tzinfo=UTC)
        return {"creation_time": utc.isoformat()}

    def _write(self, file: str, pictures: Any, **options: Any) -> Path:
        from witnessmark.ground.media.workshop import Recipe, write_movie

        target = self.root / file
        target.parent.mkdir(parents=True, exist_ok=True)
        rate = options.pop("rate", RATE)
        self._progress(file)
        write_movie(target, pictures, Recipe(rate, **options))
        return target

    def _original(self, original: Original) -> None:
        self._write(original.file, self.pictures(original), tags=self._tags(original))
        self._says(
            original.file, "was rendered, so software wrote it", "container.rewritten", "encode.software"
        )
        if original.clock_error_h:
            self._says(original.file, "its clock runs one hour ahead", "clock.offset")
        else:
            self._says(original.file, "burned-in local time is four hours ahead of UTC", "clock.offset")

    def _short_ones(self) -> None:
        """A road seen from a car, and an old film: other cameras, other rates."""
        from witnessmark.ground.media.workshop import read_span

        with _clip("road.avi") as source:
            road = [draw(p, None) for p in read_span(source, 0, 10, 640, 480)]
        self._write("D3-remand/road.mp4", road, rate=Fraction(1_000_000, 33_333))
        self._says("D3-remand/road.mp4", "was rendered, so software wrote it", "container.rewritten")
        with _clip("chaplin.mp4") as source:
            film = [draw(p, None) for p in read_span(source, 0, 9, 640, 360)]
        length = int(REPEAT_S * 25)
        at = 3 * 25
        twice = film[: at + length] + film[at : at + length] + film[at + length :]
        self._write("usb/film.mp4", twice, rate=Fraction(25))
        self._says(
            "usb/film.mp4",
            "two seconds occur twice",
            "picture.repeat",
            span_s=(at / 25, at / 25 + 2 * REPEAT_S),
        )
        jump = at / 25 + REPEAT_S
        self._says(
            "usb/film.mp4", "the picture jumps back there", "picture.cut", span_s=(jump - 0.2, jump + 0.2)
        )

    # -- what was done to them -----------------------------------------------------------------------------

    def _says(self, file: str, what: str, *kinds: str, **more: Any) -> None:
        self.truths.append(Truth(file, what, kinds, **more))

    def _copies(self) -> None:
        for source, target in (
            ("D1-hospital/cam03_0001.mp4", "usb/copy/cam03_0001.mp4"),
            ("D2-prison/reg_11.mp4", "usb/copy/renamed.mp4"),
        ):
            path = self.root / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((self.root / source).read_bytes())
            self._says(target, "is an exact copy", state="held_twice")

    def _transcodes(self) -> None:
        from witnessmark.ground.media.workshop import read_span

        for source, target in (
            ("D1-hospital/cam03_0002.mp4", "usb/messenger/VID-20200301-WA0004.mp4"),
            ("D2-prison/reg_13.mp4", "usb/messenger/video_2020-04-02.mp4"),
        ):
            small = read_span(self.root / source, 0, CLIP_S, 640, 360)
            self._write(target, small, crf=31, gop=100, bframes=0)
            self._says(target, "was encoded a second time, smaller (simulated messenger)", "encode.repeated")
            self._says(target, f"shows the same footage as {source}", related=("reencode_of", source))
        part = read_span(self.root / "D1-hospital/cam07_0001.mp4", 4, 5, WIDTH_PX, HEIGHT_PX)
        self._write("usb/excerpt.mp4", part, crf=24)
        whole = "D1-hospital/cam07_0001.mp4"
        self._says("usb/excerpt.mp4", f"is five seconds out of {whole}", related=("excerpt_of", whole))

    def _edits(self) -> None:
        from witnessmark.ground.media.workshop import PacketPlace, copy_packets

        base = ORIGINALS[6]
        long = self.root / "source.mp4"
        self._write("source.mp4", self.pictures(base), gop=10, bframes=0, tags=self._tags(base))

        def without_second_five(place: PacketPlace) -> bool:
            return not (5.0 <= place.time_s < 6.0)

        def closed_up(place: PacketPlace) -> float:
            return -1.0 if place.time_s >= 6.0 else 0.0

        self._progress("D3-remand/vid-c.mp4")
        copy_packets(long, self.root / "D3-remand/vid-c.mp4", without_second_five, closed_up)
        self._says(
            "D3-remand/vid-c.mp4",
            "one second was taken out without encoding again",
            "timeline.disorder",
            "timeline.gap",
            "picture.cut",
            span_s=(4.5, 5.5),
        )
        lost = sorted(self._random.sample(range(30, 110), 9))
        self._progress("D3-remand/vid-d.mp4")
        copy_packets(
            long,
            self.root / "D3-remand/vid-d.mp4",
            lambda place: not (place.is_video and place.ordinal in lost),
            lambda place: 0.0,
        )
        self._says("D3-remand/vid-d.mp4", "nine pictures were dropped", "timeline.gap", "timeline.disorder")
        long.unlink()
        self._cut_and_freeze()

    def _cut_and_freeze(self) -> None:
        cut = ORIGINALS[7]
        frames = self.pictures(cut)
        at, jump = 70, int(JUMP_S * RATE)
        self._write("D3-remand/vid-e.mp4", frames[:at] + frames[at + jump :], tags=self._tags(cut))
        where = (at / 10 - 0.5, at / 10 + 0.5)
        self._says("D3-remand/vid-e.mp4", "three seconds were cut out", "picture.cut", span_s=where)
        self._says(
            "D3-remand/vid-e.mp4", "its clock jumps by three seconds there", "clock.jump", span_s=where
        )
        still = ORIGINALS[2]
        frames = self.pictures(still)
        held = int(FREEZE_S * RATE)
        frozen = frames[:60] + [frames[60]] * held + frames[60 + held :]
        self._write("D1-hospital/cam07_0002.mp4", frozen, tags=self._tags(still))
        self._says(
            "D1-hospital/cam07_0002.mp4",
            "the picture, clock included, stands still for two seconds",
            "picture.freeze",
            span_s=(6.0, 8.0),
        )
        self._says(
            "D1-hospital/cam07_0002.mp4",
            "the picture jumps on where it moves again",
            "picture.cut",
            span_s=(7.5, 8.5),
        )

    # -- what is no video ----------------------------------------------------------------------------------

    def _put(self, file: str, data: bytes) -> Path:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def _not_videos(self) -> None:
        self._put("usb/notes.mp4", b"DEMONSTRATION. This is a text that calls itself .mp4\n" * 4)
        self._says("usb/notes.mp4", "is a text with a video's name", "not_examined", state="type:document")
        self._put("usb/empty.mp4", b"")
        self._says("usb/empty.mp4", "is empty", "not_examined", state="sealed")
        self._put("usb/list.csv", b"DEMONSTRATION;file;seconds\n;cam03_0001;15\n")
        self._says("usb/list.csv", "is a table, not a recording", "not_examined", state="sealed")

    def _damaged(self) -> None:
        whole = (self.root / "D2-prison/reg_13.mp4").read_bytes()
        self._put("D2-prison/reg_14.mp4", whole[: len(whole) * 55 // 100])
        self._says("D2-prison/reg_14.mp4", "breaks off in the middle", "timeline.gap")
        whole_file = "D2-prison/reg_13.mp4"
        self._says("D2-prison/reg_14.mp4", f"is a part of {whole_file}", related=("excerpt_of", whole_file))

    def _archive(self) -> None:
        def pack(entries: dict[str, bytes]) -> bytes:
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in entries.items():
                    archive.writestr(zipfile.ZipInfo(name, (2020, 6, 8, 10, 0, 0)), data)
            return buffer.getvalue()

        road = (self.root / "D3-remand/road.mp4").read_bytes()
        note = b"DEMONSTRATION. A note inside an archive inside an archive.\n"
        inner = pack({"note.txt": note, "road-again.mp4": road})
        self._put("usb/archive.zip", pack({"inner.zip": inner, "list.txt": b"DEMONSTRATION list\n"}))
        self._says("usb/archive.zip", "holds an archive that holds a copy of a recording", state="members")


def build_leak(root: Path, progress: Callable[[str], None] = lambda _: None) -> tuple[Truth, ...]:
    """Make every file under ``root`` (created); returns their truths. About 20 s on two cores."""
    root.mkdir(parents=True, exist_ok=True)
    return Leak(root, progress).build()


def files_in(root: Path) -> Iterator[Path]:
    yield from sorted(p for p in root.rglob("*") if p.is_file())
