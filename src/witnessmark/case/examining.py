"""Examine what is not yet examined: one jailed child per item, results saved exactly once.

A job's effect (findings, features, seal, shield, leaf, state) is one transaction with the job's end; kill -9 at
any point costs one attempt.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from witnessmark.case import overlay_texts, series_kept
from witnessmark.case.attempt_results import (
    AttemptOutcome as ChildOutcome,
)
from witnessmark.case.attempt_results import (
    AttemptReader,
    ProtocolBroken,
    Summary,
)
from witnessmark.case.case import Case
from witnessmark.case.references import references
from witnessmark.examine.library.entries import Library
from witnessmark.examine.registry import cards, ids
from witnessmark.ground import jail
from witnessmark.ground.jobs.storage import AttemptEnd, Job, JobState
from witnessmark.ground.jobs.supervisor import AttemptOutcome, Progress, Supervisor, Turn
from witnessmark.ground.vault.store import Draft
from witnessmark.model.commitment import file_commitment, new_salt
from witnessmark.model.consumer import Feature
from witnessmark.model.custody import CustodyEvent, DayEntry
from witnessmark.model.errors import JailError
from witnessmark.model.findings import Finding, FindingCore
from witnessmark.model.recording import Item
from witnessmark.model.records import HeldDerivative, ItemState

TASK = "witnessmark.case.attempt:examine"
JOB = "examine"
DECLARED = "recording"
"""Feature: what the container declares, for lists and reports."""
MAX_ATTEMPTS = 2
BASE_WALL_S = 120.0
WALL_S_PER_MB = 6.0
"""An hour of 1 Mb/s footage is 450 MB: 45 minutes. Decoding runs at 50 times that on the slowest laptop tried."""
LONGEST_WALL_S = 12 * 3600.0
MEMORY_BYTES = 3 << 30


@dataclass(frozen=True, slots=True)
class Examined:
    """What a run of `examine` did."""

    items: int
    done: int
    failed: int
    incomplete: int
    """Items whose seal or shield broke while their questions were answered; each has its line in the log."""
    findings: int
    cpu_s: float
    media_s: float


@dataclass(slots=True)
class _Totals:
    lock: threading.Lock = field(default_factory=threading.Lock)
    incomplete: int = 0
    findings: int = 0
    cpu_s: float = 0.0
    media_s: float = 0.0

    def add(self, summary: Summary, findings: int, broken: int) -> None:
        with self.lock:
            self.incomplete += bool(broken)
            self.findings += findings
            self.cpu_s += summary.cpu_s
            self.media_s += summary.media_s


def queue_items(case: Case, items: Sequence[Item]) -> int:
    """Put items on the queue; one that waits there already stays one job."""
    if items:
        case.catalogue.job_storage().enqueue(JOB, [item.item_id for item in items], case.clock())
    return len(items)


def examine(
    case: Case,
    *,
    items: Sequence[Item] | None = None,
    examiners: Sequence[str] | None = None,
    workers: int = 1,
    accept_unsandboxed: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Examined:
    """Examine the items named, or all that are not yet examined. Raises JailError where the sandbox is too weak."""
    case.require_writable()
    level = jail.level()
    if level is jail.Level.S0 and not accept_unsandboxed:
        raise JailError(
            "this machine offers no sandbox, and evidence may be a trap",
            "see `witnessmark doctor`; --accept-unsandboxed goes on all the same and is logged",
        )
    ids(examiners)  # an unknown examiner is told before anything runs
    wanted = items
    if wanted is None:
        wanted = [
            h.item for h in case.catalogue.held_items() if h.state in (ItemState.SEALED, ItemState.COMMITTED)
        ]
    storage = case.catalogue.job_storage()
    for job in storage.jobs(JobState.POISON, JOB):
        if items is not None and any(item.item_id == job.item_id for item in items):
            storage.retry(job.job_id, case.clock())
    set_aside = {job.item_id for job in storage.jobs(JobState.POISON, JOB)}
    queue_items(case, [item for item in wanted if item.item_id not in set_aside])
    totals = _Totals()
    run = _Run(case, examiners, accept_unsandboxed, totals, references(case))
    supervisor = Supervisor(
        storage,
        run.attempt,
        workers=workers,
        max_attempts=MAX_ATTEMPTS,
        kinds=[JOB],
        on_progress=on_progress,
    )
    progress = supervisor.run_until_empty()
    failed = _record_set_aside(case, storage.jobs(JobState.POISON, JOB), level)
    return Examined(
        len(wanted),
        progress.done,
        failed,
        totals.incomplete,
        totals.findings,
        totals.cpu_s,
        totals.media_s,
    )


@dataclass(slots=True)
class _Run:
    """One run's attempts; called from worker threads."""

    case: Case
    examiners: Sequence[str] | None
    accept_unsandboxed: bool
    totals: _Totals
    references: Library

    def attempt(self, job: Job, turn: Turn) -> AttemptOutcome:
        item = self.case.catalogue.item(job.item_id)
        fd, file_key = self.case.file_key(item.object_name)
        kept = _KeptDerivatives(self.case)
        reader = AttemptReader(ids(self.examiners), kept.take)
        wall_s = min(LONGEST_WALL_S, BASE_WALL_S + WALL_S_PER_MB * item.size_bytes / 1e6)
        try:
            ended = jail.run(
                TASK,
                self._request(wall_s),
                files={"object": fd},
                secrets={"file_key": file_key},
                budget=jail.Budget(memory_bytes=MEMORY_BYTES, cpu_s=int(wall_s), wall_s=wall_s),
                on_record=reader.on_record,
                on_blob=reader.on_blob,
                cancelled=turn.stopped,
                allow_unsandboxed=self.accept_unsandboxed,
            )
            outcome = reader.outcome() if ended.ended is jail.Ended.DONE else None
        except ProtocolBroken as error:
            kept.abandon()
            return AttemptOutcome(AttemptEnd.RETRY, f"the child broke the protocol: {error}")
        except BaseException:
            kept.abandon()
            raise
        finally:
            os.close(fd)
        if ended.ended is jail.Ended.CANCELLED:
            kept.abandon()
            return AttemptOutcome(AttemptEnd.CANCELLED)
        if outcome is None or outcome.summary is None:
            kept.abandon()
            return AttemptOutcome(AttemptEnd.RETRY, f"{ended.ended}: {ended.detail}"[:200])
        derivatives = kept.commit()
        summary = outcome.summary
        self.totals.add(summary, len(outcome.cores), len(_broken(item, summary)))

        def save() -> None:
            _save(self.case, item, turn.attempt.attempt_id, outcome, summary, derivatives)

        return AttemptOutcome(AttemptEnd.DONE, save=save)

    def _request(self, wall_s: float) -> dict[str, object]:
        whole = self.examiners is None
        return {
            "examiners": None if whole else list(self.examiners or ()),
            "seal": ("all" if self.case.settings.seal_every_frame else "sampled") if whole else None,
            "shield": whole,
            "fingerprint": whole,
            "sha256": False,
            "cpu_s": wall_s * 0.9,
            "references": self.references.to_json() if self.references.entries else None,
        }


