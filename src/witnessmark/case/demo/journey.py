"""The worked example end to end: a leak is made, received, examined, described, reported and audited."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from witnessmark.case.auditing import Audited, audit
from witnessmark.case.case import Case, now
from witnessmark.case.comparing import Compared, compare_case
from witnessmark.case.demo.published import publish
from witnessmark.case.demo.recipe import Truth, build_leak
from witnessmark.case.demo.truth import Known, beyond, judge
from witnessmark.case.describing import import_table, propose_bearings
from witnessmark.case.examining import examine
from witnessmark.case.receiving import receive, record_statement
from witnessmark.case.reporting import write_report
from witnessmark.case.stamping import stamp_out
from witnessmark.case.wiring import create_case
from witnessmark.ground import jail
from witnessmark.ground.vault.sealed import open_names
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import UsageError
from witnessmark.receive.source_statement import SourceStatement
from witnessmark.receive.triage import triage
from witnessmark.receive.walk import Walk

PASSPHRASE = "demonstration"
NAME = "DEMONSTRATION, Saratov, October 2021 (footage harmless, facilities invented)"
MARKER = "demonstration.json"
SHOWN = "D2-prison/reg_11.mp4"
"""What is released at the end: received and examined "yesterday", because a day must be closed before anything of it
can be proven."""
TABLES = (
    ("facility", "facilities.csv"),
    ("person", "persons.csv"),
    ("incident", "incidents.csv"),
    ("claim", "claims.csv"),
    ("response", "responses.csv"),
)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Demonstrated:
    case: Path
    leak: Path
    reports: tuple[Path, ...]
    receipt: Path
    truth: tuple[dict[str, Any], ...]
    beyond: tuple[dict[str, Any], ...]
    triaged: dict[str, Any]
    audited: Audited
    compared: Compared
    bundle: Path
    """What a stranger gets."""
    names: dict[str, str]
    """Item id: one of the places in the leak where it was found."""

    @property
    def states(self) -> Counter[str]:
        return Counter(row["state"] for row in self.truth)


def demonstrate(folder: Path, *, workers: int = 2, on_progress: Progress = lambda *_: None) -> Demonstrated:
    """Build everything below ``folder`` (new, empty, or an earlier demonstration, which is replaced)."""
    _make_room(folder)
    leak, case_folder = folder / "leak", folder / "case"
    made = [0]

    def making(name: str) -> None:
        made[0] += 1
        on_progress(f"making {name}", made[0], 24)

    truths = build_leak(leak, making)
    (folder / "truth.json").write_text(
        json.dumps([t.to_json() for t in truths], indent=1) + "\n", encoding="utf-8"
    )
    on_progress("looking over the disk (triage)", 0, 1)
    with Walk([str(leak).encode()]) as walk:
        triaged = triage(walk, jail.run).to_json()["totals"]
    new = create_case(
        case_folder,
        NAME,
        PASSPHRASE,
        pseudonym="demonstrator",
        demonstration=True,
        clock=lambda: now() - timedelta(days=1),
    )
    _write_shares(folder / "recovery-shares", new.shares.shares)
    with new.case as case:
        record_statement(
            case,
            SourceStatement(
                copied_from="DEMONSTRATION: a recorder in an invented facility",
                copied_how="DEMONSTRATION: exported to a USB disk",
                hands=("DEMONSTRATION source", "demonstrator"),
            ),
            "S-1",
        )
        received = receive(
            case,
            [str(leak).encode()],
            pseudonym="S-1",
            on_progress=lambda p: on_progress("receiving", p.files_done, 24),
        )
        examine(
            case,
            workers=workers,
            on_progress=lambda p: on_progress("examining", p.done, p.done + p.active + p.queued),
        )
        compared = compare_case(case, on_progress=on_progress)
        for what, table in TABLES:
            on_progress(f"taking in {table}", 0, 1)
            data = (files("witnessmark.case.demo_data") / table).read_bytes()
            taken = import_table(case, what, data)
            if taken.errors:
                raise UsageError(
                    f"the demonstration's own table {table} has an error in row {taken.errors[0].row}"
                )
        propose_bearings(case)
        known = _known(case, leak)
        rows = tuple(
            {
                "file": t.file,
                "what": t.what,
                "state": judge(t, known, received.received.members.found.files, compared.relations),
            }
            for t in truths
        )
        on_progress("time-stamp requests", 0, 1)
        stamp_out(case, folder / "to-be-stamped")
        on_progress("auditing", 0, 1)
        audited = audit(case, workers=workers)
        on_progress("writing the reports", 0, 1)
        reports = _reports(case, folder, known)
    bundle = publish(case_folder, known[SHOWN].item, PASSPHRASE, folder / "bundle", on_progress)
    return Demonstrated(
        case_folder,
        leak,
        reports,
        received.path,
        rows,
        tuple(beyond(truths, known)),
        triaged,
        audited,
        compared,
        bundle,
        {held.item.item_id: file for file, held in sorted(known.items(), reverse=True)},
    )


def _make_room(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise UsageError(
                "the folder for the demonstration is not empty", "name another one with --dir, or empty it"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    note = {"schema": "witnessmark/demonstration/1", "passphrase": PASSPHRASE, "note": "NOT EVIDENCE"}
    (folder / MARKER).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")


def _write_shares(folder: Path, shares: tuple[str, ...]) -> None:
    folder.mkdir(mode=0o700)
    for number, share in enumerate(shares, 1):
        (folder / f"share-{number}.txt").write_text(share + "\n", encoding="utf-8")


def _known(case: Case, leak: Path) -> dict[str, Known]:
    """File of the leak: what the case holds of it. Opens the sealed names, which is logged."""
    occurrences = case.catalogue.occurrences()
    case.ledger.append(
        [
            CustodyEvent(
                "names.opened", private={"occurrences": len(occurrences), "reason": "truth beside found"}
            )
        ]
    )
    places = Counter(o.item_id for o in occurrences)
    items = {i.item_id: i for i in case.catalogue.items()}
    findings: dict[str, list[Any]] = {}
    for finding in case.catalogue.findings():
        findings.setdefault(finding.item_id, []).append(finding)
    known = {}
    for occurrence in occurrences:
        path = json.loads(open_names(occurrence.sealed, case.keyring))["path"]
        if path.startswith(str(leak) + "/"):
            known[path[len(str(leak)) + 1 :]] = Known(
                items[occurrence.item_id],
                places[occurrence.item_id],
                tuple(findings.get(occurrence.item_id, ())),
            )
    return known


def _reports(case: Case, folder: Path, known: dict[str, Known]) -> tuple[Path, ...]:
    """The case's report as HTML and PDF, and that of one item with much to tell."""
    paths = [folder / "report.html", folder / "report.pdf"]
    for path in paths:
        write_report(case, path)
    spliced = known.get("D3-remand/vid-c.mp4")
    if spliced is not None:
        paths.append(folder / "item-report.html")
        write_report(case, paths[-1], item=spliced.item)
    return tuple(paths)


__all__ = ["Demonstrated", "Truth", "demonstrate"]
