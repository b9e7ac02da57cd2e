"""The contradiction table for a terminal: what cannot both hold, then how much agrees or cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence

from witnessmark.model.codes import short_code
from witnessmark.model.contradictions import HYPOTHESIS_WORDS, Contradiction, Verdict

SHOWN = 20
"""Rows that are printed: about a screen. All of them are in ``--json`` and in the report."""


def contradiction_lines(rows: Sequence[Contradiction]) -> list[str]:
    """Empty where no two sources speak of the same thing."""
    if not rows:
        return []
    conflicts = [row for row in rows if row.verdict is Verdict.CANNOT_BOTH_HOLD]
    agree = sum(row.verdict is Verdict.AGREE for row in rows)
    lines = [
        f"contradictions: {len(conflicts)} pairs of readings cannot both hold, {agree} agree, "
        f"{len(rows) - len(conflicts) - agree} cannot be compared (a contradiction wants an explanation; it is no "
        "sign of manipulation)"
    ]
    for row in conflicts[:SHOWN]:
        where = f"item {short_code(row.item_id)}, " if row.item_id else ""
        lines.append(f"  {where}{str(row.subject).replace('_', ' and ')}")
        lines += [
            f"    {str(reading.source).replace('_', ' ')}: {reading.text} [{reading.where}]"
            for reading in (row.first, row.second)
        ]
        lines.append(f"    {row.why}")
        if row.hypotheses:
            lines.append(f"    explained by: {'; '.join(HYPOTHESIS_WORDS[h] for h in row.hypotheses)}")
    if len(conflicts) > SHOWN:
        lines.append(f"  and {len(conflicts) - SHOWN} more (--json has all)")
    return lines
