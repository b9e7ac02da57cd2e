"""Where a C2PA store lies in a file. Its content is checked by the credentials examiner, not here."""

from __future__ import annotations

from witnessmark.ground.container.build import TreeBuilder


def note(builder: TreeBuilder, field: str, offset: int, length: int) -> None:
    builder.say(builder.credentials, field, f"C2PA store of {length} bytes at {offset}")


def note_remote(builder: TreeBuilder, field: str, url: str) -> None:
    """Only that a remote manifest is named (dcterms:provenance); it is never fetched."""
    if url:
        builder.say(builder.credentials, f"{field}.remote", "manifest held elsewhere (by a web address)")
