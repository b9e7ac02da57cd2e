"""Show that a public PNG holds the picture and nothing else, like ``gone.odd_structure`` for a video.

Before content credentials are put in it has exactly the chunks ``IHDR``, ``IDAT``, ``IEND``, true colour at 8 bits, not
interlaced, right check sums, one compressed stream of exactly the picture's length, and no byte behind it.
"""

from __future__ import annotations

import zlib

from witnessmark.ground.container.png_writer import (
    DEPTH_BITS,
    HEADER_BYTES,
    RGB_BYTES,
    SIGNATURE,
    TRUECOLOUR,
)
from witnessmark.release.derivative.gone import Leftover

CHUNKS = (b"IHDR", b"IDAT", b"IEND")
LARGEST_SIDE_PX = 1 << 14
FRAME_BYTES = 12
"""Length, name and check sum of a chunk."""


def odd_picture(data: bytes) -> tuple[Leftover, ...]:
    """Everything in a public PNG that our writer does not write."""
    if not data.startswith(SIGNATURE):
        return (Leftover("a file that is no PNG", "byte 0"),)
    found: list[Leftover] = []
    parts: dict[bytes, bytes] = {}
    order: list[bytes] = []
    at = len(SIGNATURE)
    while at < len(data) and order[-1:] != [b"IEND"]:
        length = int.from_bytes(data[at : at + 4], "big")
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if data[at + 8 + length : at + FRAME_BYTES + length] != zlib.crc32(name + body).to_bytes(4, "big"):
            return (*found, Leftover("a chunk that is damaged", f"byte {at}"))
        order.append(name)
        parts[name] = body
        at += FRAME_BYTES + length
    if tuple(order) != CHUNKS:
        names = " ".join(name.decode("latin-1") for name in order)
        found.append(Leftover("chunks that are not IHDR, IDAT, IEND", ascii(names)[:80]))
    if at != len(data):
        found.append(Leftover("bytes behind the picture", f"byte {at}"))
    header = parts.get(b"IHDR", b"")
    if len(header) != HEADER_BYTES or header[8:] != bytes((DEPTH_BITS, TRUECOLOUR, 0, 0, 0)):
        return (*found, Leftover("another kind of picture than true colour at 8 bits", "IHDR"))
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    if not 0 < width <= LARGEST_SIDE_PX or not 0 < height <= LARGEST_SIDE_PX:
        return (*found, Leftover("a size that no public picture has", "IHDR"))
    if parts.get(b"IEND"):
        found.append(Leftover("bytes in the end mark", "IEND"))
    return (*found, *_odd_stream(parts.get(b"IDAT", b""), height * (1 + RGB_BYTES * width)))


def _odd_stream(packed: bytes, length: int) -> tuple[Leftover, ...]:
    stream = zlib.decompressobj()
    try:
        samples = stream.decompress(packed, length + 1)
    except zlib.error:
        return (Leftover("a picture that cannot be unpacked", "IDAT"),)
    if len(samples) != length or not stream.eof or stream.unused_data:
        return (Leftover("more or fewer samples than the picture has", "IDAT"),)
    return ()
