"""The receipt: signed counts of what was found, sealed, held and refused. No names of files.

A receipt is RFC 8785 JSON (docs/spec/receipt.md) with one SSH signature over everything but the signature,
which stock ``ssh-keygen -Y verify`` checks, and a PDF made from that JSON alone: made again, it is the same
byte for byte. Names stand in the sealed annex only. It says what was received, never that it is true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import rfc8785

from witnessmark.ground.paper import html_to_pdf
from witnessmark.model.errors import UnusableInputError
from witnessmark.model.intake import Reconciliation
from witnessmark.receive.reasons import EXPLANATIONS, Reason
from witnessmark.receive.transfer import Received

if TYPE_CHECKING:
    import jinja2

SCHEMA = "witnessmark/receipt/1"
SIGNATURE_NAMESPACE = "witnessmark-custody@v1"
"""That of the custody log. What is signed names its own schema, so that no act can be passed off as a receipt."""
SHOWN_CODES = 400
"""Codes of refusals printed on paper (some eight pages); the JSON and the annex hold all."""

Sign = Callable[[bytes], str]
"""Makes an armoured SSH signature (SSHSIG) under ``SIGNATURE_NAMESPACE`` with the receiver's case key."""


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What the case adds to what was received."""

    receipt_id: str
    case_id: str
    made_at: datetime
    """Aware; written in UTC to the second."""
    received_by: str
    """Pseudonym of the person who signs."""
    sandbox: str
    """Level of the jail in which archives were opened."""
    software: str
    """Name and version."""
    source: str = ""
    """Pseudonym of the source."""
    custody: Mapping[str, Any] = field(default_factory=dict)
    """Where the log speaks of it: leaf index, log size, checkpoint."""
    commitments_root: str = ""
    """Merkle root over the file commitments of this receipt, as hex, where the case computes one."""
    annex_bytes: int = 0
    annex_sha256: str = ""
    """Digest of the *sealed* annex, so that it cannot be exchanged."""
    demonstration: bool = False
    """Made with the published demonstration key: then it says on its face that it is no evidence."""
    has_statement: bool = False
    """Whether the source's own account was recorded."""


def receipt_document(facts: ReceiptFacts, received: Received) -> dict[str, Any]:
    """The unsigned receipt as JSON-ready values. Raises ValueError for a time without zone."""
    if facts.made_at.tzinfo is None:
        raise ValueError("a receipt's time needs its zone")
    return {
        "schema": SCHEMA,
        "receipt": facts.receipt_id,
        "case": facts.case_id,
        "made_at": facts.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "received_by": facts.received_by,
        "source": facts.source,
        "software": facts.software,
        "sandbox": facts.sandbox,
        "read_only": received.source.read_only,
        "warning": received.source.warning,
        "mount_points": received.source.mount_points,
        **received.files.to_json(),
        "balanced": received.balanced,
        "members": received.members.to_json(),
        "archives": received.archives,
        "resumed_files": received.resumed_files,
        "exposures": dict(received.exposures),
        "hash_list": received.hash_list.to_json() if received.hash_list is not None else None,
        "has_statement": facts.has_statement,
        "demonstration": facts.demonstration,
        "custody": dict(facts.custody),
        "commitments_root": facts.commitments_root,
        "annex": {"bytes": facts.annex_bytes, "sha256": facts.annex_sha256},
    }


def signed_bytes(document: Mapping[str, Any]) -> bytes:
    """What the signature covers: RFC 8785 JSON of everything but ``signature``."""
    return rfc8785.dumps({key: value for key, value in document.items() if key != "signature"})


def sign_receipt(document: Mapping[str, Any], sign: Sign) -> dict[str, Any]:
    """The document with its signature."""
    return {
        **document,
        "signature": {
            "format": "sshsig",
            "namespace": SIGNATURE_NAMESPACE,
            "value": sign(signed_bytes(document)),
        },
    }


def to_bytes(document: Mapping[str, Any]) -> bytes:
    """The signed receipt as it is kept and handed over: canonical JSON and a line end."""
    return rfc8785.dumps(dict(document)) + b"\n"


def receipt_pdf(document: Mapping[str, Any]) -> bytes:
    """The receipt on paper, from the signed document alone.

    Raises UnusableInputError if the document is no receipt of this schema.
    """
    # Imported here: only printing needs it.
    import jinja2

    if document.get("schema") != SCHEMA:
        raise UnusableInputError("this is not a receipt of a kind that this version can print")
    try:
        created = datetime.strptime(document["made_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        html = _template().render(
            receipt=document,
            refused=_by_reason(document["rejected"]),
            members_refused=_by_reason(document["members"]["rejected"]),
            codes=document["rejected"][:SHOWN_CODES],
            member_codes=document["members"]["rejected"][:SHOWN_CODES],
            bytes_shown=_bytes_shown,
            words=EXPOSURE_WORDS,
        )
    except (KeyError, TypeError, ValueError, jinja2.UndefinedError):
        raise UnusableInputError("the receipt lacks a part that it must have, or is damaged") from None
    return html_to_pdf(html, created=created)


EXPOSURE_WORDS: Mapping[str, str] = {
    "account_name": "names of accounts or persons in folder names",
    "account_sid": "account numbers of Windows machines",
    "account_registry": "a person's Windows settings (registry files)",
    "browser_profile": "traces of a web browser",
    "command_history": "lists of typed commands",
    "device_id": "serial numbers or other marks of devices",
    "folder_view": "folder settings that record where things were looked at",
    "keys_folder": "folders of keys",
    "mail_address": "mail addresses",
    "messenger_folder": "folders of messenger programs",
    "open_document_owner": "marks of who had a document open",
    "phone_number": "telephone numbers",
    "recycle_bin": "recycle bins",
    "system_traces": "traces left by operating systems",
    "thumbnail_database": "databases of small pictures of what was looked at",
}


def _by_reason(rejected: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per reason: how many, how many bytes, and what the reason means."""
    files: Counter[str] = Counter(one["reason"] for one in rejected)
    size: Counter[str] = Counter()
    for one in rejected:
        size[one["reason"]] += one["bytes"]
    return [
        {
            "reason": reason,
            "files": files[reason],
            "bytes": size[reason],
            "why": EXPLANATIONS[Reason(reason)] if reason in set(Reason) else "",
        }
        for reason in sorted(files)
    ]


def _bytes_shown(count: int) -> str:
    """``1 234 567``: whole bytes, grouped by thin spaces; a lawyer compares digits, not gigabytes."""
    return f"{count:,}".replace(",", "\u202f")


@cache
def _template() -> jinja2.Template:
    import jinja2

    text = (resources.files("witnessmark.receive") / "receipt.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text)


def refused_in_part(files: Reconciliation, members: Reconciliation) -> bool:
    """Whether anything that was found could not be taken (exit code 3)."""
    return bool(files.rejected or members.rejected)
