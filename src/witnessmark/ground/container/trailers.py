"""Bytes behind the end of the structure: padding, a maker's trailer, or a second file.

Known native trailers: Samsung SEF (``SEFH`` directory, ``SEFT`` at the very end), Insta360 (32-byte magic at
the very end). Sources: their published readers (ExifTool tag documentation "Samsung Trailer Tags",
"QuickTime"; AOSP/Media3 SefReader). A name here means that recorders are known to write such a trailer,
not that this one was left alone.
"""

from __future__ import annotations

from witnessmark.ground.container.build import TreeBuilder
from witnessmark.ground.container.sniff import sniff
from witnessmark.ground.container.tree import ByteSpan
from witnessmark.model.recording import MediaType

_INSTA360_MAGIC = b"8db42d694ccc418790edff439fe026bf"
_PROBE_BYTES = 64 * 1024


def name_tail(builder: TreeBuilder, at: int, accounted: str = "") -> None:
    """Record what lies from ``at`` to the end. ``accounted`` names a structure that announces it."""
    size = builder.size - at
    if size <= 0:
        return
    head = builder.read(at, min(size, _PROBE_BYTES))
    tail = builder.read(max(at, builder.size - 40), 40)
    native = _native(tail)
    constant = _constant(builder, at, size, head)
    if native:
        what = f"{native} trailer"
    elif constant is not None:
        what = f"padding of bytes 0x{constant:02x}"
    else:
        kind = sniff(head, size)
        second = kind.media_type is not MediaType.UNKNOWN and kind.format != "text"
        what = f"a second payload of the format {kind.format}" if second else "bytes of no known format"
        if second:
            builder.tally("second_payloads")
    if accounted:
        what = f"{what}, announced by {accounted}"
    builder.unaccounted.append(
        ByteSpan(at, size, what, native or ("padding" if constant is not None else ""))
    )
    if not native and constant is None:
        builder.fault("trailing_garbage", at, f"{size} bytes behind the end of the structure")


def _native(tail: bytes) -> str:
    if tail[-4:] == b"SEFT":
        return "Samsung SEF"
    return "Insta360" if tail[-32:] == _INSTA360_MAGIC else ""


def _constant(builder: TreeBuilder, at: int, size: int, head: bytes) -> int | None:
    """The one byte value that fills the tail (0x00 or 0xff), looked at in full up to 1 MiB, then sampled."""
    value = head[0]
    if value not in (0x00, 0xFF) or head.count(value) != len(head):
        return None
    step = max(_PROBE_BYTES, size // 16)
    for offset in range(at + len(head), at + size, step):
        block = builder.read(offset, min(_PROBE_BYTES, at + size - offset))
        if block.count(value) != len(block):
            return None
    return value
