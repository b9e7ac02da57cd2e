"""What a file declares about itself, without decoding it: for triage, inside the jail."""

from __future__ import annotations

from typing import BinaryIO

from witnessmark.ground.media.opening import Unplayable, open_input
from witnessmark.ground.media.outcome import ReelFault, ReelLimits
from witnessmark.ground.media.sources import Feed, as_source
from witnessmark.model.consumer import ByteSource
from witnessmark.model.kind import Kind
from witnessmark.model.recording import Recording


def probe(stream: BinaryIO | ByteSource | int, size_bytes: int, *, kind: Kind) -> Recording | ReelFault:
    """The Recording, or why there is none. Raises only what the source itself raises."""
    feed = Feed(as_source(stream, size_bytes))
    try:
        opened = open_input(feed, size_bytes, kind, ReelLimits(), quick=True)
    except Unplayable as unplayable:
        return unplayable.fault
    opened.container.close()
    feed.source.check()
    return opened.recording
