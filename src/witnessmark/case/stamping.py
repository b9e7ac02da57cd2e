"""Trusted time and witnesses for a case: what is asked, what came back, what is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate

from witnessmark.case.case import Case
from witnessmark.ground.ledger.storage import CUSTODY, PUBLICATION
from witnessmark.model.custody import CustodyEvent, Problem, Stamp
from witnessmark.model.errors import TimestampError, UnusableInputError
from witnessmark.preserve import stamps

AUTHORITIES = "authorities"
"""Setting: PEM of the roots that the team trusts."""


@dataclass(frozen=True, slots=True)
class Stamped:
    pending: int
    anchored: int
    written: int = 0
    refused: tuple[Problem, ...] = ()


def catch_up(case: Case, on_day: Callable[[object], None] | None = None) -> int:
    """Close the day trees of days that have passed; nothing where nothing is open."""
    case.require_writable()
    return case.ledger.roll_days(case.clock().date(), on_day)


def trust_authority(case: Case, pem: bytes) -> int:
    """Trust a time-stamp authority's root from now on; returns how many are trusted."""
    case.require_writable()
    added = stamps.load_roots(pem)
    held = case.catalogue.get_setting(AUTHORITIES) or ""
    text = pem.decode("ascii", "strict")
    if text not in held:
        with case.catalogue.transaction():
            case.catalogue.set_setting(AUTHORITIES, held + text)
            case.ledger.append(
                [
                    CustodyEvent(
                        "authority.trusted",
                        private={
                            "names": [c.subject.rfc4514_string() for c in added],
                            "certificates": sorted(stamps.fingerprints(text)),
                        },
                    )
                ]
            )
    return len(_roots(case))


def _roots(case: Case) -> list[Certificate]:
    pem = case.catalogue.get_setting(AUTHORITIES)
    return stamps.load_roots(pem.encode("ascii")) if pem else []


def ask_for_stamps(case: Case) -> tuple[Stamp, ...]:
    """Sign the newest checkpoints of both logs and keep a question for each that has none yet."""
    case.require_writable()
    catch_up(case)
    case.ledger.checkpoint()
    storage = case.catalogue.ledger_storage()
    if storage.last_day() is not None:  # a case of today has published no day of its own yet
        case.ledger.publication_checkpoint()
    held = {(s.log, s.size) for s in case.catalogue.stamps()}
    asked: list[Stamp] = []
    for log in (PUBLICATION, CUSTODY):
        row = storage.last_checkpoint(log)
        if row is not None and row.size and (log, row.size) not in held:
            asked += stamps.ask(stamps.Checkpoint(log, row.size, row.note))
    if asked:
        with case.catalogue.transaction():
            for stamp in asked:
                case.catalogue.save_stamp(stamp)
            case.ledger.append([CustodyEvent("stamp.asked", private={"requests": len(asked)})])
    return case.catalogue.stamps()


def stamp_out(case: Case, folder: Path) -> Stamped:
    """Write every open question for a carrier."""
    every = ask_for_stamps(case)
    written = stamps.write_out(every, folder)
    return _counted(case, written=written)


def stamp_in(case: Case, folder: Path) -> Stamped:
    """Take in what the carrier brought back; each answer is checked before it is believed."""
    case.require_writable()
    accepted, refused = stamps.read_in(case.catalogue.stamps(), folder, _roots(case))
    _keep(case, accepted)
    return _counted(case, refused=refused)


def stamp_online(case: Case, url: str, post: Callable[[str, bytes], bytes]) -> Stamped:
    """Ask one authority directly for every question that it has not answered."""
    every = ask_for_stamps(case)
    roots = _roots(case)
    if not roots:
        raise TimestampError(
            "no authority is trusted yet",
            "add its root certificate first: witnessmark stamp CASE --authority ROOT.pem",
        )
    open_ones = [s for s in every if s.kind == stamps.RFC3161 and s.state == "pending"]
    _keep(case, tuple(stamps.ask_online(stamp, url, roots, post) for stamp in open_ones))
    return _counted(case)


def _keep(case: Case, accepted: tuple[Stamp, ...]) -> None:
    if not accepted:
        return
    with case.catalogue.transaction():
        for stamp in accepted:
            case.catalogue.save_stamp(stamp)
        case.ledger.append(
            [
                CustodyEvent(
                    "stamp.anchored",
                    private={
                        "log": s.log,
                        "size": s.size,
                        "authority": s.authority,
                        "time": s.time or "open",
                    },
                )
                for s in accepted
            ]
        )


def _counted(case: Case, *, written: int = 0, refused: tuple[Problem, ...] = ()) -> Stamped:
    every = case.catalogue.stamps()
    anchored = sum(s.state == "anchored" for s in every)
    return Stamped(len(every) - anchored, anchored, written, refused)


# -- witnesses -------------------------------------------------------------------------------------------------


def write_witness_request(case: Case, target: Path, old_size: int) -> None:
    """A request (c2sp.org/tlog-witness) for the newest publication checkpoint, as a file to be carried."""
    case.require_writable()
    catch_up(case)
    case.ledger.publication_checkpoint()
    target.write_text(case.ledger.witness_request(old_size), encoding="utf-8")


def take_witness_answer(case: Case, source: Path) -> int:
    """Cosignatures that a witness sent back; returns how many were accepted."""
    case.require_writable()
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInputError("the witness's answer cannot be read") from error
    return len(case.ledger.accept_cosignature(text))
