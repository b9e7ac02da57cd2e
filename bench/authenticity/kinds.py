"""Names of finding kinds, in the groups that trials speak of."""

from __future__ import annotations

from witnessmark.model.findings import MUST_BE_EXPLAINED, FindingClass

GAP, DISORDER, OFFSET = "timeline.gap", "timeline.disorder", "timeline.av_offset"
CUT, REPEAT, FREEZE = "picture.cut", "picture.repeat", "picture.freeze"
REPEATED = "encode.repeated"

MARKED: tuple[str, ...] = tuple(MUST_BE_EXPLAINED)
"""Every kind that must be explained."""
CONTINUITY: tuple[str, ...] = tuple(
    kind for kind, group in MUST_BE_EXPLAINED.items() if group is FindingClass.CONTINUITY
)
"""Kinds of which an innocent single take shows none, however often it was encoded or copied."""


def without(kinds: tuple[str, ...], *left_out: str) -> tuple[str, ...]:
    return tuple(kind for kind in kinds if kind not in left_out)
