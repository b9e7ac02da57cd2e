"""The count rule: the claimed number beside what the receipts sealed.

A receipt counts what reached this case. Fewer files than claimed say nothing about what the speaker holds,
so the rule is then silent, and says so with the receipt's own number.
"""

from __future__ import annotations

from witnessmark.describe.facts import CaseFacts
from witnessmark.model.intake import Tally
from witnessmark.model.statements import Bearing, BearingKind, Claim

RULE = "count"
_BOUND_WORDS = {"at_least": "at least", "exactly": "exactly", "at_most": "at most"}


def count_bearings(claim: Claim, facts: CaseFacts) -> tuple[Bearing, ...]:
    """One bearing: the claim against the sum of all receipts."""
    if claim.count is None:
        return (_bearing(claim, BearingKind.SILENT, "The claim gives no number that could be compared."),)
    claimed = f"{_BOUND_WORDS[claim.count_bound]} {claim.count:,}"
    if not facts.receipts:
        why = f"Claimed are {claimed}; nothing has been received in this case yet."
        return (_bearing(claim, BearingKind.SILENT, why),)
    sealed, refused = Tally(), Tally()
    for receipt in facts.receipts:
        sealed += receipt.reconciliation.sealed
        refused += receipt.reconciliation.refused
    receipts = "The receipt seals" if len(facts.receipts) == 1 else f"The {len(facts.receipts)} receipts seal"
    videos = sum(1 for item in facts.items if item.is_video) if facts.items else sealed.files
    said = f"{receipts} {sealed.files:,} distinct files"
    if len(facts.items) > sealed.files:  # videos inside archives are items, and no files that were sealed
        said += f"; with members of archives {len(facts.items):,} items are held, {videos:,} of them video"
    elif facts.items:
        said += f", {videos:,} of them video"
    said += f" ({refused.files:,} refused)" if refused.files else ""
    said += f"; claimed are {claimed}."
    held = min(videos, sealed.files)
    if held < claim.count:
        kind = BearingKind.SILENT
        end = (
            "A receipt counts what reached this case, not what the speaker holds: it is silent on the claim."
        )
    elif held == claim.count or claim.count_bound == "at_least":
        kind = BearingKind.SUPPORTS if claim.count_bound != "at_most" else BearingKind.SILENT
        end = (
            "What reached this case is as many as claimed; that all of it is what the claim means is for a "
            "person to say."
            if kind is BearingKind.SUPPORTS
            else "What reached this case does not exceed the claim; more may exist elsewhere."
        )
    else:
        kind = BearingKind.CONTRADICTS
        end = "More reached this case than the claim allows; files it does not mean would explain that."
    return (_bearing(claim, kind, f"{said} {end}"),)


def _bearing(claim: Claim, kind: BearingKind, why: str) -> Bearing:
    return Bearing(claim.claim_id, "", "", kind, why, RULE)
