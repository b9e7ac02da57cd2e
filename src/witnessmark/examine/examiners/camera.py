"""Can the trace of the sensor be compared? (``camera.fingerprint``) Method page: docs/methods/camera.md.

Says whether the trace is usable or why not, and leaves it for ``comparers/cameras.py``. It names no camera.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.examine.picture.track import no_pictures
from witnessmark.model.consumer import ByteSource, Consumer, Frames, Product
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Frame, Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from witnessmark.examine.camera.estimate import Estimate
    from witnessmark.examine.camera.residual import Usable

KIND = "camera.fingerprint"
MOST_PICTURES = 20
FEWEST_PICTURES = 4
"""Of a video: two for each half, so that neither half rests on one picture's scene."""
SHORTEST_SPACING_S, LONGEST_SPACING_S = 0.2, 60.0
"""Between two pictures that are taken. Cameras write a key picture every 0.3 to 4 s; pictures closer together show one
scene. A declared length is not trusted beyond 20 minutes of pictures a minute apart."""
UNKNOWN_SPACING_S = 2.0
"""Where no length is declared."""
LONG_PX, SHORT_PX = 1280, 720
STILL_LONG_PX, STILL_SHORT_PX = 2560, 1920
"""The middle of the picture that is looked at. A still is one picture, so more of it is needed."""
SMALLEST_PX = 128 * 96
"""A trace of 1 % correlation gives 1.1 standard deviations on that many points: nothing could be told."""
DARKEST_PICTURE = 32
"""Mean luma below which a picture is passed over: what is multiplied by light is lost there (Chen et al. 2008, §V)."""
MOST_MASKED = 0.75
STEADY = 3.0
"""Standard deviations by which the halves must agree: by chance one file in 740 (normal tail); no comparison
rests on it."""
STILL_VIEW = 0.8
"""Agreement of the mean pictures of the halves from which the view is called fixed."""
LUMA = ("yuv", "yuvj", "nv12", "nv21", "gray")

CARD = MethodCard(
    id="camera",
    version="1.0.0",
    title="Trace of the sensor",
    question="Can the trace that the sensor leaves in the pictures be compared with that of other recordings?",
    kinds=(KIND,),
    needs=(Frames(),),
    applies_to=(MediaType.VIDEO, MediaType.PICTURE),
    parameters={
        "most_pictures": MOST_PICTURES,
        "fewest_pictures": FEWEST_PICTURES,
        "shortest_spacing_s": SHORTEST_SPACING_S,
        "longest_spacing_s": LONGEST_SPACING_S,
        "crop_px": [LONG_PX, SHORT_PX],
        "still_crop_px": [STILL_LONG_PX, STILL_SHORT_PX],
        "darkest_picture": DARKEST_PICTURE,
        "most_masked": MOST_MASKED,
        "steady": STEADY,
    },
    benign_causes={
        KIND: (
            "electronic stabilisation, zoom or a moving crop in the camera: the sensor moves under the picture",
            "dark or short footage; strong compression, as messengers do; noise reduction in the camera",
            "filmed from a screen, drawn or generated pictures: no sensor, or another one",
        )
    },
    limits=(
        "It says that something stays in the noise from one half of the file to the other. In a fixed view the scene "
        "itself adds to that.",
        "Only key pictures are read, at most 20, and only the middle of the picture.",
        "One picture cannot be laid against itself: of a still it is only said that it is light and large enough.",
        "The trace of a whole model line (lens correction, colour filter, dead columns) is taken out in part only.",
    ),
    sources=(
        "Chen, Fridrich, Goljan, Lukas: Determining image origin and integrity using sensor noise, IEEE TIFS 3, 2008",
        "Chen, Fridrich, Goljan, Lukas: Source digital camcorder identification using PRNU, Proc. SPIE 6505, 2007",
        "Bayram, Sencar, Memon: Efficient sensor fingerprint matching through binarization, IEEE TIFS 7(4), 2012",
        "Mandelli, Bestagini, Verdoliva, Tubaro: Facing device attribution problem for stabilized video sequences, "
        "IEEE TIFS 15, 2020",
    ),
    budget=Cost(decode_share=0.015, memory_bytes=64 << 20),
    calibration="none: it opens or closes a comparison and decides nothing",
)


