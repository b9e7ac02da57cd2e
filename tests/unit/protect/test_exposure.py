"""Words that would give the source away are stopped, in four languages; words about the footage are not."""

from __future__ import annotations

import pytest

from witnessmark.model.errors import UnusableInputError
from witnessmark.model.exposure import ExposureRule
from witnessmark.protect.exposure import Released, check_releases, check_text, read_profile

DESCRIBING = {
    "en": (
        "The source is a former prisoner, a computer specialist, of a foreign nationality, held in the same city.",
        "Our informant, an ex-inmate who works in IT and is not a Russian citizen, was jailed in Saratov.",
        "The videos were copied by a programmer from Belarus who had served his sentence in that very prison.",
        "We received the archive last month. He is a coder who did time there and holds a foreign passport.",
    ),
    "ru": (
        "Источник – бывший заключённый, специалист по компьютерам, иностранный гражданин, "
        "содержавшийся в том же городе.",
        "Архив нам передал айтишник из Белоруссии, который сам отсидел в саратовской колонии.",
        "Человек, скопировавший видео, – программист и иностранец; срок он отбывал там же.",
        "Утечку устроил бывший осуждённый. Он разбирался в компьютерах и не был гражданином России.",
    ),
    "uk": (
        "Джерело – колишній в'язень, фахівець з комп'ютерів, іноземний громадянин, якого утримували в тому ж місті.",
        "Архів нам передав айтівець із Білорусі, який сам відсидів у саратовській колонії.",
        "Відео скопіював програміст, іноземець, що відбував покарання там само.",
        "Записи виніс на флешці програміст, громадянин іншої держави.",
    ),
    "fr": (
        "La source est un ancien détenu, informaticien, de nationalité étrangère, incarcéré dans la même ville.",
        "Les vidéos ont été copiées par un ex-prisonnier biélorusse, spécialiste en informatique.",
        "L'homme qui nous a remis les archives a purgé sa peine à Saratov ; c'est un programmeur étranger.",
        "Un informaticien étranger, détenu à Saratov, nous a remis le disque.",
    ),
}
ABOUT_THE_FOOTAGE = (
    "A video of almost three minutes was published on Monday.",
    "The scene was filmed on 18 February 2020 in a hospital ward for prisoners with tuberculosis in Saratov.",
    "One man acts, a second films, a third covers the victim's face.",
    "The recordings were handed over to the Investigative Committee.",
    "No trace of a second encoding was observed; that is no proof that there was none.",
    "На видео видно, как сотрудник колонии бьёт заключённого.",
    "Мы передали записи в Следственный комитет.",
    "Ми передали записи слідчим.",
    "На відео видно, як співробітник колонії б'є ув'язненого.",
    "Nous avons remis les enregistrements aux enquêteurs.",
    "La vidéo montre un surveillant qui frappe un détenu.",
)
PROFILE = (
    "# what is known\n"
    "name: Иван Примеров; Ivan Primerov\n"
    "occupation: computer specialist\n"
    "nationality: Belarusian; белорус; Belarus\n"
    "place: Saratov; Саратов\n"
)


@pytest.mark.parametrize("text", [text for texts in DESCRIBING.values() for text in texts])
def test_a_sentence_that_describes_the_source_is_stopped(text: str) -> None:
    """A sentence of this kind, said to the press, led to the source of 2021."""
    hits = check_text(text, "statement")
    assert hits and {hit.rule for hit in hits} == {ExposureRule.DESCRIBES_SOURCE}
    assert hits[0].where == "statement"


@pytest.mark.parametrize("text", ABOUT_THE_FOOTAGE)
def test_a_sentence_about_the_footage_is_not(text: str) -> None:
    """A check that stops every sentence is switched off in a week."""
    assert check_text(text, "statement") == ()


@pytest.mark.parametrize(
    "text",
    [
        "Источник – бывший заклю\u00adчённый и програм\u200bмист.",
        "Источник – бывший зaключённый и прoгрaммист.",  # Latin letters among Cyrillic ones
        "THE SOURCE IS A FORMER PRISONER",
        "La source est un informaticien ; l’homme vit à Paris.",
    ],
)
def test_hidden_marks_and_letters_from_another_alphabet_hide_nothing(text: str) -> None:
    """What is copied from a web page holds soft hyphens; what is meant to slip through holds worse."""
    assert check_text(text, "statement")


def test_two_sentences_of_which_the_second_goes_on() -> None:
    """Nobody puts everything into one sentence."""
    hits = check_text("We thank the source. He worked as a programmer.", "statement")
    assert [hit.fragment for hit in hits] == ["We thank the source. He worked as a programmer."]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Как рассказал Ивану Примерову коллега, всё началось зимой.", "the name"),
        ("Ce programmeur était à Saratov en hiver.", "the occupation and a place"),
        ("Белорус чинил всё сам. Позже айтишник уехал.", "Several sentences together"),
    ],
)
def test_the_profile_is_recognised_in_other_words_and_languages(text: str, told: str) -> None:
    """One language was written down; another is published."""
    hits = [
        h
        for h in check_text(text, "caption", read_profile(PROFILE.encode()))
        if h.rule == ExposureRule.PROFILE
    ]
    assert hits and told in hits[0].why


def test_a_place_that_everybody_names_is_nothing_by_itself() -> None:
    """Or every sentence about the facility would have to be answered for."""
    assert check_text("Saratov lies on the Volga.", "statement", read_profile(PROFILE.encode())) == ()


def test_a_hit_repeats_nothing_of_the_profile() -> None:
    """Hits are read, stored and logged by people who may not open the profile."""
    text = "The source, a sysadmin from Minsk in Belarus, told us. Иван Примеров."
    for hit in check_text(text, "statement", read_profile(PROFILE.encode())):
        assert not any(secret in hit.why for secret in ("Иван", "Primerov", "Belarus", "specialist"))


def test_a_hit_has_a_code_that_changes_with_the_words() -> None:
    """Who answers for one sentence has not answered for the next."""
    one, same, other = (
        check_text(text, "statement")[0].code
        for text in ("The source is a coder.", "The source is a coder.", "The source is a nurse.")
    )
    assert one == same != other


@pytest.mark.parametrize(
    "data",
    [b"occupation programmer\n", b"shoe size: 43\n", b"name: ;\n", b"\xff\xfe\n", b"name: a\n" * 99_999],
)
def test_a_profile_that_cannot_be_taken_is_refused(data: bytes) -> None:
    """A line that is passed over in silence protects nobody."""
    with pytest.raises(UnusableInputError):
        read_profile(data)


def test_releases_that_come_from_one_place_or_one_month() -> None:
    """Each may be harmless, and all of them together fit one person."""
    first = Released("A", frozenset({"F1"}), frozenset({"2020-02-18"}))
    second = Released("B", frozenset({"F1"}), frozenset({"2020-02-27"}))
    third = Released("C", frozenset({"F2"}), frozenset({"2019-05-01"}))
    assert check_releases([first]) == ()
    assert [hit.rule for hit in check_releases([first, second])] == [ExposureRule.SET, ExposureRule.SET]
    assert check_releases([first, second, third]) == ()
