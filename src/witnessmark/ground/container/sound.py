"""FLAC, Ogg, MP3, ADTS and AMR: headers, comments and what stands behind the sound.

RFC 9639 §8 (FLAC metadata blocks), RFC 3533 (Ogg pages), Vorbis I §5 (comments), RFC 7845 §5 (Opus), ID3v2.3
and v2.4 frames, the Xing/LAME header, RFC 4867 §5 (AMR).
"""

from __future__ import annotations

from fractions import Fraction

from witnessmark.ground.container import times, trailers
from witnessmark.ground.container.build import TreeBuilder
from witnessmark.ground.container.sniff_streams import mp3_frame_bytes
from witnessmark.ground.container.tree import DeclaredTrack

_TEXT_BYTES = 64 * 1024
_PAGES = 16
_COMMENTS = 256
_SOFTWARE = ("ENCODER", "ENCODED_BY", "SOFTWARE", "VENDOR")


def walk(builder: TreeBuilder) -> None:
    {"flac": _flac, "ogg": _ogg, "mp3": _mp3, "aac": _aac, "amr": _amr}[builder.format](builder)


def _flac(builder: TreeBuilder) -> None:
    start = builder.read(0, 10)
    at = 4 if start[:4] == b"fLaC" else 14 + _synchsafe(start[6:10])
    for ordinal in range(128):
        head = builder.read(at, 4)
        if len(head) < 4:
            builder.fault("truncated", at, "a metadata block is missing")
            return
        kind, size = head[0] & 127, int.from_bytes(head[1:4], "big")
        builder.node(f"block:{kind}" + (f"[{ordinal}]" if ordinal else ""), at, size + 4)
        if kind == 0:
            data = builder.read(at + 4, 34)
            rate = int.from_bytes(data[10:13], "big") >> 4
            samples = int.from_bytes(data[13:18], "big") & ((1 << 36) - 1)
            builder.timescale = rate
            builder.tracks.append(DeclaredTrack(0, "audio", "flac", timescale=rate, duration_ticks=samples))
            if rate and samples:
                builder.duration = Fraction(samples, rate)
        elif kind == 4:
            _comments(builder, builder.read(at + 4, min(size, _TEXT_BYTES)), "flac")
        at += 4 + size
        if head[0] & 128:
            break


def _ogg(builder: TreeBuilder) -> None:
    at = 0
    for ordinal in range(_PAGES):
        head = builder.read(at, 27)
        if head[:4] != b"OggS" or len(head) < 27:
            if ordinal:
                builder.fault("lost_sync", at, "no page where one must begin")
            else:
                builder.fault("not_this_format", 0, "no Ogg page")
            return
        lacing = builder.read(at + 27, head[26])
        size = sum(lacing)
        body = builder.read(at + 27 + head[26], min(size, _TEXT_BYTES))
        builder.node(f"page[{ordinal}]", at, 27 + head[26] + size, (("flags", head[5]),))
        for mark, name in ((b"\x01vorbis", "vorbis"), (b"OpusHead", "opus"), (b"\x80theora", "theora")):
            if body.startswith(mark):
                kind = "video" if name == "theora" else "audio"
                builder.tracks.append(DeclaredTrack(len(builder.tracks), kind, name))
        for mark in (b"\x03vorbis", b"OpusTags", b"\x81theora"):
            if body.startswith(mark):
                _comments(builder, body[len(mark) :], "ogg")
        at += 27 + head[26] + size
        if at >= builder.size:
            return


def _comments(builder: TreeBuilder, data: bytes, field: str) -> None:
    """Vorbis comments: the vendor names the encoder library, then KEY=value lines."""
    length = int.from_bytes(data[:4], "little")
    builder.say(builder.software, f"{field}.vendor", builder.text(data[4 : 4 + length]))
    at = 4 + length
    count = int.from_bytes(data[at : at + 4], "little")
    at += 4
    for _ in range(min(count, _COMMENTS)):
        size = int.from_bytes(data[at : at + 4], "little")
        key, _, value = builder.text(data[at + 4 : at + 4 + min(size, 1024)]).partition("=")
        at += 4 + size
        if at > len(data):
            builder.fault("bad_table", 0, "a comment runs beyond its block")
            return
        if key.upper() in _SOFTWARE:
            builder.say(builder.software, f"{field}.{key.upper()}", value)
        elif key.upper() in ("DATE", "CREATION_TIME"):
            times.note_text(builder, f"{field}.{key.upper()}", value)
        else:
            builder.say(builder.texts, f"{field}.{key.upper()}", value)


