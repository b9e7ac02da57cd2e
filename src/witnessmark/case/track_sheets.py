"""Lay proposed tracks out for a person to decide on, without the desk: a list, and contact sheets if asked for.

Clear pictures on a disk are against a rule of this house (docs/adr/0010). So the list comes without pictures; sheets
are made only on an explicit word with a reason, hold small grey cuttings and nothing else of the footage, and the
custody log says who asked, why, and how many.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from witnessmark.case.case import Case
from witnessmark.case.redacting import needed_redaction, run_on_object
from witnessmark.case.redaction_task import THUMBNAIL_TASK
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.model.codes import short_code
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.doubts import Stretch
from witnessmark.model.errors import CheckFailedError, UsageError
from witnessmark.model.recording import Item
from witnessmark.model.redaction import Track, TrackState
from witnessmark.model.redaction_record import Redaction
from witnessmark.protect.cuttings import GREY, SIDE_PX

SCHEMA = "witnessmark/tracks/1"
LIST, TABLE = "tracks.json", "tracks.csv"
CONFIRM, REJECT, CLEAR = "confirm", "reject", "clear"
"""The words of the column *decision*; empty: nobody has decided."""
COLUMNS = (
    *("id", "row", "sheet", "what", "first_s", "last_s", "first_picture", "last_picture"),
    *("confidence", "doubt", "decision", "note"),
)
PER_TRACK = 6
ROWS_PER_SHEET = 12
LABEL_PX = 150
MOST_CUTTINGS = 60_000


@dataclass(frozen=True, slots=True)
class Exported:
    folder: Path
    tracks: int
    stretches: int
    sheets: int


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    subject: Track | Stretch
    places: tuple[tuple[int, int, int, int, int], ...]


def export(
    case: Case,
    item: Item,
    folder: Path,
    *,
    clear_pictures: bool = False,
    reason: str = "",
    accept_unsandboxed: bool = False,
) -> Exported:
    """Write ``tracks.json`` and ``tracks.csv`` into a new folder; with ``clear_pictures`` contact sheets too.

    Raises UsageError where the folder is not empty, or pictures are asked for without a reason.
    """
    case.require_writable()
    redaction = needed_redaction(case, item)
    if clear_pictures and not reason.strip():
        raise UsageError(
            "pictures leave the case in clear, and nobody says why",
            "add --reason TEXT; it stands in the custody log",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("the folder to export to is not empty", "name a folder that does not exist yet")
    rows = _rows(redaction)
    cuttings: list[bytes] = []
    if clear_pictures:
        cuttings = _cuttings(case, item, redaction.stream, rows, accept_unsandboxed)
    said = {
        "item": item.item_id,
        "redaction": redaction.digest,
        "pictures": len(cuttings),
        "tracks": len(redaction.tracks),
        "reason": reason.strip() or "decisions without pictures",
    }
    # first the line in the log, then the files: a picture that nobody logged must not exist
    case.ledger.append([CustodyEvent("tracks.exported", private=said)])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    document = {
        "schema": SCHEMA,
        "item": short_code(item.item_id),
        "redaction": redaction.digest,
        "width_px": redaction.width_px,
        "height_px": redaction.height_px,
        "tracks": [track.to_json() for track in redaction.tracks],
        "stretches": [stretch.to_json() for stretch in redaction.stretches],
        "add": [],
    }
    _write(folder / LIST, json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8"))
    _write(folder / TABLE, _table(redaction, rows).encode("utf-8"))
    sheets = _sheets(rows, cuttings) if clear_pictures else []
    for number, sheet in enumerate(sheets):
        _write(folder / f"sheet-{number + 1:03}.png", sheet)
    return Exported(folder, len(redaction.tracks), len(redaction.stretches), len(sheets))


def _write(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)


def _rows(redaction: Redaction) -> list[_Row]:
    rows = []
    for number, track in enumerate(redaction.tracks):
        steps = [track.first + (track.last - track.first) * k // (PER_TRACK - 1) for k in range(PER_TRACK)]
        places = []
        for ordinal in dict.fromkeys(steps):
            box = track.box_at(ordinal)
            if box is not None:
                places.append((ordinal, *box.to_json()))
        rows.append(_Row(f"T{number + 1}", track, tuple((p[0], p[1], p[2], p[3], p[4]) for p in places)))
    for number, stretch in enumerate(redaction.stretches):
        whole = [0, 0, redaction.width_px, redaction.height_px]
        left, top, right, bottom = stretch.box.to_json() if stretch.box else whole
        middle = (stretch.first + stretch.last) // 2
        ordinals = dict.fromkeys((stretch.first, middle, stretch.last))
        rows.append(_Row(f"S{number + 1}", stretch, tuple((o, left, top, right, bottom) for o in ordinals)))
    return sorted(
        rows, key=lambda row: _decided(row.subject) != ""
    )  # what is open comes first, on the first sheets


def _decided(subject: Track | Stretch) -> str:
    """The word that would decide it as it is decided; empty where it is open."""
    if isinstance(subject, Stretch):
        return CLEAR if subject.cleared else ""
    return {TrackState.CONFIRMED: CONFIRM, TrackState.REJECTED: REJECT}.get(subject.state, "")


def _table(redaction: Redaction, rows: Sequence[_Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for place, row in enumerate(rows):
        subject = row.subject
        first, last = subject.first, subject.last
        step_s = redaction.length_ms / 1000 / max(1, redaction.pictures)
        writer.writerow(
            [
                subject.track_id if isinstance(subject, Track) else subject.stretch_id,
                row.label,
                place // ROWS_PER_SHEET + 1,
                str(subject.what) if isinstance(subject, Track) else "stretch",
                f"{first * step_s:.2f}",
                f"{last * step_s:.2f}",
                first,
                last,
                f"{max(key.confidence for key in subject.keys):.2f}" if isinstance(subject, Track) else "",
                "" if isinstance(subject, Track) else str(subject.doubt),
                _decided(subject),
                subject.note if isinstance(subject, Track) else "",
            ]
        )
    return out.getvalue()


def _cuttings(
    case: Case, item: Item, stream: int, rows: Sequence[_Row], accept_unsandboxed: bool
) -> list[bytes]:
    """One grey cutting for each place of each row, made in the jail: fixed sizes, nothing to be parsed."""
    places = [place for row in rows for place in row.places]
    if len(places) > MOST_CUTTINGS:
        raise UsageError("there are too many tracks for contact sheets", "redact shorter spans")
    order = sorted(range(len(places)), key=lambda n: places[n][0])
    size = SIDE_PX * SIDE_PX
    data = bytearray()

    def on_blob(name: str, piece: bytes, is_last: bool) -> None:
        if name != "thumbnails" or len(data) + len(piece) > size * len(places):
            raise ProtocolBroken("cuttings that were not asked for")
        data.extend(piece)

    def on_record(record: dict[str, object]) -> None:
        raise ProtocolBroken("a record where none was asked for")

    run_on_object(
        case,
        item.object_name,
        item.size_bytes,
        THUMBNAIL_TASK,
        {"places": [places[n] for n in order], "stream": stream},
        on_record,
        on_blob,
        accept_unsandboxed,
    )
    if len(data) != size * len(places):
        raise CheckFailedError("the contact sheets could not be made", "run it again with --debug")
    made = [b""] * len(places)
    for k, n in enumerate(order):
        made[n] = bytes(data[k * size : (k + 1) * size])
    return made


def _sheets(rows: Sequence[_Row], cuttings: Sequence[bytes]) -> list[bytes]:
    """PNG sheets of ROWS_PER_SHEET rows: the label and the cuttings of one track or stretch."""
    from PIL import Image, ImageDraw, ImageFont

    sheets = []
    at = 0
    font = ImageFont.load_default(14)
    for start in range(0, len(rows), ROWS_PER_SHEET):
        part = rows[start : start + ROWS_PER_SHEET]
        image = Image.new("L", (LABEL_PX + PER_TRACK * SIDE_PX, len(part) * SIDE_PX), GREY)
        draw = ImageDraw.Draw(image)
        for line, row in enumerate(part):
            subject = row.subject
            words = str(subject.what) if isinstance(subject, Track) else str(subject.doubt)
            text = f"{row.label}\n{words}\n{subject.first} - {subject.last}"
            draw.text((6, line * SIDE_PX + 6), text, fill=255, font=font)
            for column, _ in enumerate(row.places):
                cutting = Image.frombytes("L", (SIDE_PX, SIDE_PX), cuttings[at])
                image.paste(cutting, (LABEL_PX + column * SIDE_PX, line * SIDE_PX))
                at += 1
        out = io.BytesIO()
        image.save(out, "PNG")
        sheets.append(out.getvalue())
    return sheets
