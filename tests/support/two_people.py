"""A case of two people, a day after its recordings were examined: everything a release asks for, but what is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.support.clocks import turn
from witnessmark.case import redacting, wiring
from witnessmark.case.case import Case
from witnessmark.case.describing import import_table
from witnessmark.case.examining import examine
from witnessmark.case.exposing import declare_source
from witnessmark.case.key_keeping import add_person
from witnessmark.case.receiving import receive
from witnessmark.ground.vault.keybook import RIGHTS
from witnessmark.model.recording import Item
from witnessmark.model.redaction import Box, Hidden, KeyBox, MadeBy, Track, TrackState
from witnessmark.release.report.statement import read_words

FIRST, SECOND = "a long passphrase of the first", "a long passphrase of the second"
WORDS = (read_words("A hand moves\n\nShapes move over a wall.\n", "en"),)
A_DAY_LATER = timedelta(days=1.2)


@dataclass
class TwoPeople:
    """``folder`` holds the case, and what the test writes beside it."""

    folder: Path

    def opened(self, passphrase: str = FIRST) -> Case:
        """The case, a day later: the day of the examination is closed."""
        case = wiring.open_case(self.folder / "case", passphrase)
        turn(case, case.clock() + A_DAY_LATER)
        return case


def made(folder: Path, disk: Path, and_then: Callable[[Case], None] = lambda case: None) -> TwoPeople:
    """Receive and examine a disk; the source is safe, nothing grave and nobody is to be seen."""
    with wiring.create_case(folder / "case", "two people", FIRST, pseudonym="tern").case as case:
        receive(case, [str(disk).encode()])
        examine(case)
        add_person(case, "stint", SECOND, rights=RIGHTS, recipients=())
        declare_source(case, safe=True, reason="abroad")
        items = ";".join(item.item_id for item in case.catalogue.items())
        for what, table in (
            ("label", f"code,items,labels,given_by\nL1,{items},nothing_grave,A\n"),
            ("consent", f"code,person,items,assessed_by\nC1,nobody,{items},A\n"),
        ):
            assert not import_table(case, what, table.encode()).errors
        and_then(case)
    return TwoPeople(folder)


def item_of(case: Case, item_id: str) -> Item:
    return next(one for one in case.catalogue.items() if one.item_id == item_id)


def hide(case: Case, item: Item, *boxes: Box) -> None:
    """A person's whole decision: these boxes from the first picture to the last, and nothing else."""
    redaction = redacting.needed_redaction(case, item)
    ends = dict.fromkeys((0, redaction.pictures - 1))
    tracks = [
        Track(
            f"track {number}",
            Hidden.FREE,
            tuple(KeyBox(redaction.stream, end, None, box) for end in ends),
            TrackState.CONFIRMED,
            MadeBy.HAND,
        )
        for number, box in enumerate(boxes)
    ]
    redacting.keep(case, item, redaction.with_work(tuple(tracks), ()), "redaction.decided")


def widths(case: Case, items: Sequence[Item]) -> dict[int, str]:
    """Look for faces in each; item ids by the width of their pictures."""
    return {redacting.propose(case, item, texts=False, voice=False).width_px: item.item_id for item in items}
