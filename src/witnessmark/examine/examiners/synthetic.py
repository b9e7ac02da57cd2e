"""Says, on every file, that no test for generated or staged content was made: silence would mislead."""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.ground.container import Kind
from witnessmark.model.consumer import ByteSource, Need, Product
from witnessmark.model.findings import Grade, Outcome
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Sample

CARD = MethodCard(
    id="synthetic",
    version="1.0.0",
    title="Generated or staged content",
    question="Was a test made for generated (synthetic) or staged content?",
    kinds=("synthetic.not_tested",),
    needs=(),
    applies_to=(MediaType.VIDEO, MediaType.SOUND, MediaType.PICTURE),
    limits=(
        "No detector is run: open detectors lose about half their discrimination in the wild.",
        "Staging happens before the camera and leaves no trace in a file.",
    ),
    sources=(
        "Chandra et al., Deepfake-Eval-2024, arXiv 2503.02857: open models lose 45 to 50 % of AUC",
        "ENFSI-BPM-DI-03, on propositions that cannot be tested",
    ),
    budget=Cost(decode_share=0.0, memory_bytes=0),
)


@dataclass(slots=True)
class SyntheticStatement:
    name: str = CARD.id
    needs: tuple[Need, ...] = CARD.needs

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        return None

    def finish(self) -> tuple[Product, ...]:
        return (
            CARD.finding(
                "synthetic.not_tested",
                Outcome.OBSERVED,
                "No test for generated or staged content was made; nothing here speaks for or against it.",
                grade=Grade.OBSERVATION,
                calibration="no method, hence no rate",
            ),
        )


def examination(kind: Kind) -> SyntheticStatement:
    return SyntheticStatement()
