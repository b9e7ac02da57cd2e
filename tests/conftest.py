"""What every test may lean on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.catalogues import DATABASES, Maker, closing
from tests.support.postgres import Server
from tests.support.rounds import soaking

ROOT = Path(__file__).resolve().parent.parent
SHARED_MEDIA = ROOT.parent / "shared" / "media"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked ``soak`` are whole long rounds: they run where a soak is asked for, or by name.

    Tests that make a part of their rounds in every run are not marked (tests/support/rounds.py).
    """
    if soaking() or "soak" in config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("soak")]
    if long and len(long) < len(items):
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("soak")]


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """The folder of real media beside the checkout; tests that need it say so when it is absent."""
    if not SHARED_MEDIA.is_dir():
        pytest.skip("real media are not beside this checkout (../shared/media)")
    return SHARED_MEDIA


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A throw-away PostgreSQL server; see tests/support/postgres.py."""
    try:
        with postgres.server() as server:
            yield server
    except postgres.PostgresMissingError as missing:
        if os.environ.get(postgres.REQUIRED) == "1":
            raise
        pytest.skip(str(missing))


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """URL of a new, empty PostgreSQL database."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def _makers() -> dict[str, Maker]:
    return {}


@pytest.fixture(params=DATABASES)
def catalogues(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, _makers: dict[str, Maker]
) -> Iterator[Maker]:
    """Makes and opens catalogues; each test that asks for it runs on SQLCipher and on PostgreSQL."""
    kind = request.param
    if kind not in _makers:
        server = request.getfixturevalue("postgres_server") if kind == "postgresql" else None
        _makers[kind] = Maker(kind, tmp_path_factory.mktemp("catalogues"), server)
    yield from closing(_makers[kind])
