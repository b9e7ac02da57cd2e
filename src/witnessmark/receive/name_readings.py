"""What a file name says: dates as cameras, phones, recorders, messengers and editors write them, and who writes so.

Anybody can give any name at any time, so a reading is never evidence of a date; laid beside other sources it
shows what agrees and what does not (docs/contradictions.md, with the list of patterns and their sources). Read are
only dates that exist, from 1990 on, and digits that are not cut out of longer runs of digits. A reading holds
nothing else of the name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from witnessmark.model.name_reading import NameReading

EARLIEST_YEAR, LATEST_YEAR = 1990, 2099
"""Before 1990 no recorder wrote names; four digits from 2100 on are numbers."""
LONGEST_NAME = 255
"""Longest name that file systems in use keep (POSIX NAME_MAX, NTFS)."""
MOST_READINGS = 8
"""No known pattern writes more than two dates."""

_Y, _YY = r"(?P<y>(?:19|20)\d\d)", r"(?P<yy>\d\d)"
_MO, _D = r"(?P<m>0[1-9]|1[0-2])", r"(?P<d>0[1-9]|[12]\d|3[01])"
_H, _MI, _S = r"(?P<H>[01]\d|2[0-3])", r"(?P<M>[0-5]\d)", r"(?P<S>[0-5]\d)"
_DAY8, _TIME6 = f"{_Y}{_MO}{_D}", f"{_H}{_MI}{_S}"
_NOT_BEFORE, _NOT_AFTER = r"(?<!\d)", r"(?!\d)"
_MS = r"(?:[-_.]?\d{3})?"
_H_AM_PM, _AM_PM = r"(?P<H>\d{1,2})", r"(?:[ \u202f]?(?P<half>[AP])M)?"
_AT = r"[ _](?:at|um|à|в|о)[ _]"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way to name files. Groups y or yy, m, d, H, M, S; or e (milliseconds since 1970), or none at all."""

    code: str
    regex: re.Pattern[str]
    zone: str = "unknown"
    event: str = "unknown"
    writer: str = ""


def _p(code: str, regex: str, zone: str = "unknown", event: str = "unknown", writer: str = "") -> Pattern:
    return Pattern(code, re.compile(regex, re.IGNORECASE), zone, event, writer)