@dataclass(slots=True)
class _KeptDerivatives:
    """Seals what the child makes while it comes; nothing of it is ever plain on disk."""

    case: Case
    drafts: dict[str, tuple[Draft, hashlib._Hash, list[int]]] = field(default_factory=dict)

    def take(self, name: str, piece: bytes, is_last: bool) -> None:
        if name not in self.drafts:
            self.drafts[name] = (self.case.store.begin(), hashlib.sha256(), [0])
        draft, digest, size = self.drafts[name]
        draft.write(piece)
        digest.update(piece)
        size[0] += len(piece)

    def commit(self) -> dict[str, tuple[str, bytes, int]]:
        """Name: (object name, digest, size)."""
        made = {}
        for name, (draft, digest, size) in self.drafts.items():
            stored = draft.commit(digest.digest())
            made[name] = (stored.name, digest.digest(), size[0])
        self.drafts.clear()
        return made

    def abandon(self) -> None:
        for draft, _, _ in self.drafts.values():
            draft.abandon()
        self.drafts.clear()


def _save(
    case: Case,
    item: Item,
    attempt_id: str,
    outcome: ChildOutcome,
    summary: Summary,
    derivatives: dict[str, tuple[str, bytes, int]],
) -> None:
    """The whole effect of one attempt; runs inside the transaction that ends the job."""
    catalogue = case.catalogue
    findings = _bound(item, outcome.cores, summary.build, summary.sandbox)
    catalogue.save_findings(item.item_id, attempt_id, findings)
    for feature in (*outcome.features, _declared(summary)):
        if overlay_texts.is_sealed(feature):
            overlay_texts.keep(case, item.item_id, feature)
        else:
            catalogue.save_feature(item.item_id, series_kept.kept(feature, attempt_id))
    kept: dict[str, str] = {}
    for made in outcome.derivatives:
        if made.name in derivatives:
            kept[made.name] = derivatives[made.name][0]
            object_name, digest, size_bytes = derivatives[made.name]
            catalogue.add_derivative(
                HeldDerivative(
                    item.item_id, made.name, made.media_type, object_name, case.clock(), size_bytes, digest
                )
            )
    events = []
    if outcome.seal is not None:
        held = catalogue.seal(item.item_id, summary.build)
        if held is None:
            catalogue.save_seal(item.item_id, outcome.seal, summary.build)
            catalogue.set_item_state(item.item_id, ItemState.COMMITTED)
            events.append(_committed(item, outcome.seal.item_root, summary.build))
    events.extend(_broken(item, summary))
    events.append(
        _examined(item, attempt_id, findings, summary.sandbox, kept, series_kept.digests(outcome.features))
    )
    case.ledger.append(events)
    catalogue.set_item_state(item.item_id, ItemState.EXAMINED)


