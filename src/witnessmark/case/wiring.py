"""Makes and opens cases: the one place that knows which parts fit together."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from witnessmark.case import settings as case_settings
from witnessmark.case.case import Case, now
from witnessmark.case.settings import CaseSettings, place_of
from witnessmark.ground.catalogue import open_catalogue
from witnessmark.ground.ledger.log import Ledger
from witnessmark.ground.ledger.secrets import LedgerSecrets
from witnessmark.ground.vault import age, durable
from witnessmark.ground.vault.key_files import key_file_digests
from witnessmark.ground.vault.keybook import CaseSecrets
from witnessmark.ground.vault.keyring import Keyring, PersonSigner
from witnessmark.ground.vault.keys import create_case_keys, open_keyring
from witnessmark.ground.vault.reader import hkdf
from witnessmark.ground.vault.recovery import RecoveryShares
from witnessmark.ground.vault.store import ObjectStore
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import CaseError, WitnessmarkError

PLACE = "place"
NAME = "name"
RECOVERY = "recovery"
"""Actor under which a recovery by shares is logged; its key is known to the log from the first act on."""


@dataclass(frozen=True, slots=True)
class NewCase:
    case: Case
    shares: RecoveryShares
    """Shown once and stored nowhere."""


def ledger_secrets(secrets: CaseSecrets) -> LedgerSecrets:
    """The ledger's share of the case's secrets. The custody log signs with a key derived from them."""
    return LedgerSecrets(
        day_key=secrets.day_key,
        custody_origin=f"witnessmark-custody/{secrets.custody_origin}",
        custody_seed=hkdf(secrets.day_key, b"", b"witnessmark/custody-signing/1"),
        publication_origin=f"witnessmark/{secrets.publication_origin}",
        publication_seeds=(secrets.publication_signing_seed,),
    )


def recovery_signer(secrets: CaseSecrets) -> PersonSigner:
    """Signs one thing only: that somebody came back by recovery shares, when no other key may be left."""
    return PersonSigner(hkdf(secrets.day_key, b"", b"witnessmark/recovery-signing/1"))


def recovery_ledger(case: Case) -> Ledger:
    """The case's log with the recovery key at work."""
    secrets = case.keyring.secrets
    return Ledger(
        case.catalogue.ledger_storage(), recovery_signer(secrets), RECOVERY, now, ledger_secrets(secrets)
    )


