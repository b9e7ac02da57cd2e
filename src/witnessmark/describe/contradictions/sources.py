"""The moments that each source of one item states: clock, container, names, encoder, credentials.

Findings are read by their measurements, never by their sentences. What is not observed states nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time

from witnessmark.describe.contradictions.moments import Event, Frame, Moment
from witnessmark.describe.contradictions.versions import Dated, dated_versions
from witnessmark.describe.facts import ContainerDate, ItemFacts
from witnessmark.model.contradictions import Hypothesis, Reading, Source
from witnessmark.model.findings import Finding, FindingCore, Outcome
from witnessmark.model.name_reading import NameReading

CLOCK_CAUSES = (
    Hypothesis.CLOCK_SET_BY_HAND,
    Hypothesis.CLOCK_NEVER_SET,
    Hypothesis.SUMMER_TIME_NOT_CHANGED,
    Hypothesis.OLD_ZONE_TABLE,
    Hypothesis.CLOCK_MISREAD,
    Hypothesis.CLOCK_DRAWN_LATER,
)
CONTAINER_CAUSES = (
    Hypothesis.LOCAL_TIME_IN_CONTAINER,
    Hypothesis.BEGIN_OR_END,
    Hypothesis.IMPORT_OR_EXPORT,
    Hypothesis.FIELD_WRITTEN_BY_HAND,
)
NAME_CAUSES = (Hypothesis.NAME_GIVEN_LATER, Hypothesis.NAME_IN_OTHER_ZONE)
ENCODER_CAUSES = (Hypothesis.REWRITTEN_KEEPING_DATE, Hypothesis.VERSION_STRING_KEPT)
TELEMETRY_CAUSES = (
    Hypothesis.RECEIVER_WITHOUT_FIX,
    Hypothesis.LOCAL_TIME_IN_CONTAINER,
    Hypothesis.FIELD_WRITTEN_BY_HAND,
)
TELEMETRY = "telemetry"
"""The method whose measurements ``first`` and ``last`` are the receiver's time, ISO text."""
CREDENTIALS_CAUSES = (Hypothesis.SIGNED_LATER, Hypothesis.SIGNER_CLOCK)
SOFTWARE_KINDS = ("encode.software", "container.rewritten", "container.family")
SOFTWARE_MEASUREMENTS = ("strings", "traces", "tool_strings")
"""Measurements in which methods leave the strings of software, as ``field: text``."""
FIRST, LAST = "first_reading", "last_reading"
"""Measurements of ``clock.series`` that hold the burned-in time as ISO text."""
COUNTER_YEARS = range(1990, 2036)
"""Outside lie counters that were never set, or that overflowed (docs/methods/offset.md)."""
_EVENTS = {"recorded": Event.RECORDED, "sent": Event.LATER, "saved": Event.LATER}
"""A date in a name of which nobody knows what it is of may be that of recording or of any act after it."""


def observed(findings: Iterable[Finding], *kinds: str) -> Iterator[Finding]:
    return (f for f in findings if f.core.kind in kinds and f.core.outcome is Outcome.OBSERVED)


def texts(core: FindingCore, *names: str) -> tuple[str, ...]:
    """The texts of some measurements, in order; a single text counts as one."""
    found: list[str] = []
    for name in names:
        measured = core.measurements.get(name)
        if measured is not None and isinstance(measured.value, tuple | str):
            values = measured.value if isinstance(measured.value, tuple) else (measured.value,)
            found += [value for value in values if isinstance(value, str)]
    return tuple(found)


def moments(item: ItemFacts, findings: Sequence[Finding]) -> dict[Source, tuple[Moment, ...]]:
    """Every moment by source. A source that states none has an empty tuple."""
    duration_s = item.duration_s or 0.0
    return {
        Source.CLOCK: tuple(_clock(findings)),
        Source.CONTAINER: tuple(_container(item.container_dates, duration_s)),
        Source.FILE_NAME: tuple(_names(item.names, duration_s)),
        Source.ENCODER: tuple(_encoder(findings)),
        Source.CREDENTIALS: tuple(_credentials(findings)),
        Source.TELEMETRY: tuple(_telemetry(findings)),
    }


def clock_range(core: FindingCore) -> tuple[datetime, datetime] | None:
    """First and last reading of a clock series that shows dates; None where it shows none."""
    found = []
    for name in (FIRST, LAST):
        try:
            found.append(datetime.fromisoformat(texts(core, name)[0]).replace(tzinfo=None))
        except (IndexError, ValueError):
            return None
    return min(found), max(found)


def _clock(findings: Sequence[Finding]) -> Iterator[Moment]:
    for finding in observed(findings, "clock.series"):
        shown = clock_range(finding.core)
        if shown is None:
            continue
        low, high = shown
        text = f"{low:%Y-%m-%d %H:%M:%S} to {high:%Y-%m-%d %H:%M:%S} (as burned in)"
        reading = Reading(Source.CLOCK, text, "clock.series", finding.finding_id)
        yield Moment(reading, low, high, Frame.WALL, causes=CLOCK_CAUSES)


def is_counter(date: ContainerDate) -> bool:
    """Whether a container date is that of a counter never set, and no statement about a time."""
    return date.at.year not in COUNTER_YEARS


