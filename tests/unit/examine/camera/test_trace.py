"""What the examiner says of one file, and what it leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.corpus.clips import Encode
from tests.corpus.sensors import Body, Take, still
from tests.unit.examine.camera.conftest import GOOD, Films, body, examined, take
from witnessmark.examine.camera.estimate import Pictures
from witnessmark.examine.camera.residual import CameraResidual, Usable, read_residual
from witnessmark.model.consumer import Feature
from witnessmark.model.findings import Outcome

BODY = body(11)


def test_a_light_clip_leaves_a_trace_that_its_halves_agree_on(films: Films) -> None:
    """Without it nothing across files could ever be compared."""
    core, trace = films(BODY, take(1))

    assert (core.outcome, trace.state) == (Outcome.OBSERVED, Usable.YES)
    assert trace.values.shape == (240, 416)
    assert trace.strength > 5
    assert trace.reliability is not None and trace.reliability > 0.05


@pytest.mark.parametrize(
    ("taken", "encode", "reason"),
    [
        (take(1, stabilised_px=6.0), GOOD, Usable.UNSTEADY),
        (take(1), Encode(crf=40, gop=6, audio=False), Usable.UNSTEADY),
        (take(1, mean=-60.0), GOOD, Usable.DARK),
        (take(1, frames=18), GOOD, Usable.FEW),
    ],
    ids=["stabilised", "coded away", "dark", "short"],
)
def test_what_cannot_be_compared_says_so_and_leaves_no_values(
    films: Films, taken: Take, encode: Encode, reason: Usable
) -> None:
    """A trace that is none would be laid beside others, and its silence taken for a different camera."""
    core, trace = films(BODY, taken, encode)

    assert trace.state is reason
    assert trace.values.size == 0
    assert core.outcome is Outcome.INCONCLUSIVE
    assert core.statement.startswith("The trace of the sensor cannot be compared: ")


def test_a_drawn_picture_holds_no_sensor(tmp_path: Path) -> None:
    """Copies of one drawing share its pattern of rounding: they would be told as photographs of one camera."""
    from PIL import Image

    across = np.linspace(60, 200, 1024)[None, :] + np.linspace(0, 30, 768)[:, None]
    path = tmp_path / "drawn.jpg"
    Image.fromarray(across.astype(np.uint8)).save(path, quality=95)

    core, trace = examined(path)

    assert trace.state is Usable.COVERED
    assert core.outcome is Outcome.INCONCLUSIVE


def test_a_photograph_is_never_said_to_agree_with_itself(tmp_path: Path) -> None:
    """One picture has no halves; to say that its trace was tested would be untrue."""
    core, trace = examined(still(tmp_path / "still.jpg", Body(3, size=(800, 608)), Take(2)))

    assert trace.is_still and trace.state is Usable.YES
    assert trace.reliability is None
    assert "cannot be tested on one picture" in core.statement


def test_what_is_left_reads_back_as_it_was(films: Films) -> None:
    """The comparer would work on something else than was examined."""
    trace = films.trace(BODY, take(1))

    again = read_residual(trace.to_feature())

    assert np.array_equal(again.values, trace.values)
    assert np.array_equal(again.scene, trace.scene)
    assert (again.width_px, again.left_px, again.pictures, again.state) == (
        416,
        0,
        trace.pictures,
        Usable.YES,
    )
    assert len(trace.to_feature().data) < 416 * 240 / 5 + 1000


def _damaged(data: bytes) -> list[bytes]:
    state = bytearray(data)
    state[1] = 200
    values = bytearray(data)
    values[-1] = 255
    outside = bytearray(data)
    outside[6:8] = b"\xff\xff"
    return [b"", data[:-1], data + b"\0", bytes(state), bytes(values), bytes(outside)]


def test_a_damaged_trace_is_refused(films: Films) -> None:
    """The child that wrote it has decoded hostile bytes: what it leaves must not break the comparison of a case."""
    feature = films.trace(BODY, take(1)).to_feature()

    for data in _damaged(feature.data):
        with pytest.raises(ValueError, match="trace of a sensor"):
            read_residual(Feature(feature.name, feature.version, data))


def test_burned_in_text_and_its_surroundings_are_masked() -> None:
    """Recorders of one make burn the same text into the same place: their cameras would be told as one."""
    rng = np.random.default_rng(5)
    pictures = Pictures(160, 320)
    text = np.where(rng.integers(0, 2, (32, 64)), 230, 30)
    for _ in range(8):
        luma = np.clip(rng.normal(128, 3, (160, 320)), 0, 255)
        luma[32:64, 32:96] = text
        pictures.add(luma.astype(np.uint8))

    values = pictures.estimate().values

    assert not values[16:80, 16:112].any()
    assert values[96:].any()


def test_the_same_pictures_give_the_same_trace(films: Films, tmp_path: Path) -> None:
    """A finding that differs from run to run cannot be re-examined."""
    from tests.corpus.sensors import film

    again, trace = examined(film(tmp_path / "again.mp4", BODY, take(1), GOOD))

    assert trace.to_feature() == films.trace(BODY, take(1)).to_feature()
    assert again.core_digest == films(BODY, take(1))[0].core_digest


def test_a_trace_must_lie_inside_its_picture() -> None:
    """A crop outside its picture would be laid on another place of another sensor."""
    with pytest.raises(ValueError, match="does not fit"):
        CameraResidual(
            False, Usable.YES, 64, 64, 32, 0, 1, 0.0, 0.0,
            np.zeros((64, 64), np.int8), np.zeros((18, 32), np.uint8),
        )  # fmt: skip
