"""Openings, approvals and index once more, in plain Python with the standard library only.

Written from docs/spec/bundle.md and redactable-seal.md (Opening), apart from the code under test; also writes the
spec's vectors: ``python -m tests.support.bundle_reference``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import zlib
from pathlib import Path

from tests.support import seal_reference as seal
from tests.support.seal_reference import ITEM_KEY, TAG, h, lp, mth, pts64, rows_of, slices, u64

VECTORS = Path(__file__).resolve().parents[2] / "docs/spec/vectors/bundle.json"
WIDTH, HEIGHT = 70, 66
ORIGIN = "witnessmark/" + "0f" * 16


def text(document: object) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def placed(leaves: list[bytes]) -> list[bytes]:
    pads = [
        hmac.new(ITEM_KEY, TAG + b"pad" + u64(k), hashlib.sha256).digest() for k in range(4096 - len(leaves))
    ]
    return sorted(
        leaves + pads, key=lambda x: hmac.new(ITEM_KEY, TAG + b"place" + x, hashlib.sha256).digest()
    )


def path_of(row: list[bytes], index: int) -> list[bytes]:
    path = []
    while len(row) > 1:
        path.append(row[index ^ 1])
        row = [h(b"\x01" + row[i] + row[i + 1]) for i in range(0, len(row), 2)]
        index //= 2
    return path


def frame_tiles() -> list[bytes]:
    """The four tiles of the 70x66 yuv420p frame of the seal's vectors."""
    planes = [(0, 0, rows_of(70, 66, 1)), (1, 1, rows_of(35, 33, 2)), (1, 1, rows_of(35, 33, 3))]
    return [
        b"".join(
            line[(64 * j) >> sx : (64 * j + 64) >> sx]
            for sx, sy, lines in planes
            for line in lines[(64 * i) >> sy : (64 * i + 64) >> sy]
        )
        for i in range(2)
        for j in range(2)
    ]