def _container(dates: Sequence[ContainerDate], duration_s: float) -> Iterator[Moment]:
    for stated in dates:
        if is_counter(stated):
            continue
        if stated.at.tzinfo is None:
            frame, mark = Frame.WALL, "no zone"
        elif stated.stated_offset_s is None:
            frame, mark = Frame.FORMAT, "UTC by the format"
        else:
            frame, mark = Frame.UTC, "UTC, from a date that names its offset"
        at = stated.at if stated.at.tzinfo is None else stated.at.astimezone(UTC).replace(tzinfo=None)
        reading = Reading(Source.CONTAINER, f"{at:%Y-%m-%d %H:%M:%S} ({mark})", stated.field)
        yield Moment(reading, at, at, frame, slack_s=duration_s, causes=CONTAINER_CAUSES)


def name_interval(text: str) -> tuple[datetime, datetime] | None:
    """First and last moment of a reading as precise as it was written."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if "T" not in text:
        return at, datetime.combine(at.date(), time.max)
    return at, at.replace(second=59 if text.count(":") == 1 else at.second, microsecond=999_999)


def name_reading(name: NameReading) -> Reading:
    """What a name says, without the name."""
    zone = {"utc": "UTC", "local": "local time of the device"}.get(name.zone, "zone unknown")
    event = {"sent": ", when sent", "saved": ", when saved", "recorded": ", when recorded"}.get(
        name.event, ""
    )
    text = f"{name.at.replace('T', ' ')} ({zone}{event})" if name.at else name.writer
    return Reading(Source.FILE_NAME, text, f"naming pattern {name.pattern}")


def _names(names: Sequence[NameReading], duration_s: float) -> Iterator[Moment]:
    for name in names:
        interval = name_interval(name.at)
        if interval is None:
            continue
        event = _EVENTS.get(name.event, Event.ANY)
        causes = list(NAME_CAUSES)
        causes += [Hypothesis.NAME_OF_SENDING] if name.event != "recorded" else []
        causes += [Hypothesis.NAME_NUMBER_IS_NO_DATE] if not name.writer else []
        yield Moment(
            name_reading(name),
            *interval,
            Frame.UTC if name.zone == "utc" else Frame.WALL,
            event,
            precise=name.precision in ("minute", "second"),
            slack_s=duration_s,
            other=name_interval(name.other_order) if name.other_order else None,
            causes=tuple(causes),
        )


def software(findings: Sequence[Finding]) -> tuple[tuple[str, Finding], ...]:
    """Strings of software with the finding that holds them, each string once."""
    found: dict[str, Finding] = {}
    for finding in findings:
        if finding.core.kind in SOFTWARE_KINDS:
            for text in texts(finding.core, *SOFTWARE_MEASUREMENTS):
                if not text.startswith("structure:"):
                    found.setdefault(text, finding)
    return tuple(found.items())


def _encoder(findings: Sequence[Finding]) -> Iterator[Moment]:
    """The youngest version only: it alone bounds when the file was written."""
    strings = software(findings)
    versions = dated_versions(text for text, _ in strings)
    if not versions:
        return
    youngest: Dated = versions[0]
    holder = next(
        (f for text, f in strings if youngest.name in {v.name for v in dated_versions([text])}), strings[0][1]
    )
    low = datetime.combine(youngest.not_before, time.min)
    reading = Reading(
        Source.ENCODER,
        f"{youngest.name}: written not before {youngest.not_before:%Y-%m-%d}",
        holder.core.kind,
        holder.finding_id,
    )
    yield Moment(reading, low, low, Frame.UTC, Event.WRITTEN_SINCE, precise=False, causes=ENCODER_CAUSES)


def _credentials(findings: Sequence[Finding]) -> Iterator[Moment]:
    for finding in observed(findings, "credentials.present"):
        for text in texts(finding.core, "signed_at"):
            try:
                signed = datetime.fromisoformat(text)
            except ValueError:
                continue
            at = signed.astimezone(UTC).replace(tzinfo=None) if signed.tzinfo else signed
            reading = Reading(
                Source.CREDENTIALS,
                f"signed {at:%Y-%m-%d %H:%M:%S} UTC",
                "credentials.present",
                finding.finding_id,
            )
            yield Moment(reading, at, at, Frame.UTC, Event.LATER, causes=CREDENTIALS_CAUSES)


def _telemetry(findings: Sequence[Finding]) -> Iterator[Moment]:
    """Satellite time from first to last point, whatever the method made of it.

    UTC by what a receiver knows; dash cameras write their local time all the same, so it counts as UTC by format.
    """
    for finding in findings:
        if finding.core.examiner != TELEMETRY:
            continue
        try:
            first, last = (
                datetime.fromisoformat(texts(finding.core, name)[0]).replace(tzinfo=None)
                for name in ("first", "last")
            )
        except (IndexError, ValueError):
            continue
        low, high = min(first, last), max(first, last)
        text = f"{low:%Y-%m-%d %H:%M:%S} to {high:%H:%M:%S} (as the receiver writes it)"
        reading = Reading(Source.TELEMETRY, text, "telemetry track", finding.finding_id)
        yield Moment(reading, low, high, Frame.FORMAT, causes=TELEMETRY_CAUSES)
