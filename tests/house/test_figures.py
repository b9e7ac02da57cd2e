"""Figures on methods pages that no generated block holds: in files of results, or said to stand in none."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.conftest import ROOT
from witnessmark.examine.comparers import continuation, segments
from witnessmark.examine.comparers.camera_groups import CameraGroup

PAGES, RESULTS = ROOT / "docs" / "methods", ROOT / "bench" / "results"
NAMES = {
    "x264 without B pictures, crf 18–28": "x264 without B pictures, crf 18-28",
    "x264 with default B pictures, crf 18–28": "x264 with default B pictures, crf 18-28",
    "messenger-like, 1 Mb/s at 360p (simulated)": "messenger-like",
    "MPEG-4, groups of 12": "MPEG-4",
}
SORTS = {
    "6 and more": "6 and more recurrences",
    "under 6": "under 6 recurrences",
    "all under its own key pictures": "old groups fall together with the file's own",
}


def result(name: str) -> dict[str, Any]:
    held: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return held


def first_table(text: str, head: str) -> list[list[str]]:
    """Cells of the rows below the head."""
    lines = text[text.index(head) :].split("\n")[2:]
    end = next(k for k, line in enumerate(lines) if not line.startswith("|"))
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines[:end]]


def differing(text: str) -> list[str]:
    """Rows of the page on earlier encodings whose counts are not those of the file."""
    summary = result("recompression")["summary"]
    wrong = []
    for row in first_table(text, "| encoded anew as | old groups"):
        if row[0].startswith("Motion JPEG"):
            held = summary["Motion JPEG after coarser Motion JPEG"]
            told = [str(held["found"]), str(held["n"])]
            same = told == row[4:6]
        else:
            held = summary[f"{NAMES.get(row[0], row[0])}; {SORTS[row[1]]}"]
            told = [str(held[key]) for key in ("footprint", "decisions", "found", "n", "takes")]
            same = told == row[2:7]
        if not same:
            wrong.append(f"{row}: {told}")
    return wrong


def test_the_table_of_earlier_encodings_is_that_of_its_results() -> None:
    """A column that nobody can count again would be read out in court."""
    page = (PAGES / "recompression.md").read_text(encoding="utf-8")
    assert differing(page) == []
    assert len(differing(page.replace("| **43** | 48 |", "| **44** | 48 |", 1))) == 1


def test_the_page_of_lineage_holds_the_counts_of_its_results() -> None:
    """Rates of an order among copies would be claimed that no run gave."""
    held = result("lineage")["figures"]
    page = (PAGES / "lineage.md").read_text(encoding="utf-8")
    row = next(line for line in page.split("\n") if line.startswith("| pairs of ancestor and descendant"))
    figures = [int(number) for number in re.findall(r"\b(\d+)\b", row.split("|")[2].replace("%", ""))]
    honest = [
        {
            name: half["pairs"]["ancestor and descendant"].get(name, 0)
            for name in ("right", "wrong", "undetermined")
        }
        for half in (held["measure"], held["choose"])
    ]
    assert figures[:3] == list(honest[0].values())
    assert figures[4:7] == [honest[1]["right"], honest[1]["wrong"], honest[1]["undetermined"]]


def test_what_is_said_of_every_copy_and_on_its_page_are_the_counts_of_the_results() -> None:
    """Agreement would be taken for proof by counts that no run gave."""
    held = result("copies")["measure"]
    promised, excerpts = held["promised"], held["excerpts"]
    assert f"{promised['false']} of {promised['pairs']:,} pairs" in segments.MEASURED
    assert f"{held['sources']} sources" in segments.MEASURED
    page = (PAGES / "copies.md").read_text(encoding="utf-8")
    low, high = (100 * bound for bound in promised["recall_interval"])
    for words in (
        f"{promised['found']} of {promised['copies']} ({100 * promised['recall']:.1f} %; {low:.1f} to {high:.1f} %)",
        f"{promised['false']} of {promised['pairs']:,} (at most {100 * promised['false_interval'][1]:.2f} %)",
        f"({excerpts['located']} of {excerpts['matched']};",
        f"{held['best_effort']['found']} of {held['best_effort']['copies']}",
    ):
        assert words in page, words
    darkened, excerpts_asked = held["by_change"]["darkened"], 0
    assert f"{darkened['found']} of {darkened['copies']}" in page
    for name in ("excerpt", "excerpt-short", "excerpt-mirrored"):
        excerpts_asked += held["by_change"][name]["copies"]
    assert f"{excerpts_asked - excerpts['matched']} of {excerpts_asked} were not found" in page


def test_what_has_no_results_is_said_to_be_unmeasured() -> None:
    """Figures that exist would be kept back, or clips that only look alike be joined as if somebody had counted."""
    assert not any(RESULTS.glob("continuations*.json"))
    assert "is not measured" in continuation.NOT_MEASURED
    assert "is not measured" in (PAGES / "lineage.md").read_text(encoding="utf-8").lower()


def test_a_group_of_one_camera_calls_its_chance_computed() -> None:
    """A number of the normal law would be taken for a counted one."""
    words = CameraGroup(("a", "b"), 1, 1, 5.6, 1e-6).words
    assert "computed from that assumption, not measured" in words and "10^-6" in words


def test_the_cost_of_fingerprints_is_that_of_its_results() -> None:
    """A cost per minute would be claimed that no run gave."""
    page = " ".join((PAGES / "copies.md").read_text(encoding="utf-8").split())
    held = result("copies-cost")
    held = held.get("cost", held)
    for name, words in (
        ("decode", "one decode {:.2f}"),
        ("pass without", "{:.2f} without fingerprints"),
        ("pass with", "{:.2f} with them"),
        ("fingerprint alone", "decode included, {:.2f}"),
        ("vpdq", "vPDQ {:.2f}"),
        ("framewise", "frame by frame {:.2f}"),
        ("tmk", "TMK {:.2f}"),
    ):
        assert words.format(held[name]) in page, name


def test_the_table_of_sizes_is_that_of_its_results() -> None:
    """A case of ten thousand videos would be promised on counts that no run gave."""
    page = (PAGES / "copies.md").read_text(encoding="utf-8")
    for held in result("copies-scale")["cases"]:
        row = (
            f"| {held['videos']:,} | {held['cpu_s']:.0f} | {held['cpu_ms_a_video']:.0f} | "
            f"{held['found']:,} of {held['copies']:,} | {held['wrong']} | {held['peak_memory_mib']:,} | "
            f"{held['ten_new_cpu_s']:.1f} |"
        )
        assert row in page, row
