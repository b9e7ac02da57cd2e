"""Second pass of a check: the chain of signed acts over the leaves."""

from __future__ import annotations

from collections.abc import Sequence

from witnessmark.ground.ledger import sshsig
from witnessmark.ground.ledger.acts import LaidAct
from witnessmark.ground.ledger.check_leaves import Facts
from witnessmark.ground.ledger.storage import LedgerStorage
from witnessmark.ground.ledger.tree import Frontier, StoredTree
from witnessmark.model.custody import Problem
from witnessmark.model.errors import LedgerError
from witnessmark_verify.merkle import EMPTY_ROOT, node_hash


class ActChain:
    """Follows the acts from the first on. Results besides the problems: ``root_at`` and ``disputed``."""

    def __init__(self, storage: LedgerStorage, facts: Facts) -> None:
        self._storage = storage
        self._facts = facts
        self._frontier = Frontier(0, [])
        self._lost = False
        """From some act on the leaves do not add up, and every later root differs for that reason alone."""
        self._problems: list[Problem] = []
        self.root_at: dict[int, bytes] = {0: EMPTY_ROOT}
        """After each act: the root it signed, or that of its leaves where its row was changed."""
        self.disputed: list[tuple[int, int]] = []
        """Ranges of leaves that are not those that were signed."""
        rows = {row.actor_id: row.public for row in storage.actors()}
        self._keys = {actor: (public, 0) for actor, public in rows.items()} if self._unread_keys else {}
        for said in facts.of("actor.introduced"):
            key = (bytes.fromhex(said.data["public"]), said.index)
            self._keys[str(said.data["actor"])] = key
        self._ended = {str(said.data["actor"]): said.index for said in facts.of("actor.retired")}

    @property
    def _unread_keys(self) -> bool:
        return "actor.introduced" in self._facts.unread

    def run(self, acts: Sequence[LaidAct], limit: int, *, whole: bool) -> list[Problem]:
        """Check every act below ``limit``; leaves that no act covers are reported if ``whole``."""
        number = position = 0
        for act in acts:
            if act.start >= limit or (act.stop > limit and not whole):
                break
            if act.is_whole and act.row.number > number:
                for missing in range(number, min(act.row.number, number + 10)):
                    self._report_act(missing, "the row is missing")
            if act.start > position and self._lay_unsigned(position, act.start):
                self._lost = True
            self._follow(act, number if not act.is_whole else act.row.number, limit)
            number = (act.row.number if act.is_whole else number) + 1
            position = max(position, act.stop)
        if whole and position > limit:
            self._problems.append(
                Problem(f"ledger leaf {limit}", f"it and those up to {position - 1} were signed but are gone")
            )
        return self._problems

    def _report_act(self, number: int, what: str) -> None:
        self._problems.append(Problem(f"ledger act {number}", what))

    def _lay_unsigned(self, start: int, stop: int) -> bool:
        """Take leaves between two acts (an act's row is missing); whether they were not all there."""
        hashes = self._facts.hashes[start:stop]
        for hashed in hashes:
            self._frontier.add(hashed)
        return len(hashes) < stop - start

    def _follow(self, act: LaidAct, number: int, limit: int) -> None:
        before = self._frontier.copy()
        for hashed in self._facts.hashes[act.start : act.stop]:
            self._frontier.add(hashed)
        if not act.is_whole:
            self._report_act(number, "the row is not what was signed")
            self._settle_unsigned(act, before)
            self.root_at[act.stop] = self._frontier.root
            return
        self._check_signer(act)
        if not self._lost and act.start == before.size and act.row.root_before != before.root:
            self._report_act(number, "it does not follow the act before it")
        if not self._lost and self._frontier.root != act.row.root_after:
            self._settle(act, before, limit)
        self.root_at[act.stop] = act.row.root_after
        strangers = [i for i in range(act.start, min(act.stop, limit)) if i in self._facts.foreign]
        for index in strangers:
            self._problems.append(
                Problem(f"ledger leaf {index}", "its private half names another actor or time than its act")
            )

    def _check_signer(self, act: LaidAct) -> None:
        public, introduced = self._keys.get(act.row.actor_id, (b"", -1))
        signed_by = sshsig.embedded_public(act.row.signature)
        if signed_by != public:
            self._report_act(act.row.number, "it is not signed with the key that the log gives this actor")
        elif introduced >= act.start and not introduced == act.start == 0:
            self._report_act(act.row.number, "it is signed with a key that was introduced only later")
        elif self._ended.get(act.row.actor_id, act.start) < act.start:
            self._report_act(act.row.number, "it is signed with a key that had been retired")

    def _settle_unsigned(self, act: LaidAct, before: Frontier) -> None:
        """Where the act's own row is changed, the stored nodes tell which hash of a damaged leaf is right."""
        if any(index in self._facts.recomputed for index in range(act.start, act.stop)):
            self._adopt(act.stop, None)

    def _settle(self, act: LaidAct, before: Frontier, limit: int) -> None:
        """The leaves do not give the signed root: find which, and go on from what was signed if possible."""
        damaged = [index for index in range(act.start, act.stop) if index in self._facts.recomputed]
        if damaged:
            repaired = before.copy()
            for index in range(act.start, min(act.stop, limit)):
                repaired.add(self._facts.recomputed.get(index, self._facts.hashes[index]))
            if repaired.root == act.row.root_after:
                for index in damaged:
                    self._facts.hashes[index] = self._facts.recomputed[index]
                self._frontier = repaired
                return
        self.disputed.append((act.start, act.stop))
        if act.stop > limit:
            return  # leaves are gone from the end: said once, by run()
        suspects = self._suspects(act)
        if not damaged and not any(index in self._facts.missing for index in range(act.start, act.stop)):
            self._report_act(act.row.number, "its leaves are not those that were signed")
            what = "it, or its neighbour in the tree, is not the leaf that was signed"
            self._problems += [Problem(f"ledger leaf {index}", what) for index in suspects]
        if not self._adopt(act.stop, act.row.root_after):
            self._lost = True
            self.disputed.append((act.start, limit))

    def _adopt(self, size: int, signed_root: bytes | None) -> bool:
        """Go on from the stored nodes, if they have the signed root."""
        try:
            stored = StoredTree(self._storage, size).frontier()
        except LedgerError:
            return False
        if signed_root is not None and stored.root != signed_root:
            return False
        self._frontier = stored
        return True

    def _suspects(self, act: LaidAct) -> list[int]:
        """Leaves of the act whose parent node, as stored, is not the parent of what is there now."""
        hashes = self._facts.hashes
        parents = sorted({index >> 1 for index in range(act.start, act.stop)})
        stored = self._storage.hashes([(1, parent) for parent in parents])
        found = []
        for parent in parents:
            left, right = 2 * parent, 2 * parent + 1
            if (1, parent) in stored and right < len(hashes):
                if node_hash(hashes[left], hashes[right]) != stored[1, parent]:
                    found += [index for index in (left, right) if act.start <= index < act.stop]
            elif act.stop - act.start == 1 or right >= len(hashes):
                found += [index for index in (left,) if act.start <= index < act.stop]
        return found
