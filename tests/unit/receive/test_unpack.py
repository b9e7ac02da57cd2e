"""Archives: members are received as files are, and a hostile archive harms nobody."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import zipfile
from pathlib import Path
from typing import Any

import py7zr
import pytest

from tests.unit.receive import archives
from tests.unit.receive.world import InProcess, Killed, World, sealed_world
from witnessmark.ground import jail
from witnessmark.model.intake import Tally
from witnessmark.receive.settle import BatchLimits
from witnessmark.receive.transfer import Received
from witnessmark.receive.unpack_limits import UnpackLimits

MEMBERS = {"one.mp4": b"first" * 500, "sub/two.mp4": b"second" * 700, "empty": b""}


def seven_zip_of(members: dict[str, bytes], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", **options) as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    return buffer.getvalue()


def take(
    tmp_path: Path, data: bytes, *, runner: Any = None, limits: UnpackLimits | None = None
) -> tuple[World, Received]:
    source = tmp_path / "archive"
    source.write_bytes(data)
    world = sealed_world(tmp_path / "objects")
    got = world.receive(source, run_jailed=runner or InProcess(), limits=limits)
    assert got.balanced
    assert got.files.found.files == 1
    assert not list((tmp_path / "objects" / ".drafts").iterdir())
    return world, got


def reasons(got: Received) -> list[tuple[str, str]]:
    return sorted((r.reason, r.detail) for r in got.members.rejected)


FORMATS = {
    "zip": archives.zip_of(MEMBERS),
    "zip stored": archives.zip_of(MEMBERS, zipfile.ZIP_STORED),
    "zip bzip2": archives.zip_of(MEMBERS, zipfile.ZIP_BZIP2),
    "zip lzma": archives.zip_of(MEMBERS, zipfile.ZIP_LZMA),
    "tar": archives.tar_of(MEMBERS),
    "tar.gz": archives.tar_of(MEMBERS, "w:gz"),
    "tar.bz2": archives.tar_of(MEMBERS, "w:bz2"),
    "tar.xz": archives.tar_of(MEMBERS, "w:xz"),
    "7z": seven_zip_of(MEMBERS),
}


@pytest.mark.parametrize("form", FORMATS)
def test_every_member_is_sealed_under_its_own_digest(form: str, tmp_path: Path) -> None:
    """A member that is lost in unpacking is evidence lost without a trace."""
    world, got = take(tmp_path, FORMATS[form])
    members = {row.code for row in world.rows.values() if row.is_member}
    assert (got.members.sealed, got.files.sealed.files, world.names_of(sorted(members))) == (
        Tally(3, 2500 + 4200),
        1,
        sorted(MEMBERS),
    )
    assert {hashlib.sha256(data).digest() for data in MEMBERS.values()} <= set(world.items)


@pytest.mark.parametrize("form", ["zip", "tar.xz", "7z"])
def test_the_real_jail_unpacks(form: str, tmp_path: Path) -> None:
    """What works only outside the sandbox does not work."""
    _, got = take(tmp_path, FORMATS[form], runner=jail.run)
    assert (got.members.sealed, reasons(got)) == (Tally(3, 6700), [])


def test_a_second_session_finds_all_members_held(tmp_path: Path) -> None:
    """Receiving the same archive again must not double its members."""
    world, first = take(tmp_path, FORMATS["zip"])
    world.close_session()
    second = world.receive(tmp_path / "archive", run_jailed=InProcess())
    assert (second.members.sealed, second.members.already_held, second.balanced) == (
        Tally(),
        first.members.sealed,
        True,
    )


@pytest.mark.parametrize("inner", ["zip", "tar.gz", "7z"])
def test_nested_archives_are_unpacked_in_turn(inner: str, tmp_path: Path) -> None:
    """Messenger exports arrive as archives in archives."""
    _, got = take(tmp_path, archives.zip_of({"inner": FORMATS[inner], "beside": b"x"}))
    assert (got.members.sealed.files, got.archives, reasons(got)) == (5, 2, [])


def test_nesting_ends_at_its_bound_and_says_so(tmp_path: Path) -> None:
    """An archive that contains itself would never end."""
    data = b"core"
    for level in range(6):
        data = archives.zip_of({f"level{level}": data})
    _, got = take(tmp_path, data)
    assert (got.members.sealed.files, got.archives, reasons(got)) == (3, 3, [("archive_depth", "")])


def test_names_that_climb_are_only_names(tmp_path: Path) -> None:
    """An archive's ../ used as a path would write over the case or the machine."""
    names = {"../../etc/passwd": b"1", "/absolute": b"2", "C:\\Users\\Ivan\\x.mp4": b"3"}
    world, got = take(tmp_path, archives.zip_of(names))
    codes = [row.code for row in world.rows.values() if row.is_member]
    assert (got.members.sealed, world.names_of(codes)) == (Tally(3, 3), sorted(names))
    assert got.exposures == {"account_name": 1}


