"""The recipes of the authenticity bench: what is done to which clip, and where it shows.

Sources are generated clips (a fresh seed each) and, where the real media lie beside the checkout, stretches
of
real single takes, one per device. Files under ``malformed`` and openly edited material are no natives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from tests.corpus import events
from tests.corpus.clips import Encode, Scene, Truth, make_clip, write_clip

GAP, DISORDER = "timeline.gap", "timeline.disorder"
CUT, REPEAT, FREEZE = "picture.cut", "picture.repeat", "picture.freeze"

NATIVES = {
    "iPhone 6": "camera/metadata-extractor-images__with-gps.mov",
    "iPhone 5": "camera/elodie__video.mov",
    "iPad mini": "camera/photoprism__quicktime-hvc1.mov",
    "GoPro Max": "camera/gpmf-parser__max-heromode.mp4",
    "FLIR One": "camera/metadata-extractor-images__FLIR Thermal.mp4",
    "Canon": "camera/metadata-extractor-images__MVI_4823.AVI",
    "Sony A7M3": "camera/metadata-extractor-images__Sony ILCE-7M3 (A7M3).mts",
    "Panasonic AVCHD": "camera/file-type__fixture-raw.mts",
    "Android 3gp": "camera/metadata-extractor-images__ftyp3gp5.mp4",
    "Android 12 4K": "camera/media__portrait_4k60.mp4",
    "Samsung": "camera/media__sample_sef_slow_motion.mp4",
    "Pixel": "camera/media__pixel-motion-photo-2-hevc-tracks.mp4",
    "phone of 2004": "camera/mp4parser__MOV00006.3gp",
    "Novatek dash-cam": "camera/dashcamigo__real-anonymized.TS",
    "Bushnell": "clock/zamba__chimp.mp4",
    "road CCTV": "clock/bgslibrary__video02.avi",
    "campus CCTV": "faces/opencv-doc__vtest.avi",
    "ceiling camera": "faces/sample-videos__one-by-one-person-detection.mp4",
    "desk camera": "faces/sample-videos__eat.mkv",
}
"""Single takes, one per device. The last five are single takes that passed through software."""

REAL_SOURCES = ("iPhone 6", "GoPro Max", "Bushnell", "campus CCTV", "road CCTV", "ceiling camera")
"""Long enough to be attacked."""

ENCODES = {
    "x264 crf18 b0": Encode(crf=18),
    "x264 crf23 b3": Encode(crf=23, bframes=3),
    "x264 crf33 b0": Encode(crf=33, gop=12),
    "x265 b3": Encode("libx265", crf=28, bframes=3),
    "MPEG-4 b0": Encode("mpeg4", bit_rate=1_200_000),
    "MJPEG": Encode("mjpeg", bit_rate=8_000_000),
}
SUFFIX = {"mpeg4": ".avi", "mjpeg": ".avi"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One file: what was done, how it was encoded, what should be found, and where."""

    attack: str
    codec: str
    source: str
    path: Path
    expected: frozenset[str]
    """Any of these kinds counts as found; empty for benign controls."""
    at_s: float = 0.0
    fps: float = 25.0


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    pictures: events.Decoded
    fps: float


def generated_sources(folder: Path, count: int, seed: int) -> Iterator[_Source]:
    """Hand-held and fixed scenes of varying size, speed, noise and rate."""
    for n in range(count):
        rng = np.random.default_rng((seed, n))
        size = ((320, 240), (384, 216), (240, 320))[n % 3]
        fps = (25, 30, Fraction(30000, 1001), 15)[n % 4]
        truth = make_clip(
            folder / f"source{n}.mp4",
            seconds=8,
            fps=fps,
            size=size,
            seed=int(rng.integers(1, 1 << 30)),
            style=("pan", "static")[n % 2],
            noise=float(rng.uniform(1.0, 4.0)),
            speed=float(rng.uniform(0.6, 2.0)) * 25 / float(fps),
            mean=float(rng.uniform(60, 150)),
            crf=10,
            audio=True,
        )
        yield _Source(f"generated {('hand-held', 'fixed')[n % 2]}", events.decoded(truth.path), float(fps))
        truth.path.unlink()


def real_sources(media: Path, names: tuple[str, ...]) -> Iterator[_Source]:
    for name in names:
        path = media / NATIVES[name]
        if path.exists():
            held = events.decoded(path, seconds=8, height=240)
            yield _Source(name, held, float(held.rate))


