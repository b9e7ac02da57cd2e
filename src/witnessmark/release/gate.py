"""Everything that stands between an item and the public, as a list that a person can work off.

The rules are those of ``docs/release.md``. A rule either holds or names what is missing and what would clear it; there
is no override. What cannot be known is taken as not known: nobody's silence counts as consent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from witnessmark.model.exposure import ExposureHit
from witnessmark.model.redaction import Form
from witnessmark.model.release import (
    NOBODY,
    STOPPED,
    WORDS_ONLY,
    Blocker,
    Consent,
    ConsentState,
    ItemLabel,
)
from witnessmark.model.statements import PersonInFootage

NEEDS_NO_CONSENT = frozenset({"perpetrator", "staff"})
"""Roles whose consent is not asked: acts of people in office are what is shown. Their faces are a question of the masks
and of safety, which a person answers with the tracks."""
APPROVALS = 2
"""Redactor and approver are two people; where the case has three, three sign."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one item that is to be shown."""

    item_id: str
    item_code: str
    labels: tuple[ItemLabel, ...]
    consents: tuple[Consent, ...]
    persons: tuple[PersonInFootage, ...]
    """Everybody that an incident or a consent names with this item."""
    is_committed: bool
    """Its root stands in a closed day of the log."""
    is_held_back: bool = False
    """It stands there, but only in the day of its examination, which is not to be shown."""


@dataclass(frozen=True, slots=True)
class TrackWork:
    """Where the work on tracks stands."""

    made: bool = False
    unconfirmed: int = 0
    uncovered: int = 0
    """Stretches that nobody has cleared."""
    is_compared: bool = True
    """It is known whether other copies of these pictures were shown before."""
    shows_what_was_hidden: bool = False
    """A region would be visible that an earlier release of the footage hid, or that a person has hidden since."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One release as it is asked for, with everything that the rules look at."""

    form: Form
    items: tuple[Seen, ...]
    tracks: TrackWork | None
    """None where no pixel is shown."""
    source_is_safe: bool
    embargo_over: bool
    hits: tuple[ExposureHit, ...]
    """Those that nobody has answered for."""
    team: int
    """People of the case who are active."""
    redactor_id: str
    approver_ids: tuple[str, ...]
    """Who signed this manifest as approver."""


def default_form(labels: Iterable[ItemLabel]) -> Form:
    """What is shown where nobody asks for something else: words wherever a body's dignity is at stake, or nobody
    has said yet that it is not."""
    told = {label for one in labels for label in one.labels}
    return Form.STATEMENT if not told or told & (STOPPED | WORDS_ONLY) else Form.VIDEO


def blockers(asked: Asked) -> tuple[Blocker, ...]:
    """All of them at once, so that people need not come back for each."""
    found: list[Blocker] = []
    for seen in asked.items:
        found += _labels(asked.form, seen)
        found += _consents(asked.form, seen)
        if seen.is_held_back:
            found.append(
                Blocker(
                    "item_held_back",
                    f"Item {seen.item_code} stands only in the day of its examination, which strangers would see; it "
                    "is entered again on the first of next month.",
                    "propose it on the second of next month or later, or now with --show-first-entry (that day shows)",
                )
            )
        elif not seen.is_committed:
            found.append(
                Blocker(
                    "item_not_committed",
                    f"Item {seen.item_code} does not stand in a closed day of the publication log yet.",
                    "examine it; the day closes when the case is opened on a later day",
                )
            )
    found += _source(asked)
    found += _tracks(asked)
    found += _people(asked)
    return tuple(found)


def _labels(form: Form, seen: Seen) -> Iterable[Blocker]:
    told = {label for one in seen.labels for label in one.labels}
    if not told:
        yield Blocker(
            "not_labelled",
            f"Nobody has said what is to be seen in item {seen.item_code}.",
            "witnessmark label import CASE FILE.csv (nothing_grave is a label too)",
        )
    if told & STOPPED:
        yield Blocker(
            "minor",
            f"Item {seen.item_code} shows a minor: nothing is made of it for the public.",
            "take the legal route: witnessmark handover",
        )
    elif told & WORDS_ONLY and form is not Form.STATEMENT:
        which = ", ".join(sorted(told & WORDS_ONLY))
        agreed = _all_agreed(form, seen)
        if not agreed:
            yield Blocker(
                "words_only",
                f"Item {seen.item_code} is labelled {which}: it is told in words, not shown.",
                "--form statement; anything else needs the consent of everybody in it to exactly that form",
            )


def _all_agreed(form: Form, seen: Seen) -> bool:
    asked = [person for person in seen.persons if person.role not in NEEDS_NO_CONSENT]
    latest = {row.person: row for row in seen.consents}
    return bool(asked) and all(
        (row := latest.get(person.code)) is not None and row.state is ConsentState.GIVEN and form in row.forms
        for person in asked
    )


