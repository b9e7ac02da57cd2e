"""Parse the command line, load the one verb, show its answer, turn errors into two lines."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from witnessmark.cli.verbs import ROOMS, VERBS, Verb, find

INTRODUCTION = "witnessmark - from a disk of leaked footage to a case that stands up"


class Parser(argparse.ArgumentParser):
    """argparse with the house's two lines instead of its usage dump."""

    def error(self, message: str) -> NoReturn:
        complain(message[:1].lower() + message[1:], f"see `{self.prog} --help`")
        sys.exit(2)


def complain(what: str, hint: str) -> None:
    one_line = " ".join(what.split())
    sys.stderr.write(f"error: {one_line}\nhint: {' '.join(hint.split())}\n")


def help_text() -> str:
    lines = [INTRODUCTION, "", "usage: witnessmark VERB ... [--json] [--debug]", ""]
    width = max(len(verb.name) for verb in VERBS)
    for room in ROOMS:
        lines.append(f"{room}:")
        lines += [f"  {v.name:<{width}}  {v.summary}" for v in VERBS if v.room == room]
    lines += [
        "",
        "`witnessmark VERB --help` explains a verb. The passphrase comes from WITNESSMARK_PASSPHRASE,",
        "--passphrase-file or a prompt. Exit codes: 0 done, 1 a check found something wrong,",
        "2 wrong usage or input, 3 done in part, 130 interrupted. Nothing here opens a network",
        "connection, save `stamp --online` and a PostgreSQL case that you set up.",
    ]
    return "\n".join(lines)


def parser_for(verb: Verb) -> Parser:
    module = importlib.import_module(f"witnessmark.cli.verb.{verb.module}")
    parser = Parser(prog=f"witnessmark {verb.name}", description=verb.summary, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--debug", action="store_true", help="show where an error happened")
    module.arguments(parser, verb.name)
    parser.set_defaults(run=module.run, verb=verb.name)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry of the ``witnessmark`` command; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help", "help"):
        print(help_text())
        return 0
    if words[0] in ("--version", "-V"):
        from importlib.metadata import version

        print(f"witnessmark {version('witnessmark')}")
        return 0
    verb = find(words[0])
    if verb is None:
        complain(f"unknown verb {words[0]!r}", "see `witnessmark --help` for the verbs there are")
        return 2
    options = parser_for(verb).parse_args(words[1:])
    return _run(verb, options)


def _run(verb: Verb, options: argparse.Namespace) -> int:
    from witnessmark.cli.answer import INTERRUPTED, show
    from witnessmark.model.errors import WitnessmarkError

    try:
        return show(verb.name, options.run(options), as_json=options.json)
    except WitnessmarkError as error:
        if options.debug:
            raise
        complain(str(error), error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        complain("interrupted", "what was finished is kept; the same command goes on from here")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # the last boundary: a fault of ours must not show a traceback to the user
        if options.debug:
            raise
        complain(
            f"a fault in witnessmark itself ({type(error).__name__})",
            "run the same command with --debug and send its output, without names, to the project",
        )
        return 2
