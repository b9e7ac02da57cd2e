"""Figures on methods pages that no generated block holds: in files of results, or said to stand in none."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

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


@pytest.mark.parametrize(("page", "bench"), [("copies", "copies"), ("lineage", "continuations")])
def test_what_has_no_results_is_said_to_be_unmeasured(page: str, bench: str) -> None:
    """Agreement that nobody counted would be taken for proof; and figures that exist would be kept back."""
    has_results = any(RESULTS.glob(f"{bench}*.json"))
    said = segments.NOT_MEASURED if page == "copies" else continuation.NOT_MEASURED
    assert has_results == ("not" not in said or "measured" not in said)
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8").lower()
    assert ("not yet measured" in text or "is not measured" in text) is not has_results


def test_a_group_of_one_camera_calls_its_chance_computed() -> None:
    """A number of the normal law would be taken for a counted one."""
    words = CameraGroup(("a", "b"), 1, 1, 5.6, 1e-6).words
    assert "computed from that assumption, not measured" in words and "10^-6" in words
