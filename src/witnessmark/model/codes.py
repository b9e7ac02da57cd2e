"""What people call an item on paper and on the screen: a short code, never a name."""

from __future__ import annotations

SHORT_CODE_CHARACTERS = 8
"""32 bits: among 10,000 items two share a code with a probability of about 1 %; commands then ask for more."""


def short_code(identifier: str) -> str:
    """The first characters of a random id without its hyphens."""
    return identifier.replace("-", "")[:SHORT_CODE_CHARACTERS]
