"""Nothing leaves while a rule is not met; each rule is named with what would meet it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from witnessmark.model.exposure import ExposureHit, ExposureRule
from witnessmark.model.redaction import Form
from witnessmark.model.release import Consent, ConsentState, ItemLabel, Label
from witnessmark.model.statements import PersonInFootage, StatedDate
from witnessmark.release.gate import Asked, Seen, TrackWork, blockers, default_form, in_order

UNKNOWN = StatedDate("", "unknown")


def label(*labels: Label) -> ItemLabel:
    return ItemLabel("l", "L1", ("i",), labels, "a reviewer")


def consent(person: str = "P1", **changes: object) -> Consent:
    row = Consent(
        "c", "C1", person, ("i",), ConsentState.GIVEN, (Form.VIDEO,), UNKNOWN, "no", "low", "a lawyer"
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def person(code: str = "P1", role: str = "victim") -> PersonInFootage:
    return PersonInFootage("p", code, f"person {code}", role)


SEEN = Seen("i", "abcd1234", (label(Label.ILL_TREATMENT),), (consent(),), (person(),), True)
CLEARED = Asked(
    form=Form.VIDEO,
    items=(SEEN,),
    tracks=TrackWork(made=True),
    source_is_safe=True,
    embargo_over=True,
    hits=(),
    team=2,
    redactor_id="a",
    approver_ids=("b",),
)


def codes(asked: Asked) -> list[str]:
    return [one.code for one in blockers(asked)]


def seen(**changes: object) -> Asked:
    return replace(CLEARED, items=(replace(SEEN, **changes),))  # type: ignore[arg-type]


def test_what_meets_every_rule_may_leave() -> None:
    """A gate that never opens is gone round."""
    assert codes(CLEARED) == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (seen(labels=()), "not_labelled"),
        (seen(labels=(label(Label.MINOR),)), "minor"),
        (seen(is_committed=False), "item_not_committed"),
        (seen(is_committed=False, is_held_back=True), "item_held_back"),
        (seen(persons=(), consents=()), "nobody_recorded"),
        (seen(consents=()), "consent_missing"),
        (seen(consents=(consent(state=ConsentState.NOT_ASKED, forms=()),)), "consent_missing"),
        (seen(consents=(consent(state=ConsentState.REFUSED, forms=()),)), "consent_refused"),
        (seen(consents=(consent(forms=(Form.STATEMENT,)),)), "consent_to_other_form"),
        (seen(consents=(consent(risk="not_assessed"),)), "risk_not_assessed"),
        (seen(consents=(consent(risk="high"),)), "risk_high"),
        (seen(consents=(consent(recognisable_by=("tattoo",)),)), "recognisable"),
        (
            seen(consents=(consent(state=ConsentState.UNREACHABLE, forms=(), recognisable_by=("bed",)),)),
            "unreachable",
        ),
        (replace(CLEARED, source_is_safe=False), "source_not_safe"),
        (replace(CLEARED, embargo_over=False), "embargo"),
        (replace(CLEARED, tracks=TrackWork()), "not_redacted"),
        (replace(CLEARED, tracks=TrackWork(made=True, unconfirmed=1)), "tracks_unconfirmed"),
        (replace(CLEARED, tracks=TrackWork(made=True, uncovered=2)), "uncovered"),
        (
            replace(CLEARED, tracks=TrackWork(made=True, shows_what_was_hidden=True)),
            "unmasks_earlier_release",
        ),
        (replace(CLEARED, tracks=TrackWork(made=True, is_compared=False)), "not_compared"),
        (replace(CLEARED, team=1), "one_person"),
        (replace(CLEARED, approver_ids=()), "not_approved"),
        (replace(CLEARED, approver_ids=("a",)), "not_approved"),
        (replace(CLEARED, team=3), "not_approved"),
    ],
)
def test_each_rule_stops_by_itself(asked: Asked, code: str) -> None:
    """A rule that is only looked at beside others is none."""
    assert codes(asked) == [code]
    assert all(one.clear and one.what for one in blockers(asked))


def test_custody_is_named_beside_the_risk_that_it_makes() -> None:
    """Somebody would assess the risk again, and never learn that it is the custody that must end or be weighed."""
    assert codes(seen(consents=(consent(in_custody="unknown", risk="high"),))) == ["risk_high", "in_custody"]
    assert codes(seen(consents=(consent(in_custody="yes", risk="not_assessed"),))) == [
        "risk_not_assessed",
        "in_custody",
    ]
    assert codes(seen(consents=(consent(in_custody="yes", risk="low"),))) == []


@pytest.mark.parametrize("grave", [Label.SEXUAL_VIOLENCE, Label.NUDITY])
def test_a_body_is_told_in_words(grave: Label) -> None:
    """A face box on a rape is still a rape: everybody in it must have agreed to exactly this form."""
    assert default_form([label(grave)]) is Form.STATEMENT
    refused = seen(labels=(label(grave),), consents=(consent(forms=(Form.STATEMENT,)),))
    assert codes(refused) == ["words_only", "consent_to_other_form"]
    assert codes(seen(labels=(label(grave),))) == []


def test_what_nobody_has_labelled_is_told_in_words() -> None:
    """Nobody's silence is a consent to show."""
    assert default_form([]) is Form.STATEMENT
    assert default_form([label(Label.NOTHING_GRAVE)]) is Form.VIDEO


def test_people_in_office_are_not_asked_but_victims_and_bystanders_are() -> None:
    """A guard must not be able to refuse; a bystander must."""
    guard = person("P2", "staff")
    assert codes(seen(persons=(person(), guard))) == []
    assert codes(seen(persons=(person(), person("P3", "bystander")))) == ["consent_missing"]


def test_an_exposure_hit_stops_until_somebody_answers() -> None:
    """The source of 2021 was given away by one sentence."""
    hit = ExposureHit(ExposureRule.DESCRIBES_SOURCE, "statement", "The source is a coder.", "It tells.")
    assert codes(replace(CLEARED, hits=(hit,))) == [f"exposure:{hit.code}"]


def test_approvals_come_last_in_the_list() -> None:
    """People work a list off from its top, and an approval of what changes afterwards is lost."""
    asked = replace(CLEARED, approver_ids=(), embargo_over=False)
    assert [one.code for one in in_order(blockers(asked))] == ["embargo", "not_approved"]
