"""What one coded picture says of its own place, whatever the codec."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """What one coded picture says of its own place."""

    sequence: int
    """Count of restarts of the numbering so far: orders compare only within one sequence."""
    restarts: bool
    order: int | None
    """Place in order of presentation within the sequence, in the codec's own steps; None where unknown."""
    is_reference: bool = True
    number: int | None = None
    """H.264 ``frame_num``; None for other codecs."""
    number_modulus: int = 0
    restart_id: int | None = None
    """H.264 ``idr_pic_id`` of a restart."""
    field: int = 0
    """0 whole frame, 1 top field, 2 bottom field."""
    parameter_changes: int = 0
    """How often a parameter set had changed by now."""
    beat: int | None = None
    """A mark that encoders alternate from picture to picture (MPEG-4 part 2 ``vop_rounding_type``); None where the
    picture has none."""
