"""From approved inputs to a public bundle, and later to its supplement (docs/spec/bundle.md).

``open_for_release`` decodes the raw again in the jail; ``layout.draft`` makes what people sign; ``make_bundle`` enters
the release in the log and writes the bundle, whose time is then *pending*; ``make_supplement`` completes it once the
day is closed. Whether anything may be released at all (tracks, consent, exposure, people) is the gate's business, not
asked here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from witnessmark.case.case import Case
from witnessmark.case.opening_task import OPEN_TASK, OpeningReader
from witnessmark.case.stamping import catch_up
from witnessmark.ground import jail
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.ground.ledger.storage import PUBLICATION, DayEntryRow
from witnessmark.ground.vault.reader import item_key
from witnessmark.model.approval import Approval
from witnessmark.model.custody import CustodyEvent, DayEntry
from witnessmark.model.errors import CheckFailedError, LedgerError, UsageError
from witnessmark.model.recording import Item
from witnessmark.model.redaction import PublicMap
from witnessmark.release.bundle import layout, page
from witnessmark.release.bundle.contents import Content, pieces
from witnessmark.release.bundle.scanned import leftovers
from witnessmark.release.bundle.writing import read_folder, write_folder, write_zip
from witnessmark.release.derivative.gone import Secret
from witnessmark.release.opening.plan import PROVEN_FRAMES, joined, parted, plan_opening, read_index
from witnessmark.release.opening.proofs import ItemTree, OpenedItem, open_item
from witnessmark_verify.approvals import release_payload
from witnessmark_verify.bundle import INDEX, check_bundle
from witnessmark_verify.container import Folder
from witnessmark_verify.documents import write_document
from witnessmark_verify.manifest import MANIFEST, read_manifest

WALL_S, MEMORY_BYTES = 6 * 3600.0, 4 << 30
STAMP_ENDS = {"rfc3161": ".tsr", "opentimestamps": ".ots"}
OPENING_SCHEMA = "witnessmark/opening/1"
RELEASE_KIND, OPENING_MADE = "release.made", "opening.made"
OWNER_ALONE = 0o600


@dataclass(frozen=True, slots=True)
class Committed:
    """What the log says of an item's seal."""

    payload: bytes
    """Item root, file commitment: what stands in the day tree."""
    salt: bytes


@dataclass(frozen=True, slots=True)
class WrittenBundle:
    path: Path
    release: str
    """Code of the release, hex."""
    time: str
    """pending or entered."""


def committed(case: Case, item: Item) -> Committed:
    """The commitment that counts: the first in the log. UsageError where the item was never sealed, or was erased."""
    for leaf in case.ledger.events():
        if (
            leaf.kind != "item.committed"
            or leaf.private is None
            or leaf.private["data"].get("item") != item.item_id
        ):
            continue
        root, file_commitment = (
            bytes.fromhex(leaf.public[name]) for name in ("item_root", "file_commitment")
        )
        return Committed(root + file_commitment, bytes.fromhex(leaf.private["data"]["salt"]))
    raise UsageError("this item has no seal yet", "examine it first: the seal is made in the same pass")


def open_for_release(
    case: Case,
    item: Item,
    public: PublicMap,
    hidden_at: Callable[[int], Sequence[int]],
    *,
    proven_frames: int = PROVEN_FRAMES,
    proven_at: Sequence[int] | None = None,
    sound: Mapping[tuple[int, int], int] | None = None,
    accept_unsandboxed: bool = False,
) -> OpenedItem:
    """Open what one public medium shows; see ``open_each_for_release``."""
    (opened,) = open_each_for_release(
        case,
        item,
        (public,),
        hidden_at,
        proven_frames=proven_frames,
        proven_at=proven_at,
        sound=sound,
        accept_unsandboxed=accept_unsandboxed,
    )
    return opened


