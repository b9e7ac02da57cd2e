"""The only importer of the decoder: one pass over a file that feeds everybody, and a small encoder.

``run_reel`` demuxes and decodes once; ``probe`` reads what a file declares; ``build_id`` names the build that
makes results reproducible; ``VideoEncoder`` makes the reviewer's grey video.
Importing this package does not load the decoder; using it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from witnessmark.ground.media.outcome import ConsumerFailure, Count, ReelFault, ReelLimits, ReelOutcome

if TYPE_CHECKING:
    from witnessmark.ground.media.build import build_id
    from witnessmark.ground.media.encode import VideoEncoder
    from witnessmark.ground.media.probe import probe
    from witnessmark.ground.media.reel import run_reel

__all__ = [
    "ConsumerFailure",
    "Count",
    "ReelFault",
    "ReelLimits",
    "ReelOutcome",
    "VideoEncoder",
    "build_id",
    "probe",
    "run_reel",
]

_HOMES = {
    "VideoEncoder": "encode",
    "build_id": "build",
    "probe": "probe",
    "run_reel": "reel",
}


def __getattr__(name: str) -> object:
    """Load the decoder only when something that needs it is asked for (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(name)
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
