"""The source's own hash list against what was received: matched, missing, differing.

Reads what ``sha256sum``, ``sha1sum``, ``md5sum`` and their ``--tag`` form write (coreutils manual, "md5sum
invocation", with the backslash escape for odd names). MD5 and SHA-1 can be forged by whoever made the files
(Wang and Yu 2005; Stevens et al. 2017), so a match under them says "the same list was made of these files",
not "nobody changed them"; the receipt says which algorithm it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from witnessmark.model.errors import UnusableInputError

ALGORITHM_BY_HEX_LENGTH = {32: "md5", 40: "sha1", 64: "sha256"}
_PLAIN = re.compile(r"^(\\)?([0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64})[ \t]+\*?(.*)$")
_TAGGED = re.compile(r"^(\\)?(MD5|SHA1|SHA256) \((.*)\) = ([0-9a-fA-F]{32,64})$")


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One line: digest as lower-case hex, and the name split into its parts."""

    line: int
    algorithm: str
    digest: str
    parts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class HashListResult:
    """Counts over the lines of the list, and the files that it does not speak of."""

    listed: int
    matched: int
    missing: int
    """Lines whose digest and name were not met."""
    differing: int
    """Lines whose name was met with another content."""
    unlisted: int
    """Files received that the list does not name."""
    algorithms: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "listed": self.listed,
            "matched": self.matched,
            "missing": self.missing,
            "differing": self.differing,
            "unlisted": self.unlisted,
            "algorithms": list(self.algorithms),
        }


@dataclass(slots=True)
class HashList:
    """The parsed list, asked once per received file. Remembers which lines have been answered."""

    files: tuple[ListedFile, ...]
    _by_digest: dict[str, list[ListedFile]] = field(default_factory=dict)
    _by_name: dict[bytes, list[ListedFile]] = field(default_factory=dict)
    _matched: set[int] = field(default_factory=set)
    _differing: set[int] = field(default_factory=set)
    _unlisted: int = 0

    def __post_init__(self) -> None:
        for one in self.files:
            self._by_digest.setdefault(one.digest, []).append(one)
            if one.parts:
                self._by_name.setdefault(one.parts[-1], []).append(one)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Which digests the receiver must compute besides SHA-256."""
        return tuple(sorted({one.algorithm for one in self.files}))

    def answer(self, path: bytes, digests: dict[str, str]) -> tuple[int, bool]:
        """The line that a received file answers (0: none) and whether its digest is the listed one.

        A digest that is listed is a match wherever the file lay (copies get renamed); among equal digests
        the line whose name fits best and is not yet answered is taken. Else a line whose whole name is the
        end of the path is *differing*.
        """
        parts = _parts(path)
        same = [one for digest in digests.values() for one in self._by_digest.get(digest, ())]
        if same:
            best = max(same, key=lambda one: (one.line not in self._matched, _common_end(one.parts, parts)))
            return best.line, True
        named = [one for one in self._by_name.get(parts[-1] if parts else b"", ()) if _ends(parts, one.parts)]
        if named:
            return max(named, key=lambda one: len(one.parts)).line, False
        return 0, True

    def note(self, line: int, agrees: bool) -> None:
        """Counts one file's answer (this run's, or an earlier run's as the journal kept it)."""
        if line == 0:
            self._unlisted += 1
        elif agrees:
            self._matched.add(line)
        else:
            self._differing.add(line)

    def result(self) -> HashListResult:
        differing = self._differing - self._matched
        missing = len(self.files) - len(self._matched) - len(differing)
        return HashListResult(
            len(self.files),
            len(self._matched),
            missing,
            len(differing),
            self._unlisted,
            self.algorithms,
        )


def parse_hash_list(data: bytes) -> HashList:
    """Raises UnusableInputError with the number of the first line that is neither digest nor comment."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    return HashList(tuple(_listed(text.splitlines())))


def _listed(lines: Iterable[str]) -> Iterable[ListedFile]:
    for number, line in enumerate(lines, 1):
        stripped = line.rstrip("\r\n")
        if not stripped.strip() or stripped.lstrip().startswith(("#", ";", "%")):
            continue
        if tagged := _TAGGED.match(stripped):
            escaped, _, name, digest = tagged.groups()
        elif plain := _PLAIN.match(stripped):
            escaped, digest, name = plain.groups()
        else:
            raise UnusableInputError(
                f"line {number} of the hash list is not a digest and a name",
                "give a list as sha256sum, sha1sum or md5sum writes it",
            )
        algorithm = ALGORITHM_BY_HEX_LENGTH.get(len(digest))
        if algorithm is None:
            raise UnusableInputError(f"line {number} of the hash list has a digest of unknown length")
        if escaped:
            name = re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), name)
        yield ListedFile(number, algorithm, digest.lower(), _parts(name.encode("utf-8", "surrogateescape")))


def _parts(path: bytes) -> tuple[bytes, ...]:
    """Components of a name; Windows separators and drive letters count as such, case is kept."""
    return tuple(part for part in re.split(rb"[/\\]", path) if part not in (b"", b".", b".."))


def _ends(parts: tuple[bytes, ...], wanted: tuple[bytes, ...]) -> bool:
    return len(wanted) <= len(parts) and parts[len(parts) - len(wanted) :] == wanted


def _common_end(one: tuple[bytes, ...], other: tuple[bytes, ...]) -> int:
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return length
