"""Mutants of containers: whatever bytes come, sniff and parse end typed, bounded and quickly."""

# ruff: noqa: DTZ001 - the clocks built here carry no zone, like those in the files

from __future__ import annotations

import random
import time
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import boxes
from tests.support.examined import examined
from witnessmark.ground.container import PARSED_FORMATS, BytesSource, Kind, ParseLimits, Tree, parse, sniff
from witnessmark.model.recording import MediaType

SEEDS = (
    boxes.mp4(boxes.movie(boxes.too("Lavf58"), boxes.keys(a="b"), created=datetime(2020, 1, 1))),
    boxes.avi(boxes.chunk("IDIT", b"MON SEP 10 20:52:00 2012\n\0")),
    boxes.matroska("mkvmerge", boxes.element(0x1F43B675, boxes.element(0xE7, b"\0"))),
    boxes.transport(provider="FFmpeg"),
    boxes.jpeg(
        boxes.segment(0xE1, boxes.exif(Make="A", Model="B", DateTime="2020:01:01 00:00:00")), tail=b"x"
    ),
    b"\x89PNG\r\n\x1a\n" + (4).to_bytes(4, "big") + b"tEXtk\0v " + bytes(4) + bytes(4) + b"IEND" + bytes(4),
    b"GIF89a" + bytes(7) + b"\x21\xfe\x03abc\x00\x3b",
    b"fLaC\x84\0\0\x10" + (4).to_bytes(4, "little") + b"Lavf" + bytes(8),
    b"\x00\x00\x01\xba\x44" + bytes(9) + b"\x00\x00\x01\xe0\x00\x04abcd\x00\x00\x01\xb9",
)
SECONDS_MOST = 2.0


def sound(tree: Tree, size: int) -> None:
    """What must hold of every tree."""
    limits = ParseLimits()
    assert len(tree.nodes) <= limits.nodes and tree.read_bytes <= limits.read_bytes
    assert all(0 <= node.offset <= size and node.size_bytes >= 0 for node in tree.nodes)
    assert all(fault.code and fault.detail for fault in tree.faults)
    assert all(span.size_bytes > 0 and span.offset + span.size_bytes <= size for span in tree.unaccounted)
    assert tree.tokens == tuple(sorted(set(tree.tokens)))


@settings(max_examples=200, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    cut=st.floats(0, 1),
)
def test_mutants_of_built_files_end_typed(seed: bytes, flips: list[tuple[float, int]], cut: float) -> None:
    """If this fails, some damage raises out of a parser instead of becoming a fault."""
    data = bytearray(seed)
    for where, value in flips:
        data[int(where * len(data))] = value
    mutant = bytes(data[: max(1, int(cut * len(data)))])
    began = time.perf_counter()
    sound(parse(BytesSource(mutant)), len(mutant))
    assert time.perf_counter() - began < SECONDS_MOST


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=2048), name=st.sampled_from(sorted(PARSED_FORMATS)))
def test_any_bytes_under_any_parser_end_typed(data: bytes, name: str) -> None:
    """If this fails, a file whose signature lies about it breaks the parser it is sent to."""
    sniff(data, len(data))
    sound(parse(BytesSource(data), Kind(MediaType.VIDEO, name)), len(data))


def mutants(path: Path, count: int) -> list[bytes]:
    """Seeded bit flips in the structure, cuts, and repeated stretches of a real file."""
    original = path.read_bytes()[: 1 << 20] if path.suffix != ".mov" else path.read_bytes()
    dice = random.Random(path.name)
    made = []
    for number in range(count):
        data = bytearray(original)
        if number % 4 == 3:
            data = data[: dice.randrange(1, len(data))]
        spots = [dice.randrange(min(4096, len(data))), len(data) - 1 - dice.randrange(min(8192, len(data)))]
        for spot in spots * (1 + number % 3):
            at = min(max(0, spot + dice.randrange(-64, 64)), len(data) - 1)
            data[at] ^= 1 << dice.randrange(8)
        made.append(bytes(data))
    return made


def run_mutants(shared_media: Path, each: int) -> None:
    for path in sorted((shared_media / "camera").iterdir()):
        for mutant in mutants(path, each):
            began = time.perf_counter()
            sound(parse(BytesSource(mutant)), len(mutant))
            found = examined(mutant, ("container", "metadata", "software"), packets=False)
            assert all(core.core_digest for core in found)
            assert time.perf_counter() - began < SECONDS_MOST, path.name


def test_mutants_of_real_recordings_end_in_typed_findings(shared_media: Path) -> None:
    """If this fails, a damaged recording stops its examination."""
    run_mutants(shared_media, 12)


@pytest.mark.soak
def test_many_mutants_of_real_recordings(shared_media: Path) -> None:
    """If this fails, rarer damage stops an examination."""
    run_mutants(shared_media, 120)
