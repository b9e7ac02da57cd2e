"""The contradiction table: pairs of sources that speak of the same thing, and whether both can hold.

A row lays two readings side by side and says one of three words. *Agree* means no more than that both can
hold within the tolerance; *cannot both hold* says nothing of which one is wrong, and never that somebody
meant it; *cannot be compared* gives its reason. Rows are made by ``describe/contradictions``.
Source for hypotheses in sets instead of verdicts: ISO 21043-4:2025; ENFSI BPM-DI-03; Berkeley Protocol
(source analysis apart from technical analysis).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from witnessmark.model.time import Span

SCHEMA = "witnessmark/contradiction/1"


class Source(StrEnum):
    """Where a reading comes from. What one hand can write is one source, however many fields it fills."""

    CLOCK = "burned_in_clock"
    CONTAINER = "container"
    FILE_NAME = "file_name"
    """A reading taken from an original name when it was received; the name itself stays sealed."""
    ENCODER = "encoder"
    """Strings and settings that a writing or encoding software left."""
    CREDENTIALS = "credentials"
    CLAIM = "claim"
    TELEMETRY = "telemetry"
    """A satellite receiver's track inside the file."""
    RECEIPT = "receipt"
    """What reached this case, as counted on receipt."""


class Subject(StrEnum):
    """Of what both readings speak."""

    DATE_TIME = "date_time"
    PLACE_ZONE = "place_zone"
    DEVICE_SOFTWARE = "device_software"
    COUNT_DURATION = "count_duration"


class Verdict(StrEnum):
    AGREE = "agree"
    CANNOT_BOTH_HOLD = "cannot_both_hold"
    CANNOT_BE_COMPARED = "cannot_be_compared"


class Hypothesis(StrEnum):
    """What else would explain a row. Codes are stable (translations hang on them); words below."""

    CLOCK_SET_BY_HAND = "clock_set_by_hand"
    CLOCK_NEVER_SET = "clock_never_set"
    SUMMER_TIME_NOT_CHANGED = "summer_time_not_changed"
    OLD_ZONE_TABLE = "old_zone_table"
    LOCAL_TIME_IN_CONTAINER = "local_time_in_container"
    BEGIN_OR_END = "begin_or_end"
    IMPORT_OR_EXPORT = "import_or_export"
    REWRITTEN_KEEPING_DATE = "rewritten_keeping_date"
    NAME_GIVEN_LATER = "name_given_later"
    NAME_OF_SENDING = "name_of_sending"
    NAME_IN_OTHER_ZONE = "name_in_other_zone"
    NAME_NUMBER_IS_NO_DATE = "name_number_is_no_date"
    CLOCK_MISREAD = "clock_misread"
    CLOCK_DRAWN_LATER = "clock_drawn_later"
    CLAIM_MISTAKEN = "claim_mistaken"
    CLAIM_OF_OTHER_FOOTAGE = "claim_of_other_footage"
    DEVICE_NAME_KEPT = "device_name_kept"
    FIELD_WRITTEN_BY_HAND = "field_written_by_hand"
    SIGNED_LATER = "signed_later"
    SIGNER_CLOCK = "signer_clock"
    PART_RECEIVED = "part_received"
    VERSION_STRING_KEPT = "version_string_kept"
    TIME_LAPSE_OR_SLOW_MOTION = "time_lapse_or_slow_motion"
    FRAMES_LOST_OR_CUT = "frames_lost_or_cut"
    RECEIVER_WITHOUT_FIX = "receiver_without_fix"


