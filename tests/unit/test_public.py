"""If this fails, a script written against the public names breaks."""

from __future__ import annotations

import witnessmark


def test_every_public_name_is_there_and_they_are_few() -> None:
    """A name in the list would lead nowhere."""
    assert len(witnessmark.__all__) <= 10
    assert [name for name in witnessmark.__all__ if getattr(witnessmark, name, None) is None] == []
