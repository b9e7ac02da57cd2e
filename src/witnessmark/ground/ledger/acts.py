"""Acts: the statement that a person signs for a batch of leaves, and which leaves an act covers.

Format: docs/spec/ledger.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from witnessmark.ground.ledger import sshsig
from witnessmark.ground.ledger.storage import ActRow
from witnessmark_verify.note import encode_base64

HEADER = "witnessmark-custody-act/1"


def statement(origin: str, act: ActRow) -> bytes:
    """The text whose two roots fix every leaf of the act, its place, and everything before it."""
    lines = (
        HEADER,
        origin,
        str(act.number),
        act.actor_id,
        act.time,
        str(act.first_index),
        str(act.count),
        encode_base64(act.root_before),
        encode_base64(act.root_after),
    )
    return "".join(f"{line}\n" for line in lines).encode()


@dataclass(frozen=True, slots=True)
class LaidAct:
    """An act with the leaves it covers, as far as can be told even where its row was changed."""

    row: ActRow
    start: int
    stop: int
    is_whole: bool
    """The row is what *some* key signed (whose is asked later): its numbers can be used."""


def lay_out(acts: Sequence[ActRow], origin: str, size: int) -> tuple[LaidAct, ...]:
    """Put acts and leaves together. A whole act says itself where it lies; others fill what is between."""
    whole = [
        sshsig.verify(sshsig.embedded_public(act.signature), statement(origin, act), act.signature)
        for act in acts
    ]
    laid: list[LaidAct] = []
    position = 0
    for place, act in enumerate(acts):
        if whole[place]:
            start, stop = act.first_index, act.first_index + act.count
        elif place + 1 < len(acts) and whole[place + 1]:
            start, stop = position, max(position, acts[place + 1].first_index)
        else:
            start, stop = position, min(max(size, position), position + max(1, act.count))
        laid.append(LaidAct(act, start, stop, whole[place]))
        position = max(position, stop)
    return tuple(laid)
