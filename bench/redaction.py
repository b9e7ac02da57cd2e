"""`bench redaction`: what our proposals cover beside `deface` at its defaults, clip by clip, and what both cost.

Truth is counted by eye (bench/redacted/truth.json). A face of a counted picture is covered where boxes hide
COVERED_SHARE of it; a box that touches neither a face nor a place left open is false. Ours are the boxes of proposed
tracks before a person looked and before they grow to whole tiles; the peer's are its masks (an ellipse is drawn inside
them; the whole box is counted). Both sides' time is CPU of a whole run to a finished video; each clip is also turned to
lie on its side and upside down, as people do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from bench import results
from bench.measured import NOTHING, BenchError, Usage, run
from bench.table import table

MEDIA = results.ROOT.parent / "shared" / "media" / "faces"
TRUTH = results.ROOT / "bench" / "redacted" / "truth.json"
PEER = results.ROOT / ".soak" / "environments" / "deface"
TURNED = results.ROOT / ".soak" / "redaction"
PEER_SCRIPT = results.ROOT / "bench" / "redacted" / "peer.py"
COVERED_SHARE = 0.7
"""Of a face's area, counted from brow to chin: eyes, nose and mouth lie in the middle half."""
TOUCH_SHARE = 0.1
"""Of a box's area that must lie on faces or open places for it not to be false."""
LARGE_PX, SMALL_PX = 24, 12
"""Square root of a face's area."""

Box = Sequence[int]


