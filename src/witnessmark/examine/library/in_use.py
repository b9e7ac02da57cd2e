"""Which references a file is laid beside: the shipped library, and what a case (or ``--reference``) adds to it.

One attempt examines one file in a process of its own, so what is added is set once for the process, before the
examination begins. Findings name both: the shipped library by its digest, which is part of the build, and the added
references by theirs, so that ``witnessmark inspect FILE --reference FILE`` with the same file gives the same core.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from witnessmark.examine.library.entries import Library, shipped, shipped_name

NOTHING = Library()
_added: ContextVar[Library] = ContextVar("added_references", default=NOTHING)


@contextmanager
def added(references: Library) -> Iterator[None]:
    """While it lasts, these references stand beside the shipped ones."""
    token = _added.set(references)
    try:
        yield
    finally:
        _added.reset(token)


def library() -> Library:
    """Everything that a file is laid beside now."""
    more = _added.get()
    return shipped() + more if more.entries else shipped()


def names() -> dict[str, str]:
    """Parameters that name the library of a finding: ``library``, and ``references`` where some were added."""
    more = _added.get()
    named = {"library": shipped_name()}
    return {**named, "references": more.name} if more.entries else named
