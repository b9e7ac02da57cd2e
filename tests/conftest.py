"""What every test may lean on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import postgres
from tests.support.catalogues import DATABASES, Maker, closing
from tests.support.postgres import Server
from tests.support.rounds import soaking

ROOT = Path(__file__).resolve().parent.parent
LAST_WORDS = 300
"""Letters of each failure that stand in the last lines."""
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


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Names and first words of what failed, last: pytest's own list prints whole differences where ``CI`` is set, and a
    log that is cut at its top then keeps the difference of one test and the names of none."""
    for state in ("failed", "error"):
        for report in terminalreporter.stats.get(state, ()):
            crash = getattr(report.longrepr, "reprcrash", None)
            words = " ".join(crash.message.split())[:LAST_WORDS] if crash else ""
            terminalreporter.write_line(f"{state.upper()} {report.nodeid}: {words}")


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
