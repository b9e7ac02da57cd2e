"""A first draft of what is said, by a speech model on this machine. Runs in the jail, inside the one pass.

Optional: the package ``pocketsphinx`` (Carnegie Mellon, BSD licence) is an extra, ``witnessmark[speech]``. It ships a
small model of American English; for others a person brings a model folder of the same kind (``docs/words.md``).
Such drafts are poor on noisy, far or accented speech. They are taken in with certainty *low* and only serve to find a
place to listen to; nobody may quote them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from witnessmark.model.consumer import ByteSource, Need, PcmAt, Product
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Pcm, Sample
from witnessmark.model.transcript import Cue

PACKAGE = "pocketsphinx"
RATE_HZ = 16_000
"""What the models are made for."""
FULL_SCALE = 32767
LONGEST_CUE_S = 20.0
"""A stretch of speech without a pause is cut here, so that one endless noise is not one word search of an hour."""
DICTIONARY, GRAMMAR = "*.dict", "*.lm.bin"
MODEL_WITHIN = "mdef"
"""The file that every acoustic model of this kind has in its folder."""
SHIPPED = "en-us"


@dataclass(frozen=True, slots=True)
class Model:
    """Where the three parts of a speech model lie."""

    acoustic: Path
    dictionary: Path
    grammar: Path
    name: str


def shipped_model() -> Model:
    """The one inside the package. Raises ImportError where the add-on is not installed."""
    import pocketsphinx

    folder = Path(pocketsphinx.get_model_path()) / SHIPPED
    return Model(folder / SHIPPED, folder / "cmudict-en-us.dict", folder / "en-us.lm.bin", SHIPPED)


def model_in(folder: Path) -> Model:
    """A model that a person brought: one acoustic model, one ``*.dict``, one ``*.lm.bin``; else ValueError."""
    acoustic = sorted(path.parent for path in folder.rglob(MODEL_WITHIN))
    dictionaries, grammars = sorted(folder.rglob(DICTIONARY)), sorted(folder.rglob(GRAMMAR))
    grammars = [path for path in grammars if "phone" not in path.name]
    if not (len(acoustic) == len(dictionaries) == len(grammars) == 1):
        raise ValueError("a model folder holds one acoustic model, one .dict and one .lm.bin")
    return Model(acoustic[0], dictionaries[0], grammars[0], folder.name)


def program() -> str:
    """Name and version, for the record."""
    return f"{PACKAGE} {version(PACKAGE)}"


@dataclass(slots=True)
class Recogniser:
    """A Consumer: sound in, cues out (``cues`` after ``finish``)."""

    model: Model
    name: str = "speech"
    needs: tuple[Need, ...] = (PcmAt(RATE_HZ),)
    cues: list[Cue] = field(default_factory=list)
    _decoder: Any = None
    _ends: Any = None
    _left: bytes = b""
    _speech: bytearray = field(default_factory=bytearray)
    _started_s: float = 0.0
    _offset_s: float | None = None

    def begin(self, recording: Recording, source: ByteSource) -> None:
        import pocketsphinx

        self._ends = pocketsphinx.Endpointer(sample_rate=RATE_HZ)
        self._decoder = pocketsphinx.Decoder(
            hmm=str(self.model.acoustic),
            dict=str(self.model.dictionary),
            lm=str(self.model.grammar),
            samprate=RATE_HZ,
            loglevel="FATAL",
        )

    def take(self, sample: Sample) -> None:
        if not isinstance(sample, Pcm):
            return
        if self._offset_s is None:
            at = sample.pts * sample.base if sample.pts is not None else 0
            self._offset_s = float(at) - sample.start_sample / RATE_HZ
        pcm = np.clip(sample.array, -1.0, 1.0) * FULL_SCALE
        self._left += pcm.astype("<i2").tobytes()
        size = self._ends.frame_bytes
        whole = len(self._left) // size * size
        for start in range(0, whole, size):
            self._frame(self._left[start : start + size])
        self._left = self._left[whole:]

    def finish(self) -> tuple[Product, ...]:
        if self._left and self._ends is not None:
            last = self._ends.end_stream(self._left)
            if last:
                self._hear(last)
        self._decode()
        return ()

    def _frame(self, frame: bytes) -> None:
        speech = self._ends.process(frame)
        if speech is not None:
            self._hear(speech)
        if not self._ends.in_speech or len(self._speech) > LONGEST_CUE_S * RATE_HZ * 2:
            self._decode()

    def _hear(self, speech: bytes) -> None:
        if not self._speech:
            self._started_s = self._ends.speech_start
        self._speech += speech

    def _decode(self) -> None:
        if not self._speech:
            return
        heard, self._speech = bytes(self._speech), bytearray()
        self._decoder.start_utt()
        self._decoder.process_raw(heard, full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        if hypothesis is not None and hypothesis.hypstr:
            start_s = max(0.0, self._started_s + (self._offset_s or 0.0))
            end_s = start_s + len(heard) / 2 / RATE_HZ
            self.cues.append(Cue(round(1000 * start_s), round(1000 * end_s), hypothesis.hypstr))
        self._started_s += len(heard) / 2 / RATE_HZ
