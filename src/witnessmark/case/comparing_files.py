"""Relations between files without a case: one jailed pass each, for the features alone; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from witnessmark.case.attempt_results import FINGERPRINT, PEDIGREE
from witnessmark.case.comparing import Compared, Progress, compared, member
from witnessmark.case.file_pass import need_sandbox, pass_over
from witnessmark.examine.camera.residual import NAME as RESIDUAL
from witnessmark.examine.camera.residual import CameraResidual, read_residual
from witnessmark.examine.comparers.accounts import METHODS, Account, account
from witnessmark.examine.comparers.families import families
from witnessmark.examine.fingerprint import Fingerprint, read_fingerprint
from witnessmark.examine.pedigree.record import read_pedigree
from witnessmark.model.errors import UnusableInputError, UsageError
from witnessmark.model.families import Family, Member
from witnessmark.model.findings import Grade
from witnessmark.model.relations import Direction, Relation, RelationKind

ASKED = (*METHODS, "camera")
"""Examiners whose findings or traces are compared."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What one file's pass left; ``cause`` where it left nothing."""

    sha256: bytes
    fingerprint: Fingerprint | None = None
    account: Account | None = None
    residual: CameraResidual | None = None
    cause: str = ""


def compare_files(
    paths: Sequence[Path],
    *,
    accept_unsandboxed: bool = False,
    on_done: Callable[[int], None] = lambda _: None,
    on_progress: Progress = lambda *_: None,
) -> Compared:
    """Compare files with each other. Raises UsageError for fewer than two, UnusableInputError for what is no file."""
    if len(paths) < 2:
        raise UsageError(
            "a comparison needs two files or more, or one case", "compare CASE | compare FILE FILE..."
        )
    need_sandbox(accept_unsandboxed)
    for path in paths:
        if not path.is_file():
            raise UnusableInputError("one of the files to compare is missing or is no file", "check the path")
    ids = {f"{number:06d}": path for number, path in enumerate(dict.fromkeys(paths))}
    told = {}
    for id_, path in ids.items():
        told[id_] = _told(id_, path, accept_unsandboxed)
        on_done(path.stat().st_size)
    prints = {id_: t.fingerprint for id_, t in told.items() if t.fingerprint is not None}
    accounts = {id_: t.account for id_, t in told.items() if t.account is not None}
    residuals = {id_: t.residual for id_, t in told.items() if t.residual is not None}
    found = compared(prints, accounts, residuals, on_progress=on_progress)
    relations = _with_bytes(found.relations, told)
    names = {id_: str(path) for id_, path in ids.items()}
    members = {id_: member(one) for id_, one in accounts.items()}
    return Compared(
        relations=tuple(relation.named(names) for relation in relations),
        families=tuple(_named(family, names) for family in families(relations, members)),
        members={names[id_]: _renamed(one, names[id_]) for id_, one in members.items()},
        new=len(prints),
        found=len(relations),
        unusable=tuple(names[id_] for id_, one in accounts.items() if not one.pedigree.shown_pictures),
        failed={names[id_]: t.cause for id_, t in told.items() if t.cause},
        traces=found.traces,
    )


def _with_bytes(relations: Sequence[Relation], told: dict[str, _Told]) -> tuple[Relation, ...]:
    """Files of the same bytes are copies, whatever they hold: between them nothing has a direction."""
    by_digest: dict[bytes, list[str]] = {}
    for id_, one in told.items():
        if not one.cause:
            by_digest.setdefault(one.sha256, []).append(id_)
    alike = {
        frozenset((first, other)): Relation(
            RelationKind.COPY_OF,
            other,
            first,
            Direction.UNDETERMINED,
            Grade.STRONG,
            evidence=("Both files are the same, byte for byte.",),
        )
        for group in by_digest.values()
        for place, first in enumerate(group)
        for other in group[place + 1 :]
    }
    return (*(r for r in relations if r.sides not in alike), *alike.values())


def _told(id_: str, path: Path, accept_unsandboxed: bool) -> _Told:
    passed = pass_over(
        path, ASKED, purpose="to compare", fingerprint=True, accept_unsandboxed=accept_unsandboxed
    )
    outcome, cause = passed.outcome, passed.cause
    if outcome is None or outcome.summary is None or outcome.summary.sha256 is None:
        return _Told(b"", cause=cause)
    left = {feature.name: feature for feature in outcome.features}
    residual = read_residual(left[RESIDUAL]) if RESIDUAL in left else None
    if (FINGERPRINT not in left or PEDIGREE not in left) and residual is not None:
        return _Told(outcome.summary.sha256, residual=residual)
    if FINGERPRINT not in left or PEDIGREE not in left:
        kind = outcome.summary.kind
        what = kind.media_type.value.replace("_", " ")
        return _Told(outcome.summary.sha256, cause=f"nothing to compare: {what} ({kind.format or 'unknown'})")
    return _Told(
        outcome.summary.sha256,
        read_fingerprint(left[FINGERPRINT]),
        account(id_, read_pedigree(left[PEDIGREE]), outcome.cores),
        residual,
    )


def _named(family: Family, names: dict[str, str]) -> Family:
    return Family(
        tuple(names[id_] for id_ in family.members),
        tuple(names[id_] for id_ in family.roots),
        tuple((names[one], names[other]) for one, other in family.arrows),
        names[family.best],
        family.why,
    )


def _renamed(one: Member, name: str) -> Member:
    return Member.from_json(name, one.to_json())
