"""The last stretch of the worked example: two people release one of its harmless recordings as a bundle.

The machine's proposals are confirmed unseen here, because the footage is harmless and the demonstration must run by
itself. In a real case people look at every one of them: that is what ``tracks export`` is for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from witnessmark.case import key_keeping, publishing, redacting
from witnessmark.case.case import Case
from witnessmark.case.describing import import_table
from witnessmark.case.exposing import acknowledge, declare_source
from witnessmark.case.publishing import Outcome
from witnessmark.case.release_look import write_look
from witnessmark.case.release_media import Plan
from witnessmark.case.wiring import open_case
from witnessmark.ground.vault.keybook import RIGHTS
from witnessmark.model.errors import UsageError
from witnessmark.model.recording import Item
from witnessmark.model.redaction import Form, TrackState
from witnessmark.model.release import Blocker
from witnessmark.release.report.statement import read_words

SECOND, SECOND_PASSPHRASE = "second demonstrator", "demonstration two"
WORDS = {
    "en": "statement.en.txt",
    "ru": "statement.ru.txt",
    "uk": "statement.uk.txt",
    "fr": "statement.fr.txt",
}
SPAN_S = (3.0, 8.0)
"""Five seconds show everything; a release takes about three times the length of what it shows."""
LOOKS = 3
"""The second look at a public video may add stretches to clear; then the video is made once more."""
NOTE = "DEMONSTRATION: confirmed unseen; the footage is harmless"


def publish(
    case_folder: Path, item: Item, passphrase: str, target: Path, on_progress: Callable[[str, int, int], None]
) -> Path:
    """Release one item of the demonstration, a day after it was examined. Returns the bundle's folder."""
    on_progress("looking for faces", 0, 1)
    with open_case(case_folder, passphrase) as case:
        key_keeping.add_person(case, SECOND, SECOND_PASSPHRASE, rights=RIGHTS, recipients=())
        _say(case, "label", f"code,items,labels,given_by\nL1,{item.item_id},nothing_grave,demonstrator\n")
        _say(case, "consent", f"code,person,items,assessed_by\nC1,nobody,{item.item_id},demonstrator\n")
        declare_source(case, safe=True, reason="DEMONSTRATION: there is no source")
        redacting.propose(
            case,
            item,
            span_s=SPAN_S,
            voice=False,
            on_pictures=lambda done: on_progress("looking for faces", done, 0),
        )
        words = tuple(read_words(_text(name), language) for language, name in WORDS.items())
        plan = Plan(Form.VIDEO, words, show_first_entry=True)
        proposed = Outcome(None, ())
        for _ in range(LOOKS):
            _confirm(case, item)
            proposed = publishing.propose(
                case, item, plan, on_pictures=lambda done: on_progress("making the public video", done, 0)
            )
            if proposed.release is not None:
                break
            _answer(case, proposed.blockers)
        release = proposed.release
        if release is None:
            raise _stopped(proposed.blockers)
    on_progress("approving and writing the bundle", 0, 1)
    with open_case(case_folder, SECOND_PASSPHRASE) as case:
        proposal = publishing.release_by_code(case, release.release_id)
        with TemporaryDirectory() as look:
            write_look(case, proposal, Path(look))
        approved = publishing.approve(case, proposal)
        outcome, bundle = publishing.write(case, approved, target)
        if bundle is None:
            raise _stopped(outcome.blockers)
    return bundle.path


def _confirm(case: Case, item: Item) -> None:
    """Confirm every track and clear every stretch, those that the second look at the video added too."""
    held = redacting.needed_redaction(case, item)
    settled = held.with_work(
        tuple(replace(one, state=TrackState.CONFIRMED, note=NOTE) for one in held.tracks),
        tuple(replace(one, cleared=True) for one in held.stretches),
    )
    counts = {"confirmed": len(held.unconfirmed), "rejected": 0, "added": 0, "cleared": len(held.uncovered)}
    redacting.keep(case, item, settled, "redaction.decided", **counts, reason=NOTE)


def _answer(case: Case, found: tuple[Blocker, ...]) -> None:
    """Answer for what comparing the media shows: here the recordings of the demonstration are public anyway."""
    for one in found:
        rule, _, code = one.code.partition(":")
        if rule == "exposure":
            acknowledge(case, code, "DEMONSTRATION: the footage is made, and its copies are no secret")


def _stopped(blockers: tuple[Blocker, ...]) -> UsageError:
    told = "; ".join(one.what for one in blockers)
    return UsageError(f"the demonstration's own release is blocked: {told}"[:300])


def _say(case: Case, what: str, table: str) -> None:
    taken = import_table(case, what, table.encode())
    if taken.errors:
        raise UsageError(f"the demonstration's own table of {what} has an error")


def _text(name: str) -> str:
    return (files("witnessmark.case.demo_data") / name).read_text(encoding="utf-8")
