"""Own age files and those of others: each must open with the other's tools."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from witnessmark.ground.vault import age, bech32
from witnessmark.ground.vault.reader import item_key, read_header
from witnessmark.model.errors import KeyAccessError, VaultError

SIZES = (0, 1, 65535, 65536, 65537, 131072, 5 * 1024 * 1024 + 3)

Stock = Callable[[bytes, str], subprocess.CompletedProcess[bytes]]


def seal(content: bytes, recipients: list[str]) -> tuple[bytes, age.AgeWriter]:
    out = bytearray()
    writer = age.AgeWriter(out.extend, recipients)
    writer.write(content)
    writer.close()
    return bytes(out), writer


@pytest.mark.parametrize("size", SIZES)
def test_pyrage_opens_what_we_write(size: int, identity: str, other_identity: str) -> None:
    """Lost otherwise: evidence that only this program can open."""
    content = os.urandom(size)
    sealed, _ = seal(content, [age.recipient_of(identity), age.recipient_of(other_identity)])
    for each in (identity, other_identity):
        assert content == pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(each)])


@pytest.mark.parametrize("size", SIZES)
def test_stock_age_opens_what_we_write(size: int, identity: str, stock_age: Stock) -> None:
    """Lost otherwise: the emergency procedure."""
    content = os.urandom(size)
    sealed, _ = seal(content, [age.recipient_of(age.new_identity()), age.recipient_of(identity)])
    assert content == stock_age(sealed, identity).stdout


@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_pyrage_writes(size: int, identity: str) -> None:
    """Lost otherwise: files that a partner sealed to the case."""
    content = os.urandom(size)
    recipients = [
        pyrage.x25519.Identity.generate().to_public(),
        pyrage.x25519.Recipient.from_str(age.recipient_of(identity)),
    ]
    assert content == age.decrypt(pyrage.encrypt(content, recipients), [identity])


def test_the_writer_knows_key_and_header_length(identity: str) -> None:
    """Lost otherwise: the item key, and with it the seal of every item."""
    sealed, writer = seal(b"content", [age.recipient_of(identity)])
    header = read_header(sealed)
    assert (16, writer.header_bytes) == (len(writer.file_key), header.header_bytes)
    assert writer.file_key == age.unwrap(header, [age.new_identity(), identity])
    assert len(item_key(writer.file_key)) == 32


def test_each_file_has_keys_of_its_own(identity: str) -> None:
    """Lost otherwise: one leaked file key would open two objects."""
    first, one = seal(b"same", [age.recipient_of(identity)])
    second, two = seal(b"same", [age.recipient_of(identity)])
    assert one.file_key != two.file_key and first[-20:] != second[-20:]


def test_a_foreign_key_opens_nothing(identity: str, other_identity: str) -> None:
    """Lost otherwise: confidentiality, or a helpful message about it."""
    sealed, _ = seal(b"content", [age.recipient_of(identity)])
    with pytest.raises(KeyAccessError, match="none of the keys"):
        age.decrypt(sealed, [other_identity])


def test_passphrase_files_are_readable_both_ways() -> None:
    """Lost otherwise: a person's key that only this program can open."""
    ours = age.encrypt_with_passphrase(b"key", "six words", work_factor=10)
    assert pyrage.passphrase.decrypt(ours, "six words") == b"key"
    assert age.decrypt_with_passphrase(ours, "six words") == b"key"
    with pytest.raises(KeyAccessError, match="passphrase"):
        age.decrypt_with_passphrase(ours, "six word")
    with pytest.raises(KeyAccessError, match="empty"):
        age.encrypt_with_passphrase(b"key", "")


def test_a_passphrase_file_cannot_demand_all_memory() -> None:
    """Lost otherwise: a crafted key file could stop the machine."""
    ours = age.encrypt_with_passphrase(b"key", "words", work_factor=10)
    for factor in (b"21", b"010", b"0", b"99"):
        with pytest.raises(VaultError):
            age.decrypt_with_passphrase(ours.replace(b" 10\n", b" " + factor + b"\n", 1), "words")


