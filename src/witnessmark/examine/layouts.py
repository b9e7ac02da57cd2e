"""Marks of a muxer that remain when its strings are taken out.

Each rule is a habit visible in the muxer's source code; one alone is weak, since recorders may share it;
several that agree are moderate. None is conclusive: recorder firmware may embed the same library.
Sources: FFmpeg libavformat 4.x to 8.x – movenc.c (mov_write_ftyp_tag, mov_write_header, mov_write_mvhd_tag,
mov_init: a track clock below 10 000 Hz is doubled until it is not), avienc.c (ff_start_tag "JUNK" reserves
for the OpenDML index and header), mpegtsenc.c (default identifiers); RFC 9559 §11.1 (1 ms clusters).
"""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.examine import writers
from witnessmark.ground.container import DeclaredTrack, Node, Tree
from witnessmark.model.findings import Grade

_LAVF_MINOR = 512
"""movenc.c writes 0x200 as minor version for MP4, MOV and M4V."""
_LAVF_MP4_MAJORS = frozenset({"isom", "iso4", "iso5", "iso6"})
_LAVF_MP4_BRANDS = frozenset({"isom", "iso2", "iso4", "iso5", "iso6", "dby1", "avc1", "av01", "mp41"})
"""movenc.c repeats the major brand first and puts ``mp41`` last; what stands between depends on the codecs."""
_LAVF_3GP_MINORS = (256, 512)
_LAVF_LAYOUTS = frozenset(
    {
        ("ftyp", "free", "mdat", "moov"),
        ("ftyp", "moov", "free", "mdat"),
        ("ftyp", "wide", "mdat", "moov"),
        ("ftyp", "moov", "wide", "mdat"),
    }
)
_AVI_INDEX_RESERVE_BYTES = 4120
"""avienc.c: 24 + 256 * 16 bytes per stream, kept for the OpenDML master index."""
_MILLISECOND_SAMPLES = 10
"""Fewer samples could fall on whole milliseconds by chance."""

_NOT_LAVF_BOXES = frozenset(
    {"mebx", "mett", "FIRM", "GPMF", "CAME", "SETT", "SDLN", "smrd", "smta", "sefd", "camm", "CNTH", "NCTG"}
    | {"NCDT", "PANA", "thmb", "beam", "LEIC", "MMMM", "pmcc", "htcb", "hinf"}
)
"""Boxes of recorders that movenc.c has no code for: where one stands, that muxer did not write the file."""


_WRITER_FIELDS = ("©too", "©swr", "©enc")
"""Where MP4 and QuickTime files name the program or firmware that wrote them."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One structural mark."""

    muxer: str
    what: str
    strength: int
    """1: shared by many; 2: a habit of few."""


def signs(tree: Tree) -> tuple[Sign, ...]:
    """Structural marks of known muxers in this tree."""
    found: list[Sign] = []
    if tree.format in ("mp4", "mov", "3gp", "m4a"):
        found += _movie_signs(tree)
    elif tree.format == "avi":
        found += _avi_signs(tree)
    elif tree.format in ("mpegts", "m2ts"):
        found += _transport_signs(tree)
    return tuple(found)


def grade_of(found: tuple[Sign, ...]) -> Grade | None:
    """Moderate when the marks of one muxer add up to four or more, weak for less, None for none."""
    if not found:
        return None
    by_muxer: dict[str, int] = {}
    for sign in found:
        by_muxer[sign.muxer] = by_muxer.get(sign.muxer, 0) + sign.strength
    return Grade.MODERATE if max(by_muxer.values()) >= 4 else Grade.WEAK


def _movie_signs(tree: Tree) -> list[Sign]:
    name = "FFmpeg (libavformat)"
    found: list[Sign] = []
    brand = tree.find("ftyp")
    if brand and _is_lavf_brand(brand):
        found.append(
            Sign(name, f"brands {brand.get('major')}/{brand.get('minor')}/{brand.get('compatible')}", 2)
        )
    top = tree.top
    small = tree.find("free") or tree.find("wide")
    # Apple's recorders begin with an empty wide box too: there the order of boxes says nothing.
    telling = tree.find("free") is not None or brand_minor(brand) == _LAVF_MINOR
    if small is not None and small.size_bytes == 8 and top[:4] in _LAVF_LAYOUTS and telling:
        found.append(Sign(name, f"order of boxes: {' '.join(top[:4])}, with eight bytes kept free", 1))
    movie = tree.find("moov/mvhd")
    tracks = tree.declared.tracks
    if movie and movie.get("timescale") == 1000 and tracks and all(track.edits for track in tracks):
        found.append(Sign(name, "movie clock of 1000 Hz with an edit list in every track", 1))
    fragmented = top[:4] == ("ftyp", "moov", "moof", "mdat") and top[-1] == "mfra"
    if fragmented and movie and movie.get("timescale") == 1000:
        # movenc.c, fragmented: no edit lists in an empty header, a random-access table at the end.
        found.append(Sign(name, "fragments on a movie clock of 1000 Hz with a table of them at the end", 2))
    found += _rate_box(tree, name)
    if foreign_boxes(tree) or _signed_by_recorder(tree):
        # What this muxer never writes speaks against it: no sum of habits outweighs that.
        return found[:1]
    return found + [sign for track in tracks if (sign := _millisecond_sign(track)) is not None]


