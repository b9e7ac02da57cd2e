"""The one decode: order, exactness, sharing, isolation of consumers, and limits."""

from __future__ import annotations

import io
import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tests.corpus.clips import make_clip
from tests.unit.media.listeners import H264, MP4, Breaker, Listener, feed, raw_h264
from witnessmark.ground.container import sniff
from witnessmark.ground.media import ReelLimits, run_reel
from witnessmark.model.consumer import ByteSource, ColourAt, Frames, LumaAt, Packets, PcmAt
from witnessmark.model.errors import VaultError
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Colour, Frame, Gap, Luma, Packet, Pcm


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clips") / "a.mp4"
    make_clip(path, seconds=2, fps=25, size=(320, 240), bframes=2, seed=7)
    return path.read_bytes()


def test_frames_are_those_of_a_plain_decode_in_its_order(clip: bytes) -> None:
    """Lost otherwise: the seal would commit to pictures that no other decoder can give."""
    listener = Listener(Frames())
    outcome = feed(clip, listener)
    with av.open(io.BytesIO(clip), "r") as container:
        plain = list(container.decode(video=0))
    frames = listener.of(Frame)
    assert (len(plain), ()) == (len(frames), outcome.faults)
    for ordinal, (ours, planes, theirs) in enumerate(zip(frames, listener.planes, plain, strict=True)):
        assert (ours.ordinal, ours.pts, ours.base) == (ordinal, theirs.pts, theirs.time_base)
        assert (ours.width_px, ours.height_px, ours.pixel_format) == (320, 240, "yuv420p")
        assert np.array_equal(np.concatenate([p.ravel() for p in planes]), theirs.to_ndarray().ravel())
    assert {"I", "P", "B"} == {frame.picture_type for frame in frames}


def test_packets_carry_what_the_file_says(clip: bytes) -> None:
    """Lost otherwise: the timeline examiner would measure the library's inventions."""
    listener = Listener(Packets())
    feed(clip, listener)
    with av.open(io.BytesIO(clip), "r") as container:
        container.flags &= ~1
        plain = [
            (p.stream_index, p.pts, p.dts, p.size, p.pos, p.is_keyframe) for p in container.demux() if p.size
        ]
    ours = [(p.stream, p.pts, p.dts, p.size_bytes, p.position, p.is_key) for p in listener.of(Packet)]
    assert ours == plain
    video = [p.ordinal for p in listener.of(Packet) if p.stream == 0]
    assert video == list(range(50))


def test_packet_bytes_are_the_bytes_of_the_file(clip: bytes) -> None:
    """Lost otherwise: the sound that is committed would not be the sound that was received."""
    seen: list[bool] = []

    class Compare(Listener):
        def take(self, sample: object) -> None:
            if isinstance(sample, Packet) and sample.position is not None:
                at = sample.position
                seen.append(bytes(sample.data) == clip[at : at + sample.size_bytes])

    feed(clip, Compare(Packets()))
    assert seen
    assert all(seen)


def test_luma_is_shared_read_only_and_exact(clip: bytes) -> None:
    """Lost otherwise: one examiner could change what the next one sees."""
    one, two = Listener(LumaAt(30), Frames(), name="one"), Listener(LumaAt(30), LumaAt(0), name="two")
    feed(clip, one, two)
    small = [sample for sample in two.of(Luma) if sample.height_requested == 30]
    means = [sample for sample in two.of(Luma) if sample.height_requested == 0]
    assert 50 == len(small) == len(means) == len(one.of(Luma))
    for first, second, mean, planes in zip(one.of(Luma), small, means, one.planes, strict=True):
        assert first is second
        assert not first.array.flags.writeable
        exact = (planes[0].astype(int).reshape(30, 8, 40, 8).sum(axis=(1, 3)) + 32) >> 6
        assert np.array_equal(mean.array, exact)
        assert np.array_equal(first.array, exact)
        assert first.means8 is mean.array


