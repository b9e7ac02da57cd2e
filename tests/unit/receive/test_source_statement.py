"""The source's own words, and the source's own list."""

from __future__ import annotations

import pytest

from witnessmark.model.errors import UnusableInputError
from witnessmark.receive.hash_list import parse_hash_list
from witnessmark.receive.source_statement import SourceStatement, parse_statement

SHA = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
MD5 = "d41d8cd98f00b204e9800998ecf8427e"

TEXT = f"""Copied from: the video archive of the hospital
How: file manager, to an external disk
When: 2020-12
Through whose hands:
- the source
- a friend abroad
Conditions of use: faces of prisoners hidden,
  nobody named
Embargo until: 2021-10-04
Hash list:
{SHA}  a.mp4
{MD5} *b/c.mp4
""".encode()


def test_a_statement_written_by_hand_is_read() -> None:
    """Who held the disk before us can be asked once."""
    assert parse_statement(TEXT) == SourceStatement(
        copied_from="the video archive of the hospital",
        copied_how="file manager, to an external disk",
        copied_when="2020-12",
        hands=("the source", "a friend abroad"),
        conditions="faces of prisoners hidden,\nnobody named",
        embargo_until="2021-10-04",
        hash_list=f"{SHA}  a.mp4\n{MD5} *b/c.mp4",
    )


def test_json_round_trip() -> None:
    """What is stored sealed must come back as it was said."""
    import json

    said = parse_statement(TEXT)
    assert parse_statement(json.dumps(said.to_json()).encode()) == said


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe",
        b"{",
        b'{"copied_form": "x"}',
        b'{"hands": [1]}',
        b'{"note": 5}',
        b"no heading here",
        b"Embargo: soon",
        b"[]",
    ],
)
def test_what_cannot_be_understood_is_refused(data: bytes) -> None:
    """A word of the source that is silently dropped cannot be asked for again."""
    with pytest.raises(UnusableInputError):
        parse_statement(data)


@pytest.mark.parametrize(
    "line",
    [
        f"{SHA}  dir/a.mp4",
        f"{SHA} *dir\\a.mp4",
        f"SHA256 (./dir/a.mp4) = {SHA}",
        f"{SHA.upper()}\tC:\\x\\dir\\a.mp4",
    ],
)
def test_list_styles(line: str) -> None:
    """Sources use what their system has."""
    listed = parse_hash_list(f"# made on Windows\r\n\r\n{line}\r\n".encode())
    assert (
        listed.files[0].algorithm,
        listed.files[0].digest,
        listed.files[0].parts[-2:],
        listed.files[0].line,
    ) == (
        "sha256",
        SHA,
        (b"dir", b"a.mp4"),
        3,
    )


def test_an_escaped_name_is_read() -> None:
    """coreutils escapes names with newlines; unescaped they would count as missing."""
    listed = parse_hash_list(f"\\{MD5}  a\\nb\\\\c".encode())
    assert listed.files[0].parts == (b"a\nb", b"c")


def test_a_line_that_is_no_list_is_named_by_number() -> None:
    """A wrong file given as list must not come out as everything missing."""
    with pytest.raises(UnusableInputError, match="line 2"):
        parse_hash_list(f"{SHA}  a\nhello\n".encode())


def test_equal_digests_are_told_apart_by_name() -> None:
    """Two copies listed under two names are two lines, and both were received."""
    listed = parse_hash_list(f"{SHA}  x/a\n{SHA}  y/a\n".encode())
    for path in (b"disk/y/a", b"disk/x/a", b"disk/elsewhere/renamed"):
        listed.note(*listed.answer(path, {"sha256": SHA}))
    result = listed.result()
    assert (result.matched, result.missing, result.unlisted) == (2, 0, 0)


def test_a_listed_name_with_other_content_differs() -> None:
    """The one case in which the list speaks against the disk."""
    listed = parse_hash_list(f"{SHA}  x/a\n".encode())
    assert (listed.answer(b"disk/x/a", {"sha256": "00"}), listed.answer(b"disk/y/a", {"sha256": "00"})) == (
        (1, False),
        (0, True),
    )