def _signed_by_recorder(tree: Tree) -> bool:
    """A recorder's own string as writer of the file.

    libavformat puts its name there, or nothing when told to be bit-exact. Names of handlers and compressors
    do not count: they survive a stream copy.
    """
    return any(
        one.writer.role is writers.Role.RECORDER and one.field.endswith(_WRITER_FIELDS)
        for one in writers.signatures(tree)
    )


def _rate_box(tree: Tree, name: str) -> list[Sign]:
    """Since FFmpeg 5: a btrt box in every sample description, and the clock of video lifted above 10 kHz."""
    entries = [node for node in tree.nodes if node.path.split("/")[-2:-1] == ["stsd"]]
    rated = [node for node in tree.nodes if node.path.endswith("/btrt")]
    if entries and len(rated) == len(entries):
        return [Sign(name, "a btrt box in every sample description", 1)]
    return []


def brand_minor(node: Node | None) -> int:
    value = node.get("minor") if node else None
    return value if isinstance(value, int) else -1


def _is_lavf_brand(node: Node) -> bool:
    """Do the brands follow the order in which mov_write_ftyp_tag writes them?"""
    major, minor = str(node.get("major")), brand_minor(node)
    compatible = str(node.get("compatible")).split(",")
    if compatible[0] != major:
        return False
    if major in _LAVF_MP4_MAJORS:
        return minor == _LAVF_MINOR and compatible[-1] == "mp41" and set(compatible) <= _LAVF_MP4_BRANDS
    if major == "qt  ":
        return minor == _LAVF_MINOR and len(compatible) == 1
    if major in ("M4V ", "M4A "):
        return minor == _LAVF_MINOR and "isom" in compatible
    return major in ("3gp4", "3gp6") and minor in _LAVF_3GP_MINORS and compatible[1:3] == ["isom", "iso2"]


def foreign_boxes(tree: Tree) -> tuple[str, ...]:
    """Names of boxes that libavformat's MP4 muxer is not known to write."""
    names = {part.split("[", 1)[0] for node in tree.nodes for part in node.path.split("/")[-1:]}
    return tuple(sorted(names & _NOT_LAVF_BOXES))


def _millisecond_sign(track: DeclaredTrack) -> Sign | None:
    """A clock of 1000 * 2**k Hz on which every duration is a whole, uneven number of milliseconds.

    Matroska counts in milliseconds by default; libavformat doubles 1000 Hz until 10 000 are passed, so what
    came through Matroska stands at 16 000 Hz in steps of 16.
    """
    if track.kind != "video" or track.timescale not in (1000, 2000, 4000, 8000, 16000, 32000):
        return None
    factor = track.timescale // 1000
    if factor < 2 or track.samples < _MILLISECOND_SAMPLES or not track.deltas:
        return None
    steps = [ticks for _, ticks in track.deltas]
    if any(ticks % factor for ticks in steps):
        return None
    uneven = len(set(steps[:-1])) > 1
    what = f"durations in whole milliseconds on a clock of {track.timescale} Hz (as after Matroska)"
    return Sign("FFmpeg (libavformat)", what, 4 if uneven and factor == 16 else 1)


def _avi_signs(tree: Tree) -> list[Sign]:
    name = "FFmpeg (libavformat)"
    found = []
    reserves = [
        n for n in tree.nodes if n.path.endswith("/JUNK") and n.get("size") == _AVI_INDEX_RESERVE_BYTES
    ]
    if reserves:
        found.append(Sign(name, f"{len(reserves)} stream(s) with 4120 bytes kept for an index", 2))
    if any(node.get("reserve") == "odmldmlh" for node in tree.nodes):
        found.append(Sign(name, "a JUNK chunk that holds the words odml dmlh", 2))
    return found


def _transport_signs(tree: Tree) -> list[Sign]:
    name = "FFmpeg (libavformat)"
    programs = tree.find("pat")
    service = tree.find("sdt")
    found = []
    if programs and programs.get("transport_stream_id") == 1 and programs.get("pmt_pid0") == "0x1000":
        first = tree.find("pmt/stream[0]")
        if first and first.get("pid") == "0x100":
            found.append(Sign(name, "default identifiers (stream 1, map 0x1000, first stream 0x100)", 1))
            if service:
                found.append(Sign(name, "a service description among the default identifiers", 1))
    return found
