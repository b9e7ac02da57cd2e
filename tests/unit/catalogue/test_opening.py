"""Opening, closing, threads and versions: the same on both databases."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connections

from tests.support.catalogues import KEY, Maker
from witnessmark.ground.catalogue import open_catalogue
from witnessmark.ground.catalogue.catalogue import Catalogue
from witnessmark.ground.catalogue.stored import Schema
from witnessmark.model.errors import CaseError


def test_several_cases_in_one_process(catalogues: Maker) -> None:
    """A second case must never answer for the first, whether side by side or one after the other."""
    first, second = catalogues.new_url(), catalogues.new_url()
    with open_catalogue(first, KEY) as one, open_catalogue(second, KEY) as two:
        one.set_setting("name", "first")
        two.set_setting("name", "second")
    for url, expected in ((second, "second"), (first, "first"), (second, "second")):
        with open_catalogue(url, KEY) as again:
            assert again.get_setting("name") == expected


def test_create_refuses_a_filled_database(catalogues: Maker) -> None:
    """A second `new` must not touch the tables of a case."""
    url = catalogues.new_url()
    with pytest.raises(CaseError):
        open_catalogue(url, KEY, create=True)


def test_open_refuses_an_empty_database(catalogues: Maker) -> None:
    """Opening must never make a case by accident."""
    with pytest.raises(CaseError):
        open_catalogue(catalogues.empty_url(), KEY)


def test_closing_reaches_the_connections_of_all_threads(catalogues: Maker) -> None:
    """A connection left open would hold the key and keep the journal from being put away."""
    catalogue = catalogues.open()
    release, ready = threading.Event(), threading.Event()
    seen = []

    def work() -> None:
        catalogue.get_setting("a")
        seen.append(connections[catalogue.rows.alias])
        ready.set()
        release.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(10)
    catalogue.close()
    release.set()
    thread.join()
    assert seen[0].connection is None


def test_closing_under_a_thread_that_is_at_work(catalogues: Maker) -> None:
    """An abandoned worker wakes while the case is closed: it must get an error, not crash or reopen it."""
    for _ in range(5):
        catalogue = catalogues.open()
        ready, faults = threading.Barrier(4), []

        def work(catalogue: Catalogue = catalogue, ready: threading.Barrier = ready) -> None:
            catalogue.settings()
            ready.wait(10)
            try:
                while True:
                    catalogue.settings()
            except Exception as error:  # which one depends on the moment
                faults.append(type(error))  # noqa: B023  # joined before the next round

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        ready.wait(10)
        catalogue.close()
        for thread in threads:
            thread.join(20)
        assert (len(faults), [thread.is_alive() for thread in threads]) == (3, [False] * 3)


def test_many_threads_write_at_once(catalogues: Maker) -> None:
    """Workers save findings at the same time: nothing may be lost, and the seals must stay right."""
    catalogue = catalogues.open()

    def work(number: int) -> None:
        for round_ in range(10):
            with catalogue.transaction():
                # Two tables in differing order: a locking order that depends on the caller would deadlock.
                writes = [
                    lambda r=round_: catalogue.set_setting(f"{number}-{r}", "x"),
                    lambda r=round_: catalogue.add_person(f"person {number}-{r}"),
                ]
                for write in writes if number % 2 else reversed(writes):
                    write()
        catalogue.close_thread()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert (len(catalogue.settings()), len(catalogue.persons())) == (60, 60)
    assert catalogue.integrity_check() == []


def test_two_processes_write_at_once(catalogues: Maker) -> None:
    """A desk and a terminal work on one case at the same time."""
    url = catalogues.new_url()
    program = """
import sys
from witnessmark.ground.catalogue import open_catalogue
with open_catalogue(sys.argv[1], bytes(range(32))) as catalogue:
    for number in range(25):
        catalogue.set_setting(f"{sys.argv[2]}-{number}", "x")
"""
    writers = [subprocess.Popen([sys.executable, "-c", program, url, name]) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with open_catalogue(url, KEY) as catalogue:
        assert len(catalogue.settings()) == 50
        assert catalogue.integrity_check() == []


def test_newer_catalogue_is_not_touched(catalogues: Maker) -> None:
    """An old program must not write into tables that it does not understand."""
    url = catalogues.new_url()
    with open_catalogue(url, KEY) as catalogue, connections[catalogue.rows.alias].cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('catalogue', '9999_later', %s)",
            [catalogue.clock()],
        )
    with pytest.raises(CaseError):
        open_catalogue(url, KEY)


def test_no_migration_is_missing() -> None:
    """A changed model without its migration works on new cases and breaks every old one."""
    call_command("makemigrations", "catalogue", check=True, dry_run=True, verbosity=0)


def test_importing_the_door_loads_no_django() -> None:
    """`witnessmark --help` has to answer at once."""
    program = (
        "import sys, witnessmark.ground.catalogue, witnessmark.ground.jobs;"
        "print([m for m in ('django', 'sqlcipher3', 'psycopg', 'numpy') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_stored_documents_are_upgraded_step_by_step() -> None:
    """A case of years ago must open: its documents are brought up to date as they are read."""
    old = Schema("thing").dump({"length": 2.0, "name": "nul \x00 and é"})
    newer = Schema(
        "thing",
        (
            lambda d: {"length_s": d["length"], "name": d["name"]},
            lambda d: d | {"unit": "s"},
        ),
    )
    assert newer.load(old) == {"length_s": 2.0, "name": "nul \x00 and é", "unit": "s"}
    assert newer.load(newer.dump({"a": 1})) == {"a": 1}
    with pytest.raises(CaseError):
        Schema("thing").load(newer.dump({}))
    with pytest.raises(CaseError):
        Schema("other").load(old)
