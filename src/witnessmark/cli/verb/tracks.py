"""`tracks export` and `tracks import`: decide on proposed tracks without the desk."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import Answer
from witnessmark.cli.figures import plural
from witnessmark.cli.opening import case_argument, open_named_case


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("action", choices=("export", "import"), help="lay tracks out, or take decisions back")
    case_argument(parser)
    parser.add_argument("item", metavar="ITEM", help="code of the item")
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        metavar="FILE",
        help="import: tracks.csv or tracks.json with decisions in it",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="export: a folder that does not exist yet")
    parser.add_argument(
        "--clear-pictures",
        action="store_true",
        help="export: contact sheets too; small grey cuttings leave the case in clear (logged)",
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="why pictures are needed (logged)")
    parser.add_argument(
        "--accept-unsandboxed", action="store_true", help="go on without a sandbox (logged; dangerous)"
    )


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.model.errors import UsageError

    if options.action == "export" and options.out is None:
        raise UsageError("nobody says where to export to", "name a new folder with --out DIR")
    if options.action == "import" and options.file is None:
        raise UsageError(
            "nobody says which decisions to import", "name the file: tracks import CASE ITEM FILE"
        )
    return _export(options) if options.action == "export" else _import(options)


def _export(options: argparse.Namespace) -> Answer:
    from witnessmark.case.track_sheets import export

    with open_named_case(options) as case:
        item = case.item_by_code(options.item)
        made = export(
            case,
            item,
            options.out,
            clear_pictures=options.clear_pictures,
            reason=options.reason,
            accept_unsandboxed=options.accept_unsandboxed,
        )
    document = {
        "path": str(made.folder),
        "tracks": made.tracks,
        "uncovered": made.stretches,
        "sheets": made.sheets,
    }
    sheets = f" and {plural(made.sheets, 'contact sheet')}" if made.sheets else ""
    text = (
        f"{plural(made.tracks, 'track')} and {plural(made.stretches, 'stretch', 'stretches')} written to "
        f"{made.folder}{sheets}.\n"
        "Fill the column decision of tracks.csv (confirm, reject; clear for stretches), or draw boxes in tracks.json.\n"
        "next: witnessmark tracks import CASE ITEM FILE"
        + ("\nThe sheets show people. Destroy them when you are done." if made.sheets else "")
    )
    return Answer(document, text)


def _import(options: argparse.Namespace) -> Answer:
    from witnessmark.case.track_decisions import import_decisions

    with open_named_case(options) as case:
        item = case.item_by_code(options.item)
        made = import_decisions(case, item, options.file)
    redaction = made.redaction
    document = {
        "confirmed": made.confirmed,
        "rejected": made.rejected,
        "cleared": made.cleared,
        "added": made.added,
        "tracks": len(redaction.tracks),
        "unconfirmed": len(redaction.unconfirmed),
        "uncovered": [stretch.to_json() for stretch in redaction.uncovered],
    }
    text = (
        f"{made.confirmed} confirmed, {made.rejected} rejected, {made.added} drawn by hand, {made.cleared} cleared. "
        f"Still open: {plural(len(redaction.unconfirmed), 'track')}, "
        f"{plural(len(redaction.uncovered), 'stretch', 'stretches')}."
    )
    return Answer(document, text)
