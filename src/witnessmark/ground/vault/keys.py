"""Making, opening and changing the keys of a case. Layout, order of writing and what a crash leaves:
docs/spec/keys.md.

``case.age`` is written last but for deletions: it is what makes a change valid. Nothing here is logged; the
caller appends a ledger leaf with ``Keyring.state_digest``.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import secrets
import uuid
from collections.abc import Collection, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from witnessmark.ground.vault import age, durable
from witnessmark.ground.vault.keybook import (
    NAMES,
    RIGHTS,
    CaseSecrets,
    EpochIdentity,
    KeyBook,
    NamesKey,
    Person,
)
from witnessmark.ground.vault.keyring import Keyring, PersonSigner, identity_file, parse_identity_file
from witnessmark.ground.vault.recovery import RecoveryShares, make_recovery
from witnessmark.model.errors import CaseError, KeyAccessError, UsageError, VaultError, WitnessmarkError

CARD_SCHEMA = "witnessmark/person-card/1"
MAX_PSEUDONYM_CHARACTERS = 64
_SIGNING = re.compile(rb"^# signing: ([A-Za-z0-9+/]{43}=)$", re.MULTILINE)
_WHAT = "a key file"


def create_case_keys(
    case_dir: Path,
    pseudonym: str,
    passphrase: str,
    *,
    recovery_recipient: str | None = None,
    case_secrets: CaseSecrets | None = None,
    work_factor: int = age.DEFAULT_WORK_FACTOR,
) -> tuple[Keyring, RecoveryShares]:
    """Makes the keys of a new case and its first person.

    The shares are returned once and stored nowhere. Where the recovery identity was made on another machine
    (``make_recovery``), give its recipient: the shares returned are then empty. ``case_secrets`` are made fresh
    unless given (the demonstration signs with a published key). Raises CaseError where keys
    exist.
    """
    if (keys_folder(case_dir) / "case.age").exists():
        raise CaseError("this case has keys already", "choose another folder, or open the case")
    if recovery_recipient is None:
        shares = make_recovery()
    else:
        shares = RecoveryShares(str(age.X25519Recipient.parse(recovery_recipient)), ())
    person, identity, signer = make_person(pseudonym, RIGHTS)
    with durable.writing(_WHAT):
        for folder in ("people", "epochs"):
            durable.make_folder(keys_folder(case_dir) / folder)
    write_person(case_dir, person, identity, signer, passphrase, work_factor)
    kept = case_secrets or CaseSecrets.fresh()
    book = with_new_epoch(case_dir, KeyBook(0, shares.recipient, (), (), (person,), kept))
    write_epochs(case_dir, book, anew=True)
    write_book(case_dir, book)
    return Keyring(person.person_id, pseudonym, identity, signer, book), shares


def open_keyring(case_dir: Path, passphrase: str, person: str | None = None) -> Keyring:
    """Opens a case for one person: by id or pseudonym, or for whomever the passphrase fits (one scrypt per
    person tried).

    Raises KeyAccessError on a wrong passphrase or one who is not (or no longer) in the case, CaseError where
    keys are missing.
    """
    closed: list[WitnessmarkError] = []
    foreign: list[WitnessmarkError] = []
    for person_id in _candidates(case_dir, person):
        sealed = _read(keys_folder(case_dir) / "people" / f"{person_id}.age")
        try:
            content = age.decrypt_with_passphrase(sealed, passphrase)
        except (KeyAccessError, VaultError) as refusal:  # one damaged file must not shut out the others
            closed.append(refusal)
            continue
        try:
            return _keyring(case_dir, person_id, content)
        except KeyAccessError as refusal:  # left over from a change that was interrupted
            foreign.append(refusal)
    if foreign:
        raise foreign[0]
    if all(isinstance(refusal, VaultError) for refusal in closed):
        raise closed[0]
    raise KeyAccessError("the passphrase opens no key here")


def refreshed(case_dir: Path, keyring: Keyring) -> Keyring:
    """The keyring with the key book as it is now: somebody else may have changed it since this one was opened.

    Raises KeyAccessError where its person is no longer in the case.
    """
    book = _book_for(case_dir, keyring.identity)
    if book.person(keyring.person_id) is None:
        raise KeyAccessError("this person is no longer in the case", "ask another person of the case")
    return dataclasses.replace(keyring, book=book)


def add_person(
    case_dir: Path,
    keyring: Keyring,
    pseudonym: str,
    passphrase: str,
    *,
    rights: Collection[str] = RIGHTS,
    extra_recipients: Sequence[str] = (),
    work_factor: int = age.DEFAULT_WORK_FACTOR,
) -> tuple[Keyring, Person]:
    """Adds a person with their own passphrase; re-wraps small files, no object. Returns the keyring as it is
    now.

    ``extra_recipients`` (``age1...`` or ``ssh-ed25519 ...``) also open the epochs with stock ``age``. The
    right ``names`` can only be given by one who has it. Fields of the level ``identity`` sealed before stay
    closed to the new person.
    """
    if NAMES in rights:
        keyring.names_identities()
    if keyring.book.person(pseudonym) is not None:
        raise UsageError("this pseudonym is taken", "choose another one")
    person, identity, signer = make_person(pseudonym, rights, extra_recipients)
    write_person(case_dir, person, identity, signer, passphrase, work_factor)
    book = dataclasses.replace(keyring.book, people=(*keyring.book.people, person))
    book = rewrap_names(book, [keyring.identity])
    write_epochs(case_dir, book, anew=True)
    write_book(case_dir, book)
    return dataclasses.replace(keyring, book=book), person


def remove_person(case_dir: Path, keyring: Keyring, person: str) -> Keyring:
    """Takes a person's access to what comes: a new epoch, old epoch files wrapped anew, their files deleted.

    What they have read or copied stays known to them. Run again, by id, to finish one that
    was interrupted. Nobody removes themselves.
    """
    found = keyring.book.person(person)
    if found is not None and found.person_id == keyring.person_id:
        raise UsageError("nobody can remove themselves", "another person of the case must do it")
    people = keys_folder(case_dir) / "people"
    kinds = ("age", "json")
    if found is None and not any((people / f"{person}.{kind}").exists() for kind in kinds):
        raise UsageError("this person is not in the case", "`witnessmark person list` shows who is")
    book = keyring.book
    if found is not None:
        staying = tuple(p for p in book.people if p.person_id != found.person_id)
        book = with_new_epoch(case_dir, dataclasses.replace(book, people=staying))
        book = rewrap_names(book, [keyring.identity])
        write_epochs(case_dir, book, anew=False)
        write_book(case_dir, book)
    write_epochs(case_dir, book, anew=True)
    with durable.writing("the removal of a key file"):
        for kind in kinds:
            durable.remove(people / f"{found.person_id if found else person}.{kind}")
    return dataclasses.replace(keyring, book=book)


def rotate_epoch(case_dir: Path, keyring: Keyring) -> Keyring:
    """Begins a new vault period: objects from now on are sealed to a fresh identity."""
    book = with_new_epoch(case_dir, keyring.book)
    write_epochs(case_dir, book, anew=False)
    write_book(case_dir, book)
    return dataclasses.replace(keyring, book=book)


def change_passphrase(
    case_dir: Path, keyring: Keyring, passphrase: str, *, work_factor: int = age.DEFAULT_WORK_FACTOR
) -> None:
    """Seals the person's own key file under another passphrase. An old copy of the file still opens with the
    old one."""
    write_person(case_dir, keyring.person, keyring.identity, keyring.signer, passphrase, work_factor)


def keys_folder(case_dir: Path) -> Path:
    return Path(case_dir) / "keys"


def make_person(
    pseudonym: str, rights: Collection[str], extra_recipients: Sequence[str] = ()
) -> tuple[Person, str, PersonSigner]:
    """A person with fresh keys; nothing is written yet. Raises UsageError on an unusable name, right or
    key."""
    if not pseudonym.strip() or len(pseudonym) > MAX_PSEUDONYM_CHARACTERS or not pseudonym.isprintable():
        raise UsageError(
            "a pseudonym is one line of at most 64 characters", "choose a short one, never the real name"
        )
    if unknown := set(rights) - set(RIGHTS):
        raise UsageError(f"there is no right called {min(unknown)!r}", f"rights are: {', '.join(RIGHTS)}")
    if extra_recipients:
        age.encrypt_small(
            b"", extra_recipients
        )  # refuses a key that cannot be used, before anything depends on it
    identity = age.new_identity()
    signer = PersonSigner(Ed25519PrivateKey.generate().private_bytes_raw())
    ordered = tuple(right for right in RIGHTS if right in rights)
    person = Person(
        str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)),
        pseudonym,
        age.recipient_of(identity),
        signer.public,
        ordered,
        tuple(extra_recipients),
    )
    return person, identity, signer


def with_new_epoch(case_dir: Path, book: KeyBook) -> KeyBook:
    """The book with its next period begun: fresh identities for objects and for names. Writes nothing."""
    number = first_free_epoch(case_dir, book)
    names_identity = age.new_identity()
    names = NamesKey(number, age.recipient_of(names_identity), _wrap_names(book, names_identity))
    return dataclasses.replace(
        book,
        epoch=number,
        identities=(EpochIdentity(number, age.new_identity()), *book.identities),
        names=(names, *book.names),
    )


def rewrap_names(book: KeyBook, identities: list[str]) -> KeyBook:
    """The book with every names key that ``identities`` open wrapped to those who have the right now.

    One that they cannot open stays as it is: its identity is not ours to pass on.
    """

    def anew(key: NamesKey) -> NamesKey:
        try:
            (identity,) = parse_identity_file(age.decrypt(key.wrapped, identities))
        except KeyAccessError:
            return key
        return dataclasses.replace(key, wrapped=_wrap_names(book, identity))

    return dataclasses.replace(book, names=tuple(anew(key) for key in book.names))


def first_free_epoch(case_dir: Path, book: KeyBook) -> int:
    """One more than any period in the book or on disk: a number that an interrupted change has used is not
    used again."""
    stems = (path.stem for path in (keys_folder(case_dir) / "epochs").glob("*.age"))
    on_disk = [int(stem) for stem in stems if stem.isascii() and stem.isdigit()]
    return 1 + max([*on_disk, *(entry.epoch for entry in book.identities)], default=0)


def write_person(
    case_dir: Path, person: Person, identity: str, signer: PersonSigner, passphrase: str, work_factor: int
) -> None:
    signing = f"# signing: {base64.b64encode(signer.seed).decode('ascii')}\n"
    content = identity_file(f"witnessmark person {person.person_id}", identity, signing)
    sealed = age.encrypt_with_passphrase(content, passphrase, work_factor=work_factor)
    card = person.to_json() | {"schema": CARD_SCHEMA}
    for private in ("rights", "extra_recipients"):
        del card[private]
    folder = keys_folder(case_dir) / "people"
    with durable.writing(_WHAT):
        durable.replace(folder / f"{person.person_id}.json", json.dumps(card, indent=1).encode("utf-8"))
        durable.replace(folder / f"{person.person_id}.age", sealed)


def write_epochs(case_dir: Path, book: KeyBook, *, anew: bool) -> None:
    """Writes epoch files, each to everybody in the book and to recovery: all of them, or those not there
    yet."""
    recipients = [key for person in book.people for key in (person.recipient, *person.extra_recipients)]
    with durable.writing(_WHAT):
        for entry in book.identities:
            path = keys_folder(case_dir) / "epochs" / f"{entry.epoch}.age"
            if anew or not path.exists():
                content = identity_file(f"witnessmark epoch {entry.epoch}", entry.identity)
                durable.replace(path, age.encrypt_small(content, [*recipients, book.recovery]))


def write_book(case_dir: Path, book: KeyBook) -> None:
    """Writes ``case.age`` to the current epoch and recovery, and with it makes a change of keys valid."""
    folder = keys_folder(case_dir)
    sealed = age.encrypt(book.to_bytes(), [age.recipient_of(book.current.identity), book.recovery])
    with durable.writing(_WHAT):
        durable.replace(folder / "case.age", sealed)
        public, line = folder / "recovery.pub", f"{book.recovery}\n".encode("ascii")
        if not public.exists() or public.read_bytes() != line:
            durable.replace(public, line)


def read_book(case_dir: Path, identities: Sequence[str]) -> KeyBook:
    """Opens ``case.age``. Raises KeyAccessError, VaultError, CaseError."""
    return KeyBook.from_bytes(age.decrypt(_read(keys_folder(case_dir) / "case.age"), identities))


def _wrap_names(book: KeyBook, identity: str) -> bytes:
    recipients = [person.recipient for person in book.having(NAMES)]
    return age.encrypt(identity_file("witnessmark names", identity), [*recipients, book.recovery])


def _keyring(case_dir: Path, person_id: str, content: bytes) -> Keyring:
    """What an opened person's file leads to. Raises KeyAccessError where that person is not in the case."""
    identities, seed = parse_identity_file(content), _SIGNING.search(content)
    if len(identities) != 1 or seed is None:
        raise CaseError("a person's key file is incomplete", "restore keys/ from a backup")
    book = _book_for(case_dir, identities[0])
    found = book.person(person_id)
    if found is None or found.person_id != person_id:
        raise KeyAccessError(
            "this person is not in the case", "if adding was interrupted, another person must add them again"
        )
    return Keyring(person_id, found.pseudonym, identities[0], PersonSigner(base64.b64decode(seed[1])), book)


