"""Last pass of a check: the publication log, its keys, checkpoints and cosignatures."""

from __future__ import annotations

from datetime import date

from witnessmark.ground.ledger.check_leaves import Facts
from witnessmark.ground.ledger.checkpoints import cosignature_holds, read_checkpoint
from witnessmark.ground.ledger.fillers import Fillers
from witnessmark.ground.ledger.publication import Rotation, rotations
from witnessmark.ground.ledger.secrets import LedgerSecrets
from witnessmark.ground.ledger.storage import PUBLICATION, LedgerStorage, PublicationLeafRow
from witnessmark.ground.ledger.tree import Frontier
from witnessmark.model.custody import Problem
from witnessmark.model.errors import LedgerError
from witnessmark_verify import daytree, merkle
from witnessmark_verify.note import Note, NoteError, VerifierKey


def check_witnesses(storage: LedgerStorage, facts: Facts, limit: int) -> list[Problem]:
    """The table of witnesses against the leaves that added them."""
    said = {str(added.data["vkey"]): added.index for added in facts.of("witness.added")}
    stored = {row.vkey: row.added_index for row in storage.witnesses() if row.added_index < limit}
    problems = [
        Problem(f"witness {vkey}", "the log added it, but it is not in the table")
        for vkey, index in said.items()
        if stored.get(vkey) != index
    ]
    if "witness.added" not in facts.unread:
        unknown = [vkey for vkey in stored if vkey not in said]
        problems += [Problem(f"witness {vkey}", "the log never added it") for vkey in unknown]
    return problems


def _begun(facts: Facts) -> tuple[Fillers | None, list[Problem]]:
    """The filler days with which the log begins, as the custody log recorded them: once, and up to its first day."""
    said = facts.of("publication.begun")
    if not said:
        return None, []
    where = f"ledger leaf {said[-1].index}"
    try:
        fillers = Fillers.from_json(said[0].data)
    except (ValueError, KeyError, TypeError):
        return None, [Problem(where, "it does not say how many filler days the publication log begins with")]
    days = [date.fromisoformat(closed.data["day"]) for closed in facts.of("day.closed")]
    if len(said) > 1:
        return fillers, [Problem(where, "the publication log cannot begin twice")]
    if days and "day.closed" not in facts.unread and fillers.end != min(days):
        return fillers, [Problem(where, "the filler days do not end on the day before the first")]
    return fillers, []


def _expected(facts: Facts, secrets: LedgerSecrets, fillers: Fillers | None) -> dict[int, bytes | None]:
    """Data of each publication leaf as the custody log recorded it; None for a change of key."""
    found: dict[int, bytes | None] = {}
    if fillers is not None:
        found.update(enumerate(fillers.data(secrets.day_key)))
    for said in facts.of("day.closed"):
        day = date.fromisoformat(said.data["day"])
        data = daytree.day_data(day.isoformat(), bytes.fromhex(said.data["root"]))
        found[int(said.data["publication_index"])] = data
    for said in facts.of("publication.key_rotated"):
        found[int(said.data["publication_index"])] = None
    return found


