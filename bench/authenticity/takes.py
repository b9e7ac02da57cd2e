"""Where pictures come from: generated single takes, and stretches of real ones; and how they are encoded."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tests.corpus import events
from tests.corpus.clips import Encode, make_clip

from bench.authenticity.contract import Workplace
from bench.authenticity.devices import Device

ENCODES: dict[str, Encode] = {
    "x264 crf18 b0": Encode(crf=18),
    "x264 crf23 b3": Encode(crf=23, bframes=3),
    "x264 crf33 b0": Encode(crf=33, gop=12),
    "x265 crf28 b3": Encode("libx265", crf=28, bframes=3),
    "MPEG-4 1.2 Mb/s": Encode("mpeg4", bit_rate=1_200_000),
    "MJPEG 8 Mb/s": Encode("mjpeg", bit_rate=8_000_000),
}
"""Several codecs and qualities; the class of each file is read from the file that comes out."""
SUFFIX = {"mpeg4": ".avi", "mjpeg": ".avi"}
USUAL_S, MEDIUM_S, LONG_S = 8.0, 20.0, 66.0
"""Most takes are short; every sixth is of the medium class, every twenty-fourth of the long one."""
REAL_S = 10.0
REAL_HEIGHT_PX = 240


@dataclass(frozen=True, slots=True)
class Source:
    """Decoded pictures of one single take."""

    take: str
    pictures: events.Decoded
    fps: float
    real: bool

    @property
    def count(self) -> int:
        return len(self.pictures.pictures)


def suffix_of(encode: Encode) -> str:
    return SUFFIX.get(encode.codec, ".mp4")


def length_s(number: int) -> float:
    """How long the take of unit ``number`` is."""
    if number % 24 == 5:
        return LONG_S
    return MEDIUM_S if number % 6 == 5 else USUAL_S


def generated(work: Workplace, number: int) -> Source:
    """A hand-held or fixed scene of random texture, size, rate, speed, light and noise, recorded well."""
    rng = work.rng("look")
    fps = (Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(15))[int(rng.integers(4))]
    truth = make_clip(
        work.folder / "take.mp4",
        seconds=length_s(number),
        fps=fps,
        size=((320, 240), (384, 216), (240, 320))[int(rng.integers(3))],
        seed=work.seed("scene"),
        style=("pan", "static")[int(rng.integers(2))],
        noise=float(rng.uniform(1.0, 4.0)),
        speed=float(rng.uniform(0.6, 2.0)) * 25 / float(fps),
        mean=float(rng.uniform(60, 150)),
        crf=10,
        audio=True,
    )
    held = events.decoded(truth.path)
    truth.path.unlink()
    return Source(work.take, held, float(fps), real=False)


def recorded(work: Workplace, device: Device) -> Source:
    """The first seconds of a real take, smaller."""
    assert work.media is not None
    held = events.decoded(work.media / device.file, seconds=REAL_S, height=REAL_HEIGHT_PX)
    return Source(device.name, held, float(held.rate), real=True)