@dataclass(slots=True)
class Score:
    """Counts over pictures."""

    large: int = 0
    large_covered: int = 0
    small: int = 0
    small_covered: int = 0
    false: int = 0
    pictures: int = 0
    missed: list[str] = field(default_factory=list)
    usage: Usage = NOTHING

    def add(self, other: Score) -> None:
        for name in ("large", "large_covered", "small", "small_covered", "false", "pictures"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.missed += other.missed
        self.usage = self.usage + other.usage

    @property
    def recall(self) -> float | None:
        faces = self.large + self.small
        return (self.large_covered + self.small_covered) / faces if faces else None

    def to_json(self) -> dict[str, Any]:
        return {
            "faces_24px": self.large,
            "covered_24px": self.large_covered,
            "faces_12px": self.small,
            "covered_12px": self.small_covered,
            "false_boxes": self.false,
            "pictures": self.pictures,
            "missed": self.missed,
            "cpu_s": round(self.usage.cpu_s, 2),
            "wall_s": round(self.usage.wall_s, 2),
        }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench redaction", description=__doc__)
    parser.add_argument("--only", action="append", metavar="WORD", help="clips whose name holds this word")
    parser.add_argument(
        "--turns", type=int, nargs="*", default=[0], metavar="N", help="quarter turns (0 1 2 3)"
    )
    parser.add_argument(
        "--untimed",
        action="store_true",
        help="the peer looks at the counted pictures only; its time is not told",
    )
    parser.add_argument("--out", type=Path, help="where the results go")
    options = parser.parse_args()
    begun = results.commit()
    truth = json.loads(TRUTH.read_text(encoding="utf-8"))["clips"]
    peer = prepared_peer()
    rows, kept = [], []
    finding_s = 0.0
    sums = {"ours": Score(), "deface": Score()}
    for turns in options.turns:
        for name, clip in truth.items():
            if options.only and not any(word in name for word in options.only):
                continue
            path = MEDIA / name
            if not path.is_file():
                raise BenchError("the real media are not beside this checkout (../shared/media)")
            frames = {int(n): picture for n, picture in clip["frames"].items()}
            if turns:
                path, frames = turned(path, frames, turns)
            ours, told = run_ours(path, frames)
            theirs = run_peer(peer, path, frames, timed=not options.untimed)
            sums["ours"].add(ours)
            sums["deface"].add(theirs)
            finding_s += told["finding_cpu_s"]
            rows.append(row(f"{name.rpartition('__')[2]} {turns * 90}°", ours, theirs, told["finding_cpu_s"]))
            print(rows[-1], flush=True, file=sys.stderr)
            kept.append(
                {"clip": name, "turns": turns, "ours": {**ours.to_json(), **told}, "deface": theirs.to_json()}
            )
    rows.append(row("all", sums["ours"], sums["deface"], finding_s))
    heads = [
        "clip",
        "faces",
        "ours",
        "deface",
        "of 12-24 px",
        "ours",
        "deface",
        "false",
        "deface's",
        "CPU s to find",
        "whole",
        "deface's",
        "deface / find",
    ]
    print(table(heads, rows))
    figures = {
        "peers": {"deface": peer[1]},
        "covered_share": COVERED_SHARE,
        "clips": kept,
        "all": {who: score.to_json() for who, score in sums.items()},
        "finding_cpu_s": round(finding_s, 2),
        "times_less_cpu_finding": round(sums["deface"].usage.cpu_s / max(finding_s, 1e-9), 2),
        "times_less_cpu_whole": round(sums["deface"].usage.cpu_s / max(sums["ours"].usage.cpu_s, 1e-9), 2),
    }
    document = results.document(
        "redaction", seed=0, words=results.told_words(), begun_at=begun, figures=figures
    )
    print(results.write("redaction", document, options.out))
    return 0


def row(name: str, ours: Score, theirs: Score, finding_s: float) -> list[object]:
    return [
        name,
        ours.large,
        ours.large_covered,
        theirs.large_covered,
        ours.small,
        ours.small_covered,
        theirs.small_covered,
        ours.false,
        theirs.false,
        finding_s,
        ours.usage.cpu_s,
        theirs.usage.cpu_s,
        theirs.usage.cpu_s / max(finding_s, 1e-9),
    ]


def prepared_peer() -> tuple[Path, str]:
    """The peer's own environment: made on the first run, from the registry, as its users do."""
    python = PEER / "bin" / "python"
    if not python.is_file():
        uv = results.ROOT / ".venv" / "bin" / "uv"
        base = [str(uv)]
        for words in (
            [*base, "venv", "-q", "--no-config", "--python", sys.executable, str(PEER)],
            [*base, "pip", "install", "-q", "--no-config", "--python", str(python), "deface==1.5.0"],
        ):
            if subprocess.run(words, check=False).returncode:
                raise BenchError("the peer deface could not be installed; it needs the network once")
    asked = "import deface, cv2; print('deface', deface.__version__, 'OpenCV', cv2.__version__)"
    return python, results.version_of([str(python), "-c", asked])


def run_ours(path: Path, frames: Mapping[int, Any]) -> tuple[Score, dict[str, Any]]:
    words = [sys.executable, "-m", "bench.redacted.ours", str(path), ",".join(map(str, frames))]
    ran = run(words, cwd=results.ROOT, environment={"OPENBLAS_NUM_THREADS": "1"})
    told = json.loads(ran.output.rpartition("BOXES ")[2])
    boxes = {int(n): found for n, found in told.pop("boxes").items()}
    score = scored(frames, boxes)
    score.usage = ran.usage
    return score, told


def run_peer(peer: tuple[Path, str], path: Path, frames: Mapping[int, Any], *, timed: bool) -> Score:
    pictures = dict(decoded(path, set(frames)))
    head = {"pictures": [[n, *p.shape[:2]] for n, p in pictures.items()]}
    given = json.dumps(head).encode() + b"\n" + b"".join(p.tobytes() for p in pictures.values())
    asked = subprocess.run([str(peer[0]), str(PEER_SCRIPT)], input=given, capture_output=True, check=False)
    if asked.returncode:
        raise BenchError("the peer's network did not run: " + asked.stderr.decode("utf-8", "replace")[-300:])
    boxes = {int(n): found for n, found in json.loads(asked.stdout.decode().rpartition("BOXES ")[2]).items()}
    score = scored(frames, boxes)
    if not timed:
        return score
    TURNED.mkdir(parents=True, exist_ok=True)
    made = TURNED / f"peer{path.suffix}"
    ran = run([str(peer[0].with_name("deface")), str(path), "-o", str(made)])
    made.unlink(missing_ok=True)
    score.usage = ran.usage
    return score


def scored(frames: Mapping[int, Any], boxes: Mapping[int, Sequence[Box]]) -> Score:
    score = Score()
    for number, picture in frames.items():
        found = boxes.get(number, [])
        score.pictures += 1
        for face in picture["faces"]:
            size = ((face[2] - face[0]) * (face[3] - face[1])) ** 0.5
            if size < SMALL_PX:
                continue
            is_covered = share(face, found) >= COVERED_SHARE
            if size >= LARGE_PX:
                score.large += 1
                score.large_covered += is_covered
            else:
                score.small += 1
                score.small_covered += is_covered
            if not is_covered:
                score.missed.append(f"{number}: {face}")
        there = [*picture["faces"], *picture["may"]]
        score.false += sum(share(box, there) < TOUCH_SHARE for box in found)
    return score


def share(box: Box, others: Sequence[Box]) -> float:
    """Share of a box's area under the union of others."""
    width, height = box[2] - box[0], box[3] - box[1]
    mask = np.zeros((max(1, height), max(1, width)), bool)
    for other in others:
        left, top = max(0, other[0] - box[0]), max(0, other[1] - box[1])
        mask[top : max(0, other[3] - box[1]), left : max(0, other[2] - box[0])] = True
    return float(mask.mean())


def decoded(path: Path, wanted: set[int]) -> Iterator[tuple[int, np.ndarray]]:
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                yield number, frame.to_ndarray(format="rgb24")
            if number >= max(wanted):
                return


def turned(path: Path, frames: Mapping[int, Any], turns: int) -> tuple[Path, dict[int, Any]]:
    """The clip turned counter-clockwise, and its truth with it."""
    TURNED.mkdir(parents=True, exist_ok=True)
    target = TURNED / f"{path.stem}-{turns}.mp4"
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        rate = Fraction(stream.average_rate or 25)
        width, height = stream.width, stream.height
        if not target.is_file():
            draft = target.with_suffix(".part.mp4")
            with av.open(str(draft), "w") as out:
                video: Any = out.add_stream("libx264", rate=rate)
                video.pix_fmt, video.options = "yuv420p", {"crf": "12", "preset": "veryfast", "threads": "1"}
                for number, frame in enumerate(source.decode(stream)):
                    picture = np.rot90(frame.to_ndarray(format="rgb24"), turns)
                    even = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
                    if number == 0:
                        video.height, video.width = even.shape[:2]
                    fresh = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
                    fresh.pts, fresh.time_base = number, 1 / rate
                    out.mux(video.encode(fresh))
                out.mux(video.encode(None))
            draft.rename(target)

    def turn(box: Box) -> list[int]:
        left, top, right, bottom = box
        if turns == 1:
            return [top, width - right, bottom, width - left]
        if turns == 2:
            return [width - right, height - bottom, width - left, height - top]
        return [height - bottom, left, height - top, right]

    return target, {
        n: {kind: [turn(box) for box in picture[kind]] for kind in ("faces", "may")}
        for n, picture in frames.items()
    }


if __name__ == "__main__":
    sys.exit(main())
