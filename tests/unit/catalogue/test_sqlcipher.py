"""The encrypted database: sealed, durable and checked, or the case lies open or is lost."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connections

from tests.support.catalogues import KEY, path_of
from witnessmark.ground.catalogue import open_catalogue
from witnessmark.ground.catalogue.catalogue import Catalogue
from witnessmark.ground.catalogue.sqlcipher.base import RawKey
from witnessmark.model.errors import CaseError, KeyAccessError, UsageError, WitnessmarkError

SECRET = "a sentence that must not be readable on the disk"


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlcipher://{tmp_path}/catalogue.db"
    open_catalogue(url, KEY, create=True).close()
    return url


def pragma(catalogue: Catalogue, name: str) -> object:
    with connections[catalogue.rows.alias].cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("secure_delete", 1),
        ("temp_store", 2),
        ("foreign_keys", 1),
        ("query_only", 0),
    ],
)
def test_pragma_is_in_force(url: str, name: str, expected: object) -> None:
    """A pragma that was asked for and never took effect lost both WAL and synchronous=FULL in a trial."""
    with open_catalogue(url, KEY) as catalogue:
        assert pragma(catalogue, name) == expected


def test_init_command_is_in_force(url: str) -> None:
    """A user's own init_command was silently dropped by a backend that read it in the wrong place."""
    with open_catalogue(url, KEY) as catalogue:
        wrapper = connections[catalogue.rows.alias]
        wrapper.close()
        wrapper.settings_dict["OPTIONS"]["init_command"] = (
            "PRAGMA cache_size = -1234; PRAGMA cell_size_check = 1"
        )
        assert (pragma(catalogue, "cache_size"), pragma(catalogue, "cell_size_check")) == (-1234, 1)


def test_pragma_that_does_not_take_effect_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without WAL and FULL a power cut takes what was said to be saved; the case must not open like that."""
    from witnessmark.ground.catalogue.sqlcipher import base

    monkeypatch.setattr(base, "DURABLE_PRAGMAS", {"synchronous": ("OFF", 2)})
    with pytest.raises(CaseError):
        open_catalogue(url, KEY)


def test_nothing_is_readable_on_the_disk(url: str) -> None:
    """A seized disk must show nothing, the journal included."""
    with open_catalogue(url, KEY) as catalogue:
        catalogue.set_setting("note", SECRET)
        files = [file.read_bytes() for file in path_of(url).parent.iterdir()]
        assert len(files) == 3
        assert [SECRET.encode() in content or b"SQLite format" in content for content in files] == [False] * 3
        assert catalogue.get_setting("note") == SECRET


def test_file_is_for_its_owner_only(url: str) -> None:
    """Other accounts on the machine must not even copy the file."""
    assert stat.S_IMODE(path_of(url).stat().st_mode) == 0o600


def test_wrong_key_is_told_as_such(url: str) -> None:
    """A wrong passphrase must not look like a broken case."""
    with pytest.raises(KeyAccessError):
        open_catalogue(url, bytes(32))


@pytest.mark.parametrize("key", [None, b"short"])
def test_key_of_another_length_is_refused(url: str, key: bytes | None) -> None:
    """A missing key would leave an open database."""
    with pytest.raises(KeyAccessError):
        open_catalogue(url, key)


def test_key_does_not_show_itself() -> None:
    """A traceback with local variables must not print the key of the case."""
    assert repr(RawKey(KEY)) == "RawKey(...)"


def test_create_does_not_touch_what_is_there(url: str) -> None:
    """A second `new` on the same place must not empty the case."""
    with pytest.raises(CaseError):
        open_catalogue(url, KEY, create=True)
    with open_catalogue(url, KEY) as catalogue:
        assert catalogue.integrity_check() == []


def test_missing_file_is_not_made_by_opening(tmp_path: Path) -> None:
    """A mistyped path must not become an empty case."""
    with pytest.raises(CaseError):
        open_catalogue(f"sqlcipher://{tmp_path}/none.db", KEY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["sqlcipher://relative/x.db", "mysql://host/db", "postgresql://host"])
def test_other_urls_are_refused(url: str) -> None:
    """A URL that is misunderstood would put the case in another place."""
    with pytest.raises(UsageError):
        open_catalogue(url, KEY)


def test_read_only_writes_nothing(url: str) -> None:
    """A second copy opens read-only: two writers would fork the ledger."""
    with open_catalogue(url, KEY) as catalogue:
        catalogue.set_setting("a", "1")
    before = path_of(url).read_bytes()
    with open_catalogue(url, KEY, read_only=True) as catalogue:
        assert catalogue.get_setting("a") == "1"
        assert catalogue.integrity_check() == []
        with pytest.raises(Exception, match="readonly"):
            catalogue.set_setting("a", "2")
    assert path_of(url).read_bytes() == before


def test_every_flipped_page_is_named(url: str) -> None:
    """A changed byte on the disk must be found, also in pages that no query reads."""
    with open_catalogue(url, KEY) as catalogue:
        for number in range(200):
            catalogue.set_setting(f"setting {number}", SECRET * 3)
    path = path_of(url)
    whole = path.read_bytes()
    pages = len(whole) // 4096
    assert pages > 40
    unnamed = []
    for page in range(1, pages, 13):
        path.write_bytes(whole)
        with path.open("r+b") as file:
            file.seek(page * 4096 + 1000)
            file.write(bytes([whole[page * 4096 + 1000] ^ 1]))
        try:
            with open_catalogue(url, KEY) as catalogue:
                named = {problem.where for problem in catalogue.integrity_check()}
        except WitnessmarkError:
            named = {"at opening"}
        if not named:
            unnamed.append(page)
    assert unnamed == []


def test_committed_rows_survive_kill_9(url: str) -> None:
    """What was reported as saved must be there after the process was killed during the next write."""
    program = f"""
