"""Triage: what is on this disk, from headers alone, in minutes, with nothing written anywhere.

Headers are parsed in the jail, a batch of descriptors at a time; a file that ends its child is blamed and
the rest goes on. Everything told is what the files *declare*; only receiving and examining find out more.
Unlike receipts, this speaks names aloud: it is for the person at the desk and is not kept.
"""

from __future__ import annotations

import os
import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from witnessmark.ground.jail import Budget
from witnessmark.model.intake import Tally
from witnessmark.model.recording import MediaType
from witnessmark.receive.copies import BUDGET_BYTES, Copies, find_copies
from witnessmark.receive.exposures import Exposures
from witnessmark.receive.name_dates import dates_in
from witnessmark.receive.naming import shown
from witnessmark.receive.ports import JailRun
from witnessmark.receive.walk import Entry, SourceState, Walk

TASK = "witnessmark.receive.triage_task:look"
BATCH_FILES = 256
"""Files per child: starting one costs some tenths of a second, a header some milliseconds."""
DESCRIPTOR_SHARE = 4
"""Part of the limit on open files that a batch may take: the jail copies each descriptor once on the way."""
BUDGET = Budget(memory_bytes=1 << 30, cpu_s=600, wall_s=900.0, silence_s=120.0, record_bytes=64 << 10)
KEPT_NAMES = 200
"""Names kept in each list of the result; the counts go on."""
MEDIA = frozenset({MediaType.VIDEO, MediaType.SOUND, MediaType.PICTURE})


@dataclass(slots=True)
class Gathered:
    """What adds up for a folder, and for the whole."""

    found: Tally = field(default_factory=Tally)
    duration_s: float = 0.0
    without_duration: int = 0
    """Videos and sounds that declare no length."""
    formats: Counter[str] = field(default_factory=Counter)
    not_media: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    name_dates: set[date] = field(default_factory=set)
    container_dates: set[str] = field(default_factory=set)
    damage: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)
    copies: int = 0
    probable_copies: int = 0
    exposures: Exposures = field(default_factory=Exposures)

    def to_json(self) -> dict[str, Any]:
        return {
            **self.found.to_json(),
            "minutes": round(self.duration_s / 60, 2),
            "without_duration": self.without_duration,
            "formats": dict(sorted(self.formats.items())),
            "not_media": dict(sorted(self.not_media.items())),
            "refused": dict(sorted(self.refused.items())),
            "name_dates": _range([moment.isoformat() for moment in self.name_dates]),
            "container_dates": _range(list(self.container_dates)),
            "damage": dict(sorted(self.damage.items())),
            "damaged": sorted(self.damaged)[:KEPT_NAMES],
            "copies": self.copies,
            "probable_copies": self.probable_copies,
            "exposures": self.exposures.shown(),
        }


@dataclass(frozen=True, slots=True)
class Folder:
    path: str
    """Safely shown, from the name of the source on."""
    gathered: Gathered

    def to_json(self) -> dict[str, Any]:
        return {"path": self.path, **self.gathered.to_json()}


@dataclass(frozen=True, slots=True)
class Triage:
    """The result. ``to_json`` gives ``folders`` and ``totals`` (and the copies, by name)."""

    folders: tuple[Folder, ...]
    totals: Gathered
    copies: tuple[tuple[Copies, tuple[str, ...]], ...]
    source: SourceState

    def to_json(self) -> dict[str, Any]:
        return {
            "folders": [folder.to_json() for folder in self.folders],
            "totals": {
                **self.totals.to_json(),
                "read_only": self.source.read_only,
                "warning": self.source.warning,
                "mount_points": self.source.mount_points,
            },
            "copies": [
                {"bytes": one.size_bytes, "certain": one.is_certain, "paths": list(names)}
                for one, names in self.copies[:KEPT_NAMES]
            ],
        }


def triage(
    walk: Walk,
    run_jailed: JailRun,
    progress: Callable[[int, int], None] | None = None,
    copies_budget_bytes: int = BUDGET_BYTES,
) -> Triage:
    """Looks at everything below the walk's sources. ``progress(files, bytes)`` after each batch.

    Raises JailError where the sandbox cannot be built. Trouble with single files stands in the result.
    """
    return _Triage(walk, run_jailed, progress, copies_budget_bytes).run()


