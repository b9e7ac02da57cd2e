"""A seeded list of attacks on a bundle, each with the reasons for which it may be refused.

Two attackers. An *outsider* changes files. An *insider* holds the log's key and signs a new index over what he
changed: he must be stopped by approvals, by the log, by the witnesses and by the proofs themselves.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.support.bundles import Made

Files = dict[str, bytes]
CHANGED = frozenset({"files.changed"})


@dataclass(frozen=True)
class Attack:
    """What was done, the files as they are then, and the reasons that are right."""

    name: str
    files: Files
    reasons: frozenset[str]
    policy: bytes | None = None
    trust: str | None = None


def flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def document(files: Mapping[str, bytes], path: str) -> dict[str, object]:
    made: dict[str, object] = json.loads(files[path])
    return made


def written(changed: object) -> bytes:
    return json.dumps(changed, sort_keys=True, separators=(",", ":")).encode()


def _flip_any(made: Made, rng: random.Random) -> Attack:
    """One bit of any file."""
    path = rng.choice(sorted(made.files))
    if path == "proof/index.json" or path == "proof/index.sig":
        reasons = frozenset({"index.signature"})
    elif path == "proof/publication-keys.json":
        reasons = frozenset({"keys.format", "issuer.fingerprint", "files.changed", "keys.rotation"})
    else:
        reasons = CHANGED
    return Attack(f"flip a bit of {path}", {**made.files, path: flip(made.files[path], rng)}, reasons)


def _drop(made: Made, rng: random.Random) -> Attack:
    path = rng.choice(sorted(made.files))
    files = {p: c for p, c in made.files.items() if p != path}
    return Attack(f"leave out {path}", files, frozenset({"files.missing"}))


def _add(made: Made, rng: random.Random) -> Attack:
    path = rng.choice(["more.txt", "frames/1-09.json", "proof/tokens/x.tsr", "public-other.mp4"])
    return Attack(f"add {path}", {**made.files, path: b"x"}, frozenset({"files.extra"}))


def _swap_files(made: Made, rng: random.Random) -> Attack:
    """Exchange two proven frames, or a frame's tiles."""
    end = rng.choice([".json", ".tiles"])
    a, b = "frames/1-01" + end, "frames/1-02" + end
    return Attack("swap proven frames", {**made.files, a: made.files[b], b: made.files[a]}, CHANGED)


def _older_checkpoint(made: Made, rng: random.Random) -> Attack:
    path = "proof/item-1/publication.tlog-proof"
    return Attack(
        "older checkpoint", {**made.files, path: made.old_proofs["publication.tlog-proof"]}, CHANGED
    )


def _wrong_fingerprint(made: Made, rng: random.Random) -> Attack:
    other = f"{rng.getrandbits(256):064x}"
    return Attack("another fingerprint", made.files, frozenset({"issuer.fingerprint"}), trust=other)


# -- the insider: the index is signed again over what was changed


def _insider(
    name: str, reasons: set[str]
) -> Callable[[Callable[[Files, random.Random], None]], Callable[[Made, random.Random], Attack]]:
    def wrap(change: Callable[[Files, random.Random], None]) -> Callable[[Made, random.Random], Attack]:
        def attack(made: Made, rng: random.Random) -> Attack:
            files = dict(made.files)
            change(files, rng)
            return Attack(f"insider: {name}", made.again(files), frozenset(reasons))

        return attack

    return wrap


@_insider("another video, statement or side file", {"manifest.files"})
def _other_content(files: Files, rng: random.Random) -> None:
    path = rng.choice(
        ["public.mp4", "public.mp4.c2pa", "statement.json", "LIMITS.md", "verify.py", "frames/1-01.tiles"]
    )
    files[path] = flip(files[path], rng)


@_insider("a file that nobody approved", {"manifest.files"})
def _unapproved(files: Files, rng: random.Random) -> None:
    files[rng.choice(["public-extra.mp4", "notes.txt", "frames/1-09.json", "statement.pdf"])] = b"x"


@_insider("a manifest with another video", {"approvals.signature"})
def _other_manifest(files: Files, rng: random.Random) -> None:
    import hashlib

    path = rng.choice(["public.mp4", "statement.json", "LIMITS.md"])
    files[path] = flip(files[path], rng)
    manifest = json.loads(files["proof/manifest.json"])
    manifest["files"][path] = [hashlib.sha256(files[path]).hexdigest(), len(files[path])]
    files["proof/manifest.json"] = written(manifest)


@_insider("one approval only", {"approvals.people"})
def _one_approval(files: Files, rng: random.Random) -> None:
    approvals = json.loads(files["proof/approvals.json"])
    del approvals["approvals"][rng.randrange(2)]
    files["proof/approvals.json"] = written(approvals)


@_insider("one key in both roles", {"approvals.people", "approvals.signature"})
def _one_key(files: Files, rng: random.Random) -> None:
    approvals = json.loads(files["proof/approvals.json"])
    kept = rng.randrange(2)
    approvals["approvals"] = [approvals["approvals"][kept]] * 2
    files["proof/approvals.json"] = written(approvals)


