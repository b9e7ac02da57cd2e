"""What the key files of a case should be, byte for byte, for the log to commit to.

The key book says who is in the case; it does not show that the file of a colleague, or of an earlier vault period, has
rotted on the disk. That would be found out when it is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from witnessmark.ground.vault.keys import keys_folder
from witnessmark.model.custody import Problem


def key_file_digests(case_dir: Path) -> dict[str, str]:
    """Path below ``keys/``: SHA-256 of the (encrypted) content, in hex. Drafts of an interrupted write are left out."""
    folder = keys_folder(case_dir)
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


def check_key_files(case_dir: Path, logged: Mapping[str, str]) -> list[Problem]:
    """One problem for each file that is not as it was logged."""
    found = key_file_digests(case_dir)
    problems = []
    for name in sorted(logged.keys() | found.keys()):
        where = f"keys/{name}"
        if name not in found:
            problems.append(Problem(where, "the key file is missing"))
        elif name not in logged:
            problems.append(Problem(where, "the log does not know this file"))
        elif found[name] != logged[name]:
            problems.append(Problem(where, "the key file was changed after it was logged"))
    return problems
