"""What recorders and phones do by themselves: pause, roll over, lengthen exposure, switch to infrared, turn, trim.

Every function returns a ``Truth``; what is innocent has event names of its own, so that a false alarm can be told.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from tests.corpus import events
from tests.corpus.clips import SOUND_RATE_HZ, Encode, Picture, Scene, Truth, sound, write_clip


def taken(
    path: Path,
    scene: Scene,
    first: int,
    count: int,
    encode: Encode,
    *,
    fps: Fraction = Fraction(25),
    seed: int = 1,
    event: str = "take",
) -> Truth:
    """``count`` pictures of ``scene`` from picture ``first`` on, with the sound of that time."""
    start, length = round(first / fps * SOUND_RATE_HZ), round(count / fps * SOUND_RATE_HZ)
    pcm = sound((first + count) / float(fps), seed)[start : start + length] if encode.audio else None
    stamps = tuple(range(count))
    write_clip(path, (scene.picture(first + k) for k in range(count)), stamps, 1 / fps, fps, encode, pcm)
    return Truth(path, count, stamps, 1 / fps, event, {"first": first})


def paused(
    path: Path, scene: Scene, encode: Encode, *, at: int, paused_for: int, count: int, seed: int = 1
) -> Truth:
    """A recorder stopped at picture ``at`` and went on after ``paused_for`` pictures in one file, its times running
    on: the encoder starts anew, so the picture after the pause is a key picture whatever the schedule."""
    parts = path.with_suffix(f".1{path.suffix}"), path.with_suffix(f".2{path.suffix}")
    taken(parts[0], scene, 0, at, encode, seed=seed)
    taken(parts[1], scene, at + paused_for, count - at, encode, seed=seed)
    joined = events.appended(path, *parts)
    for part in parts:
        part.unlink()
    details = {"at_s": joined.details["at_s"], "at_frame": at, "paused_frames": paused_for}
    return Truth(path, joined.frames, joined.pts, joined.base, "paused", details)


def rolled_over(
    first: Path, second: Path, scene: Scene, encode: Encode, *, count: int, seed: int = 1
) -> tuple[Truth, Truth]:
    """A recorder closed one file and went on in the next without losing a picture."""
    return (
        taken(first, scene, 0, count, encode, seed=seed, event="rolled_over"),
        taken(second, scene, count, count, encode, seed=seed, event="rolled_over"),
    )


def low_light(
    path: Path,
    scene: Scene,
    encode: Encode,
    *,
    dark: tuple[int, int],
    count: int,
    fps: int = 24,
    seed: int = 1,
) -> Truth:
    """Exposure is lengthened in a dark stretch: every second picture is never taken, and times tell of it."""
    kept = [k for k in range(count) if not dark[0] <= k < dark[1] or (k - dark[0]) % 2 == 0]

    def pictures() -> Iterator[Picture]:
        for k in kept:
            yield scene.picture(k, 0.35 if dark[0] <= k < dark[1] else 1.0)

    base = Fraction(1, fps)
    pcm = sound(count / fps, seed) if encode.audio else None
    write_clip(path, pictures(), kept, base, Fraction(fps), encode, pcm)
    return Truth(path, len(kept), tuple(kept), base, "low_light", {"dark": dark})


def infrared(path: Path, scene: Scene, encode: Encode, *, at: int, count: int, seed: int = 1) -> Truth:
    """A fixed camera switches to its infrared lamp: colours go, surfaces change places in brightness. The picture does
    change at once, and nothing was cut."""
    rng = np.random.default_rng((seed, 31))
    curve = np.clip(np.cumsum(rng.uniform(-0.6, 1.9, 256)) + 20, 16, 235).astype(np.uint8)

    def pictures() -> Iterator[Picture]:
        for k in range(count):
            picture = scene.picture(k)
            if k >= at:
                picture = picture.copy()
                height = picture.shape[0] * 2 // 3
                picture[:height] = curve[picture[:height]]
                picture[height:] = 128
            yield picture

    stamps = tuple(range(count))
    write_clip(path, pictures(), stamps, Fraction(1, 25), Fraction(25), encode, None)
    return Truth(path, count, stamps, Fraction(1, 25), "infrared", {"at_frame": at})


def exact_copy(path: Path, source: Path) -> Truth:
    """The same bytes under another name."""
    shutil.copyfile(source, path)
    return Truth(path, 0, (), Fraction(1), "exact_copy")


def turned(path: Path, source: Path) -> Truth:
    """The display matrix of the first track says: turn by 90° (ISO/IEC 14496-12 §8.3.2), as phones held upright do."""
    data = bytearray(source.read_bytes())
    at = data.index(b"tkhd") + 4
    matrix = at + (40 if data[at] == 0 else 52)
    struct.pack_into(">9i", data, matrix, 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return Truth(path, 0, (), Fraction(1), "turned")


def trimmed(path: Path, source: Path, *, group: int, hidden: int) -> Truth:
    """The beginning taken off without re-encoding: the copy starts at key picture ``group``, and an edit list hides its
    first ``hidden`` pictures because the wanted place lies between two key pictures."""
    keys = events.key_times(source)
    low, low_s = keys[group]
    with events.opened(source) as held:
        rate = Fraction(held.streams.video[0].average_rate or 25)
    shift_s = low_s + hidden / float(rate)

    def decide(packet: events.Held) -> events.Decision:
        kept = packet.ordinal >= low if packet.kind == "video" else packet.pts_s >= shift_s
        return kept, -shift_s

    details = {"hidden": hidden, "removed_s": shift_s}
    return events.copied(path, source, decide, event="trimmed", details=details)