@_insider("a changed approval", {"approvals.signature", "approvals.format"})
def _changed_approval(files: Files, rng: random.Random) -> None:
    import base64

    approvals = json.loads(files["proof/approvals.json"])
    one = approvals["approvals"][rng.randrange(2)]
    one["signature"] = base64.b64encode(flip(base64.b64decode(one["signature"]), rng)).decode()
    files["proof/approvals.json"] = written(approvals)


@_insider("approvals in another order", {"entry.payload"})
def _reordered(files: Files, rng: random.Random) -> None:
    approvals = json.loads(files["proof/approvals.json"])
    approvals["approvals"].reverse()
    files["proof/approvals.json"] = written(approvals)


@_insider("a changed day proof", {"entry.format", "entry.path", "entry.payload", "entry.log"})
def _changed_day(files: Files, rng: random.Random) -> None:
    path = f"proof/{rng.choice(['item-1', 'release'])}/day-proof.json"
    proof = json.loads(files[path])
    name = rng.choice(["salt", "payload", "root", "path", "index", "day", "kind"])
    if name in ("salt", "payload", "root"):
        proof[name] = flip(bytes.fromhex(proof[name]), rng).hex()
    elif name == "path":
        at = rng.randrange(len(proof["path"]))
        proof["path"][at] = flip(bytes.fromhex(proof["path"][at]), rng).hex()
    elif name == "index":
        proof["index"] ^= 1 << rng.randrange(16)
    else:
        proof[name] = {"day": "2026-01-29", "kind": "receipt"}[name]
    files[path] = written(proof)


@_insider("the release's entry in the place of the item's", {"entry.payload"})
def _swapped_entries(files: Files, rng: random.Random) -> None:
    for name in ("day-proof.json", "publication.tlog-proof"):
        a, b = f"proof/item-1/{name}", f"proof/release/{name}"
        files[a], files[b] = files[b], files[a]


@_insider(
    "a changed checkpoint", {"checkpoint.signature", "checkpoint.format", "checkpoint.other", "entry.log"}
)
def _changed_checkpoint(files: Files, rng: random.Random) -> None:
    path = f"proof/{rng.choice(['item-1', 'release'])}/publication.tlog-proof"
    lines = files[path].split(b"\n")
    start = lines.index(b"") + 1
    at = start + rng.randrange(3)
    lines[at] = flip(lines[at], rng)
    files[path] = b"\n".join(lines)


@_insider("a changed path in the log", {"entry.log", "checkpoint.format"})
def _changed_path(files: Files, rng: random.Random) -> None:
    path = f"proof/{rng.choice(['item-1', 'release'])}/publication.tlog-proof"
    lines = files[path].split(b"\n")
    at = rng.randrange(1, lines.index(b""))
    lines[at] = lines[at] + b"0" if at == 1 else flip(lines[at][:-4], rng) + lines[at][-4:]
    files[path] = b"\n".join(lines)


@_insider(
    "a changed cosignature", {"witness.signature", "witness.unknown", "checkpoint.format", "checkpoint.other"}
)
def _changed_cosignature(files: Files, rng: random.Random) -> None:
    for folder in ("item-1", "release"):
        path = f"proof/{folder}/publication.tlog-proof"
        lines = files[path].split(b"\n")
        at = max(n for n, line in enumerate(lines) if b"witness" in line)
        lines[at] = lines[at][:-30] + (b"A" if lines[at][-30:-29] != b"A" else b"B") + lines[at][-29:]
        files[path] = b"\n".join(lines)


@_insider("a token over something else", {"token.format", "token.imprint"})
def _strange_token(files: Files, rng: random.Random) -> None:
    files["proof/tokens/aa.tsr"] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 200)))


@_insider("a later edition that says pending", {"index.format", "files.missing"})
def _half_a_release(files: Files, rng: random.Random) -> None:
    del files[rng.choice(["proof/release/publication.tlog-proof", "proof/item-1/day-proof.json"])]


def _dropped_witness(made: Made, rng: random.Random) -> Attack:
    """Without a policy of the stranger's own, nobody can miss a witness; with one, it is missed."""
    files = dict(made.files)
    for folder in ("item-1", "release"):
        path = f"proof/{folder}/publication.tlog-proof"
        files[path] = b"\n".join(line for line in files[path].split(b"\n") if b"witness.example" not in line)
    (line,) = [line for line in files["proof/policy.txt"].split(b"\n") if line.startswith(b"witness ")]
    policy = line + b"\nquorum " + line.split()[1] + b"\n"
    return Attack("insider: witness dropped", made.again(files), frozenset({"witness.quorum"}), policy)


def _approved(
    name: str, reasons: set[str]
) -> Callable[[Callable[[Files, random.Random], None]], Callable[[Made, random.Random], Attack]]:
    """The whole house conspires: approvals and log are made anew over changed proofs. Only the proofs can refuse."""

    def wrap(change: Callable[[Files, random.Random], None]) -> Callable[[Made, random.Random], Attack]:
        def attack(made: Made, rng: random.Random) -> Attack:
            from tests.support.bundles import conspired

            files = dict(made.files)
            change(files, rng)
            return Attack(f"conspiracy: {name}", conspired(made, files), frozenset(reasons))

        return attack

    return wrap