class _Triage:
    def __init__(
        self,
        walk: Walk,
        run_jailed: JailRun,
        progress: Callable[[int, int], None] | None,
        copies_budget_bytes: int,
    ) -> None:
        self._walk = walk
        self._run_jailed = run_jailed
        self._progress = progress
        self._copies_budget_bytes = copies_budget_bytes
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._batch_files = max(1, min(BATCH_FILES, soft // DESCRIPTOR_SHARE))
        self._folders: dict[bytes, Gathered] = {}
        self._totals = Gathered()
        self._files: list[Entry] = []

    def run(self) -> Triage:
        batch: list[tuple[Entry, int]] = []
        try:
            for entry in self._walk.entries():
                self._meet(entry)
                if entry.reason is not None:
                    continue
                try:
                    batch.append((entry, self._walk.open(entry)))
                except OSError:
                    self._count_refused(entry, "unreadable")
                if len(batch) >= self._batch_files:
                    self._look(batch)
            self._look(batch)
        finally:
            for _, descriptor in batch:
                os.close(descriptor)
        copies = self._find_copies()
        folders = tuple(Folder(shown(path), gathered) for path, gathered in sorted(self._folders.items()))
        return Triage(folders, self._totals, copies, self._walk.state())

    def _meet(self, entry: Entry) -> None:
        path = self._inner_path(entry)
        for gathered in self._both(entry):
            gathered.found += Tally(1, entry.size_bytes)
            gathered.exposures.take(path)
            gathered.name_dates.update(dates_in(shown(path.rsplit(b"/", 1)[-1])))
        if entry.reason is not None:
            self._count_refused(entry, str(entry.reason))
        else:
            self._files.append(entry)

    def _look(self, batch: list[tuple[Entry, int]]) -> None:
        """Runs children over the batch until every file has been seen or blamed; empties it."""
        waiting = dict(enumerate(batch))
        while waiting:
            began: list[int] = []
            seen: dict[int, dict[str, Any]] = {}

            def listen(
                record: dict[str, Any], began: list[int] = began, seen: dict[int, dict[str, Any]] = seen
            ) -> None:
                number = record.get("n")
                if isinstance(number, int) and number in waiting:
                    if record.get("say") == "begin":
                        began.append(number)
                    else:
                        seen[number] = record

            result = self._run_jailed(
                TASK,
                {},
                files={str(number): descriptor for number, (_, descriptor) in waiting.items()},
                secrets={},
                budget=BUDGET,
                on_record=listen,
                on_blob=None,
            )
            for number, record in seen.items():
                self._count(waiting.pop(number)[0], record)
            if waiting and (str(result.ended) != "done" or not seen):
                # The child ended on the file it had begun (or on the first, before it could say so).
                blamed = next((number for number in reversed(began) if number in waiting), min(waiting))
                self._count_damage(waiting.pop(blamed)[0], "parser_ended")
        while batch:
            os.close(batch.pop()[1])
        if self._progress is not None:
            self._progress(self._totals.found.files, self._totals.found.size_bytes)

    def _count(self, entry: Entry, record: dict[str, Any]) -> None:
        """One record of the child, believed only as far as its types go."""
        if record.get("unreadable"):
            self._count_refused(entry, "unreadable")
            return
        form = record.get("format")
        kind = record.get("media_type")
        if not isinstance(form, str) or not form.isascii() or len(form) > 32 or kind not in list(MediaType):
            self._count_damage(entry, "parser_ended")
            return
        duration = record.get("duration_s")
        dates = [one for one in _texts(record.get("dates")) if _is_date(one)]
        faults = [one for one in _texts(record.get("faults")) if one.isascii() and len(one) <= 40]
        for gathered in self._both(entry):
            gathered.formats[form] += 1
            if kind not in MEDIA:
                gathered.not_media[form] += 1
            gathered.container_dates.update(dates)
            if kind in (MediaType.VIDEO, MediaType.SOUND):
                # A day and more in one file is a broken header, not footage.
                if isinstance(duration, (int, float)) and 0 <= duration <= 86_400 * 7:
                    gathered.duration_s += duration
                else:
                    gathered.without_duration += 1
        for fault in faults:
            self._count_damage(entry, fault)

    def _count_damage(self, entry: Entry, what: str) -> None:
        name = shown(self._inner_path(entry))
        for gathered in self._both(entry):
            gathered.damage[what] += 1
            if name not in gathered.damaged and len(gathered.damaged) < KEPT_NAMES:
                gathered.damaged.append(name)

    def _count_refused(self, entry: Entry, reason: str) -> None:
        for gathered in self._both(entry):
            gathered.refused[reason] += 1

    def _find_copies(self) -> tuple[tuple[Copies, tuple[str, ...]], ...]:
        found = find_copies(
            [entry.size_bytes for entry in self._files],
            lambda number: self._walk.open(self._files[number]),
            self._copies_budget_bytes,
        )
        named: list[tuple[Copies, tuple[str, ...]]] = []
        for one in found:
            # The first of a group counts as the original: which one is, nobody can tell from bytes.
            for number in one.members[1:]:
                for gathered in self._both(self._files[number]):
                    if one.is_certain:
                        gathered.copies += 1
                    else:
                        gathered.probable_copies += 1
            named.append((one, tuple(shown(self._inner_path(self._files[n])) for n in one.members)))
        return tuple(named)

    def _both(self, entry: Entry) -> tuple[Gathered, Gathered]:
        folder = self._inner_path(entry).rpartition(b"/")[0] or self._inner_path(entry)
        return self._folders.setdefault(folder, Gathered()), self._totals

    def _inner_path(self, entry: Entry) -> bytes:
        return b"/".join((os.path.split(self._walk.roots[entry.root])[1], *entry.parts))


def _range(moments: list[str]) -> dict[str, Any] | None:
    if not moments:
        return None
    return {"first": min(moments), "last": max(moments), "days": len(moments)}


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