def picture_trials(
    folder: Path, source: _Source, encodes: dict[str, Encode], rng: np.random.Generator
) -> Iterator[Trial]:
    """Edits by pictures: cut, repeat, freeze; and the same stretch only re-encoded."""
    held, fps = source.pictures, source.fps
    count = len(held.pictures)
    for name, encode in encodes.items():
        path = folder / f"trial{SUFFIX.get(encode.codec, '.mp4')}"
        at = int(rng.integers(round(1.5 * fps), max(round(1.5 * fps) + 1, count - round(3.6 * fps))))
        for removed_s in (0.5, 2.0):
            truth = events.cut(path, held, encode, at=at, removed=round(removed_s * fps))
            yield _trial(truth, f"cut of {removed_s} s", name, source, {CUT}, at)
        for length_s in (1.2, 2.0):
            length = round(length_s * fps)
            truth = events.frozen(path, held, encode, at=at, length=length)
            yield _trial(truth, f"freeze of {length_s} s", name, source, {FREEZE}, at)
            target = min(count - 1, at + length + round(0.5 * fps))
            truth = events.repeated(path, held, encode, start=at, length=length, at=target)
            yield _trial(truth, f"repeat of {length_s} s", name, source, {REPEAT}, target)
        truth = events.reencoded(path, held, encode)
        yield _trial(truth, "benign: re-encoded", name, source, set(), 0)


def _trial(
    truth: Truth, attack: str, codec: str, source: _Source, expected: set[str], at_frame: int
) -> Trial:
    return Trial(
        attack, codec, source.name, truth.path, frozenset(expected), at_frame / source.fps, source.fps
    )


CODED = {
    "x264 b0 mp4": ({"codec": "libx264", "bframes": 0}, ".mp4"),
    "x264 b3 mp4": ({"codec": "libx264", "bframes": 3}, ".mp4"),
    "x264 b0 ts": ({"codec": "libx264", "bframes": 0}, ".ts"),
    "x265 b3 mkv": ({"codec": "libx265", "bframes": 3}, ".mkv"),
    "MPEG-4 mp4": ({"codec": "mpeg4", "bframes": 0}, ".mp4"),
    "MJPEG avi": ({"codec": "mjpeg", "bit_rate": 8_000_000}, ".avi"),
}


def packet_trials(folder: Path, codec: str, seed: int, *, sound: bool, variable: bool) -> Iterator[Trial]:
    """Edits by packets of one generated clip, and its benign twins."""
    options, suffix = CODED[codec]
    rng = np.random.default_rng((seed, 3))
    gop = int(rng.choice([12, 25, 30]))
    source = make_clip(
        folder / f"coded{suffix}",
        seconds=8,
        fps=25,
        size=(256, 192),
        seed=seed,
        gop=gop,
        audio=sound,
        variable_rate=variable,
        style="pan" if rng.random() < 0.5 else "static",
        **options,  # type: ignore[arg-type]
    )
    name = f"generated, {'sound' if sound else 'no sound'}, {'variable' if variable else 'even'} rate"
    rate = 25.0
    times = [p * float(source.base) for p in source.pts]
    out = folder / f"trial{suffix}"
    every_key = options["codec"] == "mjpeg"

    def made(truth: Truth, attack: str, expected: set[str], at_s: float) -> Trial:
        return Trial(attack, codec, name, truth.path, frozenset(expected), at_s, rate)

    inner = [k for k in range(30, 160) if k % gop > 2 and k % gop < gop - 3]
    lost = int(rng.choice(inner))
    if not every_key:
        for size, label in ((1, "1 packet"), (3, "3 packets")):
            ordinals = list(range(lost, lost + size))
            truth = events.dropped(out, source.path, ordinals=ordinals)
            yield made(truth, f"dropped {label}", {GAP}, times[lost])
            truth = events.dropped(out, source.path, ordinals=ordinals, retime=True)
            yield made(truth, f"dropped {label}, times closed", {GAP, DISORDER}, times[lost])
        share = events.dropped_at_random(out, source.path, share=0.02, seed=seed, packets=len(times))
        first = next((k for k in share.details["ordinals"] if k % gop), 0)
        if first:
            yield made(share, "dropped 2 % at random", {GAP}, times[first])
    keys = events.key_times(source.path)
    if len(keys) >= 5:
        group = int(rng.integers(1, len(keys) - 3)) if not every_key else 60
        groups = (1, 2)[int(rng.integers(0, 2))] if not every_key else 25
        for retime in (True, False):
            truth = events.spliced(out, source.path, group=group, groups=groups, retime=retime)
            label = "splice by copy, times closed" if retime else "splice by copy, hole left"
            yield made(truth, label, {GAP, DISORDER}, truth.details["at_s"])
    for benign in _benign_copies(suffix):
        truth = benign(out, source.path)
        yield made(truth, f"benign: {truth.event}", set(), 0.0)
    source.path.unlink()


