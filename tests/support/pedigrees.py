"""Pedigrees, fingerprints and accounts of small clips, by one decode without the jail."""

from __future__ import annotations

from pathlib import Path

from witnessmark.examine.comparers.accounts import Account, account
from witnessmark.examine.comparers.segments import SAME_CONTENT, Match, Overlay
from witnessmark.examine.examination import examine_file
from witnessmark.examine.fingerprint import Fingerprint, Fingerprinter, read_fingerprint
from witnessmark.examine.pedigree.record import Pedigree, read_pedigree
from witnessmark.examine.pedigree.watch import PedigreeKeeper
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.model.findings import Grade


def told(path: Path, name: str = "", methods: tuple[str, ...] = ()) -> tuple[Fingerprint, Account]:
    """What comparing reads of one file; ``methods``: examiners to be asked."""
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        given = examine_file(held, size, kind, only=methods, others=(Fingerprinter(), PedigreeKeeper()))
    assert given.failures == ()
    left = {feature.name: feature for feature in given.features}
    pedigree = read_pedigree(left["pedigree"])
    cores = given.cores if methods else ()
    return read_fingerprint(left["fingerprint"]), account(name or path.name, pedigree, cores)


def pedigree_of(path: Path) -> Pedigree:
    return told(path)[1].pedigree


def whole(a: Account, b: Account, **changes: object) -> Match:
    """A match of all of both."""
    segment = Overlay(a.pedigree.start_s, a.pedigree.end_s, b.pedigree.start_s, b.pedigree.end_s)
    given: dict[str, object] = {
        "a": a.id,
        "b": b.id,
        "segments": (segment,),
        "speed": 1.0,
        "transform": (),
        "derived": "",
        "kind": SAME_CONTENT,
        "contained": "",
        "score": 1.0,
        "grade": Grade.STRONG,
        "evidence": ("They show the same pictures.",),
    }
    return Match(**{**given, **changes})  # type: ignore[arg-type]