class Camera:
    """One examination: adds up key pictures."""

    name = CARD.id
    needs = CARD.needs

    def __init__(self, is_still: bool) -> None:
        self._is_still = is_still
        self._opened = self._has_picture = False
        self._spacing_s = UNKNOWN_SPACING_S
        self._last_s: float | None = None
        self._pictures: Any = None
        self._box = (0, 0, 0, 0)
        self._size = (0, 0)
        self._dark = self._keys = 0
        self._without_luma = self._small = False

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self._opened = bool(recording.streams)
        self._has_picture = recording.first("video") is not None
        if recording.duration_s is not None and recording.duration_s > 0:
            wanted = recording.duration_s / MOST_PICTURES
            self._spacing_s = min(max(wanted, SHORTEST_SPACING_S), LONGEST_SPACING_S)

    def take(self, sample: Sample) -> None:
        if not isinstance(sample, Frame) or sample.is_corrupt:
            return
        if not (sample.is_key or sample.picture_type == "I"):
            return
        self._keys += 1
        if self._pictures is not None and len(self._pictures) >= MOST_PICTURES:
            return
        at_s = None if sample.pts is None else float(sample.pts * sample.base)
        if at_s is not None and self._last_s is not None and 0 <= at_s - self._last_s < self._spacing_s:
            return
        if self._add(sample):
            self._last_s = at_s

    def _add(self, frame: Frame) -> bool:
        """Whether the picture was added."""
        if not frame.pixel_format.startswith(LUMA):
            self._without_luma = True
            return False
        size = (frame.width_px, frame.height_px)
        if self._pictures is None:
            from witnessmark.examine.camera.estimate import Pictures

            self._size, self._box = size, _middle(*size, self._is_still)
            _, _, columns, rows = self._box
            if rows * columns < SMALLEST_PX:
                self._small = True
                return False
            self._pictures = Pictures(rows, columns)
        if size != self._size:
            return False
        left, top, columns, rows = self._box
        luma = _eight_bit(frame)[top : top + rows, left : left + columns]
        if luma[::8, ::8].mean() < DARKEST_PICTURE:
            self._dark += 1
            return False
        self._pictures.add(luma)
        return True

    def finish(self) -> tuple[Product, ...]:
        if not self._has_picture:
            return no_pictures(CARD, self._opened)
        from witnessmark.examine.camera.residual import Usable

        count = 0 if self._pictures is None else len(self._pictures)
        made = self._pictures.estimate() if count else None
        state = self._state(count, made)
        residual = self._residual(state, count, made)
        return (self._finding(state, count, made, Usable.YES), residual.to_feature())

    def _state(self, count: int, made: Estimate | None) -> Usable:
        from witnessmark.examine.camera.residual import Usable

        if self._small:
            return Usable.SMALL
        if made is None:
            if self._without_luma:
                return Usable.NO_LUMA
            return Usable.DARK if self._dark else Usable.FEW
        if not self._is_still and count < FEWEST_PICTURES:
            return Usable.DARK if count + self._dark >= FEWEST_PICTURES else Usable.FEW
        if made.masked > MOST_MASKED:
            return Usable.COVERED
        if not self._is_still and made.strength < STEADY:
            return Usable.UNSTEADY
        return Usable.YES

    def _residual(self, state: Usable, count: int, made: Estimate | None) -> Any:
        import numpy as np

        from witnessmark.examine.camera.residual import SCENE_COLUMNS, SCENE_ROWS, CameraResidual, Usable

        left, top, _, _ = self._box
        return CameraResidual(
            is_still=self._is_still,
            state=state,
            width_px=self._size[0],
            height_px=self._size[1],
            left_px=left,
            top_px=top,
            pictures=count,
            correlation=made.correlation if made else 0.0,
            strength=made.strength if made else 0.0,
            values=made.values if made and state is Usable.YES else np.zeros((0, 0), np.int8),
            scene=made.scene if made else np.zeros((SCENE_ROWS, SCENE_COLUMNS), np.uint8),
        )

    def _finding(self, state: Usable, count: int, made: Estimate | None, usable: Usable) -> FindingCore:
        _, _, columns, rows = self._box
        measurements = {
            "pictures": Measurement(count),
            "key_pictures_seen": Measurement(self._keys),
            "dark_pictures": Measurement(self._dark),
            "looked_at": Measurement((columns, rows), "px"),
        }
        if made is not None:
            measurements |= {
                "masked": Measurement(round(made.masked, 3), "of the points"),
                "correlation_of_halves": Measurement(round(made.correlation, 4)),
                "strength": Measurement(round(made.strength, 1), "standard deviations"),
                "view": Measurement("fixed" if made.view_agreement >= STILL_VIEW else "moving"),
            }
        if state is not usable:
            statement = f"The trace of the sensor cannot be compared: {_why(state, count, made)}."
            return CARD.finding(KIND, Outcome.INCONCLUSIVE, statement, measurements=measurements)
        return CARD.finding(
            KIND,
            Outcome.OBSERVED,
            _told(count, made, self._is_still),
            measurements=measurements,
            grade=Grade.OBSERVATION,
        )