def open_each_for_release(
    case: Case,
    item: Item,
    shown: Sequence[PublicMap],
    hidden_at: Callable[[int], Sequence[int]],
    *,
    proven_frames: int = PROVEN_FRAMES,
    proven_at: Sequence[int] | None = None,
    sound: Mapping[tuple[int, int], int] | None = None,
    accept_unsandboxed: bool = False,
) -> tuple[OpenedItem, ...]:
    """Open what each of several public media of one item shows, in one pass in the jail, and hold every byte of it to
    the committed root. No picture of the raw may be shown by two of them.

    ``hidden_at(ordinal)``: tiles hidden in that raw picture, the union over the family. CheckFailedError where the
    jail ended early or what it says is not what was committed.
    """
    seal = case.catalogue.seal(item.item_id)
    said = committed(case, item)
    if seal is None or seal.seal.item_root != said.payload[:32]:
        raise CheckFailedError(
            "the seal kept for this item is not the one in the log", "run `witnessmark audit`"
        )
    places = read_index(seal.seal.index)
    plans = [
        plan_opening(places, public, hidden_at, proven_frames=proven_frames, proven_at=proven_at, sound=sound)
        for public in shown
    ]
    whole = joined(plans)
    reader = OpeningReader(whole)
    fd, file_key = case.file_key(item.object_name)
    try:
        ended = jail.run(
            OPEN_TASK,
            whole.to_request(),
            files={"object": fd},
            secrets={"file_key": file_key},
            budget=jail.Budget(memory_bytes=MEMORY_BYTES, cpu_s=int(WALL_S), wall_s=WALL_S),
            on_record=reader.on_record,
            on_blob=reader.on_blob,
            allow_unsandboxed=accept_unsandboxed,
        )
        if ended.ended is not jail.Ended.DONE:
            raise CheckFailedError(f"the seal could not be opened: {ended.ended}: {ended.detail}"[:200])
        tree = ItemTree(item_key(file_key), places, said.payload[:32])
        return tuple(
            open_item(tree, plan, pieces)
            for plan, pieces in zip(plans, parted(plans, reader.pieces()), strict=True)
        )
    except ProtocolBroken as error:
        raise CheckFailedError(
            f"the seal could not be opened: the child broke the protocol: {error}"
        ) from error
    finally:
        os.close(fd)


def make_bundle(
    case: Case,
    made: layout.Draft,
    approvals: Sequence[Approval],
    target: Path,
    *,
    as_zip: bool = False,
    show_first_entry: bool = False,
    secrets_of_case: Sequence[Secret] = (),
    on_entered: Callable[[], None] = lambda: None,
) -> WrittenBundle:
    """Enter the release in the log and write its first edition. UsageError where it is not approved by two people.

    ``on_entered`` is called in the transaction that enters it. CheckFailedError where a secret of the case stands in a
    file: nothing is written then, and before the log is touched if it stands in what was approved. Called again after
    a kill, it writes the same release, not a second one.

    The item's entry is the newest of its monthly ones. ``show_first_entry``: where there is none yet, the day of the
    examination itself may be shown (an exposure that somebody has acknowledged).
    """
    case.require_writable()
    signed = layout.approvals_document(made, approvals)
    _must_be_clean(made.files, secrets_of_case)
    catch_up(case)
    case.ledger.publication_checkpoint()
    entries = {
        f"item-{number}": _item_entry(case, payload, show_first_entry)
        for number, payload in enumerate(made.contents.items, 1)
    }
    proofs = _proofs(case, entries)
    payload = layout.payload(made, signed)
    if not case.ledger.entries_of(payload):
        event = CustodyEvent(
            RELEASE_KIND,
            public={"release": payload.hex()},
            private={"release": made.contents.release.hex()},
            day=DayEntry("release", payload),
        )
        with case.catalogue.transaction():
            case.ledger.append([event])
            on_entered()
    files = layout.finish(made, signed, proofs, case.ledger.publication.sign_bundle, page.build)
    _must_be_clean(files, secrets_of_case)
    (write_zip if as_zip else write_folder)(files, target)
    return WrittenBundle(target, made.contents.release.hex(), "pending")


def _must_be_clean(files: Mapping[str, Content], secrets_of_case: Sequence[Secret]) -> None:
    for found in leftovers(files, secrets_of_case):
        raise CheckFailedError(
            f"a file of the bundle holds {found.what} ({found.place}); nothing was written",
            "report it with --debug: this must not be",
        )


