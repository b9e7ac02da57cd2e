"""What a file is by its first bytes: the medium and the short name of the format.

Lives in the model because both the container parsers and the decode speak of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.model.recording import MediaType


@dataclass(frozen=True, slots=True)
class Kind:
    """Decided from content, never from a name. ``format`` is a short lower-case name such as ``mp4``."""

    media_type: MediaType
    format: str

    @property
    def examinable(self) -> bool:
        return self.media_type.examinable
