"""One tree of errors. Each carries a diagnosis for a person and a next step.

Expected trouble *in evidence* is a Finding, never one of these.
"""

from __future__ import annotations


class WitnessmarkError(Exception):
    """Something the user must know about.

    ``str(error)`` is the diagnosis (one line, no names, paths or raw digests of evidence);
    ``hint`` is what to do next; ``exit_code`` is what the command ends with.
    """

    exit_code = 2
    default_hint = "run the command again with --debug to see where it happened"

    def __init__(self, diagnosis: str, hint: str | None = None) -> None:
        super().__init__(diagnosis)
        self.hint = hint or self.default_hint


class UsageError(WitnessmarkError):
    """The command was asked for something that cannot be asked."""


class UnusableInputError(WitnessmarkError):
    """A file given by the user (not evidence) cannot be read as what it should be."""


class CaseError(WitnessmarkError):
    """The case folder is missing, broken, in use, or of another version."""


class KeyAccessError(WitnessmarkError):
    """A passphrase, key or share does not open what it should."""

    default_hint = (
        "check the passphrase; if it is lost, `witnessmark key recover` brings the case back from shares"
    )


class VaultError(WitnessmarkError):
    """A sealed object is missing, damaged, or could not be written durably."""


class LedgerError(WitnessmarkError):
    """The custody log is inconsistent, or would become so."""

    exit_code = 1


class JailError(WitnessmarkError):
    """The sandbox cannot be built, or is too weak to touch evidence."""


class TimestampError(WitnessmarkError):
    """A time-stamp answer does not belong to the request, or its chain does not hold."""

    exit_code = 1


class CheckFailedError(WitnessmarkError):
    """A check found something wrong."""

    exit_code = 1
