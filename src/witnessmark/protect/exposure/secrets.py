"""Names and numbers of the case that stand in outgoing words, letter by letter.

File names, folders, user names, unit numbers and digests are secrets because the other side can look for them in its
own machines. Compared without regard to case, blanks, hyphens and dots, because people write them as they like. What
thousands of files are called, and numbers of up to seven digits, are no secrets by themselves: ``docs/exposure.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from witnessmark.ground.language.words import plain, sentences
from witnessmark.model.exposure import ExposureHit, ExposureRule
from witnessmark.protect.exposure.generic import is_generic

SHORTEST = 5
"""Letters and digits; shorter ones stand in any text by chance (``IMG``, ``2020``)."""
DIGEST_LETTERS = 16
"""A digest counts from its first 64 bits on: nothing else looks like that."""
_EMPTY = re.compile(r"[\s\W_]+", re.UNICODE)
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}$")
_ONLY_YEAR_OR_COUNT = re.compile(r"\d{1,7}")


def check_secrets(text: str, where: str, secrets: Mapping[str, Iterable[str]]) -> tuple[ExposureHit, ...]:
    """A hit for each sentence in which a secret stands; the secret's kind is told, never the secret."""
    wanted = {
        squeezed: kind
        for kind, values in secrets.items()
        for value in values
        if not is_generic(value)
        and len(squeezed := _squeezed(_SUFFIX.sub("", value.casefold()))) >= SHORTEST
        and not _ONLY_YEAR_OR_COUNT.fullmatch(squeezed)
    }
    hits = []
    for sentence in sentences(plain(text)):
        bare = _squeezed(sentence)
        kinds = {kind for squeezed, kind in wanted.items() if squeezed in bare}
        hits += [
            ExposureHit(
                ExposureRule.SECRET, where, " ".join(sentence.split()), f"It holds {kind} of the case."
            )
            for kind in sorted(kinds)
        ]
    return tuple(hits)


def _squeezed(text: str) -> str:
    return _EMPTY.sub("", plain(text).casefold())
