"""Types by first bytes: a wrong type here sends evidence to the wrong parser, or to none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import boxes
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.model.recording import MediaType

V, S, P = MediaType.VIDEO, MediaType.SOUND, MediaType.PICTURE
D, M, A = MediaType.DOCUMENT, MediaType.MAIL, MediaType.ARCHIVE

ADTS = bytes.fromhex("fff15080 02 1f fc".replace(" ", "")) + bytes(9)
MP3 = bytes.fromhex("fffb9064") + bytes(413)
ZIP = b"PK\x03\x04" + bytes(22) + b"\x05\x00\x00\x00"

CASES = [
    (boxes.ftyp("isom", 512, "isom"), V, "mp4"),
    (boxes.ftyp("qt  "), V, "mov"),
    (boxes.ftyp("3gp5"), V, "3gp"),
    (boxes.ftyp("M4A "), S, "m4a"),
    (boxes.ftyp("heic", 0, "mif1", "heic"), P, "heic"),
    (boxes.ftyp("avif"), P, "avif"),
    (boxes.box("wide") + boxes.box("mdat", bytes(8)), V, "mov"),
    (boxes.box("moof", bytes(8)), V, "mp4"),
    (boxes.avi(), V, "avi"),
    (boxes.riff("WAVE", boxes.chunk("fmt ", bytes(16))), S, "wav"),
    (boxes.riff("WEBP", boxes.chunk("VP8 ", bytes(16))), P, "webp"),
    (boxes.matroska("x"), V, "mkv"),
    (boxes.matroska("x", doctype="webm").replace(b"\x42\x82\x10\x00\x00\x04", b"\x42\x82\x84"), V, "webm"),
    (boxes.transport(), V, "mpegts"),
    (b"".join(bytes(4) + boxes.packet(0x100, n, bytes(184)) for n in range(8)), V, "m2ts"),
    (b"\x00\x00\x01\xba" + bytes(20), V, "mpegps"),
    (b"IMKH" + bytes(36) + b"\x00\x00\x01\xba" + bytes(20), V, "mpegps"),
    (b"\x00\x00\x00\x01\x67\x42\x00\x1f" + bytes(20), V, "h264"),
    (b"\x00\x00\x00\x01\x09\xf0\x00\x00", V, "h264"),
    (b"\x00\x00\x00\x01\x40\x01\x0c\x01" + bytes(20), V, "hevc"),
    (b"FLV\x01\x05", V, "flv"),
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(8), V, "asf"),
    (b"DHAV" + bytes(20), V, "dav"),
    (b"GIF89a" + bytes(10), P, "gif"),
    (b"GIF89a" + bytes(10) + b"\x21\xff\x0bNETSCAPE2.0", V, "gif"),
    (boxes.jpeg(), P, "jpeg"),
    (b"\x89PNG\r\n\x1a\n" + bytes(8), P, "png"),
    (b"II*\x00" + bytes(8), P, "tiff"),
    (b"fLaC" + bytes(8), S, "flac"),
    (b"ID3\x04\x00\x00\x00\x00\x00\x05" + bytes(5) + MP3 * 3, S, "mp3"),
    (MP3 * 3, S, "mp3"),
    (ADTS * 4, S, "aac"),
    (b"OggS" + bytes(24) + b"\x01vorbis", S, "ogg"),
    (b"OggS" + bytes(24) + b"\x80theora", V, "ogg"),
    (b"#!AMR\n" + bytes(8), S, "amr"),
    (b"%PDF-1.7\n", D, "pdf"),
    (ZIP + b"\x01\x00\x00\x00\x00\x00\x00\x00x", A, "zip"),
    (b"PK\x03\x04" + bytes(22) + b"\x13\x00\x00\x00[Content_Types].xml" + b"word/document.xml", D, "docx"),
    (bytes(257) + b"ustar\x0000" + bytes(200), A, "tar"),
    (b"\x1f\x8b\x08\x00", A, "gz"),
    (b"7z\xbc\xaf\x27\x1c", A, "7z"),
    (b"SQLite format 3\x00", D, "sqlite"),
    (b"From a@b Thu Jan  1 00:00:00 2020\nFrom: a\nTo: b\n", M, "mbox"),
    (b"Received: x\nFrom: a\nTo: b\nSubject: c\n\nd", M, "eml"),
    (bytes.fromhex("d0cf11e0a1b11ae1") + "__substg1.0_".encode("utf-16-le"), M, "msg"),
    ("Обычный текст\n".encode(), D, "text"),
    ("Обычный текст в кодировке\n".encode("cp1251") * 3, D, "text"),
    (b"EVF\x09\x0d\x0a\xff\x00" + bytes(8), MediaType.DISK_IMAGE, "ewf"),
    (bytes(3) + b"NTFS    " + bytes(500), MediaType.DISK_IMAGE, "raw_disk"),
    (b"ANDROID BACKUP\n5\n", MediaType.PHONE_DUMP, "android_backup"),
    (b"ffconcat version 1.0\nfile /etc/passwd\n", D, "text"),
    (bytes(range(256)) * 4, MediaType.UNKNOWN, "unknown"),
    (b"", MediaType.UNKNOWN, "empty"),
]


@pytest.mark.parametrize(("head", "medium", "name"), CASES, ids=[f"{n}-{c[2]}" for n, c in enumerate(CASES)])
def test_each_signature_is_told_by_content(head: bytes, medium: MediaType, name: str) -> None:
    """If this fails, files of one format are examined as another or sealed as unknown."""
    kind = sniff(head, len(head))
    assert (kind.media_type, kind.format) == (medium, name)


def test_real_media_are_told_by_content(shared_media: Path) -> None:
    """If this fails, real recordings would not reach the decoder."""
    expected = {
        ".mov": {"mov"}, ".mp4": {"mp4", "3gp"}, ".mts": {"mpegts", "m2ts"}, ".TS": {"mpegts"}, ".m4v": {"mp4"},
        ".avi": {"avi"}, ".AVI": {"avi"}, ".mkv": {"mkv"}, ".3gp": {"3gp"}, ".jpg": {"jpeg"}, ".JPG": {"jpeg"},
        ".jpeg": {"jpeg"}, ".gif": {"gif"}, ".wav": {"wav"}, ".flac": {"flac"}, ".csv": {"text"},
        ".tsv": {"text"}, ".zip": {"zip"}, ".ogg": {"ogg"},
    }  # fmt: skip
    wrong = []
    for path in sorted(shared_media.rglob("*.*")):
        with path.open("rb") as file:
            kind = sniff(file.read(HEAD_BYTES), path.stat().st_size)
        if kind.format not in expected[path.suffix]:
            wrong.append((path.name, kind.format))
    assert wrong == []
