"""How one clock is written, as agreed by several readings: from signs to seconds and back."""

from __future__ import annotations

from calendar import timegm
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from witnessmark.examine.clock.layouts import MONTHS, Written, orders

DAY_S = 86_400
RUNNING = "HMSp"
"""Roles that the time of day fills; the others belong to the date."""


@dataclass(frozen=True, slots=True)
class Face:
    """The layout of a clock."""

    roles: str
    """One role for each place (see layouts.Place), in order."""
    pattern: str
    order: str
    """Of the date as taken: dmy, mdy, ymd, or empty without a date."""
    other_orders: tuple[str, ...]
    """Orders that the numbers allow as well: then the date's order is unsure."""
    weekday: int | None
    example: str

    @classmethod
    def of(cls, readings: Sequence[Written]) -> Face:
        """The face that most of the readings have; the date's order from all of them together."""
        roles, _ = Counter(written.roles for written in readings).most_common(1)[0]
        same = [written for written in readings if written.roles == roles]
        dated, _ = Counter((w.pattern, w.numbers) for w in same).most_common(1)[0]
        example = next(w for w in same if (w.pattern, w.numbers) == dated)
        found = example.dates
        return cls(
            roles,
            example.pattern,
            found[0][0] if found else "",
            tuple(order for order, _ in found[1:]),
            example.weekday,
            example.text,
        )

    @property
    def has_date(self) -> bool:
        return bool(self.order)

    @property
    def has_seconds(self) -> bool:
        return "S" in self.roles

    @property
    def twelve_hours(self) -> bool:
        return "p" in self.roles

    @property
    def quantum_s(self) -> float:
        """The clock's smallest step."""
        return 1.0 if self.has_seconds else 60.0

    @property
    def running_place(self) -> int:
        """The place that changes oftenest: units of seconds, or of minutes."""
        return self.roles.rindex("S" if self.has_seconds else "M")

    @property
    def is_order_sure(self) -> bool:
        return self.has_date and not self.other_orders

    def signs_of(self, written: Written) -> list[str] | None:
        """The sign in every place of a reading; None where its layout is another one."""
        if written.roles != self.roles:
            return None
        line = written.text.upper()
        return [line[place.index] for place in written.places]

    @staticmethod
    def steady_signs(readings: Sequence[Written]) -> list[str | None]:
        """What most of the readings have in each place."""
        roles, _ = Counter(written.roles for written in readings).most_common(1)[0]
        same = [written for written in readings if written.roles == roles]
        lines = [[w.text.upper()[p.index] for p in w.places] for w in same]
        return [Counter(column).most_common(1)[0][0] for column in zip(*lines, strict=True)]

    def signs_at(self, day_s: float, steady: Sequence[str | None]) -> list[str] | None:
        """What stands in every place at ``day_s`` (only its time of day counts), the date as in ``steady``.

        None where a place of the date is not known.
        """
        second = int(day_s) % DAY_S
        hour = second // 3600
        if self.twelve_hours:
            text = {"H": f"{hour % 12 or 12:02}", "p": "A" if hour < 12 else "P"}
        else:
            text = {"H": f"{hour:02}"}
        text |= {"M": f"{second // 60 % 60:02}", "S": f"{second % 60:02}"}
        used: Counter[str] = Counter()
        signs: list[str] = []
        for role, held in zip(self.roles, steady, strict=True):
            if role in RUNNING:
                digits = text[role]
                if role != "p" and self.roles.count(role) == 1:
                    digits = digits.lstrip("0") or "0"
                if used[role] >= len(digits):
                    return None
                signs.append(digits[used[role]])
                used[role] += 1
            elif held is None:
                return None
            else:
                signs.append(held)
        return signs

    def value(self, signs: Sequence[str | None]) -> float | None:
        """Seconds since 1970 as written (naive), or of the day without a date; None where unread or no time."""
        if any(sign is None for sign in signs):
            return None
        parts: dict[str, str] = {}
        for role, sign in zip(self.roles, signs, strict=True):
            parts[role] = parts.get(role, "") + str(sign)
        try:
            hour, minute, second = int(parts["H"]), int(parts["M"]), int(parts.get("S", "0"))
        except ValueError:
            return None
        if hour > 23 or minute > 59 or second > 59:
            return None
        if self.twelve_hours:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if parts["p"] == "P" else 0)
        day_s = hour * 3600 + minute * 60 + second
        if not self.has_date:
            return float(day_s)
        day = self._date(parts)
        return None if day is None else float(timegm(day.timetuple()) + day_s)

    def midnight_s(self, signs: Sequence[str | None]) -> float:
        """Seconds since 1970 at the midnight of the date in ``signs``; 0 without a date."""
        if not self.has_date:
            return 0.0
        parts: dict[str, str] = {}
        for role, sign in zip(self.roles, signs, strict=True):
            parts[role] = parts.get(role, "") + str(sign)
        day = self._date(parts)
        return 0.0 if day is None else float(timegm(day.timetuple()))

    def _date(self, parts: dict[str, str]) -> date | None:
        numbers = []
        for role in sorted(set(parts) - set(RUNNING), key=self.roles.index):
            text = parts[role]
            if role == "n":
                if text not in MONTHS:
                    return None
                numbers.append(MONTHS.index(text) + 1)
            elif text.isdigit():
                numbers.append(int(text))
            else:
                return None
        found = dict(orders(self.pattern, numbers, None, self.twelve_hours))
        return found.get(self.order)

    def shown(self, clock_s: float) -> str:
        """A value as people write it: ISO 8601 without a zone, or the time of day alone."""
        moment = datetime.fromtimestamp(clock_s if self.has_date else clock_s % DAY_S, UTC)
        time = f"{moment:%H:%M:%S}" if self.has_seconds else f"{moment:%H:%M}"
        return f"{moment:%Y-%m-%d} {time}" if self.has_date else time

    def described(self) -> str:
        """The layout in letters, such as ``dd-mm-yyyy HH:MM:SS``."""
        numbered = sorted(set(self.roles) - set(RUNNING), key=self.roles.index)
        names = dict(zip(numbered, self.order, strict=False))
        shown: list[str] = []
        last = ""
        for role in self.roles:
            if last and role != last:
                inside = (role in "HMS") == (last in "HMS") and "p" not in (role, last)
                shown.append((":" if role in "HMS" else "-") if inside else " ")
            if role == "n":
                shown += ["MON"] if last != "n" else []
            else:
                shown.append("AM/PM" if role == "p" else role if role in "HMS" else names[role])
            last = role
        return "".join(shown)
