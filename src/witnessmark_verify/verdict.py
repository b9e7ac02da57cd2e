"""What a check says: whether it held, what it proves, and where it did not hold, the reason by its code.

The codes stand in docs/spec/bundle.md; they are stable, so that others can test against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ESTABLISHED = "established"
NOT_ESTABLISHED = "NOT established"
DEMONSTRATION = "DEMONSTRATION KEY, NOT EVIDENCE"


class Refused(Exception):
    """Something does not hold. ``code`` says which kind of thing, the text says what, in plain words."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Check:
    """One thing that was checked: whether it held, what it proves if so, what was seen."""

    name: str
    ok: bool
    proves: str
    detail: str = ""
    reason: str = ""
    """Code of the refusal; empty where the check held."""

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "ok": self.ok,
            "proves": self.proves,
            "detail": self.detail,
            "reason": self.reason,
        }


PROOF_LIMITS = (
    "who made the footage, what it shows, and what happened to it before it was entered",
    "that the commitment belongs to a certain file: that takes the opening, which a court is given",
    "when the checkpoint existed, unless witnesses you know, or a time stamp, say so",
)


@dataclass(frozen=True)
class Verdict:
    ok: bool
    issuer: str
    checks: tuple[Check, ...]
    limits: tuple[str, ...] = PROOF_LIMITS
    not_checked: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Code of the refusal; empty where everything held."""
        return "" if self.ok or not self.checks else self.checks[-1].reason

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": "witnessmark/verify/1",
            "ok": self.ok,
            "issuer": self.issuer,
            "reason": self.reason,
            "checks": [check.to_json() for check in self.checks],
            "not_proven": list(self.limits),
            "not_checked": list(self.not_checked),
        }


OPEN = ("not checked", "pending", "none ")
"""How the detail of a check begins that had nothing to look at: nothing was refused, and nothing was proven."""


def _mark(check: Check) -> str:
    if not check.ok:
        return "FAILED"
    return "--    " if check.detail.startswith(OPEN) else "ok    "


def report(verdict: Verdict) -> str:
    """The verdict for a person, line by line."""
    lines = []
    for check in verdict.checks:
        lines.append(f"{_mark(check)} {check.name}: {check.proves}")
        if check.detail:
            lines.append(f"         {check.detail}")
        if check.reason:
            lines.append(f"         reason: {check.reason}")
    lines.append("")
    if not verdict.ok:
        lines.append("REFUSED: this does NOT hold.")
    elif verdict.issuer == ESTABLISHED:
        lines.append("Everything checked holds. Issuer established by the fingerprint you gave.")
    elif verdict.issuer == DEMONSTRATION:
        lines.append("DEMONSTRATION: signed with a key that everybody has. NOT EVIDENCE.")
    else:
        lines.append("Consistent; issuer NOT established (give --trust FINGERPRINT).")
    for title, said in (("Not checked here:", verdict.not_checked), ("Not proven:", verdict.limits)):
        if said:
            lines.append(title)
            lines += [f"  - {line}" for line in said]
    return "\n".join(lines)