@_approved("a visible sample altered by one", {"frame.proof"})
def _altered_sample(files: Files, rng: random.Random) -> None:
    path = rng.choice(["frames/1-01.tiles", "frames/1-02.tiles"])
    data = bytearray(zlib.decompress(files[path]))
    at = rng.randrange(len(data))
    data[at] = data[at] + 1 if data[at] < 255 else 254
    files[path] = zlib.compress(bytes(data), 9)


@_approved("a tile un-hidden", {"frame.proof"})
def _unhidden(files: Files, rng: random.Random) -> None:
    proof = json.loads(files["frames/1-01.json"])
    tile, _ = proof["hidden"].popitem()
    proof["salts"][tile] = f"{rng.getrandbits(128):032x}"
    size = 64 * 64 * 3 // 2
    data = zlib.decompress(files["frames/1-01.tiles"])
    at = sum(1 for other in proof["salts"] if int(other) < int(tile)) * size
    files["frames/1-01.tiles"] = zlib.compress(data[:at] + bytes([rng.randrange(256)]) * size + data[at:])
    files["frames/1-01.json"] = written(proof)


@_approved("a salt, path, place, order half or layout changed", {"frame.proof", "frame.format"})
def _changed_frame(files: Files, rng: random.Random) -> None:
    path = rng.choice(["frames/1-01.json", "frames/1-02.json"])
    proof = json.loads(files[path])
    name = rng.choice(["salts", "hidden", "path", "order", "salt_f", "place", "layout", "leaves"])
    if name in ("salts", "hidden"):
        key = rng.choice(sorted(proof[name]))
        proof[name][key] = flip(bytes.fromhex(proof[name][key]), rng).hex()
    elif name == "path":
        at = rng.randrange(len(proof[name]))
        proof[name][at] = flip(bytes.fromhex(proof[name][at]), rng).hex()
    elif name in ("order", "salt_f"):
        proof[name] = flip(bytes.fromhex(proof[name]), rng).hex()
    elif name == "place":
        proof[name] ^= 1 << rng.randrange(12)
    elif name == "layout":
        proof[name] = proof[name].replace("yuv420p", "yuv422p")
    else:
        proof[name] *= 2
    files[path] = written(proof)


@_approved("proofs of two frames swapped", {"frame.proof", "frame.format"})
def _swapped_tiles(files: Files, rng: random.Random) -> None:
    a, b = "frames/1-01.tiles", "frames/1-02.tiles"
    files[a], files[b] = files[b], files[a]


@_approved("a sketch changed", {"sketch.proof", "sketch.format"})
def _changed_sketch(files: Files, rng: random.Random) -> None:
    if rng.random() < 0.5:
        files["proof/sketches-1.hashes"] = flip(files["proof/sketches-1.hashes"], rng)
        return
    data = bytearray(zlib.decompress(files["proof/sketches-1.means"]))
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    files["proof/sketches-1.means"] = zlib.compress(bytes(data))


@_approved(
    "a sketch left out of its stream, told twice, or of a tile un-hidden", {"sketch.proof", "sketch.format"}
)
def _sketch_rows(files: Files, rng: random.Random) -> None:
    sketches = json.loads(files["proof/sketches-1.json"])
    rows = sketches["sketches"]
    choice = rng.randrange(4)
    if choice == 0:
        rows.pop(rng.randrange(len(rows)))
    elif choice == 1:
        rows[1] = rows[0]
    elif choice == 2:
        next(row for row in rows if row[3])[3].pop()
    else:
        rows[0][2], rows[1][2] = rows[1][2], rows[0][2]
    files["proof/sketches-1.json"] = written(sketches)


@_approved("compressed files that swell", {"sketch.format", "frame.format"})
def _bomb(files: Files, rng: random.Random) -> None:
    path = rng.choice(["frames/1-01.tiles", "proof/sketches-1.means"])
    files[path] = zlib.compress(zlib.decompress(files[path]) + bytes(64 << 20), 9)


OUTSIDER = (_flip_any, _drop, _add, _swap_files, _older_checkpoint, _wrong_fingerprint)
INSIDER = (
    *(_other_content, _unapproved, _other_manifest, _one_approval, _one_key, _changed_approval, _reordered),
    *(
        _changed_day,
        _swapped_entries,
        _changed_checkpoint,
        _changed_path,
        _changed_cosignature,
        _strange_token,
    ),
    *(_half_a_release, _dropped_witness),
)
CONSPIRACY = (
    *(_altered_sample, _unhidden, _changed_frame, _swapped_tiles, _changed_sketch, _sketch_rows, _bomb),
)
ALL = (*OUTSIDER, *INSIDER, *CONSPIRACY)


def attacks(made: Made, count: int, seed: int) -> Iterator[Attack]:
    """Every kind in turn; half of all are single flips."""
    rng = random.Random(seed)
    for number in range(count):
        kind = _flip_any if number % 2 else ALL[(number // 2) % len(ALL)]
        yield kind(made, rng)
