"""Container examiner: who laid the file out, did software re-write it, does anything lie outside."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from witnessmark.examine import layouts, writers
from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.examine.library import in_use
from witnessmark.examine.library.likelihood import Likeness, liken
from witnessmark.examine.library.tokens import structure_tokens
from witnessmark.examine.trees import fault_measurements, tree_of, unreadable
from witnessmark.ground.container import Kind, Tree
from witnessmark.model.consumer import Bytes, ByteSource, Need, Product
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Sample

CARD = MethodCard(
    id="container",
    version="2.0.0",
    title="Container structure",
    question="Who wrote the file as it lies here, and does anything lie outside its structure?",
    kinds=("container.family", "container.rewritten", "container.trailing"),
    needs=(Bytes(),),
    applies_to=(MediaType.VIDEO, MediaType.SOUND, MediaType.PICTURE),
    parameters={
        "known_writers": len(writers.WRITERS),
        "moderate_from_strength": 4,
    },
    benign_causes={
        "container.family": (
            "several makers use the same chip maker's or system's muxer",
            "a mode of the same device that the library does not know",
            "an export by the device itself, which writes as its camera does",
        ),
        "container.rewritten": (
            "exported, shared or downloaded through an application or a platform",
            "repaired or converted by the archive or the person who copied it",
            "a recorder whose firmware embeds the same library",
        ),
        "container.trailing": (
            "a motion photo: the camera itself puts a short movie behind the picture",
            "a maker's own trailer that this version does not know",
            "copied from a carved or sector-padded source",
        ),
    },
    limits=(
        "A file written by unknown software is called unknown, not rewritten.",
        "Strings can be forged or removed; structure can be imitated.",
        "Handler names survive a stream copy and prove little.",
        "Bytes inside mdat or movi that no sample refers to are not looked for.",
        "The library is small: n counts devices or installations of a program, and stands with every family. What it"
        " does not know it calls unknown, or likens to what it does know.",
        "Versions of one program are relatives, not independent devices; its rates are kinder than they should be.",
    ),
    sources=(
        "ISO/IEC 14496-12:2022 §4.2, §4.3, §8",
        "Iuliani et al., Unsupervised Analysis of MP4-Like File Container, IEEE TIFS 14(3), 2019",
        "Yang et al., Efficient video integrity analysis through container characterization, arXiv 2101.10795",
        "MacKay and Peto, A hierarchical Dirichlet language model, Natural Language Engineering 1(3), 1995",
        "docs/spec/reference-library.md",
        "FFmpeg libavformat source: movenc.c, avienc.c, matroskaenc.c, mpegtsenc.c",
        "RFC 8794, RFC 9559 (EBML, Matroska); ISO/IEC 13818-1; Microsoft RIFF MCI 1.0, OpenDML AVI 1.02",
    ),
    budget=Cost(decode_share=0.02, memory_bytes=64 << 20),
    questions={
        "container.family": "Which family of writers lays files out like this one?",
        "container.rewritten": "Was the file written by software other than a recorder, and by what traces?",
        "container.trailing": "Does the file hold bytes or a second payload outside its structure?",
    },
)
BY_CONSTRUCTION = "by construction: the bytes are in the file"
_WRITING_ROLES = (writers.Role.MUXER, writers.Role.EDITOR, writers.Role.SERVICE)
"""Pure encoders are the software examiner's matter: a recorder may embed one too."""
_SHOWN = 12
"""Traces listed in one finding; the count of all stands beside them."""


@dataclass(slots=True)
class ContainerExamination:
    """Reads the tree once, at the end; takes no samples."""

    kind: Kind
    name: str = CARD.id
    needs: tuple[Need, ...] = CARD.needs
    tree: Tree | None = field(default=None)

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self.tree = tree_of(source, self.kind)

    def take(self, sample: Sample) -> None:
        return None

    def finish(self) -> tuple[Product, ...]:
        if self.tree is None:
            return CARD.failed("the reel never began")
        if any(fault.code == "no_parser" for fault in self.tree.faults):
            return CARD.not_applicable(unreadable(self.tree))
        return (_family(self.tree), _rewritten(self.tree), _trailing(self.tree))


def examination(kind: Kind) -> ContainerExamination:
    return ContainerExamination(kind)


def _family(tree: Tree) -> FindingCore:
    measured = fault_measurements(tree)
    if why := unreadable(tree):
        return CARD.finding(
            "container.family",
            Outcome.INCONCLUSIVE,
            f"The layout could not be read: {why}.",
            measurements=measured,
        )
    measured["layout"] = Measurement(" ".join(tree.top[:16]))
    signed = dict.fromkeys(one.writer.name for one in writers.signatures(tree))
    if signed:
        measured["tool_strings"] = Measurement(tuple(signed)[:_SHOWN])
    likeness = liken(structure_tokens(tree), tree.format, in_use.library())
    core = _unknown(measured, tree.format) if likeness is None else _likened(likeness, measured)
    return replace(core, parameters={**core.parameters, **in_use.names()})


def _unknown(measured: dict[str, Measurement], format_name: str) -> FindingCore:
    return CARD.finding(
        "container.family",
        Outcome.INCONCLUSIVE,
        f"Unknown writer: the library holds no recording of the format {format_name}.",
        measurements=measured,
    )


