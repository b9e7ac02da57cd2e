"""What a library keeps of a recording: tokens of its structure, and nothing that names a person, place or device.

A token is ``path`` (a box, chunk or element stands there), ``path@field=value`` (a layout field has this value)
or ``order parent: names`` (in which order the children of one parent begin). After Iuliani et al., IEEE TIFS 14(3),
2019, and Yang et al. 2020 (arXiv 2101.10795, "EVA"), who describe a container by exactly these; two changes:

- a track is named by its handler (``trak(vide)``), not by its number, so that a recording without sound does not
  shift the tokens of every later track;
- a value is kept only if it cannot single anybody out: small integers, four-letter codes, brands, identifiers of
  formats, and words that are known to be a program's or a chip maker's own (``KNOWN_WORDS``, ``writers``). Any other
  text – make, model, firmware, serial number, name, place, comment – is kept as ``~``: "some text stands here".

``is_shareable`` decides that for a finished token, and is asked again wherever tokens leave or enter a case.
"""

from __future__ import annotations

import re

from witnessmark.examine import writers
from witnessmark.ground.container import Node, Tree

MOST_TOKENS = 2_000
"""Of one recording: real files have 40 to 300."""
LONGEST_TOKEN = 240
SOME_TEXT = "~"
_MOST_CHILDREN = 40
"""Different children of one parent that are named in an ``order`` token."""

KNOWN_WORDS = frozenset(
    {
        "Core Media Video", "Core Media Audio", "Core Media Metadata", "Core Media Data Handler",
        "Core Media Time Code", "Core Media Closed Caption", "Core Media Auxiliary Video",
        "Apple Video Media Handler", "Apple Sound Media Handler", "Apple Alias Data Handler",
        "Apple MPEG4 Visual Encoder", "H.264", "HEVC", "'hvc1'", "AVC Coding", "H.263",
        "VideoHandle", "SoundHandle", "MetaHandle", "TextHandle", "VideoHandler", "SoundHandler", "DataHandler",
        "MetaHandler", "TextHandler", "SubtitleHandler", "TimeCodeHandler", "HintHandler", "Video Media Handler",
        "Sound Media Handler", "Timed Metadata Media Handler", "Time Code Media Handler", "Alias Data Handler",
        "GoPro AVC", "GoPro AAC", "GoPro MET", "GoPro TCD", "GoPro SOS", "GoPro H.265", "GoPro AVC encoder",
        "GoPro H.265 encoder", "DJI.AVC", "DJI.HEVC", "DJI.Meta", "DJI.Subtitle", "DJI.AAC",
        "Ambarella AVC", "Ambarella AAC", "Ambarella EXT", "Ambarella AVC encoder",
        "GPAC ISO Video Handler", "GPAC ISO Audio Handler", "L-SMASH Video Handler", "L-SMASH Audio Handler",
        "Bento4 Video Handler", "Bento4 Sound Handler", "ISO Media file produced by Google Inc.",
        "Mainconcept MP4 Video Media Handler", "Mainconcept MP4 Sound Media Handler",
        "Exif", "JFIF", "JFXX", "ICC_PROFILE", "MPF", "Adobe", "Ducky", "Photoshop 3.0",
        "http://ns.adobe.com/xap/1.0/", "http://ns.adobe.com/xmp/extension/", "NETSCAPE2.0", "XMP DataXMP",
        "odmldmlh", "xmp", "c2pa", "Xing", "Info", "video", "audio", "text", "und", "eng", "```",
    }
)  # fmt: skip
"""Handler, compressor and segment names that muxers and systems write into every file of theirs; languages only where
they are a writer's default (another one says where somebody lives). Sources: the programs'
and systems' published source (AOSP MPEG4Writer.cpp, FFmpeg movenc.c, GPAC, L-SMASH, Bento4), QuickTime File Format,
gpmf-parser, CIPA DC-008."""

_SONY_UUID = "21d24fcebb88695cfac9c740"
"""Vendor extensions by Sony: four letters, then this constant (ExifTool tag documentation, "QuickTime")."""
_CODE = re.compile(r"(?:[ -~©]|%[0-9a-f]{2}){1,4}|[0-9a-f]{8}")
_BRANDS = re.compile(r"(?:[ -+\--~]{4}(?:,[ -+\--~]{4}){0,31})?")
_HEX = re.compile(r"0x[0-9a-f]{1,8}")
_DESCRIPTORS = re.compile(r"(?:0x[0-9a-f]{2}(?::[A-Za-z0-9]{4})?(?:,0x[0-9a-f]{2}(?::[A-Za-z0-9]{4})?)*)?")
_KEY = re.compile(r"com\.(?:apple|android|google|samsung|sony|dji)\.[A-Za-z.\-]{1,60}(?:ISO6709)?")
_FORMAT_NAME = re.compile(r"[A-Z]_[A-Z0-9_]+(?:/[A-Z0-9_.]+)*|[a-z]{2,8}(?:-[a-zA-Z]{2,8})?")
_ELEMENTS = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9-]{0,31}|0x[0-9A-F]{1,8})(?:,(?:[A-Za-z][A-Za-z0-9-]{0,31}|0x[0-9A-F]{1,8})){0,15}"
)
_STEP = re.compile(r"(?:[!-~©]|%[0-9a-f]{2}){1,40}")
_CODES = frozenset(
    {"major", "component", "type", "maker", "vendor", "codec", "handler", "key", "version", "magic"}
)
_NUMBERED_KEY = re.compile(r"key\d+")
_LARGEST_NUMBER = 2**32
_WRITER = re.compile(r"≈[A-Za-z0-9 ().,+\-]{1,48}")
_WRITER_NAMES = frozenset(f"≈{writer.name}" for writer in writers.WRITERS)


