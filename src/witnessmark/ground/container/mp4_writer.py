"""Write an MP4 of H.264 and AAC samples whose every other byte is ours, progressive (``moov`` before ``mdat``).

A muxer of a library would add its name, dates, identifiers or boxes that nobody asked for, and needs a file to seek
in to put ``moov`` first, which the jail forbids. This one knows its samples before it writes, so it needs neither.
Dates are 0 (not known), handler names empty, no ``udta``, ``meta``, ``free`` or ``uuid``.

Format: ISO/IEC 14496-12 (boxes; version 0), 14496-14 (``esds``), 14496-15 (``avcC``, length-prefixed NAL units).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

MOVIE_SCALE = 1000
UNITY = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
"""The matrix that changes nothing (14496-12 §6.2.2)."""
UNDETERMINED = 0x55C4
"""Language ``und`` in packed ISO 639-2 (14496-12 §8.4.2)."""
DROPPED_NALS = frozenset({6, 9, 12})
"""nal_unit_type of supplemental enhancement information, access unit delimiters and filler (H.264 Table 7-1)."""
SPS, PPS = 7, 8
LARGEST_BYTES = (1 << 32) - 1
"""``mdat`` and ``stco`` have 32 bits here: a public video of more than 4 GB is refused."""
CHUNK_S = 1.0
"""How much of a track stands together before the other has its turn."""


@dataclass(frozen=True, slots=True)
class CodedSample:
    """One coded picture or sound frame. Times and durations in ticks of its track."""

    data: bytes
    dts: int
    pts: int
    duration: int
    is_key: bool


@dataclass(frozen=True, slots=True)
class VideoTrack:
    width_px: int
    height_px: int
    scale: int
    """Ticks a second."""
    avcc: bytes
    samples: Sequence[CodedSample]
    colour: tuple[int, int, int, bool] = (2, 2, 2, False)
    """Primaries, transfer, matrix (H.273 code points, 2: unspecified) and full range."""


@dataclass(frozen=True, slots=True)
class SoundTrack:
    rate_hz: int
    channels: int
    specific: bytes
    """AudioSpecificConfig (14496-3)."""
    samples: Sequence[CodedSample]
    priming: int
    """Samples at the start that the decoder must drop."""


def nal_units(stream: bytes) -> list[bytes]:
    """The NAL units of an Annex B byte stream, start codes and trailing zeros taken off."""
    units = []
    at = stream.find(b"\x00\x00\x01")
    while at >= 0:
        start = at + 3
        at = stream.find(b"\x00\x00\x01", start)
        unit = stream[start : at if at >= 0 else len(stream)].rstrip(b"\x00")
        if unit:
            units.append(unit)
    return units


def length_prefixed(stream: bytes) -> bytes:
    """One picture of Annex B as 14496-15 stores it, without parameter sets and without what is only remarks."""
    return b"".join(
        len(unit).to_bytes(4, "big") + unit
        for unit in nal_units(stream)
        if unit[0] & 31 not in DROPPED_NALS | {SPS, PPS}
    )


def avc_configuration(header: bytes) -> bytes:
    """``avcC`` content from a header in Annex B. Raises ValueError without parameter sets."""
    units = nal_units(header)
    sequence = [u for u in units if u[0] & 31 == SPS]
    picture = [u for u in units if u[0] & 31 == PPS]
    if not sequence or not picture:
        raise ValueError("the encoder gave no parameter sets")
    head = bytes([1, *sequence[0][1:4], 0xFC | 3, 0xE0 | len(sequence)])
    body = b"".join(len(u).to_bytes(2, "big") + u for u in sequence)
    body += bytes([len(picture)]) + b"".join(len(u).to_bytes(2, "big") + u for u in picture)
    # High profile: chroma 4:2:0, 8 bits, no extensions (14496-15 §5.3.3.1.2)
    tail = bytes([0xFC | 1, 0xF8, 0xF8, 0]) if sequence[0][1] in (100, 110, 122, 144) else b""
    return head + body + tail


def write_mp4(video: VideoTrack, sound: SoundTrack | None) -> Iterator[bytes]:
    """The file, piece by piece. Raises ValueError where there is nothing to write or too much."""
    if not video.samples:
        raise ValueError("no pictures to write")
    tracks: list[VideoTrack | SoundTrack] = [video]
    if sound is not None and sound.samples:
        tracks.append(sound)
    chunks = _chunks(tracks)
    media_bytes = sum(len(s.data) for track in tracks for s in track.samples)
    if media_bytes >= LARGEST_BYTES - (64 << 20):
        raise ValueError("the video is larger than 4 GB")
    brand = box(b"ftyp", b"isom" + (512).to_bytes(4, "big") + b"isomiso2avc1mp41")
    size = len(_moov(tracks, [[0] * len(c) for c in _by_track(chunks, len(tracks))], chunks))
    at = len(brand) + size + 8
    offsets: list[list[int]] = [[] for _ in tracks]
    for which, samples in chunks:
        offsets[which].append(at)
        at += sum(len(s.data) for s in samples)
    moov = _moov(tracks, offsets, chunks)
    assert len(moov) == size
    yield brand
    yield moov
    yield (media_bytes + 8).to_bytes(4, "big") + b"mdat"
    for _, samples in chunks:
        yield b"".join(s.data for s in samples)


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def full_box(kind: bytes, flags: int, *content: bytes, version: int = 0) -> bytes:
    return box(kind, bytes([version]) + flags.to_bytes(3, "big"), *content)


Chunk = tuple[int, Sequence[CodedSample]]


def _scale(track: VideoTrack | SoundTrack) -> int:
    return track.scale if isinstance(track, VideoTrack) else track.rate_hz


def _chunks(tracks: Sequence[VideoTrack | SoundTrack]) -> list[Chunk]:
    """Samples in chunks of CHUNK_S, tracks taking turns."""
    pieces: list[tuple[int, int, Sequence[CodedSample]]] = []
    for which, track in enumerate(tracks):
        period = int(_scale(track) * CHUNK_S)
        for number, group in groupby(track.samples, key=lambda s: s.dts // period):
            pieces.append((number, which, list(group)))
    return [(which, samples) for _, which, samples in sorted(pieces, key=lambda piece: piece[:2])]


def _by_track(chunks: Sequence[Chunk], count: int) -> list[list[Sequence[CodedSample]]]:
    return [[samples for w, samples in chunks if w == which] for which in range(count)]


def _length(track: VideoTrack | SoundTrack) -> Fraction:
    return Fraction(sum(s.duration for s in track.samples), _scale(track))


def _shown(track: VideoTrack | SoundTrack) -> Fraction:
    """Length as it is presented: without the sound's priming."""
    if isinstance(track, SoundTrack):
        return max(Fraction(0), _length(track) - Fraction(track.priming, track.rate_hz))
    return _length(track)


