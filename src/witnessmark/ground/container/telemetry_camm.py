"""CAMM: Google's camera motion metadata track (little-endian; one packet for each sample).

Types 5 (position alone) and 6 (position with GPS time) are read. GPS time counts from 6 January 1980 without leap
seconds; it is turned into UTC by the table in ``leap_seconds``. Source: Google, "Camera Motion Metadata Spec".
"""

from __future__ import annotations

import math
import struct

from witnessmark.ground.container.leap_seconds import utc_of_gps
from witnessmark.ground.container.source_window import Window, samples_of, spread
from witnessmark.ground.container.telemetry import GPS, Gathered
from witnessmark.ground.container.tree import DeclaredTrack, Tree

DIALECT = "CAMM"
_SIZES = {0: 16, 1: 12, 2: 16, 3: 16, 4: 16, 5: 28, 6: 60, 7: 16}
"""Bytes of a packet with its four of header, by type."""
_LARGEST = 4_096
"""A sample may hold several packets."""


def read(window: Window, tree: Tree, track: DeclaredTrack) -> Gathered:
    found = Gathered(DIALECT, GPS)
    # Most samples are those of motion sensors, hundreds a second. Where samples hold several packets, all are read.
    samples = samples_of(window, tree, track, (_SIZES[5], _SIZES[6])) or samples_of(window, tree, track)
    found.samples = len(samples)
    for sample in spread(samples, window.left // 2):
        data = window.read(sample.offset, min(sample.size_bytes, _LARGEST))
        if not data:
            continue
        found.read += 1
        _packets(data, sample.media_s, found)
    return found


def _packets(data: bytes, media_s: float | None, found: Gathered) -> None:
    at = 0
    while at + 4 <= len(data):
        kind = int.from_bytes(data[at + 2 : at + 4], "little")
        size = _SIZES.get(kind)
        if size is None or at + size > len(data):
            found.unreadable += 1
            return
        body = data[at + 4 : at + size]
        if kind == 5:
            latitude, longitude, _ = struct.unpack("<3d", body)
            if math.isfinite(latitude) and math.isfinite(longitude):
                found.add(media_s, None, latitude, longitude, True)
        elif kind == 6:
            seconds, lock, latitude, longitude = struct.unpack("<di2d", body[:28])
            if all(map(math.isfinite, (seconds, latitude, longitude))):
                found.add(media_s, utc_of_gps(seconds), latitude, longitude, lock > 0)
        at += size
