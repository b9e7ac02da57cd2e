"""One template, two media, four languages: the HTML of a report, and the same page as PDF.

Byte-identical when made again: everything comes from the content, the templates, the catalogues and this build.
The page carries its own Content-Security-Policy (no script, nothing fetched, only the one style sheet by its
digest).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from witnessmark.ground.paper import html_to_pdf
from witnessmark.model.attribution import write_link
from witnessmark.model.codes import short_code
from witnessmark.model.findings import Finding
from witnessmark.release.report import kin, lanes, plots, propositions, summary, tables, view, weight, wording
from witnessmark.release.report.content import CaseReport, CustodyRow, ItemReport, MethodRow, Report
from witnessmark.release.report.language import Language
from witnessmark.release.report.rates import cited

_PACKAGE = "witnessmark.release.report"
VALUES_SHOWN = 6
LONGEST_VALUE = 80
"""Longer texts read from a file are for experts: they stand in the record (``witnessmark findings --json``)."""
_PLAIN_BELOW = 1e15
"""Larger numbers (and what is no number) are damage or ids: printed as they are."""
METHODS_A_TABLE = 8
"""Columns of methods in the table of items: as many as fit on a page on its side in every language (measured by
``tests/unit/report/test_defended.py``); what goes beyond the edge of the paper is lost without a sign."""
_LAST_GREY = plots.GREYS - 1


@dataclass(frozen=True, slots=True)
class Measured:
    """Values of one finding: (name, value, unit), and how many are left to the record."""

    shown: tuple[tuple[str, str, str], ...]
    more: int


@cache
def environment(code: str) -> Environment:
    """Everything is escaped; an unknown name in a template is an error, not an empty string."""
    language = Language.of(code)
    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        language.say, language.say_count, newstyle=True
    )
    environment.globals.update(
        language=language,
        words=wording,
        geometry=lanes,
        size=plots,
        kin_size=kin,
        testable=propositions.TESTABLE,
        scale=weight.SCALE,
    )
    environment.filters.update(
        code=short_code,
        say=language.say,
        sentence=lambda text: text[:1].upper() + text[1:],
        moment=language.moment,
        day=language.day,
        short_day=language.short_day,
        month=language.month,
        short_month=language.short_month,
        stated=language.stated,
        number=language.number,
        per_cent=language.per_cent,
        file_time=language.file_time,
        length_of=language.length_of,
        size=language.size,
        link=write_link,
        custody=lambda row: _custody(language, row),
        cited=cited,
        ratio=weight.ratio_in,
        pairs=tables.pairs,
        explanations=tables.explanations,
        letter=lambda hypothesis, table: "abcdefghijklmnopqrstuvwxyz"[table.index(hypothesis)],
        shown=lambda value: _shown(language, value),
        measured=lambda finding: _measured(language, finding),
        breakable=_breakable,
        grey=_grey,
        grade_word=lambda grade: language.say(wording.GRADES[grade]),
        kind_name=lambda kind: language.say(wording.KINDS[kind].name),
    )
    return environment


def report_html(report: Report, language: str = "en") -> str:
    """The report as one HTML page without any outside part. UsageError for a language without a catalogue."""
    css = (files(_PACKAGE) / "templates" / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    name = "item.html" if isinstance(report, ItemReport) else "case.html"
    context = _item_context(report) if isinstance(report, ItemReport) else _case_context(report)
    template = environment(Language.of(language).code).get_template(name)
    return template.render(report=report, css=css, css_digest=digest, **context)


def report_pdf(report: Report, language: str = "en") -> bytes:
    """The report as PDF (A4); its only date is that of the checkpoint."""
    return html_to_pdf(report_html(report, language), created=report.checkpoint.at)


def _item_context(report: ItemReport) -> Mapping[str, object]:
    findings = view.findings_view(report.item.findings)
    return {
        "findings": findings,
        "summary": summary.summarise(findings, report.contradictions),
        "propositions": propositions.propositions(
            report.item.findings, report.bearings, report.contradictions
        ),
        "weighed": weight.weighed(view.order(report.item.findings)),
        "claims": view.claims_view(report.claims, report.bearings),
        "chart": lanes.lane_chart(view.order(report.item.findings), report.item.duration_s),
        "plots": plots.plots(report.item.series),
        **_kin_context(report),
        "custody": tables.every_line(report.custody),
        "methods": _of_this(report.methods, report),
    }


def _case_context(report: CaseReport) -> Mapping[str, object]:
    everything = tuple(finding for item in report.items for finding in item.findings)
    findings = view.findings_view(everything)
    return {
        "findings": findings,
        "summary": summary.summarise(findings, report.contradictions),
        "propositions": propositions.propositions(everything, report.bearings, report.contradictions),
        "weighed": weight.weighed(view.order(everything)),
        "claims": view.claims_view(report.claims, report.bearings),
        "outcomes": view.item_outcomes(report.items, report.methods),
        "methods_a_table": METHODS_A_TABLE,
        "answers_chart": lanes.answer_chart(report.answers, report.as_of),
        **_kin_context(report),
        "extent_blocks": lanes.extent_blocks(report.extent) if report.extent else (),
        "facility_names": {facility.code: facility.name for facility in report.facilities},
        "custody": tables.custody_runs(report.custody),
        "methods": report.methods,
    }


def _kin_context(report: Report) -> Mapping[str, object]:
    return {
        "drawn_kin": kin.kin(report.compared.families, report.compared.relations),
        "drawn_cameras": kin.cameras(report.compared.cameras),
    }


def _of_this(methods: tuple[MethodRow, ...], report: ItemReport) -> tuple[MethodRow, ...]:
    """The methods that gave any answer about the item."""
    asked = {finding.core.examiner for finding in report.item.findings}
    return tuple(method for method in methods if method.examiner in asked)


def _custody(language: Language, row: CustodyRow) -> str:
    """A line of the log in the language of the report."""
    values = {
        name: language.number(value) if isinstance(value, int) else _custody_word(language, name, value)
        for name, value in row.values.items()
    }
    return (language.say(row.what) if row.values or " " in row.what else row.what).format_map(values)


def _custody_word(language: Language, name: str, value: str) -> str:
    return language.say(wording.REFUSALS[value]) if name == "refusal" and value in wording.REFUSALS else value


def _shown(language: Language, value: Any) -> str:
    """A measured value as text; several values with semicolons between, since a comma may be a decimal mark."""
    if isinstance(value, tuple | list):
        return "; ".join(_shown(language, part) for part in value)
    if isinstance(value, int | float) and abs(value) < _PLAIN_BELOW:
        return language.number(value, 6)
    return str(value)


def _measured(language: Language, finding: Finding) -> Measured:
    """The first few values that a reader takes in at a glance: numbers first, then short texts, by name."""
    every = [
        (*_named(name, m.unit), _shown(language, m.value))
        for name, m in sorted(
            finding.core.measurements.items(),
            key=lambda entry: (isinstance(entry[1].value, str | tuple), entry[0]),
        )
    ]
    kept = tuple((name, value, unit) for name, unit, value in every if value and len(value) <= LONGEST_VALUE)[
        :VALUES_SHOWN
    ]
    return Measured(kept, len(every) - len(kept))


def _named(name: str, unit: str) -> tuple[str, str]:
    """``jump_s`` in s is "jump" in s; ``readings`` in readings need no unit."""
    if unit and name.endswith(f"_{unit}"):
        return name.removesuffix(f"_{unit}").replace("_", " "), unit
    words = name.replace("_", " ")
    return words, "" if unit in words.split() else unit


def _breakable(text: str) -> str:
    """Lets a long unbroken word (a kind, a digest) break behind a point, slash or underscore."""
    for mark in "._/":
        text = text.replace(mark, mark + "\u200b")
    return text


def _grey(step: int) -> str:
    """``#rrggbb`` for a step of grey: 0 white, 15 black."""
    level = 255 - 255 * step // _LAST_GREY
    return f"#{level:02x}{level:02x}{level:02x}"
