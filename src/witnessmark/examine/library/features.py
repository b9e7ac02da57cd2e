"""Which tokens count, and for how much: what a stream copy carries along, parts of a file, and what was never seen."""

from __future__ import annotations

import re

_GROUPS = {
    **dict.fromkeys(("mp4", "mov", "3gp", "m4a", "heic", "avif", "cr3"), "boxes"),
    **dict.fromkeys(("mkv", "webm"), "matroska"),
    **dict.fromkeys(("mpegts", "m2ts"), "transport"),
}
"""Formats with one structure are compared with each other; every other format with itself."""
_TRACK = re.compile(r"(?:trak|LIST:strl|TrackEntry)\([a-z]+\)")


def group_of(format_name: str) -> str:
    return _GROUPS.get(format_name, format_name)


def survives_copy(token: str) -> bool:
    """Whether a stream copy into a new container carries this along: then it speaks of the encoder, not the writer."""
    path, _, rest = token.partition("@")
    field = rest.partition("=")[0]
    return field == "compressor" or (field == "name" and path.endswith("mdia/hdlr"))


def track_of(token: str) -> str:
    """The track that a token speaks of (``trak(soun)``), or empty."""
    found = _TRACK.search(token)
    return found[0] if found else ""


def part_of(token: str) -> str:
    """Which part of the file a token speaks of: its track, or the first two steps of its path."""
    path = token[6:].partition(": ")[0] if token.startswith("order ") else token.partition("@")[0]
    return track_of(path) or "/".join(path.split("/")[:2])


def telling(token: str) -> tuple[bool, bool, int, str]:
    """Which of several tokens stands for them where people read: a value before a path, an order last."""
    return token.startswith("order "), "@" not in token, len(token), token


def unseen_roots(unknown: list[str], known: frozenset[str] | set[str]) -> tuple[str, ...]:
    """What the library has never seen, one token for each cause: a new box with all that stands in it is one."""
    new_paths = {t for t in unknown if "@" not in t and not t.startswith("order ")}
    tops = {p for p in new_paths if p.rpartition("/")[0] not in new_paths}
    values: dict[str, str] = {}
    for token in unknown:
        if token in new_paths:
            continue
        if token.startswith("order "):
            continue  # a new or missing child shows already; order alone is kept by the feature that it replaces
        path, _, rest = token.partition("@")
        if path not in new_paths:
            values.setdefault(f"{path}@{rest.partition('=')[0]}", token)
    return tuple(sorted((*tops, *values.values())))
