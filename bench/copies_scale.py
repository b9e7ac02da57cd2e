"""``bench copies``, the part about size: a million hashes asked exactly, and cases of up to ten thousand videos.

The videos are simulated as features: low-frequency fields that drift and bodies that move, as thumbnails, with the
fingerprint's own hashes. One in ten is a copy of another (coding noise, a third of them excerpts, a third mirrored or
cut to 80 %); one in twenty is a span of one of ten fixed cameras. Making a fingerprint is timed apart and taken off.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.comparers.matching import compare_all
from witnessmark.examine.comparers.matching_views import sampling
from witnessmark.examine.comparers.search import HashIndex
from witnessmark.examine.fingerprint import Fingerprint
from witnessmark.examine.fingerprint.hashing import hashes_of
from witnessmark.examine.fingerprint.print import SIDE, WHOLE

SECONDS, PER_SECOND = 60.0, 2.0
WAVES, BODIES = 24, 3
COPY_EVERY, CAMERA_EVERY, CAMERAS = 10, 20, 10
SIZES = (625, 1250, 2500, 5000, 10_000)


def million(seed: int, *, rows: int = 1_000_000, asked: int = 50) -> dict[str, Any]:
    """Milliseconds of CPU a question on one core, and whether any row within the radius was left out."""
    rng = np.random.default_rng(seed)
    held = rng.integers(0, 2**64, (rows, 4), dtype=np.uint64)
    index = HashIndex(held)
    begun = time.process_time()
    index.search(held[0], 0)
    told: dict[str, Any] = {
        "rows": rows,
        "questions": asked,
        "tables_s": round(time.process_time() - begun, 2),
    }
    for radius in (15, 31, 47, 64, 90):
        spent, lost, planted = [], 0, 0
        for k in range(asked):
            question = held[int(rng.integers(rows))].copy()
            for bit in rng.permutation(256)[: int(rng.integers(0, radius + 1))]:
                question[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
            begun = time.process_time()
            found, _ = index.search(question, radius)
            spent.append(time.process_time() - begun)
            if k % 5 == 0:  # brute force beside it
                truth = np.flatnonzero(np.bitwise_count(held ^ question).sum(axis=1) <= radius)
                lost += len(np.setdiff1d(truth, found))
                planted += len(truth)
        told[f"radius_{radius}"] = {
            "median_ms": round(1e3 * float(np.median(spent)), 2),
            "most_ms": round(1e3 * max(spent), 2),
            "rows_within": planted,
            "left_out": lost,
        }
    return told


class Simulated(Mapping[str, Fingerprint]):
    """A case of ``count`` videos; every fingerprint is made when it is asked for, the same each time."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self._seed = count, seed
        self.making_s = 0.0

    def __iter__(self) -> Iterator[str]:
        return (f"{k:06}" for k in range(self._count))

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, name: str) -> Fingerprint:
        begun = time.process_time()
        made = self._made(int(name))
        self.making_s += time.process_time() - begun
        return made

    def original(self, k: int) -> int | None:
        """Whose copy video ``k`` is, or None."""
        return k - 1 - (k // COPY_EVERY) % 5 if k % COPY_EVERY == COPY_EVERY - 1 else None

    def _made(self, k: int) -> Fingerprint:
        source = self.original(k)
        thumbs = _thumbs(self._seed, k if source is None else source)
        if source is not None:
            rng = np.random.default_rng((self._seed, 3, k))
            thumbs = thumbs + rng.normal(0, 2.0, thumbs.shape).astype(np.float32)
            way = (k // COPY_EVERY) % 3
            if way == 1:
                first = int(rng.integers(0, 80))
                thumbs = thumbs[first : first + int(rng.integers(8, 40))]
            elif way == 2 and (k // COPY_EVERY) % 2:
                thumbs = thumbs[:, :, ::-1]
            elif way == 2:
                top, left = rng.uniform(0, 0.2, 2)
                thumbs = sampling(0.8, float(top)) @ thumbs @ sampling(0.8, float(left)).T
        return _print(thumbs)


def _thumbs(seed: int, k: int) -> NDArray[np.float32]:
    """(pictures, SIDE, SIDE) levels."""
    count = round(SECONDS * PER_SECOND)
    rng = np.random.default_rng((seed, 1, k))
    is_fixed = k % CAMERA_EVERY == 7
    place = np.random.default_rng((seed, 2, (k // CAMERA_EVERY) % CAMERAS)) if is_fixed else rng
    axis = np.arange(SIDE, dtype=np.float32) / SIDE
    t = np.arange(count, dtype=np.float32)[:, None] / PER_SECOND
    drift = 0.0 if is_fixed else 1.0
    path = [
        sum(a * np.sin(w * t + p) for a, w, p in rng.uniform((0.02, 0.1, 0), (0.12, 0.9, 6.3), (3, 3)))
        for _ in "yx"
    ]
    waves = place.normal(0, 2.5, (WAVES, 2)).astype(np.float32)
    phases = place.uniform(0, 6.3, (WAVES, 1, 1)).astype(np.float32)
    levels = (40.0 / (1.0 + np.hypot(*waves.T))).astype(np.float32)[:, None, None]
    down = 6.28 * waves[:, :1, None] * (axis + drift * path[0])[None] + phases
    across = 6.28 * waves[:, 1:, None] * (axis + drift * path[1])[None]
    shown = np.einsum("kty,ktx->tyx", levels * np.sin(down), np.cos(across), optimize=True)
    shown += np.einsum("kty,ktx->tyx", levels * np.cos(down), np.sin(across), optimize=True)
    for _ in range(BODIES):
        cy, cx, ry, rx, size = rng.uniform((0.2, 0.2, 0.1, 0.1, 0.05), (0.8, 0.8, 0.3, 0.4, 0.12))
        wy, wx, py, px = rng.uniform((0.2, 0.2, 0, 0), (1.2, 1.2, 6.3, 6.3))
        at_y, at_x = cy + ry * np.sin(wy * t + py), cx + rx * np.sin(wx * t + px)
        tall, broad = np.exp(-(((axis - at_y) / size) ** 2)), np.exp(-(((axis - at_x) / size) ** 2))
        shown += float(rng.choice([-70, 70])) * np.einsum("ty,tx->tyx", tall, broad)
    return 120.0 + shown


def _print(levels: NDArray[np.float32]) -> Fingerprint:
    count = len(levels)
    low, high = levels.min(axis=(1, 2), keepdims=True), levels.max(axis=(1, 2), keepdims=True)
    thumbs = np.rint((levels - low) * (255.0 / np.maximum(high - low, 1e-3))).astype(np.uint8)
    hashes = hashes_of(thumbs)
    times = np.arange(count) / PER_SECOND
    ones = np.ones(count, np.uint8)
    return Fingerprint(
        times, hashes, 60 * ones, 120 * ones, 10 * ones, hashes, thumbs, np.arange(count),
        (high - low).reshape(-1).astype(np.float64), WHOLE, 640, 360, 0.0, count / PER_SECOND,
    )  # fmt: skip


def grown(seed: int, sizes: tuple[int, ...] = SIZES) -> list[dict[str, Any]]:
    """One row a size: CPU seconds of comparing all, memory, what was found of the copies, and wrong pairs."""
    rows = []
    for count in sizes:
        case = Simulated(count, seed)
        begun = time.process_time()
        told = compare_all(case)
        spent = time.process_time() - begun - case.making_s
        found = {(int(m.a), int(m.b)) for m in told.matches}
        true = {(s, k) for k in range(count) if (s := case.original(k)) is not None and s >= 0}
        few = frozenset(f"{k:06}" for k in range(count - 10, count))
        again = Simulated(count, seed)
        begun = time.process_time()
        compare_all(again, new=few)
        rows.append(
            {
                "videos": count,
                "hours": round(count * SECONDS / 3600, 1),
                "cpu_s": round(spent, 1),
                "cpu_ms_a_video": round(1e3 * spent / count, 2),
                "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "copies": len(true),
                "found": len(true & found),
                "wrong": len({(a, b) for a, b in found if not _related(case, a, b)}),
                "same_place": len(told.scenes),
                "ten_new_cpu_s": round(time.process_time() - begun - again.making_s, 1),
            }
        )
    return rows


def _related(case: Simulated, a: int, b: int) -> bool:
    def root(k: int) -> int:
        source = case.original(k)
        return k if source is None else source

    return root(a) == root(b)