def make_supplement(
    case: Case,
    bundle: Path,
    target: Path,
    *,
    show_first_entry: bool = False,
    secrets_of_case: Sequence[Secret] = (),
) -> WrittenBundle:
    """Write the files that complete a pending bundle (a folder, to be laid over it).

    LedgerError while the day of the release is not closed. CheckFailedError where the bundle no longer holds.
    """
    case.require_writable()
    verdict = check_bundle(Folder(bundle), case.ledger.fingerprint)
    if not verdict.ok:
        raise CheckFailedError(f"this bundle does not hold any more: {verdict.checks[-1].detail}")
    catch_up(case)
    case.ledger.publication_checkpoint()
    files = read_folder(bundle)
    manifest_data, approvals = _bytes(files[MANIFEST]), _bytes(files["proof/approvals.json"])
    manifest = read_manifest(manifest_data)
    entries = {
        f"item-{number}": _item_entry(case, payload, show_first_entry)
        for number, payload in enumerate(manifest.payloads, 1)
    }
    released = [
        e for e in case.ledger.entries_of(release_payload(manifest_data, approvals)) if e.day is not None
    ]
    if not released:
        raise LedgerError(
            "the day on which this release was entered is not closed yet",
            "a day is closed when the case is opened on the day after",
        )
    entries["release"] = released[0]
    index = _bytes(files[INDEX])
    edition = int(_edition(index)) + 1
    made = layout.supplement(
        files, index, edition, _proofs(case, entries), case.ledger.publication.sign_bundle, page.build
    )
    _must_be_clean(made, secrets_of_case)
    write_folder(made, target)
    return WrittenBundle(target, "", "entered")


def opening_file(case: Case, item: Item) -> bytes:
    """The opening of one item, for a court: as secret as the raw itself."""
    said = committed(case, item)
    fd, file_key = case.file_key(item.object_name)
    os.close(fd)
    seal = case.catalogue.seal(item.item_id)
    every = seal is not None and ("frames", "all") in seal.seal.parameters
    return write_document(
        {
            "schema": OPENING_SCHEMA,
            "every_frame": every,
            "item_key": item_key(file_key).hex(),
            "payload": said.payload.hex(),
            "salt": said.salt.hex(),
        }
    )


def write_opening(case: Case, item: Item, target: Path, purpose: str) -> None:
    """Write the opening of one item to a new file that its owner alone can read; the custody log says why.

    UsageError without a purpose, or where the file is already there or cannot be made.
    """
    case.require_writable()
    if not purpose.strip():
        raise UsageError(
            "nobody says what the opening is for", "--purpose TEXT; it stands in the custody log"
        )
    data = opening_file(case, item)
    try:
        fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ALONE)
    except OSError as error:
        raise UsageError(
            "the file cannot be written", "it must not exist yet, and its folder must"
        ) from error
    with os.fdopen(fd, "wb") as file:
        # first the line in the log, then the content: an opening that nobody logged must not exist
        private = {"item": item.item_id, "reason": purpose.strip()}
        try:
            case.ledger.append([CustodyEvent(OPENING_MADE, private=private)])
        except BaseException:
            target.unlink()
            raise
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _bytes(content: Content) -> bytes:
    return b"".join(pieces(content))


def _edition(index: bytes) -> int:
    return int(json.loads(index)["edition"])


def _item_entry(case: Case, payload: bytes, show_first: bool) -> DayEntryRow:
    """The newest monthly entry whose day is closed; the first one only where that was decided."""
    entries = [entry for entry in case.ledger.entries_of(payload) if entry.day is not None]
    again = [entry for entry in entries if entry.repeats is not None]
    if again:
        return again[-1]
    if entries and show_first:
        return entries[0]
    raise LedgerError(
        "the item has only its first entry in the log, which would show the day of its examination",
        "wait for the first of next month, or acknowledge that this day is shown",
    )


def _proofs(case: Case, entries: Mapping[str, DayEntryRow]) -> layout.Proofs:
    """Everything at the newest checkpoint, with the tokens that came back for it."""
    size = case.ledger.publication.checkpoint_row().size
    proofs = {folder: case.ledger.day_proof(entry.number, size) for folder, entry in entries.items()}
    tokens = {
        f"{stamp.stamp_id[:8]}{STAMP_ENDS[stamp.kind]}": stamp.token
        for stamp in case.catalogue.stamps()
        if stamp.log == PUBLICATION and stamp.size == size and stamp.token and stamp.kind in STAMP_ENDS
    }
    publication = case.ledger.publication
    return layout.Proofs(proofs, publication.keys_json(size), publication.policy(size), tokens)
