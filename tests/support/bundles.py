"""Makes public bundles of small generated clips, with keys and a log of their own, for tests of what strangers check.

Nothing runs in the jail here (tests/unit/attempt does that): the clip is made by us.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from tests.unit.ledger.world import SECRETS, World
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.ledger import LedgerSecrets, SeedSigner, sshsig
from witnessmark.ground.media import run_reel
from witnessmark.ground.media.workshop import Recipe as MovieRecipe
from witnessmark.ground.media.workshop import write_movie
from witnessmark.model.approval import Approval
from witnessmark.model.commitment import file_commitment
from witnessmark.model.consumer import Consumer, SealRecord
from witnessmark.model.custody import CustodyEvent, DayEntry
from witnessmark.model.redaction import (
    Box,
    Form,
    Hidden,
    KeyBox,
    Masks,
    PublicFrame,
    PublicMap,
    Sound,
    Track,
    TrackState,
)
from witnessmark.release.bundle import layout, page
from witnessmark.release.bundle.contents import Content, Contents, Part, digest_and_size
from witnessmark.release.opening.opener import SealOpener
from witnessmark.release.opening.plan import plan_opening, read_index
from witnessmark.release.opening.proofs import ItemTree, OpenedItem, Piece, open_item
from witnessmark.release.report.statement import Statement, Words, statement_json
from witnessmark.release.seal.commit import SealCommitter
from witnessmark_verify.approvals import APPROVAL_NAMESPACE
from witnessmark_verify.documents import write_document
from witnessmark_verify.note import COSIGNATURE_V1, Signature, VerifierKey, cosigned_message

ITEM_KEY = bytes(range(32))
SALT = b"s" * 32
RATE = Fraction(25)
WIDTH, HEIGHT, LENGTH = 256, 192, 50
STRIP_PX = 32
REDACTOR, APPROVER = b"r" * 32, b"q" * 32
WITNESS = b"w" * 32
MASKS = Masks(
    0,
    WIDTH,
    HEIGHT,
    (
        Track(
            "t1",
            Hidden.FACE,
            (KeyBox(0, 0, 0, Box(70, 70, 100, 100)), KeyBox(0, LENGTH, None, Box(120, 80, 150, 110))),
            TrackState.CONFIRMED,
        ),
    ),
)


def said(form: Form) -> bytes:
    """The statement of a made bundle."""
    words = Words("en", "A made clip", ("Things move.",))
    return statement_json(Statement((words,), form, Sound.NONE, (), ()))


def scene(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """One yuv420p picture of a made scene: texture, a thing that moves, a light that changes."""
    rng = np.random.default_rng(5)
    rough = rng.integers(60, 180, (height // 8, width // 8)).astype(np.uint8)
    luma = np.kron(rough, np.ones((8, 8), np.uint8)).astype(np.int16)
    left = 10 + 3 * number % (width - 60)
    luma[height // 3 : height // 3 + 40, left : left + 40] = 220
    luma += (
        (6 * np.sin(number / 9)).astype(np.int16)
        if isinstance(number, np.ndarray)
        else int(6 * np.sin(number / 9))
    )
    chroma = np.full((height // 2, width), 128, np.uint8)
    chroma[:, : width // 2] = 110
    return np.concatenate([np.clip(luma, 16, 235).astype(np.uint8), chroma])


def public_picture(
    raw: np.ndarray, hidden: tuple[int, ...], width: int = WIDTH, height: int = HEIGHT
) -> np.ndarray:
    """The raw picture with its hidden tiles painted black and a strip below."""
    columns = -(-width // 64)
    luma, chroma = raw[:height].copy(), raw[height:].reshape(2, height // 2, width // 2).copy()
    for tile in hidden:
        i, j = divmod(tile, columns)
        luma[64 * i : 64 * i + 64, 64 * j : 64 * j + 64] = 16
        chroma[:, 32 * i : 32 * i + 32, 32 * j : 32 * j + 32] = 128
    out = np.full(((height + STRIP_PX) * 3 // 2, width), 128, np.uint8)
    out[:height] = luma
    out[height : height + STRIP_PX] = 200
    quarter = (height + STRIP_PX) // 2 * (width // 2)
    planes = out[height + STRIP_PX :].reshape(-1)
    for n in range(2):
        plane = planes[quarter * n : quarter * (n + 1)].reshape((height + STRIP_PX) // 2, width // 2)
        plane[: height // 2] = chroma[n]
    return out


def reel(path: Path, *consumers: Consumer) -> list[Any]:
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        outcome = run_reel(held, size, consumers, kind=kind)
    assert not outcome.failures, outcome.failures
    return [product for _, product in outcome.products]


def seal(path: Path, *, every_frame: bool = False) -> SealRecord:
    (record,) = reel(path, SealCommitter(ITEM_KEY, every_frame))
    return record


def public_map(first: int = 3, last: int = LENGTH - 2) -> PublicMap:
    frames = tuple(PublicFrame(n, 0, k, None) for n, k in enumerate(range(first, last)))
    return PublicMap(RATE, WIDTH, HEIGHT, WIDTH, HEIGHT, STRIP_PX, 0, frames)


def opened(
    path: Path, record: SealRecord, public: PublicMap, masks: Masks = MASKS, **options: Any
) -> OpenedItem:
    """What the jail and its parent do, in this process."""
    places = read_index(record.index)
    plan = plan_opening(places, public, masks.tiles_at, **options)
    pieces: dict[tuple[str, int], Piece] = {}

    def tell(which: str, number: int, said: dict[str, Any], data: bytes) -> None:
        pieces[which, number] = Piece(said, data)

    reel(path, SealOpener(ITEM_KEY, plan.to_request(), tell))
    return open_item(ItemTree(ITEM_KEY, places, record.item_root), plan, pieces)


def vkey(seed: bytes, name: str) -> VerifierKey:
    return VerifierKey(name, COSIGNATURE_V1, SeedSigner(seed).public)


def cosign(
    world: World, seed: bytes = WITNESS, name: str = "witness.example/lawyer", at: int = 1_770_000_000
) -> None:
    """A witness that saw the newest checkpoint."""
    key = vkey(seed, name)
    if key not in world.ledger.publication.witness_keys():
        world.ledger.add_witness(key.text)
    text = world.ledger.publication.checkpoint_row().note.decode().split("\n\n")[0] + "\n"
    data = at.to_bytes(8, "big") + SeedSigner(seed).sign(cosigned_message(text, at))
    world.ledger.accept_cosignature(Signature(name, key.key_id, data).line + "\n")


def approve(made: layout.Draft, role: str, seed: bytes) -> Approval:
    signer = SeedSigner(seed)
    return Approval(
        role, signer.public, sshsig.sign(signer, made.text_to_sign(role), namespace=APPROVAL_NAMESPACE)
    )


@dataclass
class Made:
    """A bundle and everything that made it."""

    files: dict[str, bytes]
    fingerprint: str
    world: World
    draft: layout.Draft
    raw: Path
    public: PublicMap
    first_edition: dict[str, bytes] = field(default_factory=dict)
    supplement: dict[str, bytes] = field(default_factory=dict)
    old_proofs: Mapping[str, bytes] = field(default_factory=dict)
    """The item's proof at an earlier checkpoint."""

    def sign(self, index: bytes) -> bytes:
        return self.world.ledger.publication.sign_bundle(index)

    def again(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files with an index over them as they are: what somebody with the log's key can do."""
        kept = {p: c for p, c in files.items() if not p.startswith("proof/index.")}
        edition = 1 if self.supplement else 0
        made = layout.index_files(kept, edition, b"replaced" if edition else b"", self.sign)
        return {**kept, **{p: bytes(c) for p, c in made.items() if isinstance(c, bytes)}}


def settled(files: Mapping[str, Content]) -> dict[str, bytes]:
    return {path: c if isinstance(c, bytes) else c.read_bytes() for path, c in files.items()}


def make(
    folder: Path,
    *,
    secrets: LedgerSecrets = SECRETS,
    demonstration: bool = False,
    masks: Masks = MASKS,
    with_witness: bool = True,
    words_alone: bool = False,
    tokens: Callable[[bytes], dict[str, bytes]] | None = None,
    page_of: Callable[[Mapping[str, Content]], bytes] = page.build,
) -> Made:
    """A whole bundle of a two-second clip: sealed, entered, redacted, approved, entered, written, supplemented."""
    folder.mkdir(parents=True, exist_ok=True)
    raw, public_path = folder / "raw.mp4", folder / "made.mp4"
    write_movie(raw, (scene(n) for n in range(LENGTH)), MovieRecipe(RATE, crf=20))
    public = public_map()
    write_movie(
        public_path,
        (public_picture(scene(f.ordinal), masks.tiles_at(f.ordinal)) for f in public.frames),
        MovieRecipe(RATE, crf=23, with_sound=False),
    )
    record = seal(raw)
    world = World(
        replace(secrets, publication_seeds=LedgerSecrets.demonstration().publication_seeds)
        if demonstration
        else secrets
    )
    item = record.item_root + file_commitment(SALT, b"d" * 32)
    act = world.ledger.append([CustodyEvent("item.committed", day=DayEntry("item", item))])
    world.to_day(date(2026, 1, 31))
    world.ledger.publication_checkpoint()
    if with_witness:
        cosign(world)
    part = Part(
        "video",
        {"public.mp4": public_path.read_bytes()},
        {"public.mp4.c2pa": b"side file"},
        public=public,
        opened=opened(raw, record, public, masks, proven_frames=2),
    )
    form = Form.STATEMENT if words_alone else Form.VIDEO
    contents = Contents(
        b"c" * 16,
        world.secrets.publication_origin,
        form,
        {"statement.json": said(form)},
        (item,),
        () if words_alone else (part,),
        demonstration,
    )
    draft = layout.draft(contents)
    approvals = layout.approvals_document(
        draft, [approve(draft, "redactor", REDACTOR), approve(draft, "approver", APPROVER)]
    )
    entry = act.day_entries[0]
    made = Made({}, world.ledger.fingerprint, world, draft, raw, public)
    made.old_proofs = world.ledger.day_proof(entry)
    made.first_edition = settled(
        layout.finish(draft, approvals, _proofs(world, {"item-1": entry}, {}), made.sign, page_of)
    )
    release = world.ledger.append(
        [CustodyEvent("release.made", day=DayEntry("release", layout.payload(draft, approvals)))]
    )
    world.next_day()
    note = world.ledger.publication_checkpoint()
    if with_witness:
        cosign(world)
    entries = {"item-1": entry, "release": release.day_entries[0]}
    proofs = _proofs(world, entries, tokens(note) if tokens else {})
    made.supplement = settled(
        layout.supplement(
            made.first_edition, made.first_edition["proof/index.json"], 1, proofs, made.sign, page_of
        )
    )
    made.files = {**made.first_edition, **made.supplement}
    return made


def _proofs(world: World, entries: Mapping[str, int], tokens: Mapping[str, bytes]) -> layout.Proofs:
    proofs = {folder: world.ledger.day_proof(number) for folder, number in entries.items()}
    any_one = next(iter(proofs.values()))
    return layout.Proofs(proofs, any_one["publication-keys.json"], any_one["policy.txt"], tokens)


class Held:
    """A container over files in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self.sizes = {path: len(data) for path, data in files.items()}

    def pieces(self, path: str) -> Any:
        yield self._files[path]


def fresh_seed() -> bytes:
    return os.urandom(32)


def conspired(made: Made, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Manifest, approvals, entry and index made anew over changed files: everybody in the house took part."""
    manifest = json.loads(made.draft.manifest)
    manifest["files"] = {path: list(digest_and_size(files[path])) for path in manifest["files"]}
    draft = layout.Draft(made.draft.contents, made.draft.files, write_document(manifest))
    approvals = layout.approvals_document(
        draft, [approve(draft, "redactor", REDACTOR), approve(draft, "approver", APPROVER)]
    )
    out = {p: c for p, c in files.items() if not p.startswith(("proof/index.", "proof/release/"))}
    out.update({"proof/manifest.json": draft.manifest, "proof/approvals.json": approvals})
    index = settled(layout.index_files(out, 0, b"", made.sign))
    return {**out, **index}
