"""Device and software: makes that the container names, families that names suggest, software that signed itself.

A make says which device recorded; a string of software says which program wrote or encoded this file. Both hold of
every export, so they are told beside each other and never called a contradiction. Two devices are one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from witnessmark.describe.contradictions.moments import Compared
from witnessmark.describe.contradictions.sources import name_reading, observed, software, texts
from witnessmark.describe.facts import ItemFacts
from witnessmark.model.contradictions import Contradiction, Hypothesis, Reading, Source, Subject, Verdict
from witnessmark.model.findings import Finding

DEVICE_PATTERNS = frozenset({"pixel", "gopro", "fujifilm", "canon", "sony", "dji", "dji_number"})
"""Naming patterns that one family of devices uses; the others are programs or belong to many makers."""
_ALSO = {"pixel": frozenset({"google"}), "sony": frozenset({"sony", "nikon"})}
"""Makes as devices write them, beside the words of the pattern's writer. Nikon names its files DSC too."""
_LONGEST = 120


def writer_rows(item: ItemFacts, findings: Sequence[Finding]) -> Iterator[Contradiction]:
    makes = _makes(findings)
    programs = [
        Reading(Source.ENCODER, text[:_LONGEST], finding.core.kind, finding.finding_id)
        for text, finding in software(findings)
    ]
    generators = [
        Reading(Source.CREDENTIALS, text[:_LONGEST], "credentials.present", finding.finding_id)
        for finding in observed(findings, "credentials.present")
        for text in texts(finding.core, "claim_generator")
    ]
    for make in makes:
        for name in item.names:
            if name.pattern in DEVICE_PATTERNS:
                yield _row(item, make, name_reading(name), _two_devices(make.text, name.pattern, name.writer))
        for program in programs:
            yield _row(item, make, program, _device_and_program())
    for generator in generators:
        for program in programs:
            yield _row(item, program, generator, _two_programs(program.text, generator.text))
        for make in makes:
            yield _row(item, make, generator, _make_and_generator(make.text, generator.text))


def _makes(findings: Sequence[Finding]) -> list[Reading]:
    """Whatever the outcome of the comparison inside the file: the makes stand in its measurements."""
    found = []
    for finding in findings:
        if finding.core.kind == "metadata.conflict":
            for text in texts(finding.core, "makes"):
                field, _, make = text.partition(" = ")
                found.append(Reading(Source.CONTAINER, make[:_LONGEST], field, finding.finding_id))
    return found


def _words(text: str) -> frozenset[str]:
    plain = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return frozenset(plain.split())


def _two_devices(make: str, pattern: str, writer: str) -> Compared:
    causes = (
        Hypothesis.NAME_GIVEN_LATER,
        Hypothesis.DEVICE_NAME_KEPT,
        Hypothesis.FIELD_WRITTEN_BY_HAND,
    )
    if _words(make) & (_words(writer) | _ALSO.get(pattern, frozenset())):
        return Compared(
            Verdict.AGREE, "The name follows the pattern of that maker's devices.", hypotheses=causes
        )
    return Compared(
        Verdict.CANNOT_BOTH_HOLD,
        "The container names another maker than the one whose devices use this naming pattern.",
        hypotheses=causes,
    )


def _device_and_program() -> Compared:
    return Compared(
        Verdict.CANNOT_BE_COMPARED,
        "One names the device that recorded, the other the software that wrote or encoded this file; every export "
        "has both.",
        hypotheses=(Hypothesis.DEVICE_NAME_KEPT, Hypothesis.FIELD_WRITTEN_BY_HAND),
    )


def _two_programs(program: str, generator: str) -> Compared:
    if _words(program) & _words(generator):
        return Compared(
            Verdict.AGREE, "Both name the same software.", hypotheses=(Hypothesis.VERSION_STRING_KEPT,)
        )
    return Compared(
        Verdict.CANNOT_BE_COMPARED,
        "One names the software that encoded, the other the software that signed; they may be two.",
        hypotheses=(Hypothesis.VERSION_STRING_KEPT, Hypothesis.SIGNED_LATER),
    )


def _make_and_generator(make: str, generator: str) -> Compared:
    if _words(make) & _words(generator):
        return Compared(Verdict.AGREE, "The device that the container names also signed.", hypotheses=())
    return Compared(
        Verdict.CANNOT_BE_COMPARED,
        "One names the device that recorded, the other what signed; software may have signed an export.",
        hypotheses=(Hypothesis.SIGNED_LATER, Hypothesis.DEVICE_NAME_KEPT),
    )


def _row(item: ItemFacts, first: Reading, second: Reading, found: Compared) -> Contradiction:
    return Contradiction(
        Subject.DEVICE_SOFTWARE,
        item.item_id,
        first,
        second,
        found.verdict,
        found.why,
        hypotheses=found.hypotheses,
    )
