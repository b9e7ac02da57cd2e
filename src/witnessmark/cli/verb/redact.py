"""`redact`: propose what to hide in one item."""

from __future__ import annotations

import argparse

from witnessmark.cli.answer import Answer
from witnessmark.cli.figures import plural
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.cli.progress import bar


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument("item", metavar="ITEM", help="code of the item")
    parser.add_argument(
        "--span", nargs=2, metavar=("A", "B"), help="only this stretch, in seconds or minutes:seconds"
    )
    parser.add_argument("--no-texts", action="store_true", help="do not look for writing in the picture")
    parser.add_argument("--no-voice", action="store_true", help="do not look for speech")
    parser.add_argument(
        "--accept-unsandboxed", action="store_true", help="go on without a sandbox (logged; dangerous)"
    )


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.redacting import propose

    span_s = (seconds(options.span[0]), seconds(options.span[1])) if options.span else None
    if span_s is not None and span_s[1] <= span_s[0]:
        from witnessmark.model.errors import UsageError

        raise UsageError("the span ends before it begins", "give its begin first: --span 0:10 0:25")
    with open_named_case(options) as case:
        item = case.item_by_code(options.item)
        with bar("looking for faces", None) as step:
            redaction = propose(
                case,
                item,
                span_s=span_s,
                texts=not options.no_texts,
                voice=not options.no_voice,
                on_pictures=lambda pictures: step(completed=pictures, note="pictures"),
                accept_unsandboxed=options.accept_unsandboxed,
            )
    whats: dict[str, int] = {}
    for track in redaction.tracks:
        whats[str(track.what)] = whats.get(str(track.what), 0) + 1
    document = {
        "pictures": redaction.pictures,
        "width_px": redaction.width_px,
        "height_px": redaction.height_px,
        "searched": list(redaction.searched),
        "tracks": [track.to_json() for track in redaction.tracks],
        "uncovered": [stretch.to_json() for stretch in redaction.uncovered],
        "speech": [span.to_json() for span in redaction.speech],
    }
    found = ", ".join(f"{count} {what}" for what, count in sorted(whats.items())) or "nothing"
    text = (
        f"{plural(redaction.pictures, 'picture')} searched for {', '.join(redaction.searched)}: "
        f"{plural(len(redaction.tracks), 'track')} proposed ({found}), "
        f"{plural(len(redaction.speech), 'stretch', 'stretches')} of speech, "
        f"{plural(len(redaction.uncovered), 'stretch', 'stretches')} that a person must clear.\n"
        "A machine misses faces. Nothing goes out before a person has decided on every track and every stretch:\n"
        "next: witnessmark tracks export CASE ITEM --out DIR"
    )
    return Answer(document, text)


def seconds(text: str) -> float:
    """``75``, ``75.5`` or ``1:15.5`` (hours too) as seconds. Raises UsageError."""
    from witnessmark.model.errors import UsageError

    total = 0.0
    try:
        for part in text.split(":"):
            value = float(part)
            if not 0 <= value < 1e7:
                raise ValueError
            total = total * 60 + value
    except ValueError:
        raise UsageError(
            "a time is given in seconds, or in minutes:seconds", "such as --span 0:10 0:25, or --at 0:12.5"
        ) from None
    return total
