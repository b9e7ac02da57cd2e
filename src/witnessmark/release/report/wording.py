"""Every word that a code stands for, in English; ``language`` says it in the language of the report.

The sentences on kinds say what the *kind* of finding means and what commonly explains it, so that a reader who
has no English knows what each English statement of a method is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from witnessmark.model.contradictions import HYPOTHESIS_WORDS
from witnessmark.release.report.language import N_


@dataclass(frozen=True, slots=True)
class KindWords:
    name: str
    meaning: str
    """What a finding of this kind says, in one or two sentences."""
    common_causes: str = ""
    """What commonly explains it without anybody having meant to deceive; for kinds that must be explained."""


KINDS: Mapping[str, KindWords] = {
    "container.family": KindWords(
        N_("Family of writer"),
        N_(
            "To which known families of cameras, recorders or programs the inner layout of the file is "
            "nearest, with the number of reference files of each. “Unknown” is a possible answer."
        ),
    ),
    "container.rewritten": KindWords(
        N_("Marks of software that writes files"),
        N_(
            "The file, as it lies here, bears the marks of a program that writes or rewrites files. Some "
            "recorders contain the same program. This says nothing about whether picture or sound were "
            "changed."
        ),
        N_(
            "export, sharing, download, conversion or repair; a recorder whose own software contains the "
            "same program"
        ),
    ),
    "container.trailing": KindWords(
        N_("Bytes outside the structure of the file"),
        N_("The file holds bytes that its own structure does not account for."),
        N_(
            "additions that camera makers put there themselves; copying from a damaged or padded storage "
            "medium"
        ),
    ),
    "metadata.conflict": KindWords(
        N_("Details in the file that disagree"),
        N_("Dates, places or makes that stand in different fields of the file cannot all be right."),
        N_(
            "export or import by an application; one field holds the time of recording and another that of "
            "copying; a clock that was corrected between two entries"
        ),
    ),
    "encode.software": KindWords(
        N_("Marks of encoding software"),
        N_(
            "The picture or sound carries the name or the settings of encoding software. Some recorders "
            "contain the same software."
        ),
        N_(
            "export, sharing or reduction in size; a recorder that contains the same software; blurring "
            "done to protect somebody"
        ),
    ),
    "encode.repeated": KindWords(
        N_("Traces of an earlier encoding"),
        N_("The picture or sound shows traces of having been encoded before."),
        N_("export, sending through a messenger or a platform, any conversion"),
    ),
    "timeline.gap": KindWords(
        N_("Pictures or time missing"),
        N_("By numbering, time stamps or the file's own index, pictures or stretches of time are missing."),
        N_(
            "pictures lost by the recorder; recording paused and resumed; damage or an early end in "
            "copying or transmission"
        ),
    ),
    "timeline.disorder": KindWords(
        N_("Time stamps off the file's own pattern"),
        N_("Time stamps or numbering leave the pattern that the rest of the file keeps."),
        N_(
            "trimming or joining without encoding again; the recorder's change from one segment to the "
            "next; correction of the recorder's clock; rounding by a converter"
        ),
    ),
    "timeline.av_offset": KindWords(
        N_("Sound and picture of unequal extent"),
        N_("Sound and picture do not start or do not end together."),
        N_(
            "microphone and sensor that start at different moments; an interrupted recording; a converter "
            "that lost the declared delay"
        ),
    ),
    "picture.cut": KindWords(
        N_("Abrupt change of the picture"),
        N_(
            "From one picture to the next there is more change than around it. The picture alone does not "
            "tell a cut from a pause."
        ),
        N_(
            "recording paused and resumed; change of camera or segment; switching of lamps or of night "
            "mode; something close to the lens; an openly edited compilation"
        ),
    ),
    "picture.repeat": KindWords(
        N_("Stretch of pictures that occurs twice"),
        N_("The same run of moving pictures stands in two places."),
        N_(
            "a loop or an animation that was filmed; strictly rhythmic motion before a fixed camera; a "
            "buffer that a recorder wrote twice"
        ),
    ),
    "picture.freeze": KindWords(
        N_("Picture that stands still"),
        N_("The picture does not change while the time of the file runs on."),
        N_(
            "a link or encoder that stalled; nothing moved; a still or a title was filmed; a covered lens; "
            "loss of signal"
        ),
    ),
    "clock.series": KindWords(
        N_("Burned-in clock"),
        N_(
            "A clock is burned into the picture: where it stands, how it is laid out, what it reads first "
            "and last, and how it runs against the time of the file."
        ),
    ),
    "clock.jump": KindWords(
        N_("Leap of the burned-in clock"),
        N_("The burned-in clock advances by another amount than the time of the file does."),
        N_(
            "a clock that was set or corrected while recording; recording paused and resumed, or started by "
            "motion only; change to or from summer time"
        ),
    ),
    "clock.rate": KindWords(
        N_("Rate of the burned-in clock"),
        N_("The burned-in clock runs faster or slower than the time of the file."),
        N_("time lapse or slow motion; a frame rate that a converter wrote wrongly; an inaccurate clock"),
    ),
    "clock.stopped": KindWords(
        N_("Burned-in clock that stands still"),
        N_("The burned-in clock does not advance while the time of the file runs on."),
        N_("a held picture; a recorder that hung; a display that was drawn once"),
    ),
    "clock.offset": KindWords(
        N_("Burned-in time beside container time"),
        N_(
            "How far the burned-in clock is from the time written in the file, and in which time zones "
            "that distance was legal time on that day. Several places share one legal time, so it does "
            "not single out a place."
        ),
    ),
    "audio.gap": KindWords(
        N_("Sound missing or exactly silent"),
        N_("Samples of sound are missing, or are exactly zero, where sound goes on around them."),
        N_(
            "a muted microphone; noise suppression; the start or stop of the recorder; packets lost in "
            "transmission"
        ),
    ),
    "audio.splice": KindWords(
        N_("Break in the background of the sound"),
        N_("Mains hum or background noise breaks off and goes on differently."),
        N_(
            "recording paused and resumed; automatic gain; a device switched on or off in the room; a "
            "change in the power supply"
        ),
    ),
    "audio.hum": KindWords(
        N_("Mains hum"),
        N_("Whether the sound holds mains hum that is strong enough to be used, and at which frequency."),
    ),
    "camera.fingerprint": KindWords(
        N_("Trace of the sensor"),
        N_("Whether the trace that a sensor leaves in its pictures is strong enough to be compared."),
    ),
    "picture.local": KindWords(
        N_("Parts of the picture unlike their surroundings"),
        N_(
            "Blocks of the picture that differ from those around them. For screening only: it has many "
            "causes, and no conclusion rests on it."
        ),
    ),
    "credentials.present": KindWords(
        N_("Content credentials"),
        N_(
            "Signed statements about origin that the file carries. They show which key signed what, not "
            "that the content is true."
        ),
    ),
    "credentials.broken": KindWords(
        N_("Content credentials that do not fit"),
        N_("Signed statements that the file carries contradict its present content."),
        N_("an application that saved the file again without knowing about credentials; damage in transfer"),
    ),
    "credentials.absent": KindWords(
        N_("No content credentials"),
        N_("The file carries no signed statements about its origin. By itself that says nothing."),
    ),
    "synthetic.not_tested": KindWords(
        N_("Generated or staged footage: not tested"),
        N_("No test for generated or staged footage was made, and none is implied."),
    ),
    "not_examined": KindWords(
        N_("Not examined"),
        N_("The file is sealed and its type is known, but no method applies to it."),
    ),
}

CLASSES: Mapping[str, str] = {
    "conflict": N_("Conflict"),
    "continuity": N_("Continuity"),
    "history": N_("History"),
}
CLASS_MEANINGS: Mapping[str, str] = {
    "conflict": N_("two statements inside one file that cannot both hold"),
    "continuity": N_("time, picture, sound or clock do not run through"),
    "history": N_(
        "what happened to the file: written, passed through software, encoded again. Exporting, sending and "
        "publishing leave such traces too"
    ),
}
OUTCOMES: Mapping[str, str] = {
    "observed": N_("observed"),
    "not_observed": N_("not observed"),
    "inconclusive": N_("inconclusive"),
    "not_applicable": N_("not applicable"),
    "failed": N_("failed"),
}
OUTCOME_HEADS: Mapping[str, str] = {
    "failed": N_("Failed: the method stopped with a fault"),
    "inconclusive": N_("Inconclusive: the method ran and cannot say"),
    "not_applicable": N_("Not applicable to this file"),
}
GRADES: Mapping[str, str] = {
    "strong": N_("strong"),
    "moderate": N_("moderate"),
    "weak": N_("weak"),
    "observation": N_("plain observation"),
    "": N_("not graded"),
}
GRADE_MEANINGS: Mapping[str, str] = {
    "strong": N_(
        "the method is sure by its own measure, and over all files tested its findings of this grade were false "
        "alarms on at most 2 % (upper end of the 95 % interval); or the file format itself is conclusive (“by "
        "construction”); where neither is so, that is said beside the finding"
    ),
    "moderate": N_(
        "the method is less sure by its own measure, or over all files tested its findings of the grades strong "
        "and moderate were false alarms on at most 5 %, with a likelihood ratio of at least 10. The rate beside a "
        "finding counts both grades, on files like this one: it may therefore be higher beside a strong finding "
        "than beside a moderate one"
    ),
    "weak": N_(
        "seen, but by the method's own measure too unsure, or with too many false alarms or too few "
        "measurements, to be marked as to be explained"
    ),
    "observation": N_("read or measured as it stands; there is nothing to be detected"),
}
CELLS: Mapping[str, str] = {
    "explain": N_("⚠ explain"),
    "observed": N_("● observed"),
    "not_observed": N_("○ nothing"),
    "inconclusive": N_("◐ unsure"),
    "failed": N_("✕ failed"),
    "not_applicable": N_("– n/a"),
    "not_asked": N_("· not asked"),
    "absent": N_("○ none"),
    "not_tested": N_("· not tested"),
}
BEARINGS: Mapping[str, str] = {
    "supports": N_("▲ supports"),
    "contradicts": N_("▼ contradicts"),
    "silent": N_("◇ silent"),
}
BEARING_MEANINGS: Mapping[str, str] = {
    "supports": N_("a trace agrees with the claim, and also with the other explanations named"),
    "contradicts": N_("a trace and the claim cannot both hold as they stand"),
    "silent": N_("nothing that was examined speaks to the claim"),
}
RULES: Mapping[str, str] = {
    "date": N_("date"),
    "place_zone": N_("time zone of the place"),
    "count": N_("count"),
}
STATES: Mapping[str, str] = {
    "open": N_("open"),
    "kept": N_("kept"),
    "broken": N_("broken"),
    "withdrawn": N_("withdrawn"),
    "dismissed": N_("dismissed"),
    "submitted": N_("submitted"),
    "accepted": N_("accepted"),
}
CLAIM_KINDS: Mapping[str, str] = {
    "publication": N_("publication"),
    "date": N_("date"),
    "place": N_("place"),
    "observation": N_("what is seen"),
    "count": N_("count"),
    "extent": N_("extent"),
    "purpose": N_("purpose"),
    "event": N_("event"),
    "exposure": N_("exposure of a source"),
    "opinion": N_("opinion"),
}
ANSWER_KINDS: Mapping[str, str] = {
    "inspection": N_("inspection"),
    "investigation": N_("investigation"),
    "promise": N_("promise"),
    "denial": N_("denial"),
    "dismissal": N_("dismissal"),
    "resignation": N_("resignation"),
    "none": N_("no answer"),
}
BOUNDS: Mapping[str, str] = {
    "at_least": N_("at least"),
    "exactly": N_("exactly"),
    "at_most": N_("at most"),
}
RELATIONS: Mapping[str, str] = {
    "copy_of": N_("is an exact copy of"),
    "reencode_of": N_("shows the same footage and lies further from the original than"),
    "excerpt_of": N_("is an excerpt of"),
    "continues": N_("continues"),
    "same_camera": N_("shares a camera with"),
}
UNDIRECTED: Mapping[str, str] = {
    "copy_of": N_("is an exact copy of"),
    "reencode_of": N_("shows the same footage as"),
    "excerpt_of": N_("shares a part of its footage with"),
    "continues": N_("continues"),
    "same_camera": N_("shares a camera with"),
}
"""Where no direction is claimed."""
TRANSFORMS: Mapping[str, str] = {
    "brightness": N_("brightness"),
    "cropped": N_("picture cropped"),
    "greyscale": N_("without colour"),
    "letterboxed": N_("bars about the picture"),
    "logo": N_("logo or text laid over"),
    "mirrored": N_("mirrored"),
    "resized": N_("size of the picture"),
    "rotated": N_("turned"),
    "speed": N_("speed"),
    "stretched": N_("shape of the picture"),
}
"""What lies between the two pictures (``examine/comparers/matching_words.NAMES``)."""
DIRECTIONS: Mapping[str, str] = {
    "from_is_derived": N_("the first lies further from the original"),
    "undetermined": N_("undetermined"),
}
MEDIA: Mapping[str, str] = {
    "video": N_("video"),
    "sound": N_("sound recording"),
    "picture": N_("still picture"),
    "document": N_("document"),
    "mail": N_("mail"),
    "archive": N_("archive"),
    "phone_dump": N_("copy of a telephone"),
    "disk_image": N_("image of a disk"),
    "unknown": N_("unknown type"),
}
FACTS: Mapping[str, str] = {
    "picture": N_("Picture"),
    "sound": N_("Sound"),
    "subtitle": N_("Subtitles"),
    "data": N_("Data"),
    "attachment": N_("Attachment"),
}
REFUSALS: Mapping[str, str] = {
    "symlink": N_("a pointer to another place"),
    "device": N_("a device file, without content of its own"),
    "socket": N_("a channel between programs, without content"),
    "fifo": N_("a named pipe, without content"),
    "unreadable": N_("the system could not read it"),
    "unreadable_folder": N_("a folder that could not be listed"),
    "folder_loop": N_("a folder that contains itself"),
    "changed_while_read": N_("it changed while it was being read"),
    "too_large": N_("a member of an archive beyond the size allowed"),
    "hardlink": N_("a second name for a member of the same archive"),
    "encrypted": N_("locked with a password; the archive itself is sealed"),
    "damaged": N_("damaged or cut off inside an archive; the archive itself is sealed"),
    "unsupported_method": N_("packed by a method that is not supported; the archive itself is sealed"),
    "unsupported_archive": N_("a kind of archive that is not unpacked; it is sealed as it is"),
    "archive_ratio": N_("it would swell beyond the ratio allowed; the archive itself is sealed"),
    "archive_count": N_("more members than allowed; the archive itself is sealed"),
    "archive_size": N_("more content than allowed; the archive itself is sealed"),
    "archive_depth": N_("archives within archives, deeper than allowed; sealed, not unpacked"),
    "path_depth": N_("deeper in folders of an archive than allowed; the archive itself is sealed"),
    "unpacker_failed": N_("the unpacker ended on this archive; the archive itself is sealed"),
}
SOURCES: Mapping[str, str] = {
    "burned_in_clock": N_("burned-in clock"),
    "container": N_("file's own entries"),
    "file_name": N_("file name"),
    "encoder": N_("traces of encoder"),
    "credentials": N_("content credentials"),
    "claim": N_("claim"),
    "telemetry": N_("satellite receiver"),
    "receipt": N_("receipt"),
}
SUBJECTS: Mapping[str, str] = {
    "date_time": N_("date and time"),
    "place_zone": N_("place, by its time zone"),
    "device_software": N_("device or software"),
    "count_duration": N_("number or length"),
}
VERDICTS: Mapping[str, str] = {
    "agree": N_("can both hold"),
    "cannot_both_hold": N_("cannot both hold"),
    "cannot_be_compared": N_("cannot be compared"),
}
HYPOTHESES: Mapping[str, str] = {str(code): words for code, words in HYPOTHESIS_WORDS.items()}
"""Their English stands beside their codes in the model; the catalogues hold them like all others."""

SERIES: Mapping[str, str] = {
    "audio.background": N_(
        "Background of the sound along the recording. A lasting step may be a break, or a change in the room."
    ),
    "audio.breaks": N_("Stretches and places of the sound that want an explanation."),
    "audio.hum": N_(
        "Mains hum: how much better a break of the hum would explain the sound at each moment. What stays below the "
        "bar named in the title is no break."
    ),
    "clock": N_(
        "What the burned-in clock reads, against the time of the file. A clock that runs evenly gives a straight "
        "line without steps."
    ),
    "gop": N_(
        "How far each picture stands out as a former key picture would. Regular peaks are what an earlier encoding "
        "can leave."
    ),
    "local": N_("How far each part of the picture differs from those around it. For screening only."),
    "qp": N_("Mean quantiser of each picture: how coarsely the encoder rounded. It follows the content too."),
}
"""What a drawing shows, by the name of its series; a series without words here has its own English title."""
