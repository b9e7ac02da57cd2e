"""The check of a whole public bundle, in the order of docs/spec/bundle.md. The first refusal ends the run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from typing import Any

from witnessmark_verify.approvals import check_approvals, release_payload
from witnessmark_verify.container import MEDIA, Container
from witnessmark_verify.documents import read_document, read_hex, read_number
from witnessmark_verify.manifest import MANIFEST, Manifest, Part, read_files, read_manifest
from witnessmark_verify.note import Note
from witnessmark_verify.opening import OpenedSketches, check_frame, check_sketches, check_sound
from witnessmark_verify.publication import (
    DAY_PROOF,
    KEYS,
    LOG_PROOF,
    POLICY,
    Entry,
    LogKeys,
    check_entry,
    check_issuer,
    check_witnesses,
    read_first_key,
    read_keys,
    run_steps,
)
from witnessmark_verify.tokens import check_token
from witnessmark_verify.verdict import DEMONSTRATION, NOT_ESTABLISHED, Refused, Verdict

INDEX, INDEX_SIGNATURE = "proof/index.json", "proof/index.sig"
APPROVALS = "proof/approvals.json"
RELEASE = "proof/release/"
PAGE, VERIFIER, LIMITS = "README.html", "verify.py", "LIMITS.md"
INDEX_SCHEMA = "witnessmark/bundle-index/1"
_FREE = re.compile(
    r"README\.html|proof/(manifest|approvals|publication-keys)\.json|proof/policy\.txt"
    r"|proof/(item-[1-9][0-9]{0,2}|release)/(day-proof\.json|publication\.tlog-proof)"
    r"|proof/tokens/[A-Za-z0-9_-]{1,40}\.(tsr|ots)"
)
"""Files that come after the manifest, or stand in it: only these may be absent from it."""

LIMITS_OF_A_BUNDLE = (
    "who made the footage, what it shows, and what happened to it before it was received",
    "that the commitments were computed honestly: a court opens the raw and computes them again (--raw)",
    "when the checkpoint existed, unless witnesses you know, or a time stamp, say so",
    "what lies between two sketched pictures, and what is smaller or fainter than the tolerances of a comparison",
    "whose keys the approvals are: only that they are different keys",
)


def index_text(origin: str, index: bytes) -> str:
    """What the key of the log signs for a bundle."""
    return f"witnessmark-bundle-index/1\n{origin}\n{hashlib.sha256(index).hexdigest()}\n"


class _Bundle:
    """One bundle, checked step by step; each step uses what the steps before it established."""

    def __init__(self, container: Container, trust: str | None, policy: bytes | None) -> None:
        self._container = container
        self._trust = trust
        self._policy = policy
        self._issuer = NOT_ESTABLISHED
        self._keys = LogKeys(())
        self._index: dict[str, Any] = {}
        self._listed: dict[str, tuple[bytes, int]] = {}
        self._kept: dict[str, bytes] = {}
        self._manifest = Manifest()
        self._note: Note | None = None
        self._not_checked: list[str] = [
            "that the media look like the sketches and proven frames: README.html compares them"
        ]

    def run(self) -> Verdict:
        ok, checks = run_steps(
            (
                ("container", "nothing odd lies in it", self._check_container),
                ("issuer", "the log began with the key whose fingerprint you were given", self._check_issuer),
                ("keys", "each later key of the log was named by the key before it", self._check_keys),
                ("index", "the holder of the log's key put this bundle together", self._check_index),
                ("files", "nothing was changed, left out or added since", self._check_files),
                ("manifest", "what was approved is what is here", self._check_manifest),
                ("approvals", "these different keys signed exactly this release", self._check_approvals),
                ("item", "the item root was entered in the log by the day named", self._check_items),
                ("release", "this release with its approvals was entered in the log", self._check_release),
                (
                    "witnesses",
                    "the witnesses named saw this log, and no other version of it",
                    self._check_witnesses,
                ),
                ("tokens", "an authority saw the checkpoint at the time it states", self._check_tokens),
                (
                    "sketches",
                    "the opened means are the item's own, tile by tile; nothing but whole tiles is hidden",
                    self._check_sketches,
                ),
                ("frames", "the opened tiles are the item's own samples", self._check_frames),
                ("sound", "the opened sound is the item's own", self._check_sound),
            )
        )
        issuer = self._issuer if ok or self._issuer == DEMONSTRATION else NOT_ESTABLISHED
        return Verdict(ok, issuer, checks, LIMITS_OF_A_BUNDLE, tuple(self._not_checked) if ok else ())

    # -- what lies there

    def _check_container(self) -> str:
        sizes = self._container.sizes
        for path, code in (
            (INDEX, "index.format"),
            (INDEX_SIGNATURE, "index.signature"),
            (self._keys_path, "keys.format"),
        ):
            if path not in sizes:
                raise Refused(
                    "files.missing", f"{path} is missing: without it nothing can be checked ({code})"
                )
        return f"{len(sizes)} files, {sum(sizes.values())} bytes"

    _keys_path = "proof/" + KEYS

    def _read(self, path: str) -> bytes:
        """The file as its hash was checked, or, before that, as it lies there."""
        if path in self._kept:
            return self._kept[path]
        data = b"".join(self._container.pieces(path))
        if len(data) != self._container.sizes[path]:
            raise Refused("files.changed", f"{path} changed while it was read")
        self._kept[path] = data
        return data

    def _check_issuer(self) -> str:
        self._issuer, seen = check_issuer(read_first_key(self._read(self._keys_path)), self._trust)
        return seen

    def _check_keys(self) -> str:
        self._keys = read_keys(self._read(self._keys_path))
        if self._keys.is_demonstration:
            self._issuer = DEMONSTRATION
        return f"{len(self._keys.keys)} key{'s' if len(self._keys.keys) > 1 else ''}"

    def _check_index(self) -> str:
        data, last = self._read(INDEX), self._keys.last
        try:
            note = Note.parse(self._read(INDEX_SIGNATURE))
        except ValueError as error:
            raise Refused("index.signature", str(error)) from error
        if (
            note.text != index_text(last.name, data)
            or len(note.signatures) != 1
            or not note.is_signed_by(last)
        ):
            raise Refused("index.signature", "the index is not signed by the key of the log")
        code = "index.format"
        self._index = read_document(data, INDEX, INDEX_SCHEMA, ("edition", "files", "replaces", "time"), code)
        edition = read_number(self._index["edition"], code, 0, 10_000)
        replaces = read_hex(self._index["replaces"], code)
        if len(replaces) != (32 if edition else 0):
            raise Refused(code, "a supplement names the index it replaces, and a first index names none")
        self._listed = read_files(self._index["files"], code)
        entered = RELEASE + DAY_PROOF in self._listed
        if self._index["time"] != ("entered" if entered else "pending"):
            raise Refused(code, "the index says something else of the time than its files")
        supplement = f"edition {edition}, a supplement" if edition else "first edition"
        return f"{supplement}; time: {self._index['time']}"

    def _check_files(self) -> str:
        there = set(self._container.sizes) - {INDEX, INDEX_SIGNATURE}
        for path in sorted(set(self._listed) - there):
            raise Refused("files.missing", f"{path} is missing")
        for path in sorted(there - set(self._listed)):
            raise Refused("files.extra", f"{path} does not belong to the bundle")
        for path, (digest, size) in sorted(self._listed.items()):
            if self._container.sizes[path] != size or self._digest(path) != digest:
                raise Refused("files.changed", f"{path} is not as it was when the bundle was signed")
        return f"{len(there)} files have the hashes that were signed"

    def _digest(self, path: str) -> bytes:
        """Hash what lies there; proofs are kept as hashed, so that nobody can change them in between."""
        if MEDIA.fullmatch(path):
            state = hashlib.sha256()
            for piece in self._container.pieces(path):
                state.update(piece)
            return state.digest()
        return hashlib.sha256(self._read(path)).digest()

    # -- what was approved

    def _require(self, path: str, code: str) -> bytes:
        if path not in self._listed:
            raise Refused(code, f"{path} is missing")
        return self._read(path)

    def _check_manifest(self) -> str:
        self._manifest = read_manifest(self._require(MANIFEST, "files.missing"))
        code = "manifest.files"
        if self._manifest.origin != self._keys.first.name:
            raise Refused(code, "the manifest is of another log")
        for path, said in sorted(self._manifest.files.items()):
            if _FREE.fullmatch(path) or self._listed.get(path) != said:
                raise Refused(code, f"{path} is not what was approved")
        for path in sorted(set(self._listed) - set(self._manifest.files)):
            if not _FREE.fullmatch(path):
                raise Refused(code, f"{path} was not approved")
        for path in (VERIFIER, LIMITS, "statement.json", *self._media(), *self._openings()):
            if path not in self._manifest.files:
                raise Refused(code, f"{path} is not part of what was approved")
        known = {*self._media(), *self._openings()}
        for path in self._manifest.files:
            is_side_file = not path.startswith(("proof/", "frames/", "public")) or path.endswith(".c2pa")
            if not is_side_file and path not in known:
                raise Refused(code, f"{path} belongs to no part")
        return f"{len(self._manifest.files)} files; {len(self._manifest.parts)} media"

    def _media(self) -> list[str]:
        return [path for part in self._manifest.parts for path in part.files]

    def _openings(self) -> Iterator[str]:
        for part in self._manifest.parts:
            for stem in part.frames:
                yield from (stem + ".json", stem + ".tiles")
            if part.sketches:
                yield from (part.sketches + end for end in (".json", ".hashes", ".means"))
            if part.sound_opening:
                yield from (part.sound_opening + end for end in (".json", ".packets"))

    def _check_approvals(self) -> str:
        data = self._require(APPROVALS, "files.missing")
        return check_approvals(data, self._manifest.data, self._manifest.origin)

    # -- the log

    def _entry(self, folder: str, kinds: Collection[str], payload: bytes) -> Entry:
        day = self._require(folder + DAY_PROOF, "files.missing")
        entry = check_entry(day, self._require(folder + LOG_PROOF, "files.missing"), self._keys)
        if entry.kind not in kinds or entry.payload != payload:
            raise Refused("entry.payload", f"the entry in {folder} is of something else")
        if self._note is None:
            self._note = entry.note
        elif self._note != entry.note:
            raise Refused("checkpoint.other", "two proofs rest on different checkpoints")
        return entry

    def _check_items(self) -> str:
        for number in {
            int(path.split("/")[1][5:]) for path in self._listed if path.startswith("proof/item-")
        }:
            if number > len(self._manifest.payloads):
                raise Refused("files.extra", f"proof/item-{number} belongs to no item")
        days = []
        for number, payload in enumerate(self._manifest.payloads, 1):
            days.append(self._entry(f"proof/item-{number}/", ("item",), payload).day)
        said = "a day is what the issuer says; a time stamp proves it"
        return f"{len(days)} items; days {', '.join(days)} ({said})" if days else "no item is named"

    def _check_release(self) -> str:
        if self._index["time"] == "pending":
            self._not_checked.append(
                "time: PENDING. The release is not in the log yet; a supplement will prove it"
            )
            return "pending: not proven yet"
        payload = release_payload(self._manifest.data, self._require(APPROVALS, "files.missing"))
        return f"day {self._entry(RELEASE, ('release',), payload).day}"

    def _check_witnesses(self) -> str:
        policy = self._require("proof/" + POLICY, "files.missing")
        if self._note is None:
            return "there is no checkpoint yet"
        if self._keys.of_size(int(self._note.text.split("\n")[1])) != self._keys.last:
            raise Refused("checkpoint.other", "the keys are those of a later checkpoint than this one")
        return check_witnesses(self._note, self._keys, policy, self._policy)

    def _check_tokens(self) -> str:
        seen = []
        for path in sorted(path for path in self._listed if path.startswith("proof/tokens/")):
            if path.endswith(".ots"):
                self._not_checked.append(
                    f"{path}: an OpenTimestamps proof, to be compared with a block's header"
                )
                continue
            if self._note is None:
                raise Refused("token.imprint", "there is a token, but no checkpoint that it could be over")
            own = tuple(line for line in self._note.signatures if line.is_by(self._keys.last))
            seen.append(check_token(self._read(path), Note(self._note.text, own[:1]).data))
        if not seen:
            self._not_checked.append("trusted time: the bundle holds no token")
        return "; ".join(seen) if seen else "none here"

    # -- the openings

    def _check_sketches(self) -> str:
        said = []
        for part in self._manifest.parts:
            if not part.sketches:
                if part.kind != "picture" or not part.frames:
                    self._not_checked.append(f"{part.files[0]}: nothing of it is proven by sketches")
                continue
            files = [self._read(part.sketches + end) for end in (".json", ".hashes", ".means")]
            opened = check_sketches(files[0], files[1], files[2], self._manifest.item_root(part))
            said.append(self._tell(part, opened))
        return "; ".join(said) or "none here"

    @staticmethod
    def _tell(part: Part, opened: OpenedSketches) -> str:
        if any(first + count > part.length for first, count in opened.shown):
            raise Refused("sketch.format", "a sketch stands where the public video has no picture")
        share = 100 * opened.hidden / opened.tiles if opened.tiles else 0.0
        if part.kind == "picture":
            return f"{part.files[0]}: a sketch of it, {share:.1f} % of the tiles hidden"
        gap_s = opened.longest_gap(part.length) * part.rate[1] / part.rate[0]
        return (
            f"{part.files[0]}: {len(opened.shown)} sketches, {share:.1f} % of their tiles hidden, "
            f"longest stretch without one {gap_s:.2f} s"
        )

    def _check_frames(self) -> str:
        count = 0
        for part in self._manifest.parts:
            for stem in part.frames:
                opened = check_frame(
                    self._read(stem + ".json"), self._read(stem + ".tiles"), self._manifest.item_root(part)
                )
                if opened.public_frame >= max(part.length, 1):
                    raise Refused(
                        "frame.format", "a proven frame stands where the public video has no picture"
                    )
                count += 1
        return f"{count} proven frames"

    def _check_sound(self) -> str:
        groups = 0
        for part in self._manifest.parts:
            if part.sound_opening:
                stem, root = part.sound_opening, self._manifest.item_root(part)
                groups += check_sound(self._read(stem + ".json"), self._read(stem + ".packets"), root).groups
                self._not_checked.append(f"{part.files[0]}: that its sound is the sound opened in {stem}")
        return f"{groups} groups of packets" if groups else "none here"


def check_bundle(container: Container, trust: str | None = None, policy: bytes | None = None) -> Verdict:
    """Check a bundle. ``trust``: the FINGERPRINT got by another way; ``policy``: his own tlog-policy."""
    return _Bundle(container, trust, policy).run()
