"""How often the order of copies is told, and told rightly: ``python -m bench lineage``.

Families of known descent are made (``bench/chains.py``), each copy is examined as ``compare FILE...`` does, and what is
claimed is held against the truth. Of a chain original -> x264 -> messenger-like: is the root named where any direction
is claimed? Of every pair: claimed rightly, wrongly, or undetermined? Twins that mislead are counted apart, and so are
siblings, between which no order is true or false. Intervals (Clopper and Pearson 1934) of chains count families, each
once; those of pairs take the pairs of a family as independent, and are narrower than they should be.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from bench import results
from bench.chains import Copy, Family, families
from bench.table import table
from witnessmark.case.comparing import compared, member
from witnessmark.examine.comparers.accounts import METHODS, Account, account
from witnessmark.examine.comparers.families import families as related_families
from witnessmark.examine.examination import examine_file
from witnessmark.examine.fingerprint import Fingerprint, Fingerprinter, read_fingerprint
from witnessmark.examine.pedigree.record import read_pedigree
from witnessmark.examine.pedigree.watch import PedigreeKeeper
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.model.intervals import clopper_pearson
from witnessmark.model.relations import Relation

SEED = 2021
CHAIN = ("original", "x264", "messenger")
MISLEADING = ("better", "enlarged", "sharpened")
NOT_ASKED = ("clock", "cut")
"""Generated families have neither clocks nor cuts; both methods cost more than all the rest."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--media", type=Path, default=Path("../shared/media"), help="folder of real media")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--most", type=int, default=1000, help="at most so many sources of either sort")
    parser.add_argument("--out", type=Path, help="where the results go (default: bench/results/lineage.json)")
    options = parser.parse_args()
    begun_at, began = results.commit(), time.monotonic()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for family in families(options.media, Path(folder), options.seed, most=options.most):
            rows.append(judged(family))
            _forget(family, Path(folder))
            print(f"{time.monotonic() - began:6.0f} s  {family.take}", file=sys.stderr, flush=True)
    figures = {
        half: figures_of([row for row in rows if row["half"] == half]) for half in ("choose", "measure")
    }
    for half, told in figures.items():
        print(f"\n{half}: {told['families']} families\n{_shown(told)}")
    document = results.document(
        "lineage",
        seed=options.seed,
        words=results.told_words(),
        begun_at=begun_at,
        figures={"figures": figures, "families": rows},
    )
    print(f"\n{results.write('lineage', document, options.out)}")
    return 0


def _forget(family: Family, folder: Path) -> None:
    for copy in family.copies:
        if copy.path.is_relative_to(folder):
            copy.path.unlink()


def judged(family: Family) -> dict[str, Any]:
    """What is claimed of one family, beside what is true."""
    prints: dict[str, Fingerprint] = {}
    accounts: dict[str, Account] = {}
    for copy in family.copies:
        prints[copy.name], accounts[copy.name] = _told(copy)
    relations = compared(prints, accounts).relations
    by_pair = {relation.sides: relation for relation in relations if relation.kind.shares_footage}
    pairs = []
    for one, other in combinations([copy.name for copy in family.copies], 2):
        relation = by_pair.get(frozenset((one, other)))
        truth = one if one in family.ancestors(other) else other if other in family.ancestors(one) else ""
        pairs.append({"pair": [one, other], "nearer": truth, "claimed": _claimed(relation)})
    return {
        "take": family.take,
        "half": family.half,
        "real": family.real,
        "how": {copy.name: copy.how for copy in family.copies},
        "chain": _chain(by_pair.values(), accounts),
        "pairs": pairs,
    }


def _told(copy: Copy) -> tuple[Fingerprint, Account]:
    size = copy.path.stat().st_size
    with copy.path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        asked = [name for name in METHODS if name not in NOT_ASKED]
        told = examine_file(held, size, kind, only=asked, others=(Fingerprinter(), PedigreeKeeper()))
    left = {feature.name: feature for feature in told.features}
    return (
        read_fingerprint(left["fingerprint"]),
        account(copy.name, read_pedigree(left["pedigree"]), told.cores),
    )


def _claimed(relation: Relation | None) -> str:
    """The side that is said to be nearer the original; "undetermined", or "no match"."""
    if relation is None:
        return "no match"
    return relation.target if relation.is_directed else "undetermined"


def _chain(relations: Any, accounts: dict[str, Account]) -> str:
    """Of the honest chain alone: what the family says, where it claims any direction."""
    held = [relation for relation in relations if relation.sides <= set(CHAIN)]
    found = related_families(held, {name: member(accounts[name]) for name in CHAIN})
    if not found:
        return "no family"
    if not found[0].arrows:
        return "undetermined"
    if "original" not in found[0].roots:
        return "wrong root"
    if found[0].roots == ("original",):
        return "root named alone"
    return "root named among others" if found[0].best == "original" else "another named before the root"


def figures_of(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts of chains and pairs, with exact intervals."""
    chains = Counter(row["chain"] for row in rows)
    named = chains["root named alone"] + chains["root named among others"]
    claimed = named + chains["another named before the root"] + chains["wrong root"]
    told: dict[str, Any] = {
        "families": len(rows),
        "chains": dict(chains),
        "root_named_of_claimed": _rate(named, claimed),
        "root_wrong_of_claimed": _rate(chains["wrong root"], claimed),
    }
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for pair in row["pairs"]:
            counted[_sort(pair)][_outcome(pair)] += 1
    told["pairs"] = {name: dict(counts) for name, counts in sorted(counted.items())}
    honest = counted["ancestor and descendant"]
    told["wrong_of_claimed_pairs"] = _rate(honest["wrong"], honest["right"] + honest["wrong"])
    return told


def _sort(pair: dict[str, Any]) -> str:
    misleads = [name for name in MISLEADING if name in pair["pair"]]
    if not pair["nearer"]:
        return "no order is true (siblings and their kin)"
    return f"with a copy that was made {misleads[0]}" if misleads else "ancestor and descendant"


def _outcome(pair: dict[str, Any]) -> str:
    if pair["claimed"] in ("no match", "undetermined"):
        return str(pair["claimed"])
    if not pair["nearer"]:
        return "claimed"
    return "right" if pair["claimed"] == pair["nearer"] else "wrong"


def _rate(hits: int, n: int) -> dict[str, Any]:
    low, high = clopper_pearson(hits, n) if n else (0.0, 1.0)
    return {"hits": hits, "n": n, "low": round(low, 4), "high": round(high, 4)}


def _shown(told: dict[str, Any]) -> str:
    lines = [f"chains: {told['chains']}"]
    for name in ("root_named_of_claimed", "root_wrong_of_claimed", "wrong_of_claimed_pairs"):
        rate = told[name]
        lines.append(
            f"{name}: {rate['hits']} of {rate['n']} (95 % interval {rate['low']:.1%} to {rate['high']:.1%})"
        )
    heads = ("right", "wrong", "claimed", "undetermined", "no match")
    rows = [[name, *(counts.get(head, 0) for head in heads)] for name, counts in told["pairs"].items()]
    return "\n".join([*lines, table(("pairs", *heads), rows)])


if __name__ == "__main__":
    sys.exit(main())
