"""What the names alone give away: people, machines and habits, before any content is looked at.

A copied folder often carries its maker's account name, recycle bin, thumbnail databases and phone numbers.
Triage prints these to the person at the desk; receipts carry counts only. This is a list of well-known names
(Windows, macOS, Linux desktops, Android; sources beside each rule): what is not listed is not found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from witnessmark.receive.naming import shown


@dataclass(frozen=True, slots=True)
class Exposure:
    """One name that tells of someone. ``what`` is the telling part, as safely shown."""

    kind: str
    what: str


# Account folders: Windows "Known Folders" documentation, FHS 3.0 /home, macOS /Users.
_ACCOUNT = re.compile(
    "(?:^|/)(?:Users|home|Documents and Settings|Пользователи)/([^/]+)(?=/)".encode(), re.IGNORECASE
)
_NOBODY = frozenset({b"public", b"default", b"all users", b"default user", b"shared", b"lost+found"})
_DESKTOP = re.compile(
    "(?:^|/)([^/]+)/(?:Desktop|Рабочий стол|Downloads|Загрузки|My Documents|Мои документы|AppData)"
    "(?=/)".encode()
)
# [MS-DTYP] §2.4.2: a security identifier; the last part is the account on that machine or domain.
_SID = re.compile(rb"S-1-5-21(?:-\d{1,10}){3,4}")
# Luhn check digit over 15 digits (3GPP TS 23.003 §6.2.1, annex B).
_FIFTEEN = re.compile(rb"(?<!\d)(\d{15})(?!\d)")
_SERIAL = re.compile(
    rb"(?i)(?<![a-z0-9])(?:s/?n|serial|imei|udid|android[-_]?id)[-_ :=]*([a-z0-9]{8,40})(?![a-z0-9])"
)
_PHONE = re.compile(rb"(?<!\d)(\+\d{10,14})(?!\d)")
_MAC = re.compile(rb"(?i)(?<![0-9a-f])((?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2})(?![0-9a-f])")
_MAIL = re.compile(rb"(?i)([a-z0-9._%+-]{1,64}@[a-z0-9.-]{1,253}\.[a-z]{2,24})")

_EXACT_NAMES: dict[bytes, str] = {
    b"thumbs.db": "thumbnail_database",
    b"ehthumbs.db": "thumbnail_database",
    b"ehthumbs_vista.db": "thumbnail_database",
    b".thumbnails": "thumbnail_database",
    b".thumbdata3": "thumbnail_database",
    b".picasa.ini": "thumbnail_database",
    b".ds_store": "folder_view",
    b"desktop.ini": "folder_view",
    b".directory": "folder_view",
    b"system volume information": "system_traces",
    b".spotlight-v100": "system_traces",
    b".fseventsd": "system_traces",
    b"ntuser.dat": "account_registry",
    b"usrclass.dat": "account_registry",
    b"$recycle.bin": "recycle_bin",
    b"recycler": "recycle_bin",
    b".trashes": "recycle_bin",
    b".trash": "recycle_bin",
    b".bash_history": "command_history",
    b".zsh_history": "command_history",
    b"consolehost_history.txt": "command_history",
    b"index.dat": "browser_profile",
    b"places.sqlite": "browser_profile",
    b"login data": "browser_profile",
    b"telegram desktop": "messenger_folder",
    b"tdata": "messenger_folder",
    b"whatsapp": "messenger_folder",
    b"com.whatsapp": "messenger_folder",
    b"whatsapp images": "messenger_folder",
    b"whatsapp video": "messenger_folder",
    b"viber": "messenger_folder",
    b"viberdownloads": "messenger_folder",
    b"signal": "messenger_folder",
    b"skype": "messenger_folder",
    b"org.telegram.messenger": "messenger_folder",
    b".mozilla": "browser_profile",
    b"firefox": "browser_profile",
    b"google-chrome": "browser_profile",
    b"yandexbrowser": "browser_profile",
    b".ssh": "keys_folder",
    b".gnupg": "keys_folder",
}
_NAME_PATTERNS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"(?i)^thumbcache_[0-9a-z]+\.db$"), "thumbnail_database"),
    (re.compile(rb"(?i)^\.thumbdata\d"), "thumbnail_database"),
    (re.compile(rb"(?i)^\.trash-\d+$"), "recycle_bin"),
    (re.compile(rb"^\._."), "folder_view"),
    (re.compile(rb"^~\$."), "open_document_owner"),
    (re.compile(rb"(?i)^\$I[0-9A-Z]{6}(\.|$)"), "recycle_bin"),
)


class Exposures:
    """Collects over many paths; each telling name is kept once per kind, with how often it was met."""

    KEPT_PER_KIND = 200
    """Distinct names kept to be shown; the count goes on beyond."""

    def __init__(self) -> None:
        self._met: dict[str, Counter[str]] = {}
        self._counts: Counter[str] = Counter()

    def take(self, path: bytes) -> None:
        for one in exposures_of(path):
            self._counts[one.kind] += 1
            met = self._met.setdefault(one.kind, Counter())
            if one.what in met or len(met) < self.KEPT_PER_KIND:
                met[one.what] += 1

    def counts(self) -> dict[str, int]:
        """How many paths each kind was met in: what a receipt may carry."""
        return dict(sorted(self._counts.items()))

    def shown(self) -> list[dict[str, Any]]:
        """With names: for the person at the desk, never for anything that leaves."""
        return [
            {"kind": kind, "what": what, "count": count}
            for kind in sorted(self._met)
            for what, count in sorted(self._met[kind].items(), key=lambda pair: (-pair[1], pair[0]))
        ]


def exposures_of(path: bytes) -> tuple[Exposure, ...]:
    """What one path gives away, each kind and name at most once, in a fixed order."""
    found: dict[Exposure, None] = {}

    def add(kind: str, what: bytes) -> None:
        found[Exposure(kind, shown(what))] = None

    flat = re.sub(rb"[\\:]+", b"/", path)
    for match in _ACCOUNT.finditer(flat):
        if match[1].lower() not in _NOBODY:
            add("account_name", match[1])
    for match in _DESKTOP.finditer(flat):
        if match[1].lower() not in _NOBODY:
            add("account_name", match[1])
    for part in flat.split(b"/"):
        kind = _EXACT_NAMES.get(part.lower())
        if kind is not None:
            add(kind, part)
        for pattern, pattern_kind in _NAME_PATTERNS:
            if pattern.search(part):
                add(pattern_kind, part)
    for sid in _SID.findall(path):
        add("account_sid", sid)
    for digits in _FIFTEEN.findall(path):
        if _is_imei(digits):
            add("device_id", digits)
    for pattern, kind in ((_SERIAL, "device_id"), (_MAC, "device_id"), (_PHONE, "phone_number")):
        for value in pattern.findall(path):
            add(kind, value)
    for value in _MAIL.findall(path):
        add("mail_address", value)
    return tuple(found)


def counts_of(paths: Iterable[bytes]) -> dict[str, int]:
    """Counts over many paths at once."""
    gathered = Exposures()
    for path in paths:
        gathered.take(path)
    return gathered.counts()


def _is_imei(digits: bytes) -> bool:
    """Luhn sum divisible by ten, and not one digit repeated."""
    if len(set(digits)) == 1:
        return False
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = character - 48
        if place % 2:
            value = value * 2 - 9 * (value > 4)
        total += value
    return total % 10 == 0
