"""Opening and making the catalogue of a case, on SQLCipher or PostgreSQL."""

from __future__ import annotations

import hmac
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from witnessmark.ground.catalogue.configure import configure, connect, disconnect

configure()

from django.apps import apps  # noqa: E402  # models can be imported only once Django is set up
from django.db import connections  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.db.utils import DatabaseError, OperationalError  # noqa: E402

from witnessmark.ground.catalogue import migrations  # noqa: E402
from witnessmark.ground.catalogue.catalogue import Catalogue  # noqa: E402
from witnessmark.ground.catalogue.models import GuardedModel, TableSeal  # noqa: E402
from witnessmark.ground.catalogue.rows import Rows  # noqa: E402
from witnessmark.ground.catalogue.sqlcipher.base import KEY_BYTES, RawKey  # noqa: E402
from witnessmark.model.errors import CaseError, KeyAccessError, UsageError, VaultError  # noqa: E402

BUSY_S = 60.0
"""How long a writer waits for another process's write lock on SQLite before it gives up."""
CONNECT_S = 10
"""How long a connection to PostgreSQL may take."""
KEY_CHECK = ""
"""Name of the TableSeal that tells a wrong key from a changed table."""


def open_catalogue(
    url: str, key: bytes | None, *, create: bool = False, read_only: bool = False, at_rest: bool = False
) -> Catalogue:
    """Open (with ``create``: make) the catalogue at ``sqlcipher:///path`` or ``postgresql://user:pw@host/db``.

    ``key`` is the case's database key, 32 random bytes: it encrypts the SQLCipher file, and the row digests
    are made with keys derived from it. A catalogue of an older version is brought up to date, unless it is
    opened ``read_only``. ``at_rest`` (with ``read_only``): nobody writes to it meanwhile, so nothing at all is
    left beside the file; where a write-ahead log still holds something, it is read the usual way.
    Several catalogues may be open in one process; each is closed by ``close()``.

    Raises KeyAccessError for a wrong key, CaseError if there is no catalogue (or, with ``create``, one
    already), or if it is of a newer version, UsageError for a URL of another kind.
    """
    if key is None or len(key) != KEY_BYTES:
        raise KeyAccessError(f"the catalogue opens with a database key of {KEY_BYTES} bytes")
    database, path = _database(url, key, create=create, read_only=read_only, at_rest=at_rest)
    alias = connect(database)
    try:
        try:
            connections[alias].ensure_connection()
            return _opened(Rows(alias, key), path, create=create, read_only=read_only)
        except VaultError:
            raise  # a full disk has said so itself
        except OperationalError as error:
            raise CaseError(
                "the database of the case cannot be reached or written",
                "see `witnessmark doctor`; on PostgreSQL check that the server runs and the URL is right",
            ) from error
        except DatabaseError as error:
            if path is None:
                raise
            raise KeyAccessError(
                "the key does not open the catalogue, or its first page is damaged",
                "check the passphrase; if it is right, restore the catalogue from a backup",
            ) from error
    except BaseException:
        disconnect(alias)
        raise


def _opened(rows: Rows, path: Path | None, *, create: bool, read_only: bool) -> Catalogue:
    there = TableSeal._meta.db_table in connections[rows.alias].introspection.table_names()
    if create and there:
        raise CaseError("there is a catalogue here already", "open it, or name another place")
    if not create and not there:
        raise CaseError("there is no catalogue here", "check the case folder or the database URL")
    if there:
        check_key(rows)
    behind = not there or _behind(rows.alias)
    if behind and read_only:
        raise CaseError(
            "the catalogue is of an older version, and it was opened for reading only",
            "open it once for writing with this version",
        )
    if behind:
        migrate(rows)
    return Catalogue(rows, path=path, read_only=read_only)


