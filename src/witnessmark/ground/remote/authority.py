"""Ask a time-stamp authority over HTTP (RFC 3161 §3.4). Used by `stamp --online` alone."""

from __future__ import annotations

import urllib.error
import urllib.request

from witnessmark.model.errors import TimestampError, UsageError

TIMEOUT_S = 30
LARGEST_ANSWER_BYTES = 1 << 20


def post_request(url: str, request: bytes) -> bytes:
    """The authority's answer, as received. TimestampError when it cannot be had."""
    if not url.startswith(("https://", "http://")):
        raise UsageError("the authority's address must begin with https:// or http://")
    message = urllib.request.Request(
        url, data=request, headers={"Content-Type": "application/timestamp-query", "User-Agent": "-"}
    )
    try:
        with urllib.request.urlopen(message, timeout=TIMEOUT_S) as answer:
            body: bytes = answer.read(LARGEST_ANSWER_BYTES + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise TimestampError(
            "the time-stamp authority could not be reached",
            "try later, or carry the requests: stamp --out DIR",
        ) from error
    return body
