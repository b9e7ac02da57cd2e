"""The credentials examiner: content credentials (C2PA) that the received file carries, checked offline.

State and trust are kept apart. Whether signature and hashes hold is computed; who stands behind the signer
is not judged, because no trust list is used. Nothing is fetched: a manifest that is only named by a web
address counts as absent, with that reason.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.examine.trees import tree_of, unreadable
from witnessmark.ground.container import Kind, Tree
from witnessmark.model.consumer import Bytes, ByteSource, Need, Product
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Sample

MEDIA_TYPES = {
    "mp4": "video/mp4", "mov": "video/quicktime", "3gp": "video/mp4", "m4a": "audio/mp4",
    "avi": "video/avi", "wav": "audio/wav", "webp": "image/webp", "jpeg": "image/jpeg", "png": "image/png",
    "gif": "image/gif", "tiff": "image/tiff", "heic": "image/heic", "avif": "image/avif",
    "mp3": "audio/mpeg", "flac": "audio/flac",
}  # fmt: skip
"""Formats in which C2PA 2.1 §A defines where a manifest lies and which the library reads."""
LOCATED = frozenset({"mp4", "mov", "3gp", "m4a", "avi", "wav", "webp", "jpeg", "png", "heic", "avif"})
"""Formats where our own parser finds the store: without one, the library is not even loaded."""

SETTINGS = {
    "verify": {
        "verify_after_reading": True,
        "verify_trust": False,
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
    }
}
"""c2pa-rs settings: nothing is fetched, no trust list is asked."""

_TRUST_ONLY = frozenset(
    {"signingCredential.untrusted", "signingCredential.expired", "cawg.x509.credential.untrusted"}
    | {"cawg.identity.hard_binding_missing", "timeStamp.untrusted", "signingCredential.ocsp.inaccessible"}
    | {"signingCredential.ocsp.skipped", "signingCredential.ocsp.unknown", "timeOfSigning.outsideValidity"}
)
"""Codes about who signed or when the certificate ran out, not about the content (C2PA 2.1 §15.2.2)."""

CARD = MethodCard(
    id="credentials",
    version="1.0.0",
    title="Content credentials",
    question="Does the received file carry content credentials, and do they hold?",
    kinds=("credentials.present", "credentials.broken", "credentials.absent"),
    needs=(Bytes(),),
    applies_to=(MediaType.VIDEO, MediaType.SOUND, MediaType.PICTURE),
    parameters={"library": "c2pa-python 0.38.1", "remote_manifest_fetch": False, "trust_list": "none"},
    benign_causes={
        "credentials.broken": (
            "an application changed or re-saved the file without knowing about credentials",
            "the file was damaged in transfer",
        )
    },
    limits=(
        "A valid credential shows who signed what, not that the content is true.",
        "No trust list is used: anyone can make a certificate, also in a well-known name.",
        "Credentials can be stripped without a trace; their absence says nothing.",
        "Manifests kept elsewhere are not fetched; watermarks that point to them are not looked for.",
    ),
    sources=(
        "C2PA Technical Specification 2.1 §15 (validation), §A (embedding)",
        "c2pa-rs 0.91 through c2pa-python",
    ),
    budget=Cost(decode_share=0.05, memory_bytes=256 << 20),
    questions={
        "credentials.present": "Does the file carry content credentials?",
        "credentials.broken": "Do the credentials contradict the content they are attached to?",
        "credentials.absent": "Are content credentials absent?",
    },
)
BY_CONSTRUCTION = "by construction: a cryptographic check"


class SourceStream(io.RawIOBase):
    """A read-only, seekable stream over a ByteSource: nothing is held but what is asked for."""

    def __init__(self, source: ByteSource) -> None:
        super().__init__()
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._source.read_at(self._at, len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size_bytes}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def write(self, data: Any) -> int:
        raise io.UnsupportedOperation("evidence is read-only")


@dataclass(slots=True)
class CredentialsExamination:
    kind: Kind
    name: str = CARD.id
    needs: tuple[Need, ...] = CARD.needs
    tree: Tree | None = None
    source: ByteSource | None = None

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self.tree, self.source = tree_of(source, self.kind), source

    def take(self, sample: Sample) -> None:
        return None

    def finish(self) -> tuple[Product, ...]:
        if self.tree is None or self.source is None:
            return CARD.failed("the reel never began")
        media_type = MEDIA_TYPES.get(self.kind.format)
        if media_type is None:
            return _absent(f"{self.kind.format} files have no place for embedded credentials", {})
        stored = [entry for entry in self.tree.declared.credentials if not entry.field.endswith(".remote")]
        remote = any(entry.field.endswith(".remote") for entry in self.tree.declared.credentials)
        if not stored:
            if remote:
                return _absent("only a web address of credentials kept elsewhere; nothing is fetched", {})
            if self.kind.format in LOCATED and not unreadable(self.tree):
                return _absent("no credential store in the file", {})
        return _judge(read_manifest(media_type, self.source))


def examination(kind: Kind) -> CredentialsExamination:
    return CredentialsExamination(kind)


@dataclass(frozen=True, slots=True)
class Read:
    """What the library says: a report, or why there is none."""

    report: dict[str, Any] | None
    error: str = ""


def read_manifest(media_type: str, source: ByteSource) -> Read:
    """Read and validate, offline. The library is loaded here and not before."""
    import c2pa

    settings = c2pa.Settings.from_dict(SETTINGS)
    try:
        with (
            c2pa.Context(settings) as context,
            c2pa.Reader(media_type, SourceStream(source), context=context) as reader,
        ):
            return Read(json.loads(reader.json()))
    except c2pa.C2paError as error:
        return Read(None, f"{type(error).__name__}: {error}"[:300])


def _judge(read: Read) -> tuple[FindingCore, ...]:
    if read.report is None:
        return _unread(read.error)
    report = read.report
    state = str(report.get("validation_state", "unknown"))
    failures = _codes(report)
    breaking = [code for code in failures if code not in _TRUST_ONLY]
    measured = _describe(report, state, failures)
    signer = str(measured["signer"].value) if "signer" in measured else "an unnamed signer"
    trust = "signer not on any trust list (none is used)"
    if breaking:
        holds = f"they do not hold ({', '.join(breaking[:3])})"
    elif "signingCredential.expired" in failures:
        holds = "content and signature hold, but the certificate has expired"
    else:
        holds = "signed and intact"
    present = CARD.finding(
        "credentials.present",
        Outcome.OBSERVED,
        f"Content credentials by {signer}: {holds}; {trust}.",
        measurements=measured,
        grade=Grade.OBSERVATION,
        calibration=BY_CONSTRUCTION,
    )
    if breaking:
        broken = CARD.finding(
            "credentials.broken",
            Outcome.OBSERVED,
            f"The credentials contradict the file: {', '.join(breaking[:4])}.",
            measurements=measured,
            grade=Grade.STRONG,
            calibration=BY_CONSTRUCTION,
        )
    else:
        broken = CARD.finding(
            "credentials.broken",
            Outcome.NOT_OBSERVED,
            f"Signature and hashes hold ({trust}).",
            measurements={"state": Measurement(state)},
        )
    absent = CARD.finding("credentials.absent", Outcome.NOT_OBSERVED, "The file carries content credentials.")
    return present, broken, absent


def _unread(error: str) -> tuple[FindingCore, ...]:
    """No report: nothing there, only elsewhere, or a store that cannot be read."""
    if error.startswith("ManifestNotFound") or "no JUMBF data found" in error:
        return _absent("no credential store in the file", {})
    if "remote" in error.lower():
        return _absent("only a web address of credentials kept elsewhere; nothing is fetched", {})
    measured = {"fault": Measurement(error)}
    text = "A credential store is there but cannot be read."
    return (
        CARD.finding("credentials.present", Outcome.INCONCLUSIVE, text, measurements=measured),
        CARD.finding("credentials.broken", Outcome.INCONCLUSIVE, text, measurements=measured),
        CARD.finding("credentials.absent", Outcome.INCONCLUSIVE, text, measurements=measured),
    )


def _absent(reason: str, measured: dict[str, Measurement]) -> tuple[FindingCore, ...]:
    return (
        CARD.finding("credentials.present", Outcome.NOT_OBSERVED, f"No content credentials: {reason}."),
        *CARD.not_applicable("there are no credentials that could be broken", "credentials.broken"),
        CARD.finding(
            "credentials.absent",
            Outcome.OBSERVED,
            f"The received file carries no content credentials: {reason}.",
            measurements=measured,
            grade=Grade.OBSERVATION,
            calibration=BY_CONSTRUCTION,
            reason=reason,
        ),
    )


def _codes(report: dict[str, Any]) -> list[str]:
    """Failure codes of the active manifest. Those of ingredients concern earlier files, not this one."""
    results = report.get("validation_results") or {}
    active = (results.get("activeManifest") or {}).get("failure") or []
    codes = [str(entry.get("code", "")) for entry in active if isinstance(entry, dict)]
    if not results:
        listed = report.get("validation_status") or []
        codes = [str(entry.get("code", "")) for entry in listed if isinstance(entry, dict)]
    return list(dict.fromkeys(code for code in codes if code))


def _describe(report: dict[str, Any], state: str, failures: list[str]) -> dict[str, Measurement]:
    measured = {"state": Measurement(state), "failures": Measurement(tuple(failures))}
    manifest = (report.get("manifests") or {}).get(report.get("active_manifest")) or {}
    signature = manifest.get("signature_info") or {}
    for name, value in (
        ("signer", signature.get("common_name") or signature.get("issuer")),
        ("issuer", signature.get("issuer")),
        ("signed_at", signature.get("time")),
        ("claim_generator", manifest.get("claim_generator") or _generator(manifest)),
    ):
        if value:
            measured[name] = Measurement("".join(c if c.isprintable() else " " for c in str(value))[:200])
    ingredients = manifest.get("ingredients") or []
    measured["ingredients"] = Measurement(len(ingredients), "ingredients")
    return measured


def _generator(manifest: dict[str, Any]) -> str:
    info = manifest.get("claim_generator_info") or []
    first = info[0] if info and isinstance(info[0], dict) else {}
    return f"{first.get('name', '')} {first.get('version', '')}".strip()