_ID3_TEXT = {"TSSE": "software", "TENC": "software", "TSS": "software", "TDRC": "created", "TDEN": "created"}


def _mp3(builder: TreeBuilder) -> None:
    at = 0
    head = builder.read(0, 10)
    if head[:3] == b"ID3":
        size = _synchsafe(head[6:10])
        builder.node("ID3v2", 0, size + 10, (("version", head[3]),))
        _id3(builder, builder.read(10, min(size, _TEXT_BYTES)), head[3])
        at = 10 + size
    frame = builder.read(at, 512)
    builder.tracks.append(DeclaredTrack(0, "audio", "mp3"))
    if not mp3_frame_bytes(frame):
        builder.fault("lost_sync", at, "no MPEG audio frame behind the tag")
        return
    builder.node("frame", at, mp3_frame_bytes(frame))
    for mark in (b"Xing", b"Info"):
        found = frame.find(mark, 0, 64)
        if found >= 0:
            writer = builder.text(frame[found + 120 : found + 129], "latin-1")
            builder.node("Xing", at + found, 120, (("kind", mark.decode()), ("writer", writer)))
            builder.say(builder.software, "Xing.writer", writer)
    if builder.read(builder.size - 128, 3) == b"TAG":
        builder.node("ID3v1", builder.size - 128, 128)


def _id3(builder: TreeBuilder, data: bytes, version: int) -> None:
    at = 0
    while at + 10 <= len(data) and data[at : at + 1].isalpha():
        name = data[at : at + 4].decode("latin-1")
        raw = data[at + 4 : at + 8]
        size = _synchsafe(raw) if version >= 4 else int.from_bytes(raw, "big")
        body = data[at + 10 : at + 10 + size]
        if name.startswith("T") and body:
            encoding = {0: "latin-1", 1: "utf-16", 2: "utf-16-be"}.get(body[0], "utf-8")
            text = builder.text(body[1:], encoding)
            what = _ID3_TEXT.get(name, "text")
            if what == "software":
                builder.say(builder.software, f"id3.{name}", text)
            elif what == "created":
                times.note_text(builder, f"id3.{name}", text)
            else:
                builder.say(builder.texts, f"id3.{name}", text)
        at += 10 + size


def _aac(builder: TreeBuilder) -> None:
    head = builder.read(0, 7)
    builder.node("adts", 0, builder.size, (("profile", head[2] >> 6), ("mpeg", (head[1] >> 3) & 1)))
    builder.tracks.append(DeclaredTrack(0, "audio", "aac"))


_AMR_NB_BYTES = (12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0)
_AMR_WB_BYTES = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0)
"""RFC 4867 §5.3 with the frame sizes of 3GPP TS 26.101 and 26.201."""
_AMR_WALKED_BYTES = 8 << 20


def _amr(builder: TreeBuilder) -> None:
    head = builder.read(0, 16)
    wide = head.startswith(b"#!AMR-WB")
    at = head.find(b"\n") + 1
    sizes = _AMR_WB_BYTES if wide else _AMR_NB_BYTES
    builder.node("magic", 0, at)
    data = builder.read(at, min(builder.size - at, _AMR_WALKED_BYTES))
    position = frames = 0
    while position < len(data) and not data[position] & 0x83:
        position += 1 + sizes[(data[position] >> 3) & 15]
        frames += 1
    builder.counts["frames"] = frames
    builder.duration = Fraction(frames, 50)  # one frame is 20 ms
    builder.tracks.append(DeclaredTrack(0, "audio", "amr_wb" if wide else "amr_nb", samples=frames))
    if at + position > builder.size:
        builder.fault("truncated", builder.size, "the last frame is cut")
    elif position < len(data):
        trailers.name_tail(builder, at + position)


def _synchsafe(four: bytes) -> int:
    return sum((byte & 127) << (7 * (3 - n)) for n, byte in enumerate(four[:4]))
