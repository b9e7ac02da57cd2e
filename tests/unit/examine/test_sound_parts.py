"""Lost without these: each sign of a break alone, with the twin that must not raise it, and the bounds of memory."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from tests.corpus import sound_events as events
from tests.corpus.clips import sound as wandering
from tests.corpus.sounds import Sound, Take, grid_wander, hum, noise, recording
from witnessmark.examine.sound import mains, repeats, spectra
from witnessmark.examine.sound.background import read_background
from witnessmark.examine.sound.clicks import Clicks
from witnessmark.examine.sound.hum import GATE_DB, Hum, read_hum
from witnessmark.examine.sound.listening import Heard, Listening
from witnessmark.examine.sound.phase import PhaseTest, find_breaks
from witnessmark.examine.sound.silence import Silences
from witnessmark.examine.sound.stamps import Stamps
from witnessmark.examine.sound.stretches import GATE, find_stretches
from witnessmark.model.samples import Pcm

BLOCK = 1 << 14
RATE_HZ = 16_000


def fed(collector: object, pcm: Sound, block: int = BLOCK) -> None:
    for low in range(0, len(pcm) - block + 1, block):
        collector.feed(pcm[low : low + block])  # type: ignore[attr-defined]


def heard(pcm: Sound, rate_hz: int = RATE_HZ, codec: str = "pcm_s16le") -> Heard:
    listening = Listening(codec)
    base = Fraction(1, rate_hz)
    for low in range(0, len(pcm), 1024):
        listening.sound(Pcm(0, low, low, base, rate_hz, pcm[low : low + 1024]), base)
    done = listening.finish()
    assert done is not None
    return done


def with_hum(seed: int, seconds: float, hum_db: float) -> Take:
    rng = np.random.default_rng(seed)
    ground = noise(rng, round(seconds * RATE_HZ), RATE_HZ, tilt=-1.2)
    wander = grid_wander(rng, seconds)
    carried = hum(rng, seconds, RATE_HZ, wander=wander)[: len(ground)]
    pcm = 0.01 * (ground + carried * np.float32(10 ** (hum_db / 20)))
    return Take(pcm.astype(np.float32), RATE_HZ, "quiet", 0.01, wander)


def hum_of(pcm: Sound) -> tuple[Hum, PhaseTest | None]:
    collector = mains.Mains(RATE_HZ)
    fed(collector, pcm)
    amplitudes = collector.amplitudes()
    read = read_hum(amplitudes, collector.step_s)
    assert read is not None
    return read, find_breaks(amplitudes, collector.step_s, read) if read.usable else None


# --------------------------------------------------------------------------- time stamps


def test_a_hole_in_the_stamps_is_a_step_and_the_times_after_it_follow() -> None:
    stamps, base = Stamps(), Fraction(1, 8000)
    for k in range(100):
        stamps.note(160, 160 * k + (800 if k >= 50 else 0), base, 8000)
    assert [(s.sample, s.missing_s) for s in stamps.steps] == [(8000, 0.1)]
    assert stamps.pts_at(7999) == 7999
    assert stamps.pts_at(8000) == 8800


def test_stamps_rounded_to_milliseconds_are_no_steps() -> None:
    stamps, base = Stamps(), Fraction(1, 1000)
    for k in range(400):
        stamps.note(1024, round(1000 * 1024 * k / 44100), base, 44100)
    assert stamps.steps == []
    assert abs(stamps.drift_s) < 0.001


# --------------------------------------------------------------------------- silence


def test_exact_silence_is_placed_across_blocks_and_noise_is_not_silence() -> None:
    pcm = noise(np.random.default_rng(1), 6 * BLOCK, RATE_HZ) * np.float32(0.01)
    pcm[BLOCK + 640 : 3 * BLOCK + 640] = 0.25
    silences = Silences(RATE_HZ)
    fed(silences, pcm)
    (run,) = silences.finish()
    assert (run.first, run.end) == (BLOCK + 640, 3 * BLOCK + 640)
    assert min(run.before, run.after) > 0.01
    assert silences.still_share() == 0.0


# --------------------------------------------------------------------------- repeats and joins


def test_a_copied_stretch_is_found_by_its_samples_at_any_distance() -> None:
    pcm = noise(np.random.default_rng(2), 8 * BLOCK, RATE_HZ) * np.float32(0.05)
    pcm[70_001 : 70_001 + 16_000] = pcm[12_345 : 12_345 + 16_000]
    found = repeats.SampleRepeats(RATE_HZ)
    fed(found, pcm)
    (repeat,) = found.finish()
    assert repeat.lag == 70_001 - 12_345
    assert abs(repeat.first - 12_345) < 2000
    assert abs(repeat.end - 28_345) < 2000


def test_a_tone_repeats_by_itself_and_is_no_copy() -> None:
    pcm = (0.2 * np.sin(2 * np.pi * 1000 * np.arange(8 * BLOCK) / RATE_HZ)).astype(np.float32)
    found = repeats.SampleRepeats(RATE_HZ)
    fed(found, pcm)
    assert found.finish() == ()


def test_a_bare_join_is_found_where_the_sound_is_predictable_and_a_knock_is_not() -> None:
    rng = np.random.default_rng(3)
    pcm = noise(rng, 8 * BLOCK, RATE_HZ, tilt=-3.0, peaks=0, corner_hz=1500) * np.float32(0.05)
    joined = np.concatenate((pcm[:50_000], pcm[60_500:]))
    found = Clicks(RATE_HZ)
    fed(found, joined)
    assert [abs(c.sample - 50_000) <= 2 for c in found.found] == [True]
    pcm[50_000:50_200] += (rng.standard_normal(200) * np.exp(-np.arange(200) / 40) * 0.5).astype(np.float32)
    knocked = Clicks(RATE_HZ)
    fed(knocked, pcm)
    assert knocked.found == []


# --------------------------------------------------------------------------- hum


@pytest.mark.parametrize("hum_db", [0.0, -6.0])
def test_hum_is_read_and_a_cut_in_it_is_placed(hum_db: float) -> None:
    take = with_hum(11, 60, hum_db)
    clean, untouched = hum_of(take.pcm)
    assert clean.usable
    assert abs(clean.frequency_hz - 50) < 0.1
    assert untouched is not None
    assert untouched.breaks == ()
    cut_at = 31.3
    low = round(cut_at * RATE_HZ)
    _, test = hum_of(np.concatenate((take.pcm[:low], take.pcm[low + RATE_HZ * 127 // 100 :])))
    assert test is not None
    assert [abs(b.at_s - cut_at) < 0.6 for b in test.breaks] == [True]


def test_one_line_that_wanders_is_no_hum_to_ask_for_breaks() -> None:
    """Or a tone that happens to lie at a harmonic would be cut wherever it changes its mind: it was, in one file."""
    for seed in (2, 10):
        read, test = hum_of(wandering(20, seed, rate_hz=RATE_HZ))
        assert read.snr_db >= GATE_DB
        assert not read.usable
        assert test is None


def test_a_lamp_switched_on_turns_phases_and_is_no_break() -> None:
    for seed in range(3):
        lit = events.lamp(with_hum(20 + seed, 40, 0.0), np.random.default_rng(seed))
        _, test = hum_of(lit.pcm)
        assert test is None or test.breaks == ()


def test_noise_and_a_single_tone_are_no_hum() -> None:
    rng = np.random.default_rng(4)
    quiet = noise(rng, 40 * RATE_HZ, RATE_HZ) * np.float32(0.01)
    assert not hum_of(quiet)[0].present
    tone = quiet + (0.01 * np.sin(2 * np.pi * 300 * np.arange(len(quiet)) / RATE_HZ)).astype(np.float32)
    assert not hum_of(tone)[0].present


# --------------------------------------------------------------------------- background


def test_a_replaced_stretch_is_placed_to_a_tenth_of_a_second() -> None:
    take = recording(31, 30, "quiet", rate_hz=RATE_HZ)
    for attack in (events.attenuated, events.filtered):
        edited = attack(take, np.random.default_rng(5))
        told = [s for s in heard(edited.pcm).stretches if s.is_told]
        frame_s = spectra.frame_length(RATE_HZ) / RATE_HZ
        (stretch,) = told
        assert abs(stretch.first * frame_s - edited.edges_s[0]) < 0.1
        assert abs(stretch.end * frame_s - edited.edges_s[1]) < 0.1


@pytest.mark.parametrize("life", [e for e in events.LIFE if e is not events.lamp], ids=lambda e: e.__name__)
def test_life_tells_no_break(life) -> None:  # type: ignore[no-untyped-def]
    take = recording(41, 20, "speech", rate_hz=RATE_HZ)
    done = heard(life(take, np.random.default_rng(41)).pcm)
    assert [s for s in done.stretches if s.is_told] == []
    assert done.clicks == ()
    assert done.repeats == ()


def test_a_suppressor_that_closes_between_words_is_called_a_gate() -> None:
    rng = np.random.default_rng(6)
    pcm = noise(rng, 30 * RATE_HZ, RATE_HZ) * np.float32(0.01)
    burst = noise(rng, RATE_HZ // 2, RATE_HZ) * np.float32(0.3)
    for at_s in (11.4, 16.1):
        pcm[round(at_s * RATE_HZ) : round(at_s * RATE_HZ) + len(burst)] += burst
    pcm[12 * RATE_HZ : 16 * RATE_HZ] *= np.float32(0.1)
    collector = spectra.Spectra(RATE_HZ)
    fed(collector, pcm)
    ground = read_background(collector.levels(), collector.frame_s)
    assert ground is not None
    found = find_stretches(ground.edges, collector.levels(), collector.frame_s)
    assert [s.what for s in found] == [GATE]
    assert not found[0].is_told


# --------------------------------------------------------------------------- bounds


def test_what_is_kept_for_a_second_of_sound_is_small_and_ends_at_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten hours at 48 kHz must stay within the card's memory: 1.5 kB a second, and a stop beyond the bounds."""
    pcm = noise(np.random.default_rng(7), 48_000 * 8, 48_000) * np.float32(0.02)
    ground, hums, copies = spectra.Spectra(48_000), mains.Mains(48_000), repeats.SampleRepeats(48_000)
    for collector in (ground, hums, copies):
        fed(collector, pcm)
    per_second = (
        ground.levels().nbytes + hums.amplitudes().nbytes + 16 * len(copies.finish()) + len(copies) * 16
    ) / 8
    assert per_second < 3200
    monkeypatch.setattr(spectra, "MOST_FRAMES", ground.frames)
    monkeypatch.setattr(mains, "MOST_STEPS", hums.steps)
    monkeypatch.setattr(repeats, "MOST_ANCHORS", len(copies))
    before = (ground.frames, hums.steps, len(copies))
    for collector in (ground, hums, copies):
        fed(collector, pcm)
    assert (ground.frames, hums.steps, len(copies)) == before
