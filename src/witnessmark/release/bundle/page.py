"""README.html: the stranger's page, one file with everything inside, that works from ``file:`` and without network.

One classic script (a page opened from ``file:`` may not load modules), joined from ``stranger/``; one style; one
block of data with the proofs. Its content security policy names both by their hashes and forbids everything else: no
connection, no form, no frame. Media that the person drops are read as ``blob:``.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import zlib
from collections.abc import Mapping
from pathlib import Path

from witnessmark.model.redaction import Form
from witnessmark.release.bundle.contents import Content, pieces
from witnessmark.release.bundle.limits import measured
from witnessmark.release.likeness.tolerance import FILE, shipped
from witnessmark_verify.container import MEDIA
from witnessmark_verify.manifest import MANIFEST

FOLDER = Path(__file__).with_name("stranger")
SCRIPTS = (
    "hashes",
    "signatures",
    "documents",
    "log",
    "seal",
    "likeness",
    "checks",
    "paint",
    "film",
    "still",
    "main",
)
SHOWN = {
    Form.STATEMENT: ("words", "Check these words", "words"),
    Form.STILLS: ("stills", "Check these pictures", "pictures"),
    Form.VIDEO: ("video", "Check this video", "video"),
}
"""By form: mark of its blocks in the page, title, and what the page speaks of."""
_BLOCK = re.compile(
    r"<!-- (words|stills|video) -->\n(.*?)(?=<!-- (?:words|stills|video|all) -->\n)", re.DOTALL
)
NOT_INSIDE = ("verify.py", "LIMITS.md", "README.html", "proof/index.json", "proof/index.sig")


def build(files: Mapping[str, Content]) -> bytes:
    """The page over all proofs among ``files``; media, tokens and sound stay outside."""
    script, style = script_text(), (FOLDER / "page.css").read_text(encoding="utf-8")
    inside = {path: b"".join(pieces(content)) for path, content in sorted(files.items()) if _is_inside(path)}
    data, length = pack(inside)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_source(script)}'",
            f"style-src '{_source(style)}'",
            "media-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    kind, title, what = SHOWN[Form(json.loads(inside[MANIFEST])["form"])]
    filled = {
        "TITLE": title,
        "WHAT": what,
        "POLICY": html.escape(policy),
        "STYLE": style,
        "MEASURED": html.escape(measured(shipped())),
        "TOLERANCE": json.dumps(json.loads(FILE.read_text(encoding="utf-8")), ensure_ascii=True).replace(
            "<", "\\u003c"
        ),
        "LENGTH": str(length),
        "DATA": data,
        "SCRIPT": script,
    }
    page = (FOLDER / "page.html").read_text(encoding="utf-8")
    head, *rest = _of_kind(page, kind).split("%%")
    parts = [head]
    for name, text in zip(rest[::2], rest[1::2], strict=True):
        parts += [filled[name], text]
    return "".join(parts).encode("utf-8")


def _of_kind(page: str, kind: str) -> str:
    """The page with those blocks alone that speak of this kind of release."""
    kept = _BLOCK.sub(lambda block: block.group(2) if block.group(1) == kind else "", page)
    return kept.replace("<!-- all -->\n", "")


def script_text() -> str:
    """The one script: all parts, one after another, in a scope of their own."""
    parts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    joined = '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"
    if "</script" in joined.lower():
        raise ValueError("a script may not hold its own end")
    return joined


def _source(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _is_inside(path: str) -> bool:
    if MEDIA.fullmatch(path) or path in NOT_INSIDE or path.startswith(("proof/tokens/", "proof/sound-")):
        return False
    return not (path.startswith("statement.") and path != "statement.json")


def pack(files: Mapping[str, bytes]) -> tuple[str, int]:
    """(base64 of the deflated block, its length before deflation)."""
    listed = json.dumps([[path, len(data)] for path, data in files.items()]).encode("ascii")
    block = len(listed).to_bytes(4, "big") + listed + b"".join(files.values())
    return base64.b64encode(zlib.compress(block, 6)).decode("ascii"), len(block)
