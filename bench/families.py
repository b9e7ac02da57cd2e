"""How often a writer is named rightly, wrongly, or not at all, device by device: `python -m bench families`.

Every device of the library is left out once. *Closed world*: its family is still there (families of one device cannot
be asked). *Open world*: its whole family is left out too, so that "unknown" is the only right answer. The threshold is
set anew each time on what is left, so no device is judged by a threshold that it helped to set. With ``--folder`` the
files of a folder that the library was not made from are laid beside it as well, and what came out is listed.

Devices are counted, never files. Versions of one program are relatives: their rates are kinder than those of strangers,
and are told apart. Intervals after Clopper and Pearson (95 %).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import results
from bench.table import table
from witnessmark.examine.library.entries import Entry, Library, shipped
from witnessmark.examine.library.features import group_of
from witnessmark.examine.library.likelihood import liken, likeness
from witnessmark.examine.library.model import Model
from witnessmark.examine.library.tokens import structure_tokens
from witnessmark.model.intervals import clopper_pearson

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """One device left out, one of its recordings asked."""

    family: str
    sort: str
    device: str
    world: str
    said: str


def asked(library: Library) -> list[Asked]:
    """Every recording of every device, in both worlds."""
    found: list[Asked] = []
    for group in sorted({group_of(entry.format) for entry in library.entries}):
        entries = [entry for entry in library.entries if group_of(entry.format) == group]
        for family, device in sorted({(e.family, e.device) for e in entries}):
            mine = [e for e in entries if (e.family, e.device) == (family, device)]
            rest = [e for e in entries if (e.family, e.device) != (family, device)]
            strangers = [e for e in entries if e.family != family]
            if any(e.family == family for e in rest):
                found += _ask(mine, rest, "closed")
            if strangers:
                found += _ask(mine, strangers, "open")
    return found


def _ask(mine: list[Entry], beside: list[Entry], world: str) -> list[Asked]:
    model = Model(tuple(beside))
    answers = []
    for entry in mine:
        told = likeness(model, entry.tokens)
        said = told.nearest[0].family if told.is_near else UNKNOWN
        answers.append(Asked(entry.family, entry.sort, entry.device, world, said))
    return answers


def rates(answers: Iterable[Asked]) -> dict[str, dict[str, Any]]:
    """Right, wrong and unknown among devices, by world and kind of writer. A device counts as its worst recording."""
    verdicts: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for one in answers:
        right = one.family if one.world == "closed" else UNKNOWN
        verdict = "right" if one.said == right else UNKNOWN if one.said == UNKNOWN else "wrong"
        verdicts[
            one.world,
            "software" if one.sort in ("software", "platform") else "cameras",
            one.family,
            one.device,
        ].add(verdict)
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for (world, sort, _, _), seen in verdicts.items():
        worst = "wrong" if "wrong" in seen else UNKNOWN if UNKNOWN in seen else "right"
        counted[f"{world}, {sort}"][worst] += 1
        counted[f"{world}, all"][worst] += 1
    return {name: _rate(counts) for name, counts in sorted(counted.items())}


def _rate(counts: Counter[str]) -> dict[str, Any]:
    n = sum(counts.values())
    told: dict[str, Any] = {"devices": n}
    for verdict in ("right", "wrong", UNKNOWN):
        low, high = clopper_pearson(counts[verdict], n)
        told[verdict] = counts[verdict]
        told[f"{verdict}_interval"] = [round(low, 4), round(high, 4)]
    return told


def confusions(answers: Iterable[Asked]) -> list[dict[str, Any]]:
    """Who was taken for whom, by recordings; right answers left out."""
    pairs = Counter(
        (one.world, one.family, one.said)
        for one in answers
        if one.said != (one.family if one.world == "closed" else UNKNOWN)
    )
    return [
        {"world": world, "family": family, "said": said, "recordings": count}
        for (world, family, said), count in sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def beside(folder: Path, library: Library) -> list[dict[str, Any]]:
    """Files from elsewhere beside the whole library."""
    from witnessmark.ground.container import BytesSource, parse, sniff

    known = {entry.tokens for entry in library.entries}
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        source = BytesSource(path.read_bytes())
        kind = sniff(source.read_at(0, 65536), source.size_bytes)
        tokens = structure_tokens(parse(source, kind))
        told = liken(tokens, kind.format, library)
        if told is None or tokens in known:
            continue
        said = told.nearest[0].family if told.is_near else UNKNOWN
        found.append({"file": path.name, "said": said, "score": told.nearest[0].score})
    return found


COPIES = {
    "mp4": "MP4",
    "mov": "MOV",
    "3gp": "3GP",
    "matroska": "Matroska",
    "mpegts": "transport stream",
    "avi": "AVI",
}


def copies(folder: Path, library: Library) -> list[dict[str, Any]]:
    """Real recordings copied without re-encoding by the libavformat at hand, whose own recordings are left out.

    With and without the muxer's strings (bit-exact). A relative is another family that writes through libavformat.
    """
    import av
    from tests.support.examined import stream_copy

    from witnessmark.ground.container import BytesSource, parse, sniff

    version = ".".join(map(str, av.library_versions["libavformat"]))
    rest = Library.of(entry for entry in library.entries if version not in entry.device)
    counted: Counter[tuple[str, bool, str]] = Counter()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        for muxer, label in COPIES.items():
            for bare in (False, True):
                try:
                    source = BytesSource(stream_copy(path.read_bytes(), muxer, bitexact=bare))
                    kind = sniff(source.read_at(0, 65536), source.size_bytes)
                except (av.FFmpegError, ValueError, IndexError, AssertionError):
                    continue  # a container that cannot hold these streams, or no recording at all
                tree = parse(source, kind)
                told = liken(structure_tokens(tree), kind.format, rest) if tree.declared.tracks else None
                if told is None:
                    continue
                said = told.nearest[0].family if told.is_near else UNKNOWN
                relative = said.startswith(("FFmpeg", "HandBrake"))
                right = said == f"FFmpeg (libavformat), {label}"
                counted[label, bare, "right" if right else "relative" if relative else said] += 1
    return [
        {"container": label, "without_strings": bare, "said": said, "copies": count}
        for (label, bare, said), count in sorted(counted.items())
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="files from elsewhere, to be laid beside the library")
    parser.add_argument(
        "--copies", type=Path, metavar="FOLDER", help="recordings to be copied into other containers"
    )
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    begun = results.commit()
    library = shipped()
    answers = asked(library)
    figures: dict[str, Any] = {
        "library": library.digest,
        "recordings": len(library.entries),
        "devices": library.devices(),
        "families": len({entry.family for entry in library.entries}),
        "rates": rates(answers),
        "confusions": confusions(answers),
    }
    if options.folder is not None:
        figures["elsewhere"] = beside(options.folder, library)
    if options.copies is not None:
        figures["copies"] = copies(options.copies, library)
    rows = [
        [
            name,
            str(r["devices"]),
            *(
                f"{r[v]} ({r[f'{v}_interval'][0]:.0%}–{r[f'{v}_interval'][1]:.0%})"
                for v in ("right", "wrong", UNKNOWN)
            ),
        ]
        for name, r in figures["rates"].items()
    ]
    print(table(["world, writers", "devices", "right", "wrong", "unknown"], rows))
    for one in figures["confusions"]:
        print(f"{one['world']:7} {one['family']:44} taken for {one['said']:44} {one['recordings']:4}")
    for one in figures.get("elsewhere", ()):
        print(f"{one['file'][:52]:52} {one['said']} ({one['score']:g})")
    for one in figures.get("copies", ()):
        bare = "without strings" if one["without_strings"] else "with strings"
        print(f"copied to {one['container']:18} {bare:16} {one['said']:12} {one['copies']:4}")
    held = results.document("families", seed=0, words=(), begun_at=begun, figures=figures)
    print(results.write("families", held, options.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