PATTERNS: tuple[Pattern, ...] = (
    # Messengers: when it was sent, received or saved, by the phone's clock.
    _p("whatsapp", rf"(?:IMG|VID|AUD|PTT|DOC|STK)-{_DAY8}-WA\d{{4}}", "local", "sent", "WhatsApp"),
    _p(
        "whatsapp_saved",
        rf"WhatsApp (?:Image|Video|Audio|Ptt) {_Y}-{_MO}-{_D}{_AT}{_H_AM_PM}\.{_MI}\.{_S}{_AM_PM}",
        "local",
        "sent",
        "WhatsApp",
    ),
    _p(
        "telegram",
        rf"(?:photo|video|audio|file)_{_Y}-{_MO}-{_D}_{_H}-{_MI}-{_S}",
        "local",
        "sent",
        "Telegram Desktop",
    ),
    _p("signal", rf"signal-{_Y}-{_MO}-{_D}-{_H}-?{_MI}-?{_S}{_MS}", "local", "saved", "Signal"),
    _p(
        "viber",
        rf"viber[-_](?:image|video)?[-_]?{_Y}-{_MO}-{_D}(?:[ _-]{_H}-{_MI}-{_S})?",
        "local",
        "saved",
        "Viber",
    ),
    _p("facebook", r"FB_(?:IMG|VID)_(?P<e>1\d{12})", "utc", "saved", "Facebook"),
    _p("wechat", r"mmexport(?P<e>1\d{12})", "utc", "saved", "WeChat"),
    _p("wechat_camera", r"wx_camera_(?P<e>1\d{12})", "utc", "recorded", "WeChat"),
    _p("messenger", r"received_\d{12,20}(?!\d)", writer="Facebook Messenger"),
    # Screens and editors.
    _p(
        "screen",
        rf"(?:Screenshot|Screen Recording|Screenrecorder|Screen[ _]?shot|XRecorder|Запись[ _]экрана|Снимок[ _]экрана)"
        rf"[-_ ]?{_Y}-?{_MO}-?{_D}(?:(?:{_AT}|[-_ ]){_H_AM_PM}[-.:]?{_MI}[-.:]?{_S}{_MS}{_AM_PM})?",
        "local",
        "saved",
        "screen recording",
    ),
    _p("inshot", rf"InShot_{_DAY8}_{_TIME6}{_MS}", "local", "saved", "InShot (editor)"),
    _p("capcut", rf"lv_\d_{_DAY8}{_TIME6}", "local", "saved", "CapCut (editor)"),
    _p("kinemaster", rf"KineMaster_{_DAY8}_{_TIME6}", "local", "saved", "KineMaster (editor)"),
    # Phones and cameras: when it was recorded.
    _p("pixel", rf"PXL_{_DAY8}_{_TIME6}\d{{0,3}}", "utc", "recorded", "Google Pixel"),
    _p("dji", rf"DJI_{_DAY8}{_TIME6}_\d{{4}}", "local", "recorded", "DJI"),
    _p(
        "android",
        rf"(?:IMG|VID|MVIMG|PANO|BURST|SLOW_MOTION|SL_MO_VID|TimeLapse|HDR)_{_DAY8}_{_TIME6}{_MS}",
        "local",
        "recorded",
        "phone camera (Android)",
    ),
    # Recorders and dash cameras.
    _p(
        "recorder_export",
        rf"(?:NVR|DVR|XVR|HCVR|IPC|HDCVI)[^/]{{0,24}}?_ch\d{{1,3}}_(?:main|sub|extra)?_?{_DAY8}{_TIME6}(?:_(?P<until>\d{{14}}))?",
        event="recorded",
        writer="recorder (export by channel)",
    ),
    _p(
        "recorder_channel",
        rf"(?:ch|cam|camera|channel|kamera|камера|канал|d|a)[-_ ]?\d{{1,3}}[-_ ]+{_DAY8}[-_ ]?{_TIME6}{_MS}",
        event="recorded",
        writer="recorder (by channel)",
    ),
    _p(
        "recorder_address",
        rf"(?:\d{{1,3}}\.){{3}}\d{{1,3}}_(?:ch)?\d{{1,3}}_{_DAY8}{_TIME6}\d{{0,3}}",
        event="recorded",
        writer="recorder (by network address)",
    ),
    _p("blackvue", rf"{_DAY8}_{_TIME6}_[NEPMIT][FRIO]", event="recorded", writer="dash camera (BlackVue)"),
    _p(
        "novatek",
        rf"{_Y}_{_MO}{_D}_{_TIME6}_\d{{3,6}}[A-Z]{{0,2}}",
        event="recorded",
        writer="dash camera (Novatek)",
    ),
    _p(
        "novatek_file",
        rf"FILE{_YY}{_MO}{_D}-{_TIME6}[A-Z]?",
        event="recorded",
        writer="dash camera (Novatek)",
    ),
    # Names with numbers only: they name a family of devices and no date.
    _p("gopro", r"(?:G[HXP]\d{2}\d{4}|GOPR\d{4})", writer="GoPro"),
    _p("fujifilm", r"DSCF\d{4}", writer="Fujifilm"),
    _p("canon", r"MVI_\d{4}", writer="Canon"),
    _p("sony", r"DSC0\d{4}", writer="Sony"),
    _p("dji_number", r"DJI_\d{4}(?!\d)", writer="DJI"),
    # Written so by many.
    _p("day_first", rf"{_D}(?P<sep>[-_.]){_MO}(?P=sep){_Y}(?:[-_ T,]+{_H}[-_.:h]?{_MI}(?:[-_.:m]?{_S})?)?"),
    _p(
        "year_first",
        rf"{_Y}(?P<sep>[-_. ]?){_MO}(?P=sep){_D}(?:[-_ T.]*{_H}[-_.:h ]?{_MI}(?:[-_.:m ]?{_S}{_MS})?)?",
    ),
    _p("epoch_ms", r"(?P<e>1\d{12})", "utc", "saved"),
)
"""In this order: what an earlier one has read, a later one does not read again."""
_BOUND = {
    pattern.code: re.compile(f"{_NOT_BEFORE}(?:{pattern.regex.pattern}){_NOT_AFTER}", re.IGNORECASE)
    for pattern in PATTERNS
}
_WORD_BEFORE = re.compile(r"[^\W\d_]$")
_NUMBERS_ONLY = frozenset({"gopro", "fujifilm", "canon", "sony", "dji_number"})
"""Patterns that must be the whole name, but for a copy's mark: ``MVI_4823 (1)``."""
_COPY_MARK = re.compile(r"(?: ?\(\d{1,3}\)|[-_ ]?copy|[-_ ]?edited|~\d)?$", re.IGNORECASE)
_SWAPPED_NUMBERS = 12


