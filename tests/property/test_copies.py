"""What holds for all pictures: hashes turn as pictures do, views invert, searches leave nothing out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from witnessmark.examine.comparers.matching_motion import best_line
from witnessmark.examine.comparers.matching_views import TURNS, View, sampling, turned, turned_hashes
from witnessmark.examine.comparers.search import SCAN_ROWS, HashIndex
from witnessmark.examine.comparers.search_candidates import inverse
from witnessmark.examine.fingerprint import Fingerprint, FingerprintError, read_fingerprint, write_fingerprint
from witnessmark.examine.fingerprint.hashing import distance, hashes_of, mirrored
from witnessmark.examine.fingerprint.print import SIDE, WHOLE, Area
from witnessmark.model.consumer import Feature

SEEDS = st.integers(0, 2**32 - 1)


def _pictures(seed: int, count: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, SIDE, SIDE), dtype=np.uint8)


def _print(seed: int, count: int, *, area: Area = WHOLE) -> Fingerprint:
    rng = np.random.default_rng(seed)
    thumbs = _pictures(seed, count)
    hashes = hashes_of(thumbs)
    shown = np.flatnonzero(rng.random(count) < 0.8)
    return Fingerprint(
        np.sort(rng.uniform(-5, 100, count)),
        hashes,
        *(rng.integers(0, 256, count, dtype=np.uint8) for _ in range(3)),
        hashes if area.is_whole else mirrored(hashes),
        thumbs[shown],
        shown.astype(np.int64),
        np.float32(rng.uniform(0, 255, len(shown))).astype(np.float64),
        area,
        640,
        360,
        -5.0,
        101.0,
        ((0.0, 3.5),) if seed % 2 else (),
    )


@given(SEEDS, st.integers(0, TURNS - 1))
@settings(max_examples=40, deadline=None)
def test_the_hash_of_a_turned_picture_is_the_turned_hash(seed: int, turn: int) -> None:
    """Lost: mirrored and rotated copies, or a second decode to find them."""
    thumbs = _pictures(seed)
    far = distance(
        turned_hashes(hashes_of(thumbs), turn), hashes_of(np.ascontiguousarray(turned(thumbs, turn)))
    )
    assert int(far.max()) <= 1  # a coefficient of exactly zero has no sign to turn
    assert np.array_equal(mirrored(hashes_of(thumbs)), turned_hashes(hashes_of(thumbs), 1))


@given(SEEDS, st.floats(0.2, 5.0), st.floats(-30.0, 30.0))
@settings(max_examples=30, deadline=None)
def test_contrast_and_light_change_no_bit(seed: int, gain: float, offset: float) -> None:
    """Lost: dark and pale copies."""
    thumbs = _pictures(seed).astype(np.float64)
    assert int(distance(hashes_of(thumbs), hashes_of(thumbs * gain + offset)).max()) <= 2  # single precision


def test_strangers_differ_in_half_of_the_bits() -> None:
    """Lost: what a distance means."""
    hashes = hashes_of(_pictures(7, 200))
    far = distance(hashes[:100], hashes[100:])
    assert 120 < float(far.mean()) < 136


@given(
    st.integers(0, TURNS - 1),
    st.floats(0.5, 1.5),
    st.floats(-0.3, 0.3),
    st.floats(0.5, 1.5),
    st.floats(-0.3, 0.3),
)
@settings(max_examples=60, deadline=None)
def test_a_view_turned_about_twice_is_itself(turn: int, sy: float, ty: float, sx: float, tx: float) -> None:
    """Lost: pairs seen from the other side would lie over each other wrongly."""
    view = View(turn, round(sy, 4), round(ty, 4), round(sx, 4), round(tx, 4))
    again = inverse(inverse(view))
    assert again.turn == view.turn
    for name in ("scale_y", "shift_y", "scale_x", "shift_x"):
        assert getattr(again, name) == pytest.approx(getattr(view, name), abs=2e-3)


@given(SEEDS, st.integers(0, TURNS - 1))
@settings(max_examples=20, deadline=None)
def test_the_inverse_view_shows_the_same_part(seed: int, turn: int) -> None:
    """Lost: a crop would be looked for in the wrong corner, seen from the whole."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    whole = sum(
        np.sin(6.28 * (a * y + b * x) + p) for a, b, p in rng.uniform((-2, -2, 0), (2, 2, 6), (5, 3))
    ).astype(np.float32)
    view = View(turn, 0.8, 0.1, 0.75, 0.05)
    part = sampling(0.8, 0.1) @ turned(whole[None], turn)[0] @ sampling(0.75, 0.05).T
    back = inverse(view)
    seen = (
        sampling(back.scale_y, back.shift_y)
        @ turned(part[None], back.turn)[0]
        @ sampling(back.scale_x, back.shift_x).T
    )
    inside = seen != 0
    assert inside.mean() > 0.4
    assert np.corrcoef(seen[inside], whole[inside])[0, 1] > 0.97


