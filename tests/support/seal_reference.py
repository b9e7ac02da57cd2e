"""The redactable seal once more, in plain Python with the standard library only.

Written from docs/spec/redactable-seal.md, apart from the code under test; also writes the spec's vectors:
``python -m tests.support.seal_reference``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[2] / "docs/spec/vectors/redactable-seal.json"
TAG = b"witnessmark/seal/1/"
ITEM_KEY = bytes(range(32))


def h(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def u64(n: int) -> bytes:
    return (n % (1 << 64)).to_bytes(8, "big")


def lp(data: bytes) -> bytes:
    return u64(len(data)) + data


def pts64(pts: int | None) -> bytes:
    return u64(-(2**63) if pts is None else pts)


def mth(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return h(b"\x01" + mth(leaves[:k]) + mth(leaves[k:]))


def key(purpose: bytes, stream: int, ordinal: int) -> bytes:
    return hmac.new(ITEM_KEY, TAG + purpose + u64(stream) + u64(ordinal), hashlib.sha256).digest()


def slices(k: bytes, count: int) -> list[bytes]:
    data = hashlib.shake_128(k).digest(16 * count)
    return [data[16 * i : 16 * i + 16] for i in range(count)]


def frame(
    fmt: str,
    width: int,
    height: int,
    planes: list[tuple[int, int, int, list[bytes]]],
    s: int,
    n: int,
    pts: int | None,
    palette: bytes = b"",
) -> bytes:
    """``planes``: (sx, sy, bytes per sample, rows)."""
    rows, columns = (height + 63) // 64, (width + 63) // 64
    salts = slices(key(b"frame", s, n), rows * columns + 2)
    leaves = []
    for i in range(rows):
        for j in range(columns):
            data = b""
            for sx, sy, size, lines in planes:
                for line in lines[(64 * i) >> sy : (64 * i + 64) >> sy]:
                    data += line[((64 * j) >> sx) * size : ((64 * j + 64) >> sx) * size]
            leaves.append(h(b"\x00" + TAG + b"tile" + salts[2 + i * columns + j] + data))
    text = json.dumps(
        {
            "format": fmt,
            "height": height,
            "palette": palette.hex(),
            "planes": [list(p[:3]) for p in planes],
            "width": width,
        },
        separators=(",", ":"),
        sort_keys=True,
    ).encode()
    order = h(TAG + b"order" + salts[0] + u64(s) + u64(n) + pts64(pts))
    content = h(TAG + b"content" + salts[1] + lp(text) + mth(leaves))
    return h(b"\x00" + TAG + b"frame" + order + content)


def sketch(width: int, height: int, luma: list[bytes], s: int, n: int, pts: int | None) -> bytes:
    means = []
    for top in range(0, height, 8):
        row = []
        for left in range(0, width, 8):
            block = b"".join(line[left : left + 8] for line in luma[top : top + 8])
            row.append((sum(block) + len(block) // 2) // len(block))
        means.append(row)
    rows, columns = (height + 63) // 64, (width + 63) // 64
    salts = slices(key(b"sketch", s, n), rows * columns + 2)
    leaves = []
    for i in range(rows):
        for j in range(columns):
            data = bytes(v for line in means[8 * i : 8 * i + 8] for v in line[8 * j : 8 * j + 8])
            leaves.append(h(b"\x00" + TAG + b"sketch-tile" + salts[2 + i * columns + j] + data))
    text = json.dumps(
        {"format": "means8", "height": height, "palette": "", "planes": [[3, 3, 1]], "width": width},
        separators=(",", ":"),
        sort_keys=True,
    ).encode()
    order = h(TAG + b"order" + salts[0] + u64(s) + u64(n) + pts64(pts))
    content = h(TAG + b"content" + salts[1] + lp(text) + mth(leaves))
    return h(b"\x00" + TAG + b"sketch" + order + content)


def sound(codec: str, extradata: bytes, packets: list[bytes], s: int, g: int, pts: int | None) -> bytes:
    salts = slices(key(b"sound", s, g), 2)
    order = h(TAG + b"order" + salts[0] + u64(s) + u64(g) + pts64(pts))
    content = h(TAG + b"content" + salts[1] + lp(codec.encode()) + lp(extradata) + b"".join(map(lp, packets)))
    return h(b"\x00" + TAG + b"sound" + order + content)


def item_root(leaves: list[bytes]) -> bytes:
    size = 4096
    while size < len(leaves):
        size *= 2
    pads = [
        hmac.new(ITEM_KEY, TAG + b"pad" + u64(k), hashlib.sha256).digest() for k in range(size - len(leaves))
    ]
    placed = sorted(
        leaves + pads, key=lambda x: hmac.new(ITEM_KEY, TAG + b"place" + x, hashlib.sha256).digest()
    )
    return mth(placed)


def rows_of(width_bytes: int, height: int, seed: int) -> list[bytes]:
    """Rows of a fixed pseudo-random pattern: byte x of row y is SHAKE128(seed, y)[x]."""
    return [hashlib.shake_128(bytes([seed]) + u64(y)).digest(width_bytes) for y in range(height)]


def build() -> dict[str, object]:
    y, u, v = rows_of(70, 66, 1), rows_of(35, 33, 2), rows_of(35, 33, 3)
    planar = frame("yuv420p", 70, 66, [(0, 0, 1, y), (1, 1, 1, u), (1, 1, 1, v)], 0, 5, 1234)
    deep = frame("gray10le", 70, 66, [(0, 0, 2, rows_of(140, 66, 4))], 0, 6, None)
    packed = frame("bgra", 70, 66, [(0, 0, 4, rows_of(280, 66, 5))], 1, 0, -7)
    small = sketch(70, 66, y, 0, 5, 1234)
    packets = [b"one", b"", b"three" * 100]
    group = sound("aac", b"\x12\x10", packets, 2, 3, 4096)
    leaves = [planar, deep, packed, small, group]
    return {
        "item_key": ITEM_KEY.hex(),
        "pattern": "byte x of row y = SHAKE128(seed byte || u64(y))[x]; seeds 1 Y, 2 U, 3 V, 4 gray10le, 5 bgra",
        "frame_key_0_5": key(b"frame", 0, 5).hex(),
        "salts_0_5": [s.hex() for s in slices(key(b"frame", 0, 5), 6)],
        "frame_yuv420p_70x66_stream0_ordinal5_pts1234": planar.hex(),
        "frame_gray10le_70x66_stream0_ordinal6_pts_missing": deep.hex(),
        "frame_bgra_70x66_stream1_ordinal0_pts_minus7": packed.hex(),
        "sketch_of_Y_stream0_ordinal5_pts1234": small.hex(),
        "sound_aac_stream2_group3_pts4096": {
            "extradata": "1210",
            "packets": [p.hex() for p in packets],
            "leaf": group.hex(),
        },
        "item_root_of_these_five_leaves": item_root(leaves).hex(),
    }


if __name__ == "__main__":
    VECTORS.parent.mkdir(parents=True, exist_ok=True)
    VECTORS.write_text(json.dumps(build(), indent=1) + "\n")