def _consents(form: Form, seen: Seen) -> Iterable[Blocker]:
    if form is Form.STATEMENT and not seen.persons:
        return
    latest = {row.person: row for row in seen.consents}
    people = [person for person in seen.persons if person.role not in NEEDS_NO_CONSENT]
    if not seen.persons and NOBODY not in latest:
        yield Blocker(
            "nobody_recorded",
            f"Nobody is recorded as visible in item {seen.item_code}.",
            "witnessmark consent import CASE FILE.csv: a row for each person, or one row with person = nobody",
        )
    for person in people:
        row = latest.get(person.code)
        about = f"{person.pseudonym} ({person.code}) in item {seen.item_code}"
        if row is None or row.state is ConsentState.NOT_ASKED:
            yield Blocker("consent_missing", f"{about} was not asked.", "ask, and import the answer")
            continue
        if row.state is ConsentState.REFUSED:
            yield Blocker(
                "consent_refused",
                f"{about} refused.",
                "respect it: another stretch of the recording, or another item",
            )
            continue
        if row.state is ConsentState.GIVEN and form not in row.forms:
            yield Blocker(
                "consent_to_other_form",
                f"{about} did not consent to a {form}.",
                f"--form {'|'.join(row.forms)}, or ask again",
            )
        yield from _safety(row, about)


def _safety(row: Consent, about: str) -> Iterable[Blocker]:
    if row.risk == "not_assessed":
        yield Blocker(
            "risk_not_assessed",
            f"Nobody has assessed what showing would do to {about}.",
            "have it assessed; columns risk and assessed_by",
        )
    elif row.risk == "high":
        yield Blocker("risk_high", f"{about} is at high risk.", "do not show it; hand it over instead")
    if row.in_custody != "no" and row.risk != "low":
        yield Blocker(
            "in_custody",
            f"{about} is, or may be, still in custody.",
            "have the risk assessed as low by somebody who knows the place, or wait",
        )
    if row.state is ConsentState.UNREACHABLE and (row.risk != "low" or row.recognisable_by):
        yield Blocker(
            "unreachable",
            f"{about} cannot be asked, and could be recognised or harmed.",
            "hide what could be recognised until recognisable_by is empty and the risk is low",
        )
    elif row.recognisable_by:
        yield Blocker(
            "recognisable",
            f"Insiders could know {about} by: {', '.join(row.recognisable_by)}.",
            "hide it with a mask (witnessmark tracks), and import the row again",
        )


def _source(asked: Asked) -> Iterable[Blocker]:
    if not asked.source_is_safe:
        yield Blocker(
            "source_not_safe",
            "Nobody has declared that the source is safe.",
            "witnessmark exposure source-safe CASE --reason TEXT",
        )
    if not asked.embargo_over:
        yield Blocker("embargo", "The embargo of the source is not over.", "wait for its date")
    for hit in asked.hits:
        yield Blocker(
            f"exposure:{hit.code}",
            f"{hit.where}: “{hit.fragment}” – {hit.why}",
            f"change it, or answer for it: witnessmark exposure acknowledge CASE {hit.code} --reason TEXT",
        )


def _tracks(asked: Asked) -> Iterable[Blocker]:
    work = asked.tracks
    if work is None:
        return
    if not work.made:
        yield Blocker(
            "not_redacted", "Nobody has looked for faces in it yet.", "witnessmark redact CASE ITEM"
        )
    if work.unconfirmed:
        yield Blocker(
            "tracks_unconfirmed",
            f"{work.unconfirmed} tracks were not confirmed or rejected by a person.",
            "witnessmark tracks export|import",
        )
    if work.uncovered:
        yield Blocker(
            "uncovered",
            f"{work.uncovered} stretches may show a face that no mask covers.",
            "look at them (witnessmark tracks export), then cover or clear each",
        )
    if work.shows_what_was_hidden:
        yield Blocker(
            "unmasks_earlier_release",
            "It would show what an earlier release of the same footage hides, or what was hidden since it was made.",
            "propose it anew: masks of earlier releases and of other copies are taken over then",
        )
    if work.made and not work.is_compared:
        yield Blocker(
            "not_compared",
            "It was not compared with what was shown before: a copy of it may have been hidden in parts.",
            "witnessmark compare CASE",
        )


def _people(asked: Asked) -> Iterable[Blocker]:
    if asked.team < APPROVALS:
        yield Blocker(
            "one_person",
            "The case has one person: nobody can approve what that person redacted.",
            "witnessmark person add; a case of one person can only hand over",
        )
        return
    others = [one for one in asked.approver_ids if one != asked.redactor_id]
    needed = min(asked.team, APPROVALS + 1) - 1
    if len(set(others)) < needed:
        yield Blocker(
            "not_approved",
            f"{len(set(others))} of {needed} approvals by people other than the redactor are there.",
            "witnessmark approve CASE RELEASE, by another person",
        )


def in_order(found: Sequence[Blocker]) -> tuple[Blocker, ...]:
    """Each once; approvals last, because they come last."""
    unique = {(one.code, one.what): one for one in found}
    return tuple(sorted(unique.values(), key=lambda one: one.code in ("not_approved", "one_person")))
