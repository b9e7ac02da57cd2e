"""What a jailed child says, checked before anyone believes its shape: the parent's side of ``attempt``.

The child has decoded hostile bytes and may be owned by them. Here its records become model objects or the
protocol is broken: types, lengths, counts, known names, finite numbers, printable text. That the *content* is
true is not established by this: a taken-over child can lie within the shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from witnessmark.case import container_dates
from witnessmark.case.checked import Checked, broken
from witnessmark.case.child_findings import TEXT, read_core
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.model.consumer import Feature, SealRecord
from witnessmark.model.findings import FindingCore
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType

FINDINGS, FEATURES, DERIVATIVES = 50_000, 64, 8
FEATURE_BYTES = 8 << 20
FINGERPRINT = "fingerprint"
"""The feature that comparers read (``examine.fingerprint``), named here so that nobody loads numpy for its name."""
PEDIGREE = "pedigree"
RESIDUAL = "camera.residual"
"""The others (``examine.pedigree``, ``examine.camera``)."""
SEAL_INDEX_BYTES = 1 << 30
"""`new --seal all` on hours of footage; the sampled default stays near a megabyte an hour."""
DERIVATIVE_BYTES = 8 << 30

DerivativeSink = Callable[[str, bytes, bool], None]


@dataclass(frozen=True, slots=True)
class StreamSummary:
    kind: str
    codec: str
    width_px: int
    height_px: int
    pixel_format: str
    rate: str
    sample_rate_hz: int
    channels: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The last record of an attempt."""

    sandbox: str
    build: str
    cpu_s: float
    media_s: float
    kind: Kind
    size_bytes: int
    sha256: bytes | None
    duration_s: float | None
    bit_rate: int
    streams: tuple[StreamSummary, ...]
    faults: tuple[tuple[str, int | None, str], ...]
    failures: tuple[tuple[str, str], ...]
    """(consumer, fault): an examiner, ``seal`` or ``shield`` that broke."""


@dataclass(frozen=True, slots=True)
class MadeDerivative:
    name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """Everything one attempt established. ``summary`` is None unless the child came to its end."""

    cores: tuple[FindingCore, ...]
    features: tuple[Feature, ...]
    derivatives: tuple[MadeDerivative, ...]
    seal: SealRecord | None
    summary: Summary | None


@dataclass(slots=True)
class _Expected:
    """A blob that a record announced."""

    purpose: str
    limit_bytes: int
    data: bytearray | None
    size_bytes: int = 0
    complete: bool = False


@dataclass(slots=True)
class AttemptReader:
    """Give ``on_record`` and ``on_blob`` to ``jail.run``, then ask for ``outcome``.

    ``examiners``: the ids that were asked (findings of others break the protocol; ``examination`` itself may
    always speak). ``sink(name, piece, is_last)`` takes derivatives as they come; without one they are refused.
    """

    examiners: Collection[str]
    sink: DerivativeSink | None = None
    _cores: list[FindingCore] = field(default_factory=list)
    _features: list[tuple[str, int, str]] = field(default_factory=list)
    _derivatives: list[tuple[str, str, str]] = field(default_factory=list)
    _seal: tuple[bytes, tuple[tuple[str, str | int], ...], tuple[tuple[str, int], ...]] | None = None
    _blobs: dict[str, _Expected] = field(default_factory=dict)
    _summary: Summary | None = None

    def on_record(self, record: dict[str, Any]) -> None:
        """Raises ProtocolBroken for a record that no honest child sends."""
        if self._summary is not None:
            raise broken("a record after the last")
        checked = Checked(record)
        kind = checked.text("type", 20)
        if kind == "finding":
            self._finding(checked.only("type", "core").inner("core"))
        elif kind == "feature":
            self._feature(checked.only("type", "name", "version", "blob"))
        elif kind == "seal":
            self._take_seal(checked.only("type", "item_root", "parameters", "counts", "blob"))
        elif kind == "derivative":
            self._derivative(checked.only("type", "name", "media_type", "blob"))
        elif kind == "done":
            self._summary = _summary(checked)
        else:
            raise broken("a record of unknown type")

    def on_blob(self, name: str, piece: bytes, is_last: bool) -> None:
        """Raises ProtocolBroken for a blob that was not announced or is too long."""
        expected = self._blobs.get(name)
        if expected is None or expected.complete:
            raise broken("a blob that was not announced")
        expected.size_bytes += len(piece)
        if expected.size_bytes > expected.limit_bytes:
            raise broken("a blob that is too long")
        if expected.data is not None:
            expected.data += piece
        elif self.sink is not None:
            self.sink(expected.purpose, piece, is_last)
        expected.complete = is_last

    def outcome(self) -> AttemptOutcome:
        """What was said. Raises ProtocolBroken where an announced blob never came, or holds what we
        read ourselves and cannot."""
        if self._summary is not None and not all(blob.complete for blob in self._blobs.values()):
            raise broken("an announced blob never came")
        seal = None
        if self._seal is not None and self._blobs["seal.index"].complete:
            root, parameters, counts = self._seal
            seal = SealRecord(root, parameters, counts, self._bytes("seal.index"))
        features = tuple(
            Feature(name, version, self._bytes(blob))
            for name, version, blob in self._features
            if self._blobs[blob].complete
        )
        for feature in features:
            if feature.name == container_dates.NAME:
                container_dates.read_dates(feature.data)
            elif feature.name in (FINGERPRINT, PEDIGREE, RESIDUAL):
                _hold_to_shape(feature)
        return AttemptOutcome(
            cores=tuple(self._cores),
            features=features,
            derivatives=tuple(
                MadeDerivative(name, media_type, self._blobs[blob].size_bytes)
                for name, media_type, blob in self._derivatives
                if self._blobs[blob].complete
            ),
            seal=seal,
            summary=self._summary,
        )

    def _bytes(self, blob: str) -> bytes:
        return bytes(self._blobs[blob].data or b"")

    def _announce(self, blob: str, prefix: str, purpose: str, limit_bytes: int, *, keep: bool) -> None:
        if blob in self._blobs or not blob.startswith(prefix):
            raise broken("a blob that may not be announced")
        self._blobs[blob] = _Expected(purpose, limit_bytes, bytearray() if keep else None)

    def _finding(self, core: Checked) -> None:
        if len(self._cores) >= FINDINGS:
            raise broken("too many findings")
        self._cores.append(read_core(core, self.examiners))

    def _feature(self, record: Checked) -> None:
        if len(self._features) >= FEATURES:
            raise broken("too many features")
        name, blob = record.text("name", 64), record.text("blob", 128)
        self._announce(blob, "feature.", name, FEATURE_BYTES, keep=True)
        self._features.append((name, record.integer("version", 0, 10_000), blob))

    def _take_seal(self, record: Checked) -> None:
        if self._seal is not None:
            raise broken("a second seal")
        self._announce(record.text("blob", 128), "seal.index", "seal", SEAL_INDEX_BYTES, keep=True)
        parameters = tuple(
            (name, value) for name, value in record.pairs("parameters", 64) if isinstance(value, str | int)
        )
        counts = tuple((name, value) for name, value in record.pairs("counts", 64) if isinstance(value, int))
        self._seal = (record.digest("item_root"), parameters, counts)

    def _derivative(self, record: Checked) -> None:
        if self.sink is None or len(self._derivatives) >= DERIVATIVES:
            raise broken("a derivative that nobody asked for")
        name, blob = record.text("name", 64), record.text("blob", 128)
        self._announce(blob, "derivative.", name, DERIVATIVE_BYTES, keep=False)
        self._derivatives.append((name, record.text("media_type", 64), blob))


