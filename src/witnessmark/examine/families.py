"""Families of writers by the layout of their containers: a small rule base, with its n.

Each family lists tokens that all its known members share (after Yang et al. 2020, arXiv 2101.10795, who
reach 97.6 % with decision trees over such tokens; our base is far smaller and therefore says "unknown" more
often). ``members`` is the number of files the tokens were drawn from: read every match in that light.
"""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.ground.container import Tree


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    formats: tuple[str, ...]
    tokens: tuple[str, ...]
    """All present in every member."""
    absent: tuple[str, ...]
    """Present in no member."""
    members: int


FAMILIES: tuple[Family, ...] = (
    Family(
        "Apple iPhone or iPad camera (QuickTime)",
        ("mov",),
        (
            "ftyp@major=qt  ",
            "ftyp@minor=0",
            "wide",
            "moov/mvhd@timescale=600",
            "moov/trak/tapt",
            "moov/trak/mdia/hdlr@name=Core Media Video",
            "moov/trak/mdia/minf/hdlr@name=Core Media Data Handler",
            "moov/meta/keys",
            "moov/meta/ilst",
        ),
        (),
        3,
    ),
    Family(
        "Apple AVFoundation (an app on an Apple device), MP4",
        ("mp4",),
        (
            "ftyp@major=mp42",
            "ftyp@minor=1",
            "moov/trak/mdia/hdlr@name=Core Media Video",
            "mdat",
        ),
        ("moov/meta/keys",),
        2,
    ),
    Family(
        "Android MediaMuxer (phone camera)",
        ("mp4", "3gp"),
        (
            "moov/mvhd",
            "moov/trak/tkhd@flags=7",
            "moov/trak/mdia/mdhd@timescale=90000",
            "moov/trak/mdia/mdhd@language=0",
            "moov/trak/mdia/hdlr@name=VideoHandle",
        ),
        (),
        4,
    ),
    Family(
        "GoPro",
        ("mp4",),
        (
            "moov/udta/FIRM",
            "moov/udta/GPMF",
            "moov/trak/mdia/hdlr@name=GoPro AVC",
            "moov/trak/mdia/minf/stbl/stsd/gpmd",
        ),
        (),
        1,
    ),
    Family(
        "Google server (Photos, YouTube)",
        ("mp4",),
        (
            "ftyp@major=mp42",
            "moov/trak/mdia/hdlr@name=ISO Media file produced by Google Inc.",
        ),
        (),
        1,
    ),
    Family(
        "Canon camera, Motion JPEG AVI",
        ("avi",),
        (
            "RIFF:AVI/LIST:hdrl/LIST:strl/strf@codec=MJPG",
            "RIFF:AVI/LIST:hdrl/IDIT",
            "RIFF:AVI/LIST:INFO/ISFT@text=CanonMVI06",
            "RIFF:AVI/LIST:hdrl/LIST:strl/indx",
        ),
        (),
        1,
    ),
    Family(
        "AVCHD camcorder (BDAV transport stream)",
        ("m2ts",),
        ("pat@pmt_pid0=0x100", "pmt/stream@pid=0x1011", "pmt@clock_pid=0x1001"),
        ("sdt",),
        1,
    ),
    Family(
        "FFmpeg (libavformat), MP4",
        ("mp4",),
        ("ftyp@major=isom", "ftyp@minor=512", "moov/mvhd@timescale=1000", "free", "moov/trak/edts/elst"),
        (),
        6,
    ),
    Family(
        "FFmpeg (libavformat), MOV",
        ("mov",),
        ("ftyp@major=qt  ", "ftyp@minor=512", "moov/mvhd@timescale=1000", "wide"),
        (),
        2,
    ),
    Family(
        "FFmpeg (libavformat), AVI",
        ("avi",),
        ("RIFF:AVI/LIST:hdrl/JUNK@reserve=odmldmlh", "RIFF:AVI/LIST:hdrl/LIST:strl/JUNK"),
        (),
        1,
    ),
    Family(
        "FFmpeg (libavformat), transport stream",
        ("mpegts", "m2ts"),
        ("sdt@provider=FFmpeg", "pat@transport_stream_id=1"),
        (),
        3,
    ),
    Family(
        "Digital camera picture (EXIF)",
        ("jpeg",),
        ("SOI", "APP1@id=Exif", "EOI"),
        ("APP13", "APP0@id=JFIF"),
        7,
    ),
)

NEAR_SHARE = 0.6
"""Below this share of a family's tokens we do not call it near: half of them are common to most MP4 files."""


@dataclass(frozen=True, slots=True)
class Match:
    family: Family
    share: float
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.missing and not self.unexpected


def nearest(tree: Tree, limit: int = 3) -> tuple[Match, ...]:
    """Families by share of tokens present, best first; only those at or above ``NEAR_SHARE``."""
    tokens = set(tree.tokens)
    matches = []
    for family in FAMILIES:
        if tree.format not in family.formats:
            continue
        missing = tuple(token for token in family.tokens if token not in tokens)
        unexpected = tuple(token for token in family.absent if token in tokens)
        share = 1 - (len(missing) + len(unexpected)) / (len(family.tokens) + len(family.absent))
        if share >= NEAR_SHARE:
            matches.append(Match(family, round(share, 3), missing, unexpected))
    return tuple(sorted(matches, key=lambda match: (-match.share, -len(match.family.tokens)))[:limit])
