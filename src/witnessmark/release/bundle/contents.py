"""What goes into a bundle, as the rooms before it made it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from witnessmark.model.errors import UsageError
from witnessmark.model.redaction import Form, PublicMap, Sound
from witnessmark.release.opening.proofs import OpenedItem
from witnessmark_verify.container import MEDIA, is_path

PIECE_BYTES = 1 << 20
Content = bytes | Path
"""A file's bytes, or where they lie."""


def pieces(content: Content) -> Iterator[bytes]:
    """The bytes, piece by piece."""
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as stream:
        while piece := stream.read(PIECE_BYTES):
            yield piece


def digest_and_size(content: Content) -> tuple[str, int]:
    """(hex SHA-256, length)."""
    state, size = hashlib.sha256(), 0
    for piece in pieces(content):
        state.update(piece)
        size += len(piece)
    return state.hexdigest(), size


@dataclass(frozen=True, slots=True)
class Part:
    """One medium, perhaps in several variants, with what is opened of the item it shows."""

    kind: str
    """video, picture or sound."""
    media: Mapping[str, Content]
    """By path: ``public.mp4``, ``public-small.mp4``. The first is the one the page asks for."""
    side_files: Mapping[str, Content] = field(default_factory=dict)
    """``public.mp4.c2pa``: content credentials."""
    item: int = 1
    """Which item of the bundle it shows, from 1."""
    public: PublicMap | None = None
    sound: Sound = Sound.NONE
    opened: OpenedItem | None = None

    def __post_init__(self) -> None:
        names = [*self.media, *self.side_files]
        if not self.media or not all(MEDIA.fullmatch(name) and is_path(name) for name in names):
            raise UsageError("media of a bundle are named public.* or public-*")
        if any(not name.endswith(".c2pa") for name in self.side_files):
            raise UsageError("a side file of a bundle's media ends in .c2pa")


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that is approved."""

    release: bytes
    """16 random bytes: the code of this release."""
    origin: str
    """Origin of the publication log (random)."""
    form: Form
    statement: Mapping[str, Content]
    """``statement.json`` and its readable forms."""
    items: tuple[bytes, ...]
    """Per item: item root, file commitment (64 bytes), as entered in the day tree."""
    parts: tuple[Part, ...]
    is_demonstration: bool = False

    def __post_init__(self) -> None:
        if "statement.json" not in self.statement or not all(
            name.startswith("statement.") for name in self.statement
        ):
            raise UsageError("a bundle has a statement.json, and its other words are named statement.*")
        if len(self.release) != 16 or any(len(payload) != 64 for payload in self.items):
            raise UsageError("a release has a code of 16 bytes, and an item a payload of 64")
        for part in self.parts:
            if not 1 <= part.item <= len(self.items):
                raise UsageError("a part shows an item that the bundle does not name")
            if part.opened and part.opened.item_root != self.items[part.item - 1][:32]:
                raise UsageError("what was opened is of another item than the part says")
