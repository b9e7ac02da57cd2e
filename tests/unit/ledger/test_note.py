"""Notes, keys and signatures as C2SP and RFC 8032 write them: else nobody else's tools can check ours."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

import witnessmark_verify
from witnessmark_verify import ed25519
from witnessmark_verify.note import Checkpoint, Note, NoteError, VerifierKey

# c2sp.org/signed-note, section "Example"
SIGNED_NOTE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SIGNED_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu"
    "72IneyaQM=\n"
).encode()
# RFC 8032 section 7.1, tests 1, 2, 3 and SHA(abc): public key, message, signature
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0"
        "595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eae"
        "b4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9"
        "716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423"
        "643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c"
        "138ac17ad9bef1177331a704",
    ),
]
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_rfc_8032_vectors(public: str, message: str, signature: str) -> None:
    """A stranger without any package could not check a single signature."""
    key, data, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert ed25519.verify(key, data, signed)
    assert not ed25519.verify(key, data + b"x", signed)


def test_agrees_with_cryptography_on_good_and_damaged_signatures() -> None:
    """Two verifiers that disagree would let a dispute be staged."""
    for number in range(12):
        private = Ed25519PrivateKey.generate()
        public, message = private.public_key().public_bytes_raw(), os.urandom(number)
        signature = bytearray(private.sign(message))
        if number % 3:
            signature[os.urandom(1)[0] % 64] ^= 1 << (number % 8)
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(bytes(signature), message)
            expected = True
        except InvalidSignature:
            expected = False
        assert expected == ed25519.verify(public, message, bytes(signature))


def test_malleated_signature_is_refused() -> None:
    """S + L would be a second signature over the same text."""
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    signature = private.sign(b"text")
    s = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    forged = signature[:32] + s.to_bytes(32, "little")
    assert not ed25519.verify(private.public_key().public_bytes_raw(), b"text", forged)


def test_signed_note_vector() -> None:
    """Our checkpoints would be unreadable to the C2SP world."""
    key = VerifierKey.parse(SIGNED_NOTE_KEY)
    note = Note.parse(SIGNED_NOTE)
    assert key.text == SIGNED_NOTE_KEY
    assert note.data == SIGNED_NOTE
    assert note.is_signed_by(key)
    assert not Note(note.text + "\n", note.signatures).is_signed_by(key)


@pytest.mark.parametrize("position", range(len(SIGNED_NOTE)))
def test_no_changed_byte_passes(position: int) -> None:
    """A second spelling of the same note would slip past comparisons."""
    changed = bytearray(SIGNED_NOTE)
    changed[position] ^= 1
    try:
        note = Note.parse(bytes(changed))
    except NoteError:
        return
    assert not note.is_signed_by(VerifierKey.parse(SIGNED_NOTE_KEY))


@pytest.mark.parametrize(
    "text",
    [
        "a\n01\nAAAA\n",
        "a\n1\n",
        "a\n1\n" + "A" * 43 + "=\nextra\n",
        "\n0\n" + "A" * 43 + "=\n",
        "a\n-1\nAA==\n",
    ],
)
def test_malformed_checkpoints(text: str) -> None:
    """A size with two spellings would have two hashes."""
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "text", ["a+b", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", SIGNED_NOTE_KEY[:-4]]
)
def test_malformed_keys(text: str) -> None:
    """A key whose id does not match would verify nothing, silently."""
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


def test_verifier_is_python_3_9_and_imports_only_the_standard_library() -> None:
    """The stranger has an old machine and none of our packages."""
    import sys

    folder = Path(witnessmark_verify.__file__).parent
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text(), feature_version=(3, 9))
        at_top = set(map(id, tree.body))
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                if top == "cryptography" and path.name == "tokens.py" and id(node) not in at_top:
                    continue  # asked for where it is installed; `token signature not checked here` where not
                assert top == "witnessmark_verify" or top in sys.stdlib_module_names, (path.name, name)
