"""A file under examination can open nothing but itself, whatever it is called or says it is."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from tests.corpus.clips import make_clip
from tests.unit.media.listeners import Listener, feed
from witnessmark.ground.container import sniff
from witnessmark.ground.media import ReelFault, probe
from witnessmark.ground.media.formats import DEMUXERS
from witnessmark.model.consumer import Frames, Packets
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording


def playlists(target: Path) -> dict[str, bytes]:
    return {
        "ffconcat": f"ffconcat version 1.0\nfile '{target}'\n".encode(),
        "m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{target}\n#EXT-X-ENDLIST\n".encode(),
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
        "concat": f"concat:{target}|{target}".encode(),
        "dash": f'<?xml version="1.0"?><MPD><Period><BaseURL>{target}</BaseURL></Period></MPD>'.encode(),
    }


@pytest.mark.parametrize("name", ["ffconcat", "m3u8", "sdp", "concat", "dash"])
@pytest.mark.parametrize("claimed", ["sniffed", *sorted(set(DEMUXERS))])
def test_a_list_of_other_files_opens_none_of_them(tmp_path: Path, name: str, claimed: str) -> None:
    """Lost otherwise: a text named y.mp4 makes the decoder read another file of this machine."""
    target = tmp_path / "other.mp4"
    if not target.exists():
        make_clip(target, seconds=0.4, audio=False)
    text = playlists(target)[name]
    kind = sniff(text, len(text)) if claimed == "sniffed" else Kind(MediaType.VIDEO, claimed)
    listener = Listener(Packets(), Frames())
    outcome = feed(text, listener, kind=kind)
    opened = [
        stream for stream in (outcome.recording.streams if outcome.recording else ()) if stream.width_px
    ]
    assert (opened, listener.of(Frames)) == ([], [])
    assert all(count.frames == 0 for count in outcome.counts)
    assert outcome.faults or claimed in ("mp3", "aac", "mpegvideo", "h264", "hevc", "aiff")


def test_an_unknown_format_is_a_typed_fault() -> None:
    """Lost otherwise: what cannot be opened would be passed over."""
    listener = Listener(Frames())
    outcome = feed(b"%PDF-1.7", listener, kind=Kind(MediaType.DOCUMENT, "pdf"))
    assert outcome.faults == (ReelFault("unknown_format", detail="no demuxer for pdf"),)
    assert listener.gaps() == ["demux_error"]


def test_probe_reads_what_is_declared_and_says_why_not(tmp_path: Path) -> None:
    """Lost otherwise: triage could not tell minutes of footage from rubbish."""
    path = tmp_path / "a.mp4"
    make_clip(path, seconds=1)
    fd = os.open(path, os.O_RDONLY)
    found = probe(fd, path.stat().st_size, kind=Kind(MediaType.VIDEO, "mp4"))
    os.close(fd)
    assert isinstance(found, Recording)
    assert [(s.kind, s.codec, s.width_px) for s in found.streams] == [
        ("video", "h264", 320),
        ("audio", "aac", 0),
    ]
    assert found.duration_s == pytest.approx(1.0, abs=0.1)
    rubbish = probe(io.BytesIO(bytes(1000)), 1000, kind=Kind(MediaType.VIDEO, "avi"))
    assert isinstance(rubbish, ReelFault)
