"""What a release shows: the public video of an item, its proofs, and what was found in it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from witnessmark.case.case import Case
from witnessmark.case.earlier_masks import masks_of_earlier
from witnessmark.case.exposing import names_of_the_case
from witnessmark.case.media_exposure import seen_in_public
from witnessmark.case.public_files import item_secrets
from witnessmark.case.public_video import VIDEO_TYPE, make_public
from witnessmark.case.redacting import OnPictures, needed_redaction, recipe_for
from witnessmark.case.releasing import committed, open_for_release
from witnessmark.ground.vault.reader import hkdf
from witnessmark.model.exposure import ExposureHit
from witnessmark.model.recording import Item
from witnessmark.model.redaction import Form, PublicMap, Recipe, Sound, SoundChoice
from witnessmark.model.release import Blocker
from witnessmark.model.time import Span
from witnessmark.release.bundle.contents import Part
from witnessmark.release.credentials import SIDE_SUFFIX, Chain, Signed, with_credentials
from witnessmark.release.derivative.gone import Secret
from witnessmark.release.report.statement import Words

PUBLIC_NUMBER = "public_number"
"""Setting: the number by which the public knows the case; random, unlike the id inside."""
NUMBER_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
ROOT_BYTES = 32
"""A payload is the item root, then the file's commitment."""
CREDENTIALS_INFO = b"witnessmark/credentials-key/1"
VIDEO = "public video"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person asks to be released."""

    form: Form
    words: tuple[Words, ...]
    span: Span | None = None
    """Of a video."""
    sound: Sound = Sound.NONE
    claim_codes: tuple[str, ...] = ()
    """Claims that are repeated in the statement; none by itself, not even one about the item."""
    show_first_entry: bool = False
    """The day of the examination may be seen (decided by name)."""
    at_s: tuple[Fraction, ...] = ()
    """Times of still pictures, in the file's own seconds; none for an item that is itself a picture."""


@dataclass(frozen=True, slots=True)
class Media:
    """The parts that show something, and what stands against showing them."""

    parts: tuple[Part, ...] = ()
    hits: tuple[ExposureHit, ...] = ()
    """What our own comparers find in them."""
    blockers: tuple[Blocker, ...] = ()
    """Leftovers: with one of them nothing may be shown."""
    document: Mapping[str, Any] = field(default_factory=dict)
    """What a later release needs to know of this one."""


def public_number(case: Case) -> str:
    """The number by which the public knows the case; drawn at the first release."""
    held = case.catalogue.get_setting(PUBLIC_NUMBER)
    if not held:
        held = "".join(secrets.choice(NUMBER_LETTERS) for _ in range(6))
        case.catalogue.set_setting(PUBLIC_NUMBER, held)
    return held


def secrets_of(case: Case, item: Item) -> tuple[Secret, ...]:
    """Everything of the item and of the case that may stand in no file that leaves."""
    texts = [Secret(what, text=text) for what, found in names_of_the_case(case).items() for text in found]
    return (*item_secrets(case, item), *texts)


def video_of(
    case: Case,
    item: Item,
    plan: Plan,
    release_id: bytes,
    statement: bytes,
    on_pictures: OnPictures | None,
    on_look: OnPictures | None,
    accept_unsandboxed: bool,
) -> Media:
    """Make the public video, look at it as others would, and open the seal for it."""
    redaction = needed_redaction(case, item)
    sound = SoundChoice(plan.sound, redaction.sound_stream, redaction.speech)
    recipe = recipe_for(
        case, item, redaction, span=plan.span, sound=sound, more=masks_of_earlier(case, item, redaction)
    )
    made = make_public(
        case,
        item,
        recipe,
        strip_of(case, release_id, statement),
        secrets_of_case=secrets_of(case, item),
        on_pictures=on_pictures,
        on_look=on_look,
        accept_unsandboxed=accept_unsandboxed,
    )
    if made.leftovers:
        return Media(blockers=tuple(leftover(VIDEO, what, where) for what, where in made.leftovers))
    hits = seen_in_public(case, item, made.public, plan.sound, accept_unsandboxed=accept_unsandboxed)
    opened = open_for_release(
        case, item, made.map, recipe.masks.tiles_at, accept_unsandboxed=accept_unsandboxed
    )
    media: dict[str, bytes] = {}
    side_files: dict[str, bytes] = {}
    for name, video in (("public.mp4", made.public), ("public-small.mp4", made.small)):
        data = b"".join(case.content(video.object_name))
        signed = signed_by_case(case, item, release_id, name, VIDEO_TYPE, data)
        media[name], side_files[name + SIDE_SUFFIX] = signed.media, signed.side_file
    part = Part(
        kind="video",
        media=media,
        side_files=side_files,
        public=made.map,
        sound=plan.sound,
        opened=opened,
    )
    return Media((part,), hits, (), document_of(made.recipe, made.map, hits))


def strip_of(case: Case, release_id: bytes, statement: bytes) -> Mapping[str, object]:
    """What the strip below every picture of this release says (``release.derivative.strip.StripText``)."""
    return {
        "case_number": public_number(case),
        "code": release_id.hex()[:8],
        "statement_hash": hashlib.sha256(statement).hexdigest(),
        "log_fingerprint": case.ledger.fingerprint,
        "demonstration": case.settings.demonstration,
    }


def signed_by_case(
    case: Case, item: Item, release_id: bytes, name: str, media_type: str, media: bytes
) -> Signed:
    """A public file with content credentials by the case's own chain."""
    seed = hkdf(case.keyring.secrets.publication_signing_seed, b"", CREDENTIALS_INFO)
    return with_credentials(
        media,
        media_type,
        chain=Chain.of(seed, public_number(case)),
        release=release_id.hex(),
        commitment=committed(case, item).payload[ROOT_BYTES:].hex(),
        title=name,
    )


def document_of(recipe: Recipe, public: PublicMap, hits: Sequence[ExposureHit]) -> dict[str, Any]:
    """What a later release needs to know of this one."""
    return {
        "media": [hit.to_json() for hit in hits],
        "tracks": [track.to_json() for track in recipe.masks.in_force],
        "recipe": recipe.to_json(),
        "map": public.to_json(),
    }


def leftover(shown: str, what: str, where: str) -> Blocker:
    """Something of the raw or the case in what would be shown (*public video*, *still pictures*)."""
    return Blocker(
        "leftover", f"The {shown} would still hold {what} ({where}).", "report it: this must not be"
    )