def _benign_copies(suffix: str) -> tuple[Callable[[Path, Path], Truth], ...]:
    # An AVI or Matroska file that breaks off says so itself; an MP4 without its index at the end cannot be
    # opened, and a transport stream promises nothing: there no mark may come of it.
    broken = (events.truncated,) if suffix in (".mp4", ".ts") else ()
    plain: tuple[Callable[[Path, Path], Truth], ...] = (events.remuxed, *broken)
    return (*plain, events.faststart, events.through_mkv) if suffix == ".mp4" else plain


def benign_scenes(folder: Path, seed: int) -> Iterator[Trial]:
    """What must not alarm: flashes, a lamp, an empty room, coarse compression, variable rate, a dark room."""
    recipes: dict[str, dict[str, object]] = {
        "flashes": {"flashes": (40, 41, 90)},
        "lamp switched": {"light_switch": 70},
        "empty room": {"style": "empty"},
        "empty room, coarse": {"style": "empty", "crf": 38, "noise": 1.0},
        "fixed camera, coarse": {"style": "static", "crf": 38},
        "dark": {"style": "static", "mean": 24.0, "noise": 3.0},
        "fast hand": {"speed": 4.0},
        "variable rate": {"variable_rate": True},
        "low rate": {"fps": 8},
    }
    for n, (name, options) in enumerate(recipes.items()):
        # MPEG-4 part 2 counts at most 65,535 ticks a second, too few for a phone's 90,000.
        codec = "libx264" if "variable_rate" in options else ("libx264", "libx265", "mpeg4")[(seed + n) % 3]
        path = folder / f"scene{'.avi' if codec == 'mpeg4' else '.mp4'}"
        gop = (25, 50, 12)[n % 3]
        make_clip(path, seconds=6, seed=seed * 100 + n, codec=codec, gop=gop, **options)  # type: ignore[arg-type]
        yield Trial(f"benign: {name}", codec, "generated", path, frozenset())
    yield from _resting_scenes(folder, seed)


def _resting_scenes(folder: Path, seed: int) -> Iterator[Trial]:
    """Fixed cameras whose scene comes to rest and sets out again, as between two passers-by: under
    compression the rest looks like a held picture, and only its gradual ends tell."""
    rng = np.random.default_rng((seed, 5))
    for codec, fps in (("x264 crf23 b3", 25), ("x264 crf33 b0", 10), ("MPEG-4 b0", 15)):
        scene = Scene(
            (320, 240),
            int(rng.integers(1 << 30)),
            style="static",
            noise=0.0,
            speed=2.5 / fps * rng.uniform(0.6, 2),
        )
        slowing_s, rest_s, noise = rng.uniform(0.3, 1.0), rng.uniform(1.2, 3.5), rng.choice([0.0, 0.5, 1.0])
        places, at = [], 0.0
        for k in range(8 * fps):
            away_s = max(3.0 - k / fps, k / fps - 3.0 - rest_s - slowing_s, 0.0)
            at += min(1.0, away_s / slowing_s)
            places.append(round(10 * at))
        pictures = [scene.picture(k) for k in places]
        if noise:
            pictures = [
                np.clip(p + rng.normal(0, noise, p.shape).round(), 0, 255).astype(np.uint8) for p in pictures
            ]
        path = folder / f"rest{SUFFIX.get(ENCODES[codec].codec, '.mp4')}"
        write_clip(
            path,
            pictures,
            tuple(range(len(pictures))),
            1 / Fraction(fps),
            Fraction(fps),
            ENCODES[codec],
            None,
        )
        yield Trial("benign: comes to rest", codec, "generated", path, frozenset())
