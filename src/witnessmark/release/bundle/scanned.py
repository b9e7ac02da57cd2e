"""A last look at every file of a bundle for what must not leave, just before it is written.

The public videos were scanned when they were made; this looks at everything else that came since: content credentials,
proofs, time-stamp tokens, the page. What a person wrote is the exposure check's business, which knows words and asks
people; here a text of the case is looked for only where no person writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from witnessmark.release.bundle.contents import Content, pieces
from witnessmark.release.derivative.gone import Leftover, Scanner, Secret

SAME_IN_EVERY_BUNDLE = frozenset({"verify.py", "README.html", "LIMITS.md"})
"""Program and plain words: ordinary words of a case occur in them."""
WRITTEN = "statement."
HEX_LIKE = re.compile(r"[0-9a-fA-F]{1,11}\Z")
"""A text that could be a piece of a printed hash: up to 11 digits occur in one by chance."""


def leftovers(files: Mapping[str, Content], secrets: Sequence[Secret]) -> tuple[Leftover, ...]:
    """Everything of the secrets that stands in one of the files; ``place`` begins with the file's path."""
    digests = [secret for secret in secrets if secret.digest]
    texts = [secret for secret in secrets if secret.text and not HEX_LIKE.match(secret.text)]
    found = []
    for path, content in sorted(files.items()):
        has_prose = path in SAME_IN_EVERY_BUNDLE or path.startswith(WRITTEN)
        scanner = Scanner(digests if has_prose else [*digests, *texts])
        for piece in pieces(content):
            scanner.take(piece)
        found += [Leftover(one.what, f"{path}, {one.place}") for one in scanner.found]
    return tuple(found)
