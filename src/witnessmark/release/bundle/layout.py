"""Manifest, approvals and index of a bundle, one after the other (docs/spec/bundle.md, Order of hashes)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from witnessmark.model.approval import Approval
from witnessmark.model.errors import UsageError
from witnessmark.release.bundle import limits, single_file
from witnessmark.release.bundle.contents import Content, Contents, Part, digest_and_size
from witnessmark_verify.approvals import (
    APPROVALS_SCHEMA,
    approval_text,
    check_approvals,
    release_payload,
)
from witnessmark_verify.bundle import APPROVALS, INDEX, INDEX_SCHEMA, INDEX_SIGNATURE, PAGE, RELEASE
from witnessmark_verify.documents import write_document
from witnessmark_verify.manifest import MANIFEST, MANIFEST_SCHEMA
from witnessmark_verify.verdict import Refused

SignIndex = Callable[[bytes], bytes]
"""From the index to its signed note, by the key of the log that signs the bundle's checkpoint."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A bundle up to its manifest: what people look at and sign."""

    contents: Contents
    files: Mapping[str, Content]
    """Everything that the manifest lists."""
    manifest: bytes

    def text_to_sign(self, role: str) -> bytes:
        return approval_text(self.contents.origin, role, self.manifest)


def draft(contents: Contents) -> Draft:
    """Put together what is to be approved."""
    files: dict[str, Content] = {
        "verify.py": single_file.build(),
        "LIMITS.md": limits.text(contents),
        **contents.statement,
    }
    parts = [_part(number, part, files) for number, part in enumerate(contents.parts, 1)]
    document = {
        "schema": MANIFEST_SCHEMA,
        "files": {path: list(digest_and_size(content)) for path, content in files.items()},
        "form": str(contents.form),
        "items": [payload.hex() for payload in contents.items],
        "origin": contents.origin,
        "parts": parts,
        "release": contents.release.hex(),
    }
    return Draft(contents, files, write_document(document))


def _part(number: int, part: Part, files: dict[str, Content]) -> dict[str, Any]:
    stems: dict[str, Any] = {"frames": [], "sketches": "", "sound_opening": ""}

    def place(stem: str, opened: Mapping[str, bytes]) -> str:
        for end, data in opened.items():
            files[stem + end] = data
        return stem

    for group in (part.media, part.side_files):
        if set(group) & set(files):
            raise UsageError("two media of a bundle have the same name")
        files.update(group)
    if part.opened is not None:
        stems["frames"] = [
            place(f"frames/{number}-{count:02}", frame.files)
            for count, frame in enumerate(part.opened.frames, 1)
        ]
        if part.opened.sketches is not None:
            stems["sketches"] = place(f"proof/sketches-{number}", part.opened.sketches.files)
        if part.opened.sound is not None:
            stems["sound_opening"] = place(f"proof/sound-{number}", part.opened.sound.files)
    public = part.public
    return {
        **stems,
        "files": list(part.media),
        "height": public.height_px if public else 0,
        "item": part.item,
        "kind": part.kind,
        "length": len(public.frames) if public else 0,
        "quarter_turns": public.quarter_turns if public else 0,
        "rate": f"{public.rate.numerator}/{public.rate.denominator}" if public else "1/1",
        "sound": str(part.sound),
        "strip": public.strip_px if public else 0,
        "width": public.width_px if public else 0,
    }


def approvals_document(made: Draft, approvals: Sequence[Approval]) -> bytes:
    """``proof/approvals.json``. Refused as UsageError where people or signatures are not what a release needs."""
    document = {
        "schema": APPROVALS_SCHEMA,
        "approvals": [
            {
                "public": one.public.hex(),
                "role": one.role,
                "signature": base64.b64encode(one.signature).decode("ascii"),
            }
            for one in approvals
        ],
    }
    data = write_document(document)
    try:
        check_approvals(data, made.manifest, made.contents.origin)
    except Refused as refused:
        raise UsageError(
            f"the release is not approved: {refused}",
            "a redactor and an approver, two people, sign the manifest as it is now",
        ) from refused
    return data


def payload(made: Draft, approvals: bytes) -> bytes:
    """What enters the day tree as this release."""
    return release_payload(made.manifest, approvals)


@dataclass(frozen=True, slots=True)
class Proofs:
    """What the log says at the time of writing."""

    entries: Mapping[str, Mapping[str, bytes]]
    """By folder (``item-1``, ``release``): day-proof.json and publication.tlog-proof."""
    keys: bytes
    policy: bytes
    tokens: Mapping[str, bytes]
    """File name (``a1b2.tsr``) to answer."""

    def files(self) -> dict[str, bytes]:
        made = {"proof/publication-keys.json": self.keys, "proof/policy.txt": self.policy}
        for folder, proofs in self.entries.items():
            for name in ("day-proof.json", "publication.tlog-proof"):
                made[f"proof/{folder}/{name}"] = proofs[name]
        for name, token in self.tokens.items():
            made[f"proof/tokens/{name}"] = token
        return made


def finish(
    made: Draft,
    approvals: bytes,
    proofs: Proofs,
    sign: SignIndex,
    page: Callable[[Mapping[str, Content]], bytes],
) -> dict[str, Content]:
    """The whole bundle, first edition. ``page`` makes README.html from all that is there before it."""
    files: dict[str, Content] = {
        **made.files,
        MANIFEST: made.manifest,
        APPROVALS: approvals,
        **proofs.files(),
    }
    files[PAGE] = page(files)
    return {**files, **index_files(files, 0, b"", sign)}


def supplement(
    bundle: Mapping[str, Content],
    replaced_index: bytes,
    edition: int,
    proofs: Proofs,
    sign: SignIndex,
    page: Callable[[Mapping[str, Content]], bytes],
) -> dict[str, Content]:
    """Only the files that change: to be laid over the bundle. What the manifest fixes stays as it is."""
    kept = {p: c for p, c in bundle.items() if p not in (INDEX, INDEX_SIGNATURE, PAGE)}
    kept = {p: c for p, c in kept.items() if not p.startswith(("proof/item-", RELEASE, "proof/tokens/"))}
    added: dict[str, Content] = dict(proofs.files())
    whole = {**kept, **added}
    added[PAGE] = whole[PAGE] = page(whole)
    return {**added, **index_files(whole, edition, replaced_index, sign)}


def index_files(
    files: Mapping[str, Content], edition: int, replaced: bytes, sign: SignIndex
) -> dict[str, Content]:
    """``proof/index.json`` over all these files, and its signature."""
    entered = any(path.startswith(RELEASE) for path in files)
    document = {
        "schema": INDEX_SCHEMA,
        "edition": edition,
        "files": {path: list(digest_and_size(content)) for path, content in files.items()},
        "replaces": hashlib.sha256(replaced).hexdigest() if edition else "",
        "time": "entered" if entered else "pending",
    }
    index = write_document(document)
    return {INDEX: index, INDEX_SIGNATURE: sign(index)}
