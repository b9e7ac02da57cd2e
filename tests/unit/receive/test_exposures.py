"""Names alone give people away; what is listed here must be seen, what is innocent must not cry wolf."""

from __future__ import annotations

import pytest

from witnessmark.receive.exposures import Exposures, exposures_of


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("disk/C:\\Users\\Иван Петров\\Desktop\\a.mp4", [("account_name", "Иван Петров")]),
        ("disk/Documents and Settings/Admin/a", [("account_name", "Admin")]),
        ("disk/home/sergei/x", [("account_name", "sergei")]),
        ("disk/ivan/Рабочий стол/x", [("account_name", "ivan")]),
        ("disk/Users/Public/x", []),
        (
            "d/$RECYCLE.BIN/S-1-5-21-1004336348-1177238915-682003330-1001/$IABC123.mp4",
            [
                ("recycle_bin", "$RECYCLE.BIN"),
                ("recycle_bin", "$IABC123.mp4"),
                ("account_sid", "S-1-5-21-1004336348-1177238915-682003330-1001"),
            ],
        ),
        ("d/.Trash-1000/files/a", [("recycle_bin", ".Trash-1000")]),
        ("d/Thumbs.db", [("thumbnail_database", "Thumbs.db")]),
        ("d/thumbcache_256.db", [("thumbnail_database", "thumbcache_256.db")]),
        ("d/.DS_Store", [("folder_view", ".DS_Store")]),
        ("d/._clip.mov", [("folder_view", "._clip.mov")]),
        ("d/~$report.docx", [("open_document_owner", "~$report.docx")]),
        ("d/System Volume Information/x", [("system_traces", "System Volume Information")]),
        ("d/NTUSER.DAT", [("account_registry", "NTUSER.DAT")]),
        ("d/Telegram Desktop/v.mp4", [("messenger_folder", "Telegram Desktop")]),
        ("d/490154203237518/v.mp4", [("device_id", "490154203237518")]),
        ("d/490154203237519/v.mp4", []),
        ("d/cam SN-4C0A12BB77/v.mp4", [("device_id", "4C0A12BB77")]),
        ("d/00:1A:2b:3c:4d:5e.log", [("device_id", "00:1A:2b:3c:4d:5e")]),
        ("d/call +79271234567.amr", [("phone_number", "+79271234567")]),
        ("d/ivan@example.org.eml", [("mail_address", "ivan@example.org.eml")]),
        ("DCIM/100CANON/MVI_4823.AVI", []),
        ("ch01_20200218140355.dav", []),
    ],
)
def test_exposures_of_one_path(path: str, expected: list[tuple[str, str]]) -> None:
    """Each is a person, a machine or a habit that a stranger could read from a listing."""
    assert [(one.kind, one.what) for one in exposures_of(path.encode())] == expected


def test_counts_hold_no_names() -> None:
    """What goes into a receipt must not carry what it warns of."""
    gathered = Exposures()
    for path in (b"d/home/sergei/a", b"d/home/sergei/b", b"d/home/anna/Thumbs.db"):
        gathered.take(path)
    assert (gathered.counts(), gathered.shown()[0]) == (
        {"account_name": 3, "thumbnail_database": 1},
        {"kind": "account_name", "what": "sergei", "count": 2},
    )
