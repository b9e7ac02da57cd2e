"""`receive` beside the row of tools that people use for the same end, on the same files, in turn.

Ours does in one pass what the row does in four: hash, encrypt, write, account for, and log. CPU time is told
first; wall clock is set against the speed of SHA-256 and of ChaCha20-Poly1305 alone on the same bytes.
What the row leaves undone (it makes nothing durable, keeps no catalogue, signs nothing) is not added to it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench import results
from bench.measured import NOTHING, BenchError, Usage, least, load, middle, run, tool
from bench.table import table

SEED = 71
FULL_MB, QUICK_MB = 3000, 24
LARGE_SHARE = 0.6
"""Share of the bytes that lies in three long recordings; the rest are clips of 1 to 4 MB."""
LARGE_FILES = 3
BLOCK_BYTES = 1 << 20
CHUNK_BYTES = 64 << 10
"""One chunk of an age payload."""
TARGET_CPU, TARGET_WALL = 3.0, 0.6
WITNESSMARK = [sys.executable, "-c", "from witnessmark.cli import main; raise SystemExit(main())"]
PASSPHRASE = {"WITNESSMARK_PASSPHRASE": "a passphrase for the benchmark only"}
FTYP = bytes.fromhex("0000001c667479706d703432000000006d70343269736f6d61766331")
"""File type box of an ordinary MP4: the files are typed as video. What follows is random, as good as coded
video to hash, cipher and disk."""


@dataclass(slots=True)
class Rounds:
    """Figures of every round, by what was run."""

    usage: dict[str, list[Usage]] = field(default_factory=dict)

    def add(self, name: str, used: Usage) -> None:
        self.usage.setdefault(name, []).append(used)

    def cpu(self, name: str, how: Callable[[list[float]], float] = middle) -> float:
        return how([one.cpu_s for one in self.usage[name]])

    def wall(self, name: str, how: Callable[[list[float]], float] = middle) -> float:
        return how([one.wall_s for one in self.usage[name]])


def make_source(folder: Path, size_bytes: int, seed: int) -> list[Path]:
    """The same files for the same seed and size."""
    rng = np.random.default_rng(seed)
    sizes = [int(size_bytes * LARGE_SHARE / LARGE_FILES)] * LARGE_FILES
    while sum(sizes) < size_bytes:
        sizes.append(int(rng.integers(1 << 20, 4 << 20)))
    paths = []
    for number, size in enumerate(sizes):
        place = folder / f"card{number % 4}" / f"VID_{number:05}.mp4"
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as out:
            out.write(FTYP)
            left = size - len(FTYP)
            while left:
                piece = rng.bytes(min(left, 8 << 20))
                out.write(piece)
                left -= len(piece)
        paths.append(place)
    return paths


def ours(work: Path, source: Path) -> Usage:
    """`receive` into a fresh case, by the command that people use; the case is made before the clock runs."""
    case = work / "case"
    run([*WITNESSMARK, "new", str(case), "--name", "bench"], environment=PASSPHRASE)
    os.sync()
    ran = run([*WITNESSMARK, "receive", str(case), str(source), "--json"], environment=PASSPHRASE)
    if not json.loads(ran.output[ran.output.index("{") :])["balanced"]:
        raise BenchError("the receipt does not balance")
    shutil.rmtree(case)
    return ran.usage


def row(work: Path, source: Path, recipient: str) -> dict[str, Usage]:
    """cp, sha256sum, age and bagit.py, one after the other, as their manuals show them."""
    copy, sealed, sums = work / "copy", work / "sealed", work / "SHA256SUMS"
    os.sync()
    used = {"cp -a": run([tool("cp", "coreutils"), "-a", str(source), str(copy)]).usage}
    files = sorted(path for path in copy.rglob("*") if path.is_file())
    used["sha256sum"] = run([tool("sha256sum", "coreutils"), *map(str, files)], stdout=sums).usage
    sealed.mkdir()
    age, total = tool("age", "age"), NOTHING
    for number, path in enumerate(files):
        total += run([age, "-r", recipient, "-o", str(sealed / f"{number}.age"), str(path)]).usage
    used["age"] = total
    used["bagit.py"] = run([sys.executable, "-m", "bagit", "--quiet", str(copy)]).usage
    for folder in (copy, sealed):
        shutil.rmtree(folder)
    return used


def hash_alone(files: list[Path]) -> Usage:
    """SHA-256 over the files, one thread."""
    block = memoryview(bytearray(BLOCK_BYTES))
    started, cpu = time.perf_counter(), time.process_time()
    for path in files:
        digest = hashlib.sha256()
        with path.open("rb", buffering=0) as held:
            while count := held.readinto(block):
                digest.update(block[:count])
        digest.digest()
    return Usage(time.process_time() - cpu, time.perf_counter() - started)


def cipher_alone(files: list[Path]) -> Usage:
    """ChaCha20-Poly1305 over the files in the chunks of an age payload, one thread, nothing written."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    aead = ChaCha20Poly1305(bytes(32))
    block = memoryview(bytearray(BLOCK_BYTES))
    sealed = memoryview(bytearray(CHUNK_BYTES + 16))
    started, cpu = time.perf_counter(), time.process_time()
    for path in files:
        index = 0
        with path.open("rb", buffering=0) as held:
            while count := held.readinto(block):
                for at in range(0, count, CHUNK_BYTES):
                    chunk = block[at : min(at + CHUNK_BYTES, count)]
                    aead.encrypt_into(index.to_bytes(12, "big"), chunk, None, sealed[: len(chunk) + 16])
                    index += 1
    return Usage(time.process_time() - cpu, time.perf_counter() - started)


