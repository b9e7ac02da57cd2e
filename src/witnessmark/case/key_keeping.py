"""Keys, backups, holds and erasure: each change of a case's keys or contents, with its leaf in the log."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from witnessmark.case import settings as case_settings
from witnessmark.case.case import Case
from witnessmark.ground.vault import keys
from witnessmark.ground.vault.backup import write_backup
from witnessmark.ground.vault.key_files import key_file_digests
from witnessmark.ground.vault.keyring import Keyring
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import CaseError, UsageError
from witnessmark.model.recording import Item
from witnessmark.model.records import ItemState

HOLD = "hold:"
PROPOSED = "erasure:"


def _log_keys(case: Case, keyring: Keyring, change: str) -> None:
    case.ledger.append([_keys_changed(case.folder, keyring, change)])


def _keys_changed(folder: Path, keyring: Keyring, change: str) -> CustodyEvent:
    """The leaf that commits to the key book and to every key file as they are from now on."""
    state = {"keys": keyring.state_digest.hex(), "key_files": key_file_digests(folder)}
    return CustodyEvent("keys.changed", private={"change": change, **state})


@contextmanager
def _changing_keys(case: Case) -> Iterator[None]:
    """Alone with the keys as they are now, and with every earlier change in the log."""
    with case.alone("keys"):
        # Somebody else may have changed them since this case was opened: writing an old key book back would
        # undo that, and let a person who was removed in again.
        case.keyring = keys.refreshed(case.folder, case.keyring)
        _complete_interrupted(case)
        yield


def _complete_interrupted(case: Case) -> None:
    """Log what an interrupted change did: key files are durable before the log can speak of them."""
    here = {p.person_id: p for p in case.keyring.people}
    known = {m.person_id: m for m in case.catalogue.persons() if m.removed_at is None}
    if here.keys() == known.keys():
        return
    people = case.folder / "keys" / "people"
    for person_id in known.keys() - here.keys():
        if any(people.glob(f"{person_id}.*")):
            case.keyring = keys.remove_person(case.folder, case.keyring, person_id)
    with case.catalogue.transaction():
        for person_id in sorted(here.keys() - known.keys()):
            case.catalogue.add_person(here[person_id].pseudonym, (), person_id=person_id)
            case.ledger.introduce(person_id, here[person_id].signing_public)
        for person_id in sorted(known.keys() - here.keys()):
            case.catalogue.remove_person(person_id)
            case.ledger.retire(person_id)
        _log_keys(case, case.keyring, "an interrupted change was completed")


def add_person(
    case: Case, pseudonym: str, passphrase: str, *, rights: Sequence[str], recipients: Sequence[str]
) -> str:
    """A further person with keys of their own; returns their id. The same again completes a change that stopped."""
    known = {m.person_id for m in case.catalogue.persons()}
    with _changing_keys(case):
        person = case.keyring.book.person(pseudonym)
        if person is not None and person.person_id not in known:
            return person.person_id  # made by the run that stopped, with the passphrase given then
        with case.catalogue.transaction():
            keyring, person = keys.add_person(
                case.folder,
                case.keyring,
                pseudonym,
                passphrase,
                rights=rights,
                extra_recipients=recipients,
            )
            case.catalogue.add_person(pseudonym, (), person_id=person.person_id)
            case.ledger.introduce(person.person_id, person.signing_public)
            _log_keys(case, keyring, f"{pseudonym} was added")
        case.keyring = keyring
    return person.person_id


def remove_person(case: Case, pseudonym: str) -> None:
    """Take a person's access to what comes; what they have read stays known to them."""
    known = {m.pseudonym for m in case.catalogue.persons() if m.removed_at is None}
    with _changing_keys(case):
        person = case.keyring.book.person(pseudonym)
        if person is None and pseudonym in known:
            return  # the run that stopped had removed them; the log says so now
        if person is None:
            raise UsageError("this person is not in the case", "`witnessmark person list CASE` shows who is")
        with case.catalogue.transaction():
            keyring = keys.remove_person(case.folder, case.keyring, pseudonym)
            case.catalogue.remove_person(person.person_id)
            case.ledger.retire(person.person_id)
            _log_keys(case, keyring, f"{pseudonym} was removed; a new vault period began")
        case.keyring = keyring


def rotate(case: Case) -> int:
    """Begin a new vault period; returns its number."""
    with _changing_keys(case):
        with case.catalogue.transaction():
            keyring = keys.rotate_epoch(case.folder, case.keyring)
            _log_keys(case, keyring, f"vault period {keyring.epoch} began")
        case.keyring = keyring
    return keyring.epoch


@dataclass(frozen=True, slots=True)
class BackedUp:
    path: Path
    size_bytes: int


def back_up(case: Case, target: Path) -> BackedUp:
    """An encrypted, consistent copy of the catalogue, and the key files beside it (themselves encrypted).

    Objects are copied with any tool: they are encrypted files that never change.
    """
    case.require_writable()
    if target.exists():
        raise UsageError("the backup's folder exists already", "name a new one")
    target.mkdir(parents=True, mode=0o700)
    case.ledger.append([CustodyEvent("case.backed_up")])
    with case.catalogue.snapshot() as reader:
        made = write_backup(target / "catalogue.db.age", reader, list(case.keyring.recipients))
    shutil.copytree(case.folder / "keys", target / "keys")
    shutil.copy2(case.folder / case_settings.FILE, target / case_settings.FILE)
    if (case.folder / case_settings.DATABASE).exists():
        shutil.copy2(case.folder / case_settings.DATABASE, target / case_settings.DATABASE)
    return BackedUp(target, made.ciphertext_bytes)


