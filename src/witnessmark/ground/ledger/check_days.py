"""Third pass of a check: day entries and day trees, replayed from what the custody log says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from witnessmark.ground.ledger import leaf
from witnessmark.ground.ledger.acts import LaidAct
from witnessmark.ground.ledger.check_leaves import Facts, Said
from witnessmark.ground.ledger.secrets import LedgerSecrets
from witnessmark.ground.ledger.storage import DayEntryRow, DayRow, LedgerStorage
from witnessmark.model.custody import Problem
from witnessmark_verify import daytree, merkle

_READ_AHEAD = 1000


@dataclass(slots=True)
class _Entry:
    """A stored entry, what is wrong with it, and what its leaf hash may truly be."""

    row: DayEntryRow
    entered_on: date
    """By the custody log where that can be told, else as stored."""
    recomputed: bytes
    is_sound: bool


class _Days:
    def __init__(
        self, storage: LedgerStorage, secrets: LedgerSecrets, facts: Facts, acts: Sequence[LaidAct]
    ) -> None:
        self._storage = storage
        self._secrets = secrets
        self._facts = facts
        self._acts = acts
        self._starts = [act.start for act in acts]
        self.problems: list[Problem] = []
        self._committed_by = {hashed: index for index, hashed in facts.day_leaf.items()}
        self.closings = {date.fromisoformat(said.data["day"]): said for said in facts.of("day.closed")}

    def _report_entry(self, number: int, what: str) -> None:
        self.problems.append(Problem(f"day entry {number}", what))

    def _report_day(self, day: date, what: str) -> None:
        self.problems.append(Problem(f"day {day.isoformat()}", what))

    def _date_of(self, custody_index: int) -> date | None:
        """UTC day of the act that holds this leaf; None where the act's row cannot be trusted."""
        place = bisect_right(self._starts, custody_index) - 1
        if place < 0 or not self._acts[place].is_whole:
            return None
        try:
            return leaf.parse_time(self._acts[place].row.time).date()
        except ValueError:
            return None

    def entries(self, *, whole: bool) -> list[_Entry]:
        """Read and judge every entry that custody leaves below the limit speak of, one by one."""
        limit = len(self._facts.hashes)
        count = self._storage.day_entry_count()
        judged: dict[int, _Entry] = {}
        later: set[int] = set()
        for base in range(0, count, _READ_AHEAD):
            for row in self._storage.day_entries(base, min(base + _READ_AHEAD, count)):
                if row.custody_index >= limit and not whole:
                    later.add(row.number)
                    continue
                try:
                    recomputed = daytree.day_leaf(row.salt, row.kind, row.payload)
                except ValueError:
                    recomputed = bytes(32)
                what = self._judge(row, recomputed, judged)
                if what:
                    self._report_entry(row.number, what)
                entered = self._entered_on(row) or row.entered_on
                judged[row.number] = _Entry(row, entered, recomputed, not what)
        lost = [number for number in range(count) if number not in judged and number not in later]
        for number in lost:
            self._report_entry(number, "the row is missing")
        self._check_claims(judged.values(), bool(lost))
        self._check_reentries(judged.values())
        return list(judged.values())

    def _entered_on(self, row: DayEntryRow) -> date | None:
        """The day on which the custody log says that it was entered; None where that cannot be told."""
        if row.repeats is None:
            return self._date_of(row.custody_index)
        return next((day for day, said in self.closings.items() if said.index == row.custody_index), None)

    def _check_claims(self, judged: Iterable[_Entry], is_explained: bool) -> None:
        """Every custody leaf that commits to an entry has one (unless a bad or lost row was named already)."""
        entries = list(judged)
        if is_explained or not all(entry.is_sound for entry in entries):
            return
        claimed = {entry.row.custody_index for entry in entries if entry.row.repeats is None}
        for index in self._facts.day_leaf.keys() - claimed:
            what = "the day entry that it commits to is missing"
            self.problems.append(Problem(f"ledger leaf {index}", what))

    def _judge(self, row: DayEntryRow, recomputed: bytes, known: Mapping[int, _Entry]) -> str:
        if recomputed != row.leaf_hash:
            return "salt, kind and payload do not give the leaf hash"
        if row.spilled != (row.day is not None and row.day > row.entered_on):
            return "the mark of having waited is wrong"
        if self._committed_by.get(row.leaf_hash, row.custody_index) != row.custody_index:
            return "another leaf of the custody log commits to it than it names"
        if row.repeats is not None:
            first = known.get(row.repeats)
            closing = self.closings.get(row.entered_on)
            if first is None or (
                first.is_sound
                and (first.row.kind, first.row.payload, first.row.repeats) != (row.kind, row.payload, None)
            ):
                return "it does not repeat the entry that it names"
            if closing is None or closing.index != row.custody_index:
                return "it was not entered by the closing of a month's first day"
            return ""
        committed = self._facts.day_leaf.get(row.custody_index)
        if committed is None and row.custody_index in self._facts.closed_payloads:
            return ""  # the private half was erased; the day tree still holds the entry
        if committed != row.leaf_hash:
            return "the custody log commits to another entry"
        entered = self._date_of(row.custody_index)
        if entered is not None and entered != row.entered_on:
            return "it was entered on another day"
        return ""

    def _check_reentries(self, judged: Iterable[_Entry]) -> None:
        """The closing of a month's first day commits to all re-entries of that month together."""
        made: dict[date, list[_Entry]] = {}
        for entry in judged:
            if entry.row.repeats is not None:
                made.setdefault(entry.row.entered_on, []).append(entry)
        for day, said in self.closings.items():
            group = made.get(day, [])
            root = merkle.root([entry.row.leaf_hash for entry in group]).hex()
            expected = (said.data["reentered"], said.data["reentered_root"])
            if (len(group), root) != expected and all(entry.is_sound for entry in group):
                self._report_day(day, "the month's re-entries are not those that the log committed to")

    def replay(self, judged: Sequence[_Entry]) -> dict[date, list[_Entry]]:
        """Place the entries again, by the rule; sound ones that stand elsewhere are reported."""
        placed: dict[date, list[_Entry]] = {}
        waiting: list[_Entry] = []
        position = 0
        for day in sorted(self.closings):
            said = self.closings[day]
            while position < len(judged) and judged[position].row.custody_index <= said.index:
                waiting.append(judged[position])
                position += 1
            taken = [entry for entry in waiting if entry.entered_on <= day][: daytree.LEAVES]
            chosen = {id(entry) for entry in taken}
            waiting = [entry for entry in waiting if id(entry) not in chosen]
            placed[day] = taken
        return placed

    def check_places(self, placed: dict[date, list[_Entry]], judged: Sequence[_Entry]) -> None:
        expected = {entry.row.number: day for day, entries in placed.items() for entry in entries}
        last = max(self.closings, default=None)
        for entry in judged:
            day = expected.get(entry.row.number)
            stands = entry.row.day
            if stands is not None and (last is None or stands > last) and day is None:
                stands = None  # placed after the point as of which we check
            if entry.is_sound and stands != day:
                self._report_entry(entry.row.number, "it stands in another day than it belongs to")

    def check_day(self, row: DayRow | None, said: Said, entries: list[_Entry], rebuild: bool) -> None:
        day = date.fromisoformat(said.data["day"])
        stated = (said.data["root"], said.data["entries"], said.data["publication_index"], said.index)
        if row is None:
            self._report_day(day, "the row is missing")
        elif (row.root.hex(), row.entries, row.publication_index, row.custody_index) != stated:
            self._report_day(day, "the row is not what the log recorded at the closing")
        all_sound = all(entry.is_sound for entry in entries)
        if rebuild and not self._root_holds(day, said, entries) and all_sound:
            self._report_day(day, "its tree does not have the root that the log recorded")

    def _root_holds(self, day: date, said: Said, entries: list[_Entry]) -> bool:
        options = [[entry.row.leaf_hash for entry in entries]]
        if any(not entry.is_sound for entry in entries):
            options.append([entry.recomputed for entry in entries])
        for hashes in options:
            leaves = daytree.day_leaves(self._secrets.day_key, day.isoformat(), hashes)
            if merkle.root(leaves).hex() == said.data["root"]:
                return True
        return False


