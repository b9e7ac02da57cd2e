"""Choose the parser for a file and hold it to its limits."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from witnessmark.ground.container.build import OutOfBudgetError, TreeBuilder
from witnessmark.ground.container.sniff import HEAD_BYTES, sniff
from witnessmark.ground.container.tree import ParseLimits, Tree
from witnessmark.model.consumer import ByteSource
from witnessmark.model.kind import Kind

_PARSERS = {
    **dict.fromkeys(("mp4", "mov", "3gp", "m4a", "heic", "avif", "cr3"), "isobmff"),
    **dict.fromkeys(("avi", "wav", "webp"), "riff"),
    **dict.fromkeys(("mkv", "webm"), "ebml"),
    **dict.fromkeys(("mpegts", "m2ts"), "mpegts"),
    "mpegps": "mpegps",
    **dict.fromkeys(("h264", "hevc"), "annexb"),
    **dict.fromkeys(("jpeg", "png", "gif"), "images"),
    "tiff": "exif",
    **dict.fromkeys(("flac", "ogg", "mp3", "aac", "amr"), "sound"),
}

PARSED_FORMATS = frozenset(_PARSERS)
"""Formats with a parser; for others ``parse`` gives an empty Tree with the fault ``no_parser``."""


def parse(source: ByteSource, kind: Kind | None = None, limits: ParseLimits | None = None) -> Tree:
    """The tree of a file. Never raises on any content; what is wrong with it stands in ``faults``.

    Reads at most ``limits.read_bytes`` through ``source.read_at``; errors of the source itself
    (a damaged sealed object) pass through, since they are no statement about the content.
    """
    kind = kind or sniff(source.read_at(0, HEAD_BYTES), source.size_bytes)
    builder = TreeBuilder(source, limits or ParseLimits(), kind.format)
    module = _PARSERS.get(kind.format)
    if module is None:
        builder.fault("no_parser", 0, f"no structure is read from the format {kind.format}")
        return builder.finish()
    walk: Callable[[TreeBuilder], None] = importlib.import_module(
        f"witnessmark.ground.container.{module}"
    ).walk
    try:
        walk(builder)
    except OutOfBudgetError:
        pass
    except (ValueError, IndexError, KeyError, OverflowError, ArithmeticError, RecursionError) as error:
        # The parsers check before they read; if one was fooled all the same, the file still ends typed.
        builder.fault("parser", 0, f"the {module} parser gave up: {type(error).__name__}")
    return builder.finish()
