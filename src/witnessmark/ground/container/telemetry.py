"""Where a recorder's receiver says it was, and when: the telemetry tracks of action cameras, dash-cams and phones.

``read_telemetry`` gives, for every track that it knows, the fixes with the recording's own time beside the receiver's.
Own bounded readers, one for each dialect; nothing here raises on hostile content. What is read is what the file
*says*: a track can be copied in or written by anyone.

Known: GoPro GPMF, CAMM, Sony rtmd, Novatek ``gps `` index with freeGPS blocks (two layouts), packets in transport
streams, DJI subtitle tracks, and the places of Apple's timed metadata (``mebx``). Others that are met but not read
(``djmd``, Insta360 and encrypted freeGPS layouts) are named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from witnessmark.ground.container.source_window import Window
from witnessmark.ground.container.tree import DeclaredTrack, Tree
from witnessmark.model.consumer import ByteSource

MOST_FIXES = 20_000
"""Kept of one track: over five hours at one a second."""

UTC, GPS, RECEIVER = "utc", "gps", "receiver"
"""What the receiver's time counts: UTC by the format's specification; GPS time, turned into UTC here; or whatever the
recorder passes on as the receiver's date and time, mostly UTC, in some settings local."""


@dataclass(frozen=True, slots=True)
class Fix:
    """One statement of the receiver."""

    media_s: float | None
    """The recording's own time at which it stands; None where the format does not say."""
    moment: datetime | None
    """Aware and in UTC as far as ``clock`` of the track goes; None where no time is given."""
    latitude_deg: float | None
    longitude_deg: float | None
    has_lock: bool
    """Whether the receiver says that it knew where it was. Without a lock, its clock may run free."""


@dataclass(frozen=True, slots=True)
class TelemetryTrack:
    """One dialect in one place of the file."""

    dialect: str
    clock: str
    fixes: tuple[Fix, ...] = ()
    samples: int = 0
    """Samples, blocks or packets of the track that the file declares."""
    read: int = 0
    """Of these, how many were looked at (the rest lies beyond the bound, evenly left out)."""
    unreadable: int = 0
    """Looked at and not understood."""


@dataclass(slots=True)
class Gathered:
    """What one reader found; frozen into a TelemetryTrack."""

    dialect: str
    clock: str
    fixes: list[Fix] = field(default_factory=list)
    samples: int = 0
    read: int = 0
    unreadable: int = 0

    def add(
        self,
        media_s: float | None,
        moment: datetime | None,
        latitude_deg: float | None,
        longitude_deg: float | None,
        has_lock: bool,
    ) -> None:
        if len(self.fixes) >= MOST_FIXES:
            return
        if (
            latitude_deg is None
            or longitude_deg is None
            or not (abs(latitude_deg) <= 90 and abs(longitude_deg) <= 180)
        ):
            latitude_deg = longitude_deg = None
        self.fixes.append(Fix(media_s, moment, latitude_deg, longitude_deg, has_lock))

    def frozen(self) -> TelemetryTrack:
        return TelemetryTrack(
            self.dialect, self.clock, tuple(self.fixes), self.samples, self.read, self.unreadable
        )


Reader = Callable[[Window, Tree, DeclaredTrack], Gathered]


def read_telemetry(source: ByteSource, tree: Tree) -> tuple[TelemetryTrack, ...]:
    """All telemetry of a parsed file, in file order. Errors of the source itself pass through."""
    from witnessmark.ground.container import telemetry_camm, telemetry_gpmf, telemetry_rtmd, telemetry_texts
    from witnessmark.ground.container.telemetry_novatek import read_index, read_packets

    by_codec: dict[str, Reader] = {
        "gpmd": telemetry_gpmf.read,
        "camm": telemetry_camm.read,
        "rtmd": telemetry_rtmd.read,
        "mebx": telemetry_texts.read_mebx,
        "tx3g": telemetry_texts.read_subtitles,
        "text": telemetry_texts.read_subtitles,
    }
    window = Window(source)
    found: list[Gathered] = []
    for track in tree.declared.tracks:
        reader = by_codec.get(track.codec)
        if reader is not None:
            found += _tried(lambda reader=reader, track=track: reader(window, tree, track))  # type: ignore[misc]
        elif track.codec in UNREAD:
            found.append(Gathered(UNREAD[track.codec], RECEIVER, samples=track.samples))
    if tree.find("moov/gps ") or tree.find("moov/gps%20"):
        found += _tried(lambda: read_index(window, tree))
    if tree.format in ("mpegts", "m2ts"):
        found += _tried(lambda: read_packets(window, tree))
    telling = {telemetry_gpmf.DIALECT, telemetry_camm.DIALECT, telemetry_rtmd.DIALECT, *UNREAD.values()}
    return tuple(one.frozen() for one in found if one.fixes or one.unreadable or one.dialect in telling)


UNREAD = {"djmd": "DJI metadata (djmd)", "dbgi": "DJI metadata (dbgi)"}
"""Tracks that are telemetry and are not read by this version."""


def _tried(read: Callable[[], Gathered]) -> list[Gathered]:
    try:
        return [read()]
    except (ValueError, IndexError, KeyError, OverflowError, ArithmeticError, RecursionError):
        # The readers check before they read; if one was fooled all the same, its track is not understood.
        return [Gathered("telemetry that could not be read", RECEIVER, unreadable=1)]
