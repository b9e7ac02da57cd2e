"""Words through the real door: in, out, found, edited, heard by a machine, gone with the item."""

from __future__ import annotations

import importlib.util
import wave
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

VTT = "WEBVTT\n\n00:00.100 --> 00:00.900\n<v man 1>Заключённых бьют\n"
SPEECH = "whisper__jfk.flac"


def test_words_of_an_item(tmp_path: Path) -> None:
    """People must be able to decide from words, and an edit must not lose what stood there before."""
    sound = tmp_path / "a.wav"
    with wave.open(str(sound), "wb") as out_wave:
        out_wave.setparams((1, 2, 8000, 0, "NONE", ""))
        out_wave.writeframes(bytes(16_000))
    terminal, case = Terminal(tmp_path), tmp_path / "case"
    terminal.run("new", case, "--name", "words")
    terminal.run("receive", case, sound)
    item = terminal.run("items", case).document["items"][0]["item"]
    (tmp_path / "a.vtt").write_text(VTT, encoding="utf-8")
    words = ("transcript", "import", case, item)
    taken = terminal.run(*words, tmp_path / "a.vtt", "--language", "ru", "--transcriber", "listener 1")
    assert (taken.document["cues"], taken.document["certainty"]) == (1, "medium")
    found = terminal.run("transcript", "search", case, "бить заключённый").document
    assert [(place["item"], place["speaker"]) for place in found["places"]] == [(item, "man 1")]
    out = tmp_path / "b.srt"
    terminal.run("transcript", "export", case, item, "--out", out)
    assert "man 1: Заключённых бьют" in out.read_text(encoding="utf-8")
    edited = tmp_path / "c.srt"
    edited.write_text(out.read_text(encoding="utf-8").replace("бьют", "не бьют"), encoding="utf-8")
    terminal.run(*words, edited, "--language", "ru", "--certainty", "high")
    assert len(terminal.run("transcript", "list", case).document["transcripts"]) == 1
    assert len(terminal.run("transcript", "list", case, "--all").document["transcripts"]) == 2
    assert terminal.run("audit", case).document["ok"]
    refused = terminal.run(*words, out, "--language", "en", "--translator", "T", code=2)
    assert refused.is_two_lines


def test_a_machine_hears_a_speech(tmp_path: Path, shared_media: Path) -> None:
    """The add-on must work offline, in the jail, and say that a machine wrote it."""
    if importlib.util.find_spec("pocketsphinx") is None:
        pytest.skip("the add-on for speech is not installed")
    terminal, case = Terminal(tmp_path), tmp_path / "case"
    terminal.run("new", case, "--name", "words")
    terminal.run("receive", case, shared_media / "audio" / SPEECH)
    item = terminal.run("items", case).document["items"][0]["item"]
    heard = terminal.run("transcript", "recognise", case, item).document
    assert heard["certainty"] == "low" and "pocketsphinx" in heard["transcriber"]
    assert terminal.run("transcript", "search", case, "america").document["places"]
