"""What names say and what is written beside a clock: in tables and on request, and nowhere in clear.

The same clip serves for the offset of its clock, read by the real methods in the jail.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgres import Server
from witnessmark.case import overlay_texts
from witnessmark.case.case import Case
from witnessmark.case.contradictions import contradictions
from witnessmark.case.examining import examine
from witnessmark.case.inspecting import inspect_files
from witnessmark.case.listing import list_items
from witnessmark.case.receiving import receive
from witnessmark.case.reporting import write_report
from witnessmark.case.wiring import create_case, open_case
from witnessmark.cli.verb import items
from witnessmark.model.contradictions import Source, Subject, Verdict
from witnessmark.model.errors import KeyAccessError, UsageError

NAME = "Petrov_20190706_112233.mp4"
"""A date that stands nowhere else, so that it would be found."""
NUMBER = "47110815"
"""Long enough that no hash or ciphertext holds it by chance."""
UNIT = f"UNIT {NUMBER}"
BEGIN = datetime(2020, 2, 18, 14, 3, 55)  # noqa: DTZ001 - a wall clock
FRAMES, RATE = 40, Fraction(10)
PASSPHRASE = "correct horse battery staple"
METHODS = ("clock", "metadata", "offset")


def clip_with_clock(target: Path) -> None:
    """Six seconds of a moving ramp with a clock at UTC+4 and a unit number, its container date in UTC."""
    import numpy as np

    from witnessmark.case.demo.overlay import draw
    from witnessmark.ground.media.workshop import Recipe, write_movie

    width, height = 512, 288
    ramp = np.add.outer(np.arange(height), np.arange(width)) % 180 + 30
    pictures = []
    for number in range(FRAMES):
        planes = np.full((height * 3 // 2, width), 128, np.uint8)
        planes[:height] = np.roll(ramp, 3 * number, axis=1)
        shown = BEGIN + timedelta(seconds=number / float(RATE))
        pictures.append(draw(planes, f"{shown:%d.%m.%Y %H:%M:%S} {UNIT}"))
    tags = {"creation_time": "2020-02-18T10:03:55+00:00"}
    write_movie(target, pictures, Recipe(RATE, tags=tags))


@dataclass
class Held:
    """A case with the clip, on one kind of database."""

    case: Case
    everything: str
    """All that lies in the case's folder and database, as text: what somebody reads who has no key."""


def made(folder: Path, disk: Path, database: str | None = None) -> Case:
    case = create_case(folder / "case", "sayings", PASSPHRASE, database=database).case
    receive(case, [str(disk).encode()])
    examine(case, examiners=METHODS)
    return case


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("disk")
    clip_with_clock(folder / NAME)
    return folder


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, disk: Path) -> Iterator[Held]:
    with made(tmp_path_factory.mktemp("embedded"), disk) as case:
        files = sorted(path for path in case.folder.rglob("*") if path.is_file())
        yield Held(case, "".join(path.read_bytes().decode("latin-1") for path in files))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, disk: Path, postgres_server: Server) -> Iterator[Held]:
    import psycopg

    name = postgres_server.create_database()
    with made(tmp_path_factory.mktemp("server"), disk, postgres_server.url(name)) as case:
        with psycopg.connect(postgres_server.url(name)) as connection:
            named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            tables = [str(row[0]) for row in connection.execute(named).fetchall()]
        rows = postgres_server.rows(name, tables)
        assert rows["feature"] and rows["sealed_field"]
        yield Held(case, "".join(_text(value) for t in rows.values() for row in t for value in row))
    postgres_server.drop_database(name)


def _text(value: object) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)


def assert_nothing_in_clear(held: Held) -> None:
    for telling in ("Petrov", "2019-07-06", "20190706", UNIT, NUMBER, "year_first"):
        assert telling not in held.everything, f"{telling} stands in clear"


def assert_said_on_request(held: Held) -> None:
    (item,) = held.case.catalogue.items()
    assert not {"texts", "names"} & list_items(held.case)[0].keys()
    assert any(NUMBER in text.text for text in overlay_texts.open_texts(held.case, item))
    rows = contradictions(held.case)
    verdicts = {
        row.verdict
        for row in rows
        if (row.first.source, row.second.source) == (Source.CLOCK, Source.FILE_NAME)
        and row.subject is Subject.DATE_TIME
    }
    assert verdicts == {Verdict.CANNOT_BOTH_HOLD}
    told = json.dumps([row.to_json() for row in rows])
    told += json.dumps([f.to_json() for f in held.case.catalogue.findings()])
    assert "2019-07-06 11:22:33" in told
    assert not any(telling in told for telling in ("Petrov", UNIT, NUMBER))