def _bound(item: Item, cores: Sequence[FindingCore], build: str, sandbox: str) -> tuple[Finding, ...]:
    return tuple(Finding(str(uuid.uuid4()), item.item_id, core, build, sandbox) for core in cores)


def _broken(item: Item, summary: Summary) -> list[CustodyEvent]:
    """A line for each part that broke: an examiner says so in its findings, the seal and the shield here."""
    return [
        CustodyEvent("part.failed", private={"item": item.item_id, "part": part, "fault": fault})
        for part, fault in summary.failures
        if part not in ids()
    ]


def _committed(item: Item, item_root: bytes, build: str) -> CustodyEvent:
    """The item root enters the log, and the day tree under a salt of its own."""
    salt = new_salt()
    commitment = file_commitment(salt, item.sha256)
    return CustodyEvent(
        "item.committed",
        public={"item_root": item_root.hex(), "file_commitment": commitment.hex()},
        private={"item": item.item_id, "salt": salt.hex(), "build": build},
        day=DayEntry("item", item_root + commitment),
    )


def _examined(
    item: Item,
    attempt_id: str,
    findings: Sequence[Finding],
    sandbox: str,
    derivatives: Mapping[str, str] | None = None,
    series: Mapping[str, str] | None = None,
) -> CustodyEvent:
    """``derivatives``: object names by name. They are keyed digests of the content: enough to hold them to."""
    by_examiner: dict[str, list[str]] = {}
    for finding in findings:
        by_examiner.setdefault(finding.core.examiner, []).append(finding.finding_id)
    return CustodyEvent(
        "examination.done",
        private={
            "item": item.item_id,
            "attempt": attempt_id,
            "count": len(findings),
            "sandbox": sandbox,
            "findings": by_examiner,
            "cores": {f.finding_id: f.core.core_digest for f in findings},
            "derivatives": dict(derivatives or {}),
            "series": dict(series or {}),
        },
    )


def _declared(summary: Summary) -> Feature:
    """What reports say of the container's own declaration."""
    facts = []
    for stream in summary.streams:
        if stream.kind == "video":
            facts.append(
                ["picture", f"{stream.width_px} x {stream.height_px}, {stream.codec}, {stream.rate} /s"]
            )
        elif stream.kind == "audio":
            facts.append(
                ["sound", f"{stream.codec}, {stream.sample_rate_hz} Hz, {stream.channels} channel(s)"]
            )
        else:
            facts.append([stream.kind, stream.codec])
    document = {"duration_s": summary.duration_s, "facts": facts}
    return Feature(DECLARED, 1, json.dumps(document, sort_keys=True).encode("utf-8"))


def _record_set_aside(case: Case, jobs: Sequence[Job], level: jail.Level) -> int:
    """Every question about an item that was set aside gets its answer: failed, with the cause."""
    recorded = 0
    for job in jobs:
        recorded += 1
        held = case.catalogue.held_item(job.item_id)
        if held.state is ItemState.EXAMINED:
            continue
        applying = [c for c in cards() if held.item.media_type in c.applies_to]
        cores = [core for card in applying for core in card.failed(job.cause[:200])]
        if not cores:
            continue
        findings = _bound(held.item, cores, "no build: the attempt did not finish", str(level))
        attempt_id = str(uuid.uuid4())
        with case.catalogue.transaction():
            case.catalogue.save_findings(job.item_id, attempt_id, findings)
            done = _examined(held.item, attempt_id, findings, str(level))
            case.ledger.append(
                [CustodyEvent("examination.failed", private={**done.private, "cause": job.cause[:200]})]
            )
            case.catalogue.set_item_state(job.item_id, ItemState.EXAMINED)
    return recorded
