"""Block types and quantisers from the one decode: without them no trace of an earlier encoding could be read.

And the decoder that tells them hands over to a plain one: without a seam, or the seal would commit to pictures
that nobody else can decode.
"""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest

from tests.corpus.clips import make_clip
from tests.unit.media.listeners import H264, Listener, feed, raw_h264
from witnessmark.ground.media import watch
from witnessmark.model.consumer import BlockTypes, Frames, LumaAt, Qp
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType
from witnessmark.model.samples import BOTH, FORWARD, INTRA, SKIP, Blocks, Frame, Luma, QpMap

AVI, TS, MKV = (Kind(MediaType.VIDEO, name) for name in ("avi", "mpegts", "mkv"))
CLIPS = {
    "x264 with B pictures": (".mp4", {"bframes": 3, "gop": 20}),
    "x264 without": (".mp4", {"bframes": 0, "gop": 20}),
    "x264 in a transport stream": (".ts", {"bframes": 2, "gop": 20}),
    "x264 open groups": (".mkv", {"bframes": 2, "gop": 20, "extra": (("x264-params", "open-gop=1"),)}),
    "MPEG-4": (".avi", {"codec": "mpeg4", "gop": 20}),
    "MPEG-4 with B pictures": (".avi", {"codec": "mpeg4", "gop": 20, "bframes": 2}),
}
KINDS = {".mp4": Kind(MediaType.VIDEO, "mp4"), ".ts": TS, ".mkv": MKV, ".avi": AVI}


@pytest.fixture(scope="module", params=CLIPS)
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Kind]:
    suffix, how = CLIPS[request.param]
    path: Path = tmp_path_factory.mktemp("coded") / f"a{suffix}"
    make_clip(path, seconds=4, size=(160, 112), seed=5, audio=False, **how)  # type: ignore[arg-type]
    return path.read_bytes(), KINDS[suffix]


def said(listener: Listener) -> list[tuple[object, ...]]:
    return [
        (f.ordinal, f.pts, f.is_key, f.picture_type, f.is_interlaced, f.is_corrupt, f.pixel_format)
        for f in listener.of(Frame)
    ]


def test_pictures_are_the_same_to_the_bit_while_blocks_are_told_and_after(
    clip: tuple[bytes, Kind], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost otherwise: an examiner's wish would change the pictures that the seal commits to."""
    taken: list[bool] = []
    prove = watch.Watch._prove

    def proved(self: watch.Watch, *given: object) -> None:
        prove(self, *given)  # type: ignore[arg-type]
        taken.append(self.over)

    monkeypatch.setattr(watch.Watch, "_prove", proved)
    data, kind = clip
    plain, asked = Listener(Frames(), LumaAt(56)), Listener(Frames(), LumaAt(56), BlockTypes(30), Qp())
    feed(data, plain, kind=kind)
    feed(data, asked, kind=kind)
    assert said(plain) == said(asked)
    assert len(said(plain)) == 100
    for ours, theirs in zip(asked.planes, plain.planes, strict=True):
        assert all(map(np.array_equal, ours, theirs))
    assert [s.array.tobytes() for s in plain.of(Luma)] == [s.array.tobytes() for s in asked.of(Luma)]
    assert [b.ordinal for b in asked.of(Blocks)] == list(range(30))
    assert len(asked.of(QpMap)) >= 99  # MPEG-4 part 2 tells nothing of a last picture that it held back
    if kind is not MKV:  # open groups have no IDR picture to start at
        assert taken[-1:] == [True]


def test_block_types_are_those_of_the_picture(clip: tuple[bytes, Kind]) -> None:
    """Lost otherwise: counts would be laid to the wrong picture, and the period that they show would be false."""
    data, kind = clip
    listener = Listener(BlockTypes(0), Frames())
    feed(data, listener, kind=kind)
    blocks = listener.of(Blocks)
    frames = [(f.ordinal, f.pts, f.picture_type) for f in listener.of(Frame)]
    assert [(b.ordinal, b.pts, b.picture_type) for b in blocks] == frames[: len(blocks)]
    assert len(blocks) >= len(frames) - 1  # MPEG-4 part 2 tells nothing of a last picture that it held back
    for b in blocks:
        assert b.types.shape == (7, 10)
        held = set(np.unique(b.types))
        if b.picture_type == "I":
            assert held == {INTRA}
        elif b.picture_type == "P":
            assert held <= {INTRA, FORWARD, SKIP}
            assert FORWARD in held
    if any(b.picture_type == "B" for b in blocks):
        assert any(BOTH in b.types for b in blocks if b.picture_type == "B")


def test_quantisers_are_those_that_the_library_reads(clip: tuple[bytes, Kind]) -> None:
    """Lost otherwise: a map read at wrong offsets would look like evidence."""
    data, kind = clip
    listener = Listener(Qp())
    feed(data, listener, kind=kind)
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = {"export_side_data": "venc_params"}
        frames = list(container.decode(stream))[:12]
        theirs = [frame.side_data.get("VIDEO_ENC_PARAMS").qp_map() for frame in frames]  # type: ignore[union-attr]
    ours = [q.qp for q in listener.of(QpMap)][:12]
    assert len(ours) == 12
    assert all(map(np.array_equal, ours, theirs))


def test_what_only_the_first_packet_says_stops_the_exchange() -> None:
    """Lost otherwise: a plain decoder would start without the parameter sets that the stream sent once."""
    data = raw_h264(160, 112, 40) + raw_h264(176, 112, 40, seed=2)
    plain, asked = Listener(Frames()), Listener(Frames(), BlockTypes(10))
    feed(data, plain, kind=H264)
    feed(data, asked, kind=H264)
    assert said(plain) == said(asked)
    assert all(
        all(map(np.array_equal, ours, theirs))
        for ours, theirs in zip(asked.planes, plain.planes, strict=True)
    )


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "libx265"), (".avi", "mjpeg")])
def test_other_codecs_tell_nothing_and_fail_nothing(tmp_path: Path, suffix: str, codec: str) -> None:
    """Lost otherwise: footage in another codec could not be examined at all."""
    path = tmp_path / f"a{suffix}"
    make_clip(path, seconds=1, size=(160, 112), seed=5, audio=False, codec=codec)
    listener = Listener(BlockTypes(0), Qp(), Frames())
    outcome = feed(path.read_bytes(), listener, kind=KINDS[suffix])
    assert (listener.of(Blocks), listener.of(QpMap), outcome.failures) == ([], [], ())
    assert len(listener.of(Frame)) == 25
