"""Positions as containers write them (ISO 6709 Annex H; EXIF 2.32 GPS; 3GPP TS 26.244 ``loci``)."""

from __future__ import annotations

import re

from witnessmark.ground.container.build import TreeBuilder
from witnessmark.ground.container.tree import DeclaredPlace

_POINT = re.compile(r"(?P<lat>[+-]\d{1,6}(?:\.\d+)?)(?P<lon>[+-]\d{1,7}(?:\.\d+)?)")


def note_iso6709(builder: TreeBuilder, field: str, text: str) -> None:
    """Keep a position written as ``+51.2+006.7/``; degrees, degrees-minutes or degrees-minutes-seconds."""
    found = _POINT.match(text.strip())
    latitude = _degrees(found["lat"], 2) if found else None
    longitude = _degrees(found["lon"], 3) if found else None
    note(builder, field, text.strip(), latitude, longitude)


def note(builder: TreeBuilder, field: str, text: str, lat: float | None, lon: float | None) -> None:
    if lat is not None and lon is not None and not (abs(lat) <= 90 and abs(lon) <= 180):
        lat = lon = None
    entry = DeclaredPlace(field, text, lat, lon)
    if entry not in builder.places:
        builder.places.append(entry)


def _degrees(text: str, whole: int) -> float:
    """ISO 6709: the number of digits before the point tells degrees, minutes and seconds apart."""
    sign = -1.0 if text[0] == "-" else 1.0
    digits, _, fraction = text[1:].partition(".")
    part = float(f"0.{fraction}") if fraction else 0.0
    if len(digits) <= whole:
        return sign * (int(digits) + part)
    if len(digits) <= whole + 2:
        return sign * (int(digits[:-2]) + (int(digits[-2:]) + part) / 60)
    return sign * (int(digits[:-4]) + int(digits[-4:-2]) / 60 + (int(digits[-2:]) + part) / 3600)
