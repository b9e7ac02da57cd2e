"""Put the certificates of a time-stamp response into DER order.

Some authorities send them unsorted; strict parsers refuse that. The signature does not cover the set, so a
sorted copy may be checked while the bytes as received are kept (X.690 §11.6 on SET OF).
"""

from __future__ import annotations

_SEQUENCE, _CONTEXT_0 = 0x30, 0xA0


def _read(data: bytes, at: int) -> tuple[int, int, int]:
    """(tag, start of content, end of content) of the element at ``at``. ValueError if it does not fit."""
    if at + 2 > len(data):
        raise ValueError("truncated DER")
    tag, length, start = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or start + count > len(data):
            raise ValueError("unusable DER length")
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    if start + length > len(data):
        raise ValueError("truncated DER")
    return tag, start, start + length


def _children(data: bytes, start: int, end: int) -> list[tuple[int, int, int, int]]:
    """(tag, whole start, content start, content end) of each element between start and end."""
    found = []
    while start < end:
        tag, inner, after = _read(data, start)
        if after > end:
            raise ValueError("DER element runs over its parent")
        found.append((tag, start, inner, after))
        start = after
    return found


def _expect(children: list[tuple[int, int, int, int]], position: int, tag: int) -> tuple[int, int]:
    if len(children) <= position or children[position][0] != tag:
        raise ValueError("not a time-stamp response")
    return children[position][2], children[position][3]


def with_sorted_certificates(response: bytes) -> bytes:
    """The same TimeStampResp with SignedData.certificates sorted. ValueError when it is not one."""
    top = _children(response, 0, len(response))
    body = _children(response, *_expect(top, 0, _SEQUENCE))
    content_info = _children(response, *_expect(body, 1, _SEQUENCE))
    wrapper = _children(response, *_expect(content_info, 1, _CONTEXT_0))
    signed_data = _children(response, *_expect(wrapper, 0, _SEQUENCE))
    for tag, _, start, end in signed_data:
        if tag == _CONTEXT_0:
            pieces = [response[whole:after] for _, whole, _, after in _children(response, start, end)]
            return response[:start] + b"".join(sorted(pieces)) + response[end:]
    raise ValueError("the token carries no certificates")
