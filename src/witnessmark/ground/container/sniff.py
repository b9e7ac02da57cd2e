"""What a file is, from its first 64 KiB and never from its name.

A ``.mp4`` that is an MPEG program stream, a text that calls itself a video and a video without any name
are all decided here, before anything is decoded. Sources: the signature sections of the formats
themselves (ISO/IEC 14496-12 §4.3, 13818-1 §2.4.3, Matroska RFC 9559 §5.1.2, RIFF MCI 1.0, RFC 3533,
RFC 9639, JFIF/EXIF 2.32, PNG §5.2, GIF89a, TIFF 6.0, APPNOTE 6.3, [MS-CFB] §2.2, SQLite file format §1.3,
libewf EWF specification, Garfinkel AFF).
Limits: a signature says what a file claims to be; whether it keeps the claim is the parsers' matter.
"""

from __future__ import annotations

import re

from witnessmark.ground.container import sniff_streams
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType

HEAD_BYTES = 64 * 1024
"""How much of a file the caller should hand to ``sniff``: ISO 9660 needs 32 774 bytes, the rest less."""

_V, _S, _P = MediaType.VIDEO, MediaType.SOUND, MediaType.PICTURE
_D, _M, _A = MediaType.DOCUMENT, MediaType.MAIL, MediaType.ARCHIVE
_PHONE, _DISK = MediaType.PHONE_DUMP, MediaType.DISK_IMAGE

UNKNOWN = Kind(MediaType.UNKNOWN, "unknown")
EMPTY = Kind(MediaType.UNKNOWN, "empty")

