"""The release of one item, from confirmed tracks to a bundle: proposed, approved by others, written.

*Proposed*: the gate is asked first; then the video or the pictures are made, the seal opened, the statement and the
manifest written, all of it sealed in the vault, and the redactor signs. *Approved*: other people look at exactly these
files and sign. *Written*: the gate is asked again, the release enters the log, the bundle leaves. A key is made for
each release and person, so that no public key stands in two bundles or in the custody log's signatures.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from witnessmark.case.case import Case
from witnessmark.case.exposing import check_outgoing
from witnessmark.case.media_exposure import known_copies
from witnessmark.case.public_files import PublicFile, listed_or_gone
from witnessmark.case.redacting import OnPictures
from witnessmark.case.release_facts import asked_of, seen_of
from witnessmark.case.release_look import has_looked
from witnessmark.case.release_media import Media, Plan, secrets_of, video_of
from witnessmark.case.release_stills import stills_of
from witnessmark.case.release_store import keep_draft, read_draft
from witnessmark.case.releasing import (
    WrittenBundle,
    committed,
    make_bundle,
    make_supplement,
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
from witnessmark.model.redaction import Form, Sound
from witnessmark.model.release import Blocker, GivenApproval, Release, ReleaseState
from witnessmark.release.bundle import layout
from witnessmark.release.bundle.contents import Contents, pieces
from witnessmark.release.gate import blockers, in_order
from witnessmark.release.report.statement import (
    Statement,
    outgoing_texts,
    public_claims,
    public_findings,
    read_statement,
    statement_files,
)
from witnessmark_verify.approvals import APPROVAL_NAMESPACE
from witnessmark_verify.manifest import MANIFEST

KEY_INFO = b"witnessmark/approval-key/1"
RELEASING = "release"
DRAFT, DRAFT_TYPE = "release.", "application/x-witnessmark-release"


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
    known = known_copies(case, item, plan.form)
    exposed = check_outgoing(case, texts, item_ids=(item.item_id,), media=known)
    found = _gate(case, item, plan.form, exposed.open, None, plan.show_first_entry)
    if any(one.code != "not_approved" for one in found):
        return Outcome(None, found)
    release_id = secrets.token_bytes(16)
    files = statement_files(statement)
    document: dict[str, Any] = {"show_first_entry": plan.show_first_entry, "texts": sorted(texts)}
    media = Media()
    if plan.form is not Form.STATEMENT:
        make = video_of if plan.form is Form.VIDEO else stills_of
        statement_file = files["statement.json"]
        media = make(case, item, plan, release_id, statement_file, on_pictures, on_look, accept_unsandboxed)
        exposed = check_outgoing(case, texts, item_ids=(item.item_id,), media=(*known, *media.hits))
        found = _gate(case, item, plan.form, exposed.open, None, plan.show_first_entry)
        if media.blockers or any(one.code != "not_approved" for one in found):
            return Outcome(None, (*media.blockers, *found))
    draft = layout.draft(
        Contents(
            release=release_id,
            origin=case.ledger.publication.first_vkey.name,
            form=plan.form,
            statement=files,
            items=(committed(case, item).payload,),
            parts=media.parts,
            is_demonstration=case.settings.demonstration,
        )
    )
    return Outcome(_keep(case, item, plan.form, draft, {**document, **media.document}), found)


def approve(case: Case, release: Release) -> Release:
    """Sign a proposed release as somebody other than its redactor. Raises UsageError where that is not so."""
    case.require_writable()
    if release.state is not ReleaseState.PROPOSED:
        raise UsageError(f"this release is {release.state}", "only a proposed release can be approved")
    person = case.keyring.person_id
    if person in {given.person_id for given in release.approvals}:
        raise UsageError("you have signed this release already", "another person approves it")
    if not has_looked(case, release):
        raise UsageError(
            "you have not looked at what would leave",
            "witnessmark approve CASE RELEASE --look DIR, then sign",
        )
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
            seen = tuple(map(ExposureHit.from_json, release.document.get("media", ())))
            known = known_copies(case, item, release.form)
            exposed = check_outgoing(case, _texts_in(draft), item_ids=release.item_ids, media=(*known, *seen))
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
            secrets_of_case=secrets_of(case, item),
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
    if release.state is not ReleaseState.RELEASED:
        raise UsageError(
            f"this release is {release.state}: nothing new is proven of it",
            "tell people by the way you published it: a bundle that is out cannot say so itself",
        )
    return make_supplement(
        case,
        bundle,
        target,
        show_first_entry=bool(release.document["show_first_entry"]),
        secrets_of_case=secrets_of(case, _item(case, release)),
    )


def reject(case: Case, release: Release, reason: str) -> Release:
    """Say that a proposal is not to leave. The custody log alone knows: nobody outside has heard of it."""
    case.require_writable()
    if release.state is not ReleaseState.PROPOSED:
        raise UsageError(f"this release is {release.state}", "only a proposed release can be rejected")
    if not reason.strip():
        raise UsageError("no reason was given", "--reject REASON")
    after = replace(release, state=ReleaseState.REJECTED, reason=reason.strip())
    private = {"release": release.release_id, "reason": after.reason}
    with case.catalogue.transaction():
        case.catalogue.save_release(after)
        case.ledger.append([CustodyEvent("release.rejected", private=private)])
    return after


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


def _item(case: Case, release: Release) -> Item:
    return next(one for one in case.catalogue.items() if one.item_id == release.item_ids[0])


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
    kept = PublicFile(held.name, name, digest, size_bytes)
    with listed_or_gone(case, {held.name: kept}), case.catalogue.transaction():
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