def test_climbing_names_in_7z_are_only_names(tmp_path: Path) -> None:
    """The library refuses the whole archive for such a name; its other members would be lost."""
    with_parent = seven_zip_of({"AA/AA/x": b"1", "fine": b"2"}, filters=[{"id": py7zr.FILTER_COPY}])
    plain = io.BytesIO()
    with py7zr.SevenZipFile(plain, "w", header_encryption=False) as archive:
        archive.set_encoded_header_mode(False)
        archive.writestr(b"1", "AA/AA/x")
        archive.writestr(b"2", "fine")
    raw = bytearray(plain.getvalue())
    place = raw.find("AA/AA/x".encode("utf-16-le"))
    raw[place : place + 14] = "../../x".encode("utf-16-le")
    raw = _repaired(raw)
    world, got = take(tmp_path, bytes(raw))
    codes = [row.code for row in world.rows.values() if row.is_member]
    assert (len(with_parent) > 0, got.members.sealed, world.names_of(codes)) == (
        True,
        Tally(2, 2),
        ["../../x", "fine"],
    )


def _repaired(raw: bytearray) -> bytearray:
    """The checksums of a 7z start header, made right again after a change of the header."""
    import struct
    import zlib

    offset, size = struct.unpack_from("<QQ", raw, 12)
    struct.pack_into("<L", raw, 28, zlib.crc32(raw[32 + offset : 32 + offset + size]))
    struct.pack_into("<L", raw, 8, zlib.crc32(raw[12:32]))
    return raw


def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path) -> None:
    """A link out of an archive would bring our own files into evidence."""
    _, got = take(tmp_path, archives.tar_with_specials())
    assert ([reason for reason, _ in reasons(got)], got.members.sealed) == (
        ["device", "hardlink", "symlink"],
        Tally(1, 2),
    )


