"""The tables of a case: what is held, what was found, who said what, what is still to be done.

A Django app without a site. It saves and loads the frozen types of ``witnessmark.model``; no Django object
ever leaves it. ``open_catalogue`` is the only door. Importing this package loads neither Django nor a
database driver, so that ``witnessmark --help`` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from witnessmark.ground.catalogue.catalogue import Catalogue

__all__ = ["open_catalogue"]


def open_catalogue(
    url: str, key: bytes | None, *, create: bool = False, read_only: bool = False, at_rest: bool = False
) -> Catalogue:
    """Open the catalogue of a case (see ``opening.open_catalogue``)."""
    from witnessmark.ground.catalogue.opening import open_catalogue as door

    return door(url, key, create=create, read_only=read_only, at_rest=at_rest)