def measure(work: Path, size_mb: int, rounds: int, seed: int) -> tuple[Rounds, int, int]:
    """All rounds. Returns the figures, the bytes, and the number of files."""
    tool("age", "age")
    identity = work / "identity"
    run([tool("age-keygen", "age"), "-o", str(identity)])
    recipient = run([tool("age-keygen", "age"), "-y", str(identity)]).output.strip()
    source, single = work / "source", work / "single"
    files = make_source(source, size_mb * 1_000_000, seed)
    make_source(single, 100_000, seed + 1)
    size_bytes = sum(path.stat().st_size for path in files)
    hash_alone(files)  # everything is in the page cache before anybody's clock runs
    figures = Rounds()
    for number in range(rounds):
        _progress(f"round {number + 1} of {rounds}")
        figures.add("hash alone", hash_alone(files))
        figures.add("cipher alone", cipher_alone(files))
        figures.add("receive", ours(work, source))
        parts = row(work, source, recipient)
        for name, used in parts.items():
            figures.add(name, used)
        figures.add("row", sum(parts.values(), NOTHING))
        figures.add("receive nothing much", ours(work, single))
    return figures, size_bytes, len(files)


def judged(figures: Rounds, size_bytes: int) -> dict[str, Any]:
    """Ratios round by round, then their median: the machine's mood is the same within a round."""
    receive, peers = figures.usage["receive"], figures.usage["row"]
    slower = [
        max(h.wall_s, c.wall_s)
        for h, c in zip(figures.usage["hash alone"], figures.usage["cipher alone"], strict=True)
    ]
    cheaper = [theirs.cpu_s / mine.cpu_s for theirs, mine in zip(peers, receive, strict=True)]
    share = [alone / mine.wall_s for alone, mine in zip(slower, receive, strict=True)]
    fixed = figures.usage["receive nothing much"]
    net = [
        alone / (mine.wall_s - start.wall_s)
        for alone, mine, start in zip(slower, receive, fixed, strict=True)
    ]
    return {
        "cpu_ratio": {"median": middle(cheaper), "best": round(max(cheaper), 3), "target": TARGET_CPU},
        "wall_share_of_slower": {
            "median": middle(share),
            "best": round(max(share), 3),
            "target": TARGET_WALL,
        },
        "wall_share_without_start": {"median": middle(net), "best": round(max(net), 3)},
        "receive_mb_per_cpu_s": round(size_bytes / 1e6 / figures.cpu("receive"), 1),
        "receive_mb_per_wall_s": round(size_bytes / 1e6 / figures.wall("receive"), 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench intake", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mb", type=int, default=None, help=f"megabytes of footage (usual: {FULL_MB})")
    parser.add_argument("--rounds", type=int, default=None, help="rounds in turn (usual: 3)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_MB} MB, one round: does it run?")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--folder", type=Path, default=None, help="where to work (source and case on one disk)"
    )
    parser.add_argument("--out", type=Path, default=None, help="where to write the figures")
    chosen = parser.parse_args()
    size_mb = chosen.mb or (QUICK_MB if chosen.quick else FULL_MB)
    rounds = chosen.rounds or (1 if chosen.quick else 3)
    load_before, begun_at = load(), results.commit()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-intake-", dir=chosen.folder) as held:
            figures, size_bytes, count = measure(Path(held), size_mb, rounds, chosen.seed)
        peers = [results.version_of([name, "--version"]) for name in ("cp", "sha256sum")]
        peers.append("age " + results.version_of(["age", "--version"]))
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    verdict = judged(figures, size_bytes)
    rows = [
        {
            "name": name,
            "cpu_s": {"least": figures.cpu(name, least), "median": figures.cpu(name)},
            "wall_s": {"least": figures.wall(name, least), "median": figures.wall(name)},
        }
        for name in figures.usage
    ]
    show(rows, verdict, size_bytes, count)
    document = results.document(
        "intake",
        seed=chosen.seed,
        words=results.told_words(),
        begun_at=begun_at,
        figures={
            "quick": chosen.quick,
            "bytes": size_bytes,
            "files": count,
            "rounds": rounds,
            "load": {"before": load_before, "after": load()},
            "peers": [*peers, "bagit.py 1.9 (its own default: SHA-256 and SHA-512)"],
            "rows": rows,
            **verdict,
        },
    )
    if chosen.out or not chosen.quick:
        results.write("intake", document, chosen.out)
    return 0


def show(rows: list[dict[str, Any]], verdict: dict[str, Any], size_bytes: int, count: int) -> None:
    print(f"{size_bytes / 1e6:.0f} MB in {count} files")
    listed = [
        [
            one["name"],
            one["cpu_s"]["least"],
            one["cpu_s"]["median"],
            one["wall_s"]["least"],
            one["wall_s"]["median"],
        ]
        for one in rows
    ]
    print(table(["", "CPU s least", "median", "wall s least", "median"], listed))
    ratio, share = verdict["cpu_ratio"], verdict["wall_share_of_slower"]
    print(f"CPU: the row takes {ratio['median']:.2f} times what receive takes (wanted: {TARGET_CPU:g})")
    print(
        f"wall: receive runs at {100 * share['median']:.0f} % of the slower of hash and cipher"
        f" (best round {100 * share['best']:.0f} %, wanted: {100 * TARGET_WALL:.0f} %;"
        f" without its start {100 * verdict['wall_share_without_start']['median']:.0f} %)"
    )


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