def test_a_symlink_in_a_zip_is_refused(tmp_path: Path) -> None:
    """The same by the road of Unix attributes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    _, got = take(tmp_path, buffer.getvalue())
    assert reasons(got) == [("symlink", "")]


def test_encrypted_members_are_said(tmp_path: Path) -> None:
    """The source may still know the password: that something is locked must be known in time."""
    _, got = take(tmp_path, archives.encrypted_zip())
    assert (reasons(got), got.members.sealed) == ([("encrypted", "")], Tally(1, 8))


@pytest.mark.parametrize("names_too", [False, True])
def test_encrypted_7z_is_said(names_too: bool, tmp_path: Path) -> None:
    """With and without its list of names."""
    data = seven_zip_of({"a": b"1", "b": b"2"}, password="x", header_encryption=names_too)
    _, got = take(tmp_path, data)
    expected = [("encrypted", "names too")] if names_too else [("encrypted", ""), ("encrypted", "")]
    assert reasons(got) == expected


def test_an_overlapping_bomb_is_refused(tmp_path: Path) -> None:
    """Some kilobytes that unpack to petabytes would fill every disk."""
    _, got = take(tmp_path, archives.overlapping_bomb())
    assert (set(reasons(got)), len(got.members.rejected), got.members.sealed.files) == (
        {("archive_ratio", "overlap")},
        50,
        0,
    )


TIGHT = UnpackLimits(ratio_free_bytes=1 << 20)


@pytest.mark.parametrize(
    ("form", "pack"),
    [
        ("zip", archives.zeros_zip),
        ("gz", lambda size: gzip.compress(bytes(size))),
        ("bz2", lambda size: bz2.compress(bytes(size))),
        ("xz", lambda size: lzma.compress(bytes(size))),
        ("tar.gz", lambda size: archives.tar_of({"zeros": bytes(size)}, "w:gz")),
        ("7z", lambda size: seven_zip_of({"zeros": bytes(size)})),
    ],
)
def test_a_bomb_of_zeros_is_refused_early(form: str, pack: Any, tmp_path: Path) -> None:
    """Whatever the format, what swells beyond reason is cut off and nothing of it is kept."""
    _, got = take(tmp_path, pack(12 << 20), limits=TIGHT)
    assert ({reason for reason, _ in reasons(got)}, got.members.sealed.files) == ({"archive_ratio"}, 0)


def test_a_lying_size_is_cut_off(tmp_path: Path) -> None:
    """The declared size is the archive's word; the bytes that come are counted."""
    data = bytes(8 << 20)
    local, central = archives.zip_entry(b"small", data, size=10)
    _, got = take(tmp_path, archives.zip_from([(b"small", local, central)]), limits=TIGHT)
    assert ({reason for reason, _ in reasons(got)}, got.members.sealed.files) == ({"archive_ratio"}, 0)


def test_too_many_members_end_the_archive(tmp_path: Path) -> None:
    """A million empty names would fill the catalogue."""
    _, got = take(
        tmp_path, archives.zip_of({f"n{n}": b"x%d" % n for n in range(20)}), limits=UnpackLimits(members=5)
    )
    assert (got.members.sealed.files, reasons(got)) == (
        5,
        [("archive_count", ""), ("archive_count", "and all that follow")],
    )


def test_a_too_large_member_is_skipped_and_the_next_taken(tmp_path: Path) -> None:
    """One disk image in an archive must not cost the clips beside it."""
    for data in (
        archives.zip_of({"big": b"x" * 5000, "ok": b"y"}),
        archives.tar_of({"big": b"x" * 5000, "ok": b"y"}),
    ):
        (tmp_path / str(len(data))).mkdir()
        _, got = take(tmp_path / str(len(data)), data, limits=UnpackLimits(member_bytes=1000))
        assert (reasons(got), got.members.sealed) == ([("too_large", "")], Tally(1, 1))


