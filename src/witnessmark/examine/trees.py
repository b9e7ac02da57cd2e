"""One container tree per file, shared by the examiners that read structure.

Parsing costs a few milliseconds to a third of a second; four examiners ask for the same tree of the same
source. Keeps the tree of the last source only.
"""

from __future__ import annotations

from witnessmark.ground.container import Kind, Tree, parse
from witnessmark.model.consumer import ByteSource
from witnessmark.model.findings import Measurement

_last: list[tuple[ByteSource, Kind, Tree]] = []


def tree_of(source: ByteSource, kind: Kind) -> Tree:
    """The tree of this very source object (identity, not equality)."""
    if _last and _last[0][0] is source and _last[0][1] == kind:
        return _last[0][2]
    tree = parse(source, kind)
    _last[:] = [(source, kind, tree)]
    return tree


def fault_measurements(tree: Tree) -> dict[str, Measurement]:
    """Faults of the structure as measurements: how many of which kind, and where the first lies."""
    if not tree.faults:
        return {}
    kinds = sorted({fault.code for fault in tree.faults})
    return {
        "structure_faults": Measurement(tree.count("faults"), "faults"),
        "structure_fault_kinds": Measurement(tuple(kinds)),
        "first_fault_offset": Measurement(min(fault.offset for fault in tree.faults), "bytes"),
        "first_fault": Measurement(tree.faults[0].detail),
    }


_UNREAD = frozenset({"not_this_format", "parser", "read_limit", "nodes"})


def unreadable(tree: Tree) -> str:
    """Why too little of the structure could be read to answer in the negative; empty when enough was."""
    if any(fault.code == "no_parser" for fault in tree.faults):
        return f"the structure of {tree.format} files is not read by this version"
    bad = next((fault for fault in tree.faults if fault.code in _UNREAD), None)
    if bad is not None:
        return bad.detail
    if tree.format in ("mp4", "mov", "3gp", "m4a") and not any(
        node.path == "moov" or node.path.startswith("moof") for node in tree.nodes
    ):
        return "the file holds no movie header"
    return ""