@given(SEEDS, st.integers(0, 110))
@settings(max_examples=25, deadline=None)
def test_search_gives_what_looking_at_every_row_gives(seed: int, radius: int) -> None:
    """Lost: a copy that the index skips is a copy that nobody is told of."""
    rng = np.random.default_rng(seed)
    rows = _ROWS.copy()
    asked = rows[int(rng.integers(len(rows)))].copy()
    for near in rng.integers(0, len(rows), 40):  # plant rows at every distance
        rows[near] = asked
        for bit in rng.permutation(256)[: int(rng.integers(0, 120))]:
            rows[near, bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    found, far = HashIndex(rows).search(asked, radius)
    truth = np.bitwise_count(rows ^ asked).sum(axis=1, dtype=np.int64)
    expected = np.flatnonzero(truth <= radius)
    order = np.lexsort((expected, truth[expected]))
    assert np.array_equal(found, expected[order])
    assert np.array_equal(far, truth[expected][order])


_ROWS = np.random.default_rng(3).integers(0, 2**64, (SCAN_ROWS + 900, 4), dtype=np.uint64)


@given(SEEDS, st.integers(1, 8), st.integers(1, 8))
@settings(max_examples=80, deadline=None)
def test_the_best_line_is_the_best_of_all(seed: int, n: int, m: int) -> None:
    """Lost: the stretch that agrees most, and with it the place of an excerpt."""
    gain = np.random.default_rng(seed).normal(-0.2, 1, (n, m)).astype(np.float32)
    sums = {0.0}
    for i in range(n):
        for j in range(m):
            sums.update(np.cumsum([gain[i + k, j + k] for k in range(min(n - i, m - j))]).tolist())
    line = best_line(gain)
    assert line.score == pytest.approx(max(sums), abs=1e-4)
    along = sum(float(gain[line.a_first + k, line.b_first + k]) for k in range(line.steps))
    assert along == pytest.approx(line.score, abs=1e-4)


@given(SEEDS, st.integers(0, 40), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_fingerprint_comes_back_as_it_was_written(seed: int, count: int, has_frame: bool) -> None:
    """Lost: what the decode saw, between the jail and the comparison."""
    held = _print(seed, count, area=Area(0.1, 0.9, 0.0, 1.0) if has_frame else WHOLE)
    again = read_fingerprint(write_fingerprint(held))
    for name in Fingerprint.__dataclass_fields__:
        one, other = getattr(held, name), getattr(again, name)
        assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other, name


@given(SEEDS, st.data())
@settings(max_examples=60, deadline=None)
def test_changed_bytes_are_refused_or_read_and_never_worse(seed: int, data: st.DataObject) -> None:
    """Lost: one booby-trapped file would stop every later comparison."""
    whole = bytearray(write_fingerprint(_print(seed % 50, 6)).data)
    for _ in range(3):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    for changed in (bytes(whole), cut):
        try:
            held = read_fingerprint(Feature("fingerprint", 1, changed))
        except FingerprintError:
            continue
        assert held.thumbs.shape[1:] == (SIDE, SIDE)
        assert len(held.thumb_of) == len(held.thumbs)


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    """Lost: a few kilobytes would take gigabytes of the parent's memory."""
    import zlib

    whole = write_fingerprint(_print(1, 3)).data
    head = whole[: len(whole) - len(whole[whole.index(b"\x78") :])] if b"\x78" in whole else whole
    bomb = head + zlib.compress(bytes(200 << 20), 9)
    with pytest.raises(FingerprintError):
        read_fingerprint(Feature("fingerprint", 1, bomb))
