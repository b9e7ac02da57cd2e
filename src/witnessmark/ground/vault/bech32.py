"""Bech32 as age writes its keys: no length limit, one spelling per value.

Source: BIP 173 ("Bech32"); age v1, "The X25519 recipient type".
"""

from __future__ import annotations

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_DIGITS = 6


def encode(prefix: str, data: bytes) -> str:
    """``prefix``, the separator ``1``, the data in 5-bit digits and a checksum, in lower case."""
    bits = int.from_bytes(data, "big") << (-len(data) * 8 % 5)
    count = -(-len(data) * 8 // 5)
    digits = [bits >> 5 * (count - 1 - i) & 31 for i in range(count)]
    check = _polymod([*_expanded(prefix), *digits, *[0] * _CHECKSUM_DIGITS]) ^ 1
    digits += [check >> 5 * (_CHECKSUM_DIGITS - 1 - i) & 31 for i in range(_CHECKSUM_DIGITS)]
    return prefix + "1" + "".join(_ALPHABET[digit] for digit in digits)


def decode(text: str) -> tuple[str, bytes]:
    """The prefix (lower case) and the data. Raises ValueError on mixed case, a bad digit, checksum or
    padding."""
    if text.lower() != text and text.upper() != text:
        raise ValueError("mixed case")
    prefix, separator, rest = text.lower().rpartition("1")
    if not separator or not prefix or len(rest) < _CHECKSUM_DIGITS:
        raise ValueError("no separator")
    digits = [_ALPHABET.index(character) for character in rest]
    if _polymod([*_expanded(prefix), *digits]) != 1:
        raise ValueError("wrong checksum")
    digits = digits[:-_CHECKSUM_DIGITS]
    bits = 0
    for digit in digits:
        bits = bits << 5 | digit
    length, padding = divmod(len(digits) * 5, 8)
    if padding > 4 or bits & ((1 << padding) - 1):
        raise ValueError("wrong padding")
    return prefix, (bits >> padding).to_bytes(length, "big")


def _expanded(prefix: str) -> list[int]:
    return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATOR):
            if top >> i & 1:
                check ^= generator
    return check