def test_a_truncated_zip_gives_what_it_has(tmp_path: Path) -> None:
    """A download that broke off has lost its directory and still holds most of its files."""
    data = archives.zip_of({f"{n}.mp4": b"%d" % n * 5000 for n in range(5)}, zipfile.ZIP_STORED)
    _, got = take(tmp_path, data[: len(data) * 3 // 4])
    assert (got.members.sealed.files, reasons(got)) == (3, [("damaged", ""), ("damaged", "cut off")])


@pytest.mark.parametrize("form", ["tar", "tar.gz", "7z"])
def test_other_truncated_archives_end_typed(form: str, tmp_path: Path) -> None:
    """Damage is a finding, never an exception."""
    data = FORMATS[form]
    _, got = take(tmp_path, data[: len(data) * 2 // 3])
    assert "damaged" in {reason for reason, _ in reasons(got)}


def test_a_wrong_checksum_refuses_that_member_only(tmp_path: Path) -> None:
    """A member that does not hold its own checksum is not what was packed."""
    good, bad = archives.zip_entry(b"good", b"fine"), archives.zip_entry(b"bad", b"rotten", crc=1)
    _, got = take(tmp_path, archives.zip_from([(b"bad", *bad), (b"good", *good)]))
    assert (reasons(got), got.members.sealed) == ([("damaged", "checksum")], Tally(1, 4))


def test_documents_that_are_zip_files_are_left_whole(tmp_path: Path) -> None:
    """A letter taken apart into XML is no letter any more."""
    docx = archives.zip_of({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    jar = archives.zip_of({"META-INF/MANIFEST.MF": b"x", "A.class": b"x"})
    for number, data in enumerate((docx, jar)):
        (tmp_path / str(number)).mkdir()
        _, got = take(tmp_path / str(number), data)
        assert (got.members.found, got.archives) == (Tally(), 0)


def test_an_archive_that_is_not_unpacked_says_so(tmp_path: Path) -> None:
    """Sealed and silent would read as 'there was nothing in it'."""
    _, got = take(tmp_path, b"Rar!\x1a\x07\x01\x00" + bytes(100))
    assert reasons(got) == [("unsupported_archive", "rar")]


def test_a_crashing_child_costs_its_member_and_is_said(tmp_path: Path) -> None:
    """An exploit that kills the unpacker must not take the receipt with it."""
    _, got = take(tmp_path, FORMATS["zip"], runner=InProcess(stop_after_records=3))
    assert (got.members.sealed.files, reasons(got)) == (
        1,
        [("unpacker_failed", "crashed"), ("unpacker_failed", "crashed")],
    )


def test_a_lying_child_is_cut_off(tmp_path: Path) -> None:
    """What comes out of the jail is hostile: nonsense ends it, and the count still balances."""

    class Liar(InProcess):
        def __call__(self, task: str, request: Any, **options: Any) -> Any:
            options["on_record"]({"say": "member", "n": 0, "name_b64": "YQ==", "mtime": ""})
            options["on_blob"]("m7", b"x", False)
            raise AssertionError("must not be reached")

    _, got = take(tmp_path, FORMATS["zip"], runner=Liar())
    assert (got.members.sealed.files, {reason for reason, _ in reasons(got)}) == (0, {"unpacker_failed"})


def test_without_a_sandbox_archives_stay_shut_and_it_is_said(tmp_path: Path) -> None:
    """Where no jail can be built nothing may be parsed, and nobody may think it was."""
    source = tmp_path / "a.zip"
    source.write_bytes(FORMATS["zip"])
    got = sealed_world(tmp_path / "objects").receive(source, run_jailed=None)
    assert (reasons(got), got.files.sealed.files) == ([("unpacker_failed", "no sandbox")], 1)


def test_a_kill_amid_an_archive_resumes_without_double_counting(tmp_path: Path) -> None:
    """Half an archive is the common case of a power cut during a long intake."""
    source = tmp_path / "archive"
    source.write_bytes(archives.zip_of({f"{n}": b"%d" % n for n in range(8)} | {"in.zip": FORMATS["zip"]}))
    world = sealed_world(tmp_path / "objects")
    for kills in (3, 9, 2):
        world.kill_after_saves = kills
        with pytest.raises(Killed):
            world.receive(source, run_jailed=InProcess(), batch=BatchLimits(files=1))
    world.kill_after_saves = None
    got = world.receive(source, run_jailed=InProcess())
    assert (
        got.files.sealed.files,
        got.members.sealed.files,
        got.members.already_held.files,
        got.balanced,
    ) == (
        1,
        12,
        0,
        True,
    )
    assert len(world.occurrences) == 13


def test_zip_mtimes_reach_the_sealed_names(tmp_path: Path) -> None:
    """The times inside an archive are often the only ones the messenger left."""
    world, _ = take(tmp_path, archives.zip_of({"a": b"x"}))
    (row,) = [row for row in world.rows.values() if row.is_member]
    name = world.annex_lines()[row.code].name
    assert name is not None
    assert name["mtime"] == "2020-02-18T14:03:54"
