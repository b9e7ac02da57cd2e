"""Row digests under any sequence of writes, undone transactions and forgeries, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.catalogues import Maker
from witnessmark.ground.catalogue.catalogue import Catalogue
from witnessmark.ground.catalogue.models import SettingRow
from witnessmark.ground.catalogue.rows import canonical

KEYS = st.sampled_from("abcdef")
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
WRITES = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(st.tuples(KEYS, VALUES), max_size=4)),
        st.tuples(st.just("remove"), st.lists(KEYS, max_size=3)),
        st.tuples(st.just("undone"), st.lists(st.tuples(KEYS, VALUES), max_size=3)),
        st.tuples(st.just("inner undone"), st.lists(st.tuples(KEYS, VALUES), max_size=3)),
    ),
    max_size=6,
)
RELAXED = settings(
    deadline=None,
    database=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class _Undone(Exception):
    pass


@pytest.fixture
def catalogue(catalogues: Maker) -> Catalogue:
    """One for all examples of a test: each example starts from what the last one left."""
    return catalogues.open()


def write(catalogue: Catalogue, expected: dict[str, str], kind: str, what: list[Any]) -> None:
    """One step, on the catalogue and on the plain dictionary."""
    match kind:
        case "put":
            catalogue.rows.put([SettingRow(key=k, value=v) for k, v in dict(what).items()])
            expected.update(dict(what))
        case "remove":
            catalogue.rows.remove(catalogue.rows.of(SettingRow).filter(key__in=what))
            for key in what:
                expected.pop(key, None)
        case "undone":
            with pytest.raises(_Undone), catalogue.transaction():
                for key, value in what:
                    catalogue.set_setting(key, value)
                raise _Undone
        case "inner undone":
            with catalogue.transaction():
                catalogue.set_setting("a", "outer")
                with pytest.raises(_Undone), catalogue.transaction():
                    for key, value in what:
                        catalogue.set_setting(key, value)
                    raise _Undone
            expected["a"] = "outer"


@RELAXED
@given(writes=WRITES)
def test_honest_writes_never_alarm(catalogue: Catalogue, writes: Any) -> None:
    """An audit that cries wolf after an ordinary week is one that nobody heeds."""
    expected = catalogue.settings()
    for kind, what in writes:
        write(catalogue, expected, kind, what)
    assert catalogue.settings() == expected
    assert catalogue.integrity_check() == []


@RELAXED
@given(key=KEYS, before=VALUES, after=VALUES)
def test_every_forgery_is_named(catalogue: Catalogue, key: str, before: str, after: str) -> None:
    """Whatever text is put in place of another, the audit names the row; put back, it is content again."""
    catalogue.set_setting(key, before)
    with connections[catalogue.rows.alias].cursor() as cursor:
        cursor.execute("UPDATE setting SET value = %s WHERE key = %s", [after, key])
        named = [problem.where for problem in catalogue.integrity_check()]
        cursor.execute("UPDATE setting SET value = %s WHERE key = %s", [before, key])
    assert named == ([] if before == after else [f"catalogue setting {key}"])
    assert catalogue.integrity_check() == []


PLAIN = st.one_of(st.none(), st.text(max_size=5), st.integers(), st.binary(max_size=5), st.booleans())
ROWS = st.dictionaries(st.text("abc", min_size=1, max_size=2), PLAIN, max_size=3)


@settings(max_examples=150, deadline=None)
@given(one=ROWS, other=ROWS)
def test_different_rows_have_different_content(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two rows with the same canonical content could be exchanged for each other unseen."""

    def content(row: dict[str, Any]) -> bytes:
        return canonical("t", list(row), list(row.values()))

    def meant(row: dict[str, Any]) -> list[tuple[str, str, Any]]:
        return [(name, type(value).__name__, value) for name, value in row.items() if value is not None]

    assert (content(one) == content(other)) == (meant(one) == meant(other))