HYPOTHESIS_WORDS: Mapping[Hypothesis, str] = MappingProxyType(
    {
        Hypothesis.CLOCK_SET_BY_HAND: "the recorder's clock was set by hand, wrongly or on purpose",
        Hypothesis.CLOCK_NEVER_SET: "the clock was never set after the power had failed",
        Hypothesis.SUMMER_TIME_NOT_CHANGED: "the recorder was left on summer or on winter time",
        Hypothesis.OLD_ZONE_TABLE: "the recorder used an outdated table of time zones",
        Hypothesis.LOCAL_TIME_IN_CONTAINER: "local time was written where the format wants UTC",
        Hypothesis.BEGIN_OR_END: "the container states the end of the recording, not its begin (or the reverse)",
        Hypothesis.IMPORT_OR_EXPORT: "the container states when the file was imported or exported",
        Hypothesis.REWRITTEN_KEEPING_DATE: "software wrote the file anew later and kept the date of the original",
        Hypothesis.NAME_GIVEN_LATER: "the file was renamed by a person or a program",
        Hypothesis.NAME_OF_SENDING: "the name states when the file was sent or saved, not when it was recorded",
        Hypothesis.NAME_IN_OTHER_ZONE: "the name is in UTC or in the local time of another device",
        Hypothesis.NAME_NUMBER_IS_NO_DATE: "the digits in the name are no date",
        Hypothesis.CLOCK_MISREAD: "the burned-in clock was misread, or day and month stand in another order",
        Hypothesis.CLOCK_DRAWN_LATER: "the burned-in clock was drawn into the picture later",
        Hypothesis.CLAIM_MISTAKEN: "whoever made the claim was mistaken, or was understood wrongly",
        Hypothesis.CLAIM_OF_OTHER_FOOTAGE: "the claim speaks of other footage",
        Hypothesis.DEVICE_NAME_KEPT: "software exported the recording and kept the name of the device",
        Hypothesis.FIELD_WRITTEN_BY_HAND: "somebody wrote the field with an editor of metadata",
        Hypothesis.SIGNED_LATER: "the credentials were made when the file was exported, not when it was recorded",
        Hypothesis.SIGNER_CLOCK: "the clock of the signing device was wrong",
        Hypothesis.PART_RECEIVED: "only part of what the claim speaks of has reached this case",
        Hypothesis.VERSION_STRING_KEPT: "the version string was copied from elsewhere or written by hand",
        Hypothesis.TIME_LAPSE_OR_SLOW_MOTION: "the recording plays faster or slower than it was made",
        Hypothesis.FRAMES_LOST_OR_CUT: "pictures were lost, or cut out, or the recorder recorded by motion only",
        Hypothesis.RECEIVER_WITHOUT_FIX: "the satellite receiver had no fix yet and wrote an earlier or wrong time",
    }
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source says, in words that hold no original name."""

    source: Source
    text: str
    """``2020-02-18 14:03:55 (as burned in)``: the reading as it is laid beside the other."""
    where: str = ""
    """The field, naming pattern, claim code or method that it stands in."""
    finding_id: str = ""
    claim_id: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "source": str(self.source),
            "text": self.text,
            "where": self.where,
            "finding_id": self.finding_id or None,
            "claim_id": self.claim_id or None,
        }


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One row: two readings of one thing, and whether both can hold."""

    subject: Subject
    item_id: str
    """Empty where the row is about the case as a whole."""
    first: Reading
    second: Reading
    verdict: Verdict
    why: str
    """One or two sentences: the difference and how the verdict follows."""
    tolerance: str = ""
    """What difference is let pass, in words with units; empty where nothing was measured."""
    tolerance_s: float | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    span: Span | None = None
    """The stretch of the item that the readings are of; None: the whole item."""
    more: int = 0
    """Further pairs of readings of these two sources with the same verdict, not printed."""

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "subject": str(self.subject),
            "item": self.item_id or None,
            "first": self.first.to_json(),
            "second": self.second.to_json(),
            "verdict": str(self.verdict),
            "why": self.why,
            "tolerance": self.tolerance,
            "tolerance_s": self.tolerance_s,
            "hypotheses": [{"code": str(h), "text": HYPOTHESIS_WORDS[h]} for h in self.hypotheses],
            "span": self.span.to_json() if self.span else None,
            "more": self.more,
        }


_VERDICT_ORDER = (Verdict.CANNOT_BOTH_HOLD, Verdict.CANNOT_BE_COMPARED, Verdict.AGREE)


def table_order(row: Contradiction) -> tuple[Any, ...]:
    """Sort key: what cannot both hold first, then by subject, item, sources and words. Never by chance."""
    return (
        _VERDICT_ORDER.index(row.verdict),
        list(Subject).index(row.subject),
        row.item_id,
        list(Source).index(row.first.source),
        list(Source).index(row.second.source),
        row.first.text,
        row.second.text,
        row.why,
    )