def check_days(
    storage: LedgerStorage,
    secrets: LedgerSecrets,
    facts: Facts,
    acts: Sequence[LaidAct],
    *,
    whole: bool,
    every_day: bool,
) -> list[Problem]:
    """Entries, their places, the trees, and that no day is missing between the first and the last."""
    days = _Days(storage, secrets, facts, acts)
    judged = days.entries(whole=whole)
    rows = {row.day: row for row in storage.days()}
    if "day.closed" in facts.unread:
        return days.problems  # said by the leaf itself; without it the days cannot be replayed
    placed = days.replay(judged)
    days.check_places(placed, judged)
    for day, said in sorted(days.closings.items()):
        rebuild = every_day or bool(placed[day]) or said.data["entries"] != 0
        days.check_day(rows.pop(day, None), said, placed[day], rebuild)
        before = day - timedelta(days=1)
        if before not in days.closings and day != min(days.closings):
            days.problems.append(Problem(f"day {before.isoformat()}", "it was never closed"))
    first = days._date_of(0) if acts else None
    if first is not None and days.closings and min(days.closings) != first:
        days.problems.append(Problem(f"day {first.isoformat()}", "the first day of the log was never closed"))
    if whole:
        days.problems += [
            Problem(f"day {day.isoformat()}", "the log never closed it") for day in sorted(rows)
        ]
    return days.problems