def _book_for(case_dir: Path, identity: str) -> KeyBook:
    """The key book by way of whichever epoch files this identity opens."""
    epochs: list[str] = []
    paths = (keys_folder(case_dir) / "epochs").glob("*.age")
    for path in sorted(paths, key=lambda p: (len(p.name), p.name), reverse=True):
        try:
            epochs += parse_identity_file(age.decrypt(_read(path), [identity]))
        except (KeyAccessError, VaultError):
            continue  # a damaged or foreign epoch file must not close the others
    if not epochs:
        raise KeyAccessError(
            "no vault period opens to this person",
            "if keys/epochs was lost, `witnessmark key recover` brings the case back from shares",
        )
    return read_book(case_dir, epochs)


def _candidates(case_dir: Path, person: str | None) -> list[str]:
    folder = keys_folder(case_dir) / "people"
    held = sorted(path.stem for path in folder.glob("*.age"))
    if not held:
        raise CaseError("the case has no keys", "check that this is the folder of a case")
    if person is None:
        return held
    chosen = [
        person_id for person_id in held if person in (person_id, _pseudonym(folder / f"{person_id}.json"))
    ]
    if not chosen:
        raise KeyAccessError(
            "the case has no such person", "give the person's id or pseudonym, or leave it out"
        )
    return chosen


def _pseudonym(card: Path) -> str | None:
    try:
        data = json.loads(card.read_bytes())
    except (OSError, ValueError):
        return None  # the card is only a convenience; the person can still be chosen by id
    return data.get("pseudonym") if isinstance(data, dict) else None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise CaseError(
            "a key file of the case is missing or unreadable", "restore keys/ from a backup"
        ) from None