def test_on_a_database_of_ones_own(embedded: Held) -> None:
    """A lost laptop must not tell whose cell was filmed."""
    assert_nothing_in_clear(embedded)
    assert_said_on_request(embedded)


@pytest.mark.postgres
def test_on_a_database_that_somebody_else_runs(server: Held) -> None:
    """Whoever runs the server reads its rows: neither the name's date nor the unit number may be among them."""
    assert_nothing_in_clear(server)
    assert_said_on_request(server)


def test_the_offset_names_saratov_and_alone_it_says_the_same(embedded: Held, disk: Path) -> None:
    """The other side runs one method on one file: another core there would discredit the report."""
    found = [f.core for f in embedded.case.catalogue.findings() if f.core.kind == "clock.offset"]
    (alone,) = inspect_files([disk / NAME], examiners=["offset"])
    assert [core.core_digest for core in found] == [f.core.core_digest for f in alone.findings]
    (core,) = found
    zones = core.measurements["zones"].value
    assert isinstance(zones, tuple) and "Europe/Saratov" in zones and "Europe/Moscow" not in zones
    assert "Europe/Moscow (+3 h)" in core.statement and "Also explained by" in core.statement


def opened(case: Case) -> int:
    return sum(leaf.kind == "texts.opened" for leaf in case.ledger.events())


def test_opening_texts_is_logged_and_needs_the_right(embedded: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looked at what must be known afterwards; who may not, leaves no line that says they did."""
    case = embedded.case
    (item,) = case.catalogue.items()
    before = opened(case)
    assert overlay_texts.open_texts(case, item)
    assert opened(case) == before + 1

    def refused(keyring: Any) -> tuple[str, ...]:
        raise KeyAccessError("this person may not open original names", "ask another one")

    monkeypatch.setattr(type(case.keyring), "names_identities", refused)
    with pytest.raises(KeyAccessError):
        overlay_texts.open_texts(case, item)
    assert opened(case) == before + 1


def test_the_command_opens_the_texts_of_one_item_and_not_of_all(
    embedded: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request, one item, one line in the log."""
    (item,) = embedded.case.catalogue.items()
    asked = Namespace(
        names=False, texts=True, to_watch=False, item=item.item_id[:8], case=embedded.case.folder
    )
    monkeypatch.setattr(items, "open_named_case", lambda _: open_case(embedded.case.folder, PASSPHRASE))
    answer = items.run(asked)
    assert any(NUMBER in text["text"] for text in answer.document["items"][0]["texts"])
    assert NUMBER in answer.text
    with pytest.raises(UsageError):
        items.run(Namespace(names=False, texts=True, to_watch=False, item=None))


def test_the_report_prints_the_reading_and_not_the_name(embedded: Held, tmp_path: Path) -> None:
    """Reports are given away."""
    (item,) = embedded.case.catalogue.items()
    write_report(embedded.case, tmp_path / "report.html", item=item)
    report = (tmp_path / "report.html").read_text()
    assert "2019-07-06 11:22:33" in report and "Europe/Saratov" in report
    assert "Petrov" not in report and NUMBER not in report


def test_names_received_before_they_were_read_are_read_when_they_are_opened(embedded: Held) -> None:
    """A case of an earlier version must not stay without a source for ever."""
    from witnessmark.ground.catalogue.models import SealedFieldRow

    case = embedded.case
    (field,) = case.catalogue.sealed_fields_named("name.readings")
    with case.catalogue.transaction():
        rows = case.catalogue.rows
        rows.remove(list(rows.locked(SealedFieldRow, name="name.readings").order_by("pk")))
    assert not case.catalogue.sealed_fields_named("name.readings")
    assert NAME in str(list_items(case, with_names=True))
    (again,) = case.catalogue.sealed_fields_named("name.readings")
    assert again.subject_id == field.subject_id


def test_erasing_an_item_takes_its_sealed_sayings_along(embedded: Held) -> None:
    """What was erased must not go on speaking."""
    catalogue = embedded.case.catalogue
    (item,) = catalogue.items()
    assert catalogue.sealed_fields(item.item_id) and catalogue.sealed_fields_named("name.readings")
    catalogue.erase_item(item.item_id)
    assert not catalogue.sealed_fields(item.item_id)
    assert not catalogue.sealed_fields_named("name.readings")
