"""Since when a version of encoding software can have existed: what an encoder's own string says of a date.

Only a lower bound, and only where a project's public history dates its versions. A version that lies between two
entries is taken as old as the earlier one, and every bound is put ``DEVELOPMENT_MARGIN`` earlier, because forks and
development trees run ahead of the dates of commits.
Sources: FFmpeg, ``doc/APIchanges`` (dated versions of libavformat and libavcodec, 2013 to 2021, then the dates of
the major versions); x264, commits that raise ``X264_BUILD`` in ``x264.h``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

DEVELOPMENT_MARGIN = timedelta(days=90)
"""Longer than any lead of a development branch over its merge that the histories show."""


@dataclass(frozen=True, slots=True)
class Dated:
    """One version string and the day before which it cannot have been written."""

    name: str
    """As written: ``Lavf58.29.100``, ``x264 core 164``."""
    not_before: date


_History = tuple[tuple[tuple[int, int], date], ...]

LIBAVFORMAT: _History = (
    ((55, 1), date(2013, 3, 29)),
    ((55, 10), date(2013, 6, 25)),
    ((55, 19), date(2013, 10, 2)),
    ((55, 25), date(2014, 1, 19)),
    ((55, 34), date(2014, 3, 11)),
    ((56, 13), date(2014, 11, 16)),
    ((56, 19), date(2015, 1, 16)),
    ((56, 25), date(2015, 3, 4)),
    ((56, 33), date(2015, 5, 11)),
    ((57, 1), date(2015, 9, 15)),
    ((57, 19), date(2015, 11, 22)),
    ((57, 25), date(2016, 2, 10)),
    ((57, 33), date(2016, 4, 11)),
    ((57, 40), date(2016, 6, 23)),
    ((57, 49), date(2016, 9, 14)),
    ((57, 55), date(2016, 10, 24)),
    ((57, 62), date(2017, 1, 6)),
    ((57, 68), date(2017, 3, 27)),
    ((57, 75), date(2017, 6, 24)),
    ((57, 81), date(2017, 9, 1)),
    ((58, 4), date(2018, 1, 16)),
    ((58, 9), date(2018, 2, 6)),
    ((58, 15), date(2018, 5, 18)),
    ((58, 27), date(2019, 4, 12)),
    ((58, 31), date(2019, 8, 17)),
    ((58, 37), date(2020, 1, 30)),
    ((58, 42), date(2020, 3, 29)),
    ((58, 64), date(2020, 10, 28)),
    ((58, 70), date(2021, 3, 3)),
    ((58, 78), date(2021, 4, 6)),
    ((59, 0), date(2021, 4, 27)),
    ((60, 0), date(2023, 2, 9)),
    ((61, 0), date(2024, 3, 7)),
    ((62, 0), date(2025, 3, 28)),
)
LIBAVCODEC: _History = (
    ((55, 4), date(2013, 4, 19)),
    ((55, 20), date(2013, 8, 2)),
    ((55, 34), date(2013, 10, 3)),
    ((55, 44), date(2013, 11, 20)),
    ((56, 2), date(2014, 10, 2)),
    ((56, 14), date(2014, 12, 4)),
    ((56, 23), date(2015, 2, 19)),
    ((56, 39), date(2015, 5, 13)),
    ((56, 49), date(2015, 7, 16)),
    ((57, 2), date(2015, 9, 15)),
    ((57, 16), date(2015, 11, 22)),
    ((57, 27), date(2016, 2, 26)),
    ((57, 37), date(2016, 4, 21)),
    ((57, 52), date(2016, 8, 15)),
    ((57, 61), date(2016, 10, 7)),
    ((57, 80), date(2017, 2, 13)),
    ((57, 94), date(2017, 5, 5)),
    ((57, 105), date(2017, 9, 4)),
    ((58, 3), date(2017, 11, 11)),
    ((58, 10), date(2018, 2, 6)),
    ((58, 17), date(2018, 4, 1)),
    ((58, 29), date(2018, 9, 9)),
    ((58, 46), date(2019, 1, 27)),
    ((58, 52), date(2019, 4, 20)),
    ((58, 59), date(2019, 9, 25)),
    ((58, 66), date(2020, 1, 15)),
    ((58, 81), date(2020, 4, 22)),
    ((58, 96), date(2020, 7, 15)),
    ((58, 113), date(2020, 11, 25)),
    ((58, 126), date(2021, 2, 27)),
    ((59, 0), date(2021, 4, 27)),
    ((60, 0), date(2023, 2, 9)),
    ((61, 0), date(2024, 3, 7)),
    ((62, 0), date(2025, 3, 28)),
)
X264_BUILDS: _History = tuple(
    ((build, 0), when)
    for build, when in (
        (85, date(2010, 2, 13)),
        (98, date(2010, 6, 2)),
        (112, date(2010, 12, 14)),
        (116, date(2011, 7, 9)),
        (120, date(2011, 12, 1)),
        (125, date(2012, 5, 18)),
        (129, date(2012, 11, 7)),
        (133, date(2013, 5, 20)),
        (138, date(2013, 8, 23)),
        (142, date(2014, 1, 21)),
        (144, date(2014, 12, 20)),
        (146, date(2015, 2, 23)),
        (148, date(2015, 7, 25)),
        (150, date(2017, 5, 21)),
        (152, date(2017, 6, 14)),
        (155, date(2017, 12, 24)),
        (157, date(2018, 8, 6)),
        (158, date(2019, 7, 17)),
        (159, date(2019, 11, 27)),
        (160, date(2020, 4, 9)),
        (161, date(2020, 7, 2)),
        (163, date(2021, 5, 5)),
        (164, date(2021, 6, 13)),
    )
)
_STRINGS: tuple[tuple[re.Pattern[str], str, _History], ...] = (
    (re.compile(r"\bLavf(\d{2})\.(\d{1,3})\.(\d{1,3})\b"), "Lavf{0}.{1}.{2}", LIBAVFORMAT),
    (re.compile(r"\bLavc(\d{2})\.(\d{1,3})\.(\d{1,3})\b"), "Lavc{0}.{1}.{2}", LIBAVCODEC),
    (re.compile(r"\bx264\b.{0,8}?\bcore (\d{2,3})()()"), "x264 core {0}", X264_BUILDS),
)


def dated_versions(texts: Iterable[str]) -> tuple[Dated, ...]:
    """Every version in the texts that the histories date, the youngest first."""
    found: dict[str, Dated] = {}
    for text in texts:
        for pattern, words, history in _STRINGS:
            for match in pattern.finditer(text):
                version = (int(match[1]), int(match[2] or 0))
                since = _since(version, history)
                if since is not None:
                    name = words.format(*match.groups())
                    found.setdefault(name, Dated(name, since - DEVELOPMENT_MARGIN))
    return tuple(sorted(found.values(), key=lambda one: (-one.not_before.toordinal(), one.name)))


def _since(version: tuple[int, int], history: _History) -> date | None:
    """The day of the newest entry that is not newer than the version."""
    return next((when for known, when in reversed(history) if known <= version), None)
