"""Inside the jail: one reference recording becomes its structure tokens. Nothing is decoded, nothing else leaves."""

from __future__ import annotations

import os
from typing import Any, Protocol

from witnessmark.examine.library.tokens import structure_tokens
from witnessmark.examine.trees import unreadable
from witnessmark.examine.writers import Role, signatures
from witnessmark.ground.container import HEAD_BYTES, parse, sniff
from witnessmark.ground.media.sources import PlainSource


class Out(Protocol):
    def record(self, record: dict[str, Any], /) -> Any: ...


def describe(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Out) -> None:
    """The task: ``files["file"]`` is a descriptor. Says the format, the tokens, what could not be read, and which
    software names itself in the file: that speaks against its being native."""
    source = PlainSource(files["file"], os.fstat(files["file"]).st_size)
    kind = sniff(source.read_at(0, HEAD_BYTES), source.size_bytes)
    tree = parse(source, kind)
    software = dict.fromkeys(
        one.writer.name for one in signatures(tree) if one.writer.role is not Role.RECORDER
    )
    out.record(
        {
            "format": kind.format,
            "tokens": list(structure_tokens(tree)),
            "unreadable": unreadable(tree),
            "software": list(software),
        }
    )
