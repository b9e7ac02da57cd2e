"""The sealed annex: which code stands for which name.

One JSON document per line, streamed to a writer that seals at level "names" while we go: no list of names
is ever held or written in the clear. Each line gives the code, what became of it, and the name record; where
the name was met in an earlier run of the same session and not again, the line carries the name record still
sealed on its own (``sealed_b64``), which opens to the same persons.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from witnessmark.model.errors import UnusableInputError
from witnessmark.receive.ports import Settled

ANNEX_SCHEMA = "witnessmark/receipt-annex/1"

AnnexWriter = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class AnnexLine:
    """One resolved code."""

    code: str
    settlement: str
    reason: str
    is_member: bool
    name: dict[str, Any] | None
    """The name record; None where ``sealed`` has to be opened first."""
    sealed: bytes


def opening_line(receipt_id: str) -> bytes:
    """First line of an annex: which receipt it belongs to."""
    return _line({"schema": ANNEX_SCHEMA, "receipt": receipt_id})


def line(row: Settled, name: bytes | None) -> bytes:
    """The line for one settled row; ``name`` is its name record where it is known in this run."""
    entry: dict[str, Any] = {"code": row.code, "settlement": str(row.settlement), "is_member": row.is_member}
    if row.reason:
        entry["reason"] = row.reason
    if name is not None:
        entry["name"] = json.loads(name)
    else:
        entry["sealed_b64"] = base64.b64encode(row.sealed_name).decode("ascii")
    return _line(entry)


def read(lines: Iterable[bytes]) -> Iterator[AnnexLine]:
    """The opened annex, line by line. Raises UnusableInputError if it is not one."""
    is_open = False
    for raw in lines:
        try:
            entry = json.loads(raw)
            if not is_open or "schema" in entry:
                if entry["schema"] != ANNEX_SCHEMA:
                    raise ValueError
                is_open = True
                continue
            yield AnnexLine(
                entry["code"],
                entry["settlement"],
                entry.get("reason", ""),
                entry["is_member"],
                entry.get("name"),
                base64.b64decode(entry.get("sealed_b64", "")),
            )
        except (ValueError, KeyError, TypeError):
            raise UnusableInputError("this is not the annex of a receipt, or it is damaged") from None


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
