"""What the hum of a file says beside a record of the grid, as a finding.

The trace leaves the examination as a feature (numbers only); the record is the user's own file. So the comparison needs
neither the recording nor a decoder, and anybody with both can make it again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import rfc8785

from witnessmark.examine.contract import UNMEASURED, MethodCard
from witnessmark.examine.sound import grid
from witnessmark.examine.sound.hum import Hum
from witnessmark.model.consumer import Feature
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome

NAME, VERSION = "audio.enf", 1
MOST_VALUES = 50_000
"""Nearly fourteen hours."""
PARAMETER = "enf_reference_sha256"
QUESTION = "At which moments of the given record of the grid does the frequency run as the hum does?"
KIND = "audio.hum"
LIMITS = (
    "The record must be of the same grid and cover the moment: a place that is not in it cannot be found.",
    "Grids move slowly, and short sound fits in many places; below three minutes no place can stand alone.",
    "Hum can be filtered out and another laid over the sound.",
    "Times are those that the record writes; its clock and zone are not checked.",
)


def to_feature(hum: Hum) -> Feature:
    """The trace, a tenth of a millihertz fine; ``null`` where the hum did not stand out."""
    step_s = float(np.median(np.diff(hum.trace_s))) if len(hum.trace_s) > 1 else 1.0
    held: dict[str, Any] = {
        "mains_hz": hum.mains_hz,
        "first_s": round(float(hum.trace_s[0]), 4),
        "step_s": round(step_s, 6),
        "hz": [None if np.isnan(v) else round(float(v), 4) for v in hum.trace_hz[:MOST_VALUES]],
    }
    return Feature(NAME, VERSION, rfc8785.dumps(held))


def from_feature(feature: Feature) -> tuple[Any, Any]:
    """(seconds, hertz). The feature comes from the jail: raises ValueError for anything but a bounded trace."""
    import json

    if feature.name != NAME or feature.version != VERSION or len(feature.data) > 16 * MOST_VALUES:
        raise ValueError("not a trace of hum")
    held = json.loads(feature.data)
    first, step, values = float(held["first_s"]), float(held["step_s"]), held["hz"]
    if not isinstance(values, list) or len(values) > MOST_VALUES or not 0 < step < 60 or not abs(first) < 1e6:
        raise ValueError("not a trace of hum")
    hertz = np.asarray([np.nan if v is None else float(v) for v in values], dtype=np.float64)
    if not np.all(np.isnan(hertz) | ((hertz > grid.LEAST_HZ) & (hertz < grid.MOST_HZ))):
        raise ValueError("not a trace of hum")
    return first + step * np.arange(len(hertz)), hertz


def laid_beside(card: MethodCard, features: tuple[Feature, ...], record: grid.Record) -> FindingCore:
    """One more answer to ``audio.hum``: where in the record the hum fits, and how alone that place stands."""
    traces = [feature for feature in features if feature.name == NAME]
    if not traces:
        return _made(
            card, record, Outcome.NOT_APPLICABLE, "Not applicable: no hum was read.", reason="no hum was read"
        )
    try:
        seconds, hertz = from_feature(traces[0])
    except (ValueError, TypeError, KeyError):
        return _made(
            card,
            record,
            Outcome.FAILED,
            "The trace of the hum could not be read; nothing was established.",
            reason="bad trace",
        )
    fit = grid.compare(seconds, hertz, record) if len(hertz) > 1 else None
    if fit is None:
        return _made(
            card,
            record,
            Outcome.INCONCLUSIVE,
            f"Less than {grid.LEAST_SECONDS} s of hum, or no place of the record could hold it.",
        )
    measured = {
        "lag": Measurement(round(fit.lag_s, 2), "s"),
        "rms": Measurement(round(1000 * fit.rms_hz, 2), "mHz"),
        "next_best_rms": Measurement(round(1000 * min(fit.next_rms_hz, 1.0), 2), "mHz"),
        "correlation": Measurement(round(fit.correlation, 4)),
        "constant_difference": Measurement(round(1000 * fit.offset_hz, 2), "mHz"),
        "places": Measurement(fit.places),
        "places_alike": Measurement(fit.alike),
        "compared": Measurement(fit.seconds, "s"),
    }
    place = _place(record, fit.lag_s)
    if not fit.is_fit:
        return _made(
            card,
            record,
            Outcome.NOT_OBSERVED,
            f"{fit.seconds} s of hum fit nowhere among {fit.places} places of the record: the best is off by "
            f"{1000 * fit.rms_hz:.1f} mHz, where a true place is off by no more than {1000 * grid.MOST_RMS_HZ:.1f}.",
            measurements=measured,
        )
    alone = (
        f"No other place fits half as well ({fit.places} were tried)."
        if fit.is_alone
        else f"{fit.alike} other places fit about as well."
        if fit.alike
        else f"It is shorter than the {grid.ALONE_SECONDS} s from which a place can stand alone."
    )
    return _made(
        card,
        record,
        Outcome.OBSERVED if fit.is_alone else Outcome.INCONCLUSIVE,
        f"{fit.seconds} s of hum fit the record best where the sound begins at {place}, off by "
        f"{1000 * fit.rms_hz:.1f} mHz (correlation {fit.correlation:.3f}). {alone}",
        measurements=measured,
        grade=Grade.MODERATE if fit.is_alone else None,
    )


def _place(record: grid.Record, lag_s: float) -> str:
    if record.start_s is None:
        return f"{lag_s:.0f} s after the record begins"
    moment = datetime.fromtimestamp(record.start_s + lag_s, UTC).replace(tzinfo=None)
    return moment.isoformat(sep=" ", timespec="seconds") + " of the record's own time"


def _made(
    card: MethodCard,
    record: grid.Record,
    outcome: Outcome,
    statement: str,
    *,
    measurements: dict[str, Measurement] | None = None,
    grade: Grade | None = None,
    reason: str = "",
) -> FindingCore:
    core = card.finding(
        KIND,
        outcome,
        statement,
        measurements=measurements or {},
        grade=grade,
        reason=reason,
        calibration=UNMEASURED,
    )
    parameters = {
        **core.parameters,
        PARAMETER: record.sha256,
        "enf_most_rms_hz": grid.MOST_RMS_HZ,
        "enf_next_factor": grid.NEXT_FACTOR,
        "enf_alone_s": grid.ALONE_SECONDS,
    }
    return replace(core, question=QUESTION, parameters=parameters, limits=LIMITS)
