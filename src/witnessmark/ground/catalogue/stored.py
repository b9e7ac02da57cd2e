"""Model objects as stored JSON, and back.

Every stored document names its schema and version, ``witnessmark/stored/NAME/VERSION``. A document of an
older version is brought up to date, version by version, each time it is read; what is stored stays as it
was written. New fields with a default need no new version: documents without them are read as the default.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from witnessmark.model.errors import CaseError

T = TypeVar("T")
Document = dict[str, Any]
Upgrade = Callable[[Document], Document]

PREFIX = "witnessmark/stored"


@dataclass(frozen=True, slots=True)
class Schema:
    """A kind of stored document: ``upgrades[n]`` turns version n+1 into version n+2."""

    name: str
    upgrades: tuple[Upgrade, ...] = ()

    @property
    def version(self) -> int:
        return len(self.upgrades) + 1

    def dump(self, value: Any) -> str:
        """Text of a document (a mapping, or a dataclass of the model)."""
        content = plain(value)
        return text({"schema": f"{PREFIX}/{self.name}/{self.version}", "content": content})

    def load(self, stored: str) -> Document:
        """Content of a stored document, upgraded. Raises CaseError for a version that is not known yet."""
        envelope = json.loads(stored)
        name, _, number = envelope["schema"].removeprefix(f"{PREFIX}/").rpartition("/")
        version = int(number)
        if name != self.name or not 1 <= version <= self.version:
            raise CaseError(
                f"a stored {self.name} has the form {envelope['schema']!r}, which this version cannot read",
                "open the case with the newer witnessmark that wrote it",
            )
        content: Document = envelope["content"]
        for upgrade in self.upgrades[version - 1 :]:
            content = upgrade(content)
        return content


def text(value: Any) -> str:
    """ASCII JSON: keys as they came, numbers exactly as they are (2.0 stays 2.0), no NUL for PostgreSQL."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def plain(value: Any) -> Any:
    """Plain JSON values of a model object. Raises TypeError for what the model does not hold."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return value.hex()
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(entry) for key, entry in value.items()}
        case tuple() | list() | frozenset():
            return [plain(entry) for entry in value]
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")


def rebuild(kind: type[T], content: Any) -> T:
    """The object of the model that ``plain`` was given, by the types of its fields."""
    built: T = _build(kind, content)
    return built


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(kind: Any, content: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _build_one_of(get_args(kind), content)
    if origin is tuple:
        parts = get_args(kind)
        if len(parts) == 2 and parts[1] is Ellipsis:
            return tuple(_build(parts[0], entry) for entry in content)
        return tuple(_build(part, entry) for part, entry in zip(parts, content, strict=True))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        _, entry_kind = get_args(kind)
        return {key: _build(entry_kind, entry) for key, entry in content.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        known = {f.name for f in fields(kind)}
        return kind(**{name: _build(hints[name], entry) for name, entry in content.items() if name in known})
    if isinstance(kind, type):
        if issubclass(kind, Enum):
            return kind(content)
        if kind is bytes:
            return bytes.fromhex(content)
        if issubclass(kind, date):
            return kind.fromisoformat(content)
        if kind is float:
            return float(content)
    return content


def _build_one_of(kinds: tuple[Any, ...], content: Any) -> Any:
    """Optional fields, and unions of plain values (which JSON keeps apart by itself)."""
    if content is None:
        return None
    chosen = [kind for kind in kinds if kind is not types.NoneType]
    return _build(chosen[0], content) if len(chosen) == 1 else content
