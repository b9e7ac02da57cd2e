"""`transcript import|export|list|search|recognise`: what is said, in words, before anybody looks."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from witnessmark.cli.answer import DONE, Answer
from witnessmark.cli.figures import duration, plural
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.model.codes import short_code
from witnessmark.model.errors import UnusableInputError, UsageError

if TYPE_CHECKING:
    from witnessmark.case.case import Case
    from witnessmark.model.transcript import Transcript

SHOWN_LETTERS = 160


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("action", choices=("import", "export", "list", "search", "recognise"))
    case_argument(parser)
    parser.add_argument(
        "what", nargs="*", metavar="ITEM|FILE|WORDS", help="import: ITEM FILE; export: ITEM; search: words"
    )
    parser.add_argument("--language", default="", metavar="TAG", help="ru, uk, fr, en …")
    parser.add_argument("--transcriber", default="", metavar="WHO", help="who wrote it down, by pseudonym")
    parser.add_argument("--translator", default="", metavar="WHO", help="who translated it")
    parser.add_argument("--translated-from", default="", metavar="TAG", help="the language that is spoken")
    parser.add_argument("--certainty", choices=("low", "medium", "high"), default="medium")
    parser.add_argument("--note", default="", metavar="TEXT")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="export: .vtt or .srt; stands in clear there"
    )
    parser.add_argument("--all", action="store_true", help="list: every version")
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="recognise: speech model that you brought (docs/words.md)"
    )


def run(options: argparse.Namespace) -> Answer:
    with open_named_case(options) as case:
        match options.action:
            case "import":
                return _take(case, options)
            case "export":
                return _export(case, options)
            case "search":
                return _search(case, " ".join(options.what))
            case "recognise":
                return _recognise(case, options)
        return _list(case, options)


def _take(case: Case, options: argparse.Namespace) -> Answer:
    from witnessmark.case.transcribing import take_in_file
    from witnessmark.model.transcript import Certainty

    if len(options.what) != 2:
        raise UsageError(
            "which item, and which file?", "witnessmark transcript import CASE ITEM FILE.vtt --language ru"
        )
    if not options.language:
        raise UsageError("in which language is it?", "--language ru")
    item = case.item_by_code(options.what[0])
    transcript = take_in_file(
        case,
        item,
        Path(options.what[1]),
        language=options.language,
        transcriber=options.transcriber,
        certainty=Certainty(options.certainty),
        translator=options.translator,
        translated_from=options.translated_from,
        note=options.note,
    )
    return Answer(_row(transcript), f"{_told(transcript)}: sealed")


def _export(case: Case, options: argparse.Namespace) -> Answer:
    from witnessmark.case.transcribing import as_subtitles, standing

    if len(options.what) != 1 or options.out is None:
        raise UsageError(
            "which item, and to which file?", "witnessmark transcript export CASE ITEM --out FILE.vtt"
        )
    if options.out.suffix.lower() not in (".vtt", ".srt"):
        raise UsageError("the file must end in .vtt or .srt", "--out words.vtt")
    transcript = standing(case, case.item_by_code(options.what[0]), options.language)
    try:
        fd = os.open(options.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UnusableInputError("the file cannot be written", "it must not exist yet") from error
    with os.fdopen(fd, "w", encoding="utf-8", newline="\n") as file:
        file.write(as_subtitles(transcript, options.out.suffix.lower()))
    return Answer(_row(transcript), f"{_told(transcript)}: written in clear; destroy it when it is back in")


def _list(case: Case, options: argparse.Namespace) -> Answer:
    from witnessmark.case.transcribing import transcripts

    item_id = case.item_by_code(options.what[0]).item_id if options.what else None
    held = transcripts(case, item_id, every_version=options.all)
    return Answer(
        {"transcripts": [_row(one) for one in held]},
        "\n".join(map(_told, held)) or "no words yet: witnessmark transcript import CASE ITEM FILE.vtt",
    )


def _search(case: Case, query: str) -> Answer:
    from witnessmark.case.transcribing import find_words

    if not query.strip():
        raise UsageError("which words?", "witnessmark transcript search CASE WORDS")
    found = list(find_words(case, query))
    rows: list[dict[str, Any]] = [
        {
            "item": one.transcript.item_id,
            "language": one.transcript.language,
            "start_s": one.cue.start_ms / 1000,
            "end_s": one.cue.end_ms / 1000,
            "speaker": one.cue.speaker,
            "text": one.context,
        }
        for one in found
    ]
    lines = [
        f"{short_code(row['item'])}  {_clock(row['start_s'])}  {row['language']:<5} "
        f"{row['speaker'] + ': ' if row['speaker'] else ''}{' '.join(row['text'].split())[:SHOWN_LETTERS]}"
        for row in rows
    ]
    items = len({row["item"] for row in rows})
    lines.append(
        f"{plural(len(rows), 'place')} in {plural(items, 'item')}" if rows else "these words stand nowhere"
    )
    return Answer({"places": rows, "items": items}, "\n".join(lines), DONE)


def _recognise(case: Case, options: argparse.Namespace) -> Answer:
    from witnessmark.case.recognising import recognise

    if len(options.what) != 1:
        raise UsageError("which item?", "witnessmark transcript recognise CASE ITEM")
    transcript = recognise(case, case.item_by_code(options.what[0]), options.model, options.language)
    told = f"{_told(transcript)}: sealed, certainty low. A machine wrote it: a person must listen"
    return Answer(_row(transcript), told)


def _row(one: Transcript) -> dict[str, Any]:
    return {
        "transcript": one.transcript_id,
        "item": one.item_id,
        "language": one.language,
        "cues": len(one.cues),
        "words_s": round(one.words_s, 3),
        "transcriber": one.transcriber,
        "translator": one.translator,
        "translated_from": one.translated_from,
        "certainty": str(one.certainty),
        "taken_in": one.made_at.isoformat(),
        "note": one.note,
    }


def _told(one: Transcript) -> str:
    by = f", translated from {one.translated_from} by {one.translator}" if one.translator else ""
    return (
        f"{short_code(one.item_id)}  {one.language:<5} {plural(len(one.cues), 'stretch', 'stretches')}, "
        f"{duration(one.words_s)} of speech; written by {one.transcriber or 'nobody named'}{by}; "
        f"certainty {one.certainty}"
    )


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
