"""Clips with a burned-in clock and known truth: layouts, letters, places, codecs and what befell the clock.

made = make_clock(folder / "a.mp4", Face(layout="dmy-", unit="CAM 3"), seconds=12)
made.text_at(3.2)   # what stands in the picture at 3.2 s of the file's time
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np

from tests.corpus.clips import Encode, Picture, Scene, write_clip
from tests.corpus.clock_glyphs import RENDERERS, font_file

LATIN = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
CYRILLIC = ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

LAYOUTS: dict[str, str] = {
    "dmy-": "{d:02}-{m:02}-{Y} {H:02}:{M:02}:{S:02}",
    "dmy.": "{d:02}.{m:02}.{Y} {H:02}:{M:02}:{S:02}",
    "dmy/": "{d:02}/{m:02}/{y:02} {H:02}:{M:02}:{S:02}",
    "ymd-": "{Y}-{m:02}-{d:02} {H:02}:{M:02}:{S:02}",
    "ymd/": "{Y}/{m:02}/{d:02} {H:02}:{M:02}:{S:02}",
    "yymd/": "{y:02}/{m:02}/{d:02} {H:02}:{M:02}:{S:02}",
    "mdy/": "{m:02}/{d:02}/{Y} {H:02}:{M:02}:{S:02}",
    "mdy-ampm": "{m:02}-{d:02}-{Y} {I:02}:{M:02}:{S:02} {p}",
    "ampm-first": "{I:02}:{M:02}:{S:02} {p} {m:02}/{d:02}/{Y}",
    "latin": "{d:02}-{m:02}-{Y} {latin} {H:02}:{M:02}:{S:02}",
    "cyrillic": "{d:02}-{m:02}-{Y} {cyrillic} {H:02}:{M:02}:{S:02}",
    "month": "{d:02} {month} {Y} {H:02}:{M:02}:{S:02}",
    "time": "{H:02}:{M:02}:{S:02}",
    "minutes": "{d:02}.{m:02}.{Y} {H:02}:{M:02}",
    "minutes-ampm": "{m:02}/{d:02}/{Y} {I:02}:{M:02}{p}",
    "time-first": "{H:02}:{M:02}:{S:02} {d:02}/{m:02}/{Y}",
}


def written(layout: str, moment: datetime) -> str:
    """The text of a layout at a moment."""
    return LAYOUTS[layout].format(
        Y=moment.year, y=moment.year % 100, m=moment.month, d=moment.day, H=moment.hour, M=moment.minute,
        S=moment.second, I=moment.hour % 12 or 12, p="AM" if moment.hour < 12 else "PM",
        latin=LATIN[moment.weekday()], cyrillic=CYRILLIC[moment.weekday()], month=MONTHS[moment.month - 1],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Face:
    """How a clock looks and where it stands. ``corner``: tl, tr, bl, br, tc, or a (x, y) share of the picture."""

    layout: str = "dmy-"
    renderer: str = "truetype"
    font: str = "mono"
    digit_px: int = 16
    ink: int = 235
    shade: int = 16
    outline_px: int = 0
    box: int | None = None
    box_alpha: float = 1.0
    corner: str | tuple[float, float] = "tl"
    unit: str = ""
    unit_before: bool = False
    margin_px: int = 10

    def text(self, moment: datetime) -> str:
        clock = written(self.layout, moment)
        if not self.unit:
            return clock
        return f"{self.unit} {clock}" if self.unit_before else f"{clock} {self.unit}"


@dataclass(frozen=True, slots=True)
class Course:
    """What the clock shows over time: ``jumps`` are (at_s, jump_s); ``stopped`` is (from_s, until_s)."""

    start: datetime = datetime(2020, 2, 18, 14, 3, 47, 300_000)  # noqa: DTZ001 (a burned-in clock has no zone)
    jumps: tuple[tuple[float, float], ...] = ()
    rate: float = 1.0
    stopped: tuple[float, float] | None = None

    def at(self, time_s: float) -> datetime:
        shown = time_s
        if self.stopped and time_s >= self.stopped[0]:
            shown = time_s - min(time_s, self.stopped[1]) + self.stopped[0]
        shown = shown * self.rate + sum(jump for at, jump in self.jumps if time_s >= at)
        return (self.start + timedelta(seconds=shown)).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Clocked:
    """A made clip and its truth."""

    path: Path
    face: Face
    course: Course
    seconds: float
    details: dict[str, object] = field(default_factory=dict)


def place(face: Face, width: int, height: int, wide: int, high: int) -> tuple[int, int]:
    """Left and top of a patch."""
    gap = face.margin_px
    if not isinstance(face.corner, str):
        return int(face.corner[0] * (width - wide)), int(face.corner[1] * (height - high))
    left = {"l": gap, "r": width - wide - gap, "c": (width - wide) // 2}[face.corner[1]]
    return max(0, left), gap if face.corner[0] == "t" else height - high - gap


@lru_cache(maxsize=4096)
def _patch(face: Face, text: str) -> tuple[np.ndarray, np.ndarray]:
    """Luma and opacity, (height, width) float32."""
    ink, shade = RENDERERS[face.renderer](text, face.digit_px, face.font, face.outline_px)
    pad = max(2, face.digit_px // 4) if face.box is not None else 0
    ink, shade = np.pad(ink, pad), np.pad(shade, pad)
    alpha, luma = shade.copy(), np.full(ink.shape, float(face.shade), np.float32)
    if face.box is not None:
        luma = np.full(ink.shape, float(face.box), np.float32)
        luma += (face.shade - luma) * shade if face.outline_px else 0
        alpha = np.maximum(face.box_alpha, alpha)
    if not face.outline_px and face.box is None:
        luma[:] = face.ink
    luma += (face.ink - luma) * ink
    return luma, alpha


def draw(picture: Picture, face: Face, text: str) -> Picture:
    """A copy of a yuv420p picture with the text laid over it."""
    luma, alpha = _patch(face, text)
    out = picture.copy()
    width, height = picture.shape[1], picture.shape[0] * 2 // 3
    left, top = place(face, width, height, luma.shape[1], luma.shape[0])
    high, wide = min(luma.shape[0], height - top), min(luma.shape[1], width - left)
    luma, alpha = luma[:high, :wide], alpha[:high, :wide]
    under = out[top : top + high, left : left + wide].astype(np.float32)
    out[top : top + high, left : left + wide] = np.round(under + (luma - under) * alpha).astype(np.uint8)
    chroma = out[height:].reshape(2, height // 2, width // 2)
    coarse = alpha[: high // 2 * 2 : 2, : wide // 2 * 2 : 2]
    at = np.s_[:, top // 2 : top // 2 + coarse.shape[0], left // 2 : left // 2 + coarse.shape[1]]
    chroma[at] = np.round(chroma[at] + (128 - chroma[at].astype(np.float32)) * coarse).astype(np.uint8)
    return out


# --------------------------------------------------------------------------- footage


@lru_cache(maxsize=4)
def _taken(path: Path, width: int, height: int, most: int) -> tuple[Picture, ...]:
    pictures = []
    with av.open(str(path)) as container:
        container.streams.video[0].thread_count = 1
        for frame in container.decode(video=0):
            scaled = frame.reformat(width=width, height=height, format="yuv420p")
            pictures.append(np.asarray(scaled.to_ndarray(), np.uint8))
            if len(pictures) >= most:
                break
    return tuple(pictures)


def footage(path: Path, size: tuple[int, int], count: int, most: int = 250) -> Iterator[Picture]:
    """``count`` pictures of a clip, scaled, played forth and back where it is too short."""
    taken = _taken(path, *size, most)
    cycle = max(1, 2 * len(taken) - 2)
    for k in range(count):
        at = k % cycle
        yield taken[at if at < len(taken) else cycle - at]


def bright_motion(size: tuple[int, int], count: int, seed: int = 5) -> Iterator[Picture]:
    """A bright scene that a hand-held camera sweeps over: white letters lie on white more than once."""
    scene = Scene(size, seed, style="pan", mean=185.0, speed=2.0)
    for k in range(count):
        yield scene.picture(k)


def interlaced(pictures: Iterable[Picture]) -> Iterator[Picture]:
    """Two pictures woven into one: top field first, chroma of the first."""
    later = iter(pictures)
    for first in later:
        second = next(later, first)
        woven = first.copy()
        height = first.shape[0] * 2 // 3
        woven[1:height:2] = second[1:height:2]
        yield woven


# --------------------------------------------------------------------------- clips


def make_clock(
    path: Path,
    face: Face,
    course: Course | None = None,
    *,
    seconds: float = 12.0,
    fps: int = 25,
    size: tuple[int, int] = (640, 360),
    base: Iterable[Picture] | None = None,
    encode: Encode | None = None,
    weave: bool = False,
) -> Clocked:
    """One clip with a clock. ``base``: pictures beneath (default: a fixed scene with moving bodies)."""
    course = course or Course()
    count = round(seconds * fps)
    if base is None:
        scene = Scene(size, 7, style="static")
        base = (scene.picture(k) for k in range(2 * count if weave else count))
    under = interlaced(base) if weave else base
    drawn = (draw(p, face, face.text(course.at(k / fps))) for k, p in zip(range(count), under, strict=False))
    encode = encode or Encode(audio=False)
    if weave:
        encode = Encode(**{**_fields(encode), "extra": (*encode.extra, ("flags", "+ildct+ilme"))})
    write_clip(path, drawn, range(count), Fraction(1, fps), Fraction(fps), encode, None)
    return Clocked(path, face, course, seconds)


def _fields(encode: Encode) -> dict[str, object]:
    return {name: getattr(encode, name) for name in Encode.__slots__}


def make_by_ffmpeg(
    path: Path,
    face: Face,
    course: Course,
    *,
    base: Iterable[Picture],
    size: tuple[int, int],
    seconds: float,
    fps: int = 25,
    how: str = "drawtext",
    encode: tuple[str, ...] = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23"),
) -> Clocked:
    """The same by another program: ``drawtext`` (FreeType and HarfBuzz) or ``ass`` (libass) of FFmpeg."""
    import imageio_ffmpeg  # a development dependency: the wheel brings a whole ffmpeg

    count = round(seconds * fps)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "clock.ass"
        script.write_text(_subtitles(face, course, seconds, size), encoding="utf-8")
        words = f"ass={script}" if how == "ass" else _drawtext(face, course, seconds, Path(folder))
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p",
            "-s", f"{size[0]}x{size[1]}", "-r", str(fps), "-i", "-", "-vf", words, "-threads", "1",
            *encode, str(path),
        ]  # fmt: skip
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            for _, picture in zip(range(count), base, strict=False):
                process.stdin.write(picture.tobytes())
            process.stdin.close()
            if process.wait():
                raise RuntimeError(f"ffmpeg ended with {process.returncode}")
    return Clocked(path, face, course, seconds, {"renderer": how})


def _stretches(face: Face, course: Course, seconds: float) -> list[tuple[float, float, str]]:
    """(from_s, until_s, text), found in steps of 20 ms."""
    found: list[tuple[float, float, str]] = []
    for k in range(round(seconds * 50)):
        text = face.text(course.at(k / 50))
        if found and found[-1][2] == text:
            found[-1] = (found[-1][0], (k + 1) / 50, text)
        else:
            found.append((k / 50, (k + 1) / 50, text))
    return found


def _drawtext(face: Face, course: Course, seconds: float, folder: Path) -> str:
    filters = []
    at = {"tl": "x=10:y=10", "tr": "x=w-tw-10:y=10", "bl": "x=10:y=h-th-10", "br": "x=w-tw-10:y=h-th-10"}
    grey = f"0x{face.ink:02x}{face.ink:02x}{face.ink:02x}"
    look = f"fontfile={font_file(face.font)}:fontsize={round(face.digit_px * 1.37)}:fontcolor={grey}"
    if face.box is not None:
        look += f":box=1:boxborderw=4:boxcolor=black@{face.box_alpha}"
    if face.outline_px:
        look += f":borderw={face.outline_px}:bordercolor=black"
    for k, (start, end, text) in enumerate(_stretches(face, course, seconds)):
        (folder / f"{k}.txt").write_text(text, encoding="utf-8")
        filters.append(
            f"drawtext=textfile={folder}/{k}.txt:{look}:{at[str(face.corner)]}"
            f":enable='between(t,{start - 0.001:.3f},{end - 0.002:.3f})'"
        )
    return ",".join(filters)


def _subtitles(face: Face, course: Course, seconds: float, size: tuple[int, int]) -> str:
    def stamp(time_s: float) -> str:
        return f"{int(time_s // 3600)}:{int(time_s // 60) % 60:02}:{time_s % 60:05.2f}"

    where = {"bl": 1, "br": 3, "tl": 7, "tr": 9}[str(face.corner)]
    style = (
        f"Style: C,DejaVu Sans,{round(face.digit_px * 1.6)},&H00{face.ink:02X}{face.ink:02X}{face.ink:02X},"
        f"&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,{face.outline_px},0,{where},10,10,10,1"
    )
    lines = [
        f"Dialogue: 0,{stamp(start)},{stamp(end)},C,,0,0,0,,{text}"
        for start, end, text in _stretches(face, course, seconds)
    ]
    return "\n".join(
        [
            "[Script Info]", f"PlayResX: {size[0]}", f"PlayResY: {size[1]}", "", "[V4+ Styles]",
            "Format: Name,Fontname,Fontsize,PrimaryColour,SecondaryColour,OutlineColour,BackColour,Bold,Italic,"
            "Underline,StrikeOut,ScaleX,ScaleY,Spacing,Angle,BorderStyle,Outline,Shadow,Alignment,MarginL,MarginR,"
            "MarginV,Encoding",
            style, "", "[Events]", "Format: Layer,Start,End,Style,Name,MarginL,MarginR,MarginV,Effect,Text",
            *lines, "",
        ]
    )  # fmt: skip