from witnessmark.ground.catalogue import open_catalogue
import os, signal
catalogue = open_catalogue({url!r}, bytes(range(32)))
catalogue.set_setting("saved", "yes")
with catalogue.transaction():
    catalogue.set_setting("half", "yes")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", program], check=False, env=dict(os.environ))
    assert ended.returncode == -signal.SIGKILL
    with open_catalogue(url, KEY) as catalogue:
        assert catalogue.settings() == {"saved": "yes"}
        assert catalogue.integrity_check() == []


def test_moved_case_opens(url: str, tmp_path: Path) -> None:
    """A case is moved to another disk and must work there."""
    with open_catalogue(url, KEY) as catalogue:
        catalogue.set_setting("a", "1")
    elsewhere = tmp_path / "a folder with spaces ? and %41"
    elsewhere.mkdir()
    path_of(url).rename(elsewhere / "c.db")
    quoted = (elsewhere / "c.db").as_uri().removeprefix("file://")
    for read_only in (False, True):
        with open_catalogue(f"sqlcipher://{quoted}", KEY, read_only=read_only) as catalogue:
            assert catalogue.settings() == {"a": "1"}


def test_snapshot_is_the_whole_case(url: str, tmp_path: Path) -> None:
    """A backup that lacks what stands in the journal lacks the last hours of the case."""
    with open_catalogue(url, KEY) as catalogue:
        for number in range(50):
            catalogue.set_setting(f"setting {number}", SECRET)
        with catalogue.snapshot() as file:
            (tmp_path / "copy.db").write_bytes(file.read())
        catalogue.set_setting("later", "x")
    with open_catalogue(f"sqlcipher://{tmp_path}/copy.db", KEY) as copy:
        assert (len(copy.settings()), copy.integrity_check()) == (50, [])


def locks_on(path: Path) -> list[str]:
    """Locks that this process holds on a file, as the kernel lists them."""
    ours = (f" {os.getpid()} ", f":{path.stat().st_ino} ")
    lines = Path("/proc/locks").read_text().splitlines()
    return [line.partition(": ")[2] for line in lines if all(part in line for part in ours)]


def test_snapshot_leaves_the_locks_in_force(url: str) -> None:
    """Closing the copied file would drop SQLite's locks, and another process could take the journal away."""
    with open_catalogue(url, KEY) as catalogue:
        catalogue.set_setting("a", "1")
        before = locks_on(path_of(url))
        with catalogue.snapshot() as file:
            file.read()
        assert len(before) == 1
        assert locks_on(path_of(url)) == before


def test_snapshot_is_refused_on_postgresql(postgres_url: str) -> None:
    """A file copy of a server's database would be no backup at all."""
    with (
        open_catalogue(postgres_url, KEY, create=True) as catalogue,
        pytest.raises(UsageError),
        catalogue.snapshot(),
    ):
        pass
