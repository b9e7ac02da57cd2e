"""The jailed tasks of a redaction: propose tracks, make the public video, look at the video that was made.

They run locked like ``attempt`` and speak in records and blobs that ``redaction_results`` checks on the other side.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from witnessmark.case.attempt import Out, open_source
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import ReelLimits, ReelOutcome, build_id, run_reel
from witnessmark.model.consumer import ByteSource, Consumer, Frames, Need, Product
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.redaction import Recipe, Sound
from witnessmark.model.samples import Frame, Sample

if TYPE_CHECKING:
    from witnessmark.ground.media.public import Shape

PROPOSE_TASK = "witnessmark.case.redaction_task:propose"
DERIVE_TASK = "witnessmark.case.redaction_task:derive"
LOOK_TASK = "witnessmark.case.redaction_task:second_look"
THUMBNAIL_TASK = "witnessmark.case.redaction_task:thumbnails"
LARGEST_LOOK_PIXELS = 3840 * 2160
"""Larger pictures are looked at smaller: a face of 24 pixels in 8K is found at 12."""
TOLD_EVERY = 50
MOST_ODD = 100


def opened(
    files: dict[str, int], secrets: dict[str, bytes], out: Out
) -> tuple[ByteSource, Kind, Shape] | None:
    """The object, its kind and the shape of its pictures. None, and the parent is told, where it has no picture."""
    from witnessmark.ground.media.public import shape_of

    source = open_source(files, secrets)
    kind = sniff(source.read_at(0, HEAD_BYTES), source.size_bytes)
    shape = shape_of(source, kind)
    if shape is None:
        out.record({"type": "nothing_to_see"})
        return None
    return source, kind, shape


class Progress:
    """Tells the parent how far the decode is, and reads the picture clock on the way."""

    name = "progress"

    def __init__(self, out: Out, base: Fraction, rate: Fraction | None, stream: int) -> None:
        from witnessmark.release.derivative.timeline import Clock

        self.needs: tuple[Need, ...] = (Frames(),)
        self._out, self._stream = out, stream
        self.clock = Clock.of(base, rate)
        self.pictures = 0

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Frame) and sample.stream == self._stream:
            self.clock.tick(sample.pts)
            self.pictures += 1
            if self.pictures % TOLD_EVERY == 0:
                self._out.record({"type": "progress", "pictures": self.pictures})

    def finish(self) -> tuple[Product, ...]:
        return ()

    @property
    def length_s(self) -> Fraction:
        """Length of the picture's clock: where the last picture stands, and one step."""
        return self.clock.at_s + self.clock.step_s if self.pictures else Fraction(0)


class Within:
    """Passes on only the samples between two times of the file's own clock; those without a time stamp pass."""

    def __init__(self, consumer: Consumer, start_s: Fraction, end_s: Fraction) -> None:
        self.name, self.needs = consumer.name, consumer.needs
        self._consumer, self._start_s, self._end_s = consumer, start_s, end_s

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self._consumer.begin(recording, source)

    def take(self, sample: Sample) -> None:
        pts, base = sample.pts, sample.base
        if pts is None or base is None or self._start_s <= pts * base <= self._end_s:
            self._consumer.take(sample)

    def finish(self) -> tuple[Product, ...]:
        return self._consumer.finish()


def propose(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Out) -> None:
    """Request: ``texts`` bool, ``voice`` bool, ``span_s`` null or [start, end] in the file's own seconds, ``cpu_s``."""
    from witnessmark.protect.faces.finder import FaceFinder
    from witnessmark.protect.faces.proposing import proposed
    from witnessmark.protect.texts.finder import TextFinder
    from witnessmark.protect.voice.activity import SpeechFinder

    seen = opened(files, secrets, out)
    if seen is None:
        return
    source, kind, shape = seen
    height = look_height(shape.width_px, shape.height_px)
    faces = FaceFinder(shape.width_px, shape.height_px, height)
    progress = Progress(out, shape.base, shape.rate, shape.stream)
    texts = TextFinder(shape.width_px, shape.height_px, height) if request["texts"] else None
    voice = SpeechFinder() if request["voice"] and shape.sound_stream is not None else None
    span = request["span_s"]
    asked: list[Consumer] = [consumer for consumer in (faces, texts, voice) if consumer is not None]
    if span:
        asked = [Within(consumer, *map(Fraction, span)) for consumer in asked]
    outcome = run_reel(
        source,
        source.size_bytes,
        [progress, *asked],
        kind=kind,
        limits=ReelLimits(cpu_s=float(request["cpu_s"])),
    )
    if faces.found is not None:
        tracks, stretches = proposed(faces.found)
        for track in (*tracks, *(texts.tracks(progress.pictures) if texts else ())):
            out.record({"type": "track", "track": track.to_json()})
        for stretch in stretches:
            out.record({"type": "stretch", "stretch": stretch.to_json()})
    spans = voice.spans() if voice else ()
    out.record(
        {
            "type": "done",
            "sandbox": out.level,
            "build": build_id(),
            "stream": shape.stream,
            "width_px": shape.width_px,
            "height_px": shape.height_px,
            "base": _text(shape.base),
            "rate": _text(shape.rate) if shape.rate else None,
            "pictures": progress.pictures,
            "length_ms": int(progress.length_s * 1000),
            "sound_stream": shape.sound_stream,
            "sound_base": _text(shape.sound_base) if shape.sound_base else None,
            "speech": [list(span) for span in spans],
            "looks": [list(pair) for pair in faces.found.looks] if faces.found else [],
            "cpu_s": outcome.cpu_s,
            "faults": sorted({fault.reason for fault in outcome.faults}),
            "failures": [[failure.name, failure.fault] for failure in outcome.failures],
        }
    )


