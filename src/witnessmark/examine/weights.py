"""What a finding weighs, kept apart from how sure the detection is: a bound of a likelihood ratio, or why
there is none.

For an observed finding that must be explained:

    LR ≥ lower limit of P(finding | the event is in the file) ÷ upper limit of P(finding | it is not)

For a kind that is looked for all along a file, false alarms grow with its length. The upper limit p holds for files of
the controls' mean length L0; for a longer file of length L it becomes 1 − (1 − p)^(L/L0): a constant chance in every
second, which for no alarm at all is exactly the limit of a Poisson process over the controls' whole time (Garwood,
Biometrika 28, 1936).

For *not observed*, against the event:

    LR ≥ lower limit of P(nothing seen | no event) ÷ upper limit of P(nothing seen | the event is in the file)

Each limit is one end of a two-sided 95 % interval, so each fails in at most 2.5 % and both hold together in at least
95 % (Bonferroni). A likelihood ratio as the measure of weight: ENFSI Guideline for Evaluative Reporting in Forensic
Science 3.0 (2015), §2.4; Aitken and Taroni, Statistics and the Evaluation of Evidence for Forensic Scientists, 2nd ed.
2004, ch. 3 and 7. That a set bounds what may be claimed however clean it is: Hanley and Lippman-Hand, If nothing
goes wrong, is everything all right?, JAMA 249 (1983), the *rule of three*. Page: docs/methods/weights.md.

The pair of propositions is narrow: the described event is in the file, or it is not. Who caused it, and whether
innocently, is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10

from witnessmark.examine.rates import FEWEST_TAKES, Rates, Row
from witnessmark.model.findings import MUST_BE_EXPLAINED, FindingCore, Grade, Outcome

NOT_CALIBRATED = "not calibrated"
OWN_RATIO = "event_to_nothing"
"""Measurement of a method that weighs each place itself (``examine/joint``): its weight is never told higher."""
LEAST_RATIO = 1.0
"""A bound of one or less says nothing for either side."""

MODERATE_ALARMS = 0.05
"""Upper limit of false alarms for grade moderate: one innocent file in twenty."""
MODERATE_RATIO = 10.0
"""And the bound of the ratio from which ENFSI (2015), table of verbal equivalents, speaks of more than
weak support."""
STRONG_ALARMS = 0.02
"""Upper limit of false alarms *of grade strong* for grade strong: one innocent file in fifty."""

BY_CONSTRUCTION = frozenset(
    {
        "container.rewritten",
        "container.trailing",
        "metadata.conflict",
        "encode.software",
        "credentials.broken",
    }
)
"""Kinds whose grade rests on the format itself (a writer's string, bytes that no box accounts for), not on rates."""

PLACED = (
    "timeline.gap",
    "timeline.disorder",
    "picture.",
    "clock.jump",
    "clock.stopped",
    "audio.gap",
    "audio.splice",
)
"""Kinds that are looked for at every place of a file (prefixes): their false alarms grow with its length."""

EVENTS: Mapping[str, str] = {
    "timeline.gap": "pictures or time are missing there",
    "timeline.disorder": "the stream was joined or rearranged there",
    "picture.cut": "pictures were taken out, or another shot begins there",
    "picture.repeat": "the stretch is a copy of the other",
    "picture.freeze": "one picture was held there",
    "timeline.av_offset": "sound and picture were moved or cut against each other",
    "clock.jump": "the burned-in clock leaps there",
    "clock.rate": "the burned-in clock runs at another rate than the file",
    "clock.stopped": "the burned-in clock stands still there",
    "audio.gap": "sound is missing there",
    "audio.splice": "sound was joined there",
    "encode.repeated": "the pictures were encoded before",
}
"""The event of each kind in words, for the pair of propositions. Any other: "what the finding describes is there"."""
DESCRIBED = "what the finding describes is there"


@dataclass(frozen=True, slots=True)
class Bound:
    """A likelihood ratio that the measured intervals allow at least, and what it was made from."""

    ratio: float
    row: str
    upper: float
    """The denominator, and with it the most that any result on this set could have shown: 1 ÷ upper."""
    lower: float


def grown(share: float, row: Row, seconds: float) -> float:
    """A share that holds for files of the controls' mean length, for one of ``seconds`` (not below the
    share itself)."""
    if not row.kind.startswith(PLACED) or seconds <= row.control_mean_s or row.control_mean_s <= 0:
        return share
    return float(1 - (1 - share) ** (seconds / row.control_mean_s))


def observed_bound(row: Row, seconds: float = 0.0) -> Bound:
    """For a finding that must be explained, in a file of this length."""
    upper = grown(row.alarms.high, row, seconds)
    return Bound(row.found.low / upper, row.id, upper, row.found.low)


def absence_bound(row: Row, seconds: float = 0.0) -> Bound:
    """For *not observed*, against the event."""
    lower = 1 - grown(1 - row.clean.low, row, seconds)
    return Bound(lower / row.missed.high, row.id, row.missed.high, lower)


def weight_of(core: FindingCore, row: Row | None, whole: Row | None, seconds: float | None) -> str:
    """The sentence a finding carries. ``row``: the one it cites; ``whole``: that of its kind over all files;
    ``seconds``: length of the file as it declares it."""
    if core.outcome not in (Outcome.OBSERVED, Outcome.NOT_OBSERVED):
        return NOT_CALIBRATED
    if row is None:
        return f"{NOT_CALIBRATED}: {_why_no_row(whole)}"
    if core.kind.startswith(PLACED) and (seconds is None or seconds <= 0):
        return f"{NOT_CALIBRATED}: the file does not say how long it is, and false alarms grow with length"
    length_s = seconds or 0.0
    event = EVENTS.get(core.kind, DESCRIBED)
    of = f"{row.id}{_scaled(row, length_s)}"
    if core.outcome is Outcome.NOT_OBSERVED:
        bound = absence_bound(row, length_s)
        if bound.ratio <= LEAST_RATIO:
            return f"{NOT_CALIBRATED}: too many such events were missed for their absence to weigh anything ({of})"
        named = f" (\u201c{event.removesuffix(' there')}\u201d)" if event != DESCRIBED else ""
        return (
            f"likelihood ratio of at least {rounded_down(bound.ratio)} against such an event{named} of the kinds "
            f"and lengths that were measured: nothing seen in at least {_divided(bound.lower)} without it, in "
            f"at most {_divided(bound.upper)} with it ({of})"
        )
    if core.kind in MUST_BE_EXPLAINED and not core.must_be_explained:
        return f"{NOT_CALIBRATED}: weak findings are no part of the measured rates"
    bound = observed_bound(row, length_s)
    if bound.ratio <= LEAST_RATIO:
        return f"{NOT_CALIBRATED}: found too seldom, or seen in vain too often, to weigh anything ({of})"
    own = core.measurements.get(OWN_RATIO)
    ratio, by = bound.ratio, ""
    if own is not None and isinstance(own.value, int | float) and own.value < bound.ratio:
        # the rates speak of all places that were found; what the method saw at this one is less than they allow
        if own.value <= LEAST_RATIO:
            return f"{NOT_CALIBRATED}: what the method itself gives for this place weighs for neither side ({of})"
        ratio, by = (
            float(own.value),
            f"no more by the method itself for this place; rates: {rounded_down(bound.ratio)}, ",
        )
    return (
        f"likelihood ratio of at least {rounded_down(ratio)} for \u201c{event}\u201d against \u201cit is not "
        f"so\u201d: {by}found in at least {_divided(bound.lower)} with the event, in at most {_divided(bound.upper)} "
        f"without it; no result on this set could have allowed more than {rounded_down(1 / bound.upper)} ({of}). "
        "Innocent causes are not in this pair"
    )


def _scaled(row: Row, seconds: float) -> str:
    if not row.kind.startswith(PLACED) or seconds <= row.control_mean_s:
        return ""
    return f", scaled from controls of {row.control_mean_s:.0f} s on average to {seconds:.0f} s"


def _why_no_row(whole: Row | None) -> str:
    if whole is None or not whole.alarms.n:
        return "no rate was measured for this kind"
    if not whole.found.n:
        return "no rate of detection was measured for this kind"
    return (
        f"too few independent takes ({whole.found.takes} with the event, {whole.alarms.takes} without; "
        f"{FEWEST_TAKES} of each are the least)"
    )


def rounded_down(ratio: float) -> str:
    """Two significant digits, never more than the value."""
    if ratio <= 0:
        return "0"
    scale = 10.0 ** (1 - floor(log10(ratio)))
    value = floor(ratio * scale + 1e-9) / scale
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _divided(share: float) -> str:
    """Below a tenth with two decimals: whoever divides what is printed must come to the ratio that is printed."""
    return f"{100 * share:.2f} %" if share < 0.1 else _percent(share)


@dataclass(frozen=True, slots=True)
class Earned:
    """The highest grade that the measured rates of a kind allow, and what stands against the next."""

    grade: Grade
    why_not_more: str


def earned(kind: str, measured: Rates) -> Earned:
    """Which grade the rates of a kind, over all files, earn its findings. Kinds graded by construction are apart.

    Weak: measured at all, or not. Moderate: no alarm on any native, false alarms at most 5 % (upper limit), and a bound
    of the likelihood ratio of 10. Strong: besides, false alarms of grade strong at most 2 %.
    """
    row = measured.whole(kind)
    if row is None or not row.usable:
        return Earned(Grade.WEAK, _why_no_row(row))
    if row.natives.hits:
        return Earned(Grade.WEAK, f"alarms on {row.natives.hits} of {row.natives.n} natives")
    if row.alarms.high > MODERATE_ALARMS:
        return Earned(Grade.WEAK, f"false alarms may reach {_percent(row.alarms.high)}")
    ratio = observed_bound(row).ratio
    if ratio < MODERATE_RATIO:
        return Earned(Grade.WEAK, f"the bound of the likelihood ratio is only {rounded_down(ratio)}")
    if row.alarms_strong.high > STRONG_ALARMS:
        return Earned(
            Grade.MODERATE, f"false alarms of grade strong may reach {_percent(row.alarms_strong.high)}"
        )
    return Earned(Grade.STRONG, "")