def _likened(likeness: Likeness, measured: dict[str, Measurement]) -> FindingCore:
    best = likeness.nearest[0]
    measured["families"] = Measurement(tuple(one.family for one in likeness.nearest))
    measured["devices"] = Measurement(
        tuple(one.devices for one in likeness.nearest), "devices or installations"
    )
    measured["scores"] = Measurement(tuple(one.score for one in likeness.nearest), "nats per feature")
    measured["near_from"] = Measurement(likeness.threshold, "nats per feature")
    measured["features"] = Measurement(likeness.features, "features")
    measured["smoothing"] = Measurement(likeness.alpha, "devices")
    differing = (*(f"- {one}" for one in likeness.missing), *(f"+ {one}" for one in likeness.unexpected))
    measured["differing"] = Measurement(differing)
    known = f"known from {best.devices} {'device' if best.sort in ('camera', 'recorder') else 'installation'}"
    known += "" if best.devices == 1 else "s"
    differs = (
        f"{len(differing)} of {likeness.features} features differ" if differing else "no feature differs"
    )
    if likeness.is_near:
        return CARD.finding(
            "container.family",
            Outcome.OBSERVED,
            f"Laid out most like: {best.family} ({known}; {differs}).",
            measurements=measured,
            grade=Grade.OBSERVATION,
            weight=likeness.weight,
        )
    return CARD.finding(
        "container.family",
        Outcome.INCONCLUSIVE,
        f"Unknown writer: none of the {likeness.families} families of this sort of container in the library is near. "
        f"The nearest, {best.family} ({known}; {differs}), scores {best.score:g}; "
        f"near begins at {likeness.threshold:g}.",
        measurements=measured,
        extra_limits=("Unknown means absent from the library, not rewritten.",),
    )


def _rewritten(tree: Tree) -> FindingCore:
    kind = "container.rewritten"
    measured = fault_measurements(tree)
    signed = writers.signatures(tree)
    by_software = [one for one in signed if one.writer.role in _WRITING_ROLES]
    structural = layouts.signs(tree)
    if by_software or structural:
        measured["traces"] = Measurement(
            (
                *(f"{one.field}: {one.text}" for one in by_software[:_SHOWN]),
                *(f"structure: {sign.what}" for sign in structural[:_SHOWN]),
            )
        )
        measured["strings"] = Measurement(len(by_software), "strings")
        measured["structural_marks"] = Measurement(len(structural), "marks")
    if by_software:
        names = ", ".join(dict.fromkeys(one.writer.name for one in by_software))
        return CARD.finding(
            kind,
            Outcome.OBSERVED,
            f"The file carries the writer's strings of {names}.",
            measurements=measured,
            grade=Grade.STRONG,
            calibration=BY_CONSTRUCTION,
        )
    grade = layouts.grade_of(structural)
    if grade is not None:
        names = ", ".join(dict.fromkeys(sign.muxer for sign in structural))
        how = (
            "No writer's string is left, but the structure has"
            if grade is Grade.MODERATE
            else "The structure has"
        )
        return CARD.finding(
            kind,
            Outcome.OBSERVED,
            f"{how} {len(structural)} mark(s) of {names}.",
            measurements=measured,
            grade=grade,
            extra_limits=("Recorders that embed the same library leave the same marks.",),
        )
    if why := unreadable(tree):
        return CARD.finding(
            kind, Outcome.INCONCLUSIVE, f"The structure could not be read: {why}.", measurements=measured
        )
    return CARD.finding(
        kind,
        Outcome.NOT_OBSERVED,
        f"No string of {len(writers.WRITERS)} known writers and no structural mark of a known muxer. "
        "Software that is unknown here, or that imitates a recorder, would not be seen.",
        measurements=measured,
    )


def _trailing(tree: Tree) -> FindingCore:
    kind = "container.trailing"
    measured = fault_measurements(tree)
    spans = tree.unaccounted
    why = unreadable(tree)
    if why:
        return CARD.finding(
            kind,
            Outcome.INCONCLUSIVE,
            f"Where the structure ends cannot be told: {why}.",
            measurements=measured,
        )
    carried = (*spans, *tree.payloads)
    if carried:
        measured["spans"] = Measurement(
            tuple(f"{s.offset}+{s.size_bytes}: {s.what}" for s in carried[:_SHOWN])
        )
        measured["unaccounted_bytes"] = Measurement(sum(s.size_bytes for s in spans if not s.native), "bytes")
    foreign = [span for span in spans if not span.native]
    if foreign:
        total = sum(span.size_bytes for span in foreign)
        what = "; ".join(span.what for span in foreign[:4])
        return CARD.finding(
            kind,
            Outcome.OBSERVED,
            f"{total} bytes lie outside the structure: {what}.",
            measurements=measured,
            grade=Grade.STRONG,
            calibration=BY_CONSTRUCTION,
        )
    if carried:
        what = "; ".join(f"{span.what} ({span.size_bytes} bytes)" for span in carried[:4])
        return CARD.finding(
            kind,
            Outcome.OBSERVED,
            f"Known native or empty additions only: {what}.",
            measurements=measured,
            grade=Grade.OBSERVATION,
            calibration=BY_CONSTRUCTION,
        )
    return CARD.finding(
        kind,
        Outcome.NOT_OBSERVED,
        "Every byte up to the end of the file belongs to a box, chunk, element, segment or packet.",
        measurements=measured,
        extra_limits=("Data hidden inside a well-formed box is accounted for by the box.",),
    )
