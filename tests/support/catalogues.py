"""New catalogues for tests, on both databases, quickly: a made one is copied instead of made again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.postgres import Server
from witnessmark.ground.catalogue import open_catalogue

if TYPE_CHECKING:
    from witnessmark.ground.catalogue.catalogue import Catalogue

KEY = bytes(range(32))
DATABASES = ("sqlcipher", "postgresql")


@dataclass
class Maker:
    """Makes catalogues on one kind of database, opens them, and closes them after a test."""

    kind: str
    folder: Path
    server: Server | None = None
    _template: str = ""
    _fresh: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    """Rows of a new PostgreSQL catalogue."""
    _used: list[str] = field(default_factory=list)
    _free: list[str] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def empty_url(self) -> str:
        """URL of a place where no catalogue is yet."""
        if self.server is None:
            return f"sqlcipher://{tempfile.mkdtemp(dir=self.folder)}/catalogue.db"
        return self.server.url(self.server.create_database())

    def new_url(self) -> str:
        """URL of a new, empty catalogue under KEY."""
        if not self._template:
            self._template = self.empty_url()
            open_catalogue(self._template, KEY, create=True).close()
        if self.server is None:
            url = self.empty_url()
            shutil.copy(path_of(self._template), path_of(url))
            return url
        template = self._template.rpartition("/")[2]
        if not self._fresh:
            self._fresh = self.server.rows(template, ["django_migrations", "table_seal"])
        if self._free:
            name = self._free.pop()
            self.server.reset(name, self._fresh)
        else:
            name = self.server.create_database(template=template)
        self._used.append(name)
        return self.server.url(name)

    def open(self, url: str | None = None, *, read_only: bool = False) -> Catalogue:
        """Opened, and closed at the end of the test."""
        catalogue = open_catalogue(url or self.new_url(), KEY, read_only=read_only)
        self._stack.callback(catalogue.close)
        return catalogue

    def close_opened(self) -> None:
        self._stack.close()
        self._free += self._used
        self._used.clear()


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlcipher://"))


def closing(maker: Maker) -> Iterator[Maker]:
    """For a fixture: the maker, and what it opened closed afterwards."""
    try:
        yield maker
    finally:
        maker.close_opened()
