"""What one recording says of itself that bears on its descent: gathered from its findings and its pedigree.

Comparers never decode; everything here was left by the examination of the file. What was not asked stays None or empty,
and then bears on nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from witnessmark.examine.pedigree.record import Pedigree
from witnessmark.model.findings import FindingCore, Grade, Outcome

METHODS = ("container", "metadata", "software", "recompression", "clock", "cut")
"""Examiners whose findings are read here."""
SURE = (Grade.MODERATE, Grade.STRONG)
MOST_LOG10_CHANCE = -3.0
"""Chance, as ``encode.repeated`` computes it of one file, from which its old groups are read: the allowance at which
the method itself says *observed* (``recompression.CHANCE_MODERATE``, one file in a thousand). The grade is not asked:
it says what published rates have earned and stays weak while none are, whatever the file shows. What the groups then
weigh between two files is measured by ``bench lineage``."""
COPYLEFT = re.compile(r"Copyleft 2003-(\d{4})")
"""x264 writes the year of its build into its SEI (x264, encoder/set.c, x264_sei_version_write)."""
DATE = re.compile(r"(\w*\.?created) = (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}) \(UTC")
FIRST_YEAR = 2001
"""Clocks that were never set say 1904, 1970, 1980 or 2000: such a date bears on nothing."""


@dataclass(frozen=True, slots=True)
class OldGroups:
    """Groups of an earlier encoding, as ``encode.repeated`` found them."""

    pictures: int
    seconds: float
    first_s: float
    """Time of the first old key picture that was found."""
    last_s: float
    log10_chance: float
    """Decimal logarithm of the probability that pictures in random order show any period as strong."""


@dataclass(frozen=True, slots=True)
class BurnedClock:
    """A clock in the picture, at two moments of the file. Seconds count from an arbitrary day where none is shown."""

    first: datetime | None
    last: datetime | None
    first_text: str
    last_text: str
    first_at_s: float
    last_at_s: float
    layout: str
    place: str
    is_steady: bool
    """No leap, no stop, right pace."""
    grade: Grade

    @property
    def has_date(self) -> bool:
        return "-" in self.first_text


@dataclass(frozen=True, slots=True)
class Account:
    """One recording."""

    id: str
    pedigree: Pedigree
    old_groups: OldGroups | None = None
    shows_no_old_groups: bool = False
    """It was long enough to ask, and nothing was seen."""
    software: str = ""
    """Software that wrote the file or encoded its picture, in words, where that is sure; else empty."""
    recorder: str = ""
    """The recorder or camera whose own writing it is by its strings or layout, where nothing else wrote it."""
    shows_no_software: bool = False
    """Both questions (rewritten, software) were asked, and no trace was seen."""
    created: datetime | None = None
    """Earliest date of creation that the container states in UTC, if it can be one."""
    encoder_year: int | None = None
    quantiser: float | None = None
    """Mean quantiser of predicted pictures."""
    quantiser_unit: str = ""
    clock: BurnedClock | None = None
    cuts_s: tuple[float, ...] = ()


def account(id_: str, pedigree: Pedigree, cores: Iterable[FindingCore]) -> Account:
    """Gather what the findings of one recording say; the order of the findings does not count."""
    by_kind: dict[str, list[FindingCore]] = {}
    for core in cores:
        by_kind.setdefault(core.kind, []).append(core)
    rewritten, software = _one(by_kind, "container.rewritten"), _one(by_kind, "encode.software")
    repeated = _one(by_kind, "encode.repeated")
    writers = [_words(core) for core in (rewritten, software) if _sure(core)]
    nothing = all(core is not None and core.outcome is Outcome.NOT_OBSERVED for core in (rewritten, software))
    quantiser, unit = _quantiser(repeated)
    return Account(
        id=id_,
        pedigree=pedigree,
        old_groups=_old_groups(repeated),
        shows_no_old_groups=repeated is not None and repeated.outcome is Outcome.NOT_OBSERVED,
        software=" and ".join(dict.fromkeys(filter(None, writers))),
        recorder=_recorder(_one(by_kind, "container.family"), software) if nothing else "",
        shows_no_software=nothing,
        created=_created(by_kind.get("metadata.conflict", ())),
        encoder_year=_encoder_year(software),
        quantiser=quantiser,
        quantiser_unit=unit,
        clock=_clock(by_kind),
        cuts_s=tuple(
            core.span.start.seconds
            for core in by_kind.get("picture.cut", ())
            if core.outcome is Outcome.OBSERVED and core.span is not None
        ),
    )


def _one(by_kind: Mapping[str, Sequence[FindingCore]], kind: str) -> FindingCore | None:
    """The answer to one question: observed before all others."""
    found = sorted(by_kind.get(kind, ()), key=lambda core: core.outcome is not Outcome.OBSERVED)
    return found[0] if found else None


def _sure(core: FindingCore | None) -> bool:
    return core is not None and core.outcome is Outcome.OBSERVED and core.grade in SURE


def _value(core: FindingCore | None, name: str) -> Any:
    measured = core.measurements.get(name) if core is not None else None
    return measured.value if measured is not None else None


def _words(core: FindingCore | None) -> str:
    """``The file carries the writer's strings of X.`` and ``Strings of encoding software: X.`` name X at the end."""
    if core is None:
        return ""
    for lead in ("strings of ", "Strings of encoding software: "):
        _, found, rest = core.statement.partition(lead)
        if found:
            return rest.split(".")[0].strip()
    return "software"