def check_key(rows: Rows) -> None:
    """Raises KeyAccessError if the row digests were made with another key."""
    seal = TableSeal.objects.using(rows.alias).filter(table=KEY_CHECK).first()
    if seal is None or not hmac.compare_digest(bytes(seal.mac), rows.digests.seal_mac(seal)):
        raise KeyAccessError("the key does not fit this catalogue")


def migrate(rows: Rows) -> None:
    """Bring the tables up to date, and give new ones the seal of an empty table."""
    executor = MigrationExecutor(connections[rows.alias])
    executor.migrate(executor.loader.graph.leaf_nodes("catalogue"))
    guarded = [m._meta.db_table for m in apps.get_models() if issubclass(m, GuardedModel)]
    rows.seal_new_tables([KEY_CHECK, *guarded])


def _behind(alias: str) -> bool:
    """Whether migrations are missing. Raises CaseError if the catalogue is newer than this software."""
    folder = Path(migrations.__path__[0])
    known = {file.stem for file in folder.glob("[0-9]*.py")}
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT name FROM django_migrations WHERE app = %s", ["catalogue"])
        applied = {row[0] for row in cursor.fetchall()}
    if applied - known:
        raise CaseError(
            "the catalogue was written by a newer version of witnessmark", "open it with that version"
        )
    return bool(known - applied)


def _database(
    url: str, key: bytes, *, create: bool, read_only: bool, at_rest: bool
) -> tuple[dict[str, Any], Path | None]:
    parts = urlsplit(url)
    match parts.scheme:
        case "sqlcipher":
            if parts.netloc or not parts.path.startswith("/"):
                raise UsageError("a SQLCipher URL has three slashes and an absolute path: sqlcipher:///path")
            path = Path(unquote(parts.path))
            return _sqlcipher(path, key, create=create, read_only=read_only, at_rest=at_rest), path
        case "postgresql" | "postgres":
            return _postgresql(url, read_only=read_only), None
    raise UsageError(
        f"a database of the kind {parts.scheme!r} is not supported",
        "give a URL that begins with sqlcipher:/// or postgresql://",
    )


def _sqlcipher(path: Path, key: bytes, *, create: bool, read_only: bool, at_rest: bool) -> dict[str, Any]:
    if create:
        try:
            # Only the owner may read it; the journal and shared-memory files take the mode over from it.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            raise CaseError("there is a catalogue here already", "open it, or name another place") from None
        except OSError as error:
            raise CaseError("the catalogue cannot be made here", "check the folder and its rights") from error
    elif not path.is_file():
        raise CaseError("there is no catalogue here", "check the case folder")
    name = str(path)
    if read_only:
        through_the_log = _has_log(path) or (not at_rest and os.access(path.parent, os.W_OK))
        name = path.as_uri() + ("?mode=ro" if through_the_log else "?immutable=1")
    return {
        "ENGINE": "witnessmark.ground.catalogue.sqlcipher",
        "NAME": name,
        "OPTIONS": {
            "raw_key": RawKey(key),
            "read_only": read_only,
            "timeout": BUSY_S,
            "transaction_mode": "DEFERRED" if read_only else "IMMEDIATE",
        },
    }


def _has_log(path: Path) -> bool:
    """Whether the write-ahead log holds anything.

    On a read-only medium SQLite cannot make the ``-shm`` file that reading through the log takes. A file
    without a log is then complete by itself and may be opened as immutable; one with a log is not, and SQLite
    refuses it rather than read old pages.
    """
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _postgresql(url: str, *, read_only: bool) -> dict[str, Any]:
    parts = urlsplit(url)
    extra = dict(parse_qsl(parts.query))
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise UsageError("a PostgreSQL URL names its database: postgresql://user:password@host/database")
    options: dict[str, Any] = {"connect_timeout": CONNECT_S, "application_name": "witnessmark"}
    host = extra.pop("host", None) or unquote(parts.hostname or "")
    options |= extra
    if read_only:
        options["options"] = "-c default_transaction_read_only=on"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