def structure_tokens(tree: Tree) -> tuple[str, ...]:
    """The shareable tokens of one parsed file, sorted and unique, at most ``MOST_TOKENS``."""
    tracks = _tracks(tree)
    found: set[str] = set()
    children: dict[str, list[str]] = {}
    for node in tree.nodes:
        path = generalised(node.path, tracks)
        parent, _, name = path.rpartition("/")
        name = name.partition("(")[0]  # which tracks there are is content; where the tracks stand is a habit
        named = children.setdefault(parent, [])
        if name not in named and len(named) < _MOST_CHILDREN:
            named.append(name)
        found.add(path)
        for field, value in _values(node):
            found.add(f"{path}@{field}={value}")
    for parent, named in children.items():
        if len(named) > 1:
            found.add(f"order {parent or '/'}: {' '.join(named)}")
    kept = sorted(token for token in found if is_shareable(token))
    return tuple(kept[:MOST_TOKENS])


def generalised(path: str, tracks: dict[str, str] | None = None) -> str:
    """A node's path without numbers: ``moov/trak[1]/mdia`` of a sound track is ``moov/trak(soun)/mdia``."""
    steps, walked = [], ""
    for step in path.split("/"):
        walked = f"{walked}/{step}" if walked else step
        name = step.split("[", 1)[0]
        if name in ("trak", "LIST:strl", "TrackEntry") and tracks:
            name = f"{name}({tracks[walked]})" if walked in tracks else name
        if len(name) == 12 and name.startswith("%00%00"):
            name = "#"  # an item numbered into the table of keys before it
        steps.append(name)
    return "/".join(steps)


def _tracks(tree: Tree) -> dict[str, str]:
    """What each track is, by its path: the four letters of its handler, or its medium in RIFF and Matroska."""
    kinds: dict[str, str] = {}
    numbered: list[str] = []
    for node in tree.nodes:
        head, _, tail = node.path.partition("/mdia/hdlr")
        if "trak[" in head and not tail and node.path.endswith("/mdia/hdlr"):
            kinds[head] = str(node.get("type") or "")[:4]
        last = node.path.rsplit("/", 1)[-1]
        if last.startswith(("LIST:strl", "TrackEntry")):
            numbered.append(node.path)
    for path, track in zip(numbered, tree.declared.tracks, strict=False):
        kinds[path] = track.kind
    return {path: kind for path, kind in kinds.items() if re.fullmatch(r"[a-z]{3,7}", kind)}


def _values(node: Node) -> list[tuple[str, str]]:
    """Field and value as they may be kept."""
    kept: list[tuple[str, str]] = []
    for field, value in node.fields:
        if field == "all":  # every packet identifier of a transport stream
            kept += [("has", pid) for pid in str(value).split(",")]
        elif _NUMBERED_KEY.fullmatch(field):
            kept.append(("has", str(value) if _KEY.fullmatch(str(value)) else SOME_TEXT))
        else:
            kept.append((field, _value(node.path, field, value)))
    return kept


def _value(path: str, field: str, value: str | int) -> str:
    if isinstance(value, int):
        return str(value) if abs(value) < _LARGEST_NUMBER else SOME_TEXT
    if value == "" or value in KNOWN_WORDS or _fits(path, field, value):
        return value
    writer = writers.name_of(value)
    return f"≈{writer.name}" if writer else SOME_TEXT


def _fits(path: str, field: str, value: str) -> bool:
    """Is the text of a form that names a format, not a thing or a person?"""
    if field in _CODES and _CODE.fullmatch(value):
        return True
    if field == "compatible":
        return bool(_BRANDS.fullmatch(value))
    if (
        field in ("pid", "clock_pid", "has")
        or field.startswith("pmt_pid")
        or (field == "type" and "pmt" in path)
    ):
        return bool(_HEX.fullmatch(value))
    if field == "descriptors":
        return bool(_DESCRIPTORS.fullmatch(value))
    if field in ("key", "has") and _KEY.fullmatch(value):
        return True
    if field == "holds":
        return bool(_ELEMENTS.fullmatch(value))
    if field == "text" and path.rsplit("/", 1)[-1] in ("CodecID", "DocType", "Language"):
        return bool(_FORMAT_NAME.fullmatch(value))
    return field == "id" and len(value) == 32 and value.endswith(_SONY_UUID)


def is_shareable(token: str) -> bool:
    """Whether a finished token is of the form that ``structure_tokens`` makes: the gate in both directions.

    A token from a stranger's file is held to the same rules as our own, so that no text can travel in one.
    """
    if not 0 < len(token) <= LONGEST_TOKEN or not token.isprintable():
        return False
    if token.startswith("order "):
        parent, separator, names = token[6:].partition(": ")
        return (
            bool(separator) and (parent == "/" or _is_path(parent)) and all(map(_is_step, names.split(" ")))
        )
    path, separator, rest = token.partition("@")
    if not _is_path(path):
        return False
    if not separator:
        return True
    field, equals, value = rest.partition("=")
    if not equals or not re.fullmatch(r"[a-z][a-z_0-9]{0,24}", field):
        return False
    if re.fullmatch(r"-?\d{1,10}", value):
        return abs(int(value)) < _LARGEST_NUMBER
    if value in ("", SOME_TEXT) or value in _WRITER_NAMES:
        return True
    if field == "has":
        return bool(_HEX.fullmatch(value) or _KEY.fullmatch(value))
    return value in KNOWN_WORDS or _fits(path, field, value)


def _is_path(path: str) -> bool:
    return len(path) <= LONGEST_TOKEN and all(map(_is_step, path.split("/")))


def _is_step(step: str) -> bool:
    return bool(_STEP.fullmatch(step)) and "@" not in step
