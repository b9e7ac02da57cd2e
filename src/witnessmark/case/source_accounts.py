"""The source's own account, as a person gives it: from a file, and what was said beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from witnessmark.model.errors import UsageError
from witnessmark.receive.source_statement import SourceStatement, parse_statement


def account(data: bytes | None, said: Mapping[str, Any]) -> SourceStatement:
    """``data``: the account's file, if there is one; what is in ``said`` (by field) stands instead of what it says.

    Raises UnusableInputError for a file that is no account, UsageError where nothing is said at all.
    """
    statement = parse_statement(data) if data is not None else SourceStatement()
    statement = replace(statement, **{key: value for key, value in said.items() if value})
    if statement.is_empty:
        raise UsageError("the statement says nothing", "give --file, or at least --copied-from and --hand")
    return statement
