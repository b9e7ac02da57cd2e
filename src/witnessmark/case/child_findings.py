"""A finding as a jailed child writes it, checked part by part.

Apart from the rest of what a child says, so that the child itself, which holds its own findings to the same
shape before it sends them, loads nothing else for it: every item pays for that start again.
"""

from __future__ import annotations

from collections.abc import Collection

from witnessmark.case.checked import Checked, broken
from witnessmark.model.findings import KINDS, SCHEMA, FindingCore, Grade, Outcome

TEXT, LONG_TEXT, ENTRIES = 300, 8_000, 500
VALUES = 100_000
CORE_FIELDS = (
    *("schema", "kind", "question", "examiner", "version", "parameters", "outcome", "statement", "span"),
    *("measurements", "grade", "calibration", "weight", "reason", "benign_causes", "limits"),
)


def read_core(core: Checked, examiners: Collection[str]) -> FindingCore:
    """A FindingCore from a child's JSON. Raises ProtocolBroken unless every part has its shape."""
    core.only(*CORE_FIELDS)
    if core.text("schema", TEXT) != SCHEMA:
        raise broken("a finding of another schema")
    core.one_of("kind", KINDS)
    core.one_of("outcome", {str(outcome) for outcome in Outcome})
    if core.get("grade") is not None:
        core.one_of("grade", {str(grade) for grade in Grade})
    if core.text("examiner", 64) not in {*examiners, "examination"}:
        raise broken("a finding of an examiner that was not asked")
    core.text("version", 64)
    for name in ("question", "calibration", "weight"):
        core.text(name, LONG_TEXT)
    for name in ("statement", "reason"):
        core.text(name, LONG_TEXT)
    for name in ("benign_causes", "limits"):
        core.texts(name, ENTRIES, LONG_TEXT)
    core.inner("parameters").plain(VALUES, LONG_TEXT)
    if core.get("span") is not None:
        span = core.inner("span").only("start_s", "end_s", "start_pts", "end_pts", "time_base")
        span.fraction("time_base")
        for name in ("start_pts", "end_pts"):
            span.integer(name, -(1 << 53), 1 << 53)
        for name in ("start_s", "end_s"):
            span.number(name)
    measurements = core.inner("measurements")
    for name in measurements.names(ENTRIES):
        one = measurements.inner(name).only("value", "unit")
        one.text("unit", 64)
        one.measured("value", VALUES, LONG_TEXT)
    try:
        made = FindingCore.from_json(core.whole())
        made.core_digest  # noqa: B018 - a core without a digest cannot be stored
    except (ValueError, TypeError, KeyError, ZeroDivisionError):
        raise broken("a finding that does not hold together") from None
    return made
