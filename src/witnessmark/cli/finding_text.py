"""A finding as lines of text on a terminal."""

from __future__ import annotations

from witnessmark.model.findings import FindingCore, Outcome

MARKS = {
    Outcome.OBSERVED: "observed",
    Outcome.NOT_OBSERVED: "not observed",
    Outcome.INCONCLUSIVE: "inconclusive",
    Outcome.NOT_APPLICABLE: "does not apply",
    Outcome.FAILED: "FAILED",
}
NOTE = "! must be explained; it is not a sign of manipulation."


def finding_lines(core: FindingCore) -> list[str]:
    """One to three lines: kind, outcome, grade; the statement; where."""
    mark = "!" if core.must_be_explained else " "
    grade = f" ({core.grade})" if core.grade and core.outcome is Outcome.OBSERVED else ""
    lines = [f" {mark} {core.kind:<22} {MARKS[core.outcome]}{grade}"]
    if core.outcome is not Outcome.NOT_APPLICABLE:
        lines.append(f"     {core.statement}")
        if core.span is not None and core.outcome is Outcome.OBSERVED:
            lines.append(f"     from {core.span.start.seconds:.3f} s to {core.span.end.seconds:.3f} s")
    return lines
