"""The build of a finding, taken apart: which programs made it, so that two builds can be told apart by name.

A build reads ``av18.1.0-lavc62.28.102-cfg1a2b3c4d-np2.4.6-...``: parts joined by hyphens, each a name of small letters
and a version or digest. Parts may come in later versions; a part that one build lacks is told as *none*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

PARTS: Mapping[str, str] = {
    "av": "PyAV",
    "lavc": "FFmpeg (libavcodec)",
    "cfg": "configuration and versions of the FFmpeg libraries (digest)",
    "np": "numpy",
    "py": "Python",
    "ort": "ONNX Runtime",
    "sp": "scipy",
    "ocr": "networks that read text (package rapidocr)",
    "cpu": "processor features (digest)",
    "lib": "reference library of container families (digest)",
    "rates": "table of measured rates (digest)",
}
"""What the parts are called for a reader."""
NONE = "none"
_PART = re.compile(r"(?P<name>[a-z]+)(?P<value>[0-9a-z][0-9a-z.+]*)")


@dataclass(frozen=True, slots=True)
class BuildDifference:
    """One part in which two builds differ."""

    name: str
    what: str
    theirs: str
    ours: str

    def __str__(self) -> str:
        return f"{self.what}: {self.theirs} there, {self.ours} here"


def parts_of(build: str) -> dict[str, str]:
    """The parts by name. A text that is no build (an attempt that did not finish) has none."""
    found: dict[str, str] = {}
    for text in build.split("-"):
        for name in sorted(PARTS, key=len, reverse=True):
            if text.startswith(name):
                found.setdefault(name, text[len(name) :])
                break
        else:
            match = _PART.fullmatch(text)
            if match is not None:
                found.setdefault(match["name"], match["value"])
    return found


def differences(theirs: str, ours: str) -> tuple[BuildDifference, ...]:
    """In which parts two builds differ; empty for the same build."""
    if theirs == ours:
        return ()
    left, right = parts_of(theirs), parts_of(ours)
    found = tuple(
        BuildDifference(name, PARTS.get(name, name), left.get(name, NONE), right.get(name, NONE))
        for name in dict.fromkeys((*left, *right))
        if left.get(name) != right.get(name)
    )
    return found or (BuildDifference("build", "build", theirs, ours),)
