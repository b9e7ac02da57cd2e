"""Every message that a report can say, gathered from where it is written down.

``python -m tests.support.report_messages`` brings the catalogues up to date: new messages are added, empty, for a
translator; those that nothing says any more are dropped; translations that stand are left as they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from tests.conftest import ROOT
from witnessmark.case import custody_words
from witnessmark.model.contradictions import HYPOTHESIS_WORDS

REPORT = ROOT / "src" / "witnessmark" / "release" / "report"
LOCALES = REPORT / "locales"
NAMED_PLACE = re.compile(r"%\((\w+)\)s|\{(\w+)\}")

Message = str | tuple[str, str]
"""A message, or (singular, plural)."""


def messages() -> dict[Message, str]:
    """Each message and a place where it is said."""
    found: dict[Message, str] = {}
    for path in sorted((REPORT / "templates").glob("*.html")):
        for message in _extracted(path, "jinja2.ext:babel_extract", {"_": None, "ngettext": (1, 2)}):
            found.setdefault(message, path.name)
    for path in sorted(REPORT.glob("*.py")):
        for message in _extracted(path, "python", {"N_": None}):
            found.setdefault(message, path.name)
    for words in HYPOTHESIS_WORDS.values():
        found.setdefault(words, "contradictions.py")
    for words in (*custody_words.MESSAGES.values(), custody_words.ERASED, custody_words.IMPORTED):
        found.setdefault(words, "custody_words.py")
    return found


def _extracted(path: Path, method: str, keywords: dict[str, tuple[int, ...] | None]) -> Iterator[Message]:
    options = {"trimmed": "false", "silent": "false", "extensions": "jinja2.ext.i18n"}
    with path.open("rb") as file:
        for _line, message, _comments, _context in extract(method, file, keywords, (), options):
            yield message if isinstance(message, str) else (message[0], message[1])


def catalogue(code: str) -> Catalog:
    return read_po(BytesIO((LOCALES / f"{code}.po").read_bytes()), locale=code)


def places(text: str) -> list[str]:
    """The named places of a message, sorted."""
    return sorted(a or b for a, b in NAMED_PLACE.findall(text))


def update(code: str) -> tuple[int, int]:
    """(messages now without a translation, messages dropped)."""
    path = LOCALES / f"{code}.po"
    old = catalogue(code) if path.exists() else Catalog(locale=code)
    new = Catalog(
        locale=code,
        project="witnessmark",
        header_comment=f"# Words of the report in the language {code}. Messages are the English of the templates.",
        charset="utf-8",
        fuzzy=False,
    )
    found = messages()
    for message, place in found.items():
        held = old.get(message if isinstance(message, str) else message[0])
        new.add(message, held.string if held else "", locations=[(place, None)])
    out = BytesIO()
    write_po(out, new, width=0, omit_header=False)
    text = re.sub(
        rb'^"(POT-|PO-Rev|Generated-By|Last-T|Report-M|Language-Team).*\n',
        b"",
        out.getvalue(),
        flags=re.M,
    )
    path.write_bytes(text)
    known = {m if isinstance(m, str) else m[0] for m in found}
    dropped = sum(1 for m in old if m.id and (m.id if isinstance(m.id, str) else m.id[0]) not in known)
    return sum(1 for m in new if m.id and not _said(m.string)), dropped


def _said(string: str | tuple[str, ...] | list[str]) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


def main() -> None:
    for code in sys.argv[1:] or sorted(path.stem for path in LOCALES.glob("*.po")):
        missing, dropped = update(code)
        print(f"{code}: {missing} without a translation, {dropped} dropped")


if __name__ == "__main__":
    main()
