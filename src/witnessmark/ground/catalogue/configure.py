"""Django is configured once per process; each opened case gets a connection alias of its own."""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from typing import Any

import django
from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.utils import ConnectionHandler

SETTINGS_MODULE = "witnessmark.ground.catalogue.settings"

_lock = threading.Lock()
_numbers = itertools.count(1)
_opened: dict[str, weakref.WeakSet[BaseDatabaseWrapper]] = {}


def configure() -> None:
    """Set Django up, once. Settings that are already there (the desk's) are kept."""
    with _lock:
        if not apps.ready:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
            django.setup()
            connection_created.connect(_remember, dispatch_uid="witnessmark.catalogue")


def _remember(connection: BaseDatabaseWrapper, **_: Any) -> None:
    with _lock:
        if connection.alias in _opened:
            _opened[connection.alias].add(connection)


def connect(database: dict[str, Any]) -> str:
    """Register a database under a new alias and return it. Threads then connect on first use.

    An alias is never used twice in a process: a thread that still holds a connection object of a closed
    case can therefore not speak to the next one by mistake.
    """
    alias = f"case-{next(_numbers)}"
    # A throw-away handler fills in Django's defaults for one database (its own way is all at once, at start).
    complete = ConnectionHandler({"default": database}).settings["default"]
    with _lock:
        connections.settings[alias] = complete
        _opened[alias] = weakref.WeakSet()
    return alias


def disconnect(alias: str) -> None:
    """Close every thread's connection of this alias and forget it (the key with it)."""
    with _lock:
        opened = list(_opened.pop(alias, ()))
        settings = connections.settings.pop(alias, None)
        if settings is not None:
            # Connection objects of other threads share this mapping. Emptied, it lets none of them connect
            # again: a worker that wakes after the case was closed must not open it anew.
            settings.update(NAME="", PASSWORD="", OPTIONS={})
    for connection in opened:
        connection.inc_thread_sharing()
        connection.close()


def disconnect_thread(alias: str) -> None:
    """Close the calling thread's connection, if it has one (for threads that end before the case closes)."""
    for connection in connections.all(initialized_only=True):
        if connection.alias == alias:
            connection.close()
