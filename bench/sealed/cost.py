"""What committing and opening cost beside one decode of the same clip, in CPU time, in turn."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import Any

from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import run_reel
from witnessmark.model.consumer import ByteSource, Consumer, Frames, Need, Product, SealRecord
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Sample
from witnessmark.release.opening.opener import SealOpener
from witnessmark.release.opening.plan import Opened, OpeningPlan, read_index
from witnessmark.release.opening.proofs import ItemTree, Piece, open_item
from witnessmark.release.seal.commit import SealCommitter
from witnessmark_verify.opening import check_sketches

CLIPS = ("faces/mp4parser__foreman-hevc-384.mp4", "neardup/ThreatExchange__doorknob-hd-no-bar.mp4")
"""720p, HEVC and H.264."""
ROUNDS = 3
KEY = bytes(range(32))


class _Nothing:
    """Decodes every picture and looks at none."""

    name = "nothing"
    needs: tuple[Need, ...] = (Frames(),)

    def begin(self, recording: Recording, source: ByteSource) -> None: ...

    def take(self, sample: Sample) -> None: ...

    def finish(self) -> tuple[Product, ...]:
        return ()


def _cpu_s(path: Path, consumer: Consumer) -> tuple[float, list[Any]]:
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        begun = time.process_time()
        outcome = run_reel(held, size, (consumer,), kind=kind)
        return time.process_time() - begun, [product for _, product in outcome.products]


def measure(media: Path | None) -> list[dict[str, Any]]:
    """Shares of a decode, and sizes and times of what is published; empty without real media."""
    return [] if media is None else [_one(media / name, name) for name in CLIPS if (media / name).is_file()]


def _one(path: Path, name: str) -> dict[str, Any]:
    rows: dict[str, list[float]] = {"decode": [], "commit": [], "open": [], "lay out": [], "verify": []}
    sizes: dict[str, int] = {}
    for _ in range(ROUNDS):
        rows["decode"].append(_cpu_s(path, _Nothing())[0])
        spent, products = _cpu_s(path, SealCommitter(KEY))
        rows["commit"].append(spent)
        (record,) = [p for p in products if isinstance(p, SealRecord)]
        places = read_index(record.index)
        plan = _plan(places)
        pieces: dict[tuple[str, int], Piece] = {}

        def tell(
            which: str,
            number: int,
            said: dict[str, Any],
            data: bytes,
            into: dict[tuple[str, int], Piece] = pieces,
        ) -> None:
            into[which, number] = Piece(said, data)

        rows["open"].append(_cpu_s(path, SealOpener(KEY, plan.to_request(), tell))[0])
        begun = time.process_time()
        opened = open_item(ItemTree(KEY, places, record.item_root), plan, pieces)
        rows["lay out"].append(time.process_time() - begun)
        assert opened.sketches is not None
        begun = time.process_time()
        check_sketches(*opened.sketches.files.values(), record.item_root)
        rows["verify"].append(time.process_time() - begun)
        sizes = {end: len(data) for end, data in opened.sketches.files.items()}
        sizes["frames"] = sum(len(data) for frame in opened.frames for data in frame.files.values())
    decode = median(rows["decode"])
    return {
        "clip": name,
        "sketches": len(plan.sketches),
        "frames": len(plan.frames),
        "cpu_s": {what: round(median(values), 3) for what, values in rows.items()},
        "commit_share_of_decode": round(median(rows["commit"]) / decode - 1, 3),
        "open_share_of_decode": round(median(rows["open"]) / decode - 1, 3),
        "published_bytes": sizes,
    }


def _plan(places: Any) -> OpeningPlan:
    """Every sketch, and six frames, with nothing hidden."""
    sketches = [place for place in places if place.kind == "sketch"]
    frames = [place for place in places if place.kind == "frame"]
    chosen = frames[:: max(1, len(frames) // 6)][:6]

    def opened(rows: list[Any]) -> tuple[Opened, ...]:
        return tuple(Opened(place, number, 1, ()) for number, place in enumerate(rows))

    return OpeningPlan(opened(chosen), opened(sketches))
