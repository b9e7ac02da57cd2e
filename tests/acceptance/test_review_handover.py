"""What a hand-over says of what is *not* handed over: other items, other recipients, how much is held."""

from __future__ import annotations

import io
import json
import re
import tarfile
from pathlib import Path

import pytest

from tests.corpus.clips import make_clip
from tests.support.terminal import PASSPHRASE
from witnessmark.case import wiring
from witnessmark.case.case import Case
from witnessmark.case.contradictions import contradictions
from witnessmark.case.examining import examine
from witnessmark.case.handing_over import hand_over
from witnessmark.case.receiving import receive
from witnessmark.ground.vault import age
from witnessmark.model.contradictions import Source
from witnessmark.model.recording import Item

PLACES = {"court": "the court", "un": "the commission", "newsroom": "the paper"}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Two texts; one has been handed to somebody before."""
    folder = tmp_path_factory.mktemp("handover")
    disk = folder / "disk"
    disk.mkdir()
    (disk / "one.txt").write_text("one text\n" * 40)
    (disk / "two.txt").write_text("another text\n" * 77)
    case = wiring.create_case(folder / "case", "handover", PASSPHRASE).case
    receive(case, [bytes(disk)])
    bag(case, "court", case.catalogue.items()[1:], folder, "SECRET PURPOSE")
    return case


def bag(case: Case, profile: str, items: tuple[Item, ...], folder: Path, purpose: str) -> dict[str, bytes]:
    """Files of an opened bag, by path below its folder."""
    identity = age.new_identity()
    recipient = folder / "recipient.txt"
    recipient.write_text(age.recipient_of(identity) + "\n")
    target = folder / f"{profile}-{len(items)}-{purpose[:3]}.tar.age"
    hand_over(case, recipient, purpose, target, items=items, profile=profile)
    with tarfile.open(fileobj=io.BytesIO(age.decrypt(target.read_bytes(), [identity]))) as tar:
        files = {member.name.split("/", 1)[1]: tar.extractfile(member) for member in tar if member.isfile()}
        return {name: file.read() for name, file in files.items() if file is not None}


@pytest.mark.parametrize("profile", PLACES)
def test_a_part_of_a_case_says_nothing_of_the_rest(case: Case, profile: str, tmp_path: Path) -> None:
    """Who is given one clip would otherwise read the digests, sizes and times of all that is held, and who got it."""
    one, other = case.catalogue.items()
    files = bag(case, profile, (one,), tmp_path, PLACES[profile])
    everything = b"\n".join(files.values())
    assert one.sha256.hex().encode() in everything
    for telling in (
        other.sha256.hex(),
        other.item_id,
        other.item_id.replace("-", "")[:8],
        f"{other.size_bytes:,}",
        "SECRET PURPOSE",
    ):
        assert telling.encode() not in everything, (
            telling,
            [n for n, b in files.items() if telling.encode() in b],
        )
    if profile == "newsroom":
        assert not {name for name in files if "premis" in name or "opening" in name}
    else:
        commitments = json.loads(files["data/opening.json"])["items"][0]["commitments"]
        assert len(commitments) == 1


def test_a_court_that_is_given_all_can_check_the_whole_log(case: Case, tmp_path: Path) -> None:
    """A part of the log proves nothing about what is not in it: a court that gets the case gets all its leaves."""
    files = bag(case, "court", (), tmp_path, "trial")
    rows = json.loads(files["data/opening.json"])["custody"]
    assert len(rows) and all(row["private"] for row in rows)
    assert len(re.findall(rb"<premis:event>", files["data/premis.xml"])) == len(rows)
    assert {"data/report.html", "data/report.pdf"} <= files.keys()


def test_a_court_that_is_given_a_part_can_still_rebuild_the_tree(case: Case, tmp_path: Path) -> None:
    """The hashes of all leaves are there, the content only of those that speak of what was handed over."""
    one, _ = case.catalogue.items()
    rows = json.loads(bag(case, "court", (one,), tmp_path, "part")["data/opening.json"])["custody"]
    assert [bytes.fromhex(row["leaf_hash"]) for row in rows] == [
        leaf.leaf_hash for leaf in case.ledger.events(0, len(rows))
    ]
    opened = [row for row in rows if "private" in row]
    assert opened and all(row["private"]["data"]["item"] == one.item_id for row in opened)


@pytest.mark.parametrize("profile", PLACES)
def test_what_a_name_says_stays_with_the_sender(named: Case, profile: str, tmp_path: Path) -> None:
    """A date and a messenger out of an original name would point at a phone, though the name itself is sealed."""
    rows = contradictions(named)
    assert any(Source.FILE_NAME in (row.first.source, row.second.source) for row in rows)
    everything = b"\n".join(bag(named, profile, (), tmp_path, PLACES[profile]).values()).lower()
    for telling in (b"2019-03-01", b"whatsapp", b"wa0004"):
        assert telling not in everything


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A recording whose original name is that of a messenger, and which states another date."""
    folder = tmp_path_factory.mktemp("named")
    disk = folder / "disk"
    disk.mkdir()
    clip = make_clip(disk / "VID-20190301-WA0004.mp4", seconds=1.0, size=(128, 96), seed=5)
    assert clip.path.is_file()
    case = wiring.create_case(folder / "case", "named", PASSPHRASE).case
    receive(case, [bytes(disk)])
    examine(case)
    return case
