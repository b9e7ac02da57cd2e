"""A finding made again, held against the one that was recorded: the same, different on another build, or different.

The reproducible core is what must come out again byte for byte on the same build (``model/findings.py``). What is
compared is the whole core; where it differs, every field that differs is told with both readings, so that an
opposing expert sees at once whether a threshold, a measurement, or only a cited rate is another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from witnessmark.model.build import BuildDifference, differences

DERIVED = frozenset(
    {"finding_id", "core_digest", "item", "build", "sandbox", "rerun", "must_be_explained", "class"}
)
"""Fields of a finding that are no part of its core, or follow from it."""
ABSENT = "nothing"
MOST_FIELDS = 200
"""Differences told for one finding; a document made to flood the reader is cut there."""
CITED = ("calibration", "weight")
"""Fields that say nothing of the file: they cite the table of rates."""
METHOD = ("version", "parameters")
"""Fields in which another method, or the same with other settings, shows: software of another build."""


class Verdict(StrEnum):
    """How one recorded finding fared."""

    SAME = "same"
    OTHER_BUILD = "other_build"
    """Another result, on another build: not comparable byte for byte; the difference is shown."""
    DIFFERENT = "different"
    """Another result on the same build: somebody's record, or the file, is not what it is said to be."""
    BROKEN_RECORD = "broken_record"
    """The record contradicts itself: its digest is not that of what it says. Somebody changed one of the two."""
    MISSING = "missing"
    """Recorded, and not made by this run."""
    ADDED = "added"
    """Made by this run, and not recorded."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field, as a path such as ``measurements.jump_s.value``."""

    path: str
    theirs: Any
    ours: Any

    def to_json(self) -> dict[str, Any]:
        return {"field": self.path, "theirs": self.theirs, "ours": self.ours}


@dataclass(frozen=True, slots=True)
class Compared:
    """One recorded finding and its counterpart."""

    kind: str
    examiner: str
    verdict: Verdict
    theirs: str
    """Core digest there; ``nothing`` where it was added."""
    ours: str
    build: tuple[BuildDifference, ...] = ()
    fields: tuple[FieldDifference, ...] = ()

    @property
    def only_cited(self) -> bool:
        """Only what is cited of measured rates differs: the observation itself is the same."""
        return bool(self.fields) and all(f.path in CITED for f in self.fields)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "examiner": self.examiner,
            "verdict": str(self.verdict),
            "theirs": self.theirs,
            "ours": self.ours,
            "build": [
                {"part": d.name, "what": d.what, "theirs": d.theirs, "ours": d.ours} for d in self.build
            ],
            "fields": [f.to_json() for f in self.fields],
            "only_cited_rates_differ": self.only_cited,
        }


def compare(theirs: Sequence[Mapping[str, Any]], ours: Sequence[Mapping[str, Any]]) -> tuple[Compared, ...]:
    """Recorded findings against those made now, both as documents of ``witnessmark/finding/1``.

    ``theirs`` must have been held to their digests (``broken``). Equal cores are paired first, whatever their order;
    the rest by examiner and kind, in order. A recorded finding of which nothing is left is *missing*; one made now that
    nobody recorded is *added* (only for examiners that the record speaks of).
    """
    waiting = list(ours)
    results: list[tuple[int, Compared]] = []
    unpaired: list[tuple[int, Mapping[str, Any]]] = []
    for place, record in enumerate(theirs):
        twin = next((o for o in waiting if o["core_digest"] == record["core_digest"]), None)
        if twin is None:
            unpaired.append((place, record))
        else:
            waiting.remove(twin)
            results.append((place, _same(record, twin)))
    for place, record in unpaired:
        twin = next((o for o in waiting if _about(o) == _about(record)), None)
        if twin is None:
            results.append((place, _alone(record, Verdict.MISSING)))
        else:
            waiting.remove(twin)
            results.append((place, _different(record, twin)))
    asked = {record["examiner"] for record in theirs}
    added = [_alone(o, Verdict.ADDED) for o in waiting if o["examiner"] in asked]
    return (*(one for _, one in sorted(results, key=lambda pair: pair[0])), *_on_build(added, theirs, ours))


def _on_build(
    added: Iterable[Compared], theirs: Sequence[Mapping[str, Any]], ours: Sequence[Mapping[str, Any]]
) -> Iterator[Compared]:
    build = differences(str(theirs[0]["build"]), str(ours[0]["build"])) if theirs and ours else ()
    for one in added:
        yield Compared(one.kind, one.examiner, one.verdict, one.theirs, one.ours, build)


def _about(finding: Mapping[str, Any]) -> tuple[Any, Any]:
    return finding["examiner"], finding["kind"]


def _same(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Compared:
    build = differences(str(theirs["build"]), str(ours["build"]))
    digest = str(ours["core_digest"])
    return Compared(ours["kind"], ours["examiner"], Verdict.SAME, digest, digest, build)


def _alone(finding: Mapping[str, Any], verdict: Verdict) -> Compared:
    digest = str(finding["core_digest"])
    theirs, ours = (digest, ABSENT) if verdict is Verdict.MISSING else (ABSENT, digest)
    return Compared(finding["kind"], finding["examiner"], verdict, theirs, ours)


def _different(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Compared:
    build = (*differences(str(theirs["build"]), str(ours["build"])), *_method_differences(theirs, ours))
    fields = []
    for found in field_differences(core_of(theirs), core_of(ours)):
        fields.append(found)
        if len(fields) >= MOST_FIELDS:
            break
    return Compared(
        ours["kind"],
        ours["examiner"],
        Verdict.OTHER_BUILD if build else Verdict.DIFFERENT,
        str(theirs["core_digest"]),
        str(ours["core_digest"]),
        build,
        tuple(fields),
    )


def _method_differences(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> tuple[BuildDifference, ...]:
    examiner = ours["examiner"]
    if theirs["version"] != ours["version"]:
        versions = (str(theirs["version"]), str(ours["version"]))
        return (BuildDifference("method", f"version of the method {examiner}", *versions),)
    if theirs["parameters"] != ours["parameters"]:
        return (BuildDifference("method", f"settings of the method {examiner}", "others", "these"),)
    return ()


def broken(record: Mapping[str, Any], digest: str) -> Compared:
    """A record whose content has the digest ``digest`` and says another."""
    return Compared(
        str(record["kind"]),
        str(record["examiner"]),
        Verdict.BROKEN_RECORD,
        str(record["core_digest"]),
        digest,
    )


def core_of(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in finding.items() if name not in DERIVED}


def field_differences(theirs: Any, ours: Any, path: str = "") -> Iterator[FieldDifference]:
    """Every leaf that differs; what one side lacks is told as ``nothing``."""
    if isinstance(theirs, Mapping) and isinstance(ours, Mapping):
        for name in dict.fromkeys((*theirs, *ours)):
            inner = f"{path}.{name}" if path else str(name)
            yield from field_differences(theirs.get(name, ABSENT), ours.get(name, ABSENT), inner)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for n, (left, right) in enumerate(zip(theirs, ours, strict=True)):
            yield from field_differences(left, right, f"{path}[{n}]")
    elif theirs != ours:
        yield FieldDifference(path, theirs, ours)
