"""What stands openly in a case folder, and where the rest lies. Nothing here names anybody or any footage.

CASE/case.json        this file: schema, random id, which database, demonstration or not
CASE/keys/            docs/spec/keys.md
CASE/objects/         docs/spec/object.md
CASE/catalogue.db     SQLCipher database (embedded default)
CASE/database.age     address of the PostgreSQL database, sealed, where that is used
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from witnessmark.ground.vault import durable
from witnessmark.model.errors import CaseError

SCHEMA = "witnessmark/case/1"
FILE = "case.json"
CATALOGUE = "catalogue.db"
DATABASE = "database.age"
OBJECTS = "objects"
RECEIPTS = "receipts"
EMBEDDED, POSTGRESQL = "embedded", "postgresql"


@dataclass(frozen=True, slots=True)
class CaseSettings:
    case_id: str
    database: str = EMBEDDED
    seal_every_frame: bool = False
    demonstration: bool = False
    """Signed with the published demonstration key: everything made from it says NOT EVIDENCE."""

    def content(self) -> bytes:
        """The bytes of ``case.json``; the log commits to their digest."""
        document = {
            "schema": SCHEMA,
            "case_id": self.case_id,
            "database": self.database,
            "seal": "all" if self.seal_every_frame else "sampled",
            "demonstration": self.demonstration,
        }
        return (json.dumps(document, indent=1) + "\n").encode("ascii")

    def write(self, folder: Path) -> None:
        with durable.writing("the case's settings"):
            durable.replace(folder / FILE, self.content())

    @classmethod
    def read(cls, folder: Path) -> CaseSettings:
        """Raises CaseError where the folder is no case, or one of another version."""
        try:
            document = json.loads((folder / FILE).read_bytes())
            if document["schema"] != SCHEMA:
                raise CaseError(
                    "this case was made by another version of witnessmark", "open it with that version"
                )
            return cls(
                case_id=str(document["case_id"]),
                database=str(document["database"]),
                seal_every_frame=document["seal"] == "all",
                demonstration=bool(document["demonstration"]),
            )
        except FileNotFoundError as error:
            raise CaseError(
                "there is no case in this folder",
                "name the folder of a case, or make one: witnessmark new CASE",
            ) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CaseError(
                "the case's settings cannot be read", "restore case.json from a backup of the case folder"
            ) from error


def place_of(folder: Path) -> str:
    """Which copy of a case this is: file system and inode of its keys folder.

    It stays the same when the folder is moved within a file system or the disk is mounted elsewhere, and
    differs in every copy. Two writers under one key would fork the log, so a copy opens read-only until
    `adopt`.
    """
    keys = folder / "keys"
    return f"{os.statvfs(keys).f_fsid:x}:{keys.stat().st_ino:x}"