def look_height(width_px: int, height_px: int) -> int:
    """At which height pictures are looked at: their own, unless they are larger than 4K."""
    share = min(1.0, math.sqrt(LARGEST_LOOK_PIXELS / max(1, width_px * height_px)))
    return max(1, round(height_px * share))


def derive(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Out) -> None:
    """Request: ``recipe``, ``strip``, ``length_ms``, ``cpu_s``. Leaves the two videos and the map."""
    from witnessmark.protect.voice.treatment import treatment
    from witnessmark.release.derivative.maker import SOUND_RATE_HZ, DerivativeMaker
    from witnessmark.release.derivative.strip import StripText

    seen = opened(files, secrets, out)
    if seen is None:
        return
    source, kind, shape = seen
    recipe = Recipe.from_json(request["recipe"])
    treat = None
    if recipe.sound.choice is not Sound.NONE:
        spans = [
            (
                int(span.start.value * span.start.base * SOUND_RATE_HZ),
                -int(-span.end.value * span.end.base * SOUND_RATE_HZ // 1),
            )
            for span in recipe.sound.spans
        ]
        treat = treatment(recipe.sound.choice, spans, SOUND_RATE_HZ)
    maker = DerivativeMaker(
        recipe, shape, Fraction(int(request["length_ms"]), 1000), StripText(**request["strip"]), treat
    )
    progress = Progress(out, shape.base, shape.rate, shape.stream)
    outcome = run_reel(
        source,
        source.size_bytes,
        (progress, maker),
        kind=kind,
        limits=ReelLimits(cpu_s=float(request["cpu_s"])),
    )
    if maker.map is not None and not outcome.failures:
        for name, pieces in maker.files():
            blob = out.blob(f"derivative.{name}")
            for piece in pieces:
                blob.write(piece)
            blob.close()
        out.record({"type": "map", "map": maker.map.to_json(), "hidden_tiles": maker.hidden_tiles})
    out.record(done_making(outcome, out))


def done_making(outcome: ReelOutcome, out: Out) -> dict[str, Any]:
    """The last record of a pass that made something for the public."""
    return {
        "type": "done",
        "sandbox": out.level,
        "build": build_id(),
        "cpu_s": outcome.cpu_s,
        "faults": sorted({fault.reason for fault in outcome.faults}),
        "failures": [[failure.name, failure.fault] for failure in outcome.failures],
    }


def thumbnails(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Out) -> None:
    """Small grey cuttings for a person who decides. Request: ``places`` [[ordinal, left, top, right, bottom]], rising.

    Leaves one blob: for each place SIDE x SIDE bytes, in order; a place whose picture never came is grey.
    """
    from witnessmark.protect.cuttings import Cuttings

    source = open_source(files, secrets)
    kind = sniff(source.read_at(0, HEAD_BYTES), source.size_bytes)
    cuttings = Cuttings([tuple(place) for place in request["places"]], int(request["stream"]))
    last = max((place[0] for place in request["places"]), default=0)
    run_reel(
        source,
        source.size_bytes,
        (cuttings,),
        kind=kind,
        limits=ReelLimits(cpu_s=float(request["cpu_s"]), frames=last + 1),
    )
    blob = out.blob("thumbnails")
    for picture in cuttings.pictures():
        blob.write(picture.tobytes())
    blob.close()


def second_look(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Out) -> None:
    """Look for faces in a public video or picture, and for what its structure should not hold.

    Request: ``picture_px`` (height above the strip), ``faces`` bool, ``cpu_s``.
    """
    from witnessmark.protect.faces.second_look import SecondLook
    from witnessmark.release.derivative.gone import odd_structure, told_numbers
    from witnessmark.release.derivative.png_structure import odd_picture

    seen = opened(files, secrets, out)
    if seen is None:
        return
    source, kind, shape = seen
    look = SecondLook(shape.height_px, int(request["picture_px"]))
    progress = Progress(out, shape.base, shape.rate, shape.stream)
    outcome = run_reel(
        source,
        source.size_bytes,
        (progress, look) if request["faces"] else (progress,),
        kind=kind,
        limits=ReelLimits(cpu_s=float(request["cpu_s"])),
    )
    data = source.read_at(0, source.size_bytes)
    odd = odd_picture(data) if kind.media_type is MediaType.PICTURE else odd_structure(data)
    numbers = told_numbers(data)
    out.record(
        {
            "type": "done",
            "sandbox": out.level,
            "looked": look.looked,
            "pictures": progress.pictures,
            "cpu_s": outcome.cpu_s,
            "faces": [hit.to_json() for hit in look.hits],
            "odd": [leftover.to_json() for leftover in odd[:MOST_ODD]],
            "told": numbers,
            "failures": [[failure.name, failure.fault] for failure in outcome.failures],
        }
    )


def _text(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
