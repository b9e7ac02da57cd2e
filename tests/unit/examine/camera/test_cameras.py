"""Which recordings are told to share a camera, and which traps are not walked into."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.corpus.clips import Encode
from tests.corpus.sensors import film
from tests.unit.examine.camera.conftest import Films, body, examined, take
from witnessmark.examine.camera import likelihood
from witnessmark.examine.camera.agreement import agreement, spectrum_of, spread
from witnessmark.examine.camera.estimate import Pictures
from witnessmark.examine.camera.residual import CameraResidual, Usable
from witnessmark.examine.comparers import cameras
from witnessmark.examine.comparers.camera_groups import grouped
from witnessmark.examine.comparers.camera_sieve import sieved
from witnessmark.examine.comparers.cameras import compare_cameras, same_camera
from witnessmark.model.findings import Grade

ONE, OTHER = body(11), body(12)
MPEG4 = Encode(codec="mpeg4", gop=6, bit_rate=2_500_000, audio=False)
HEAVY = Encode(codec="mpeg4", gop=6, bit_rate=150_000, audio=False)
"""Without a filter over the edges of blocks (ISO/IEC 14496-2), at a tenth of what it would need."""


def made(values: NDArray[np.int8], name: int = 0, size: tuple[int, int] | None = None) -> CameraResidual:
    """A trace of given values, with a scene of its own."""
    rows, columns = values.shape
    width, height = size or (columns, rows)
    scene = np.random.default_rng((name, 1)).integers(40, 200, (18, 32)).astype(np.uint8)
    left, top = (width - columns) // 2, (height - rows) // 2
    return CameraResidual(False, Usable.YES, width, height, left, top, 9, 0.1, 9.0, values, scene)


def ternary(values: NDArray[np.float64]) -> NDArray[np.int8]:
    z = (values - values.mean()) / values.std()
    return np.where(z > 0.612, 1, np.where(z < -0.612, -1, 0)).astype(np.int8)


def noise(seed: int, shape: tuple[int, int] = (256, 384)) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=shape)


def test_one_camera_is_found_in_two_scenes_and_codecs(films: Films) -> None:
    """What the method is for: clips that share nothing but the sensor."""
    traces = {
        "a": films.trace(ONE, take(1)),
        "b": films.trace(ONE, take(2), MPEG4),
        "c": films.trace(OTHER, take(3)),
    }

    case = compare_cameras(traces)

    assert [(m.a, m.b, m.same_view) for m in case.matches] == [("a", "b", False)]
    assert [group.members for group in case.groups] == [("a", "b")]
    assert case.matches[0].grade is Grade.WEAK  # until it is measured on video
    said = " ".join((*case.matches[0].evidence, case.groups[0].words, case.words))
    assert "at most 17, measured on stills of different devices" in said
    assert said.count("computed from that assumption, not measured") == 3
    assert "by chance alone" not in said.lower()
    assert case.matches[0].chance < 1e-6
    assert case.false_pairs < likelihood.ALLOWED


def test_two_cameras_of_one_model_and_recorder_are_not_told(films: Films) -> None:
    """Lines, grid and captions that a whole make shares would weld its customers' cameras into one."""
    traces = {
        str(one.seed): films.trace(one, take(scene, overlay=True)) for one, scene in ((ONE, 4), (OTHER, 5))
    }

    assert all(trace.is_usable for trace in traces.values())
    assert same_camera(traces) == ()


def test_a_codecs_grid_is_no_agreement() -> None:
    """The trap: a shared grid agrees at (0, 0) as at (8, 0), strongly enough for any fixed threshold."""
    grid = np.zeros((256, 384))
    grid[::8] += 1.0
    grid[:, ::8] += 1.0
    grid += np.tile(noise(9, (16, 16)), (16, 24)) * 0.3
    a, b = (ternary(noise(seed) + grid) for seed in (1, 2))

    plain = float(np.vdot(a.astype(float), b)) / np.sqrt(np.count_nonzero(a) * np.count_nonzero(b) / a.size)
    told = agreement(spectrum_of(a.astype(np.float32)), spectrum_of(b.astype(np.float32)), (256, 384))

    assert plain > 8  # the trap is there: squared, beyond 60
    assert abs(told.deviations) < 4
    assert same_camera({"a": made(a, 1), "b": made(b, 2)}) == ()


def test_heavy_coding_on_one_grid_matches_no_strangers(tmp_path: Path) -> None:
    """Strongly coded clips hold little but the edges of their codec's blocks, at the same places in all of them."""
    traces = {}
    for camera in (ONE, OTHER, body(13)):
        path = film(tmp_path / "heavy.mp4", camera, take(camera.seed, frames=24), HEAVY)
        pictures = Pictures(240, 416)
        with av.open(str(path)) as file:
            for frame in file.decode(video=0):
                pictures.add(frame.to_ndarray(format="gray"))
        made_of = pictures.estimate()
        traces[str(camera.seed)] = replace(made(made_of.values), scene=made_of.scene)

    assert same_camera(traces) == ()


