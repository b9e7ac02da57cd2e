"""The jailed task that makes still pictures, and its reader outside: bare samples of a size that is known before.

No file is written in the jail: what comes out is red, green and blue, and the parent writes the PNG.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from witnessmark.case.attempt import Out
from witnessmark.case.checked import Checked, broken
from witnessmark.case.redaction_results import MakingReader, read_map
from witnessmark.case.redaction_task import Progress, done_making, opened
from witnessmark.ground.media import ReelLimits, run_reel
from witnessmark.model.redaction import Masks, PublicMap
from witnessmark.release.derivative.maker import LONGEST_SIDE_PX

STILLS_TASK = "witnessmark.case.stills_task:derive_stills"
BLOB = "still."
RGB_BYTES = 3


def derive_stills(
    request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Out
) -> None:
    """Request: ``masks``, ``ordinals`` as asked for, ``strip``, ``cpu_s``. Leaves the map, then a blob for each."""
    from witnessmark.release.derivative.stills import StillMaker
    from witnessmark.release.derivative.strip import StripText

    seen = opened(files, secrets, out)
    if seen is None:
        return
    source, kind, shape = seen
    ordinals = [int(n) for n in request["ordinals"]]
    maker = StillMaker(Masks.from_json(request["masks"]), ordinals, shape, StripText(**request["strip"]))
    outcome = run_reel(
        source,
        source.size_bytes,
        (Progress(out, shape.base, shape.rate, shape.stream), maker),
        kind=kind,
        limits=ReelLimits(cpu_s=float(request["cpu_s"]), frames=max(ordinals) + 1),
    )
    laid = maker.laid(ordinals)
    if laid is not None and not outcome.failures:
        out.record({"type": "map", "map": laid.to_json()})
        for number, ordinal in enumerate(ordinals):
            blob = out.blob(f"{BLOB}{number}")
            blob.write(maker.pictures[ordinal].tobytes())
            blob.close()
    out.record(done_making(outcome, out))


@dataclass(slots=True)
class StillsReader(MakingReader):
    """The parent's side. ``ordinals`` as they were asked for, ``masks`` the grid that they must lie on."""

    masks: Masks
    ordinals: Sequence[int]
    _samples: dict[int, bytearray] = field(default_factory=dict)
    _complete: set[int] = field(default_factory=set)

    def on_blob(self, name: str, piece: bytes, is_last: bool) -> None:
        """Raises ProtocolBroken for samples that nobody asked for."""
        number = next((n for n in range(len(self.ordinals)) if name == f"{BLOB}{n}"), None)
        if number is None or number in self._complete or self.map is None:
            raise broken("a blob that was not asked for")
        held = self._samples.setdefault(number, bytearray())
        held += piece
        size = self.map.width_px * (self.map.height_px + self.map.strip_px) * RGB_BYTES
        if len(held) > size or (is_last and len(held) != size):
            raise broken("a picture of another size than it should have")
        if is_last:
            self._complete.add(number)

    def laid(self, record: Checked) -> PublicMap:
        """Of exactly the pictures that were asked for, on the grid of the masks, and no larger than any in public."""
        laid = read_map(record.only("type", "map").inner("map"))
        shown = [(frame.stream, frame.ordinal, frame.is_black) for frame in laid.frames]
        if shown != [(self.masks.stream, ordinal, False) for ordinal in self.ordinals]:
            raise broken("other pictures than were asked for")
        if (laid.raw_width_px, laid.raw_height_px) != (self.masks.width_px, self.masks.height_px):
            raise broken("pictures on another grid than that of the masks")
        if max(laid.width_px, laid.height_px + laid.strip_px) > LONGEST_SIDE_PX:
            raise broken("a picture larger than any in public")
        return laid

    @property
    def is_whole(self) -> bool:
        return self.is_done and self.map is not None and len(self._complete) == len(self.ordinals)

    def samples(self, number: int) -> bytes:
        """Red, green and blue of one picture, row by row, strip included."""
        return bytes(self._samples[number])
