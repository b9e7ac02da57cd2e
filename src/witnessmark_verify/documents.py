"""Small documents from a stranger's hand, read strictly: one spelling, known members, bounded numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from witnessmark_verify.verdict import Refused

LARGEST_NUMBER = (1 << 53) - 1
_LONGEST_NUMBER = 17


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a member stands twice")
    return made


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or abs(int(text)) > LARGEST_NUMBER:
        raise ValueError("a number is too large")
    return int(text)


def _no_number(text: str) -> Any:
    raise ValueError("only whole numbers stand here")


def read_document(data: bytes, name: str, schema: str, members: Collection[str], code: str) -> dict[str, Any]:
    """The object in ``data``: exactly these members and that schema. Refused with ``code`` otherwise."""
    try:
        document = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_int=_whole,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError) as error:
        raise Refused(code, f"{name} is not a JSON document as it should be") from error
    if not isinstance(document, dict) or set(document) != set(members) | {"schema"}:
        raise Refused(code, f"{name} has not the members it should have")
    if document["schema"] != schema:
        raise Refused(code, f"{name} is of another schema than {schema}")
    return document


def read_hex(value: object, code: str, size_bytes: int | None = None) -> bytes:
    """Bytes from lower-case hex, of that length where one is given."""
    try:
        data = bytes.fromhex(value) if isinstance(value, str) else None
    except ValueError:
        data = None
    if data is None or data.hex() != value or (size_bytes is not None and len(data) != size_bytes):
        raise Refused(code, "a value that should be lower-case hex of a certain length is not")
    return data


def read_number(value: object, code: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise Refused(code, "a number is missing or out of range")
    return value


def read_text(value: object, code: str, longest: int = 64) -> str:
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise Refused(code, "a text is missing, too long or not printable")
    return value


def read_list(value: object, code: str, most: int, read: Callable[[object], Any] | None = None) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise Refused(code, "a list is missing or too long")
    return [read(one) for one in value] if read else value


def read_object(value: object, code: str, members: Collection[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(members):
        raise Refused(code, "an object has not the members it should have")
    return value


def write_document(document: dict[str, Any]) -> bytes:
    """RFC 8785 for what we write: ASCII, whole numbers, sorted members; one line."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
