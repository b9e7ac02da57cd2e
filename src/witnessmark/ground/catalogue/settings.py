"""Django settings of every witnessmark process.

No database is named here: ``open_catalogue`` adds one connection alias per opened case
(``configure.connect``). The desk's settings extend this module.
"""

from __future__ import annotations

import secrets
from typing import Any

SECRET_KEY = secrets.token_hex(32)
"""New in every process: nothing that outlives a process is signed with it."""

INSTALLED_APPS = ["witnessmark.ground.catalogue"]
AUTH_USER_MODEL = "catalogue.Person"
DATABASES: dict[str, dict[str, Any]] = {"default": {"ENGINE": "django.db.backends.dummy"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
DEBUG = False
LOGGING_CONFIG = None
"""Django must not touch logging: logs carry item codes only, and that is decided elsewhere."""
