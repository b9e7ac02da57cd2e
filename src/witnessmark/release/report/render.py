"""One template, two media: the HTML of a report, and the same page as PDF.

Byte-identical when made again: everything comes from the content, the templates and this build. The page
carries its own Content-Security-Policy (no script, nothing fetched, only the one style sheet by its digest).
"""

from __future__ import annotations

import base64
import hashlib
import math
from datetime import UTC, datetime
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from witnessmark.ground.paper import html_to_pdf
from witnessmark.model.attribution import write_date, write_link
from witnessmark.model.codes import short_code
from witnessmark.release.report import lanes, view
from witnessmark.release.report.content import CaseReport, ItemReport, Report

_PACKAGE = "witnessmark.release.report"


def _environment() -> Environment:
    """Everything is escaped; an unknown name in a template is an error, not an empty string."""
    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(
        code=short_code,
        moment=_moment,
        stated=write_date,
        link=write_link,
        file_time=_file_time,
        size=_size,
        number=lambda value: f"{value:,}",
        said=view.what_is_said,
        shown=_shown,
        breakable=_breakable,
    )
    return environment


def report_html(report: Report) -> str:
    """The report as one HTML page without any outside part."""
    css = (files(_PACKAGE) / "templates" / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    name = "item.html" if isinstance(report, ItemReport) else "case.html"
    context = _item_context(report) if isinstance(report, ItemReport) else _case_context(report)
    template = _environment().get_template(name)
    return template.render(report=report, css=css, css_digest=digest, geometry=lanes, **context)


def report_pdf(report: Report) -> bytes:
    """The report as PDF (A4); its only date is that of the checkpoint."""
    return html_to_pdf(report_html(report), created=report.checkpoint.at)


def _item_context(report: ItemReport) -> dict[str, object]:
    findings = view.findings_view(report.item.findings)
    return {
        "findings": findings,
        "tested": view.tested(report.item.findings, report.bearings),
        "claims": view.claims_view(report.claims, report.bearings),
        "chart": lanes.lane_chart(view.order(report.item.findings), report.item.duration_s),
    }


def _case_context(report: CaseReport) -> dict[str, object]:
    everything = [finding for item in report.items for finding in item.findings]
    return {
        "findings": view.findings_view(everything),
        "tested": view.tested(everything, report.bearings),
        "claims": view.claims_view(report.claims, report.bearings),
        "outcomes": view.item_outcomes(report.items, report.methods),
        "answers_chart": lanes.answer_chart(report.answers, report.as_of),
        "extent_blocks": lanes.extent_blocks(report.extent) if report.extent else (),
        "facility_names": {facility.code: facility.name for facility in report.facilities},
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _file_time(seconds: float | None) -> str:
    """``0:09.960``: the clock of the file, to the millisecond."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    return lanes.clock_text(max(-lanes.LONGEST_S, min(lanes.LONGEST_S, seconds)), 0.001)


def _size(size_bytes: int) -> str:
    """Bytes in full and in the unit that people read (powers of 1000)."""
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if size_bytes >= 1000**power:
            return f"{size_bytes / 1000**power:.1f} {unit} ({size_bytes:,} bytes)"
    return f"{size_bytes:,} bytes"


def _shown(value: object) -> str:
    """A measured value as text; several values with commas between."""
    if isinstance(value, tuple | list):
        return ", ".join(_shown(part) for part in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _breakable(text: str) -> str:
    """Lets a long unbroken word (a kind, a digest) break behind a point, slash or underscore."""
    for mark in "._/":
        text = text.replace(mark, mark + "\u200b")
    return text
