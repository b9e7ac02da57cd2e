"""The few XMP properties that bear on history: tool, dates, device, motion photo, remote credentials.

Read by pattern and not by an XML parser: packets are often damaged, and an XML parser is one more thing to
attack. Both notations (attribute and element) are understood. XMP specification part 1 §7, part 2 §3.
"""

from __future__ import annotations

import re

from witnessmark.ground.container import credentials_store, times
from witnessmark.ground.container.build import TreeBuilder

_PACKET_BYTES = 256 * 1024
_MATCHES = 32
_NAMES = {
    "xmp:CreatorTool": "software",
    "xap:CreatorTool": "software",
    "stEvt:softwareAgent": "software",
    "pdf:Producer": "software",
    "tiff:Software": "software",
    "tiff:Make": "make",
    "tiff:Model": "model",
    "xmp:CreateDate": "created",
    "xap:CreateDate": "created",
    "photoshop:DateCreated": "created",
    "exif:DateTimeOriginal": "created",
    "xmpDM:shotDate": "created",
    "xmp:ModifyDate": "modified",
    "xap:ModifyDate": "modified",
    "dcterms:provenance": "remote",
    "GCamera:MotionPhoto": "text",
    "GCamera:MicroVideo": "text",
    "GCamera:MicroVideoOffset": "text",
    "Item:Length": "text",
}
_PROPERTY = re.compile(
    r"(?:\b|<)(" + "|".join(re.escape(name) for name in _NAMES) + r")\s*(?:=\s*[\"']([^\"'<>]{1,512})[\"']"
    r"|>\s*([^<>]{1,512})\s*</)"
)


def read_xmp(builder: TreeBuilder, field: str, packet: bytes) -> None:
    """File what one packet says. Dates without a zone stay without one."""
    text = packet[:_PACKET_BYTES].decode("utf-8", "replace")
    for count, found in enumerate(_PROPERTY.finditer(text)):
        if count >= _MATCHES:
            return
        name = found[1]
        value = builder.text((found[2] or found[3] or "").encode())
        where = f"{field}.{name}"
        what = _NAMES[name]
        if what in ("created", "modified"):
            times.note_text(builder, where, value, what)
        elif what == "remote":
            credentials_store.note_remote(builder, field, value)
        else:
            target = {"software": builder.software, "make": builder.makes, "model": builder.models}
            builder.say(target.get(what, builder.texts), where, value)
