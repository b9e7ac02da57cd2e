"""Telemetry written as text: subtitle tracks of drones, and the places in Apple's timed metadata.

DJI writes one subtitle a second with camera settings, position and, on later models, the drone's own date and time (in
the zone of the remote control). Apple's ``mebx`` tracks hold numbered keys; read is the key of ISO 6709 places.
Sources: DJI subtitle files as published by their users; Apple, QuickTime File Format, "Timed Metadata".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from witnessmark.ground.container.source_window import Window, samples_of, spread
from witnessmark.ground.container.telemetry import RECEIVER, Gathered
from witnessmark.ground.container.tree import DeclaredTrack, Tree

SUBTITLES = "subtitles with positions (drone)"
TIMED = "Apple timed metadata (mebx)"
_TEXT_BYTES = 2_048
_DATE = re.compile(r"(\d{4})[-.:/](\d{2})[-.:/](\d{2})[ T](\d{2}):(\d{2}):(\d{2})")
_NUMBER = r"(-?\d{1,3}\.\d{3,12})"
_NAMED = re.compile(
    rf"latitude\W{{1,4}}{_NUMBER}.{{0,40}}?long?i?tude\W{{1,4}}{_NUMBER}", re.DOTALL | re.IGNORECASE
)
"""``[latitude: 12.345] [longitude: 67.890]``; some firmware writes ``longtitude``."""
_PAIR = re.compile(rf"GPS\s*\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*,")
"""``GPS (longitude, latitude, satellites)``."""
_ISO6709 = re.compile(rb"([+-]\d{2}\.\d{2,8})([+-]\d{3}\.\d{2,8})")
_LOCATION = b"com.apple.quicktime.location.ISO6709"


def read_subtitles(window: Window, tree: Tree, track: DeclaredTrack) -> Gathered:
    found = Gathered(SUBTITLES, RECEIVER)
    samples = samples_of(window, tree, track)
    found.samples = len(samples)
    for sample in spread(samples, window.left // 4):
        data = window.read(sample.offset, min(sample.size_bytes, _TEXT_BYTES))
        if len(data) < 2:
            continue
        found.read += 1
        text = data[2 : 2 + int.from_bytes(data[:2], "big")].decode("utf-8", "replace")
        position = _position(text)
        moment = _moment(text)
        if position != (None, None):
            found.add(sample.media_s, moment, *position, True)
    return found


def _position(text: str) -> tuple[float | None, float | None]:
    named = _NAMED.search(text)
    if named:
        return float(named[1]), float(named[2])
    pair = _PAIR.search(text)
    return (float(pair[2]), float(pair[1])) if pair else (None, None)


def _moment(text: str) -> datetime | None:
    date = _DATE.search(text)
    if date is None:
        return None
    try:
        return datetime(*(int(part) for part in date.groups()), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None


def read_mebx(window: Window, tree: Tree, track: DeclaredTrack) -> Gathered:
    """Only tracks whose description names the key of places are read at all."""
    found = Gathered(TIMED, RECEIVER)
    node = tree.find(f"moov/trak[{track.index}]/mdia/minf/stbl/stsd")
    if node is None or _LOCATION not in window.read(node.offset, min(node.size_bytes, 8_192)):
        return found
    samples = samples_of(window, tree, track)
    found.samples = len(samples)
    for sample in spread(samples, window.left // 4):
        data = window.read(sample.offset, min(sample.size_bytes, _TEXT_BYTES))
        found.read += bool(data)
        place = _ISO6709.search(data)
        if place:
            found.add(sample.media_s, None, float(place[1]), float(place[2]), True)
    return found
