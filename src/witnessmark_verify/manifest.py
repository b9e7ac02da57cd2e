"""The manifest of a bundle: what was approved (docs/spec/bundle.md). Every member is read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from witnessmark_verify.container import MEDIA, is_path, most_bytes
from witnessmark_verify.documents import (
    read_document,
    read_hex,
    read_list,
    read_number,
    read_object,
    read_text,
)
from witnessmark_verify.verdict import Refused

MANIFEST = "proof/manifest.json"
MANIFEST_SCHEMA = "witnessmark/manifest/1"
FORMS, PART_KINDS = ("statement", "stills", "video"), ("video", "picture", "sound")
SOUND_CHOICES = ("none", "silence", "tone", "disguise")
_MOST_PARTS = 100


@dataclass(frozen=True)
class Part:
    """One medium of a bundle, as the manifest describes it."""

    files: tuple[str, ...]
    kind: str
    item: int
    length: int
    rate: tuple[int, int]
    frames: tuple[str, ...]
    sketches: str
    sound_opening: str


@dataclass(frozen=True)
class Manifest:
    data: bytes = b""
    origin: str = ""
    files: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    payloads: tuple[bytes, ...] = ()
    parts: tuple[Part, ...] = ()

    def item_root(self, part: Part) -> bytes:
        return self.payloads[part.item - 1][:32]


def read_files(value: object, code: str) -> dict[str, tuple[bytes, int]]:
    if not isinstance(value, dict) or not all(is_path(path) for path in value):
        raise Refused(code, "a list of files names what no bundle has")
    made = {}
    for path, said in value.items():
        if not isinstance(said, list) or len(said) != 2:
            raise Refused(code, "a list of files has not the members it should have")
        made[path] = (read_hex(said[0], code, 32), read_number(said[1], code, 0, most_bytes(path)))
    return made


def _read_part(value: object, items: int) -> Part:
    code = "manifest.format"
    members = (
        *("files", "frames", "height", "item", "kind", "length", "quarter_turns", "rate"),
        *("sketches", "sound", "sound_opening", "strip", "width"),
    )
    given = read_object(value, code, members)
    rate = re.fullmatch(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})", read_text(given["rate"], code))
    files = tuple(read_text(path, code, 300) for path in read_list(given["files"], code, 10))
    if rate is None or given["kind"] not in PART_KINDS or given["sound"] not in SOUND_CHOICES:
        raise Refused(code, "a part is not described as it should be")
    if not files or not all(MEDIA.fullmatch(path) for path in files):
        raise Refused(code, "a part has no media")
    for name, most in (("width", 1 << 14), ("height", 1 << 14), ("strip", 1 << 10), ("quarter_turns", 3)):
        read_number(given[name], code, 0, most)
    return Part(
        files,
        given["kind"],
        read_number(given["item"], code, 1, items),
        read_number(given["length"], code, 0, 1 << 40),
        (int(rate.group(1)), int(rate.group(2))),
        tuple(read_text(stem, code, 300) for stem in read_list(given["frames"], code, 1000)),
        read_text(given["sketches"], code, 300),
        read_text(given["sound_opening"], code, 300),
    )


def read_manifest(data: bytes) -> Manifest:
    """The manifest, every member of it. Raises Refused ``manifest.format``."""
    code = "manifest.format"
    members = ("files", "form", "items", "origin", "parts", "release")
    given = read_document(data, MANIFEST, MANIFEST_SCHEMA, members, code)
    payloads = tuple(read_hex(one, code, 64) for one in read_list(given["items"], code, _MOST_PARTS))
    read_hex(given["release"], code, 16)
    if given["form"] not in FORMS:
        raise Refused(code, "the form of the release is none that there is")
    parts = tuple(_read_part(one, len(payloads)) for one in read_list(given["parts"], code, _MOST_PARTS))
    origin = read_text(given["origin"], code, 200)
    return Manifest(data, origin, read_files(given["files"], code), payloads, parts)
