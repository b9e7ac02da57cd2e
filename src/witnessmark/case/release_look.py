"""Looking at a proposed release before signing it: what would leave, and the files themselves."""

from __future__ import annotations

from pathlib import Path

from witnessmark.case.case import Case
from witnessmark.case.release_store import read_draft
from witnessmark.model.errors import UsageError
from witnessmark.model.release import Release
from witnessmark.release.bundle.contents import digest_and_size
from witnessmark.release.bundle.writing import write_folder


def files_of(case: Case, release: Release) -> dict[str, tuple[str, int]]:
    """SHA-256 (hex) and bytes of every file that the signature stands for, by path."""
    return {path: digest_and_size(content) for path, content in read_draft(case, release).files.items()}


def write_look(case: Case, release: Release, folder: Path) -> None:
    """The files, in clear, in a new folder. Raises UsageError where it cannot be made."""
    try:
        write_folder(read_draft(case, release).files, folder)
    except OSError as error:
        raise UsageError("the folder cannot be written", "name one that does not exist yet") from error
