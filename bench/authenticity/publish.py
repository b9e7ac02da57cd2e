"""Writes the measured rates to where they are read: the package's data file and the tables of the methods pages.

A methods page holds its tables between ``<!-- rates: ID -->`` and ``<!-- /rates -->``; what stands between them is made
from the data file and nothing else, and a test makes it again and compares. The full tables of a method, by codec,
quality and length, are a page of their own (``docs/methods/rates/ID.md``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.authenticity.pages import adversary_block, full_page, method_block
from bench.authenticity.results import rates_document, text_of
from bench.results import ROOT
from witnessmark.examine.rates import FILE as RATES_FILE
from witnessmark.examine.rates import rates

PAGES = ROOT / "docs" / "methods"
FULL_PAGES = PAGES / "rates"
ADVERSARY_PAGE = ROOT / "docs" / "adversary.md"
BLOCK = re.compile(r"(<!-- rates: (?P<id>[a-z_]+) -->\n).*?(<!-- /rates -->)", re.DOTALL)
LONG_LISTS = ("kinds", "attacks", "controls")


def publish(results: Mapping[str, Any]) -> list[Path]:
    """Write data file and pages from the trials of one run; returns what was written."""
    RATES_FILE.write_text(text_of(rates_document(results), LONG_LISTS), encoding="utf-8")
    rates.cache_clear()
    written = [RATES_FILE]
    for path, text in pages(rates().document).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def pages(document: Mapping[str, Any]) -> dict[Path, str]:
    """Every page with tables, as it must read for this data file."""
    found: dict[Path, str] = {}
    for method in sorted(set(document["owners"].values())):
        page = PAGES / f"{method}.md"
        if not page.is_file() or f"<!-- rates: {method} -->" not in page.read_text(encoding="utf-8"):
            continue
        found[page] = filled(page.read_text(encoding="utf-8"), method_block(document, method))
        full = full_page(document, method)
        if full:
            found[FULL_PAGES / f"{method}.md"] = full
    if ADVERSARY_PAGE.is_file():
        found[ADVERSARY_PAGE] = filled(ADVERSARY_PAGE.read_text(encoding="utf-8"), adversary_block(document))
    return found


def filled(text: str, block: str) -> str:
    """The page with what stands between its markers replaced."""
    return BLOCK.sub(lambda match: f"{match[1]}{block}{match[3]}", text)
