"""``bench copies --cost``: CPU seconds per video minute of 720p, of ours, of the peers, and of one decode."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bench import copies_peers, copies_set
from bench.measured import least, run, tool
from witnessmark.examine.fingerprint import Fingerprinter
from witnessmark.ground.container import HEAD_BYTES, BytesSource, sniff
from witnessmark.ground.media import run_reel
from witnessmark.model.consumer import ByteSource, LumaAt, Need, Product
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Sample

ROUNDS = 3
CLIP = "faces/mp4parser__foreman-hevc-384.mp4"
"""1280 x 720, hand-held: looped to a minute and coded at 6 Mb/s."""


class _Nobody:
    """A consumer that asks for the small luma of every frame, as the continuity methods do, and does nothing."""

    name = "nobody"

    def __init__(self) -> None:
        self.needs: tuple[Need, ...] = (LumaAt(90),)

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        return None

    def finish(self) -> tuple[Product, ...]:
        return ()


def clip() -> Path:
    def make(path: Path) -> None:
        copies_set.ffmpeg(
            [
                *(
                    "-stream_loop",
                    "5",
                    "-i",
                    str(copies_set.MEDIA / CLIP),
                    "-t",
                    "60",
                    "-an",
                    "-c:v",
                    "libx264",
                ),
                *("-b:v", "6M", "-preset", "veryfast", "-threads", "1", "-pix_fmt", "yuv420p", str(path)),
            ]
        )

    return copies_set.cached(["cost-1", CLIP], ".mp4", make)


def measured() -> dict[str, Any]:
    """CPU seconds for the minute, least of the rounds, peers in turn."""
    path = clip()
    data = path.read_bytes()
    kind = sniff(data[:HEAD_BYTES], len(data))
    ffmpeg = tool("ffmpeg", "ffmpeg")
    missing = copies_peers.prepared()
    spent: dict[str, list[float]] = {}
    listed = copies_set.FOLDER / "cost.files"
    listed.write_text(str(path))
    for _ in range(ROUNDS):
        decode = [ffmpeg, "-v", "error", "-threads", "1", "-i", str(path), "-f", "null", "-"]
        spent.setdefault("decode", []).append(run(decode).usage.cpu_s)
        for name, consumers in (
            ("pass without", (_Nobody(),)),
            ("pass with", (_Nobody(), Fingerprinter())),
            ("fingerprint alone", (Fingerprinter(),)),
        ):
            begun = time.process_time()
            run_reel(BytesSource(data), len(data), consumers, kind=kind)
            spent.setdefault(name, []).append(time.process_time() - begun)
        for peer in copies_peers.PEERS:
            if not missing[copies_peers.PACKAGE_OF[peer]]:
                out = copies_set.FOLDER / "cost.json"
                words = [str(copies_peers.PYTHON), str(copies_peers.WORKER), peer, str(listed), str(out)]
                spent.setdefault(peer, []).append(run(words).usage.cpu_s)
    told: dict[str, Any] = {name: least(values) for name, values in spent.items()}
    added = told["pass with"] - told["pass without"]
    told["added_by_fingerprint"] = round(added, 3)
    told["added_share_of_decode"] = round(added / told["decode"], 4)
    told["not_run"] = {name: reason for name, reason in missing.items() if reason}
    return told
