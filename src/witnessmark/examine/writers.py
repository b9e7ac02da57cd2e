"""Writer's strings: which software, service or recorder signs with which words, and where it signs.

A string that a program writes about itself is conclusive for the *detection* (the words are there); it does
not say why the file was written. Sources: the programs' own source code where open (FFmpeg libavformat
movenc.c, aviobj.c, matroskaenc.c, mpegtsenc.c; x264 encoder.c; x265 version.cpp; HandBrake muxavformat.c;
GPAC isom_write.c; Matroska libmatroska; L-SMASH isom.c), ExifTool tag documentation for the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from witnessmark.ground.container import Tree


class Role(StrEnum):
    """What kind of writer it is."""

    MUXER = "muxer"
    """Writes containers, with or without encoding anew."""
    ENCODER = "encoder"
    """Encodes picture or sound; software on a computer."""
    EDITOR = "editor"
    """An application in which a person works."""
    SERVICE = "service"
    """A platform that re-writes what it is given."""
    RECORDER = "recorder"
    """Firmware or the capture library of a recorder: never a mark."""


@dataclass(frozen=True, slots=True)
class Writer:
    name: str
    pattern: re.Pattern[str]
    role: Role


def _w(name: str, pattern: str, role: Role) -> Writer:
    return Writer(name, re.compile(pattern), role)


WRITERS: tuple[Writer, ...] = (
    # Capture libraries and firmware first: they win over the broader patterns below.
    _w("GoPro firmware", r"GoPro (AVC|AAC|H\.265|HEVC|MET|TCD|SOS)", Role.RECORDER),
    _w("Canon firmware", r"CanonMVI\d\d|^Canon(?: EOS|PowerShot)", Role.RECORDER),
    _w("Google camera", r"^HDR\+ ", Role.RECORDER),
    _w("Ambarella encoder", r"^Ambarella", Role.RECORDER),
    _w("DJI firmware", r"^DJI[ .]", Role.RECORDER),
    _w("Insta360 firmware", r"^Insta360", Role.RECORDER),
    # Containers.
    _w("FFmpeg (libavformat)", r"\bLavf\b|\bLavf\d+|libavformat", Role.MUXER),
    _w("FFmpeg (libavcodec)", r"\bLavc\b|\bLavc\d+|libavcodec", Role.ENCODER),
    _w("FFmpeg (libavformat)", r"^FFmpeg$|^FFMP$|^FFmpeg Service", Role.MUXER),
    _w("HandBrake", r"HandBrake", Role.EDITOR),
    _w("GPAC (MP4Box)", r"\bGPAC\b|MP4Box", Role.MUXER),
    _w("L-SMASH", r"L-SMASH", Role.MUXER),
    _w("Bento4", r"\bBento4\b", Role.MUXER),
    _w("mkvmerge (MKVToolNix)", r"mkvmerge|MKVToolNix|libebml|libmatroska", Role.MUXER),
    _w("GStreamer", r"GStreamer", Role.MUXER),
    _w("MEncoder", r"MEncoder", Role.EDITOR),
    _w("VirtualDub", r"VirtualDub", Role.EDITOR),
    _w("Avidemux", r"Avidemux", Role.EDITOR),
    _w("OBS Studio", r"\bobs-studio\b|OBS Studio|libobs", Role.EDITOR),
    _w("VLC", r"\bvlc\b.*stream output|VLC media player", Role.MUXER),
    _w("mp4v2", r"\bmp4v2\b|MPEG4IP|mp4creator", Role.MUXER),
    # Services.
    _w("Google (Photos, YouTube)", r"ISO Media file produced by Google|^Google$|Google Inc\.", Role.SERVICE),
    _w("Twitter", r"Twitter-vork muxer", Role.SERVICE),
    _w("Vimeo", r"Vimeo Artax|^Vimeo ", Role.SERVICE),
    _w("TikTok", r"\bvid:v[0-9a-f]{20,}|^TikTok|ByteDance", Role.SERVICE),
    # Encoders.
    _w("x264", r"\bx264\b", Role.ENCODER),
    _w("x265", r"\bx265\b", Role.ENCODER),
    _w("Xvid", r"^XviD\d+|\bXvid\b core", Role.ENCODER),
    _w("SVT-AV1", r"SVT-AV1", Role.ENCODER),
    _w("NVENC through software", r"\bnvenc\b", Role.ENCODER),
    _w("LAME", r"\bLAME ?\d|\bLAME3", Role.ENCODER),
    _w("MainConcept", r"MainConcept|Mainconcept", Role.EDITOR),
    # Applications.
    _w("Adobe", r"Adobe (Premiere|Photoshop|After Effects|Media Encoder)", Role.EDITOR),
    _w("Adobe", r"Adobe (Lightroom|Bridge|Audition|Illustrator)", Role.EDITOR),
    _w("Final Cut Pro", r"Final Cut|com\.apple\.(finalcut|FinalCut|proapps)", Role.EDITOR),
    _w("iMovie", r"\biMovie\b", Role.EDITOR),
    _w("QuickTime Player on a computer", r"QuickTime Player|QuickTime Pro\b", Role.EDITOR),
    _w("macOS", r"^(?:Mac OS X|macOS) ", Role.EDITOR),
    _w("DaVinci Resolve", r"DaVinci Resolve|Blackmagic Design DaVinci", Role.EDITOR),
    _w("VEGAS", r"\b(?:Sony )?Vegas (?:Pro|Movie)|VEGAS Pro", Role.EDITOR),
    _w("CyberLink", r"CyberLink|PowerDirector", Role.EDITOR),
    _w("Wondershare Filmora", r"Wondershare|Filmora", Role.EDITOR),
    _w("CapCut", r"\bCapCut\b|\bJianying\b", Role.EDITOR),
    _w("InShot", r"\bInShot\b", Role.EDITOR),
    _w("KineMaster", r"KineMaster", Role.EDITOR),
    _w("VivaVideo", r"VivaVideo", Role.EDITOR),
    _w("Camtasia", r"Camtasia", Role.EDITOR),
    _w("Windows Movie Maker", r"Windows (?:Live )?Movie Maker", Role.EDITOR),
    _w("Microsoft Game DVR", r"Microsoft Game DVR", Role.EDITOR),
    _w("Windows photo viewer", r"^Microsoft Windows Photo|^Windows Photo Editor", Role.EDITOR),
    _w("Nero", r"^Nero ", Role.EDITOR),
    _w("Audacity", r"Audacity", Role.EDITOR),
    _w("GIMP", r"\bGIMP\b", Role.EDITOR),
    _w("ImageMagick", r"ImageMagick", Role.EDITOR),
    _w("paint.net", r"[Pp]aint\.NET", Role.EDITOR),
    _w("Picasa", r"^Picasa", Role.EDITOR),
    _w("Snapseed", r"Snapseed", Role.EDITOR),
    _w("PicsArt", r"PicsArt", Role.EDITOR),
    _w("Apple Photos", r"^(?:Photos|Aperture) \d", Role.EDITOR),
    _w("ezgif.com", r"ezgif", Role.SERVICE),
    _w("ExifTool", r"ExifTool|Image::ExifTool", Role.EDITOR),
    _w("libjpeg demo writer (gd)", r"CREATOR: gd-jpeg", Role.EDITOR),
)  # fmt: skip
"""In order of precedence: the first that matches a string names it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One string in which a known writer names itself."""

    writer: Writer
    field: str
    text: str


def name_of(text: str) -> Writer | None:
    """The known writer that signs with this text, if any."""
    return next((writer for writer in WRITERS if writer.pattern.search(text)), None)


def all_in(text: str) -> Iterator[Writer]:
    """Every known writer named in one text (``Lavc58.35.100 libx264`` names two), recorders first."""
    names: set[str] = set()
    for writer in WRITERS:
        if writer.name not in names and writer.pattern.search(text):
            names.add(writer.name)
            yield writer
            if writer.role is Role.RECORDER:
                return


def signatures(tree: Tree) -> tuple[Signature, ...]:
    """All known writers named anywhere in the declared texts, in file order, each pair once."""
    declared = tree.declared
    found: list[Signature] = []
    for entry in (*declared.software, *declared.texts):
        for writer in all_in(entry.text):
            signature = Signature(writer, entry.field, entry.text[:160])
            if not any(s.writer is writer and s.text == signature.text for s in found):
                found.append(signature)
    for node in tree.nodes:
        # The vendor of a sample description is four letters (QuickTime File Format).
        vendor = node.get("vendor")
        if vendor == "FFMP":
            found.append(Signature(_FFMP, f"{node.path} vendor", "FFMP"))
            break
    return tuple(found)


_FFMP = next(writer for writer in WRITERS if writer.pattern.search("FFMP"))
