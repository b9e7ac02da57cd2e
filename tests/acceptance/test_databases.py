"""One leak on both databases: a case on SQLCipher and one on PostgreSQL say the same."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.corpus.clips import make_clip
from tests.corpus.encodings import decoded, encode, x264
from tests.support.standing import Standing, unsound
from tests.support.terminal import Terminal
from witnessmark.case.wiring import open_case

TABLES = Path(__file__).resolve().parents[2] / "src" / "witnessmark" / "case" / "demo_data"
"""The statements of the worked example."""
RANDOM = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "FINGERPRINT"),
    (re.compile(r"[A-Za-z0-9+/]{43}="), "ROOT"),
    (re.compile(r"begun with [\d,]+ filler days"), "begun with FILLER days"),
    (re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00| UTC)?"), "TIME"),
    (re.compile(r"\b\d{1,2} [A-Z][a-z]+ 20\d\d, \d\d:\d\d:\d\d UTC"), "TIME"),
)
"""What is random or of the hour in a report: ids, the fingerprint of the log, roots, times. Item codes (the first
eight digits of random ids) are replaced by what each stands for, so that an exchange of two items would still show."""
ITEMS_IN_A_ROW = re.compile(r"item-[0-9a-f]{12}-(?:\s+item-[0-9a-f]{12}-)+")
"""A report lists items by their random codes: here they are put in the order of what they stand for."""


def normalised(report: str, codes: dict[str, str]) -> list[str]:
    """The lines of a report, those of items in whatever order, each without what is random in it."""
    text = html.unescape(report)
    for code, digest in codes.items():
        text = re.sub(rf"\b{code}", f"item-{digest}-", text)
    for pattern, word in RANDOM:
        text = pattern.sub(word, text)
    text = ITEMS_IN_A_ROW.sub(lambda found: " ".join(sorted(found[0].split())), text)
    return sorted(text.splitlines())


def make_leak(folder: Path) -> Path:
    folder.mkdir()
    for number, (suffix, codec) in enumerate([("mp4", "libx264"), ("avi", "mpeg4"), ("mkv", "libx264")]):
        make_clip(
            folder / f"clip-{number}.{suffix}", seconds=1.5, size=(128, 96), codec=codec, seed=number + 1
        )
    make_clip(folder / "long.mp4", seconds=5, size=(192, 144), seed=5, style="pan", speed=2.0, audio=False)
    sent = replace(x264(28, 0, preset="veryfast", steady=True), side=0.5)
    encode(decoded(folder / "long.mp4"), folder / "sent", sent, 25)
    (folder / "same.mp4").write_bytes((folder / "clip-0.mp4").read_bytes())
    (folder / "letter.txt").write_text("To whom it may concern\n" * 20)
    (folder / "empty").touch()
    return folder


@pytest.mark.postgres
def test_both_databases_give_the_same_case(postgres_url: str, tmp_path: Path) -> None:
    """Findings and reports must not depend on where rows are kept, or one of two offices has the wrong ones."""
    leak, terminal = make_leak(tmp_path / "leak"), Terminal(tmp_path)
    standings, reports, relations = [], [], []
    for name, words in (("embedded", ()), ("server", ("--database", postgres_url))):
        case = tmp_path / name
        terminal.run("new", case, "--name", "the same", "--shares", tmp_path / f"shares-{name}", *words)
        terminal.run("receive", case, leak)
        terminal.run("examine", case, "--workers", 1)
        terminal.run("compare", case)
        for verb, table in (("facility", "facilities"), ("claim", "claims"), ("response", "responses")):
            terminal.run(verb, "import", case, TABLES / f"{table}.csv")
        terminal.run("report", case, "--out", tmp_path / f"{name}.html")
        with open_case(case, terminal.passphrase) as opened:
            standings.append(Standing.of(opened))
            items = opened.catalogue.items()
            codes = {i.item_id[:8]: i.sha256.hex()[:12] for i in items}
            relations.append(
                [
                    h.relation.named({i.item_id: codes[i.item_id[:8]] for i in items})
                    for h in opened.catalogue.relations()
                ]
            )
            codes |= {r.receipt_id[:8]: "receipt" for r in opened.catalogue.receipts()}
            assert unsound(opened) == []
        reports.append(normalised((tmp_path / f"{name}.html").read_text(), codes))
        assert terminal.run("audit", case).document["ok"]
    embedded, server = standings
    assert embedded.cores
    differing = {d for d in embedded.cores if embedded.cores[d] != server.cores[d]}
    assert differing == set()
    assert embedded == server
    assert len(relations[0]) == 1
    assert relations[0] == relations[1]
    assert len(reports[0]) > 100
    assert reports[0] == reports[1]