def readings_in(name: str) -> tuple[NameReading, ...]:
    """Every reading of one file name (without folders), in order of appearance, each once."""
    found: list[tuple[int, NameReading]] = []
    for start, pattern, match in _matches(name[-LONGEST_NAME:]):
        reading = _reading(pattern, match)
        if reading is not None and all(reading != earlier for _, earlier in found):
            found.append((start, reading))
    found.sort(key=lambda one: one[0])
    return tuple(reading for _, reading in found[:MOST_READINGS])


def readings_of_record(record: bytes) -> tuple[NameReading, ...]:
    """Those of a name record (``naming.name_record``): of the last component of its path as it is shown."""
    path = str(json.loads(record).get("path", ""))
    return readings_in(path.rstrip("/").rsplit("/", 1)[-1])


def _matches(name: str) -> Iterator[tuple[int, Pattern, re.Match[str]]]:
    taken: list[tuple[int, int]] = []
    for pattern in PATTERNS:
        for match in _BOUND[pattern.code].finditer(name):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            if pattern.code in _NUMBERS_ONLY and not _is_whole(name, start, end):
                continue
            if name[start].isalpha() and _WORD_BEFORE.search(name[:start]):
                continue  # the end of a longer word: "touch01_..." is no channel
            if _reading(pattern, match) is None:
                continue
            taken.append((start, end))
            yield start, pattern, match


def _is_whole(name: str, start: int, end: int) -> bool:
    stem = name.rsplit(".", 1)[0]
    return start == 0 and _COPY_MARK.fullmatch(stem[end:]) is not None


def _reading(pattern: Pattern, match: re.Match[str]) -> NameReading | None:
    """None where the digits are no date that exists."""
    parts = match.groupdict()
    if parts.get("e"):
        moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(parts["e"]))
        at, precision = moment.strftime("%Y-%m-%dT%H:%M:%S"), "second"
        return NameReading(pattern.code, at, precision, pattern.zone, pattern.event, pattern.writer)
    if "d" not in parts:
        return NameReading(pattern.code, writer=pattern.writer)
    year = int(parts["y"]) if parts.get("y") else 2000 + int(parts["yy"])
    month, day = int(parts["m"]), int(parts["d"])
    clock = [int(parts[name]) for name in ("H", "M", "S") if parts.get(name)]
    if clock and parts.get("half"):
        if not 1 <= clock[0] <= 12:
            return None
        clock[0] = clock[0] % 12 + (12 if parts["half"] in "Pp" else 0)
    stated = _iso(year, month, day, clock)
    if stated is None or not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    other = ""
    if pattern.code == "day_first" and day <= _SWAPPED_NUMBERS and day != month:
        other = _iso(year, day, month, clock) or ""
    return NameReading(
        pattern.code,
        stated,
        ("day", "day", "minute", "second")[len(clock)],
        pattern.zone,
        pattern.event,
        pattern.writer,
        other,
        _until(parts.get("until") or ""),
    )


def _until(digits: str) -> str:
    """The end that some recorders write behind the begin: 14 digits, from year to second."""
    if not digits:
        return ""
    clock = [int(digits[at : at + 2]) for at in (8, 10, 12)]
    if clock[0] > 23 or clock[1] > 59 or clock[2] > 59:
        return ""
    return _iso(int(digits[:4]), int(digits[4:6]), int(digits[6:8]), clock) or ""


def _iso(year: int, month: int, day: int, clock: list[int]) -> str | None:
    hour, minute, second = (*clock, 0, 0, 0)[:3]
    try:
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - a name has no zone
    except ValueError:
        return None
    form = ("%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")[len(clock)]
    return moment.strftime(form)
