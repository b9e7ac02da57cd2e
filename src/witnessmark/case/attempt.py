"""The entry of the jailed child: one item, everything asked of it, in one pass.

Runs locked. Gets the ciphertext and that one object's file key (or, for ``inspect``, a plain descriptor), and
speaks in records and blobs whose shapes are checked again on the other side (``attempt_results``).

Request (JSON): ``examiners`` list of ids or null (all); ``seal`` null, "sampled" or "all"; ``shield`` bool;
``fingerprint`` bool (fingerprint and pedigree, for comparing); ``sha256`` bool (digest of the plain content);
``cpu_s`` limit of the pass or null; ``references`` a library document (docs/spec/reference-library.md) to stand beside
the shipped one, or null.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable
from typing import Any, Protocol

from witnessmark.case.checked import Checked
from witnessmark.case.child_findings import TEXT, read_core
from witnessmark.examine.examination import UNSAYABLE, Examined, examine_file
from witnessmark.examine.library import in_use
from witnessmark.examine.library.entries import Library, read_library, shipped_name
from witnessmark.examine.rates import rates
from witnessmark.examine.registry import cards
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.ground.media import ReelLimits, build_id
from witnessmark.ground.media.sources import PlainSource
from witnessmark.model.consumer import ByteSource, Consumer
from witnessmark.model.findings import FindingCore
from witnessmark.model.kind import Kind
from witnessmark.model.printable import printable
from witnessmark.model.recording import Recording

DIGEST_BLOCK_BYTES = 1 << 20
MIN_CPU_S = 1.0


class BlobOut(Protocol):
    """One stream of bytes on its way out (the jail's ``Blob``)."""

    def write(self, data: bytes) -> object: ...

    def close(self) -> None: ...


class Out(Protocol):
    """The child's way out (the jail's ``Outlet``)."""

    level: str

    def record(self, record: dict[str, Any]) -> None: ...

    def blob(self, name: str) -> BlobOut: ...


def examine(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Out) -> None:
    """Examine one item and send what was found. See ``attempt_results`` for the records."""
    source = open_source(files, secrets)
    size_bytes = source.size_bytes
    kind = sniff(source.read_at(0, HEAD_BYTES), size_bytes)
    digest = sha256_of(source) if request.get("sha256") else None
    with in_use.added(_references(request)):
        examined = examine_file(
            source,
            size_bytes,
            kind,
            only=request.get("examiners"),
            others=_others(request, secrets, kind),
            limits=_limits(request),
        )
    _send_products(examined, out)
    out.record(_summary(examined, kind, size_bytes, digest, out.level))


def _references(request: dict[str, Any]) -> Library:
    document = request.get("references")
    return read_library(json.dumps(document).encode()) if document else in_use.NOTHING


def open_source(files: dict[str, int], secrets: dict[str, bytes]) -> ByteSource:
    """The plain content: through the seekable reader of a sealed object, or of a plain file."""
    if "object" in files:
        from witnessmark.ground.vault.reader import SealedReader

        return SealedReader(files["object"], secrets["file_key"])
    fd = files["file"]
    return PlainSource(fd, os.fstat(fd).st_size)


def sha256_of(source: ByteSource) -> bytes:
    digest = hashlib.sha256()
    for offset in range(0, source.size_bytes, DIGEST_BLOCK_BYTES):
        digest.update(source.read_at(offset, DIGEST_BLOCK_BYTES))
    return digest.digest()


def _others(request: dict[str, Any], secrets: dict[str, bytes], kind: Kind) -> tuple[Consumer, ...]:
    """The seal and the shield, loaded only where they are asked for and there is something to see or hear."""
    if not kind.examinable:
        return ()
    others: list[Consumer] = []
    if request.get("seal"):
        from witnessmark.ground.vault.reader import item_key
        from witnessmark.release.seal.commit import SealCommitter

        others.append(SealCommitter(item_key(secrets["file_key"]), request["seal"] == "all"))
    if request.get("shield"):
        from witnessmark.protect.shield import Shield

        others.append(Shield())
    if request.get("fingerprint"):
        from witnessmark.examine.fingerprint import Fingerprinter
        from witnessmark.examine.pedigree.watch import PedigreeKeeper

        others.extend((Fingerprinter(), PedigreeKeeper()))
    return tuple(others)


def _limits(request: dict[str, Any]) -> ReelLimits:
    """CPU time of the pass: what the attempt has, less what it has used already (start, digest)."""
    cpu_s = request.get("cpu_s")
    if cpu_s is None:
        return ReelLimits()
    return ReelLimits(cpu_s=max(MIN_CPU_S, float(cpu_s) - time.process_time()))


def _send_products(examined: Examined, out: Out) -> None:
    for core in examined.cores:
        for sayable in _sayable(core):
            out.record({"type": "finding", "core": sayable.to_json()})
    for number, feature in enumerate(examined.features):
        blob = f"feature.{number}"
        out.record({"type": "feature", "name": feature.name, "version": feature.version, "blob": blob})
        _send(out, blob, (feature.data,))
    if examined.seal is not None:
        seal = examined.seal
        out.record(
            {
                "type": "seal",
                "item_root": seal.item_root.hex(),
                "parameters": [list(pair) for pair in seal.parameters],
                "counts": [list(pair) for pair in seal.counts],
                "blob": "seal.index",
            }
        )
        _send(out, "seal.index", (seal.index,))
    for derivative in examined.derivatives:
        blob = f"derivative.{derivative.name}"
        record = {"type": "derivative", "name": derivative.name, "media_type": derivative.media_type}
        out.record({**record, "blob": blob})
        _send(out, blob, derivative.chunks)


def _sayable(core: FindingCore) -> tuple[FindingCore, ...]:
    """The core as it is, or, where the other side would not take it, that this one method failed.

    A text or list that is too long would else set the whole item aside, and be a way to escape examination.
    """
    try:
        read_core(Checked(core.to_json()), [core.examiner])
        return (core,)
    except ProtocolBroken:
        return cards([core.examiner])[0].failed(UNSAYABLE, core.kind)


def _send(out: Out, name: str, chunks: Iterable[bytes]) -> None:
    stream = out.blob(name)
    for chunk in chunks:
        stream.write(chunk)
    stream.close()


def _summary(
    examined: Examined, kind: Kind, size_bytes: int, digest: bytes | None, level: str
) -> dict[str, Any]:
    reel = examined.reel
    return {
        "type": "done",
        "sandbox": level,
        "build": f"{build_id()}-lib{shipped_name()}-rates{rates().digest or 0}",
        "cpu_s": round(time.process_time(), 3),
        "media_s": round(reel.media_s, 6) if reel else 0.0,
        "kind": {"media_type": kind.media_type.value, "format": kind.format},
        "size_bytes": size_bytes,
        "sha256": digest.hex() if digest is not None else None,
        "recording": _recording(reel.recording) if reel and reel.recording else None,
        "faults": [[f.reason, f.stream, _short(f.detail)] for f in reel.faults] if reel else [],
        "failures": [[f.name, _short(f.fault)] for f in examined.failures],
    }


def _short(text: str) -> str:
    return printable(text)[:TEXT]


def _recording(recording: Recording) -> dict[str, Any]:
    """What desk and lists show of a recording; the declared texts are in the findings."""
    return {
        "duration_s": None if recording.duration_s is None else round(recording.duration_s, 6),
        "bit_rate": recording.bit_rate,
        "streams": [
            {
                "kind": stream.kind,
                "codec": stream.codec,
                "width_px": stream.width_px,
                "height_px": stream.height_px,
                "pixel_format": stream.pixel_format,
                "rate": str(stream.average_rate) if stream.average_rate else "",
                "sample_rate_hz": stream.sample_rate_hz,
                "channels": stream.channels,
            }
            for stream in recording.streams[:64]
        ],
    }
