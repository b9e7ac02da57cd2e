"""The release of one item, from confirmed tracks to a bundle: proposed, approved by others, written.

*Proposed*: the gate is asked first; then the public video is made, the seal opened, the statement and the manifest
written, all of it sealed in the vault, and the redactor signs. *Approved*: other people look at exactly these files and
sign. *Written*: the gate is asked again, the release enters the log, the bundle leaves. A key is made for each release
and person, so that no public key stands in two bundles or in the custody log's signatures.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from witnessmark.case.case import Case
from witnessmark.case.earlier_masks import masks_of_earlier
from witnessmark.case.exposing import check_outgoing, names_of_the_case
from witnessmark.case.public_video import VIDEO_TYPE, item_secrets, make_public
from witnessmark.case.redacting import OnPictures, recipe_for, redaction_of
from witnessmark.case.release_facts import asked_of, seen_of
from witnessmark.case.release_store import keep_draft, read_draft
from witnessmark.case.releasing import (
    WrittenBundle,
    committed,
    make_bundle,
    make_supplement,
    open_for_release,
)
from witnessmark.case.stamping import catch_up
from witnessmark.ground.ledger import sshsig
from witnessmark.ground.vault.keyring import PersonSigner
from witnessmark.ground.vault.reader import hkdf
from witnessmark.model.approval import APPROVER, REDACTOR, Approval
from witnessmark.model.custody import CustodyEvent, DayEntry
from witnessmark.model.errors import UsageError
from witnessmark.model.exposure import ExposureHit
from witnessmark.model.recording import Item
from witnessmark.model.records import HeldDerivative
from witnessmark.model.redaction import Form, PublicMap, Recipe, Sound, SoundChoice
from witnessmark.model.release import Blocker, GivenApproval, Release, ReleaseState
from witnessmark.model.time import Span
from witnessmark.release.bundle import layout
from witnessmark.release.bundle.contents import Contents, Part, pieces
from witnessmark.release.credentials import SIDE_SUFFIX, Chain, Signed, with_credentials
from witnessmark.release.derivative.gone import Secret
from witnessmark.release.gate import blockers, in_order
from witnessmark.release.report.statement import (
    Statement,
    Words,
    outgoing_texts,
    public_claims,
    public_findings,
    read_statement,
    statement_files,
)
from witnessmark_verify.approvals import APPROVAL_NAMESPACE
from witnessmark_verify.manifest import MANIFEST

PUBLIC_NUMBER = "public_number"
"""Setting: the number by which the public knows the case; random, unlike the id inside."""
NUMBER_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
KEY_INFO = b"witnessmark/approval-key/1"
RELEASING = "release"
DRAFT, DRAFT_TYPE = "release.", "application/x-witnessmark-release"
ROOT_BYTES = 32
"""A payload is the item root, then the file's commitment."""
CREDENTIALS_INFO = b"witnessmark/credentials-key/1"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person asks to be released."""

    form: Form
    words: tuple[Words, ...]
    span: Span | None = None
    sound: Sound = Sound.NONE
    claim_codes: tuple[str, ...] = ()
    """Claims that are repeated in the statement; none by itself, not even one about the item."""
    show_first_entry: bool = False
    """The day of the examination may be seen (decided by name)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking: the release as it stands, and what still blocks it."""

    release: Release | None
    blockers: tuple[Blocker, ...]


def propose(
    case: Case,
    item: Item,
    plan: Plan,
    *,
    on_pictures: OnPictures | None = None,
    on_look: OnPictures | None = None,
    accept_unsandboxed: bool = False,
) -> Outcome:
    """Make everything that is to be approved, or say what blocks it. Approvals alone do not block this step."""
    case.require_writable()
    catch_up(case)
    statement = _statement(case, item, plan)
    texts = outgoing_texts(statement)
    exposed = check_outgoing(case, texts, item_ids=(item.item_id,))
    found = _gate(case, item, plan.form, exposed.open, None, plan.show_first_entry)
    if any(one.code != "not_approved" for one in found):
        return Outcome(None, found)
    release_id = secrets.token_bytes(16)
    files = statement_files(statement)
    made_parts: tuple[Part, ...] = ()
    document: dict[str, Any] = {"show_first_entry": plan.show_first_entry, "texts": sorted(texts)}
    if plan.form is Form.VIDEO:
        part, more = _video(
            case, item, plan, release_id, files["statement.json"], on_pictures, on_look, accept_unsandboxed
        )
        found = _gate(case, item, plan.form, exposed.open, None, plan.show_first_entry)
        if part is None or any(one.code != "not_approved" for one in found):
            return Outcome(None, (*more["blockers"], *found))
        made_parts, document = (part,), {**document, **more["document"]}
    draft = layout.draft(
        Contents(
            release=release_id,
            origin=case.ledger.publication.first_vkey.name,
            form=plan.form,
            statement=files,
            items=(committed(case, item).payload,),
            parts=made_parts,
            is_demonstration=case.settings.demonstration,
        )
    )
    return Outcome(_keep(case, item, plan.form, draft, document), found)


def approve(case: Case, release: Release) -> Release:
    """Sign a proposed release as somebody other than its redactor. Raises UsageError where that is not so."""
    case.require_writable()
    if release.state is not ReleaseState.PROPOSED:
        raise UsageError(f"this release is {release.state}", "only a proposed release can be approved")
    person = case.keyring.person_id
    if person in {given.person_id for given in release.approvals}:
        raise UsageError("you have signed this release already", "another person approves it")
    draft = read_draft(case, release)
    return _signed(case, release, draft, APPROVER)


def write(
    case: Case, release: Release, target: Path, *, as_zip: bool = False
) -> tuple[Outcome, WrittenBundle | None]:
    """Enter an approved release in the log and write its bundle, or say what blocks it."""
    case.require_writable()
    if release.state not in (ReleaseState.PROPOSED, ReleaseState.RELEASED):
        raise UsageError(
            f"this release is {release.state}", "propose a new one: witnessmark release CASE ITEM"
        )
    draft = read_draft(case, release)
    item = _item(case, release)
    first = bool(release.document["show_first_entry"])
    released = replace(release, state=ReleaseState.RELEASED)
    with case.alone(RELEASING):  # two that would uncover each other must not both pass the gate
        if release.state is ReleaseState.PROPOSED:
            exposed = check_outgoing(case, _texts_in(draft), item_ids=release.item_ids)
            found = _gate(case, item, release.form, exposed.open, release, first)
            if found:
                return Outcome(release, found), None
        bundle = make_bundle(
            case,
            draft,
            [given.approval for given in release.approvals],
            target,
            as_zip=as_zip,
            show_first_entry=first,
            secrets_of_case=_secrets_of(case, item),
            on_entered=lambda: case.catalogue.save_release(released),
        )
    return Outcome(released, ()), bundle


def supplement(case: Case, bundle: Path, target: Path) -> WrittenBundle:
    """Complete a pending bundle, showing no more than was decided when it was proposed. UsageError where the bundle is
    of no release of this case."""
    digest = hashlib.sha256((bundle / MANIFEST).read_bytes()).hexdigest()
    release = next((one for one in case.catalogue.releases() if one.manifest_sha256 == digest), None)
    if release is None:
        raise UsageError("this bundle is of no release of this case", "name the folder that `release` wrote")
    return make_supplement(
        case,
        bundle,
        target,
        show_first_entry=bool(release.document["show_first_entry"]),
        secrets_of_case=_secrets_of(case, _item(case, release)),
    )


def withdraw(case: Case, release: Release, reason: str, superseded_by: str = "") -> Release:
    """Say, in the log the public sees too, that a release is withdrawn, or stands no more beside a newer one."""
    case.require_writable()
    if release.state is not ReleaseState.RELEASED:
        raise UsageError(f"this release is {release.state}", "only what was released can be withdrawn")
    if not reason.strip():
        raise UsageError("no reason was given", "--reason TEXT")
    state = ReleaseState.SUPERSEDED if superseded_by else ReleaseState.WITHDRAWN
    after = replace(release, state=state, reason=reason.strip())
    payload = hashlib.sha256(b"witnessmark/withdrawal/1" + bytes.fromhex(release.release_id)).digest()
    private = {"release": release.release_id, "reason": reason.strip(), "superseded_by": superseded_by}
    with case.catalogue.transaction():
        case.catalogue.save_release(after)
        event = CustodyEvent(
            "release.withdrawn",
            public={"release": payload.hex()},
            private=private,
            day=DayEntry("withdrawal", payload),
        )
        case.ledger.append([event])
    return after


def release_by_code(case: Case, code: str) -> Release:
    """A release by the beginning of its code. Raises UsageError where there is not exactly one."""
    found = [one for one in case.catalogue.releases() if code and one.release_id.startswith(code.lower())]
    if len(found) != 1:
        raise UsageError(
            f"{'no release has' if not found else 'several releases have'} the code {code!r}",
            "`witnessmark approve CASE` lists them",
        )
    return found[0]


def public_number(case: Case) -> str:
    """The number by which the public knows the case; drawn at the first release."""
    held = case.catalogue.get_setting(PUBLIC_NUMBER)
    if not held:
        held = "".join(secrets.choice(NUMBER_LETTERS) for _ in range(6))
        case.catalogue.set_setting(PUBLIC_NUMBER, held)
    return held


def _item(case: Case, release: Release) -> Item:
    return next(one for one in case.catalogue.items() if one.item_id == release.item_ids[0])


def _secrets_of(case: Case, item: Item) -> tuple[Secret, ...]:
    texts = [Secret(what, text=text) for what, found in names_of_the_case(case).items() for text in found]
    return (*item_secrets(case, item), *texts)


def _statement(case: Case, item: Item, plan: Plan) -> Statement:
    """The statement of this item: only those claims are repeated that a person named for this release."""
    claims = [claim for claim in case.catalogue.claims() if claim.code in plan.claim_codes]
    unknown = set(plan.claim_codes) - {claim.code for claim in claims}
    if unknown:
        raise UsageError(f"no claim has the code {sorted(unknown)[0]!r}", "`witnessmark claim list CASE`")
    closed = [claim.code for claim in claims if not public_claims([claim])]
    if closed:
        raise UsageError(
            f"claim {closed[0]!r} is not repeated in public: it was dismissed, or points at a source"
        )
    findings = [found for found in case.catalogue.findings() if found.item_id == item.item_id]
    return Statement(
        plan.words,
        plan.form,
        plan.sound if plan.form is Form.VIDEO else Sound.NONE,
        public_claims(claims),
        (public_findings(findings, 1, plan.form),),
        case.settings.demonstration,
    )


def _gate(
    case: Case,
    item: Item,
    form: Form,
    hits: Sequence[ExposureHit],
    release: Release | None,
    show_first_entry: bool,
) -> tuple[Blocker, ...]:
    seen = seen_of(case, item, show_first_entry=show_first_entry)
    return in_order(blockers(asked_of(case, form, (seen,), item, hits, release)))


def _video(
    case: Case,
    item: Item,
    plan: Plan,
    release_id: bytes,
    statement: bytes,
    on_pictures: OnPictures | None,
    on_look: OnPictures | None,
    accept_unsandboxed: bool,
) -> tuple[Part | None, dict[str, Any]]:
    redaction = redaction_of(case, item)
    if redaction is None:
        raise UsageError("nothing was proposed for this item yet", "run `witnessmark redact CASE ITEM` first")
    sound = SoundChoice(plan.sound, redaction.sound_stream, redaction.speech)
    recipe = recipe_for(
        case, item, redaction, span=plan.span, sound=sound, more=masks_of_earlier(case, item, redaction)
    )
    strip: Mapping[str, object] = {
        "case_number": public_number(case),
        "code": release_id.hex()[:8],
        "statement_hash": hashlib.sha256(statement).hexdigest(),
        "log_fingerprint": case.ledger.fingerprint,
        "demonstration": case.settings.demonstration,
    }
    made = make_public(
        case,
        item,
        recipe,
        strip,
        secrets_of_case=_secrets_of(case, item),
        on_pictures=on_pictures,
        on_look=on_look,
        accept_unsandboxed=accept_unsandboxed,
    )
    if made.leftovers:
        return None, {"blockers": [_leftover(what, where) for what, where in made.leftovers]}
    opened = open_for_release(
        case, item, made.map, recipe.masks.tiles_at, accept_unsandboxed=accept_unsandboxed
    )
    media: dict[str, bytes] = {}
    side_files: dict[str, bytes] = {}
    for name, video in (("public.mp4", made.public), ("public-small.mp4", made.small)):
        signed = _with_credentials(case, item, release_id, name, b"".join(case.content(video.object_name)))
        media[name], side_files[name + SIDE_SUFFIX] = signed.media, signed.side_file
    part = Part(
        kind="video",
        media=media,
        side_files=side_files,
        public=made.map,
        sound=plan.sound,
        opened=opened,
    )
    return part, {"blockers": (), "document": _document(recipe, made.map)}


def _with_credentials(case: Case, item: Item, release_id: bytes, name: str, media: bytes) -> Signed:
    seed = hkdf(case.keyring.secrets.publication_signing_seed, b"", CREDENTIALS_INFO)
    return with_credentials(
        media,
        VIDEO_TYPE,
        chain=Chain.of(seed, public_number(case)),
        release=release_id.hex(),
        commitment=committed(case, item).payload[ROOT_BYTES:].hex(),
        title=name,
    )


def _document(recipe: Recipe, public: PublicMap) -> dict[str, Any]:
    return {
        "tracks": [track.to_json() for track in recipe.masks.in_force],
        "recipe": recipe.to_json(),
        "map": public.to_json(),
    }


def _leftover(what: str, where: str) -> Blocker:
    return Blocker(
        "leftover", f"The public video still holds {what} ({where}).", "report it: this must not be"
    )


def _keep(case: Case, item: Item, form: Form, draft: layout.Draft, document: Mapping[str, Any]) -> Release:
    name, digest, size_bytes = keep_draft(case, draft)
    release = Release(
        release_id=draft.contents.release.hex(),
        item_ids=(item.item_id,),
        form=form,
        state=ReleaseState.PROPOSED,
        redactor_id=case.keyring.person_id,
        made_at=case.clock(),
        manifest_sha256=hashlib.sha256(draft.manifest).hexdigest(),
        document={**document, "object": name, "sha256": digest.hex()},
    )
    held = HeldDerivative(
        item.item_id, DRAFT + release.release_id, DRAFT_TYPE, name, case.clock(), size_bytes, digest
    )
    with case.catalogue.transaction():
        case.catalogue.add_derivative(held)
        return _signed(case, release, draft, REDACTOR)


def _signed(case: Case, release: Release, draft: layout.Draft, role: str) -> Release:
    seed = hkdf(case.keyring.signer.seed, bytes.fromhex(release.release_id), KEY_INFO)
    signer = PersonSigner(seed)
    blob = sshsig.sign(signer, draft.text_to_sign(role), namespace=APPROVAL_NAMESPACE)
    given = GivenApproval(case.keyring.person_id, Approval(role, signer.public, blob), case.clock())
    after = replace(release, approvals=(*release.approvals, given))
    with case.catalogue.transaction():
        case.catalogue.save_release(after)
        private = {
            "release": release.release_id,
            "item": release.item_ids[0],
            "manifest": release.manifest_sha256,
            "role": role,
            "shows_first_entry": release.document["show_first_entry"],
            "key": signer.public.hex(),
            "derivatives": {DRAFT + release.release_id: release.document["object"]},
        }
        kind = "release.proposed" if role == REDACTOR else "release.approved"
        case.ledger.append([CustodyEvent(kind, private=private)])
    return after


def _texts_in(draft: layout.Draft) -> dict[str, str]:
    """What a person wrote, as it stands in the statement that was approved."""
    return outgoing_texts(read_statement(b"".join(pieces(draft.files["statement.json"]))))
