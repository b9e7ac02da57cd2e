"""All releases together: each may be harmless, and the set of them fit one person.

Who had access to everything that was shown? Where all of it comes from one facility, or from one stretch of time, the
other side counts who was there. The set is checked with the new release in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from witnessmark.model.exposure import ExposureHit, ExposureRule

FEWEST = 2
"""One release has one place and one time by nature; that is a matter of its own (``--embargo``, the words)."""
MONTH = 7
"""Letters of an ISO date that name its month."""


@dataclass(frozen=True, slots=True)
class Released:
    """What can be told from one release about where its material comes from."""

    code: str
    facilities: frozenset[str]
    days: frozenset[str]
    """ISO dates of the incidents shown, as precise as known."""


def check_releases(all_of_them: Sequence[Released]) -> tuple[ExposureHit, ...]:
    """Hits for one place, one month, or one place with a rising trail of days; the caller adds the new release last."""
    if len(all_of_them) < FEWEST:
        return ()
    hits = []
    told = [one for one in all_of_them if one.facilities]
    shared = frozenset.intersection(*(one.facilities for one in told)) if len(told) >= FEWEST else frozenset()
    months = {day[:MONTH] for one in all_of_them for day in one.days if len(day) >= MONTH}
    dated = [one for one in all_of_them if one.days]
    fragment = ", ".join(one.code for one in all_of_them)
    if shared and len(told) == len(all_of_them):
        hits.append(
            ExposureHit(
                ExposureRule.SET,
                "all releases",
                fragment,
                f"All {len(told)} releases show one place; the other side can list who had access to all of it there.",
            )
        )
    if len(months) == 1 and len(dated) >= FEWEST:
        hits.append(
            ExposureHit(
                ExposureRule.SET,
                "all releases",
                fragment,
                f"All {len(dated)} dated releases fall into one month; together they tell when somebody was there.",
            )
        )
    return tuple(hits)