@pytest.mark.parametrize("height", [50, 90, 180, 240, 500])
def test_scaled_luma_keeps_shape_and_brightness_and_never_grows(clip: bytes, height: int) -> None:
    """Lost otherwise: thresholds measured at one height would not hold at another."""
    listener = Listener(LumaAt(height), Frames())
    feed(clip, listener)
    for luma, planes in zip(listener.of(Luma), listener.planes, strict=True):
        expected = (240, 320) if height >= 240 else (height, (320 * height + 120) // 240)
        assert luma.array.shape == expected
        assert abs(float(luma.array.mean()) - float(planes[0].mean())) < 0.75
        if height >= 240:
            assert np.array_equal(luma.array, planes[0])


def test_sparse_needs_follow_the_time_of_the_file(clip: bytes) -> None:
    """Lost otherwise: slow consumers would be fed every frame, and the examination would take hours."""
    listener = Listener(LumaAt(60, 5), ColourAt(60, 1))
    feed(clip, listener)
    times = [float(luma.pts * luma.base) for luma in listener.of(Luma)]
    assert len(times) == 10
    assert all(0.15 < later - earlier < 0.25 for earlier, later in pairwise(times))
    colours = listener.of(Colour)
    assert [colour.array.shape for colour in colours] == [(60, 80, 3)] * 2


def test_sound_is_mono_whole_and_at_the_asked_rate(clip: bytes) -> None:
    """Lost otherwise: a splice in the sound would be placed wrongly."""
    native, slow = Listener(PcmAt(0)), Listener(PcmAt(8000))
    feed(clip, native, slow)
    with av.open(io.BytesIO(clip), "r") as container:
        plain = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    joined = np.concatenate([pcm.array for pcm in native.of(Pcm)])
    assert np.array_equal(joined, plain)
    starts = [pcm.start_sample for pcm in native.of(Pcm)]
    assert starts == [1024 * n for n in range(len(starts))]
    resampled = np.concatenate([pcm.array for pcm in slow.of(Pcm)])
    assert abs(len(resampled) - len(plain) * 8000 / 44100) < 10
    assert resampled.dtype == np.float32


@pytest.mark.parametrize("where", ["begin", "take", "finish"])
def test_a_consumer_that_raises_fails_alone(clip: bytes, where: str) -> None:
    """Lost otherwise: one broken method would silence all the others."""
    good = Listener(Frames(), name="good")
    outcome = feed(clip, Breaker(Frames(), where=where), good)
    assert len(good.of(Frame)) == 50
    assert [name for name, _ in outcome.products] == ["good"]
    (failure,) = outcome.failures
    assert failure.name == "breaker"
    assert failure.fault.startswith("RuntimeError at tests.unit.media.listeners:")
    assert "witness" not in failure.fault


def test_nothing_is_decoded_that_nobody_asked_for(clip: bytes) -> None:
    """Lost otherwise: asking for the container alone would cost a whole decode."""
    outcome = feed(clip, Listener(Packets()))
    assert [count.frames for count in outcome.counts] == [0, 0]
    assert sum(count.packets for count in outcome.counts) > 50


def test_the_same_file_gives_the_same_samples(clip: bytes) -> None:
    """Lost otherwise: no finding could be reproduced."""
    runs = []
    for _ in range(2):
        listener = Listener(Packets(), Frames(), LumaAt(90), ColourAt(120, 2), PcmAt(16000))
        feed(clip, listener)
        arrays = [s.array.tobytes() for s in listener.samples if isinstance(s, Luma | Colour | Pcm)]
        runs.append(([type(s).__name__ for s in listener.samples], arrays))
    assert runs[0] == runs[1]


def test_a_change_of_size_is_a_gap_and_the_decode_goes_on() -> None:
    """Lost otherwise: footage spliced from two recorders would pass as one."""
    data = raw_h264(320, 240, 5) + raw_h264(160, 120, 5, seed=2)
    listener = Listener(Frames(), LumaAt(60))
    feed(data, listener, kind=H264)
    assert "size_change" in listener.gaps()
    shapes = [(frame.width_px, frame.height_px) for frame in listener.of(Frame)]
    assert shapes == [(320, 240)] * 5 + [(160, 120)] * 5
    assert [luma.array.shape for luma in listener.of(Luma)] == [(60, 80)] * 10


def test_damage_is_a_gap_for_everybody(clip: bytes) -> None:
    """Lost otherwise: a destroyed stretch would look as if nothing had been filmed."""
    listener = Listener(Packets())
    feed(clip, listener)
    victim = [p for p in listener.of(Packet) if p.stream == 0][25]
    broken = bytearray(clip)
    broken[victim.position : victim.position + victim.size_bytes] = b"\xff" * victim.size_bytes
    damaged = Listener(Frames())
    outcome = feed(bytes(broken), damaged)
    assert "decode_error" in damaged.gaps()
    assert [fault.reason for fault in outcome.faults] == ["decode_error"]
    assert 40 <= len(damaged.of(Frame)) <= 50


def test_a_cut_off_file_says_so(clip: bytes) -> None:
    """Lost otherwise: half a recording would pass for a whole one."""
    sink = io.BytesIO(clip)
    with av.open(sink, "r") as source:
        streamed = io.BytesIO()
        with av.open(streamed, "w", format="mpegts") as output:
            stream = output.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.dts is not None:
                    packet.stream = stream
                    output.mux(packet)
    data = streamed.getvalue()
    listener = Listener(Frames())
    feed(data[: len(data) * 2 // 3], listener, kind=Kind(MediaType.VIDEO, "mpegts"))
    assert 20 < len(listener.of(Frame)) < 50
    cut = Listener(Packets(), Frames())
    outcome = feed(clip[: len(clip) // 2], cut)
    assert outcome.faults
    assert cut.gaps()


@pytest.mark.parametrize(
    ("limits", "which"),
    [(ReelLimits(packets=10), "packets"), (ReelLimits(frames=5), "frames"), (ReelLimits(cpu_s=-1), "cpu_s")],
)
def test_a_limit_ends_the_pass_and_is_told(clip: bytes, limits: ReelLimits, which: str) -> None:
    """Lost otherwise: a bomb of a file would stop the examination of all others."""
    listener = Listener(Frames())
    outcome = feed(clip, listener, limits=limits)
    assert "limit" in listener.gaps()
    assert ("limit", which) in [(fault.reason, fault.detail) for fault in outcome.faults]
    assert len(outcome.products) == 1


def test_a_picture_that_is_too_large_is_not_decoded(clip: bytes) -> None:
    """Lost otherwise: 1.5 megabytes of a picture bomb would ask for a gigabyte."""
    listener = Listener(Frames())
    feed(clip, listener, limits=ReelLimits(pixels=320 * 240 - 1))
    assert (0, {"decode_error"}) == (len(listener.of(Frame)), set(listener.gaps()))


def test_descriptors_and_readers_give_the_same_as_streams(clip: bytes, tmp_path: Path) -> None:
    """Lost otherwise: a sealed object would be examined differently from the file it came from."""
    (tmp_path / "a").write_bytes(clip)
    fd = os.open(tmp_path / "a", os.O_RDONLY)
    listener = Listener(Frames())
    run_reel(fd, len(clip), [listener], kind=MP4)
    assert os.lseek(fd, 0, os.SEEK_CUR) == 0
    os.close(fd)
    assert (50, clip[:16]) == (len(listener.of(Frame)), listener.first_bytes)


class _DamagedObject:
    """A sealed object of which one chunk in the middle fails its authentication."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size_bytes = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        if offset <= self.size_bytes // 2 < offset + length:
            raise VaultError("a chunk of a sealed object is damaged")
        return self._data[offset : offset + length]


def test_a_damaged_object_is_never_taken_for_the_end_of_the_evidence(clip: bytes) -> None:
    """Lost otherwise: damage of our own store would be reported as a property of the footage."""
    with pytest.raises(VaultError):
        run_reel(_DamagedObject(clip), len(clip), [Listener(Frames())], kind=MP4)


def test_damage_met_by_a_consumer_is_not_the_consumers_failure(clip: bytes) -> None:
    """Lost otherwise: a ruined object would only look like one method that broke."""

    class Reader(Listener):
        def begin(self, recording: Recording, source: ByteSource) -> None:
            source.read_at(0, source.size_bytes)

    rubbish = bytes(100_000)
    with pytest.raises(VaultError):
        run_reel(_DamagedObject(rubbish), len(rubbish), [Reader()], kind=Kind(MediaType.DOCUMENT, "pdf"))


def test_the_summary_counts_what_was_seen(clip: bytes) -> None:
    """Lost otherwise: cost per minute of footage could not be told."""
    outcome = feed(clip, Listener(Frames(), PcmAt(0)))
    assert outcome.recording is not None
    assert [(s.kind, s.codec) for s in outcome.recording.streams] == [("video", "h264"), ("audio", "aac")]
    assert abs(outcome.media_s - 2.0) < 0.1
    assert outcome.counts[0].packets == outcome.counts[0].frames == 50
    assert outcome.recording.streams[0].time_base == Fraction(1, 12800)


def test_a_file_without_a_recording_still_reaches_everybody() -> None:
    """Lost otherwise: a ruined file would get no findings at all, not even that it is ruined."""
    listener = Listener(Packets(), Frames())
    outcome = feed(b"\0\0\0\x18ftypmp42" + bytes(500), listener)
    assert outcome.recording is None
    assert (listener.gaps(), listener.first_bytes[:8]) == (["demux_error"], b"\0\0\0\x18ftyp")
    assert isinstance(listener.samples[0], Gap)
    assert len(outcome.products) == 1


def test_pictures_hidden_by_an_edit_list_are_shown(shared_media: Path) -> None:
    """Lost otherwise: half of a real clip (138 of 287 pictures) would not be examined at all."""
    path = shared_media / "neardup" / "perception__v2.m4v"
    listener = Listener(Frames())
    feed(path.read_bytes(), listener)
    assert len(listener.of(Frame)) == 287


def test_every_real_file_ends_in_an_outcome(shared_media: Path) -> None:
    """Lost otherwise: one odd file of a disk would stop the examination of the rest."""
    for path in sorted((shared_media / "malformed").iterdir()):
        data = path.read_bytes()
        outcome = feed(
            data, Listener(Packets(), Frames(), LumaAt(0), PcmAt(0)), kind=sniff(data[:65536], len(data))
        )
        assert (len(outcome.products), outcome.failures) == (1, ())
