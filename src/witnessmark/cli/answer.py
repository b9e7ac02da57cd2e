"""What a verb gives back, and how it is shown: one JSON document, or text for a person."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DONE = 0
FOUND_WRONG = 1
UNUSABLE = 2
IN_PART = 3
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Answer:
    """``document`` without its schema line; ``text`` for people; the exit code."""

    document: Mapping[str, Any]
    text: str
    exit_code: int = DONE
    version: int = 1
    lines: tuple[str, ...] = field(default=())


def show(verb: str, answer: Answer, *, as_json: bool) -> int:
    if as_json:
        document = {"schema": f"witnessmark/{verb}/{answer.version}", **answer.document}
        # Names that are no UTF-8 have lone surrogates, which no encoding writes: they go out as their numbers.
        text = json.dumps(document, ensure_ascii=False, indent=1)
        sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
    else:
        sys.stdout.write(answer.text.rstrip("\n") + "\n")
    sys.stdout.flush()
    return answer.exit_code
