"""Whether anything of the evidence stands in the clear on a disk: bytes of content, names, digests."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SAMPLE_BYTES = 24
SAMPLES = 12
"""Patterns taken from each source file, spread over it."""
SHORTEST_NAME = 6
"""Shorter names are found in random bytes by chance."""


@dataclass(frozen=True)
class Traces:
    """Byte patterns that must not stand anywhere, with words for each."""

    patterns: dict[bytes, str]

    @classmethod
    def of(cls, source: Path, seed: int = 1) -> Traces:
        """Of every regular file below ``source``: samples of its bytes, its digest (raw and hex), its name."""
        chance = random.Random(seed)
        patterns: dict[bytes, str] = {}
        for path in sorted(p for p in source.rglob("*") if p.is_file() and not p.is_symlink()):
            content = path.read_bytes()
            patterns.update(cls.of_content(content, path.name, chance).patterns)
            if len(path.name) >= SHORTEST_NAME:
                patterns[path.name.encode("utf-8", "surrogateescape")] = "a file's name"
        return cls(patterns)

    @classmethod
    def of_content(cls, content: bytes, name: str, chance: random.Random) -> Traces:
        digest = hashlib.sha256(content)
        patterns = {digest.digest(): "a raw digest", digest.hexdigest().encode(): "a digest in hex"}
        for _ in range(SAMPLES if len(content) >= SAMPLE_BYTES else 0):
            at = chance.randrange(len(content) - SAMPLE_BYTES + 1)
            sample = content[at : at + SAMPLE_BYTES]
            # Padding and tables of a format stand in many files that are no evidence.
            if len(set(sample)) > SAMPLE_BYTES // 2:
                patterns[sample] = f"content of {name}"
        return cls(patterns)

    def found_in(self, places: Iterable[Path]) -> list[str]:
        """What stands where. Places are files or folders; names of files are searched too."""
        found = []
        for place in places:
            for path in [place, *sorted(place.rglob("*"))] if place.is_dir() else [place]:
                if path.is_file() and not path.is_symlink():
                    try:
                        content = path.read_bytes()
                    except FileNotFoundError:
                        continue
                    found += [
                        f"{what} in {path.name}"
                        for pattern, what in self.patterns.items()
                        if pattern in content
                    ]
                found += [
                    f"{what} as a name"
                    for pattern, what in self.patterns.items()
                    if pattern in path.name.encode("utf-8", "surrogateescape")
                ]
        return found
