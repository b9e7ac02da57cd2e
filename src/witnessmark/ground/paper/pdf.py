"""HTML to PDF without network, file access, clock or machine strings.

The same HTML and the same ``created`` give the same bytes on the same build (WeasyPrint, Pango, fonts):
a receipt can be made again years later and compared. Nothing from outside the page is ever fetched:
a page that names anything but a ``data:`` URL as a resource is refused, because a picture or style sheet
loaded from elsewhere would tell that place what is being read. Links (``<a href>``) are only written.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import Any

from witnessmark.model.errors import UnusableInputError

BASE_CSS = """
@page { size: A4; margin: 22mm 20mm 22mm 20mm;
  font: 8pt "DejaVu Sans", sans-serif; color: #555;
  @bottom-right { content: counter(page) " / " counter(pages); }
  @bottom-left { content: string(footline); } }
html { font: 9.5pt/1.45 "DejaVu Sans", sans-serif; color: #111; }
body { margin: 0; }
.footline { string-set: footline content(); font-size: 0; line-height: 0; margin: 0; }
h1 { font-size: 17pt; font-weight: 600; margin: 0 0 2mm; }
h2 { font-size: 11.5pt; font-weight: 600; margin: 7mm 0 2mm; break-after: avoid; }
p { margin: 0 0 2.2mm; orphans: 3; widows: 3; }
table { border-collapse: collapse; width: 100%; margin: 1mm 0 3mm; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 1.2mm 2.5mm 1.2mm 0;
  border-bottom: 0.3pt solid #bbb; }
th { font-weight: 600; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
td.number, th.number { text-align: right; white-space: nowrap; }
code, .mono { font: 8pt/1.4 "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
pre { font: 7pt/1.35 "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.note { color: #444; font-size: 8.5pt; }
.warning { border-left: 2pt solid #b00020; padding-left: 3mm; }
"""
"""Plain print styles on the DejaVu faces that Debian installs (Cyrillic, Arabic and Latin in one family)."""

_PDF_VERSION = "1.4"
"""The last version with a plain cross-reference table: whoever checks what leaves can read the metadata."""

_DATE_NAMES = ("CreationDate", "ModDate")
_FORBIDDEN_SCHEMES = re.compile(r"^(?!data:)", re.IGNORECASE)


def html_to_pdf(html: str, *, created: datetime | None) -> bytes:
    """The page as PDF bytes.

    ``created`` (aware; None: the PDF carries no date at all) is the only date in the document, written in
    UTC to the second, as ``SOURCE_DATE_EPOCH`` would have it; the running clock is never read.
    ``BASE_CSS`` applies before the page's own ``<style>``.

    Raises UnusableInputError if the page asks for a resource that is not a ``data:`` URL, and ValueError
    for a ``created`` without a zone (local time would tell where the desk stands).
    """
    if created is not None and created.tzinfo is None:
        raise ValueError("a PDF date needs its zone")
    # Imported here: WeasyPrint loads Pango and takes a third of a second that other verbs should not pay.
    import weasyprint
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class OnlyData(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if _FORBIDDEN_SCHEMES.match(url):
                raise FatalURLFetchingError("outside resource")
            return super().fetch(url, headers)

    def finish(document: Any, pdf: Any) -> None:
        import pydyf  # type: ignore[import-untyped]

        for name in (*_DATE_NAMES, "Creator"):
            pdf.info.pop(name, None)
        pdf.info["Producer"] = pydyf.String("witnessmark")
        if created is not None:
            stamp = created.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
            for name in _DATE_NAMES:
                pdf.info[name] = pydyf.String(stamp)

    # WeasyPrint's warnings quote the page; a log may hold no text of a case.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    fetcher = OnlyData()
    try:
        page = weasyprint.HTML(string=html, base_url=None, url_fetcher=fetcher)
        style = weasyprint.CSS(string=BASE_CSS, url_fetcher=fetcher)
        made = page.write_pdf(stylesheets=[style], finisher=finish, pdf_version=_PDF_VERSION)
    except FatalURLFetchingError:
        raise UnusableInputError(
            "the page to print asks for a picture, font or style sheet from outside itself",
            "embed it as a data: URL",
        ) from None
    return bytes(made)
