"""Names and places, as they go into sealed fields, and the keys under which the journal knows them.

The journal must recognise a path on resume without holding one: it holds HMAC-SHA256 under a case secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import unicodedata
from collections.abc import Sequence
from typing import Any

NAME_SCHEMA = "witnessmark/name/1"
_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode general categories that move, hide or reverse what a person reads (UAX #9, UTR #36 §2.6)."""
_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U to misread."""
_CODE_LETTERS = 10


def keyed(secret: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over length-prefixed parts: no two different lists of parts give the same input."""
    mac = hmac.new(secret, b"witnessmark/intake-key/1\x00", hashlib.sha256)
    for part in parts:
        mac.update(len(part).to_bytes(8, "big") + part)
    return mac.digest()


def state_bytes(state: Sequence[int]) -> bytes:
    """Size and times as fixed-width integers (times can lie before 1970)."""
    return b"".join(value.to_bytes(16, "big", signed=True) for value in state)


def new_code(prefix: str) -> str:
    """A random code such as ``R-7K3Q9XTB2M`` (50 bits), to be read aloud and looked up in the annex."""
    return prefix + "-" + "".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_LETTERS))


def shown(raw: bytes) -> str:
    """A name as a person may safely read it: one line, left to right, nothing hidden.

    Bytes that are not UTF-8 appear as ``\\xNN``, invisible and direction-changing characters as ``\\uNNNN``.
    Not reversible; ``raw`` itself is kept beside it in base 64.
    """
    text = raw.decode("utf-8", "backslashreplace")
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _ESCAPED_CATEGORIES
        else character
        for character in text
    )


def name_record(raw: bytes, **more: Any) -> bytes:
    """The JSON that is sealed for one occurrence or refusal. ``more``: times, links, archive, source."""
    record = {
        "schema": NAME_SCHEMA,
        "path": shown(raw),
        "path_b64": base64.b64encode(raw).decode("ascii"),
        **{key: value for key, value in more.items() if value is not None},
    }
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