def _hold_to_shape(feature: Feature) -> None:
    """What comparers read must be readable: else it would stop every later comparison of the case."""
    from witnessmark.examine.camera.residual import read_residual
    from witnessmark.examine.fingerprint import read_fingerprint
    from witnessmark.examine.pedigree.record import read_pedigree

    try:
        if feature.name == FINGERPRINT:
            read_fingerprint(feature)
        elif feature.name == PEDIGREE:
            read_pedigree(feature)
        else:
            read_residual(feature)
    except ValueError as error:
        raise broken(f"a {feature.name} that is none: {error}") from None


def _summary(record: Checked) -> Summary:
    record.only(
        "type",
        "sandbox",
        "build",
        "cpu_s",
        "media_s",
        "kind",
        "size_bytes",
        "sha256",
        "recording",
        "faults",
        "failures",
    )
    kind = record.inner("kind").only("media_type", "format")
    has_recording = record.get("recording") is not None
    recording = record.inner("recording").only("duration_s", "bit_rate", "streams") if has_recording else None
    duration = (
        recording.number("duration_s") if recording and recording.get("duration_s") is not None else None
    )
    return Summary(
        sandbox=record.one_of("sandbox", {"S0", "S1", "S2", "S3"}),
        build=record.text("build", TEXT),
        cpu_s=record.number("cpu_s"),
        media_s=record.number("media_s"),
        kind=Kind(MediaType(kind.one_of("media_type", set(MediaType))), kind.text("format", 32)),
        size_bytes=record.integer("size_bytes", 0, 1 << 62),
        sha256=record.digest("sha256") if record.get("sha256") is not None else None,
        duration_s=duration,
        bit_rate=recording.integer("bit_rate", -(1 << 62), 1 << 62) if recording else 0,
        streams=tuple(_stream(stream) for stream in recording.inners("streams", 64)) if recording else (),
        faults=tuple(_fault(row) for row in record.rows("faults", 10_000, 3)),
        failures=tuple(_failure(row) for row in record.rows("failures", 100, 2)),
    )


def _stream(stream: Checked) -> StreamSummary:
    return StreamSummary(
        kind=stream.text("kind", 32),
        codec=stream.text("codec", 64),
        width_px=stream.integer("width_px", 0, 1 << 31),
        height_px=stream.integer("height_px", 0, 1 << 31),
        pixel_format=stream.text("pixel_format", 64),
        rate=stream.text("rate", 64),
        sample_rate_hz=stream.integer("sample_rate_hz", 0, 1 << 31),
        channels=stream.integer("channels", 0, 1 << 16),
    )


def _fault(row: Checked) -> tuple[str, int | None, str]:
    stream = None if row.get("1") is None else row.integer("1", 0, 1 << 31)
    return row.text("0", 64), stream, row.text("2", TEXT)


def _failure(row: Checked) -> tuple[str, str]:
    return row.text("0", 64), row.text("1", TEXT)


__all__ = [
    "AttemptOutcome",
    "AttemptReader",
    "MadeDerivative",
    "ProtocolBroken",
    "StreamSummary",
    "Summary",
    "read_core",
]