def _moov(
    tracks: Sequence[VideoTrack | SoundTrack], offsets: Sequence[Sequence[int]], chunks: Sequence[Chunk]
) -> bytes:
    longest = round(max(_shown(track) for track in tracks) * MOVIE_SCALE)
    header = full_box(
        b"mvhd",
        0,
        struct.pack(">IIIIIH10x", 0, 0, MOVIE_SCALE, longest, 0x10000, 0x100),
        UNITY,
        bytes(24),
        (len(tracks) + 1).to_bytes(4, "big"),
    )
    grouped = _by_track(chunks, len(tracks))
    return box(
        b"moov",
        header,
        *(_trak(n + 1, track, offsets[n], grouped[n]) for n, track in enumerate(tracks)),
    )


def _trak(
    number: int,
    track: VideoTrack | SoundTrack,
    offsets: Sequence[int],
    chunks: Sequence[Sequence[CodedSample]],
) -> bytes:
    is_video = isinstance(track, VideoTrack)
    shown = round(_shown(track) * MOVIE_SCALE)
    size = (track.width_px << 16, track.height_px << 16) if isinstance(track, VideoTrack) else (0, 0)
    header = full_box(
        b"tkhd",
        3,
        struct.pack(">IIIII8xhhH2x", 0, 0, number, 0, shown, 0, 0, 0 if is_video else 0x100),
        UNITY,
        struct.pack(">II", *size),
    )
    skipped = track.samples[0].pts - track.samples[0].dts if isinstance(track, VideoTrack) else track.priming
    if isinstance(track, VideoTrack):
        skipped = min(s.pts for s in track.samples) - track.samples[0].dts
    edit = box(b"edts", full_box(b"elst", 0, struct.pack(">IIiHH", 1, shown, skipped, 1, 0)))
    media_header = full_box(
        b"mdhd",
        0,
        struct.pack(">IIIIHH", 0, 0, _scale(track), sum(s.duration for s in track.samples), UNDETERMINED, 0),
    )
    handler = full_box(b"hdlr", 0, bytes(4), b"vide" if is_video else b"soun", bytes(12), b"\x00")
    kind_header = full_box(b"vmhd", 1, bytes(8)) if is_video else full_box(b"smhd", 0, bytes(4))
    data = box(b"dinf", full_box(b"dref", 0, (1).to_bytes(4, "big"), full_box(b"url ", 1)))
    description = _avc1(track) if isinstance(track, VideoTrack) else _mp4a(track)
    table = box(
        b"stbl",
        full_box(b"stsd", 0, (1).to_bytes(4, "big"), description),
        *_times(track.samples),
        _sizes(track.samples),
        _places(chunks),
        full_box(b"stco", 0, struct.pack(f">I{len(offsets)}I", len(offsets), *offsets)),
    )
    media = box(b"mdia", media_header, handler, box(b"minf", kind_header, data, table))
    return box(b"trak", header, edit, media)