def _recorder(family: FindingCore | None, software: FindingCore | None) -> str:
    """By the strings that a recorder writes of itself, or by the layout of its files."""
    if software is not None and _value(software, "recorder_strings"):
        return "a recorder, by its own strings"
    if family is None or family.outcome is not Outcome.OBSERVED:
        return ""
    from witnessmark.examine.library.entries import shipped

    nearest = str((_value(family, "families") or ("",))[0])
    sorts = {entry.sort for entry in shipped().entries if entry.family == nearest}
    return nearest if sorts and sorts <= {"camera", "recorder"} else ""


def _old_groups(core: FindingCore | None) -> OldGroups | None:
    if core is None or core.outcome is not Outcome.OBSERVED or core.span is None:
        return None
    pictures, seconds = _value(core, "hidden_group_pictures"), _value(core, "hidden_group_s")
    chance = _value(core, "log10_chance")
    if not isinstance(pictures, int) or not isinstance(seconds, int | float) or seconds <= 0:
        return None
    if not isinstance(chance, int | float) or chance > MOST_LOG10_CHANCE:
        return None
    return OldGroups(pictures, float(seconds), core.span.start.seconds, core.span.end.seconds, float(chance))


def _quantiser(core: FindingCore | None) -> tuple[float | None, str]:
    value = _value(core, "qp_p")
    if not isinstance(value, int | float):
        value = _value(core, "qp_i")
    unit = _value(core, "qp_unit")
    return (float(value) if isinstance(value, int | float) else None), str(unit or "")


def _encoder_year(core: FindingCore | None) -> int | None:
    texts = _value(core, "strings") or ()
    years = [int(found[1]) for text in texts for found in COPYLEFT.finditer(str(text))]
    return max(years, default=None)


def _created(cores: Iterable[FindingCore]) -> datetime | None:
    found = []
    for core in cores:
        for text in _value(core, "dates") or ():
            match = DATE.search(str(text))
            if match is None:
                continue
            moment = datetime.strptime(match[2], "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
            if moment.year >= FIRST_YEAR:
                found.append(moment)
    return min(found, default=None)


def _clock(by_kind: Mapping[str, Sequence[FindingCore]]) -> BurnedClock | None:
    core = _one(by_kind, "clock.series")
    if core is None or not _sure(core) or core.grade is None or core.span is None:
        return None
    broken = any(
        found.outcome is Outcome.OBSERVED
        for kind in ("clock.jump", "clock.rate", "clock.stopped")
        for found in by_kind.get(kind, ())
    )
    first, last = str(_value(core, "first_reading") or ""), str(_value(core, "last_reading") or "")
    return BurnedClock(
        _moment(first),
        _moment(last),
        first,
        last,
        core.span.start.seconds,
        core.span.end.seconds,
        str(_value(core, "layout") or ""),
        str(_value(core, "place") or ""),
        not broken,
        core.grade,
    )


def _moment(shown: str) -> datetime | None:
    """``2020-02-18 14:03:55`` or ``14:03:55`` as the clock examiner writes readings."""
    for pattern in ("%Y-%m-%d %H:%M:%S", "%H:%M:%S"):
        try:
            return datetime.strptime(shown, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
