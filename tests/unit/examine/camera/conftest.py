"""Clips of simulated sensors, made once for all tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.clips import Encode
from tests.corpus.sensors import Body, Take, film
from witnessmark.examine.camera.residual import CameraResidual, read_residual
from witnessmark.examine.examination import examine_file
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.model.findings import FindingCore

SIZE = (416, 240)
"""Small, so that a clip costs a fifth of a second; the sensors are stronger in return."""
STRENGTH = 0.02
GOOD = Encode(crf=20, gop=6, audio=False)


def examined(path: Path) -> tuple[FindingCore, CameraResidual]:
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        given = examine_file(held, size, kind, only=("camera",), with_rates=False)
    (core,) = given.cores
    (feature,) = given.features
    return core, read_residual(feature)


@dataclass
class Films:
    """Examined clips by body, take and coding; each is made once."""

    folder: Path
    made: dict[object, tuple[FindingCore, CameraResidual]] = field(default_factory=dict)

    def __call__(self, body: Body, take: Take, encode: Encode = GOOD) -> tuple[FindingCore, CameraResidual]:
        key = (body, take, encode)
        if key not in self.made:
            self.made[key] = examined(film(self.folder / f"{len(self.made)}.mp4", body, take, encode))
        return self.made[key]

    def trace(self, body: Body, take: Take, encode: Encode = GOOD) -> CameraResidual:
        return self(body, take, encode)[1]


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    return Films(tmp_path_factory.mktemp("films"))


def body(seed: int) -> Body:
    """Bodies of one model."""
    return Body(seed, SIZE, STRENGTH)


def take(seed: int, frames: int = 48, **treatment: Any) -> Take:
    return Take(seed, frames, **treatment)
