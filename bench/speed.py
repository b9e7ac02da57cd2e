"""`examine` in a case, everything of it, beside one decode of the same clip by ffmpeg, in turn.

One item per case; CPU time is that of the command with all its children (supervisor, sandbox, child); the
child's own share, as the kernel counted it, stands beside it. The peer decodes with one thread and throws the
pictures away. A low bit rate makes decoding cheap and every other cost look large: the rates are told apart.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import sysconfig
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.corpus.clips import make_clip

from bench import results
from bench.intake import PASSPHRASE, WITNESSMARK
from bench.measured import BenchError, Usage, compiled, least, load, middle, run, tool
from bench.table import table

SEED = 72
FULL_S, QUICK_S = 120.0, 3.0
SIZE, QUICK_SIZE = (1280, 720), (640, 360)
TARGET = 1.5
TARGET_AT_MBPS = 6.0


@dataclass(frozen=True, slots=True)
class Clip:
    """One recipe: textured, moving, noisy footage with sound."""

    name: str
    suffix: str
    codec: str
    mbps: float
    noise: float

    def make(self, path: Path, seconds: float, size: tuple[int, int], seed: int) -> None:
        rate = str(int(self.mbps * 1e6 * (size[0] * size[1]) / (SIZE[0] * SIZE[1])))
        extra = (("crf", "-1"), ("b", rate)) if self.codec == "libx264" else ()
        make_clip(
            path,
            seconds=seconds,
            fps=25,
            size=size,
            codec=self.codec,
            seed=seed,
            gop=50,
            noise=self.noise,
            bit_rate=int(rate),
            extra=extra,
        )


CLIPS = (
    Clip("H.264 1 Mb/s", ".mp4", "libx264", 1.0, 1.0),
    Clip("H.264 3 Mb/s", ".mp4", "libx264", 3.0, 1.5),
    Clip("H.264 6 Mb/s", ".mp4", "libx264", 6.2, 2.0),
    Clip("H.264 10 Mb/s", ".mp4", "libx264", 10.0, 2.5),
    Clip("MPEG-4 AVI 4 Mb/s", ".avi", "mpeg4", 4.0, 1.5),
    Clip("MPEG-4 AVI 8 Mb/s", ".avi", "mpeg4", 8.0, 2.5),
    Clip("MJPEG AVI", ".avi", "mjpeg", 20.0, 2.0),
)


@dataclass(slots=True)
class Timed:
    """All rounds of one clip."""

    name: str
    mbps: float
    seconds: float
    examine: list[Usage] = field(default_factory=list)
    child_cpu_s: list[float] = field(default_factory=list)
    decode: list[Usage] = field(default_factory=list)

    def row(self, start: list[Usage]) -> dict[str, Any]:
        pairs = list(zip(self.examine, self.decode, strict=True))
        whole = [mine.cpu_s / theirs.cpu_s for mine, theirs in pairs]
        later = [
            (mine.cpu_s - once.cpu_s) / theirs.cpu_s
            for (mine, theirs), once in zip(pairs, start, strict=True)
        ]
        child = [mine / theirs.cpu_s for mine, (_, theirs) in zip(self.child_cpu_s, pairs, strict=True)]
        return {
            "clip": self.name,
            "mbps": round(self.mbps, 2),
            "seconds": round(self.seconds, 1),
            "decode_cpu_s": {
                "least": least([d.cpu_s for d in self.decode]),
                "median": middle([d.cpu_s for d in self.decode]),
            },
            "decode_wall_s": {
                "least": least([d.wall_s for d in self.decode]),
                "median": middle([d.wall_s for d in self.decode]),
            },
            "examine_cpu_s": {
                "least": least([e.cpu_s for e in self.examine]),
                "median": middle([e.cpu_s for e in self.examine]),
            },
            "examine_wall_s": {
                "least": least([e.wall_s for e in self.examine]),
                "median": middle([e.wall_s for e in self.examine]),
            },
            "child_cpu_s": {"least": least(self.child_cpu_s), "median": middle(self.child_cpu_s)},
            "ratio": {"least": round(min(whole), 3), "median": middle(whole)},
            "ratio_without_start": {"least": round(min(later), 3), "median": middle(later)},
            "child_ratio": {"least": round(min(child), 3), "median": middle(child)},
        }


def examined(work: Path, clip: Path) -> tuple[Usage, float]:
    """Usage of `examine` over a case with this one item, and the CPU seconds of the jailed child in it."""
    case = work / "case"
    run([*WITNESSMARK, "new", str(case), "--name", "bench"], environment=PASSPHRASE)
    run([*WITNESSMARK, "receive", str(case), str(clip)], environment=PASSPHRASE)
    ran = run([*WITNESSMARK, "examine", str(case), "--workers", "1", "--json"], environment=PASSPHRASE)
    told = json.loads(ran.output[ran.output.index("{") :])
    if told["done"] != 1 or told["failed"]:
        raise BenchError("the item was not examined")
    shutil.rmtree(case)
    return ran.usage, float(told["cpu_s"])


def started(work: Path) -> Usage:
    """What `examine` costs where there is nothing to do: key, catalogue, imports."""
    case = work / "case"
    run([*WITNESSMARK, "new", str(case), "--name", "bench"], environment=PASSPHRASE)
    ran = run([*WITNESSMARK, "examine", str(case)], environment=PASSPHRASE)
    shutil.rmtree(case)
    return ran.usage


def decoded(clip: Path) -> Usage:
    ffmpeg = tool("ffmpeg", "ffmpeg")
    return run([ffmpeg, "-v", "error", "-threads", "1", "-i", str(clip), "-f", "null", "-"]).usage


def prepared(folder: Path, quick: bool, seed: int, only: list[str]) -> list[tuple[Clip, Path]]:
    """The clips, made once for a recipe and kept in the folder of clips."""
    size, seconds = (QUICK_SIZE, QUICK_S) if quick else (SIZE, FULL_S)
    made = []
    for clip in CLIPS:
        if only and not any(word.lower() in clip.name.lower() for word in only):
            continue
        if quick and not only and clip.name not in ("H.264 6 Mb/s", "MJPEG AVI"):
            continue
        recipe = repr((clip, size, seconds, seed, 1)).encode()
        path = folder / (hashlib.sha256(recipe).hexdigest()[:16] + clip.suffix)
        if not path.exists():
            _progress(f"making {clip.name}")
            draft = path.with_stem("draft")
            clip.make(draft, seconds, size, seed)
            draft.rename(path)
        made.append((clip, path))
    return made


def measure(clips: list[tuple[str, Path, float]], work: Path, rounds: int) -> tuple[list[Timed], list[Usage]]:
    timed = [Timed(name, path.stat().st_size * 8 / seconds / 1e6, seconds) for name, path, seconds in clips]
    empty: list[Usage] = []
    for number in range(rounds):
        empty.append(started(work))
        for one, (name, path, _) in zip(timed, clips, strict=True):
            _progress(f"round {number + 1} of {rounds}: {name}")
            one.decode.append(decoded(path))
            used, child = examined(work, path)
            one.examine.append(used)
            one.child_cpu_s.append(child)
    return timed, empty


def length_s(path: Path) -> float:
    from witnessmark.ground.container import HEAD_BYTES, sniff
    from witnessmark.ground.media import run_reel
    from witnessmark.model.consumer import ByteSource, Need, Packets, Product
    from witnessmark.model.recording import Recording
    from witnessmark.model.samples import Sample

    class Counting:
        """Asks for packets and does nothing with them: the reel then knows the length."""

        name = "counting"
        needs: tuple[Need, ...] = (Packets(),)

        def begin(self, recording: Recording, source: ByteSource) -> None: ...

        def take(self, sample: Sample) -> None: ...

        def finish(self) -> tuple[Product, ...]:
            return ()

    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        return run_reel(held, size, (Counting(),), kind=kind).media_s


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=None, help="rounds in turn (usual: 3)")
    parser.add_argument("--quick", action="store_true", help="two small clips, one round: does it run?")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="clips with this word")
    parser.add_argument("--file", action="append", default=[], type=Path, help="time this file too")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, default=None, help="where clips are kept (usual: .soak/clips)")
    parser.add_argument("--out", type=Path, default=None, help="where to write the figures")
    chosen = parser.parse_args()
    rounds = chosen.rounds or (1 if chosen.quick else 3)
    folder = chosen.folder or results.ROOT / ".soak" / "clips"
    folder.mkdir(parents=True, exist_ok=True)
    load_before, begun_at = load(), results.commit()
    try:
        tool("ffmpeg", "ffmpeg")
        compiled(results.ROOT / "src", Path(sysconfig.get_path("purelib")))
        made = [(c.name, p, length_s(p)) for c, p in prepared(folder, chosen.quick, chosen.seed, chosen.only)]
        made += [(f"given file {n + 1}", p.resolve(), length_s(p)) for n, p in enumerate(chosen.file)]
        with tempfile.TemporaryDirectory(prefix="bench-speed-", dir=folder) as held:
            timed, empty = measure(made, Path(held), rounds)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    rows = [one.row(empty) for one in timed]
    start = {"cpu_s": middle([e.cpu_s for e in empty]), "wall_s": middle([e.wall_s for e in empty])}
    show(rows, start)
    document = results.document(
        "speed",
        seed=chosen.seed,
        words=results.told_words(),
        begun_at=begun_at,
        figures={
            "quick": chosen.quick,
            "rounds": rounds,
            "load": {"before": load_before, "after": load()},
            "peers": [results.version_of(["ffmpeg", "-version"])],
            "target": {"ratio": TARGET, "for": f"H.264 720p at {TARGET_AT_MBPS:g} Mb/s or more"},
            "start": start,
            "rows": rows,
        },
    )
    if chosen.out or not (chosen.quick or chosen.only):
        results.write("speed", document, chosen.out)
    return 0


def show(rows: list[dict[str, Any]], start: dict[str, float]) -> None:
    heads = [
        "",
        "Mb/s",
        "s",
        "ffmpeg CPU",
        "examine CPU",
        "child CPU",
        "ratio",
        "no start",
        "child",
        "ffmpeg wall",
        "examine wall",
    ]
    listed = [
        [
            one["clip"],
            one["mbps"],
            one["seconds"],
            *(
                one[key]["median"]
                for key in (
                    "decode_cpu_s",
                    "examine_cpu_s",
                    "child_cpu_s",
                    "ratio",
                    "ratio_without_start",
                    "child_ratio",
                )
            ),
            *(one[key]["median"] for key in ("decode_wall_s", "examine_wall_s")),
        ]
        for one in rows
    ]
    print(table(heads, listed))
    print(f"of which the command's own start, once for all items: {start['cpu_s']:.2f} s CPU")
    print(f"wanted: ratio {TARGET:g} or less for H.264 at {TARGET_AT_MBPS:g} Mb/s or more; medians are shown")


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
