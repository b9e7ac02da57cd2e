"""Jailed task: damage one real file in many ways and examine every damaged version."""

from __future__ import annotations

import io
import os
import random
from typing import Any

from witnessmark.examine.examination import examine_file
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.jail import Outlet


def mutant(data: bytes, seed: int) -> bytes:
    """Bytes flipped, a stretch overwritten, doubled, taken out, or the end cut off."""
    chance = random.Random(seed)
    changed = bytearray(data)
    way = chance.choice(["flip", "flip", "overwrite", "double", "remove", "cut"])
    at = chance.randrange(len(data))
    length = chance.randrange(1, 1 + min(4096, len(data) - at))
    if way == "flip":
        for _ in range(chance.choice([1, 10, 100])):
            changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif way == "overwrite":
        changed[at : at + length] = chance.randbytes(length)
    elif way == "double":
        changed[at:at] = changed[at : at + length]
    elif way == "remove":
        del changed[at : at + length]
    else:
        del changed[at:]
    return bytes(changed)


def examine_mutants(
    request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Outlet
) -> None:
    fd = files["file"]
    data = os.pread(fd, os.fstat(fd).st_size, 0)
    for seed in request["seeds"]:
        changed = mutant(data, seed)
        out.record({"seed": seed})
        kind = sniff(changed[:HEAD_BYTES], len(changed))
        examined = examine_file(io.BytesIO(changed), len(changed), kind)
        out.record(
            {
                "seed": seed,
                "answers": len(examined.cores),
                "broken": sorted({f"{failure.name}: {failure.fault}" for failure in examined.failures}),
            }
        )
