"""Show that nothing of the raw is left in a public file but what is seen: by its structure and by its bytes.

*Structure* (``odd_structure``): every box is one of those that our writer writes, dates are not set, ``moov`` stands
before ``mdat``, no byte is unaccounted for, and every coded unit of the picture is a slice: no remarks (SEI), no
parameter sets in between, no filler. *Bytes* (``Scanner``): no eight bytes in a row of a secret digest, in binary, in
either case of hexadecimal or in base64, and no secret text in UTF-8 or UTF-16. Numbers (exact duration, count of
pictures) are held against the declared fields (``told_numbers``): as bytes they would occur by chance in any video.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from witnessmark.ground.container import BytesSource, parse

RUN_BYTES = 8
"""Of a digest: eight bytes occur by chance in one file of 2^64."""
LEAST_TEXT = 4
"""Letters."""
LEAST_BYTES = 6
"""Of a text as written: shorter ones occur by chance in coded video (four bytes once in a hundred files of 50 MB, and a
case has thousands of names). Where a text could stand readably in a public video, no box is left for it
(``odd_structure``)."""
BOXES = frozenset(
    (
        *(
            "ftyp",
            "moov",
            "mvhd",
            "trak",
            "tkhd",
            "edts",
            "elst",
            "mdia",
            "mdhd",
            "hdlr",
            "minf",
            "vmhd",
            "smhd",
        ),
        *(
            "dinf",
            "dref",
            "url",
            "stbl",
            "stsd",
            "avc1",
            "avcC",
            "colr",
            "mp4a",
            "esds",
            "stts",
            "ctts",
            "stss",
        ),
        *("stsc", "stsz", "stco", "mdat"),
    )
)
SLICES = frozenset({1, 5})
"""nal_unit_type of coded slices (H.264 Table 7-1)."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that must not be in a public file. ``what`` names it for a person, without telling it."""

    what: str
    digest: bytes = b""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Where something was found that should not be there."""

    what: str
    place: str

    def to_json(self) -> dict[str, str]:
        return {"what": self.what, "place": self.place}


def needles(secret: Secret) -> tuple[bytes, ...]:
    """Byte strings whose presence gives the secret away."""
    found: list[bytes] = []
    digest = secret.digest
    if digest:
        runs = [digest[k : k + RUN_BYTES] for k in range(max(1, len(digest) - RUN_BYTES + 1))]
        found += runs
        # hexadecimal may begin at either half of a byte, base64 at any of three places
        text = digest.hex()
        found += [text[k : k + 2 * RUN_BYTES].encode() for k in range(max(1, len(text) - 2 * RUN_BYTES + 1))]
        found += [n.upper() for n in found[len(runs) :]]
        for shift in range(3):
            whole = base64.b64encode(bytes(shift) + digest).rstrip(b"=")
            inner = whole[4 if shift else 0 : -1]
            found += [inner[k : k + 11] for k in range(max(1, len(inner) - 10))]
    if len(secret.text) >= LEAST_TEXT:
        for shape in {secret.text, secret.text.lower(), secret.text.upper()}:
            found += [shape.encode(code, "surrogateescape") for code in ("utf-8",)]
            found += [shape.encode(code, "surrogatepass") for code in ("utf-16-le", "utf-16-be")]
    return tuple(dict.fromkeys(n for n in found if len(n) >= LEAST_BYTES))


class Scanner:
    """Looks for all secrets at once in bytes that come piece by piece; what spans two pieces is found too."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self._needles = [(needle, secret.what) for secret in secrets for needle in needles(secret)]
        self._longest = max((len(needle) for needle, _ in self._needles), default=1)
        self._tail = b""
        self._at = 0
        self.found: list[Leftover] = []

    def take(self, piece: bytes) -> None:
        data = self._tail + piece
        start = self._at - len(self._tail)
        for needle, what in self._needles:
            place = data.find(needle)
            if place >= 0:
                leftover = Leftover(what, f"byte {start + place}")
                if all(one.what != what for one in self.found):
                    self.found.append(leftover)
        self._at += len(piece)
        self._tail = data[-(self._longest - 1) :] if self._longest > 1 else b""


