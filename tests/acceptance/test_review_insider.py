"""An insider with a passphrase edits the database, the folder and the log: what no row digest can see, the audit must.

Whoever may open a case has the key of its row digests. What holds an insider is the log: signed by name, only growing.
Each attack here is made with the case's own means and leaves every digest right.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.corpus.clips import make_clip
from tests.support.examined import stream_copy
from tests.support.terminal import PASSPHRASE, Terminal
from witnessmark.case import wiring
from witnessmark.case.auditing import audit
from witnessmark.case.case import Case
from witnessmark.case.key_keeping import erase, set_hold
from witnessmark.case.receiving import receive
from witnessmark.ground.catalogue.catalogue import Catalogue  # noqa: F401 - configures Django
from witnessmark.ground.catalogue.models import DerivativeRow, FindingRow, ItemRow, OccurrenceRow, SealRow
from witnessmark.ground.catalogue.tables.examination import FINDING
from witnessmark.ground.vault.keyring import Keyring
from witnessmark.ground.vault.keys import open_keyring
from witnessmark.model.custody import CustodyEvent, Stamp
from witnessmark.model.records import ItemState

SECOND = "the other passphrase"


@dataclasses.dataclass(frozen=True)
class Insiders:
    case: Path
    founder: Keyring
    second: Keyring


@pytest.fixture(scope="module")
def insiders(tmp_path_factory: pytest.TempPathFactory) -> Insiders:
    """A case with two people, a clip and its copy in another container, a text, and all that examining leaves."""
    folder = tmp_path_factory.mktemp("insiders")
    terminal, case, disk = Terminal(folder), folder / "case", folder / "disk"
    disk.mkdir()
    make_clip(disk / "a.mp4", seconds=1, size=(96, 64), seed=1)
    (disk / "b.mkv").write_bytes(stream_copy((disk / "a.mp4").read_bytes(), "matroska"))
    (disk / "n.txt").write_text("a text\n" * 40)
    (folder / "other").write_text(SECOND + "\n")
    terminal.run("new", case, "--name", "insiders", "--shares", folder / "shares")
    terminal.run("receive", case, disk)
    terminal.run("examine", case)
    (folder / "facilities.csv").write_text("code,name\nF-1,The place\n")
    terminal.run("facility", "import", case, folder / "facilities.csv")
    terminal.run("key", "add", case, "second", "--new-passphrase-file", folder / "other")
    return Insiders(case, open_keyring(case, PASSPHRASE, "founder"), open_keyring(case, SECOND, "second"))


@pytest.fixture
def opened(insiders: Insiders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """A copy of the case at work for the founder; passphrases are stretched once for the module."""
    shutil.copytree(insiders.case, tmp_path / "case")
    monkeypatch.setattr(wiring, "open_keyring", lambda *_: insiders.founder)
    case = wiring.open_case(tmp_path / "case", PASSPHRASE)
    wiring.adopt(case, "a test")
    case.close()
    with wiring.open_case(tmp_path / "case", PASSPHRASE) as case:
        yield case


def places(case: Case) -> str:
    return "\n".join(f"{p.where}: {p.what}" for p in audit(case).problems)


def marks_an_item_erased(case: Case) -> None:
    item = case.catalogue.items()[0]
    case.catalogue.set_item_state(item.item_id, ItemState.ERASED)
    case.store.remove(item.object_name)


def erases_alone(case: Case) -> None:
    item = case.catalogue.items()[0]
    case.catalogue.erase_item(item.item_id)
    case.store.remove(item.object_name)
    proposer = next(p.person_id for p in case.keyring.people if p.person_id != case.keyring.person_id)
    said = {"item": item.item_id, "reason": "none", "proposed_by": proposer}
    case.ledger.append([CustodyEvent("item.erased", private=said)])


def takes_findings_away(case: Case) -> None:
    rows = case.catalogue.rows
    with case.catalogue.transaction():
        rows.remove(list(rows.locked(FindingRow).order_by("pk"))[:3])


def takes_a_seal_away(case: Case) -> None:
    rows = case.catalogue.rows
    with case.catalogue.transaction():
        rows.remove(list(rows.locked(SealRow).order_by("pk"))[:1])


def takes_derivatives_away(case: Case) -> None:
    rows = case.catalogue.rows
    with case.catalogue.transaction():
        made = list(rows.locked(DerivativeRow).order_by("pk"))
        rows.remove(made)
    for name in {row.object_name for row in made}:
        case.store.remove(name)


def exchanges_a_derivative(case: Case) -> None:
    draft = case.store.begin()
    draft.write(b"other pictures")
    digest = hashlib.sha256(b"other pictures").digest()
    made = case.catalogue.derivatives()[0]
    stored = draft.commit(digest)
    case.catalogue.add_derivative(
        dataclasses.replace(made, object_name=stored.name, sha256=digest, size_bytes=14)
    )


def receives_an_item_again(case: Case) -> None:
    """Other content under the same item, with a leaf that says so."""
    item, content = case.catalogue.items()[0], b"forged content"
    draft = case.store.begin()
    draft.write(content)
    digest = hashlib.sha256(content).digest()
    stored = draft.commit(digest)
    said = {"item": item.item_id, "sha256": digest.hex(), "occurrence": "none", "name_sha256": "none"}
    rows = case.catalogue.rows
    with case.catalogue.transaction():
        row = rows.locked(ItemRow, pk=item.item_id).first()
        assert row is not None
        rows.change(row, sha256=digest, size_bytes=len(content), object_name=stored.name)
        case.ledger.append([CustodyEvent("item.received", private=said)])
    case.store.remove(item.object_name)


def rewrites_a_finding(case: Case) -> None:
    """The statement of a finding, with a second leaf that gives the new digest."""
    finding = case.catalogue.findings()[0]
    core = dataclasses.replace(finding.core, statement="Nothing was found.")
    document = FINDING.dump(dataclasses.replace(finding, core=core).to_json())
    said = {
        "item": finding.item_id,
        "attempt": "none",
        "findings": {core.examiner: [finding.finding_id]},
        "cores": {finding.finding_id: core.core_digest},
    }
    rows = case.catalogue.rows
    with case.catalogue.transaction():
        row = rows.locked(FindingRow, pk=finding.finding_id).first()
        assert row is not None
        rows.change(row, document=document)
        case.ledger.append([CustodyEvent("examination.done", private=said)])


def exchanges_names(case: Case) -> None:
    rows = case.catalogue.rows
    with case.catalogue.transaction():
        one, other = list(rows.locked(OccurrenceRow).order_by("pk"))[:2]
        rows.change(one, sealed=bytes(other.sealed))


def exchanges_the_annex(case: Case) -> None:
    case.catalogue.set_receipt_annex(case.catalogue.receipts()[0].receipt_id, b"other names")


def adds_a_receipt(case: Case) -> None:
    folder = case.folder / "receipts"
    content = next(folder.glob("*.json")).read_bytes()
    (folder / "11111111-1111-4111-8111-111111111111.json").write_bytes(content)


def lifts_a_hold_in_the_table(case: Case) -> None:
    set_hold(case, None, "a court's order")
    case.catalogue.set_setting("hold:case", "")


def signs_as_nobody(case: Case) -> None:
    """With the recovery key, which everybody in the case can derive."""
    lifted = CustodyEvent("hold.lifted", private={"reason": "nobody did this"})
    wiring.recovery_ledger(case).append([lifted])


def empties_a_leaf(case: Case) -> None:
    done = next(leaf.index for leaf in case.ledger.events() if leaf.kind == "examination.done")
    case.ledger.erase(done, "none")


def rewords_a_statement(case: Case) -> None:
    (facility,) = case.catalogue.facilities()
    case.catalogue.save_facilities([dataclasses.replace(facility, name="Another place")])


def adds_a_stamp(case: Case) -> None:
    note = case.ledger.checkpoint()
    size = case.ledger.size()
    stamp = Stamp("s", "custody", size, note, "rfc3161", "anchored", token=b"x", authority="me", time="2020")
    case.catalogue.save_stamp(stamp)


ATTACKS: dict[Callable[[Case], None], str] = {
    marks_an_item_erased: "its content is gone, and the custody log says nothing of it",
    erases_alone: "no second person had proposed",
    takes_findings_away: "finding",
    takes_a_seal_away: "seal of item",
    takes_derivatives_away: "derivative of item",
    exchanges_a_derivative: "derivative of item",
    receives_an_item_again: "had been received before",
    rewrites_a_finding: "says something else of a finding",
    exchanges_names: "occurrence",
    exchanges_the_annex: "sealed annex",
    adds_a_receipt: "receipt 11111111",
    lifts_a_hold_in_the_table: "holds",
    signs_as_nobody: "recovery key",
    empties_a_leaf: "ledger payload",
    rewords_a_statement: "facility F-1",
    adds_a_stamp: "the log does not speak of this answer",
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_an_insiders_change_is_named(opened: Case, attack: Callable[[Case], None]) -> None:
    """An insider who can make every row digest right would otherwise change a case without a trace."""
    assert places(opened) == ""
    attack(opened)
    assert ATTACKS[attack] in places(opened)


def test_an_earlier_state_is_audited_by_what_was_said_by_then(opened: Case) -> None:
    """`audit --as-of` that calls everything received later a forgery would be of no use to a court."""
    for size in (1, 3, opened.ledger.size() - 1):
        assert audit(opened, as_of=size).problems == ()


def test_erasing_an_item_leaves_what_another_needs(
    opened: Case, insiders: Insiders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files with the same pictures share one shield: erasing the one must not damage the other."""
    shields = {d.object_name for d in opened.catalogue.derivatives()}
    videos = [h.item for h in opened.catalogue.held_items() if str(h.item.media_type) == "video"]
    assert (len(videos), len(shields)) == (2, 1)
    assert erase(opened, videos[0], "a mistake").state == "proposed"
    monkeypatch.setattr(wiring, "open_keyring", lambda *_: insiders.second)
    with wiring.open_case(opened.folder, SECOND) as other:
        assert erase(other, videos[0], "a mistake").state == "erased"
        assert places(other) == ""
        assert other.store.has(shields.pop())
        assert not other.store.has(videos[0].object_name)


def test_who_is_at_work_meanwhile_is_no_intruder(opened: Case, tmp_path: Path) -> None:
    """An audit of a large case takes hours: what is received in that time must not be called a forgery."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "later.txt").write_text("received during the audit\n" * 9)
    waiting = [bytes(disk)]

    def meanwhile(*_: int) -> None:
        if waiting:
            receive(opened, [waiting.pop()])

    assert audit(opened, workers=1, on_progress=meanwhile).problems == ()
    assert waiting == []
    assert places(opened) == ""