# -- hold and erase --------------------------------------------------------------------------------------------


def set_hold(case: Case, item: Item | None, reason: str) -> None:
    """Block erasure of an item, or of the whole case."""
    case.require_writable()
    with case.catalogue.transaction():
        case.catalogue.set_setting(HOLD + (item.item_id if item else "case"), reason)
        case.ledger.append([CustodyEvent("hold.set", private=_about(item, reason))])


def lift_hold(case: Case, item: Item | None, reason: str) -> None:
    case.require_writable()
    name = HOLD + (item.item_id if item else "case")
    if not case.catalogue.get_setting(name):
        raise UsageError("there is no such hold", "`witnessmark status CASE` lists the holds")
    with case.catalogue.transaction():
        case.catalogue.set_setting(name, "")
        case.ledger.append([CustodyEvent("hold.lifted", private=_about(item, reason))])


def holds(case: Case) -> dict[str, str]:
    """Held item ids (or "case") with their reasons."""
    return {
        key.removeprefix(HOLD): reason
        for key, reason in case.catalogue.settings().items()
        if key.startswith(HOLD) and reason
    }


def _about(item: Item | None, reason: str) -> dict[str, str]:
    return {"reason": reason} | ({"item": item.item_id} if item else {})


@dataclass(frozen=True, slots=True)
class Erased:
    """What was destroyed, and every copy that could not be reached."""

    state: str
    """proposed (a second person must confirm) or erased."""
    unreachable: tuple[str, ...] = ()


def erase(case: Case, item: Item, reason: str) -> Erased:
    """Destroy an item's content: proposed by one person, done when a second one confirms."""
    case.require_writable()
    held = holds(case)
    if "case" in held or item.item_id in held:
        raise CaseError(
            "a hold covers this item: it cannot be erased", "lift the hold first, with its reason"
        )
    state = case.catalogue.held_item(item.item_id).state
    if state is ItemState.ERASED:
        raise UsageError("this item has been erased already")
    proposed_by = case.catalogue.get_setting(PROPOSED + item.item_id)
    if not proposed_by or proposed_by == case.keyring.person_id:
        with case.catalogue.transaction():
            case.catalogue.set_setting(PROPOSED + item.item_id, case.keyring.person_id)
            case.ledger.append([CustodyEvent("erasure.proposed", private=_about(item, reason))])
        return Erased("proposed")
    # Not while files are received: one with the same content would be found held, and then be gone.
    with case.alone("receive"):
        return _destroy(case, item, reason, proposed_by)


def _destroy(case: Case, item: Item, reason: str, proposed_by: str) -> Erased:
    derivatives = case.catalogue.derivatives(item.item_id)
    received = [
        leaf.index
        for leaf in case.ledger.events()
        if leaf.kind in ("item.received", "item.found_again", "item.committed")
        and (leaf.private or {}).get("data", {}).get("item") == item.item_id
    ]
    with case.catalogue.transaction():
        for index in received:
            case.ledger.erase(index, reason)
        case.catalogue.erase_item(item.item_id)
        case.catalogue.set_setting(PROPOSED + item.item_id, "")
        case.ledger.append(
            [CustodyEvent("item.erased", private={**_about(item, reason), "proposed_by": proposed_by})]
        )
    # Files go after the log says so: a stop in between leaves an object that the audit names.
    # Items with the same pictures have one shield between them: what another still needs stays.
    needed = {d.object_name for d in case.catalogue.derivatives()}
    for name in {item.object_name, *(d.object_name for d in derivatives)} - needed:
        if case.store.has(name):
            case.store.remove(name)
    unreachable = [
        f"hand-over {h.handover_id[:8]} of {h.made_at:%Y-%m-%d}: the recipient holds a copy"
        for h in case.catalogue.handovers()
        if item.item_id in h.document.get("items", ())
    ]
    unreachable.append("backups of this case made before today, and copies of its folder")
    return Erased("erased", tuple(unreachable))


# -- recovery --------------------------------------------------------------------------------------------------


def recover_case(folder: Path, shares: Sequence[str], pseudonym: str, passphrase: str) -> Case:
    """Bring a case back from three recovery shares: a new person, a new vault period, and a leaf that says so.

    Nobody of the case need be there: the log has known the recovery key since the case was made.
    """
    from witnessmark.case.wiring import RECOVERY, assemble, recovery_ledger
    from witnessmark.ground.vault.rescue import recover

    folder = folder.absolute()
    settings = case_settings.CaseSettings.read(folder)
    keyring = recover(folder, shares, pseudonym, passphrase)
    case = assemble(folder, settings, keyring, create=False)
    with case.catalogue.transaction():
        case.catalogue.add_person(pseudonym, (), person_id=keyring.person_id)
        log = recovery_ledger(case)
        log.introduce(keyring.person_id, keyring.signer.public)
        log.append([_keys_changed(folder, keyring, f"{pseudonym} came back by {RECOVERY} shares")])
    return case