def test_a_passphrase_beside_other_keys_is_refused(identity: str) -> None:
    """Lost otherwise: a way in that the others named in the file do not know of (age v1 forbids it)."""
    key = os.urandom(16)
    x25519 = age.X25519Recipient.parse(age.recipient_of(identity)).wrap(key)
    scrypt = read_header(age.encrypt_with_passphrase(b"", "words", work_factor=10)).stanzas[0]
    header = read_header(age.build_header([x25519, scrypt], key))
    with pytest.raises(VaultError, match="passphrase"):
        age.unwrap(header, [identity])


def test_damaged_stanzas_are_refused_though_the_mac_fits(identity: str) -> None:
    """Lost otherwise: partitioning oracles and points of low order (C2SP test vectors for X25519)."""
    key = os.urandom(16)
    good = age.X25519Recipient.parse(age.recipient_of(identity)).wrap(key)
    bad = [
        age.Stanza("X25519", good.arguments, good.body + b"\0" * 16),
        age.Stanza("X25519", good.arguments, good.body[:-1]),
        age.Stanza("X25519", (), good.body),
        age.Stanza("X25519", (*good.arguments, "more"), good.body),
        age.Stanza("X25519", (good.arguments[0][:-2],), good.body),
        age.Stanza("X25519", ("A" * 43,), good.body),
    ]
    for stanza in bad:
        header = read_header(age.build_header([stanza], key))
        with pytest.raises(VaultError):
            age.unwrap(header, [identity])


def test_unknown_stanzas_are_passed_over(identity: str) -> None:
    """Lost otherwise: files sealed to an SSH key besides, and the grease that age allows."""
    key = os.urandom(16)
    good = age.X25519Recipient.parse(age.recipient_of(identity)).wrap(key)
    grease = age.Stanza("example-grease", ("a", "b"), os.urandom(96))
    empty = age.Stanza("other", (), b"")
    exact = age.Stanza("exact", (), os.urandom(48))
    header = read_header(age.build_header([grease, empty, exact, good], key))
    assert (grease, empty, exact, good) == header.stanzas
    assert key == age.unwrap(header, [identity])


def test_small_files_open_to_an_ssh_key_too(identity: str, tmp_path: Path) -> None:
    """Lost otherwise: a person who keeps an SSH key as a second way in."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    sealed = age.encrypt_small(b"epoch", [age.recipient_of(identity), public.decode()])
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    assert pyrage.decrypt(sealed, [pyrage.ssh.Identity.from_buffer(pem)]) == b"epoch"
    assert age.decrypt(sealed, [identity]) == b"epoch"
    with pytest.raises(KeyAccessError):
        age.encrypt_small(b"epoch", ["ssh-ed25519 nonsense"])


def test_nothing_is_sealed_to_nobody() -> None:
    """Lost otherwise: an object that nobody will ever open."""
    with pytest.raises(KeyAccessError):
        age.AgeWriter(lambda data: None, [])


def test_misspelt_keys_are_refused(identity: str) -> None:
    """Lost otherwise: sealing to a key that does not exist."""
    recipient = age.recipient_of(identity)
    wrong = recipient[:-1] + ("q" if recipient[-1] != "q" else "p")
    for text in (
        wrong,
        recipient[:-3],
        "age1" + recipient,
        identity,
        recipient.swapcase()[:9] + recipient[9:],
    ):
        with pytest.raises(KeyAccessError):
            age.X25519Recipient.parse(text)
    assert recipient == str(age.X25519Recipient.parse(f" {recipient}\n"))


def test_bech32_follows_its_standard() -> None:
    """Lost otherwise: keys that other programs cannot read. Vectors: BIP 173."""
    assert ("abcdef", bytes.fromhex("00443214c74254b635cf84653a56d7c675be77df")) == bech32.decode(
        "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"
    )
    for wrong in ("pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "a12UEL5L"):
        with pytest.raises(ValueError):
            bech32.decode(wrong)


def test_the_work_factor_keeps_opening_under_a_second() -> None:
    """Lost otherwise: people choose to leave a slow case open all day. Measured 0.54 s; 5 s allows for a
    busy machine."""
    import time

    sealed = age.encrypt_with_passphrase(b"key", "words")
    start = time.process_time()
    age.decrypt_with_passphrase(sealed, "words")
    assert time.process_time() - start < 5
