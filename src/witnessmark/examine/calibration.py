"""The sentence on measured rates that every finding carries, and the row that it cites.

The figures come from ``rates.json`` (``examine/rates.py``), which the bench writes. ``cited`` is called once for every
finding, after the pass: it knows the file, so it cites the row of files like it.
"""

from __future__ import annotations

from dataclasses import replace

from witnessmark.examine.context import EVERYTHING, Context, context_of
from witnessmark.examine.contract import UNMEASURED, MethodCard
from witnessmark.examine.rates import Rates, Row, rates
from witnessmark.examine.weights import BY_CONSTRUCTION, NOT_CALIBRATED, Earned, earned, weight_of
from witnessmark.model.findings import FindingCore, Grade, Outcome
from witnessmark.model.recording import Recording

SAID = (Outcome.OBSERVED, Outcome.NOT_OBSERVED, Outcome.INCONCLUSIVE)
"""Answers that rest on a detection; the others say nothing that a rate could be of."""
GRADES = tuple(Grade)
"""From the lowest to the highest."""


def calibration(
    kind: str,
    *,
    codec: str = EVERYTHING.codec,
    quality: str = EVERYTHING.quality,
    length: str = EVERYTHING.length,
) -> str:
    """The sentence for findings of a kind, on files of a class (``examine/context.py``); by default on all files."""
    return _sentence(kind, Context(codec, quality, length), rates(), "")


def cited(core: FindingCore, recording: Recording | None, version: str) -> FindingCore:
    """The core with the row of files like this one cited, and its weight from the same row.

    Rates belong to the method that was measured: another method's finding of the same kind is left as it is, and so is
    a calibration or weight that the method stated itself (by construction, of its own set).
    ``version``: that of the method. Rates of another version are none: what was changed may alarm where the measured
    one did not. The finding then says so, is graded weak at most, and weighs nothing.
    """
    measured = rates()
    owner = measured.document.get("owners", {}).get(core.kind, core.examiner)
    if core.outcome not in SAID or owner != core.examiner:
        return core
    context = context_of(recording, core.kind)
    own_calibration = core.calibration not in (UNMEASURED, calibration(core.kind))
    if own_calibration:
        return core
    otherwise = _measured_otherwise(core.kind, measured, version)
    core = _within_earned(core, Earned(Grade.WEAK, otherwise) if otherwise else earned(core.kind, measured))
    sentence = _sentence(core.kind, context, measured, version)
    weight = core.weight
    if weight == NOT_CALIBRATED and otherwise and core.outcome is not Outcome.INCONCLUSIVE:
        weight = f"{NOT_CALIBRATED}: {otherwise}"
    elif weight == NOT_CALIBRATED:
        seconds = recording.duration_s if recording else None
        weight = weight_of(core, measured.row(core.kind, context), measured.whole(core.kind), seconds)
    return replace(core, calibration=sentence, weight=weight)


def _within_earned(core: FindingCore, won: Earned) -> FindingCore:
    """The core with no higher grade than the measured rates of its kind have earned, and why, where that is lower."""
    if not core.must_be_explained or core.kind in BY_CONSTRUCTION:
        return core
    if GRADES.index(won.grade) >= GRADES.index(core.grade or won.grade):
        return core
    said = f"Graded {won.grade}: by its own measure the method says {core.grade}, but {won.why_not_more}."
    return replace(core, grade=won.grade, limits=(*core.limits, said))


def error_rate(card: MethodCard) -> str:
    """What a table of methods says: the rate of every kind that was measured, and which kinds were not."""
    measured = rates()
    if not any(measured.whole(kind) for kind in card.kinds):
        return card.calibration
    return "; ".join(f"{kind}: {_rate_of(kind, card, measured)}" for kind in card.kinds)


def _rate_of(kind: str, card: MethodCard, measured: Rates) -> str:
    """Two methods may answer one kind; rates are those of the one that was measured, and say nothing of the other."""
    owner = _method_of(kind, measured)
    if owner and owner != card.id:
        return (
            f"{UNMEASURED} for this method: the published rates of this kind are those of the method {owner}"
        )
    return _sentence(kind, EVERYTHING, measured, card.version)


def _sentence(kind: str, context: Context, measured: Rates, version: str) -> str:
    row = measured.row(kind, context) or measured.whole(kind)
    if row is None or not row.alarms.n:
        return UNMEASURED
    otherwise = _measured_otherwise(kind, measured, version)
    if otherwise:
        # Without the figures: beside a finding of this version they would be read as its own.
        return f"{UNMEASURED} in this version: {otherwise} (bench authenticity, row {row.id})"
    parts = [_detected(row), f"false alarms on natives and controls {row.alarms}"]
    if row.off_median_frames is not None:
        parts.append(
            f"off by {row.off_median_frames:g} frames (median), {row.off_p90_frames:g} (90th percentile)"
        )
    parts.append(
        f"intervals over {row.found.takes} and {row.alarms.takes} independent takes, the latter {row.control_hours:g} h"
    )
    return f"bench authenticity, row {row.id}: {'; '.join(parts)}"


def _measured_otherwise(kind: str, measured: Rates, version: str) -> str:
    """Why the published rates of a kind say nothing of this version of its method; "" where they do, where none were
    published, or where no version is asked for."""
    of = measured.methods.get(_method_of(kind, measured), "")
    if not version or of == version or measured.whole(kind) is None:
        return ""
    return f"the published rates are of version {of or 'unknown'} of the method, this is {version}"


def _detected(row: Row) -> str:
    if not row.found.n:
        return "detection not measured"
    said = f"detected {row.found}"
    return f"{said}, {row.abstained} without an answer" if row.abstained else said


def _method_of(kind: str, measured: Rates) -> str:
    owners: dict[str, str] = measured.document.get("owners", {})
    return owners.get(kind, "")
