"""Words with times as WebVTT or SubRip (SRT), read and written.

Reading is ``webvtt-py``'s. What comes from it is checked again: times in order, bounded, text without hidden control
characters. Writing is ours, because it is a dozen lines and must give the same bytes every time.
Source: WebVTT, W3C Candidate Recommendation (2019-04-04), §4 (syntax), §5 (voice spans); SRT has no standard.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable

from witnessmark.model.errors import UnusableInputError
from witnessmark.model.printable import printable
from witnessmark.model.transcript import Cue

LARGEST_BYTES = 16 << 20
MOST_CUES = 100_000
LONGEST_MS = 100 * 3600 * 1000
LONGEST_TEXT = 4_000
_SRT = re.compile(r"^\s*\d+\s*\r?\n\s*\d+:\d\d:\d\d,\d+\s*-->", re.MULTILINE)
_SPEAKER = re.compile(r"^\s*[\[(]?([^\]:)\n]{1,40})[\])]?:\s+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def read_subtitles(data: bytes) -> tuple[Cue, ...]:
    """Cues in the order of their times. Raises UnusableInputError for what is neither VTT nor SRT, or is empty."""
    import webvtt

    if len(data) > LARGEST_BYTES:
        raise UnusableInputError("the file of words is larger than 16 MB", "split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableInputError("the file of words is not UTF-8", "save it as UTF-8") from error
    form = "vtt" if text.lstrip().startswith("WEBVTT") else "srt" if _SRT.search(text) else ""
    if not form:
        raise UnusableInputError(
            "the file is neither WebVTT nor SRT", "a VTT file begins with the word WEBVTT"
        )
    try:
        read = webvtt.from_buffer(io.StringIO(text), format=form)
        cues = tuple(_cue(one.start, one.end, one.text, one.voice or "") for one in read.captions)
    except (webvtt.errors.MalformedFileError, webvtt.errors.MalformedCaptionError, ValueError) as error:
        raise UnusableInputError(
            "the times of the file of words cannot be read", "check it in an editor"
        ) from error
    if not cues:
        raise UnusableInputError("the file holds no words")
    if len(cues) > MOST_CUES:
        raise UnusableInputError(f"the file holds more than {MOST_CUES:,} stretches of words", "split it")
    return tuple(sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms)))


def language_tag(text: str) -> str:
    """A language as BCP 47 writes it. Raises UnusableInputError for anything else."""
    if not _LANGUAGE.fullmatch(text):
        raise UnusableInputError(f"“{text}” is no language tag", "write ru, uk, en, fr, ar, en-GB …")
    return text


def as_vtt(cues: Iterable[Cue]) -> str:
    """WebVTT with voice spans for speakers."""
    parts = ["WEBVTT\n"]
    for cue in cues:
        text = html.escape(cue.text, quote=False)
        voice = f"<v {html.escape(cue.speaker, quote=False).replace('>', '')}>" if cue.speaker else ""
        parts.append(f"{_stamp(cue.start_ms, '.')} --> {_stamp(cue.end_ms, '.')}\n{voice}{text}\n")
    return "\n".join(parts)


def as_srt(cues: Iterable[Cue]) -> str:
    """SubRip; a speaker stands before the words with a colon."""
    parts = []
    for number, cue in enumerate(cues, 1):
        text = f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text
        parts.append(f"{number}\n{_stamp(cue.start_ms, ',')} --> {_stamp(cue.end_ms, ',')}\n{text}\n")
    return "\n".join(parts)


def _cue(start: str, end: str, text: str, voice: str) -> Cue:
    start_ms, end_ms = _ms(start), _ms(end)
    if not 0 <= start_ms <= end_ms <= LONGEST_MS:
        raise ValueError("times out of order")
    said = html.unescape(text).strip()
    speaker = html.unescape(voice).strip()
    spoken = None if speaker else _SPEAKER.match(said)
    if spoken:
        speaker, said = spoken[1].strip(), said[spoken.end() :]
    lines = (printable(" ".join(line.split()))[:LONGEST_TEXT] for line in said.splitlines())
    return Cue(start_ms, end_ms, "\n".join(line for line in lines if line), printable(speaker)[:40])


def _ms(stamp: str) -> int:
    clock, _, fraction = stamp.replace(",", ".").partition(".")
    seconds = 0
    for part in clock.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds * 1000 + int((fraction + "000")[:3])


def _stamp(ms: int, point: str) -> str:
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{rest:03d}"