# (offset, signature, kind), first match wins; containers with sub-kinds are handled before this table.
_SIGNATURES: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"FLV\x01", Kind(_V, "flv")),
    (0, bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), Kind(_V, "asf")),
    (0, b"DHAV", Kind(_V, "dav")),
    (0, b"DAHUA", Kind(_V, "dav")),
    (0, b"\xff\xd8\xff", Kind(_P, "jpeg")),
    (0, b"\x89PNG\r\n\x1a\n", Kind(_P, "png")),
    (0, b"II*\x00", Kind(_P, "tiff")),
    (0, b"MM\x00*", Kind(_P, "tiff")),
    (0, b"\xff\x0a", Kind(_P, "jxl")),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", Kind(_P, "jxl")),
    (0, b"8BPS", Kind(_P, "psd")),
    (0, b"fLaC", Kind(_S, "flac")),
    (0, b"#!AMR", Kind(_S, "amr")),
    (0, b"caff\x00", Kind(_S, "caf")),
    (0, b"MThd", Kind(_S, "midi")),
    (0, b"%PDF-", Kind(_D, "pdf")),
    (0, b"{\\rtf", Kind(_D, "rtf")),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", Kind(_D, "lnk")),
    (0, b"SQLite format 3\x00", Kind(_D, "sqlite")),
    (0, b"!BDN", Kind(_M, "pst")),
    (0, b"ANDROID BACKUP\n", Kind(_PHONE, "android_backup")),
    (0, b"EVF\x09\x0d\x0a\xff\x00", Kind(_DISK, "ewf")),
    (0, b"EVF2\x0d\x0a\x81\x00", Kind(_DISK, "ewf")),
    (0, b"LVF\x09\x0d\x0a\xff\x00", Kind(_DISK, "ewf")),
    (0, b"LEF2\x0d\x0a\x81\x00", Kind(_DISK, "ewf")),
    (0, b"ADSEGMENTEDFILE", Kind(_DISK, "ad1")),
    (0, b"AFF10\x0d\x0a\x00", Kind(_DISK, "aff")),
    (0, b"KDMV", Kind(_DISK, "vmdk")),
    (0, b"# Disk DescriptorFile", Kind(_DISK, "vmdk")),
    (0, b"QFI\xfb", Kind(_DISK, "qcow2")),
    (0, b"conectix", Kind(_DISK, "vhd")),
    (0, b"vhdxfile", Kind(_DISK, "vhdx")),
    (64, b"\x7f\x10\xda\xbe", Kind(_DISK, "vdi")),
    (0, b"7z\xbc\xaf\x27\x1c", Kind(_A, "7z")),
    (0, b"Rar!\x1a\x07", Kind(_A, "rar")),
    (0, b"\x1f\x8b\x08", Kind(_A, "gz")),
    (0, b"BZh", Kind(_A, "bz2")),
    (0, b"\xfd7zXZ\x00", Kind(_A, "xz")),
    (0, b"\x28\xb5\x2f\xfd", Kind(_A, "zst")),
    (0, b"\x04\x22\x4d\x18", Kind(_A, "lz4")),
    (0, b"MSCF\x00\x00\x00\x00", Kind(_A, "cab")),
    (257, b"ustar", Kind(_A, "tar")),
    (32769, b"CD001", Kind(_DISK, "iso9660")),
    (512, b"EFI PART", Kind(_DISK, "raw_disk")),
    (3, b"NTFS    ", Kind(_DISK, "raw_disk")),
    (3, b"EXFAT   ", Kind(_DISK, "raw_disk")),
    (82, b"FAT32   ", Kind(_DISK, "raw_disk")),
    (0, b"\x7fELF", Kind(MediaType.UNKNOWN, "elf")),
    (0, b"MZ", Kind(MediaType.UNKNOWN, "exe")),
)

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"miaf"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_SOUND_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P "})
_FIRST_BOXES = frozenset(
    {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid", b"styp", b"moof", b"sidx"}
)
"""Top-level boxes a file may begin with when it has no ``ftyp`` (QuickTime File Format; ISO 14496-12)."""


def sniff(head: bytes, size_bytes: int) -> Kind:
    """The kind of a file of ``size_bytes`` from its first bytes (up to ``HEAD_BYTES``). Never raises."""
    if size_bytes == 0 or not head:
        return EMPTY
    for look in (_iso, _riff, _ebml, _ogg, _gif, _zip, _ole):
        found = look(head)
        if found is not None:
            return found
    for offset, signature, kind in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return kind
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Kind(_S, "aiff")
    for look in (sniff_streams.elementary, sniff_streams.transport, sniff_streams.sound, _disk, _text):
        found = look(head)
        if found is not None:
            return found
    return UNKNOWN


def _iso(head: bytes) -> Kind | None:
    name = head[4:8]
    if name == b"ftyp":
        major = head[8:12]
        brands = {major} | {head[at : at + 4] for at in range(16, min(_u32(head, 0), 256, len(head) - 3), 4)}
        if major in _AVIF_BRANDS:
            return Kind(_P, "avif")
        if major in _HEIF_BRANDS:
            return Kind(_P, "avif" if brands & _AVIF_BRANDS and not brands & {b"heic", b"heix"} else "heic")
        if major == b"crx ":
            return Kind(_P, "cr3")
        if major in _SOUND_BRANDS:
            return Kind(_S, "m4a")
        if major == b"qt  ":
            return Kind(_V, "mov")
        if major[:3] in (b"3gp", b"3g2", b"3gr", b"3gs", b"3ge", b"3gg"):
            return Kind(_V, "3gp")
        return Kind(_V, "mp4")
    size = _u32(head, 0)
    if name in _FIRST_BOXES and (size in (0, 1) or size >= 8):
        return Kind(_V, "mp4" if name in (b"styp", b"moof", b"sidx") else "mov")
    return None


def _riff(head: bytes) -> Kind | None:
    if head[:4] not in (b"RIFF", b"RIFX", b"RF64", b"BW64"):
        return None
    form = head[8:12]
    if form in (b"AVI ", b"AVIX"):
        return Kind(_V, "avi")
    if form == b"WAVE":
        return Kind(_S, "wav")
    if form == b"WEBP":
        return Kind(_P, "webp")
    return None


def _ebml(head: bytes) -> Kind | None:
    if head[:4] != b"\x1a\x45\xdf\xa3":
        return None
    # RFC 8794 §11.2.6: the DocType element (0x4282) tells WebM from Matroska.
    return Kind(_V, "webm" if b"\x42\x82\x84webm" in head[:128] else "mkv")


def _ogg(head: bytes) -> Kind | None:
    if head[:4] != b"OggS":
        return None
    moving = any(mark in head[:8192] for mark in (b"\x80theora", b"BBCD\x00", b"OVP80"))
    return Kind(_V if moving else _S, "ogg")


def _gif(head: bytes) -> Kind | None:
    if head[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    # GIF89a §23 and the Netscape looping extension: a looped or twice-controlled GIF moves.
    moving = b"NETSCAPE2.0" in head or b"ANIMEXTS1.0" in head or head.count(b"\x21\xf9\x04") > 1
    return Kind(_V if moving else _P, "gif")


def _zip(head: bytes) -> Kind | None:
    if head[:4] not in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return None
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if first == b"mimetype":
        body = head[38:120]
        if b"epub" in body:
            return Kind(_D, "epub")
        if b"opendocument" in body:
            return Kind(_D, "odf")
    if first in (b"[Content_Types].xml", b"_rels/.rels") or first.startswith(b"docProps/"):
        for part, name in ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx")):
            if part in head:
                return Kind(_D, name)
        return Kind(_D, "ooxml")
    if b"AndroidManifest.xml" in head:
        return Kind(_A, "apk")
    # Cellebrite UFDR and UFED logical extractions are zip files with these members.
    if b"report.xml" in head and b"DbData" in head:
        return Kind(_PHONE, "ufdr")
    if b"EXTRACTION_FFS" in head or b"Manifest.plist" in head or b"Manifest.db" in head:
        return Kind(_PHONE, "phone_zip")
    return Kind(_A, "zip")


def _ole(head: bytes) -> Kind | None:
    if head[:8] != bytes.fromhex("d0cf11e0a1b11ae1"):
        return None
    if "__substg1.0_".encode("utf-16-le") in head or "__nameid_version1.0".encode("utf-16-le") in head:
        return Kind(_M, "msg")
    for stream, name in (("WordDocument", "doc"), ("Workbook", "xls"), ("PowerPoint Document", "ppt")):
        if stream.encode("utf-16-le") in head:
            return Kind(_D, name)
    return Kind(_D, "ole")


def _disk(head: bytes) -> Kind | None:
    """A raw image: an ext superblock (magic at 1080) or a boot record whose partition entries are sane."""
    if head[1080:1082] == b"\x53\xef" and int.from_bytes(head[1024:1028], "little") > 0:
        return Kind(_DISK, "raw_disk")
    if len(head) >= 512 and head[510:512] == b"\x55\xaa":
        entries = [head[446 + 16 * n : 462 + 16 * n] for n in range(4)]
        if all(entry[0] in (0x00, 0x80) for entry in entries) and any(entry[4] for entry in entries):
            return Kind(_DISK, "raw_disk")
    return None


_MAIL_FIELDS = re.compile(
    rb"^(received|return-path|message-id|mime-version|delivered-to|x-[a-z0-9-]+|from|to|subject|date"
    rb"|reply-to|dkim-signature|content-type)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)


_NO_CONTROLS = bytes(
    byte for byte in range(256) if 9 <= byte <= 13 or byte == 27 or (byte >= 32 and byte != 127)
)
"""What a text may hold: all but the control characters other than white space and escape."""


def _text(head: bytes) -> Kind | None:
    if head[:5] == b"From " and b"\n" in head[:300] and _MAIL_FIELDS.search(head[:4096]):
        return Kind(_M, "mbox")
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    opening = first[:512].lower()
    if opening.startswith((b"<!doctype html", b"<html")):
        return Kind(_D, "html")
    if opening.startswith(b"<?xml"):
        return Kind(_D, "svg" if b"<svg" in opening else "xml")
    if _MAIL_FIELDS.match(first[:200]):
        fields = {found.lower() for found in _MAIL_FIELDS.findall(first[:8192])}
        if len(fields) >= 3 and fields & {b"from", b"received", b"message-id"}:
            return Kind(_M, "eml")
    if opening.startswith(b"begin:vcard"):
        return Kind(_D, "vcard")
    if opening.startswith(b"begin:vcalendar"):
        return Kind(_D, "ics")
    if opening.startswith(b"webvtt"):
        return Kind(_D, "vtt")
    return Kind(_D, "text") if _looks_like_text(head) else None


def _looks_like_text(head: bytes) -> bool:
    """UTF-8, UTF-16 with a mark, or an eight-bit text (Cyrillic code pages among them) without controls."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return head[: len(head) & ~1].decode("utf-16").isprintable() or b"\n" in head
        except UnicodeDecodeError:
            return False
    sample = head[:8192]
    if sample.translate(None, _NO_CONTROLS):
        return False
    try:
        sample[: len(sample) - 3 if len(sample) == 8192 else None].decode("utf-8")
    except UnicodeDecodeError:
        # Eight-bit code pages: letters, but line ends and spaces as any prose has them.
        return (len(sample) - len(sample.translate(None, b" \r\n\t"))) * 40 > len(sample)
    return True


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")
