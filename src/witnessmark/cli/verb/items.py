"""`items`: what is held."""

from __future__ import annotations

import argparse

from witnessmark.cli.answer import Answer
from witnessmark.cli.figures import duration, plural, size
from witnessmark.cli.opening import case_argument, open_named_case


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument(
        "--names", action="store_true", help="open the sealed original names (this is logged)"
    )
    parser.add_argument("--item", metavar="CODE", help="one item only")
    parser.add_argument(
        "--to-watch",
        action="store_true",
        help="what still needs a person's eyes, the best copy of each family first",
    )
    parser.add_argument(
        "--texts",
        action="store_true",
        help="open the sealed texts that were read from the picture of --item (this is logged)",
    )


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.listing import list_items
    from witnessmark.case.overlay_texts import open_texts
    from witnessmark.model.errors import UsageError

    if options.to_watch:
        if options.names or options.texts or options.item:
            raise UsageError("--to-watch lists the whole case", "leave the other options out")
        return _to_watch(options)
    if options.texts and not options.item:
        raise UsageError("--texts opens the texts of one item", "name it with --item CODE")
    with open_named_case(options) as case:
        item = case.item_by_code(options.item) if options.item else None
        rows = list_items(case, with_names=options.names, item_id=item.item_id if item else None)
        if options.texts and item is not None:
            rows[0]["texts"] = [text.to_json() for text in open_texts(case, item)]
    if not rows:
        return Answer(
            {"items": []}, "Nothing is held yet. Take footage in with: witnessmark receive CASE SOURCE"
        )
    lines = [f"{'code':<10}{'type':<10}{'format':<9}{'size':>10}  {'state':<10}{'found':>5}  to explain"]
    for row in rows:
        lines.append(
            f"{row['code']:<10}{row['media_type']:<10}{row['format']:<9}{size(row['size_bytes']):>10}  "
            f"{row['state']:<10}{row['occurrences']:>5}  {row['to_explain'] or ''}"
        )
        lines += [f"          {name}" for name in row.get("names", [])]
        if "texts" in row:
            lines += [
                f"          {'clock' if text['is_clock'] else 'text'}: {text['text']} "
                f"(confidence {text['confidence']:.2f})"
                for text in row["texts"]
            ] or ["          no text was read beside a clock"]
    lines.append(
        "\n'found' counts the places where the same content was found. 'to explain' is no sign of manipulation."
    )
    return Answer({"items": rows}, "\n".join(lines))


def _to_watch(options: argparse.Namespace) -> Answer:
    from witnessmark.case.watching import watching

    with open_named_case(options) as case:
        found = watching(case)
    rows = found.rows()
    watched = found.found
    lines = [
        f"footage                     {duration(watched.footage_s)}",
        f"needs a person's eyes       {duration(watched.needed_s)}",
        f"shown by other files too    {duration(watched.saved_s)}",
    ]
    if rows:
        lines += ["", f"{'':>4}  {'code':<10}{'to see':>12}  {'family':>6}  where"]
    for number, row in enumerate(rows, 1):
        where = ", ".join(f"{start:.1f} to {end:.1f} s" for start, end in row["stretches"])
        lines.append(
            f"{number:>4}  {row['code']:<10}{duration(row['seconds']):>12}  {row['family'] or '-':>6}  {where}"
        )
        if row["described_by"]:
            lines.append(f"      described already: {', '.join(row['described_by'])}")
    lines += [
        "",
        "The best copy of each family comes first; of its other files only what no file before it shows is left.",
        "Fingerprints look once or twice a second: what differs for less is not seen by them.",
    ]
    if found.not_compared:
        lines.append(
            f"{plural(len(found.not_compared), 'recording')} not compared yet, listed whole: witnessmark compare CASE"
        )
    if found.unknown_length:
        lines.append(f"{plural(len(found.unknown_length), 'recording')} of unknown length, not counted")
    return Answer(found.to_json(), "\n".join(lines))
