"""What was heard, as findings: one answer at least to each of the three questions, the trace and the curves."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from witnessmark.examine.calibration import calibration
from witnessmark.examine.contract import MethodCard
from witnessmark.examine.sound import background, drawn
from witnessmark.examine.sound.breaks import STRENGTH, Break, breaks_of
from witnessmark.examine.sound.gaps import Hole, gaps_of
from witnessmark.examine.sound.hum import GATE_DB, LEAST_S, WINDOW_S, Hum
from witnessmark.examine.sound.listening import Heard
from witnessmark.examine.sound.phase import LEAST_STEP_TURNS, SIDE_S
from witnessmark.model.consumer import Product, Trace
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.time import Span

Told = TypeVar("Told", Break, Hole)
GAP, SPLICE, HUM = "audio.gap", "audio.splice", "audio.hum"
MOST_TOLD = 12
"""Findings of one kind; of more, the strongest are told and the rest counted."""
CONVERTED_SHARE = 0.6
"""Sound that ends below this share of what its sampling rate could hold was made at a lower rate, or low-passed."""


@dataclass(frozen=True, slots=True)
class Answers:
    """``damage``: (pts, reason) of sound packets that could not be decoded."""

    card: MethodCard
    heard: Heard
    base: Fraction
    damage: tuple[tuple[int | None, str], ...]

    def all(self) -> tuple[Product, ...]:
        breaks, gaps = breaks_of(self.heard), gaps_of(self.heard, self.damage)
        return (
            *self._gap(gaps),
            *self._splice(breaks),
            self._hum(),
            self._trace(breaks, gaps),
            *drawn.series(self.heard, breaks, gaps),
        )

    # -- exact silence and missing samples

    def _gap(self, gaps: tuple[Hole, ...]) -> tuple[FindingCore, ...]:
        heard = self.heard
        measured = {
            "sound": Measurement(round(heard.seconds, 3), "s"),
            "sampling_rate": Measurement(heard.rate_hz, "Hz"),
            "runs_of_silence": Measurement(len(heard.silences)),
            "still_elsewhere": Measurement(round(100 * heard.still_share, 2), "%"),
            "stamp_steps": Measurement(len(heard.stamps.steps)),
            "stamps_minus_samples": Measurement(round(heard.stamps.drift_s, 4), "s"),
        }
        told = [hole for hole in gaps if hole.is_observed]
        if told:
            return tuple(
                self.card.finding(
                    GAP,
                    Outcome.OBSERVED,
                    hole.words,
                    span=self._span(hole.first, hole.end),
                    measurements={**measured, **hole.measurements},
                    grade=hole.grade,
                    calibration=calibration(GAP),
                )
                for hole in _strongest(told)
            )
        if gaps:
            first = gaps[0]
            return (
                self.card.finding(
                    GAP,
                    Outcome.INCONCLUSIVE,
                    first.words,
                    span=self._span(first.first, first.end),
                    measurements={**measured, **first.measurements},
                    calibration=calibration(GAP),
                ),
            )
        return (
            self.card.finding(
                GAP,
                Outcome.NOT_OBSERVED,
                f"In {heard.seconds:.1f} s of sound there is no exact silence of a twentieth of a second or more "
                f"inside, and samples and time stamps agree within four thousandths of a second.",
                measurements=measured,
                calibration=calibration(GAP),
            ),
        )

    # -- breaks

    def _splice(self, breaks: tuple[Break, ...]) -> tuple[FindingCore, ...]:
        measured = self._measured()
        told = [b for b in breaks if b.grade in (Grade.MODERATE, Grade.STRONG)]
        if told:
            return tuple(
                self.card.finding(
                    SPLICE,
                    Outcome.OBSERVED,
                    f"{self._when(b)} {b.words}.",
                    span=self._span(b.first, b.end),
                    measurements={**measured, **b.measurements, "signs": Measurement(", ".join(b.signs))},
                    grade=b.grade,
                    calibration=calibration(SPLICE),
                )
                for b in _strongest(told)
            )
        if breaks:
            first = max(breaks, key=lambda b: STRENGTH[b.grade])
            more = f" {len(breaks) - 1} more like it." if len(breaks) > 1 else ""
            return (
                self.card.finding(
                    SPLICE,
                    Outcome.INCONCLUSIVE,
                    f"{self._when(first)} {first.words}: a change like this also happens without any edit.{more}",
                    span=self._span(first.first, first.end),
                    measurements={**measured, **first.measurements},
                    calibration=calibration(SPLICE),
                ),
            )
        ground = self.heard.background
        if ground is None or ground.steady_bands < background.FEWEST_BANDS:
            why = (
                f"{self.heard.seconds:.1f} s of sound are too short to know what its background does of itself"
                if ground is None
                else "its background is never steady enough to tell a change of it"
            )
            if self.heard.phase is None:
                return (
                    self.card.finding(
                        SPLICE,
                        Outcome.INCONCLUSIVE,
                        f"No break was found, but {why}, and there is no hum to tell by.",
                        measurements=measured,
                        calibration=calibration(SPLICE),
                    ),
                )
        return (
            self.card.finding(
                SPLICE,
                Outcome.NOT_OBSERVED,
                f"In {self.heard.seconds:.1f} s of sound no break was found by {self._asked()}. Cuts between two "
                f"moments of one and the same background are not excluded"
                + ("." if self.heard.phase else ": there is no usable hum."),
                measurements=measured,
                calibration=calibration(SPLICE),
            ),
        )

    def _asked(self) -> str:
        heard, asked = self.heard, []
        if heard.background and heard.background.steady_bands >= background.FEWEST_BANDS:
            asked.append(
                f"background ({heard.background.steady_bands} of {heard.background.bands} bands; changes of "
                f"{background.CHANGE_DB:.0f} dB or more)"
            )
        if heard.phase:
            asked.append(f"hum (steps of {360 * LEAST_STEP_TURNS:.0f} degrees or more)")
        asked.append("waveform and equal samples" if heard.is_exact else "equal packets")
        return ", ".join(asked)

    def _measured(self) -> dict[str, Measurement]:
        heard, ground = self.heard, self.heard.background
        measured = {
            "sound": Measurement(round(heard.seconds, 3), "s"),
            "steady_bands": Measurement(ground.steady_bands if ground else 0),
            "bands": Measurement(ground.bands if ground else 0),
            "usual_change": Measurement(round(ground.usual_db, 1) if ground else 0.0, "dB"),
            "sound_reaches": Measurement(round(heard.reaches_hz), "Hz"),
            "compared_throughout": Measurement(
                "yes" if heard.is_whole and heard.changed_at is None else "no"
            ),
        }
        if heard.reaches_hz < CONVERTED_SHARE * heard.rate_hz / 2:
            measured["could_reach"] = Measurement(heard.rate_hz // 2, "Hz")
        if heard.phase is not None:
            measured["hum_places_asked"] = Measurement(len(heard.phase.times_s))
            measured["hum_likelihood_bar"] = Measurement(round(heard.phase.bar, 1))
        return measured

    # -- hum

    def _hum(self) -> FindingCore:
        hum = self.heard.hum
        if hum is None:
            return self.card.finding(
                HUM,
                Outcome.INCONCLUSIVE,
                f"{self.heard.seconds:.1f} s of sound are too short to read hum; {LEAST_S:.0f} s are needed.",
                measurements={"sound": Measurement(round(self.heard.seconds, 3), "s")},
                calibration=calibration(HUM),
            )
        measured = _hum_measured(hum)
        if not hum.present:
            return self.card.finding(
                HUM,
                Outcome.NOT_OBSERVED,
                f"No steady mains hum stands out at multiples of 50 or 60 Hz in {hum.seconds:.1f} s: not usable.",
                measurements=measured,
                calibration=calibration(HUM),
            )
        listed = ", ".join(str(h) for h, _ in hum.harmonics)
        use = (
            f"It is strong enough to ask for breaks of its phase, {SIDE_S + 0.5:.1f} s from the ends."
            if hum.usable and self.heard.phase
            else f"It is below the strength of {GATE_DB:.0f} dB, in all or in all but its strongest harmonic, from "
            f"which breaks of its phase can be told: not usable for that."
            if not hum.usable
            else "The sound is too short to ask for breaks of its phase."
        )
        return self.card.finding(
            HUM,
            Outcome.OBSERVED,
            f"Mains hum of {hum.mains_hz} Hz, read as {hum.frequency_hz:.3f} Hz (harmonics {listed}), in "
            f"{100 * hum.steady_share:.0f} % of the sound. {use}",
            span=self._span(0, self.heard.stamps.samples),
            measurements=measured,
            grade=Grade.MODERATE if hum.usable and hum.seconds >= 2 * WINDOW_S else Grade.WEAK,
            calibration=calibration(HUM),
        )

    # -- for others

    def _trace(self, breaks: tuple[Break, ...], gaps: tuple[Hole, ...]) -> Trace:
        heard = self.heard
        listed = [(b.first, b.end, "+".join(b.signs), STRENGTH[b.grade]) for b in breaks]
        listed += [
            (hole.first, hole.end, hole.what, STRENGTH[hole.grade]) for hole in gaps if hole.is_observed
        ]
        ground = heard.background
        test = heard.phase
        return Trace(
            "audio.breaks",
            {
                "breaks": [
                    {
                        "start_s": heard.stamps.seconds_at(first),
                        "end_s": heard.stamps.seconds_at(end),
                        "what": what,
                        "strength": strength,
                    }
                    for first, end, what, strength in sorted(listed)
                ],
                "usable": bool(test)
                or (ground is not None and ground.steady_bands >= background.FEWEST_BANDS),
                "hum_times_s": [heard.stamps.seconds_at(round(t * heard.rate_hz)) for t in test.times_s]
                if test
                else [],
                "hum_gains": [float(gain) for gain in test.gains] if test else [],
                "hum_bar": float(test.bar) if test else 0.0,
            },
        )

    # -- words and places

    def _span(self, first: int, end: int) -> Span:
        start, stop = self.heard.stamps.pts_at(first), self.heard.stamps.pts_at(end)
        return Span.of(start, max(start, stop), self.base)

    def _when(self, one: Break) -> str:
        start, end = (self.heard.stamps.seconds_at(at) for at in (one.first, one.end))
        return f"At {start:.2f} s" if one.first == one.end else f"From {start:.2f} to {end:.2f} s"


def _strongest(told: list[Told]) -> list[Told]:
    """At most MOST_TOLD, the strongest, in order of time."""
    best = sorted(told, key=lambda b: (-STRENGTH[b.grade], b.first))[:MOST_TOLD]
    return sorted(best, key=lambda b: b.first)


def _hum_measured(hum: Hum) -> dict[str, Measurement]:
    return {
        "sound": Measurement(round(hum.seconds, 3), "s"),
        "mains": Measurement(hum.mains_hz, "Hz"),
        "frequency": Measurement(round(hum.frequency_hz, 4), "Hz"),
        "spread": Measurement(round(hum.spread_hz, 4), "Hz"),
        "strength": Measurement(round(hum.snr_db, 1), "dB in 1 Hz"),
        "steady_share": Measurement(round(100 * hum.steady_share, 1), "%"),
        "harmonics": Measurement(tuple(h for h, _ in hum.harmonics)),
        "harmonic_strengths": Measurement(tuple(round(db, 1) for _, db in hum.harmonics), "dB in 1 Hz"),
    }
