"""The offline recovery identity: split among five holders, any three of whom bring a case back.

SLIP-39 (https://github.com/satoshilabs/slips/blob/master/slip-0039.md), by ``shamir-mnemonic``: one group, 3
of 5, empty passphrase, so that any SLIP-39 program combines the shares. The secret is the 32-byte X25519 key
itself. ``rescue`` holds what is done with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics

from witnessmark.ground.vault import age
from witnessmark.model.errors import KeyAccessError

THRESHOLD = 3
HOLDERS = 5
_ITERATION_EXPONENT = 1
"""SLIP-39's stretching of its passphrase, which is empty here: the smallest value that all programs default
to."""


@dataclass(frozen=True, slots=True, repr=False)
class RecoveryShares:
    """Shown once, to be written down and given away. Stored nowhere by the program."""

    recipient: str
    shares: tuple[str, ...]
    """Word lists, one for each holder; empty where the identity was made on another machine."""
    threshold: int = THRESHOLD


def make_recovery() -> RecoveryShares:
    """Makes a recovery identity and splits it at once. Meant for a machine without network."""
    return split(age.new_identity())


def split(identity: str) -> RecoveryShares:
    shares = split_secret(age.secret_of(identity), THRESHOLD, HOLDERS, _ITERATION_EXPONENT)
    return RecoveryShares(age.recipient_of(identity), shares)


def combine(shares: Sequence[str]) -> str:
    """The recovery identity from at least three shares. Raises KeyAccessError with what is wrong with
    them."""
    return age.identity_of(combine_secret(shares))


def split_secret(secret: bytes, threshold: int, holders: int, iteration_exponent: int) -> tuple[str, ...]:
    """``holders`` word lists, ``threshold`` of which give a 32-byte secret back; fewer say nothing about
    it."""
    (group,) = generate_mnemonics(
        1, [(threshold, holders)], secret, extendable=True, iteration_exponent=iteration_exponent
    )
    return tuple(group)


def combine_secret(shares: Sequence[str]) -> bytes:
    """The 32-byte secret. More shares than needed are welcome. Raises KeyAccessError and says which card is
    wrong."""
    read: dict[str, Share] = {}
    for number, text in enumerate(shares, 1):
        words = " ".join(re.findall(r"[a-z]+", text.lower()))
        try:
            share = Share.from_mnemonic(words)
        except MnemonicError:
            # the library's own words would repeat part of the share, and could end up in a log
            raise KeyAccessError(
                f"share {number} is misspelt or incomplete", "compare every word with the card"
            ) from None
        read[share.mnemonic()] = share
    chosen = list(read)
    wanted = next(iter(read.values())).member_threshold if read else THRESHOLD
    if len(chosen) < wanted:
        raise KeyAccessError(
            f"{len(chosen)} different shares were given, {wanted} are needed", "ask further holders"
        )
    try:
        secret = combine_mnemonics(chosen[:wanted])
    except MnemonicError:
        raise KeyAccessError(
            "the shares do not belong together",
            "cards of two sets were mixed: look for those made on the same day",
        ) from None
    if len(secret) != age.SECRET_BYTES:
        raise KeyAccessError("these shares hold a secret of another kind", "they do not belong to a case")
    return bytes(secret)
