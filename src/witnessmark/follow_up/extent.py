"""How far it reaches: distinct incidents by facility and month.

Files are not incidents: ten copies of one scene are one incident, and an incident without any file counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from witnessmark.model.follow_up import UNKNOWN_CODE, ExtentMatrix
from witnessmark.model.statements import Facility, Incident, StatedDate

_MONTH_LENGTH = len("2020-02")


def month_of(stated: StatedDate) -> str:
    """``2020-02``, or the unknown month where only a year, or nothing, was said."""
    return stated.text[:_MONTH_LENGTH] if len(stated.text) >= _MONTH_LENGTH else UNKNOWN_CODE


def extent(incidents: Sequence[Incident], facilities: Sequence[Facility]) -> ExtentMatrix:
    """The matrix. Every facility of the case has a row, also one without incidents; the unknown facility and
    the unknown month have a row and a column where they are needed. Months without any incident are left out.
    """
    known = {facility.code for facility in facilities}
    distinct = {incident.code: incident for incident in incidents}
    cells = Counter(
        (incident.facility if incident.facility in known else UNKNOWN_CODE, month_of(incident.on))
        for incident in distinct.values()
    )
    rows = sorted(known) + ([UNKNOWN_CODE] if any(row == UNKNOWN_CODE for row, _ in cells) else [])
    months = sorted({month for _, month in cells if month})
    months += [UNKNOWN_CODE] if any(month == UNKNOWN_CODE for _, month in cells) else []
    return ExtentMatrix(
        facilities=tuple(rows),
        months=tuple(months),
        counts=tuple(tuple(cells[row, month] for month in months) for row in rows),
        incidents=len(distinct),
    )