def _times(samples: Sequence[CodedSample]) -> list[bytes]:
    made = [full_box(b"stts", 0, _runs([s.duration for s in samples]))]
    shifts = [s.pts - s.dts for s in samples]
    if any(shifts):
        made.append(full_box(b"ctts", 0, _runs(shifts)))
    keys = [n + 1 for n, s in enumerate(samples) if s.is_key]
    if len(keys) != len(samples):
        made.append(full_box(b"stss", 0, struct.pack(f">I{len(keys)}I", len(keys), *keys)))
    return made


def _runs(values: Sequence[int]) -> bytes:
    runs = [(len(list(group)), value) for value, group in groupby(values)]
    return len(runs).to_bytes(4, "big") + b"".join(struct.pack(">II", count, value) for count, value in runs)


def _sizes(samples: Sequence[CodedSample]) -> bytes:
    return full_box(
        b"stsz", 0, struct.pack(f">II{len(samples)}I", 0, len(samples), *(len(s.data) for s in samples))
    )


def _places(chunks: Sequence[Sequence[CodedSample]]) -> bytes:
    entries = []
    before = -1
    for number, samples in enumerate(chunks):
        if len(samples) != before:
            entries.append(struct.pack(">III", number + 1, len(samples), 1))
            before = len(samples)
    return full_box(b"stsc", 0, len(entries).to_bytes(4, "big"), *entries)


def _avc1(track: VideoTrack) -> bytes:
    primaries, transfer, matrix, full = track.colour
    colour = box(b"colr", b"nclx", struct.pack(">HHHB", primaries, transfer, matrix, 0x80 if full else 0))
    return box(
        b"avc1",
        bytes(6),
        struct.pack(">H16xHHIII", 1, track.width_px, track.height_px, 0x480000, 0x480000, 0),
        struct.pack(">H32xHh", 1, 24, -1),
        box(b"avcC", track.avcc),
        colour,
    )


def _mp4a(track: SoundTrack) -> bytes:
    """14496-14 §5.6 and 14496-1 §7.2.6: object type 0x40 (14496-3), stream type 5 (sound)."""
    specific = _descriptor(5, track.specific)
    config = _descriptor(4, bytes([0x40, 5 << 2 | 1]) + bytes(3) + bytes(8) + specific)
    descriptor = _descriptor(3, bytes(2) + b"\x00" + config + _descriptor(6, b"\x02"))
    return box(
        b"mp4a",
        bytes(6),
        struct.pack(">H8xHHHHI", 1, track.channels, 16, 0, 0, track.rate_hz << 16),
        full_box(b"esds", 0, descriptor),
    )


def _descriptor(tag: int, body: bytes) -> bytes:
    if len(body) > 127:
        raise ValueError("a descriptor of one length byte holds 127 bytes")
    return bytes([tag, len(body)]) + body
