"""Sentences that were written after the lists of words were fixed, and never used to choose them.

They tell what a person who writes a statement without thinking would tell: who was there, who had the key, who is gone.
The counts are pinned, misses too: a change of the lists that was made for these sentences would show, and a change that
finds fewer would. Never add a word to ``concepts.toml`` or ``provenance.toml`` for a sentence of this file: write new
sentences first. The rules of ``provenance.py`` were made without this file, but not in full ignorance of it: its first
four English sentences had been seen, and three of all stood on the page.
"""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from witnessmark.protect.exposure import check_text

TELLING = {
    "en": (
        "We owe these pictures to somebody who for years kept the ward's printers alive.",
        "The man behind this disclosure sat in cell block four until spring.",
        "Our source has since settled with relatives in Tbilisi.",
        "A trusty with keys to the server cupboard put the hard drive in his boot on the day he was let out.",
        "It reached us from one of the few prisoners who were ever left alone with the monitors.",
        "The person who entrusted us with the drive speaks Russian with a Baltic accent.",
        "The archive comes from a medic who quit the hospital last autumn.",
        "The one who told us all this had been convicted of theft and cleaned the guards' offices.",
    ),
    "ru": (
        "Этими кадрами мы обязаны тому, кто годами чинил в больнице принтеры.",
        "Человек, благодаря которому всё стало известно, до весны сидел в четвёртом отряде.",
        "Наш источник уже перебрался к родственникам в Тбилиси.",
        "Дневальный, у которого были ключи от серверной, унёс жёсткий диск в сапоге в день освобождения.",
        "Запись пришла к нам от одного из немногих осуждённых, кого оставляли у мониторов одного.",
        "Тот, кто доверил нам диск, говорит по-русски с прибалтийским акцентом.",
        "Архив мы получили от медика, который прошлой осенью уволился из больницы.",
        "Рассказавший нам об этом отбывал срок за кражу и убирал кабинеты охраны.",
    ),
    "uk": (
        "Цими кадрами ми завдячуємо тому, хто роками лагодив у лікарні принтери.",
        "Людина, завдяки якій усе стало відомо, до весни сиділа в четвертому загоні.",
        "Наше джерело вже переїхало до родичів у Тбілісі.",
        "Днювальний, який мав ключі від серверної, виніс жорсткий диск у чоботі в день звільнення.",
        "Запис надійшов до нас від одного з небагатьох засуджених, кого залишали біля моніторів самого.",
        "Той, хто довірив нам диск, розмовляє російською з прибалтійським акцентом.",
        "Архів ми отримали від медика, який торік восени звільнився з лікарні.",
        "Той, хто розповів нам про це, відбував строк за крадіжку й прибирав кабінети охорони.",
    ),
    "fr": (
        "Nous devons ces images à celui qui, des années durant, dépannait les imprimantes de l'hôpital.",
        "L'homme grâce à qui tout s'est su occupait jusqu'au printemps une cellule du quatrième bâtiment.",
        "Notre source s'est installée depuis chez des proches à Tbilissi.",
        "Un auxiliaire qui tenait les clés de la salle des serveurs a caché le disque dans sa botte "
        "le jour de sa sortie.",
        "L'enregistrement nous vient d'un des rares condamnés qu'on laissait seuls devant les écrans.",
        "La personne qui nous a confié le disque parle russe avec un accent balte.",
        "Les archives proviennent d'un soignant qui a quitté l'hôpital l'automne dernier.",
        "Celui qui nous a tout raconté avait été condamné pour vol et nettoyait les bureaux des gardiens.",
    ),
}
HARMLESS = {
    "en": (
        "The lamp in the corridor goes out twice.",
        "A third man closes the door, and nobody speaks for forty seconds.",
        "The prosecutor's office has not answered our letter.",
        "Two recordings show the same room from opposite corners.",
    ),
    "ru": (
        "Лампа в коридоре гаснет дважды.",
        "Третий мужчина закрывает дверь, и сорок секунд никто не говорит.",
        "Прокуратура на наше письмо не ответила.",
        "Две записи показывают одну комнату из противоположных углов.",
    ),
    "uk": (
        "Лампа в коридорі гасне двічі.",
        "Третій чоловік зачиняє двері, і сорок секунд ніхто не говорить.",
        "Прокуратура на наш лист не відповіла.",
        "Два записи показують одну кімнату з протилежних кутів.",
    ),
    "fr": (
        "La lampe du couloir s'éteint deux fois.",
        "Un troisième homme ferme la porte, et personne ne parle pendant quarante secondes.",
        "Le parquet n'a pas répondu à notre lettre.",
        "Deux enregistrements montrent la même pièce depuis deux coins opposés.",
    ),
}
FOUND = {"en": 7, "ru": 7, "uk": 7, "fr": 6}
"""Of eight each, counted once, after the rules of ``provenance.py`` were fixed. docs/exposure.md tells the sum."""


@pytest.mark.parametrize("language", FOUND)
def test_what_is_found_of_sentences_that_nothing_was_chosen_for(language: str) -> None:
    """People would trust the check with what only they can see; the page tells them how much it misses."""
    assert sum(bool(check_text(text, "statement")) for text in TELLING[language]) == FOUND[language]
    assert len(TELLING[language]) == 8


@pytest.mark.parametrize("language", FOUND)
def test_harmless_sentences_that_nothing_was_chosen_for(language: str) -> None:
    """A check that stops sentences about the footage is switched off in a week."""
    assert [text for text in HARMLESS[language] if check_text(text, "statement")] == []


def test_the_page_tells_these_counts() -> None:
    """A page with better numbers than the test has would be an advertisement."""
    page = (ROOT / "docs" / "exposure.md").read_text(encoding="utf-8")
    told = sum(map(len, TELLING.values()))
    assert f"{sum(FOUND.values())} of {told} sentences" in page
