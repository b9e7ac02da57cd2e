"""Rebuilds the reference library that the program ships: structure tokens of natives and of programs run here.

    python tools/reference_library.py --media FOLDER [--work FOLDER] [--av FOLDER]... [--ffmpeg PROGRAM]... [--write]

``--media``: a folder in which the files named in ``tools/reference_natives.tsv`` lie (anywhere below). ``--av`` and
``--ffmpeg``: other versions of PyAV and FFmpeg, each one installation more for the families of FFmpeg. ``--write``
replaces the shipped library; without it the new one is compared with the shipped one.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "tools")]

import reference_writers  # noqa: E402

from witnessmark.examine.library.entries import DATA, Entry, Library, shipped  # noqa: E402
from witnessmark.examine.library.features import group_of  # noqa: E402
from witnessmark.examine.library.model import Model  # noqa: E402
from witnessmark.examine.library.tokens import structure_tokens  # noqa: E402
from witnessmark.ground.container import BytesSource, parse, sniff  # noqa: E402

OURS = "made for this library with tools/reference_writers.py"
OURS_LICENCE = "CC0-1.0"
RUN = "the program was run by us and nothing has touched the file since"


def native_entries(media: Path) -> list[Entry]:
    """Entries of the natives that are there; those missing are named."""
    where = {path.name: path for path in media.rglob("*") if path.is_file()}
    entries = []
    with (ROOT / "tools" / "reference_natives.tsv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            name = row.pop("file")
            if name in where:
                entries.append(_entry(where[name], **row))
            else:
                print(f"not here, left out: {name}", file=sys.stderr)
    return entries


def software_entries(work: Path, more_av: list[Path], more_ffmpeg: list[str]) -> list[Entry]:
    sources = reference_writers.make_sources(work / "sources")
    entries = []
    for one in reference_writers.all_written(work / "written", sources, more_av, more_ffmpeg):
        made = _entry(
            one.path,
            family=one.family,
            sort="software",
            device=one.device,
            software="",
            source=OURS,
            licence=OURS_LICENCE,
            native_by=RUN,
        )
        entries.append(made)
    return entries


def _entry(path: Path, **texts: str) -> Entry:
    source = BytesSource(path.read_bytes())
    kind = sniff(source.read_at(0, 65536), source.size_bytes)
    return Entry(format=kind.format, tokens=structure_tokens(parse(source, kind)), **texts)


def write_left_out(library: Library) -> None:
    """What leaving devices out gives, beside the library: it depends on nothing else."""
    held = {}
    for group in sorted({group_of(entry.format) for entry in library.entries}):
        told = Model(tuple(e for e in library.entries if group_of(e.format) == group)).left_out
        held[group] = [told.alpha, told.threshold, told.rates]
    (DATA / f"left-out-{library.name}.json").write_text(
        json.dumps(held, separators=(",", ":")) + "\n", "ascii"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--av", type=Path, action="append", default=[])
    parser.add_argument("--ffmpeg", action="append", default=[])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        library = Library.of(
            (*native_entries(options.media), *software_entries(work, options.av, options.ffmpeg))
        )
    files, devices = Counter(e.family for e in library.entries), {}
    for entry in library.entries:
        devices.setdefault(entry.family, set()).add(entry.device)
    for family in sorted(files):
        print(f"{family:52} {len(devices[family]):3} devices {files[family]:4} recordings")
    print(
        f"{len(library.entries)} recordings, {library.devices()} devices, {len(files)} families: {library.name}"
    )
    if options.write:
        for old in (*DATA.glob("library-*.json"), *DATA.glob("left-out-*.json")):
            old.unlink()
        DATA.mkdir(exist_ok=True)
        (DATA / f"library-{library.name}.json").write_bytes(library.content())
        write_left_out(library)
        return 0
    return 0 if library == shipped() else 1


if __name__ == "__main__":
    sys.exit(main())
