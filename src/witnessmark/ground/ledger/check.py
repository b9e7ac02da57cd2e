"""The check of a whole ledger: leaves, acts, nodes, people, checkpoints, days, publication log.

It trusts no row. A problem names the row that is wrong; what merely follows from that row is not reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from witnessmark.ground.ledger.acts import lay_out
from witnessmark.ground.ledger.check_acts import ActChain
from witnessmark.ground.ledger.check_days import check_days
from witnessmark.ground.ledger.check_leaves import Facts, read_leaves
from witnessmark.ground.ledger.check_publication import check_publication, check_witnesses
from witnessmark.ground.ledger.checkpoints import read_checkpoint
from witnessmark.ground.ledger.secrets import LedgerSecrets
from witnessmark.ground.ledger.storage import CUSTODY, LedgerStorage
from witnessmark.model.custody import Problem
from witnessmark.model.errors import LedgerError
from witnessmark_verify.merkle import node_hash


def check(
    storage: LedgerStorage, secrets: LedgerSecrets, *, as_of: int | None, every_day: bool
) -> tuple[Problem, ...]:
    """See Ledger.check."""
    acts = list(storage.acts())
    size = storage.size()  # read after the acts: a concurrent append cannot look like a loss of leaves
    if as_of is None and acts and acts[-1].first_index + acts[-1].count < size:
        acts = list(storage.acts())  # somebody appended between the two reads
    laid = lay_out(acts, secrets.custody_origin, size)
    covered = max((act.stop for act in laid), default=0)
    stated, size = (
        size,
        min(size, covered),
    )  # one changed index must not make the log look a billion leaves long
    limit = size if as_of is None else min(as_of, size)
    facts, problems = read_leaves(storage, laid, limit, size)
    if as_of is None and stated > covered:
        problems.append(Problem(f"ledger leaf {covered}", "from here on no act signs the leaves"))
    if as_of is not None and as_of > size:
        problems.append(Problem("ledger", f"it has {size} leaves, fewer than the {as_of} asked for"))
    chain = ActChain(storage, facts)
    problems += chain.run(laid, limit, whole=as_of is None)
    problems += _check_nodes(storage, facts, chain.disputed, limit)
    problems += _check_actors(storage, facts, limit)
    problems += _check_checkpoints(storage, secrets, chain.root_at, limit, whole=as_of is None)
    problems += check_days(storage, secrets, facts, laid, whole=as_of is None, every_day=every_day)
    problems += check_witnesses(storage, facts, limit)
    problems += check_publication(storage, secrets, facts, whole=as_of is None)
    return tuple(dict.fromkeys(problems))


def _nodes_of(hashes: list[bytes]) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Every complete subtree of at least two leaves, by level, then index."""
    row, level = hashes, 0
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        level += 1
        for index, hashed in enumerate(row):
            yield (level, index), hashed


def _check_nodes(
    storage: LedgerStorage, facts: Facts, disputed: list[tuple[int, int]], limit: int
) -> list[Problem]:
    """The derived table. Nodes over leaves that are in dispute are left out: they may well be right."""
    problems: list[Problem] = []
    expected = _nodes_of(facts.hashes)
    want = next(expected, None)

    def report(place: tuple[int, int], what: str) -> None:
        first, stop = place[1] << place[0], (place[1] + 1) << place[0]
        if not any(start < stop and first < end for start, end in disputed):
            problems.append(Problem(f"ledger node {place[0]}/{place[1]}", what))

    for node in storage.nodes():
        place = (node.level, node.index)
        while want is not None and want[0] < place:
            report(want[0], "the row is missing")
            want = next(expected, None)
        if want is not None and want[0] == place:
            if want[1] != node.hash:
                report(place, "it is not the hash of the leaves below it")
            want = next(expected, None)
        elif (node.index + 1) << node.level <= limit:
            report(place, "there is no such node")
    while want is not None:
        report(want[0], "the row is missing")
        want = next(expected, None)
    return problems


def _check_actors(storage: LedgerStorage, facts: Facts, limit: int) -> list[Problem]:
    """The table of people against the leaves that introduced and retired them."""
    said = {
        str(intro.data["actor"]): (bytes.fromhex(intro.data["public"]), intro.index)
        for intro in facts.of("actor.introduced")
    }
    retired = {str(end.data["actor"]): end.index for end in facts.of("actor.retired")}
    problems = []
    stored = {row.actor_id: row for row in storage.actors() if row.introduced_index < limit}
    for actor_id, (public, index) in said.items():
        row = stored.pop(actor_id, None)
        if row is None or (row.public, row.introduced_index) != (public, index):
            what = "the key is not the one that the log introduced"
            problems.append(Problem(f"ledger actor {actor_id}", what))
            continue
        ended = row.retired_index if row.retired_index is None or row.retired_index < limit else None
        if ended != retired.get(actor_id) and "actor.retired" not in facts.unread:
            problems.append(
                Problem(f"ledger actor {actor_id}", "the end of the key is not what the log says")
            )
    if "actor.introduced" not in facts.unread:
        problems += [
            Problem(f"ledger actor {actor_id}", "the log never introduced it") for actor_id in stored
        ]
    return problems


def _check_checkpoints(
    storage: LedgerStorage, secrets: LedgerSecrets, root_at: Mapping[int, bytes], limit: int, *, whole: bool
) -> list[Problem]:
    """Each is ours, and is the root of the leaves that are there: that makes them consistent too."""
    problems = []
    for row in storage.checkpoints(CUSTODY):
        if row.size > limit and not whole:
            continue
        where = f"checkpoint {CUSTODY} {row.size}"
        try:
            read_checkpoint(row, secrets.custody_key.vkey)
        except LedgerError as error:
            problems.append(Problem(where, str(error)))
            continue
        if row.size > limit:
            problems.append(Problem(where, f"it covers {row.size} leaves, but only {limit} are left"))
        elif root_at.get(row.size) != row.root:
            problems.append(Problem(where, "it is not the root of the leaves that are in the log"))
    return problems
