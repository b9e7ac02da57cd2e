"""If these fail, a public video shows what was to be hidden, tells of the raw, or cannot be laid over it."""

from __future__ import annotations

import base64
import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from tests.support.derived import Picture, reel, shape, write_clip
from witnessmark.ground.media import public
from witnessmark.ground.media.planes import Planes
from witnessmark.model.redaction import (
    Box,
    Hidden,
    KeyBox,
    Masks,
    PublicMap,
    Recipe,
    Sound,
    SoundChoice,
    Track,
    hidden_tiles,
)
from witnessmark.model.time import Span
from witnessmark.protect.voice.treatment import treatment
from witnessmark.release.derivative.gone import (
    Scanner,
    Secret,
    needles,
    odd_structure,
    picture_samples,
    told_numbers,
)
from witnessmark.release.derivative.maker import DerivativeMaker, Treat, public_size
from witnessmark.release.derivative.strip import StripText
from witnessmark.release.derivative.timeline import Clock, Timeline, public_rate
from witnessmark.release.seal.planes import TileCutter, shapes

RATE = Fraction(25)
STRIP = StripText("WM-7", "ab12cd34", "0123456789" * 6, "fedcba9876" * 6)
BASE = Fraction(1, 12800)


@pytest.mark.parametrize(
    "pixels",
    [
        *("yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv411p", "yuv410p", "yuv420p10le", "yuv422p10le"),
        *(
            "nv12",
            "gray",
            "gray16le",
            "rgb24",
            "bgra",
            "rgb565le",
            "yuyv422",
            "pal8",
            "yuva420p",
            "gbrp",
            "p010le",
        ),
    ],
)
@pytest.mark.parametrize("size", [(200, 150), (129, 67)])
def test_hidden_tiles_hold_nothing_and_visible_ones_are_untouched(pixels: str, size: tuple[int, int]) -> None:
    """A face would shine through in one plane, or a visible tile would not match its seal any more."""
    rng = np.random.default_rng(1)
    frame = VideoFrame(*size, pixels)
    for plane in frame.planes:
        held = np.frombuffer(plane, np.uint8)
        held[:] = rng.integers(1, 255, len(held))
    planes = Planes(frame)
    before = tuple(p.copy() for p in planes())
    copy = public._copied(frame)
    public.blacken(copy, [0, 3])
    after = Planes(copy)()
    if pixels == "pal8":
        before, after = before[:1], after[:1]
    cut = TileCutter(*size, shapes(*size, before))
    was, now = [bytes(t) for t in cut.cut(before)], [bytes(t) for t in cut.cut(after)]
    assert [k for k in range(len(was)) if was[k] != now[k]] == [k for k in (0, 3) if k < len(was)]
    assert all(len(set(now[k])) <= 4 for k in (0, 3) if k < len(was))
    assert [bytes(p) for p in planes()] == [bytes(np.ascontiguousarray(p)) for p in Planes(frame)()]