def sketch_tiles(seed: int) -> list[bytes]:
    """Means of made luma of that seed, tile by tile."""
    luma = rows_of(WIDTH, HEIGHT, seed)
    means = []
    for top in range(0, HEIGHT, 8):
        row = []
        for left in range(0, WIDTH, 8):
            block = b"".join(line[left : left + 8] for line in luma[top : top + 8])
            row.append((sum(block) + len(block) // 2) // len(block))
        means.append(row)
    return [
        bytes(v for line in means[8 * i : 8 * i + 8] for v in line[8 * j : 8 * j + 8])
        for i in range(2)
        for j in range(2)
    ]


def halves(
    purpose: bytes, ordinal: int, pts: int, tile_tag: bytes, tiles: list[bytes]
) -> tuple[bytes, list[bytes], list[bytes]]:
    """(O, all salts, tile leaves)."""
    salts = slices(seal.key(purpose, 0, ordinal), len(tiles) + 2)
    order = h(TAG + b"order" + salts[0] + u64(0) + u64(ordinal) + pts64(pts))
    leaves = [h(b"\x00" + TAG + tile_tag + salt + tile) for salt, tile in zip(salts[2:], tiles, strict=True)]
    return order, salts, leaves


def build() -> dict[str, object]:
    y = rows_of(WIDTH, HEIGHT, 1)
    u, v = rows_of(35, 33, 2), rows_of(35, 33, 3)
    frame = seal.frame("yuv420p", 70, 66, [(0, 0, 1, y), (1, 1, 1, u), (1, 1, 1, v)], 0, 5, 1234)
    sketches = [
        seal.sketch(70, 66, rows_of(70, 66, seed), 0, ordinal, pts)
        for seed, ordinal, pts in ((1, 5, 1234), (6, 9, 2234))
    ]
    packets = [b"one", b"", b"three" * 100]
    sound = seal.sound("aac", b"\x12\x10", packets, 2, 3, 4096)
    row = placed([frame, *sketches, sound])
    root = mth(row)

    layout = text(
        {
            "format": "yuv420p",
            "height": 66,
            "palette": "",
            "planes": [[0, 0, 1], [1, 1, 1], [1, 1, 1]],
            "width": 70,
        }
    )
    order, salts, leaves = halves(b"frame", 5, 1234, b"tile", frame_tiles())
    opened_frame = {
        "hidden": {"3": leaves[3].hex()},
        "layout": layout,
        "leaves": 4096,
        "order": order.hex(),
        "path": [p.hex() for p in path_of(row, row.index(frame))],
        "place": row.index(frame),
        "public_frame": 120,
        "salt_f": salts[1].hex(),
        "salts": {str(n): salts[2 + n].hex() for n in range(3)},
        "schema": "witnessmark/proven-frame/1",
    }

    hashes, means, rows, last = b"", b"", [], {}
    hidden = ([3], [])
    for n, (seed, ordinal, pts) in enumerate(((1, 5, 1234), (6, 9, 2234))):
        tiles = sketch_tiles(seed)
        order, salts, leaves = halves(b"sketch", ordinal, pts, b"sketch-tile", tiles)
        place = row.index(sketches[n])
        rows.append([4 * n, 1, place, hidden[n]])
        hashes += order + salts[1] + b"".join(path_of(row, place))
        for tile, data in enumerate(tiles):
            hashes += leaves[tile] if tile in hidden[n] else salts[2 + tile]
            if tile not in hidden[n]:
                before = last.get(tile, bytes(len(data)))
                means += bytes((a - b) % 256 for a, b in zip(data, before, strict=True))
                last[tile] = data
    sketch_layout = text(
        {"format": "means8", "height": 66, "palette": "", "planes": [[3, 3, 1]], "width": 70}
    )

    salts = slices(seal.key(b"sound", 2, 3), 2)
    group = {
        "codec": "aac",
        "extradata": "1210",
        "order": h(TAG + b"order" + salts[0] + u64(2) + u64(3) + pts64(4096)).hex(),
        "packets": [len(p) for p in packets],
        "path": [p.hex() for p in path_of(row, row.index(sound))],
        "place": row.index(sound),
        "public_start_ms": 1000,
        "salt_f": salts[1].hex(),
    }
    manifest, approvals, index = b'{"a":1}', b'{"b":2}', b'{"c":3}'
    return {
        "pattern": "made rows as in redactable-seal.json; the second sketch is of seed 6, ordinal 9, PTS 2234",
        "item_root": root.hex(),
        "proven_frame": text(opened_frame),
        "proven_frame_tiles": b"".join(frame_tiles()[:3]).hex(),
        "sketches": text(
            {"layout": sketch_layout, "leaves": 4096, "schema": "witnessmark/sketches/1", "sketches": rows}
        ),
        "sketches_hashes": hashes.hex(),
        "sketches_means": means.hex(),
        "sound": text({"groups": [group], "leaves": 4096, "schema": "witnessmark/sound/1"}),
        "sound_packets": b"".join(packets).hex(),
        "origin": ORIGIN,
        "manifest": manifest.decode(),
        "approvals": approvals.decode(),
        "approval_text": f"witnessmark-release/1\n{ORIGIN}\nredactor\n{h(manifest).hex()}\n",
        "release_payload": h(b"witnessmark/release/1" + lp(manifest) + lp(approvals)).hex(),
        "index": index.decode(),
        "index_text": f"witnessmark-bundle-index/1\n{ORIGIN}\n{h(index).hex()}\n",
        "zip_of_manifest_and_approvals": zip_of({"approvals": approvals, "manifest": manifest}).hex(),
    }


def zip_of(files: dict[str, bytes]) -> bytes:
    """PKWARE APPNOTE 6.3.3, sections 4.3.7, 4.3.12, 4.3.16, in the one spelling."""
    local, central = b"", b""
    for name, data in sorted(files.items()):
        common = struct.pack(
            "<HHHHIIIHH", 0, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(name), 0
        )
        central += (
            b"PK\1\2" + struct.pack("<HH", 20, 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, len(local))
        )
        central += name.encode()
        local += b"PK\3\4" + struct.pack("<H", 20) + common + name.encode() + data
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(central), len(local), 0)
    return local + central + end


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(build(), indent=1) + "\n")
