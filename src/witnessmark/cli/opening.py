"""How verbs get at a case: the folder, the passphrase, the person."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from witnessmark.model.errors import KeyAccessError, UsageError

if TYPE_CHECKING:
    from witnessmark.case.case import Case

VARIABLE = "WITNESSMARK_PASSPHRASE"
LONGEST_PASSPHRASE_BYTES = 4096


def case_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", type=Path, metavar="CASE", help="folder of the case")
    person_arguments(parser)


def person_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="first line is the passphrase")
    parser.add_argument(
        "--person", metavar="PSEUDONYM", help="who is at work (default: whom the passphrase fits)"
    )


def passphrase(options: argparse.Namespace, prompt: str = "Passphrase: ", *, twice: bool = False) -> str:
    """From the file named, the environment, or a prompt on a terminal; never from an argument."""
    if options.passphrase_file is not None:
        return from_file(options.passphrase_file)
    given = os.environ.get(VARIABLE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise KeyAccessError(
            "no passphrase was given", f"set {VARIABLE}, or use --passphrase-file, or run it in a terminal"
        )
    word = getpass.getpass(prompt)
    if twice and getpass.getpass("The same again: ") != word:
        raise UsageError("the two passphrases differ", "try again; nothing was made")
    return _not_empty(word)


def from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            first = file.read(LONGEST_PASSPHRASE_BYTES).split(b"\n", 1)[0]
        return _not_empty(first.decode("utf-8").rstrip("\r"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "the passphrase file cannot be read", "its first line must be the passphrase"
        ) from error


def _not_empty(word: str) -> str:
    if not word:
        raise UsageError("the passphrase is empty", "choose one of several words")
    return word


def open_named_case(options: argparse.Namespace) -> Case:
    """The case that the command line names, opened."""
    from witnessmark.case.settings import CaseSettings
    from witnessmark.case.wiring import open_case

    CaseSettings.read(options.case)  # a wrong folder is told before a passphrase is asked for
    return open_case(options.case, passphrase(options), options.person)