def odd_structure(data: bytes) -> tuple[Leftover, ...]:
    """Everything in a public video that our writer does not write."""
    tree = parse(BytesSource(data))
    found = [Leftover("a fault of structure", f"{fault.code} at {fault.offset}") for fault in tree.faults]
    found += [Leftover("bytes outside the structure", f"byte {span.offset}") for span in tree.unaccounted]
    order = []
    for node in tree.nodes:
        name = node.path.rsplit("/", 1)[-1].partition("[")[0].strip()
        if "/" not in node.path:
            order.append(name)
        if name not in BOXES:
            found.append(Leftover("a box that does not belong there", f"{name} at byte {node.offset}"))
    if order != ["ftyp", "moov", "mdat"]:
        found.append(Leftover("top boxes that are not ftyp, moov, mdat", " ".join(order)[:80]))
    declared = tree.declared
    found += [Leftover("a date", one.field) for one in declared.times]
    for texts in (declared.makes, declared.models, declared.software, declared.texts, declared.credentials):
        found += [Leftover("a text", one.field) for one in texts if one.field != "ftyp.brands"]
    found += [Leftover("a place on the globe", one.field) for one in declared.places]
    return tuple(found + _odd_units(data))


def _odd_units(data: bytes) -> list[Leftover]:
    """Walk every sample of the picture track by the tables that our own writer wrote."""
    found = []
    for place, size in picture_samples(data):
        at, end = place, place + size
        while at + 5 <= end:
            length = int.from_bytes(data[at : at + 4], "big")
            kind = data[at + 4] & 31
            if kind not in SLICES:
                found.append(Leftover("a coded unit that is no slice", f"type {kind} at byte {at}"))
            at += 4 + length
        if at != end:
            found.append(Leftover("a picture whose units do not fill it", f"byte {place}"))
        if len(found) > 20:
            break
    return found


def picture_samples(data: bytes) -> list[tuple[int, int]]:
    """(offset, size) of every coded picture of a file of our writer; empty for any other."""
    stbl = next((part for part in _boxes_named(data, b"stbl") if b"avc1" in part), b"")
    tables = dict(_children(stbl))
    if not {b"stsz", b"stsc", b"stco"} <= tables.keys():
        return []
    count = int.from_bytes(tables[b"stsz"][8:12], "big")
    sizes = _numbers(tables[b"stsz"][12:])[:count]
    runs = _numbers(tables[b"stsc"][8:])
    offsets = _numbers(tables[b"stco"][8:])
    places: list[tuple[int, int]] = []
    taken = 0
    for number, offset in enumerate(offsets):
        per = next((runs[k + 1] for k in range(len(runs) - 3, -1, -3) if runs[k] <= number + 1), 0)
        at = offset
        for size in sizes[taken : taken + per]:
            places.append((at, size))
            at += size
        taken += per
    return places


def _numbers(body: bytes) -> list[int]:
    return [int.from_bytes(body[k : k + 4], "big") for k in range(0, len(body) // 4 * 4, 4)]


def _children(body: bytes) -> Iterable[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(body):
        size = int.from_bytes(body[at : at + 4], "big")
        if size < 8 or at + size > len(body):
            return
        yield body[at + 4 : at + 8], body[at + 8 : at + size]
        at += size


def _boxes_named(data: bytes, name: bytes) -> Iterable[bytes]:
    """Every box of that name below ``moov``."""
    inner = {b"moov", b"trak", b"mdia", b"minf"}
    waiting = [body for kind, body in _children(data) if kind == b"moov"]
    while waiting:
        for kind, body in _children(waiting.pop()):
            if kind == name:
                yield body
            elif kind in inner:
                waiting.append(body)


def told_numbers(data: bytes) -> dict[str, int]:
    """What the file declares of its picture: ``pictures`` and ``duration_ms``."""
    for body in _boxes_named(data, b"mdhd"):
        scale, duration = (int.from_bytes(body[k : k + 4], "big") for k in (12, 16))
        return {"pictures": len(picture_samples(data)), "duration_ms": duration * 1000 // max(1, scale)}
    return {"pictures": 0, "duration_ms": 0}