def create_case(
    folder: Path,
    name: str,
    passphrase: str,
    *,
    pseudonym: str = "founder",
    database: str | None = None,
    seal_every_frame: bool = False,
    demonstration: bool = False,
    recovery_recipient: str | None = None,
    clock: Callable[[], datetime] = now,
) -> NewCase:
    """Make a case in a folder that does not exist or is empty. What was begun is removed if it cannot be made.

    ``clock``: another than the machine's, for the demonstration, which plays on two days.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CaseError("the folder for the new case is not empty", "name a folder that does not exist yet")
    there_before = folder.exists()
    try:
        with durable.writing("the new case"):
            durable.make_folder(folder)
        keyring, shares = create_case_keys(
            folder,
            pseudonym,
            passphrase,
            recovery_recipient=recovery_recipient,
            case_secrets=_demonstration_secrets() if demonstration else None,
        )
        settings = CaseSettings(
            case_id=str(uuid.uuid4()),
            database=case_settings.POSTGRESQL if database else case_settings.EMBEDDED,
            seal_every_frame=seal_every_frame,
            demonstration=demonstration,
        )
        if database:
            sealed = age.encrypt(database.encode("utf-8"), list(keyring.recipients))
            with durable.writing("the database's address"):
                durable.replace(folder / case_settings.DATABASE, sealed)
        case = assemble(folder, settings, keyring, create=True, clock=clock)
        try:
            with case.catalogue.transaction():
                case.catalogue.set_setting(NAME, name)
                case.catalogue.set_setting(PLACE, place_of(folder))
                case.catalogue.add_person(keyring.pseudonym, ("founder",), person_id=keyring.person_id)
                case.ledger.append(
                    [
                        CustodyEvent(
                            "case.created",
                            private={
                                "case": settings.case_id,
                                "settings": hashlib.sha256(settings.content()).hexdigest(),
                                "keys": keyring.state_digest.hex(),
                                "key_files": key_file_digests(folder),
                            },
                        )
                    ]
                )
                case.ledger.introduce(RECOVERY, recovery_signer(keyring.secrets).public)
                case.ledger.begin_publication()
            settings.write(folder)  # last: a folder without it is no case
        except BaseException:
            case.close()
            raise
    except BaseException:
        if not there_before:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return NewCase(case, shares)


def open_case(folder: Path, passphrase: str, person: str | None = None) -> Case:
    """Open a case for one person's work; read-only where it is a copy that was not adopted.

    Which it is is read before anything can be written: a copy keeps every byte that it has.
    """
    folder = folder.absolute()
    settings = CaseSettings.read(folder)
    keyring = open_keyring(folder, passphrase, person)
    copy = _opened_as_copy(folder, settings, keyring)
    if copy is not None:
        return copy
    case = assemble(folder, settings, keyring, create=False)
    try:
        case.read_only = case.catalogue.get_setting(PLACE) != place_of(folder)
        if not case.read_only:
            case.store.sweep_drafts()
            for written in (".", case_settings.RECEIPTS, "keys", "keys/people", "keys/epochs"):
                durable.sweep(folder / written)
    except BaseException:
        case.close()
        raise
    return case


def _opened_as_copy(folder: Path, settings: CaseSettings, keyring: Keyring) -> Case | None:
    """The case, if it is a copy. None too where that cannot be told by reading (a catalogue of an older version,
    or one that does not open): opening it for writing then says what is the matter."""
    try:
        case = assemble(folder, settings, keyring, create=False, read_only=True)
    except WitnessmarkError:
        return None
    try:
        if case.catalogue.get_setting(PLACE) != place_of(folder):
            return case
    except WitnessmarkError:
        pass
    except BaseException:
        case.close()
        raise
    case.close()
    return None


def adopt(case: Case, reason: str) -> bool:
    """Make this copy the writable one, and log it. False where it is already."""
    if not case.read_only:
        return False
    writable = assemble(case.folder, case.settings, case.keyring, create=False)
    try:
        with writable.catalogue.transaction():
            writable.catalogue.set_setting(PLACE, place_of(case.folder))
            writable.ledger.append([CustodyEvent("case.adopted", private={"reason": reason})])
    except BaseException:
        writable.close()
        raise
    case.catalogue.close()
    case.catalogue, case.store, case.ledger = writable.catalogue, writable.store, writable.ledger
    case.read_only = False
    return True


def assemble(
    folder: Path,
    settings: CaseSettings,
    keyring: Keyring,
    *,
    create: bool,
    read_only: bool = False,
    clock: Callable[[], datetime] = now,
) -> Case:
    """Fit the parts of an opened keyring's case together. ``read_only``: none of them can write."""
    secrets = keyring.secrets
    url = _database_url(folder, settings, keyring)
    catalogue = open_catalogue(
        url, secrets.database_key, create=create, read_only=read_only, at_rest=read_only
    )
    try:
        store = ObjectStore(
            folder / case_settings.OBJECTS,
            secrets.naming_key,
            list(keyring.recipients),
            read_only=read_only,
        )
    except BaseException:
        catalogue.close()
        raise
    ledger = Ledger(
        catalogue.ledger_storage(), keyring.signer, keyring.person_id, clock, ledger_secrets(secrets)
    )
    return Case(folder, settings, keyring, catalogue, store, ledger, read_only, clock)


def _database_url(folder: Path, settings: CaseSettings, keyring: Keyring) -> str:
    if settings.database == case_settings.EMBEDDED:
        return f"sqlcipher:///{folder / case_settings.CATALOGUE}"
    try:
        sealed = (folder / case_settings.DATABASE).read_bytes()
    except OSError as error:
        raise CaseError(
            "the address of the case's database is missing", "restore database.age from a backup"
        ) from error
    return age.decrypt(sealed, list(keyring.epoch_identities)).decode("utf-8")


def _demonstration_secrets() -> CaseSecrets:
    """Fresh secrets, but the published demonstration key signs: verifiers announce NOT EVIDENCE."""
    from dataclasses import replace

    seed = LedgerSecrets.demonstration().publication_seeds[0]
    return replace(CaseSecrets.fresh(), publication_signing_seed=seed)
