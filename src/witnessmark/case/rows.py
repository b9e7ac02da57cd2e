"""A statement of the model as one flat row, for lists and scripts."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any


def as_row(value: Any) -> Any:
    """Dataclasses become dicts, tuples lists; everything else stays."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_row(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple | list):
        return [as_row(part) for part in value]
    return value
