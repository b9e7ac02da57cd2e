"""Which demuxer opens a file: chosen by the sniffed kind, never by name, never by the library's guess.

A text that lists other files (ffconcat, m3u8, sdp) or a format that reaches elsewhere is not in this table,
so it cannot be opened whatever it is called.
"""

from __future__ import annotations

from collections.abc import Mapping

DEMUXERS: Mapping[str, str] = {
    "mp4": "mov",
    "mov": "mov",
    "3gp": "mov",
    "m4a": "mov",
    "heic": "mov",
    "avif": "mov",
    "avi": "avi",
    "mkv": "matroska",
    "webm": "matroska",
    "mpegts": "mpegts",
    "m2ts": "mpegts",
    "mpegps": "mpeg",
    "mpegvideo": "mpegvideo",
    "h264": "h264",
    "hevc": "hevc",
    "flv": "flv",
    "asf": "asf",
    "dav": "dhav",
    "gif": "gif",
    "jpeg": "jpeg_pipe",
    "png": "png_pipe",
    "apng": "apng",
    "webp": "webp_pipe",
    "tiff": "tiff_pipe",
    "bmp": "bmp_pipe",
    "wav": "wav",
    "flac": "flac",
    "mp3": "mp3",
    "aac": "aac",
    "ogg": "ogg",
    "amr": "amr",
    "caf": "caf",
    "aiff": "aiff",
}
"""Format name of ``model.kind.Kind`` to the library's demuxer."""

WHITE_LIST = "mov,mp4,m4a,3gp,3g2,mj2," + ",".join(sorted(set(DEMUXERS.values()) | {"webm"}))
"""Also enforced inside the library, for demuxers that open others."""

NO_PROTOCOL = "none"
"""No protocol has this name: the demuxer can read what it was handed and open nothing."""
