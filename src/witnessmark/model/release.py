"""What has to be known and decided before anything leaves: labels, consent, blockers, approvals, releases.

Words: *consent* and *safety* after the Berkeley Protocol (§§ 59-69, 177) and the Murad Code (2022, part on consent that
can be withdrawn); whoever is seen decides, not whoever holds the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from witnessmark.model.approval import Approval
from witnessmark.model.redaction import Form
from witnessmark.model.statements import StatedDate


class Label(StrEnum):
    """What stands on a content label, before any picture is seen."""

    SEXUAL_VIOLENCE = "sexual_violence"
    NUDITY = "nudity"
    MINOR = "minor"
    DEATH = "death"
    INJURY = "injury"
    ILL_TREATMENT = "ill_treatment"
    NOTHING_GRAVE = "nothing_grave"
    """Somebody looked, and none of the above is to be seen or heard."""


STOPPED = frozenset({Label.MINOR})
"""No derivative at all: the legal route only."""
WORDS_ONLY = frozenset({Label.SEXUAL_VIOLENCE, Label.NUDITY})
"""Zero pixels by default: a face box on a rape is still a rape."""


@dataclass(frozen=True, slots=True)
class ItemLabel:
    """What a person who looked says of an item."""

    label_id: str
    code: str
    item_ids: tuple[str, ...]
    labels: tuple[Label, ...]
    given_by: str
    note: str = ""


class ConsentState(StrEnum):
    GIVEN = "given"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Consent:
    """What one person who can be seen or heard says to being shown, and what showing would do to them."""

    consent_id: str
    code: str
    person: str
    """Code of a person in footage; ``nobody``: a person looked and nobody can be recognised."""
    item_ids: tuple[str, ...]
    state: ConsentState
    forms: tuple[Form, ...]
    """What was consented to. Empty: nothing."""
    given_on: StatedDate
    in_custody: str
    """yes, no or unknown: who is still in their hands pays for what is shown."""
    risk: str
    """low, high or not_assessed: of being recognised and harmed, once the masks are on."""
    assessed_by: str
    recognisable_by: tuple[str, ...] = ()
    """What insiders could still know the person by: bed, room, tattoo, voice, date, other."""
    note: str = ""


NOBODY = "nobody"
IN_CUSTODY = ("no", "yes", "unknown")
RISKS = ("not_assessed", "low", "high")
RECOGNISABLE_BY = ("face", "voice", "tattoo", "build", "clothes", "bed", "room", "date", "other")


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why nothing leaves yet, and what would take it away."""

    code: str
    what: str
    clear: str

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "what": self.what, "clear": self.clear}


class ReleaseState(StrEnum):
    PROPOSED = "proposed"
    """Made and laid down in the vault; waits for approvals."""
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    """Proposed, and never left: somebody said that it is not to."""

    @property
    def has_left(self) -> bool:
        """Whatever became of it since: it is out there."""
        return self in (ReleaseState.RELEASED, ReleaseState.WITHDRAWN, ReleaseState.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class GivenApproval:
    """An approval, and who gave it: the bundle holds the former alone."""

    person_id: str
    approval: Approval
    at: datetime


@dataclass(frozen=True, slots=True)
class Release:
    """One thing that was, or is to be, shown to the public."""

    release_id: str
    """Random, 32 hex digits; stands in the bundle."""
    item_ids: tuple[str, ...]
    form: Form
    state: ReleaseState
    redactor_id: str
    made_at: datetime
    manifest_sha256: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    """What making the bundle again needs (recipe, statement, where the media lie)."""
    approvals: tuple[GivenApproval, ...] = ()
    reason: str = ""
    """Why it was withdrawn or what superseded it."""
