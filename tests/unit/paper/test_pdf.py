"""Paper must not talk: about the machine, the hour, or to the network."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from witnessmark.ground.paper import html_to_pdf
from witnessmark.model.errors import UnusableInputError

CREATED = datetime(2021, 10, 5, 12, 0, 0, tzinfo=UTC)
PAGE = "<html lang=en><head><title>Квитанция</title></head>"
PAGE += "<body><h1>Receipt Ω</h1><table><tr><td>1</td></tr></table>"


def test_same_page_and_date_give_the_same_bytes_in_another_process_and_hour() -> None:
    """A receipt that cannot be re-made byte for byte cannot be compared with the one handed over."""
    script = (
        "import sys, time; from datetime import *; from witnessmark.ground.paper import html_to_pdf;"
        f"sys.stdout.buffer.write(html_to_pdf({PAGE!r}, created=datetime(2021,10,5,12,0,0,tzinfo=UTC)))"
    )
    environment = {"TZ": "Asia/Yekaterinburg", "PYTHONHASHSEED": "7", "PATH": "/usr/bin", "LANG": "C"}
    other = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env=environment, check=True
    ).stdout
    assert html_to_pdf(PAGE, created=CREATED) == other


def test_the_same_instant_in_another_zone_writes_the_same_date() -> None:
    """A date with an offset would tell where the desk stands."""
    saratov = CREATED.astimezone(timezone(timedelta(hours=4)))
    made = html_to_pdf(PAGE, created=saratov)
    assert (html_to_pdf(PAGE, created=CREATED) == made, b"D:20211005120000Z" in made) == (True, True)


def test_a_date_without_zone_is_refused() -> None:
    """A naive date would be read as local time."""
    with pytest.raises(ValueError, match="zone"):
        html_to_pdf(PAGE, created=datetime(2021, 10, 5, 12))  # noqa: DTZ001


def test_no_date_and_no_machine_strings() -> None:
    """PDF metadata would name the software versions and the hour of work."""
    made = html_to_pdf(PAGE, created=None)
    found = [
        word for word in (b"WeasyPrint", b"CreationDate", b"ModDate", b"Creator", b"/ID") if word in made
    ]
    assert found == []


@pytest.mark.parametrize(
    "body",
    [
        "<img src='file:///etc/hostname'>",
        "<img src='http://127.0.0.1:9/x.png'>",
        "<link rel=stylesheet href='https://example.org/a.css'>",
        "<style>@import url(ftp://example.org/a.css);</style>",
        "<style>@font-face{font-family:x;src:url(file:///etc/passwd)} body{font-family:x}</style>x",
    ],
)
def test_outside_resources_are_refused(body: str, tmp_path: Path) -> None:
    """A page that fetches tells a stranger that, and what, we are reading."""
    with pytest.raises(UnusableInputError):
        html_to_pdf(f"<html><body>{body}</body></html>", created=CREATED)


def test_data_urls_and_written_links_are_allowed() -> None:
    """Embedded pictures are the only way to show one; a link in the text fetches nothing."""
    dot = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/%3E"
    made = html_to_pdf(f'<img src="{dot}"><a href="https://example.org/">x</a>', created=CREATED)
    assert made[:5] == b"%PDF-"
