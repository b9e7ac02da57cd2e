"""Every sign of a break in one list, with its place, its strength and its words; signs at one place are joined."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from witnessmark.examine.sound import repeats, stretches
from witnessmark.examine.sound.listening import Heard
from witnessmark.examine.sound.silence import GRAIN
from witnessmark.model.findings import Grade, Measurement

SAME_PLACE_S = 0.5
"""A sign of hum is placed to about a quarter second (four steps of the short-time transform in a window)."""
SILENT_SHARE = 0.8
"""A stretch that is exact silence for this share of it is told as silence, not as a splice."""
MOST_CLICKS = 3
"""More bare joins than this are a recorder that loses samples all the time."""
STRENGTH = {Grade.WEAK: 0.3, Grade.MODERATE: 0.7, Grade.STRONG: 0.95}
WORDS = {
    stretches.GONE: "the background that lies before and after it is missing",
    stretches.OTHER: "another background begins at once, lower in some bands and higher in others",
    stretches.ADDED: "more background sounds for a while; what is added may hide what was there or lie on top of it",
    stretches.LOUDER: "more background sounds from here on",
    stretches.SOFTER: "less background sounds from here on",
    stretches.GATE: "the background is pressed down between two utterances, as noise suppressors do",
}


@dataclass(frozen=True, slots=True)
class Break:
    """``first`` and ``end`` in samples (equal for a moment); ``signs`` name what speaks for it."""

    first: int
    end: int
    signs: tuple[str, ...]
    words: str
    grade: Grade
    measurements: dict[str, Measurement] = field(default_factory=dict)


def breaks_of(heard: Heard) -> tuple[Break, ...]:
    """All signs in order of time. Those told at one place by two methods are strong."""
    found = [*_of_background(heard), *_of_hum(heard), *_of_clicks(heard), *_of_repeats(heard)]
    return _agreed(sorted(found, key=lambda b: (b.first, b.end)), round(SAME_PLACE_S * heard.rate_hz))


def _of_background(heard: Heard) -> list[Break]:
    told = [s for s in heard.stretches if s.is_told]
    habit = len(told) > stretches.HABIT
    found = []
    for stretch in heard.stretches:
        if not stretch.is_sharp or _is_silence(heard, stretch):
            continue
        first, end = heard.sample_of_frame(stretch.first), heard.sample_of_frame(stretch.end)
        edge = stretch.edges[0]
        found.append(
            Break(
                first,
                end,
                ("background",),
                WORDS[stretch.what],
                Grade.MODERATE if stretch.is_told and not habit else Grade.WEAK,
                {
                    "bands_judged": Measurement(edge.steady),
                    "bands_fallen": Measurement(edge.fallen),
                    "bands_risen": Measurement(edge.risen),
                    "change": Measurement(round(edge.size_db, 1), "dB"),
                    "below_lowest": Measurement(round(stretch.depth_db, 1), "dB"),
                    "done_within_0.1_s": Measurement(round(min(e.sharpness for e in stretch.edges), 2)),
                },
            )
        )
    return found


def _is_silence(heard: Heard, stretch: stretches.Stretch) -> bool:
    """Whether exact silence accounts for the stretch, or for its one edge."""
    first, end = heard.sample_of_frame(stretch.first), heard.sample_of_frame(stretch.end)
    near = round(0.1 * heard.rate_hz)
    if first == end:
        return any(min(abs(s.first - first), abs(s.end - first)) <= near for s in heard.silences)
    covered = sum(max(0, min(end, s.end) - max(first, s.first)) for s in heard.silences)
    return covered >= SILENT_SHARE * (end - first)


def _of_hum(heard: Heard) -> list[Break]:
    if heard.phase is None or heard.hum is None:
        return []
    return [
        Break(
            round(b.first_s * heard.rate_hz),
            round(b.end_s * heard.rate_hz),
            ("hum",),
            f"the mains hum does not go on where it stopped: {b.harmonics} harmonics shift together by "
            f"{360 * abs(b.turns):.0f} degrees of the first",
            Grade.MODERATE if b.is_told else Grade.WEAK,
            {
                "phase_step": Measurement(round(360 * b.turns), "degrees"),
                "likelihood_gain": Measurement(round(b.gain, 1)),
                "common_shift_share": Measurement(round(b.common, 2)),
                "harmonics": Measurement(b.harmonics),
            },
        )
        for b in heard.phase.breaks
    ]


def _of_clicks(heard: Heard) -> list[Break]:
    near = 2 * GRAIN
    clicks = [
        click
        for click in heard.clicks
        if not any(run.first - near <= click.sample <= run.end + near for run in heard.silences)
    ]
    grade = Grade.MODERATE if len(clicks) <= MOST_CLICKS else Grade.WEAK
    return [
        Break(
            click.sample,
            click.sample,
            ("click",),
            "the waveform breaks off and another goes on, with nothing added: the sound before does not lead "
            "to the sound after",
            grade,
            {"prediction_error": Measurement(click.z, "deviations")},
        )
        for click in clicks
    ]


def _of_repeats(heard: Heard) -> list[Break]:
    found = []
    for repeat in heard.repeats[: repeats.MOST_TOLD]:
        seconds = (repeat.end - repeat.first) / heard.rate_hz
        found.append(
            Break(
                repeat.first + repeat.lag,
                repeat.end + repeat.lag,
                ("repeat",),
                f"the same samples, for {seconds:.2f} s, as {repeat.lag / heard.rate_hz:.3f} s before: no room "
                f"sounds the same twice",
                Grade.STRONG if len(heard.repeats) <= repeats.MOST_TOLD else Grade.WEAK,
                {
                    "same_samples": Measurement(round(seconds, 3), "s"),
                    "distance": Measurement(round(repeat.lag / heard.rate_hz, 6), "s"),
                },
            )
        )
    packets = heard.stamps.packets
    if not packets:
        return found
    per_packet = heard.stamps.samples / packets
    for repeat in heard.packet_repeats[: repeats.MOST_TOLD]:
        count = repeat.end - repeat.first
        found.append(
            Break(
                round((repeat.first + repeat.lag) * per_packet),
                round((repeat.end + repeat.lag) * per_packet),
                ("repeat",),
                f"{count} coded packets of sound in a row are the same, byte for byte, as {repeat.lag} packets "
                f"before",
                Grade.STRONG if len(heard.packet_repeats) <= repeats.MOST_TOLD else Grade.WEAK,
                {"same_packets": Measurement(count), "distance": Measurement(repeat.lag, "packets")},
            )
        )
    return found


def _agreed(found: list[Break], near: int) -> tuple[Break, ...]:
    """Signs of different methods at one place: the finer-placed one stays and takes the others' words."""
    order = {"click": 0, "repeat": 1, "background": 2, "hum": 3}
    kept: list[Break] = []
    for one in sorted(found, key=lambda b: (order[b.signs[0]], b.first)):
        for k, other in enumerate(kept):
            places = [(a, b) for a in (one.first, one.end) for b in (other.first, other.end)]
            if one.signs[0] not in other.signs and min(abs(a - b) for a, b in places) <= near:
                kept[k] = _joined(other, one)
                break
        else:
            kept.append(one)
    return tuple(sorted(kept, key=lambda b: (b.first, b.end)))


def _joined(one: Break, two: Break) -> Break:
    both = {one.grade, two.grade}
    if both == {Grade.WEAK}:
        grade = Grade.MODERATE
    else:
        grade = Grade.STRONG if Grade.WEAK not in both else max(both, key=lambda g: STRENGTH[g])
    long = one if one.end - one.first >= two.end - two.first else two
    return replace(
        one,
        first=long.first,
        end=long.end,
        signs=(*one.signs, *two.signs),
        words=f"{one.words}; and {two.words}",
        grade=grade,
        measurements={**two.measurements, **one.measurements},
    )
