"""Speech recognition of one item, for people who have the add-on: a draft to find places by, never a quotation."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from witnessmark.case.case import Case
from witnessmark.case.checked import Checked
from witnessmark.case.transcribing import take_in
from witnessmark.describe.speech import PACKAGE, SHIPPED, Model, model_in
from witnessmark.describe.subtitles import LONGEST_MS, LONGEST_TEXT, MOST_CUES, language_tag
from witnessmark.ground import jail
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.model.errors import CheckFailedError, UsageError
from witnessmark.model.recording import Item, MediaType
from witnessmark.model.transcript import Certainty, Cue, Transcript

TASK = "witnessmark.case.recognising_task:recognise"
CPU_S = 6 * 3600
"""Small models take about as long as the sound lasts; a night is enough for hours of it."""
NOTE = "draft by a machine; a person must listen before anybody quotes it"


def recognise(case: Case, item: Item, model_folder: Path | None, language: str) -> Transcript:
    """Hear one item in the jail and keep the draft. Without a model of their own people get American English.

    Raises UsageError where the add-on or the model is missing, or the item has no sound; CheckFailedError where the
    pass did not come to its end.
    """
    case.require_writable()
    if importlib.util.find_spec(PACKAGE) is None:
        raise UsageError("speech recognition is an add-on that is not installed", "docs/words.md says how")
    if item.media_type not in (MediaType.VIDEO, MediaType.SOUND):
        raise UsageError("this item has no sound", "`witnessmark items CASE` lists the types")
    if model_folder is not None and not language:
        raise UsageError("in which language is the model?", "--language ru")
    model = _model(model_folder)
    cues: list[Cue] = []
    said: dict[str, Any] = {}

    def on_record(record: dict[str, Any]) -> None:
        checked = Checked(record)
        if record.get("type") == "cue":
            if len(cues) >= MOST_CUES:
                raise ProtocolBroken("too many cues")
            start = checked.integer("start_ms", 0, LONGEST_MS)
            end = checked.integer("end_ms", start, LONGEST_MS)
            cues.append(Cue(start, end, checked.text("text", LONGEST_TEXT)))
        else:
            said.update(program=checked.text("program", 60), model=checked.text("model", 60))
            said["failed"] = bool(record.get("failures"))

    fd, key = case.file_key(item.object_name)
    try:
        result = jail.run(
            TASK,
            {"model": _request(model), "cpu_s": CPU_S},
            files={"object": fd},
            secrets={"file_key": key},
            budget=jail.Budget(cpu_s=CPU_S, wall_s=2.0 * CPU_S),
            readable=[]
            if model is None
            else [str(model.acoustic), str(model.dictionary), str(model.grammar)],
            on_record=on_record,
        )
    finally:
        os.close(fd)
    if result.ended is not jail.Ended.DONE or not said or said["failed"]:
        raise CheckFailedError(
            f"the item could not be heard through ({result.ended})",
            "nothing was kept; `witnessmark examine` says whether its sound can be read",
        )
    if not cues:
        raise CheckFailedError("no words were recognised", "that does not mean that nobody speaks")
    return take_in(
        case,
        item,
        tuple(cues),
        language=language_tag(language or "en-US"),
        transcriber=f"{said['program']}, model {said['model']}",
        certainty=Certainty.LOW,
        note=NOTE,
    )


def _model(folder: Path | None) -> Model | None:
    if folder is None:
        return None
    try:
        return model_in(folder.resolve(strict=True))
    except (OSError, ValueError) as error:
        raise UsageError(
            "this is no folder of a speech model", "docs/words.md says what it must hold"
        ) from error


def _request(model: Model | None) -> dict[str, Any] | None:
    if model is None:
        return None
    paths = [str(model.acoustic), str(model.dictionary), str(model.grammar)]
    return {"paths": paths, "name": model.name or SHIPPED}
