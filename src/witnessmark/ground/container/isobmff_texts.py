"""User data and metadata items: who made the file, with what, where and when, in their many dialects.

QuickTime user data (``©xxx`` international text), iTunes-style ``ilst`` items, numbered QuickTime metadata
keys, 3GPP asset boxes (TS 26.244 §8) and the private boxes of makers that carry a plain string.
"""

from __future__ import annotations

from witnessmark.ground.container import places, times
from witnessmark.ground.container.build import TreeBuilder

Fields = tuple[tuple[str, str | int], ...]

_ITEM_BYTES = 64 * 1024
"""Largest item read; cover pictures are longer and say nothing here."""

_MAKE_KEYS = frozenset({"©mak", "manu", "com.apple.quicktime.make", "com.android.manufacturer", "make"})
_MODEL_KEYS = frozenset({"©mod", "modl", "com.apple.quicktime.model", "com.android.model", "model", "©mdl"})
_SOFTWARE_KEYS = frozenset(
    {"©too", "©swr", "©enc", "©swf", "com.apple.quicktime.software", "encoder", "software", "FIRM", "info"}
)
_DATE_KEYS = frozenset({"©day", "com.apple.quicktime.creationdate", "date", "creation_time", "date_recorded"})
_PLACE_KEYS = frozenset({"©xyz", "com.apple.quicktime.location.ISO6709", "location"})
_THREE_GPP = frozenset(
    {"titl", "dscp", "cprt", "perf", "auth", "gnre", "albm", "manu", "modl", "coll", "clsf"}
)
_PLAIN = frozenset({"FIRM", "LENS", "info", "kodk", "name", "date", "smnm", "cmnm", "cmid"})
"""Maker boxes whose payload is a plain string (GoPro, Kodak, HTC, Android)."""


def read_text_box(builder: TreeBuilder, path: str, name: bytes, body: int, length: int) -> Fields:
    """Read one box where it is a text by its place or by its name; others give nothing."""
    parent = path.rsplit("/", 2)[-2] if "/" in path else ""
    label = name.decode("latin-1")
    if parent == "ilst":
        return _item(builder, path, name, body, length)
    if parent != "udta":
        return ()
    field = f"{'trak.' if 'trak[' in path else ''}udta.{label}"
    if name[:1] == b"\xa9":
        text = _international(builder, builder.read(body, min(length, _ITEM_BYTES)))
    elif label == "loci":
        _loci(builder, field, builder.read(body, min(length, 1024)))
        return ()
    elif label in _THREE_GPP:
        text = _asset(builder, builder.read(body, min(length, 2048)))
    elif label in _PLAIN:
        text = builder.text(builder.read(body, min(length, 512)))
    else:
        return ()
    say(builder, field, label, text)
    return (("text", text[:48]),) if label in _SOFTWARE_KEYS | _MAKE_KEYS | _MODEL_KEYS else ()


def say(builder: TreeBuilder, field: str, key: str, text: str) -> None:
    """File one statement under what its key means."""
    if not text:
        return
    if key in _DATE_KEYS:
        times.note_text(builder, field, text)
    elif key in _PLACE_KEYS:
        places.note_iso6709(builder, field, text)
    elif key in _MAKE_KEYS:
        builder.say(builder.makes, field, text)
    elif key in _MODEL_KEYS:
        builder.say(builder.models, field, text)
    elif key in _SOFTWARE_KEYS:
        builder.say(builder.software, field, text)
    else:
        builder.say(builder.texts, field, text)


def _item(builder: TreeBuilder, path: str, name: bytes, body: int, length: int) -> Fields:
    """One ``ilst`` item: ``data`` box with a type indicator (QuickTime "Metadata", type 1 is UTF-8)."""
    data = builder.read(body, min(length, _ITEM_BYTES))
    if data[4:8] != b"data" or len(data) < 16:
        return ()
    size = min(int.from_bytes(data[:4], "big"), len(data))
    kind = int.from_bytes(data[8:12], "big") & 0xFFFFFF
    value = data[16:size]
    names = builder.keys.get(path.rsplit("/", 2)[0], [])
    number = int.from_bytes(name, "big")
    numbered = 0 < number <= len(names)
    key = names[number - 1] if numbered else name.decode("latin-1")
    group = "keys" if numbered else "ilst"
    if kind == 1 or (kind == 0 and value[:1].isalnum()):
        text = builder.text(value)
    elif kind == 2:
        text = builder.text(value, "utf-16-be")
    elif kind in (21, 22, 65, 66, 67, 75, 76, 77, 78) and len(value) <= 8:
        text = str(int.from_bytes(value, "big", signed=kind in (21, 65, 66, 67)))
    else:
        text = ""
    say(builder, f"{group}.{key}", key, text)
    known = key in _SOFTWARE_KEYS | _MAKE_KEYS | _MODEL_KEYS
    return (("key", key), ("text", text[:48])) if known else (("key", key), ("type", kind))


def _international(builder: TreeBuilder, data: bytes) -> str:
    """QuickTime international text: length, language, text; some writers leave the two numbers out."""
    if len(data) >= 4:
        length = int.from_bytes(data[:2], "big")
        if 0 < length <= len(data) - 4:
            return builder.text(data[4 : 4 + length])
        if data[4:8] == b"data" and len(data) >= 16:
            return builder.text(data[16:])
    return builder.text(data)


def _asset(builder: TreeBuilder, data: bytes) -> str:
    """3GPP TS 26.244 §8.2: full box, packed language, text in UTF-8 or UTF-16 with its mark."""
    raw = data[6:] if data[:4] == b"\0\0\0\0" else data
    if raw[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return builder.text(raw[: len(raw) & ~1], "utf-16")
    return builder.text(raw)


def _loci(builder: TreeBuilder, field: str, data: bytes) -> None:
    """3GPP TS 26.244 §8.9: name, role, then longitude, latitude, altitude as 16.16 fixed point."""
    end = data.find(b"\0", 6)
    raw = data[end + 2 : end + 10] if end >= 0 else b""
    if len(raw) < 8:
        return
    longitude = int.from_bytes(raw[:4], "big", signed=True) / 65536
    latitude = int.from_bytes(raw[4:], "big", signed=True) / 65536
    places.note(builder, field, f"{latitude:+.5f}{longitude:+.5f}", round(latitude, 5), round(longitude, 5))
