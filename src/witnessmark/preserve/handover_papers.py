"""The papers in a hand-over bag: what it is, PREMIS events, an RO-Crate description, the receipt to return.

Sources: PREMIS Data Dictionary 3.0 (events), RO-Crate 1.1 §4 (root data entity).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

PREMIS = "http://www.loc.gov/premis/v3"


def premis_events(events: Sequence[Mapping[str, str]]) -> bytes:
    """PREMIS XML; each event has ``identifier``, ``type``, ``time`` and ``detail``."""
    ElementTree.register_namespace("premis", PREMIS)

    def tag(name: str) -> str:
        return f"{{{PREMIS}}}{name}"

    root = ElementTree.Element(tag("premis"), {"version": "3.0"})
    for event in events:
        node = ElementTree.SubElement(root, tag("event"))
        identifier = ElementTree.SubElement(node, tag("eventIdentifier"))
        ElementTree.SubElement(identifier, tag("eventIdentifierType")).text = "custody log leaf"
        ElementTree.SubElement(identifier, tag("eventIdentifierValue")).text = event["identifier"]
        ElementTree.SubElement(node, tag("eventType")).text = event["type"]
        ElementTree.SubElement(node, tag("eventDateTime")).text = event["time"]
        detail = ElementTree.SubElement(node, tag("eventDetailInformation"))
        ElementTree.SubElement(detail, tag("eventDetail")).text = event["detail"]
    ElementTree.indent(root)
    data: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def ro_crate(title: str, purpose: str, date: str, parts: Sequence[tuple[str, str]]) -> bytes:
    """``parts`` are (path inside the bag, media type)."""
    files = [{"@id": f"data/{path}", "@type": "File", "encodingFormat": kind} for path, kind in parts]
    graph: list[dict[str, Any]] = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": title,
            "description": purpose,
            "datePublished": date,
            "hasPart": [{"@id": f["@id"]} for f in files],
        },
        *files,
    ]
    document = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def read_me(profile: str, purpose: str, recipient: str, checkpoint: int | None) -> bytes:
    """First paper that the recipient opens. ``checkpoint``: size of the custody log, for a court alone."""
    state = "" if checkpoint is None else f" State of the custody log: checkpoint {checkpoint}."
    openings = {
        "court": "opening.json lets an expert recompute every item root and every file commitment.",
        "un": "opening.json lets an expert recompute every item root.",
        "newsroom": "No openings are included: the seal cannot be recomputed from this bag.",
    }[profile]
    return f"""\
Hand-over for {recipient}
Purpose: {purpose}
Profile: {profile}.{state}

What this is. A BagIt 1.0 bag (RFC 8493). data/items holds the files as received, under codes; the
original names stay with the sender, and so does what was read from them. data/findings.json and the
reports say what the examination found, with its limits. {openings}

What to do. 1. Check the bag: every line of manifest-sha256.txt and tagmanifest-sha256.txt.
2. Compare the SHA-256 of tagmanifest-sha256.txt with the one the sender told you by another channel.
3. Sign receipt-to-return.txt and send it back.

Please keep. The material may show people who can still be harmed. Who sees it, and why, is for you to
record. Nothing here says that a recording is authentic; it says what was tested and what was found.
""".encode()


def receipt_to_return(handover_id: str, purpose: str) -> bytes:
    """Form that the recipient fills in, signs and sends back."""
    return f"""\
Receipt of a hand-over
Hand-over: {handover_id}
Purpose: {purpose}

I have received the bag. The SHA-256 of tagmanifest-sha256.txt is:

  ________________________________________________________________

Name and office: ____________________________   Date: ______________

Signature: __________________________________
""".encode()