def test_one_view_by_two_cameras_is_no_common_camera(films: Films) -> None:
    """What stays in the noise of a fixed view is the view: two cameras side by side would be told as one."""
    one_take = take(6, style="static")
    case = compare_cameras({"a": films.trace(ONE, one_take), "b": films.trace(OTHER, one_take)})

    assert all(match.same_view for match in case.matches)
    assert case.groups == ()


def test_a_patch_that_agrees_is_no_camera() -> None:
    """A logo or a caption covers a part of the picture; a sensor lies under all of it."""
    a, b = noise(21), noise(22)
    b[:64, :96] = a[:64, :96]
    one, other = ternary(a), ternary(b)

    told = agreement(spectrum_of(one.astype(np.float32)), spectrum_of(other.astype(np.float32)), a.shape)

    assert told.deviations > likelihood.LEAST  # as a whole it would be told
    assert spread(one, other) < likelihood.LEAST
    assert same_camera({"a": made(one, 1), "b": made(other, 2)}) == ()


@pytest.mark.parametrize("way", ["turned by 180°", "turned by 90°", "scaled"])
def test_turned_and_scaled_recordings_of_one_camera_are_found(way: str) -> None:
    """Exports turn and shrink pictures: their camera stays the same, and that they were turned must be told."""
    from scipy.ndimage import zoom

    own = noise(31)
    a = made(ternary(own + noise(32)), 1)
    seen = {
        "turned by 180°": lambda: np.rot90(own, 2) + noise(33),
        "turned by 90°": lambda: np.rot90(own, 3) + noise(33, (384, 256)),
        "scaled": lambda: (
            zoom(own, 0.75, order=1, mode="nearest", grid_mode=True) + 0.3 * noise(33, (192, 288))
        ),
    }[way]
    b = made(ternary(seen()), 2)

    (match,) = same_camera({"a": a, "b": b})

    assert (match.way, match.grade) == (way, Grade.WEAK)


def test_a_crop_elsewhere_is_never_searched_for() -> None:
    """Any shift allowed means a million looks for every pair, and a stranger's grid at one of them."""
    own = noise(31)
    a, b = made(ternary(own), 1), made(ternary(np.roll(own, (8, 0), (0, 1))), 2)

    assert same_camera({"a": a, "b": b}) == ()


def test_who_takes_no_part_is_counted_with_the_reason(films: Films) -> None:
    """A case in which most files were not compared must not read as if no two shared a camera."""
    short = films.trace(ONE, take(1, frames=18))
    case = compare_cameras({"a": films.trace(ONE, take(1)), "s": short})

    assert [(one.item, one.reason) for one in case.abstained] == [("s", Usable.FEW)]
    assert case.pairs == 0
    assert "1 recordings took no part" in case.words


def test_new_footage_is_laid_beside_all_and_old_pairs_are_left_alone() -> None:
    """A case of thousands would be compared anew for every file that arrives."""
    own = noise(51)
    traces = {name: made(ternary(own + noise(60 + k)), k) for k, name in enumerate("abc")}

    told = same_camera(traces, new=frozenset("c"))

    assert [(m.a, m.b) for m in told] == [("a", "c"), ("b", "c")]


def test_the_sieve_lets_every_common_camera_through() -> None:
    """What the sieve drops is never looked at again."""
    own = {k: noise(70 + k, (128, 192)) for k in range(4)}
    traces = {
        f"{k}{n}": ternary(own[k] + 2.5 * noise(100 * k + n, (128, 192))) for k in own for n in range(6)
    }
    pairs = list(combinations(sorted(traces), 2))

    kept = sieved(traces.__getitem__, dict.fromkeys(traces, (0,)), likelihood.LEAST)
    strong = [
        (a, b)
        for a, b in pairs
        if agreement(
            spectrum_of(traces[a].astype(np.float32)), spectrum_of(traces[b].astype(np.float32)), (128, 192)
        ).deviations
        >= likelihood.LEAST
    ]

    assert {(a, b) for a, b in pairs if a[0] == b[0]} <= set(strong)
    assert set(strong) <= kept
    assert len(kept) < len(pairs) / 2
    of_new = sieved(
        traces.__getitem__, dict.fromkeys(traces, (0,)), likelihood.LEAST, frozenset(("00", "35"))
    )
    assert of_new == {pair for pair in kept if "00" in pair or "35" in pair}


