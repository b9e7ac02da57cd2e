"""The report on an item or a case, as of a checkpoint: the same template for screen and paper."""

from witnessmark.release.report.content import (
    CaseReport,
    CheckpointRow,
    Compared,
    CustodyRow,
    FamilyRow,
    ItemReport,
    MethodRow,
    ReceiptRow,
    ReportedItem,
    TracesCompared,
)
from witnessmark.release.report.language import LOCALES
from witnessmark.release.report.render import report_html, report_pdf

LANGUAGES = tuple(LOCALES)
"""In which a report can be written."""

__all__ = [
    "LANGUAGES",
    "CaseReport",
    "CheckpointRow",
    "Compared",
    "CustodyRow",
    "FamilyRow",
    "ItemReport",
    "MethodRow",
    "ReceiptRow",
    "ReportedItem",
    "TracesCompared",
    "report_html",
    "report_pdf",
]
