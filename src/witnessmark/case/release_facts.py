"""What the case knows that the gate of a release asks for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from witnessmark.case.case import Case
from witnessmark.case.earlier_masks import is_compared, shows_what_was_hidden
from witnessmark.case.exposing import embargo_is_over, source_is_safe
from witnessmark.case.redacting import redaction_of
from witnessmark.case.releasing import committed
from witnessmark.ground.ledger.storage import DayEntryRow
from witnessmark.model.approval import APPROVER
from witnessmark.model.codes import short_code
from witnessmark.model.errors import UnusableInputError, UsageError
from witnessmark.model.exposure import ExposureHit
from witnessmark.model.recording import Item, MediaType
from witnessmark.model.redaction import Form
from witnessmark.model.release import NOBODY, Release
from witnessmark.release.gate import Asked, Seen, TrackWork, default_form
from witnessmark.release.report.statement import Words, read_words

LARGEST_WORDS_BYTES = 1 << 20


def usual_form(case: Case, item: Item) -> Form:
    """What is shown of this item where nobody asks for something else, by its labels."""
    usual = default_form(one for one in case.catalogue.labels() if item.item_id in one.item_ids)
    return Form.STILLS if usual is Form.VIDEO and item.media_type is MediaType.PICTURE else usual


def own_words(language: str, path: Path) -> Words:
    """The publisher's own words from a file. Raises UnusableInputError for what cannot be read as such."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_WORDS_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInputError(
            "the file of words cannot be read", "check its name; it is a plain UTF-8 text file"
        ) from error
    return read_words(text, language)


def seen_of(case: Case, item: Item, *, show_first_entry: bool) -> Seen:
    """Labels, consents and people of one item, and whether it can be anchored in the log."""
    consents = tuple(one for one in case.catalogue.consents() if item.item_id in one.item_ids)
    named = {one.person for one in consents if one.person != NOBODY}
    for incident in case.catalogue.incidents():
        if item.item_id in incident.item_codes:
            named |= set(incident.persons)
    closed = _closed_entries(case, item)
    again = [entry for entry in closed if entry.repeats is not None]
    return Seen(
        item_id=item.item_id,
        item_code=short_code(item.item_id),
        labels=tuple(one for one in case.catalogue.labels() if item.item_id in one.item_ids),
        consents=consents,
        persons=tuple(one for one in case.catalogue.persons_in_footage() if one.code in named),
        is_committed=bool(again) or (bool(closed) and show_first_entry),
        is_held_back=bool(closed) and not again and not show_first_entry,
    )


def asked_of(
    case: Case,
    form: Form,
    seen: tuple[Seen, ...],
    item: Item,
    hits: Sequence[ExposureHit],
    release: Release | None,
) -> Asked:
    """Everything that the rules look at, as it stands now."""
    active = [person for person in case.catalogue.persons() if person.removed_at is None]
    given = release.approvals if release else ()
    return Asked(
        form=form,
        items=seen,
        tracks=None if form is Form.STATEMENT else _track_work(case, item, release),
        source_is_safe=source_is_safe(case),
        embargo_over=embargo_is_over(case),
        hits=tuple(hits),
        team=len(active),
        redactor_id=release.redactor_id if release else case.keyring.person_id,
        approver_ids=tuple(one.person_id for one in given if one.approval.role == APPROVER),
    )


def _track_work(case: Case, item: Item, release: Release | None) -> TrackWork:
    redaction = redaction_of(case, item)
    if redaction is None:
        return TrackWork()
    return TrackWork(
        made=True,
        unconfirmed=len(redaction.unconfirmed),
        uncovered=len(redaction.uncovered),
        is_compared=is_compared(case, item),
        shows_what_was_hidden=release is not None and shows_what_was_hidden(case, item, release),
    )


def _closed_entries(case: Case, item: Item) -> list[DayEntryRow]:
    """Where its root stands in closed days of the log."""
    try:
        payload = committed(case, item).payload
    except UsageError:
        return []
    return [entry for entry in case.ledger.entries_of(payload) if entry.day is not None]
