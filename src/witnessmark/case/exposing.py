"""The check against exposing the source, with what the case knows: profile, names, texts in the picture, releases.

The profile and the names are opened for the check, which the custody log says each time; what comes out of it repeats
none of them. Hits are not kept: they are found again from the words that are to leave. Answers to them are kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from witnessmark.case.case import Case
from witnessmark.case.listing import shown_name
from witnessmark.ground.vault.sealed import open_names, seal_names
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import UsageError, VaultError
from witnessmark.model.exposure import Acknowledged, ExposureHit
from witnessmark.model.overlay_text import FEATURE, overlay_texts
from witnessmark.model.records import SealedField
from witnessmark.protect.exposure import Profile, Released, check_releases, check_text, read_profile
from witnessmark.protect.exposure.generic import is_generic
from witnessmark.protect.exposure.secrets import DIGEST_LETTERS, check_secrets

SUBJECT, FIELD, LEVEL = "source", "exposure-profile", "names"
SAFE = "source_safe"
EMBARGO = "embargo."
"""Setting for each source: the date before which nothing may be released. A bare date; the account stays sealed."""
HIT_CODE_LETTERS = 16


@dataclass(frozen=True, slots=True)
class Exposed:
    """Everything found in what is to leave."""

    open: tuple[ExposureHit, ...]
    answered: tuple[tuple[ExposureHit, Acknowledged], ...]


def set_profile(case: Case, data: bytes) -> int:
    """Check and seal the profile of the source; the one before is replaced. Returns how many things it holds.

    Raises UnusableInputError for a profile that cannot be read, CaseError in a copy that was not adopted.
    """
    case.require_writable()
    entries = len(read_profile(data).entries)
    with case.catalogue.transaction():
        sealed = seal_names(data, case.keyring)
        case.catalogue.save_sealed_field(SealedField(SUBJECT, FIELD, LEVEL, sealed))
        case.ledger.append([CustodyEvent("exposure.profile_set", private={"entries": entries})])
    return entries


def check_outgoing(
    case: Case,
    texts: Mapping[str, str],
    *,
    item_ids: tuple[str, ...] = (),
    media: tuple[ExposureHit, ...] = (),
) -> Exposed:
    """Hold the words that are to leave against the source, the case's secrets and all releases so far.

    ``texts``: by where they stand. ``item_ids``: what is to be released with them. ``media``: hits that comparing the
    media gave. Raises KeyAccessError for a person without the right to open names.
    """
    case.require_writable()
    case.keyring.names_identities()  # who may not open them leaves no line that says they did
    case.ledger.append([CustodyEvent("exposure.checked", private={"texts": sorted(texts)})])
    profile = _profile(case)
    secrets = _secrets(case)
    hits: list[ExposureHit] = []
    for where, text in texts.items():
        hits += check_text(text, where, profile)
        hits += check_secrets(text, where, secrets)
    hits += check_releases([*_released(case), *_asked(case, item_ids)])
    hits += media
    answers = {answer.code: answer for answer in case.catalogue.acknowledged()}
    unique = {hit.code: hit for hit in hits}
    return Exposed(
        tuple(hit for code, hit in unique.items() if code not in answers),
        tuple((hit, answers[code]) for code, hit in unique.items() if code in answers),
    )


def acknowledge(case: Case, code: str, reason: str) -> Acknowledged:
    """Answer for one hit by name. Raises UsageError for what is no code of a hit, or without a reason."""
    case.require_writable()
    if len(code) != HIT_CODE_LETTERS or any(letter not in "0123456789abcdef" for letter in code):
        raise UsageError(
            f"{code!r} is no code of a hit", "`witnessmark exposure check CASE FILE` prints them"
        )
    if not reason.strip():
        raise UsageError("no reason was given", "--reason TEXT: why may this be published?")
    answer = Acknowledged(code, case.keyring.person_id, reason.strip(), case.clock())
    with case.catalogue.transaction():
        case.catalogue.save_acknowledged(answer)
        event = CustodyEvent("exposure.answered", private={"hit": code, "reason": answer.reason})
        case.ledger.append([event])
    return answer


def declare_source(case: Case, *, safe: bool, reason: str) -> None:
    """Somebody says by name that the source is safe, or is not any more. Raises UsageError without a reason."""
    case.require_writable()
    if not reason.strip():
        raise UsageError("no reason was given", "--reason TEXT: how do you know?")
    held = {"safe": safe, "by": case.keyring.person_id, "at": case.clock().isoformat()}
    with case.catalogue.transaction():
        case.catalogue.set_setting(SAFE, json.dumps(held))
        kind = "source.safe" if safe else "source.not_safe"
        case.ledger.append([CustodyEvent(kind, private={"reason": reason.strip()})])


def source_is_safe(case: Case) -> bool:
    """As it was declared last; not declared is not safe."""
    held = case.catalogue.get_setting(SAFE)
    return bool(held and json.loads(held)["safe"])


def keep_embargo(case: Case, pseudonym: str, until: str) -> None:
    """Part of recording a source's account: the date alone stands outside the seal."""
    if until:
        case.catalogue.set_setting(EMBARGO + pseudonym, until)


