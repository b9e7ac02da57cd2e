"""Silence that no microphone makes, and samples that the file's own clock misses."""

from __future__ import annotations

from dataclasses import dataclass, field

from witnessmark.examine.sound.listening import Heard
from witnessmark.examine.sound.silence import Still
from witnessmark.model.findings import Grade, Measurement

ALIVE_RANGE = 8 * 2.0**-15
"""Range of 64 samples next to the silence from which on the sound was alive: eight steps of 16-bit sound."""
STILL_SHARE = 0.02
"""Where more of the file stands still in places, its noise does not fill its smallest step, and silence is chance."""
MOST_RUNS = 3
"""More runs of silence than this are how the recorder works (gates, discontinuous transmission)."""
LEAST_STEP_S = 0.02
"""One frame of AMR, nearly one of AAC: below, a converter's rounding is as likely."""
MOST_STEPS = 3
DRIFT_SHARE = 200e-6
"""Two free-running crystals of ±100 parts in a million each drift apart by this share of the length."""
LEAST_DRIFT_S = 0.05


@dataclass(frozen=True, slots=True)
class Hole:
    """``first`` and ``end`` in samples."""

    first: int
    end: int
    what: str
    words: str
    grade: Grade
    is_observed: bool = True
    measurements: dict[str, Measurement] = field(default_factory=dict)


def gaps_of(heard: Heard, damage: tuple[tuple[int | None, str], ...]) -> tuple[Hole, ...]:
    """In order of time; what is this file's habit is given once, and not as observed."""
    found = [*_silences(heard), *_steps(heard), *_drift(heard), *_damage(heard, damage)]
    return tuple(sorted(found, key=lambda h: (not h.is_observed, h.first)))


def _silences(heard: Heard) -> list[Hole]:
    last = heard.stamps.samples - 2 * round(heard.frame_s * heard.rate_hz)
    inner = [run for run in heard.silences if run.first > 0 and run.end < last]
    outer = [run for run in heard.silences if run not in inner]
    holes = [_silence(heard, run, inside=True) for run in inner]
    if heard.still_share > STILL_SHARE or len(inner) > MOST_RUNS:
        why = (
            "the noise of this sound does not fill its smallest step, and it stands still by itself"
            if heard.still_share > STILL_SHARE
            else f"there are {len(inner)} such stretches: gates and discontinuous transmission leave them"
        )
        holes = [
            Hole(h.first, h.end, h.what, f"{h.words} But {why}.", Grade.WEAK, is_observed=False)
            for h in holes[:1]
        ]
    return holes + [_silence(heard, run, inside=False) for run in outer]


def _silence(heard: Heard, run: Still, *, inside: bool) -> Hole:
    seconds = (run.end - run.first) / heard.rate_hz
    start = heard.stamps.seconds_at(run.first)
    alive = run.before >= ALIVE_RANGE and run.after >= ALIVE_RANGE
    words = f"For {seconds:.2f} s from {start:.2f} s not one sample moves."
    if inside:
        words += (
            " The sound stops at once and goes on at once: no microphone does that."
            if alive
            else " The sound beside it is itself almost nothing, or fades into it."
        )
    elif seconds < heard.seconds * 0.98:
        words += " It lies at the beginning or end of the sound, where recorders and encoders pad."
    else:
        words = f"The whole sound ({seconds:.2f} s) is exact silence: no microphone was recorded."
    return Hole(
        run.first,
        run.end,
        "silence",
        words,
        Grade.MODERATE if inside and alive else Grade.WEAK,
        measurements={
            "silence": Measurement(round(seconds, 3), "s"),
            "range_before": Measurement(round(run.before, 6), "full scale 2"),
            "range_after": Measurement(round(run.after, 6), "full scale 2"),
        },
    )


def _steps(heard: Heard) -> list[Hole]:
    steps = [s for s in heard.stamps.steps if abs(s.missing_s) >= LEAST_STEP_S]
    if not steps:
        return []
    habit = len(heard.stamps.steps) > MOST_STEPS or heard.stamps.too_many
    holes = []
    for step in steps[:1] if habit else steps:
        missing = step.missing_s > 0
        words = (
            f"At {heard.stamps.seconds_at(step.sample):.3f} s the time stamps run "
            f"{abs(step.missing_s):.3f} s {'ahead of' if missing else 'behind'} the samples: "
            f"{'that much sound is missing' if missing else 'there is more sound than time'}."
        )
        if habit:
            words += (
                f" But there are {len(heard.stamps.steps)} such places: uneven stamps are this file's habit."
            )
        holes.append(
            Hole(
                step.sample,
                step.sample,
                "samples",
                words,
                Grade.WEAK if habit else Grade.MODERATE,
                is_observed=not habit,
                measurements={"missing": Measurement(step.missing_s, "s")},
            )
        )
    return holes


def _drift(heard: Heard) -> list[Hole]:
    """Stamps that run faster or slower than the samples all along: sound stretched, or a clock badly off."""
    drift = heard.stamps.drift_s
    if abs(drift) <= DRIFT_SHARE * heard.seconds + LEAST_DRIFT_S or len(heard.stamps.steps) > MOST_STEPS:
        return []
    words = (
        f"Over {heard.seconds:.1f} s the time stamps drift {abs(drift):.3f} s {'ahead of' if drift > 0 else 'behind'} "
        f"the samples, more than two free-running clocks explain: the sound was timed anew, or lost samples were "
        f"made up for little by little."
    )
    measured = {"drift": Measurement(round(drift, 4), "s")}
    return [Hole(0, heard.stamps.samples, "drift", words, Grade.WEAK, measurements=measured)]


def _damage(heard: Heard, damage: tuple[tuple[int | None, str], ...]) -> list[Hole]:
    if not damage:
        return []
    pts = damage[0][0]
    base = float(heard.stamps.base)
    at_s = heard.stamps.seconds_at(0) if pts is None else pts * base
    at = round((at_s - heard.stamps.seconds_at(0)) * heard.rate_hz)
    at = min(max(0, at), heard.stamps.samples)
    words = f"{len(damage)} packets of sound could not be decoded, the first at {at_s:.2f} s: the stream is damaged."
    return [
        Hole(at, at, "damage", words, Grade.WEAK, measurements={"damaged_packets": Measurement(len(damage))})
    ]
