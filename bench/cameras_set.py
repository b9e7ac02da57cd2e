"""What `bench cameras` lays together: simulated bodies, in a choosing and a measuring half, and files of folders.

Simulated: `tests/corpus/sensors.py`. Every body films two scenes of its own; bodies of one model share lines and a
pattern with the codec's period; all carry the same recorder's text. No body, scene or model occurs in both halves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tests.corpus.clips import Encode
from tests.corpus.sensors import Body, Take, film

from witnessmark.examine.camera.residual import CameraResidual, read_residual
from witnessmark.examine.examination import examine_file
from witnessmark.ground.container import HEAD_BYTES, sniff

CODINGS: dict[str, Encode] = {
    "x264 crf 18": Encode(crf=18, gop=12, audio=False),
    "x264 crf 23": Encode(crf=23, gop=12, audio=False),
    "x264 crf 28, B": Encode(crf=28, gop=12, bframes=2, audio=False),
    "x265 crf 26": Encode(codec="libx265", crf=26, gop=12, audio=False),
    "MPEG-4 2.5 Mb/s": Encode(codec="mpeg4", gop=12, bit_rate=2_500_000, audio=False),
    "Motion JPEG 8 Mb/s": Encode(codec="mjpeg", bit_rate=8_000_000, audio=False),
}
HARD: dict[str, tuple[dict[str, Any], Encode]] = {
    "stabilised (shifts to 6 px)": ({"stabilised_px": 6.0}, Encode(crf=20, gop=12, audio=False)),
    "dark (mean 24)": ({"mean": 24.0}, Encode(crf=20, gop=12, audio=False)),
    "short (two key pictures)": ({"frames": 24}, Encode(crf=20, gop=12, audio=False)),
    "messenger-like (half size, crf 30)": ({"scale": 0.5}, Encode(crf=30, gop=60, bframes=2, audio=False)),
    "strongly coded (crf 36)": ({}, Encode(crf=36, gop=12, audio=False)),
    "fixed view, other scene": ({"style": "static"}, Encode(crf=20, gop=12, audio=False)),
}
STRENGTHS = (0.005, 0.008, 0.012)
BODIES_OF_A_MODEL = 3
FIRST_BODY = {"choose": 1000, "measure": 5000}


@dataclass(frozen=True, slots=True)
class Seen:
    """One recording: whose it is, how it was coded, and its trace. ``device`` is a body, or a make and model."""

    name: str
    device: str
    condition: str
    trace: CameraResidual


def bodies(half: str, count: int, seed: int) -> list[Body]:
    first = FIRST_BODY[half] + 100_000 * (seed % 1000)
    return [
        Body(first + k, strength=STRENGTHS[k % len(STRENGTHS)], model=first + k // BODIES_OF_A_MODEL)
        for k in range(count)
    ]


def filmed(half: str, count: int, seed: int, folder: Path) -> Iterator[Seen]:
    """Two takes of each body, each in a coding of its own."""
    names = list(CODINGS)
    for k, body in enumerate(bodies(half, count, seed)):
        for take in range(2):
            coding = names[(k + take * (1 + k // len(names))) % len(names)]
            yield _seen(body, Take(10 * body.seed + take, overlay=True), coding, CODINGS[coding], folder)


def filmed_hard(half: str, count: int, seed: int, folder: Path) -> Iterator[Seen]:
    """Of each condition: two takes of each of the first bodies."""
    for condition, (treatment, encode) in HARD.items():
        for body in bodies(half, count, seed):
            for take in range(2):
                at = Take(10 * body.seed + 5 + take, **{"overlay": True, **treatment})
                yield _seen(body, at, condition, encode, folder)


def _seen(body: Body, take: Take, condition: str, encode: Encode, folder: Path) -> Seen:
    suffix = ".avi" if encode.codec in ("mjpeg", "mpeg4") else ".mp4"
    path = film(folder / f"clip{suffix}", body, take, encode)
    trace = trace_of(path)
    path.unlink()
    if trace is None:
        raise RuntimeError("a made clip left no trace")
    return Seen(f"{condition}/{body.seed}/{take.seed}", str(body.seed), condition, trace)


def trace_of(path: Path) -> CameraResidual | None:
    """What the examiner leaves of a file; None where it leaves nothing (sound, damaged)."""
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        features = examine_file(held, size, kind, only=("camera",), with_rates=False).features
    return next((read_residual(f) for f in features if f.name == "camera.residual"), None)


def photographs(folder: Path) -> Iterator[Seen]:
    """JPEG photographs that are as large as their EXIF says the camera made them, by make and model."""
    from PIL import Image

    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".jpg", ".jpeg"):
            continue
        try:
            with Image.open(path) as picture:
                exif = picture.getexif()
                size = picture.size
        except (OSError, ValueError, SyntaxError):
            continue
        inner = exif.get_ifd(0x8769)
        make, model = (str(exif.get(tag, "")).strip("\0 ") for tag in (271, 272))
        if not make or size != (inner.get(40962), inner.get(40963)) or size[0] * size[1] < 1024 * 768:
            continue
        trace = trace_of(path)
        if trace is not None:
            yield Seen(path.name, f"{make} {model}", "photograph", trace)


def middle_of(trace: CameraResidual, rows: int, columns: int) -> np.ndarray[Any, Any] | None:
    """The middle of a trace, lying; None where it is smaller."""
    values = trace.values if trace.values.shape[1] >= trace.values.shape[0] else np.rot90(trace.values)
    if values.shape[0] < rows or values.shape[1] < columns:
        return None
    top, left = ((values.shape[0] - rows) // 32 * 16, (values.shape[1] - columns) // 32 * 16)
    return np.ascontiguousarray(values[top : top + rows, left : left + columns])