def test_many_recordings_go_through_the_sieve_and_come_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large case would be told less than a small one made of the same files."""
    own = [noise(k, (128, 192)) for k in range(3)]
    traces = {
        f"{k}{n}": made(ternary(own[k] + noise(10 * k + n + 200, (128, 192))), 10 * k + n)
        for k in range(3)
        for n in range(3)
    }
    whole = compare_cameras(traces)
    monkeypatch.setattr(cameras, "SIEVE_FROM_PAIRS", 1)
    large = compare_cameras(traces)

    assert [(m.a, m.b, m.deviations) for m in large.matches] == [
        (m.a, m.b, m.deviations) for m in whole.matches
    ]
    assert [g.members for g in large.groups] == [("00", "01", "02"), ("10", "11", "12"), ("20", "21", "22")]


def test_a_ratio_is_never_more_than_the_count_allows() -> None:
    """A court would be told odds that nobody counted."""
    most = likelihood.most_log10_ratio()

    assert 10**most == pytest.approx(17.9, abs=0.1)  # 0 of 64 pairs of devices: below 5.6 % (97.5 %)
    assert likelihood.log10_ratio(40.0) == most
    assert likelihood.log10_ratio(0.5) == 0.0
    assert [likelihood.log10_ratio(z) for z in (2.0, 3.0, 4.0)] == sorted(
        likelihood.log10_ratio(z) for z in (2.0, 3.0, 4.0)
    )


def test_more_pairs_ask_for_more_agreement() -> None:
    """One in a million by chance happens fifty times among ten thousand recordings."""
    assert likelihood.threshold(15) == likelihood.LEAST
    assert 6.0 < likelihood.threshold(50_000_000) < 7.0
    assert likelihood.chance_of(likelihood.threshold(50_000_000)) * 50_000_000 <= likelihood.ALLOWED


def test_one_false_pair_does_not_weld_two_cameras_together() -> None:
    """Single links chain strangers: a person's camera would be laid at another's door."""
    told = {pair: 20.0 for group in ("abc", "xyz") for pair in combinations(group, 2)}
    groups = grouped({**told, ("c", "x"): 5.5}, 5.0, 6)

    assert [group.members for group in groups] == [("a", "b", "c"), ("x", "y", "z")]


def test_copies_of_one_recording_do_not_push_each_other_out() -> None:
    """Pairs of copies are never told; counted as nothing, a family of copies would fall out of its camera's group."""
    copies = [f"copy{k}" for k in range(5)]
    told = {(min(c, "other"), max(c, "other")): 5.2 for c in copies}
    silent = {frozenset(pair) for pair in combinations(copies, 2)}

    assert [len(group.members) for group in grouped(told, 5.0, 6, silent)] == [6]
    assert [len(group.members) for group in grouped(told, 5.0, 6)] == [4]


def test_a_weak_member_stays_in_its_group() -> None:
    """A textured photograph agrees with few of its camera's; dropped, it would count as another camera."""
    (group,) = grouped({("a", "b"): 40.0, ("b", "c"): 5.6}, 5.0, 3)

    assert (group.members, group.told, group.pairs) == (("a", "b", "c"), 2, 3)


def test_two_bodies_of_one_model_are_kept_apart(shared_media: Path) -> None:
    """Real photographs: the only ones at hand of two bodies of one model."""
    folder = shared_media / "prnu"
    traces = {path.name: examined(path)[1] for path in sorted(folder.glob("*.JPG"))}
    whose = {name: name.split("_D70_")[1][0] for name in traces}

    case = compare_cameras(traces)

    assert all(whose[m.a] == whose[m.b] for m in case.matches)
    assert [sorted({whose[n] for n in group.members}) for group in case.groups] == [["0"], ["1"]]
    assert sorted(len(group.members) for group in case.groups) == [3, 3]


@pytest.mark.soak
def test_no_two_real_recordings_are_grouped_falsely(shared_media: Path) -> None:
    """Files of different devices that are told to share one send an investigation astray."""
    traces = {}
    for folder in ("camera", "faces", "clock", "tamper", "c2pa"):
        for path in sorted((shared_media / folder).iterdir()):
            if path.suffix.lower() not in (".wav", ".gif"):
                traces[f"{folder}/{path.name}"] = examined(path)[1]

    assert [g.members for g in compare_cameras(traces).groups] == []


def test_groups_do_not_depend_on_the_order_of_files() -> None:
    """Two runs over one case would tell different cameras."""
    own = [noise(91), noise(92)]
    traces = {
        f"{k}{n}": made(ternary(own[k] + noise(95 + 10 * k + n)), 10 * k + n) for k in (0, 1) for n in (0, 1)
    }
    turned = dict(reversed(traces.items()))

    assert compare_cameras(traces) == compare_cameras(turned)
    assert replace(compare_cameras(traces)).groups[0].members == ("00", "01")