def _told(count: int, made: Estimate | None, is_still: bool) -> str:
    if is_still or made is None:
        return (
            "The picture is light and large enough that the trace of its sensor can be laid beside others. Whether it "
            "holds one cannot be tested on one picture."
        )
    fixed = " The view is fixed, so the scene adds to that." if made.view_agreement >= STILL_VIEW else ""
    return (
        f"In {count} key pictures a trace stays from the first half of the file to the second ({made.strength:.0f} "
        f"standard deviations above what other places give), so it can be laid beside others.{fixed}"
    )


def _why(state: Usable, count: int, made: Estimate | None) -> str:
    from witnessmark.examine.camera.residual import Usable

    if state is Usable.UNSTEADY and made is not None:
        return (
            f"over {count} key pictures the halves of the file do not agree in it ({made.strength:.1f} standard "
            f"deviations, {STEADY:g} are asked). The picture may be stabilised or zoomed, or coded too strongly"
        )
    return {
        Usable.NO_LUMA: "the pictures are not coded as light and colour (drawn, or converted)",
        Usable.SMALL: "the picture is too small",
        Usable.DARK: "too few key pictures are light enough",
        Usable.FEW: f"{count} key pictures could be read, {FEWEST_PICTURES} are asked",
        Usable.COVERED: "most of the picture is black, clipped, free of noise (drawn, or coded away), or covered by "
        "structure that stays",
    }[state]


def _middle(width: int, height: int, is_still: bool) -> tuple[int, int, int, int]:
    """Left, top, columns, rows of the middle: whole tiles, on the grid of the codec."""
    from witnessmark.examine.camera.estimate import TILE_PX

    long, short = (STILL_LONG_PX, STILL_SHORT_PX) if is_still else (LONG_PX, SHORT_PX)
    across, down = (long, short) if width >= height else (short, long)
    columns, rows = (min(width, across) // TILE_PX * TILE_PX, min(height, down) // TILE_PX * TILE_PX)
    left, top = ((width - columns) // 2 // TILE_PX * TILE_PX, (height - rows) // 2 // TILE_PX * TILE_PX)
    return left, top, columns, rows


def _eight_bit(frame: Frame) -> NDArray[np.uint8]:
    """Luma in 256 levels, as it is or without its lowest bits."""
    plane: NDArray[Any] = frame.planes()[0]
    if plane.dtype.itemsize == 1:
        return plane
    bits = next((b for b in (16, 14, 12, 10, 9) if str(b) in frame.pixel_format[4:]), 10)
    return (plane >> (bits - 8)).astype("u1")


def examination(kind: Kind) -> Consumer:
    """A fresh examination of one file."""
    return Camera(kind.media_type is MediaType.PICTURE)
