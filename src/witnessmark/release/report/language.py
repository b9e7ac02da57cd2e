"""The languages of a report: its fixed words, and how each writes dates, numbers and sizes.

Messages are gettext catalogues (``locales/CODE.po``), read as text when a report is made, so that what a
translator reviews is what is printed: no compiled file can differ from it. English is the source language and
has no catalogue. Dates and numbers follow the Unicode CLDR as Babel ships it (UTS #35), which belongs to the
build. ``tests/house/test_languages.py`` keeps every catalogue complete, without leftovers, and with the same
placeholders as the English.
"""

from __future__ import annotations

import gettext
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.units import format_unit

from witnessmark.model.errors import UsageError
from witnessmark.model.statements import StatedDate

LOCALES = {"en": "en_GB", "ru": "ru_RU", "uk": "uk_UA", "fr": "fr_FR"}
"""Language of a report and the CLDR locale that writes its dates and numbers."""
LONGEST_S = 1e9
"""About 30 years; a longer time in a file is damage and is written as this."""
_SIZE_UNITS = ((4, "terabyte"), (3, "gigabyte"), (2, "megabyte"), (1, "kilobyte"))
_MONTH = {"en": "LLLL y", "ru": "LLLL y 'г.'", "uk": "LLLL y 'р.'", "fr": "LLLL y"}


def N_(message: str) -> str:
    """Marks a message for the catalogues where it is written down but not yet said."""
    return message


@dataclass(frozen=True, slots=True)
class Language:
    """One language: say and write everything through it."""

    code: str
    locale: Locale
    catalogue: gettext.NullTranslations

    @classmethod
    def of(cls, code: str) -> Language:
        """Raises UsageError for a language that no catalogue speaks."""
        if code not in LOCALES:
            raise UsageError(
                f"a report cannot be written in “{code}”", "choose one of: " + ", ".join(sorted(LOCALES))
            )
        return _language(code)

    def say(self, message: str) -> str:
        return self.catalogue.gettext(message) if message else ""

    def say_count(self, one: str, many: str, number: int) -> str:
        return self.catalogue.ngettext(one, many, number)

    def number(self, value: float, digits: int = 0) -> str:
        """With the language's marks for thousands and decimals; at most ``digits`` decimals."""
        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return format_decimal(value, format=pattern, locale=self.locale)

    def per_cent(self, share: float) -> str:
        """A share of one with one decimal, as the language writes per cent."""
        spaced = "%" if self.code == "en" else "\u00a0%"
        return self.number(100 * share, 1) + spaced

    @property
    def colon(self) -> str:
        """Between a head and what follows; French sets a space that does not break before it."""
        return "\u00a0:" if self.code == "fr" else ":"

    @property
    def semicolon(self) -> str:
        """Between the parts of a list, with the space after it; French sets a narrow space before it."""
        return "\u202f; " if self.code == "fr" else "; "

    def moment(self, at: datetime) -> str:
        text = format_datetime(at.astimezone(UTC), "d MMMM y, HH:mm:ss", locale=self.locale)
        return f"{text} UTC"

    def day(self, on: date) -> str:
        return format_date(on, "long", locale=self.locale)

    def month(self, text: str) -> str:
        """``2020-02`` as a month of the calendar; empty for empty."""
        if not text:
            return ""
        return format_date(date.fromisoformat(f"{text}-01"), _MONTH[self.code], locale=self.locale)

    def short_day(self, text: str) -> str:
        """An ISO day in figures, for the axis of a drawing."""
        return str(format_skeleton("yMd", date.fromisoformat(text), locale=self.locale)) if text else ""

    def short_month(self, text: str) -> str:
        """``2020-02`` in figures; empty for empty."""
        if not text:
            return ""
        return str(format_skeleton("yM", date.fromisoformat(f"{text}-01"), locale=self.locale))

    def stated(self, on: StatedDate) -> str:
        """A date as precisely as it was said, with its zone; empty where none is known."""
        if not on.text:
            return ""
        if on.precision == "year":
            text = on.text
        elif on.precision == "month":
            text = self.month(on.text)
        else:
            text = self.day(date.fromisoformat(on.text[:10]))
            text += f", {on.text[11:]}" if len(on.text) > 10 else ""
        return f"{text} ({on.zone})" if on.zone else text

    def file_time(self, seconds: float | None, digits: int = 3) -> str:
        """``0:09.960``: the clock of the file. Empty for no time."""
        if seconds is None or not math.isfinite(seconds):
            return ""
        text = clock_text(max(-LONGEST_S, min(LONGEST_S, seconds)), 10.0**-digits)
        return text.replace(".", self.decimal_mark)

    def length_of(self, seconds: float) -> str:
        """A length of footage as people say it: hours and minutes, minutes and seconds, or seconds."""
        whole = max(0, round(seconds))
        parts: tuple[tuple[int, str], ...] = ((whole, "duration-second"),)
        if whole >= 3600:
            parts = ((whole // 3600, "duration-hour"), (whole % 3600 // 60, "duration-minute"))
        elif whole >= 60:
            parts = ((whole // 60, "duration-minute"), (whole % 60, "duration-second"))
        said = (format_unit(value, unit, length="short", locale=self.locale) for value, unit in parts)
        return " ".join(said)

    @property
    def decimal_mark(self) -> str:
        return str(self.locale.number_symbols["latn"]["decimal"])

    def size(self, size_bytes: int) -> str:
        """Bytes in full and in the unit that people read (powers of 1000)."""
        exact = format_unit(size_bytes, "digital-byte", length="long", locale=self.locale)
        for power, unit in _SIZE_UNITS:
            if size_bytes >= 1000**power:
                short = format_unit(
                    round(size_bytes / 1000**power, 1), f"digital-{unit}", length="short", locale=self.locale
                )
                return f"{short} ({exact})"
        return str(exact)


def clock_text(seconds: float, step_s: float = 1.0) -> str:
    """``0:05``, ``1:02:03``, with decimals where the step needs them; minus for times before zero."""
    decimals = max(0, -math.floor(math.log10(step_s))) if step_s < 1 else 0
    units = round(abs(seconds) * 10**decimals)
    whole, part = divmod(units, 10**decimals)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    text = f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"
    text += f".{part:0{decimals}d}" if decimals else ""
    return f"-{text}" if seconds < 0 and units else text


@cache
def _language(code: str) -> Language:
    return Language(code, Locale.parse(LOCALES[code]), _catalogue(code))


def _catalogue(code: str) -> gettext.NullTranslations:
    if code == "en":
        return gettext.NullTranslations()
    written = (files("witnessmark.release.report") / "locales" / f"{code}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(written), locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