def check_publication(
    storage: LedgerStorage, secrets: LedgerSecrets, facts: Facts, *, whole: bool
) -> list[Problem]:
    """Every leaf is what the custody log recorded; every checkpoint is ours, over these leaves."""
    fillers, problems = _begun(facts)
    leaves = {leaf.index: leaf for leaf in storage.publication_leaves()}
    expected = _expected(facts, secrets, fillers)
    count = max(expected, default=-1) + 1
    if whole and not facts.unread & {"day.closed", "publication.begun", "publication.key_rotated"}:
        problems += [
            Problem(f"publication leaf {index}", "the custody log records no such leaf")
            for index in leaves
            if index not in expected
        ]
    if whole:
        count = max(count, max(leaves, default=-1) + 1)
    new_vkeys = {
        int(s.data["publication_index"]): s.data["new_vkey"] for s in facts.of("publication.key_rotated")
    }
    key = secrets.publication_key(None).vkey
    keys: list[tuple[int, VerifierKey]] = [(-1, key)]
    hashes: list[bytes] = []
    for index in range(count):
        row = leaves.get(index)
        what, hashed, rotation = _judge(row, index, expected)
        if not what and rotation is not None and rotation.new_vkey != new_vkeys.get(index):
            what = "it changes the key to another than the custody log recorded"
        if not what and rotation is not None and rotation.old_vkey != keys[-1][1].text:
            what = "the key it replaces is not the key of the log"
        if what:
            problems.append(Problem(f"publication leaf {index}", what))
        hashes.append(hashed)
        if index in new_vkeys:
            keys.append((index, VerifierKey.parse(new_vkeys[index])))
    return problems + _check_checkpoints(storage, hashes, keys, facts, whole=whole)


def _judge(
    row: PublicationLeafRow | None, index: int, expected: dict[int, bytes | None]
) -> tuple[str, bytes, Rotation | None]:
    """What is wrong with a leaf (empty: nothing), its true leaf hash as far as known, and a change of key."""
    wanted = expected.get(index)
    if row is None:
        hashed = merkle.leaf_hash(wanted) if wanted is not None else bytes(32)
        return "the row is missing", hashed, None
    is_whole = merkle.leaf_hash(row.data) == row.leaf_hash
    if wanted is not None:
        hashed = merkle.leaf_hash(wanted)
        what = "" if row.data == wanted and is_whole else "it is not what the custody log recorded"
        return what, hashed, None
    if index not in expected:
        return "", row.leaf_hash, None
    found = rotations([row])
    if not found or not found[0].holds or found[0].index != index:
        return "the change of key is not signed by the old key", row.leaf_hash, None
    if not is_whole:
        return "the data does not give the leaf hash", merkle.leaf_hash(row.data), None
    return "", row.leaf_hash, found[0]


def _check_checkpoints(
    storage: LedgerStorage,
    hashes: list[bytes],
    keys: list[tuple[int, VerifierKey]],
    facts: Facts,
    *,
    whole: bool,
) -> list[Problem]:
    problems: list[Problem] = []
    frontier = Frontier(0, [])
    roots = {0: frontier.root}
    for hashed in hashes:
        frontier.add(hashed)
        roots[frontier.size] = frontier.root
    notes: dict[int, Note] = {}
    for row in storage.checkpoints(PUBLICATION):
        if row.size > len(hashes) and not whole:
            continue
        where = f"checkpoint {PUBLICATION} {row.size}"
        key = [key for index, key in keys if index < row.size][-1] if row.size > 0 else keys[0][1]
        try:
            read_checkpoint(row, key)
            notes[row.size] = Note.parse(row.note)
        except (LedgerError, NoteError) as error:
            problems.append(Problem(where, str(error)))
            continue
        if row.size not in roots:
            problems.append(Problem(where, f"it covers {row.size} leaves, but only {len(hashes)} are left"))
        elif roots[row.size] != row.root:
            problems.append(Problem(where, "it is not the root of the leaves that are in the log"))
    witnesses = {str(said.data["vkey"]) for said in facts.of("witness.added")}
    for cosignature in storage.cosignatures():
        if cosignature.size > len(hashes) and not whole:
            continue
        note = notes.get(cosignature.size)
        where = f"cosignature {cosignature.size} {cosignature.vkey}"
        if note is None and any(
            problem.where == f"checkpoint {PUBLICATION} {cosignature.size}" for problem in problems
        ):
            continue  # the checkpoint itself is named
        if cosignature.vkey not in witnesses:
            if whole:
                problems.append(Problem(where, "the log added no such witness"))
        elif note is None or not cosignature_holds(note.text, cosignature.line, cosignature.vkey):
            problems.append(Problem(where, "it is not a cosignature by this witness on this checkpoint"))
    return problems
