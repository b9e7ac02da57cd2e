"""The jailed tasks of a release: open what is to be shown, and recompute a whole item root for a court.

Both run locked, like ``attempt``, and speak in records and blobs that the other side checks again: here by the
strongest check there is, since every byte must hash to a leaf that was committed to before.
"""

from __future__ import annotations

from typing import Any

from witnessmark.case.attempt import Out, open_source, sha256_of
from witnessmark.case.checked import Checked, broken
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import ReelLimits, run_reel
from witnessmark.model.consumer import SealRecord
from witnessmark.release.opening.opener import SealOpener
from witnessmark.release.opening.plan import OpeningPlan
from witnessmark.release.opening.proofs import Piece
from witnessmark.release.seal.commit import SealCommitter

OPEN_TASK = "witnessmark.case.opening_task:open_seal"
ROOT_TASK = "witnessmark.case.opening_task:recompute_root"
BLOBS = {"frame": "opened.frames", "sketch": "opened.sketches", "sound": "opened.sound"}
MOST_PIECE_BYTES = 512 << 20
MOST_OPENED_BYTES = 4 << 30


def open_seal(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Out) -> None:
    """Open what the plan asks for. ``secrets``: file_key of the object, or item_key beside a plain file."""
    source = open_source(files, secrets)
    kind = sniff(source.read_at(0, HEAD_BYTES), source.size_bytes)
    blobs = {which: out.blob(name) for which, name in BLOBS.items()}

    def tell(which: str, number: int, said: dict[str, Any], data: bytes) -> None:
        out.record({"type": which, "number": number, "bytes": len(data), **said})
        blobs[which].write(data)

    opener = SealOpener(_item_key(secrets), request, tell)
    limits = ReelLimits() if request["sound"] else ReelLimits(frames=SealOpener.last_ordinal(request) + 1)
    outcome = run_reel(source, source.size_bytes, (opener,), kind=kind, limits=limits)
    for blob in blobs.values():
        blob.close()
    out.record({"type": "done", "failed": bool(outcome.failures)})


def recompute_root(
    request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Out
) -> None:
    """Digest of the raw, and the item root that this build makes of it under the item key."""
    source = open_source(files, secrets)
    kind = sniff(source.read_at(0, HEAD_BYTES), source.size_bytes)
    digest = sha256_of(source)
    committer = SealCommitter(_item_key(secrets), bool(request["every_frame"]))
    outcome = run_reel(source, source.size_bytes, (committer,), kind=kind)
    roots = [product.item_root for _, product in outcome.products if isinstance(product, SealRecord)]
    out.record({"type": "root", "sha256": digest.hex(), "item_root": roots[0].hex() if roots else ""})


def _item_key(secrets: dict[str, bytes]) -> bytes:
    if "item_key" in secrets:
        return secrets["item_key"]
    from witnessmark.ground.vault.reader import item_key

    return item_key(secrets["file_key"])


class OpeningReader:
    """The parent's side of ``open_seal``: give its methods to ``jail.run``, then ask for ``pieces``."""

    def __init__(self, plan: OpeningPlan) -> None:
        self._asked = {"frame": len(plan.frames), "sketch": len(plan.sketches), "sound": len(plan.sound)}
        self._said: dict[str, list[tuple[int, int, dict[str, Any]]]] = {which: [] for which in BLOBS}
        self._data = {name: bytearray() for name in BLOBS.values()}
        self._bytes = 0
        self._done = False

    def on_record(self, record: dict[str, Any]) -> None:
        """Raises ProtocolBroken for a record that no honest child sends."""
        checked = Checked(record)
        which = checked.one_of("type", {*BLOBS, "done"})
        if which == "done":
            self._done = True
            return
        number = checked.integer("number", 0, self._asked[which] - 1)
        size = checked.integer("bytes", 0, MOST_PIECE_BYTES)
        if which == "sound":
            checked.only("type", "number", "bytes", "codec", "extradata", "packets")
            packets = [c.integer("0", 0, MOST_PIECE_BYTES) for c in _each(record, "packets")]
            extradata = checked.text("extradata", 1 << 20)
            said = {"codec": checked.text("codec", 64), "extradata": extradata, "packets": packets}
            if any(c not in "0123456789abcdef" for c in extradata) or len(extradata) % 2:
                raise broken("hex that is none")
        else:
            said = {"layout": checked.only("type", "number", "bytes", "layout").text("layout", 4096)}
        if any(number == known for known, _, _ in self._said[which][-1:]) or self._done:
            raise broken("a thing that was told twice")
        self._said[which].append((number, size, said))

    def on_blob(self, name: str, piece: bytes, is_last: bool) -> None:
        """Raises ProtocolBroken for bytes that nobody asked for."""
        self._bytes += len(piece)
        if name not in self._data or self._bytes > MOST_OPENED_BYTES:
            raise broken("a blob that was not announced, or too much of it")
        self._data[name] += piece

    def pieces(self) -> dict[tuple[str, int], Piece]:
        """What was said, by kind and number in the plan."""
        made: dict[tuple[str, int], Piece] = {}
        for which, rows in self._said.items():
            data, at = self._data[BLOBS[which]], 0
            for number, size, said in rows:
                if at + size > len(data) or (which, number) in made:
                    raise broken("fewer bytes than were announced, or a thing told twice")
                made[which, number] = Piece(said, bytes(data[at : at + size]))
                at += size
        return made


def _each(record: dict[str, Any], name: str) -> list[Checked]:
    values = record.get(name)
    if not isinstance(values, list) or len(values) > 1 << 16:
        raise broken("a list that is none, or too long")
    return [Checked({"0": value}) for value in values]
