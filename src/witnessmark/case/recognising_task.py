"""The jailed task of speech recognition: sound of one item in, draft cues out. Request: ``model`` (null or the paths of
acoustic model, dictionary and grammar, and a name), ``cpu_s``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from witnessmark.case.attempt import Out, open_source
from witnessmark.describe.speech import Model, Recogniser, program, shipped_model
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import ReelLimits, run_reel


def recognise(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Out) -> None:
    """Says each cue, then what heard it."""
    given = request["model"]
    model = _brought(given["paths"], given["name"]) if given else shipped_model()
    source = open_source(files, secrets)
    kind = sniff(source.read_at(0, HEAD_BYTES), source.size_bytes)
    ears = Recogniser(model)
    outcome = run_reel(
        source, source.size_bytes, [ears], kind=kind, limits=ReelLimits(cpu_s=float(request["cpu_s"]))
    )
    for cue in ears.cues:
        out.record({"type": "cue", "start_ms": cue.start_ms, "end_ms": cue.end_ms, "text": cue.text})
    failures = [failure.fault[:200] for failure in outcome.failures]
    out.record({"type": "done", "program": program(), "model": model.name, "failures": failures})


def _brought(paths: list[str], name: str) -> Model:
    acoustic, dictionary, grammar = paths
    return Model(Path(acoustic), Path(dictionary), Path(grammar), name)
