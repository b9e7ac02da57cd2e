"""`key add|remove|rotate|recover`: who can open the case."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import Answer
from witnessmark.cli.opening import case_argument, from_file, open_named_case, passphrase
from witnessmark.model.errors import KeyAccessError, UnusableInputError, UsageError


def person_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--new-passphrase-file", type=Path, metavar="FILE", help="passphrase of the new person"
    )
    parser.add_argument(
        "--rights",
        default="names,identity",
        metavar="LIST",
        help="sealed fields the person may open (names, identity)",
    )
    parser.add_argument(
        "--recipient",
        action="append",
        default=[],
        metavar="KEY",
        help="a further age or ssh-ed25519 public key that opens the vault by stock age",
    )


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("action", choices=("add", "remove", "rotate", "recover"))
    case_argument(parser)
    parser.add_argument("pseudonym", nargs="?", metavar="PSEUDONYM")
    person_options(parser)
    parser.add_argument(
        "--share",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="a recovery share (three are needed)",
    )


def run(options: argparse.Namespace) -> Answer:
    if options.action == "add":
        return add(options)
    if options.action == "recover":
        return recover(options)
    from witnessmark.case import key_keeping

    with open_named_case(options) as case:
        if options.action == "rotate":
            period = key_keeping.rotate(case)
            return Answer({"state": "rotated", "period": period}, f"vault period {period} began")
        if not options.pseudonym:
            raise UsageError("whom to remove?", "witnessmark key remove CASE PSEUDONYM")
        key_keeping.remove_person(case, options.pseudonym)
    return Answer(
        {"state": "removed", "person": options.pseudonym},
        f"{options.pseudonym} can open nothing that is sealed from now on; "
        "what they have read or copied stays known to them",
    )


def add(options: argparse.Namespace) -> Answer:
    from witnessmark.case import key_keeping

    if not options.pseudonym:
        raise UsageError("whom to add?", "witnessmark key add CASE PSEUDONYM --new-passphrase-file FILE")
    rights = [right for right in options.rights.split(",") if right]
    with open_named_case(options) as case:
        word = _new_passphrase(options)
        person = key_keeping.add_person(
            case, options.pseudonym, word, rights=rights, recipients=options.recipient
        )
    return Answer({"state": "added", "person": person}, f"{options.pseudonym} was added")


def recover(options: argparse.Namespace) -> Answer:
    from witnessmark.case import key_keeping

    if len(options.share) < 3:
        raise UsageError("three recovery shares are needed", "--share FILE --share FILE --share FILE")
    try:
        shares = [path.read_text(encoding="utf-8").strip() for path in options.share]
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInputError("a recovery share cannot be read") from error
    if not options.pseudonym:
        raise UsageError("who comes back?", "witnessmark key recover CASE PSEUDONYM --share ...")
    word = passphrase(options, "New passphrase: ", twice=True)
    with key_keeping.recover_case(options.case, shares, options.pseudonym, word) as case:
        items = len(case.catalogue.items())
    return Answer(
        {"state": "recovered", "person": options.pseudonym, "items": items},
        f"the case is back: {items} items. The old shares still work; make new ones if anyone may have seen them",
    )


def _new_passphrase(options: argparse.Namespace) -> str:
    if options.new_passphrase_file is not None:
        return from_file(options.new_passphrase_file)
    import getpass
    import sys

    if not sys.stdin.isatty():
        raise KeyAccessError("no passphrase for the new person", "use --new-passphrase-file FILE")
    word = getpass.getpass("Passphrase of the new person: ")
    if getpass.getpass("The same again: ") != word:
        raise UsageError("the two passphrases differ", "try again; nobody was added")
    return word
