"""A throw-away PostgreSQL server for the tests, from Debian's packages.

It lives in a temporary folder, listens on loopback only, never syncs to the disk, and dies with the test run.
The driver is imported where it is used, so that tests without a database do not wait for it.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
START_S = 60.0
MEMORY_BYTES = 2 << 30
"""A test run makes a few dozen databases of 8 MB, and logs."""
REQUIRED = "WITNESSMARK_REQUIRE_POSTGRES"
"""Set to 1, a missing server is a failure and not a skip (as in CI)."""


class PostgresMissingError(Exception):
    """The server's programs are not on this machine."""


@dataclass(frozen=True)
class Server:
    port: int
    password: str

    def url(self, database: str) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, *, template: str = "template0") -> str:
        """Name of a new database."""
        import psycopg

        name = f"case_{secrets.token_hex(6)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def rows(self, database: str, tables: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of some tables, to be put back by ``reset``."""
        import psycopg

        with psycopg.connect(self.url(database)) as connection:
            return {t: connection.execute(f'SELECT * FROM "{t}"').fetchall() for t in tables}

    def reset(self, database: str, kept: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
        """Empty every table and put these rows back: much quicker than another database."""
        import psycopg

        with psycopg.connect(self.url(database)) as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            names = ", ".join(f'"{row[0]}"' for row in found.fetchall())
            connection.execute(f"TRUNCATE {names} CASCADE")
            for table, rows in kept.items():
                places = ", ".join(["%s"] * len(rows[0]))
                connection.cursor().executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)

    def drop_database(self, name: str) -> None:
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def server() -> Iterator[Server]:
    """Raises PostgresMissingError if the machine has no PostgreSQL server."""
    if not BINARIES:
        raise PostgresMissingError("no PostgreSQL server here: apt-get install postgresql")
    binaries = BINARIES[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="witnessmark-postgres-", dir=_roomy_memory()))
    try:
        data, password_file = folder / "data", folder / "password"
        password = secrets.token_hex(16)
        password_file.write_text(password)
        # The server refuses to run as root.
        user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if user is not None:
            for path in (folder, password_file):
                os.chown(path, user.pw_uid, user.pw_gid)
        drop = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"] if user else []
        as_user = ["setpriv", *drop, "--pdeathsig=QUIT"]
        subprocess.run(
            [
                *(*as_user, binaries / "initdb", "-D", data, "-U", "postgres", "--no-sync", "-E", "UTF8"),
                *("--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={password_file}"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": 60,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*as_user, binaries / "postgres", "-D", data, *options], stdout=log, stderr=log, cwd=folder
            )
        try:
            running = Server(port, password)
            _wait_for(running, process, folder / "log")
            yield running
        finally:
            # "Immediate shutdown": nothing in there is worth waiting for.
            process.send_signal(signal.SIGQUIT)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _roomy_memory() -> str | None:
    """A file system in memory, if there is one with room: making and removing databases is mostly disk work."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= MEMORY_BYTES:
        return str(memory)
    return None


def _wait_for(running: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    end = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(running.url("postgres"), connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("PostgreSQL did not start:\n" + log.read_text(errors="replace")) from None
            time.sleep(0.1)