def numbered(count: int, width: int = 320, height: int = 192) -> list[Picture]:
    """Bright noise; sixteen bars at the lower left tell the number of each picture in two grey levels."""
    rng = np.random.default_rng(5)
    noise = (
        rng.integers(150, 220, (height // 8, width // 8, 1), np.uint8).repeat(8, 0).repeat(8, 1).repeat(3, 2)
    )
    made = []
    for number in range(count):
        picture = noise.copy()
        for bit in range(8):
            picture[height - 16 :, bit * 16 : bit * 16 + 16] = 230 if number >> bit & 1 else 40
        made.append(picture)
    return made


def number_of(luma: Picture, height: int) -> int:
    rows = luma[height - 12 : height - 4]
    return sum((rows[:, bit * 16 + 4 : bit * 16 + 12].mean() > 135) << bit for bit in range(8))


def recipe(*tracks: Track, **rest: object) -> Recipe:
    return Recipe(Masks(0, 320, 192, tracks), **rest)  # type: ignore[arg-type]


def track(first: Box, last: Box, begin: int, end: int) -> Track:
    return Track("t", Hidden.FACE, (KeyBox(0, begin, None, first), KeyBox(0, end, None, last)))


def made(
    path: Path, wanted: Recipe, length_s: Fraction, treat: Treat | None = None
) -> tuple[PublicMap, dict[str, bytes]]:
    maker = DerivativeMaker(wanted, shape(path), length_s, STRIP, treat)
    reel(path, maker)
    assert maker.map is not None
    return maker.map, {name: b"".join(pieces) for name, pieces in maker.files()}


def lumas(data: bytes) -> list[Picture]:
    with av.open(io.BytesIO(data)) as container:
        return [f.to_ndarray(format="yuv420p")[: f.height] for f in container.decode(video=0)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "raw.mp4", numbered(60), RATE)


def test_every_public_picture_hides_the_tiles_of_the_raw_picture_that_it_shows(clip: Path) -> None:
    """Masks would run beside the people they hide, or the map would lay proofs over other pictures."""
    moving = track(Box(10, 10, 50, 50), Box(210, 70, 250, 110), 5, 50)
    laid, files = made(clip, recipe(moving, trim_start_ms=210, trim_end_ms=330), Fraction(60, 25))
    for data in files.values():
        pictures = lumas(data)
        assert len(pictures) == len(laid.frames) == 47
        for shown, public_frame in zip(pictures, laid.frames, strict=True):
            assert number_of(shown, 192) == public_frame.ordinal
            box = moving.box_at(public_frame.ordinal)
            tiles = set(hidden_tiles([box] if box else [], 320, 192))
            for tile in range(15):
                row, column = divmod(tile, 5)
                inner = shown[row * 64 + 6 : row * 64 + 42, column * 64 + 6 : column * 64 + 58]
                assert (inner.max() < 40) == (tile in tiles)


def test_files_hold_no_more_than_pictures(clip: Path) -> None:
    """Remarks of an encoder, dates or boxes would tell of the machine; a player would wait for the whole file."""
    laid, files = made(clip, recipe(trim_start_ms=120, trim_end_ms=120), Fraction(60, 25))
    for data in files.values():
        assert odd_structure(data) == ()
        assert data.find(b"moov") < data.find(b"mdat")
        assert [word for word in (b"x264", b"Lavc", b"Lavf", b"Lav") if word in data] == []
        assert len(picture_samples(data)) == len(laid.frames)
        assert told_numbers(data)["pictures"] != 60
        with av.open(io.BytesIO(data)) as container:
            stream = container.streams.video[0]
            assert (stream.codec_context.name, stream.profile) == ("h264", "High")
            assert len(container.streams) == 1
    assert len(files["small"]) <= 48_000_000


def test_planted_remarks_are_found(clip: Path) -> None:
    """The check for what must be gone would let anything pass."""
    _, files = made(clip, recipe(), Fraction(60, 25))
    data = files["public"]
    place, _ = picture_samples(data)[3]
    planted = bytearray(data)
    planted[place + 4] = planted[place + 4] & 0xE0 | 6
    assert {one.what for one in odd_structure(bytes(planted))} == {"a coded unit that is no slice"}
    dated = bytearray(data)
    at = data.find(b"mvhd") + 8
    dated[at : at + 4] = (3_800_000_000).to_bytes(4, "big")
    assert "a date" in {one.what for one in odd_structure(bytes(dated))}
    longer = data + b"\x00\x00\x00\x10free12345678"
    assert odd_structure(longer) != ()


def test_secrets_are_found_in_every_spelling_and_across_pieces() -> None:
    """A digest in hexadecimal, a name in UTF-16, or one cut in two by a block would be published."""
    digest, name = bytes(range(1, 33)), "Ангарск-ОТБ1_cam07"
    secret = [Secret("digest", digest=digest), Secret("name", text=name)]
    for hidden, what in (
        (digest[9:17], "digest"),
        (digest.hex().encode()[7:23], "digest"),
        (digest.hex().upper().encode()[20:40], "digest"),
        (base64.b64encode(b"x" + digest)[8:30], "digest"),
        (base64.b64encode(digest)[4:20], "digest"),
        (name.encode(), "name"),
        (name.upper().encode(), "name"),
        (name.encode("utf-16-le"), "name"),
    ):
        data = b"\xff" * 1000 + hidden + b"\xff" * 1000
        scanner = Scanner(secret)
        for start in range(0, len(data), 7):
            scanner.take(data[start : start + 7])
        assert [one.what for one in scanner.found] == [what]
    quiet = Scanner(secret)
    quiet.take(np.random.default_rng(3).bytes(1 << 20) + digest[:7])
    assert quiet.found == []
    assert needles(Secret("short", text="abc")) == ()


def test_sound_stays_within_a_picture_of_its_flash(tmp_path: Path) -> None:
    """Lips and words would drift apart, and a silenced word would still be heard."""
    flashes = [12, 33, 51]
    pictures = [np.full((96, 160, 3), 230 if k in flashes else 60, np.uint8) for k in range(75)]
    sound = np.zeros(48_000 * 3, np.float32)
    for k in flashes:
        at = k * 1920
        sound[at : at + 480] = 0.8 * np.sin(np.arange(480) * 0.3)
    clip = write_clip(tmp_path / "flash.mp4", pictures, RATE, sound=sound)
    spoken = Span.of(33 * 1920 - 900, 33 * 1920 + 3000, Fraction(1, 48_000))
    wanted = Recipe(
        Masks(0, 160, 96),
        sound=SoundChoice(Sound.SILENCE, 1, (spoken,)),
        trim_start_ms=240,
        trim_end_ms=160,
    )
    treat = treatment(Sound.SILENCE, [(spoken.start.value, spoken.end.value)], 48_000)
    laid, files = made(clip, wanted, Fraction(3), treat)
    with av.open(io.BytesIO(files["public"])) as container:
        bright = [
            k
            for k, f in enumerate(container.decode(video=0))
            if f.to_ndarray(format="gray")[:90].mean() > 150
        ]
    with av.open(io.BytesIO(files["public"])) as container:
        heard = np.zeros(48_000 * 4, np.float32)
        for block in container.decode(audio=0):
            at = round(float(block.pts * block.time_base) * 48_000)
            values = block.to_ndarray()[0]
            low = max(0, -at)
            heard[at + low : at + len(values)] = values[low:]
    assert [laid.frames[k].ordinal for k in bright] == flashes
    loud = [np.abs(heard[k * 1920 - 300 : k * 1920 + 1500]).max() > 0.3 for k in bright]
    assert loud == [True, False, True]
    for k in (bright[0], bright[2]):
        first = k * 1920 - 1000 + int(np.argmax(np.abs(heard[k * 1920 - 1000 : k * 1920 + 1920]) > 0.3))
        assert abs(first - k * 1920) < 1920


def test_sound_without_treatment_is_refused(clip: Path) -> None:
    """Voices would go out as they are because a caller forgot them."""
    wanted = Recipe(Masks(0, 320, 192), sound=SoundChoice(Sound.TONE, 1))
    with_sound = public.Shape(0, 320, 192, Fraction(1), RATE, BASE, 1, BASE)
    with pytest.raises(ValueError, match="treats"):
        DerivativeMaker(wanted, with_sound, Fraction(2), STRIP)


def test_pictures_of_another_size_are_black_as_a_whole(clip: Path) -> None:
    """Boxes drawn on one grid would hide the wrong places of another."""
    _, files = made(clip, Recipe(Masks(0, 640, 384)), Fraction(60, 25))
    assert max(int(p[:186].max()) for p in lumas(files["public"])) < 30


@pytest.mark.parametrize(
    ("width", "height", "turns"), [(1920, 1080, 0), (1920, 1080, 1), (720, 576, 0), (64, 48, 0)]
)
def test_public_sizes(width: int, height: int, turns: int) -> None:
    """A variant would be too large for a messenger's player, or squeezed."""
    got = public_size(public.Shape(0, width, height, Fraction(1), RATE, BASE, None, None), turns, 1280, STRIP)
    upright = (width, height) if turns % 2 == 0 else (height, width)
    assert max(got) <= 1280 and got[0] % 2 == 0 and got[1] % 4 == 0
    assert abs(got[0] / got[1] - upright[0] / upright[1]) < 0.1
    assert got[0] <= upright[0] and got[1] <= upright[1]


def test_time_only_runs_forward() -> None:
    """A file with broken time stamps would freeze, or run masks against the wrong pictures."""
    clock = Clock.of(Fraction(1, 25), RATE)
    got = [clock.tick(pts) for pts in (10, 11, None, 5, 6, 6, 5000)]
    assert got == [k * Fraction(1, 25) for k in range(7)]


def test_span_and_trims_bound_what_is_shown() -> None:
    """More would be shown than was asked for."""
    wanted = Recipe(Masks(0, 8, 8), Span.of(25, 75, Fraction(1, 25)), trim_start_ms=200, trim_end_ms=400)
    line = Timeline(wanted, Fraction(25), Clock.of(Fraction(1, 25), RATE), Fraction(4))
    line.begin(0)
    for ordinal in range(100):
        line.shows(0, ordinal, ordinal, False)
    line.close(0)
    assert [f.ordinal for f in line.frames] == list(range(30, 65))


@pytest.mark.parametrize(
    ("declared", "expected"), [(None, 25), (Fraction(30000, 1001), 30), (60, 30), (50, 25), (12, 12), (7, 10)]
)
def test_public_rates_are_common_ones(declared: Fraction | None, expected: int) -> None:
    """An unusual rate would name the device."""
    assert public_rate(None if declared is None else Fraction(declared)) == expected