def embargo_until(case: Case) -> str:
    """The latest date that any source named; empty where none did."""
    dates = [value for key, value in case.catalogue.settings().items() if key.startswith(EMBARGO)]
    return max(dates, default="")


def embargo_is_over(case: Case) -> bool:
    """A date named as a year or month lasts to its end."""
    until = embargo_until(case)
    if not until:
        return True
    today = case.clock().date().isoformat()
    day = until[: len(date.min.isoformat())]
    return today >= day if len(day) == len(today) else today[: len(day)] > day


def _profile(case: Case) -> Profile:
    held = next((f for f in case.catalogue.sealed_fields(SUBJECT) if f.name == FIELD), None)
    return read_profile(open_names(held.sealed, case.keyring)) if held else Profile()


def names_of_the_case(case: Case) -> dict[str, list[str]]:
    """Names, folders and texts in the picture, by what they are. Opened for a check; the caller logs that.

    What thousands of files are called (*video*, *New folder*) is left out: it tells nobody which file is meant.
    """
    names: list[str] = []
    folders: list[str] = []
    for occurrence in case.catalogue.occurrences():
        try:
            name = shown_name(open_names(occurrence.sealed, case.keyring))
        except VaultError:
            continue  # the audit names a damaged field; a release must not be stopped by it for ever
        parts = [part for part in name.replace("\\", "/").split("/") if part]
        names += parts[-1:]
        folders += parts[:-1]
    texts = []
    for field in case.catalogue.sealed_fields_named(FEATURE):
        try:
            texts += [one.text for one in overlay_texts(open_names(field.sealed, case.keyring))]
        except (ValueError, VaultError):
            continue
    told = {
        "an original file name": names,
        "the name of a folder": folders,
        "a text that stands in the picture": texts,
    }
    return {what: [text for text in found if not is_generic(text)] for what, found in told.items()}


def _secrets(case: Case) -> dict[str, list[str]]:
    items = case.catalogue.items()
    return {
        **names_of_the_case(case),
        "the digest of a file": [item.sha256.hex()[:DIGEST_LETTERS] for item in items],
        "the internal number of an item": [item.item_id for item in items],
    }


def _released(case: Case) -> list[Released]:
    return [
        _told(case, release.release_id[:8], release.item_ids)
        for release in case.catalogue.releases()
        if release.state.has_left
    ]


def _asked(case: Case, item_ids: tuple[str, ...]) -> list[Released]:
    return [_told(case, "this one", item_ids)] if item_ids else []


def _told(case: Case, code: str, item_ids: tuple[str, ...]) -> Released:
    about = [one for one in case.catalogue.incidents() if set(one.item_codes) & set(item_ids)]
    return Released(
        code,
        frozenset(one.facility for one in about if one.facility),
        frozenset(one.on.text for one in about if one.on.text),
    )
