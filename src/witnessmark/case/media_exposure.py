"""What the released pictures and sound themselves give away to somebody who holds recordings of ours.

Our own comparers look at the public video as the other side would: which recordings of the case show the same, whether
a sensor's trace is left in it, whether the hum of the mains can be measured in its sound. Every answer is shown to the
people who release; none can be removed by a program, so each is answered for by name like any other exposure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from witnessmark.case.attempt_results import FINGERPRINT
from witnessmark.case.case import Case
from witnessmark.case.comparing_cameras import KeptResiduals, with_residual
from witnessmark.case.file_pass import pass_over_object
from witnessmark.case.public_files import PublicFile
from witnessmark.examine.camera.residual import NAME as RESIDUAL
from witnessmark.examine.camera.residual import CameraResidual, read_residual
from witnessmark.examine.comparers.cameras import compare_cameras
from witnessmark.examine.comparers.matching import compare
from witnessmark.examine.fingerprint import VERSION as FINGERPRINT_VERSION
from witnessmark.examine.fingerprint import read_fingerprint
from witnessmark.model.codes import short_code
from witnessmark.model.consumer import Feature
from witnessmark.model.errors import CheckFailedError
from witnessmark.model.exposure import ExposureHit, ExposureRule
from witnessmark.model.findings import FindingCore, Outcome
from witnessmark.model.recording import Item
from witnessmark.model.redaction import Form, Sound

PUBLIC = "the public video"
PICTURES = "the still pictures"
"""Where something was found: an answer that was given for one form does not count for the other."""
HUM = "audio.hum"
CAMERA, AUDIO = "camera", "audio"


def known_copies(case: Case, item: Item, form: Form) -> tuple[ExposureHit, ...]:
    """Which other recordings of the case show the same pictures: known before anything is made of it."""
    if form is Form.STATEMENT:
        return ()
    related = {
        side
        for held in case.catalogue.relations(item.item_id)
        if held.relation.kind.shares_footage
        for side in held.relation.sides - {item.item_id}
    }
    return (_of_copies(related, PICTURES if form is Form.STILLS else PUBLIC),) if related else ()


def seen_in_public(
    case: Case,
    item: Item,
    shown: PublicFile,
    sound: Sound,
    *,
    where: str = PUBLIC,
    accept_unsandboxed: bool = False,
) -> tuple[ExposureHit, ...]:
    """What one jailed pass over the public video, or a picture, and a comparison with the whole case finds.

    Raises CheckFailedError where the pass did not come to its end: what was not looked at is not harmless.
    """
    asked = (CAMERA,) if sound is Sound.NONE else (CAMERA, AUDIO)
    passed = pass_over_object(
        case, shown.object_name, asked, fingerprint=True, accept_unsandboxed=accept_unsandboxed
    )
    if passed.outcome is None:
        raise CheckFailedError(f"looking at {where} as others would broke off ({passed.cause})")
    left = {feature.name: feature for feature in passed.outcome.features}
    return (
        *_matches(case, item, left, where),
        *_sensors(case, item, left, where),
        *_hum(passed.outcome.cores),
    )


def _matches(case: Case, item: Item, left: Mapping[str, Feature], where: str) -> tuple[ExposureHit, ...]:
    """Recordings that show the same, beside the released one itself: that one is meant to be found."""
    if FINGERPRINT not in left:
        return ()
    prints = {
        held.item_id: read_fingerprint(held.feature)
        for held in case.catalogue.features(FINGERPRINT, version=FINGERPRINT_VERSION)
        if held.item_id != item.item_id
    }
    prints[PUBLIC] = read_fingerprint(left[FINGERPRINT])
    found = {
        side
        for match in compare(prints, new=frozenset({PUBLIC}))
        for side in (match.a, match.b)
        if side != PUBLIC
    }
    return (_of_copies(found, where),) if found else ()


def _of_copies(item_ids: Iterable[str], where: str) -> ExposureHit:
    codes = sorted(short_code(item_id) for item_id in item_ids)
    return ExposureHit(
        ExposureRule.MEDIA,
        where,
        ", ".join(codes),
        "these recordings of the case show the same pictures: whoever holds all copies learns from the proof in the "
        "bundle which of them was released, and so through whose hands it came",
    )


def _sensors(case: Case, item: Item, left: Mapping[str, Feature], where: str) -> tuple[ExposureHit, ...]:
    if RESIDUAL not in left:
        return ()
    others = with_residual(case, [one.item_id for one in case.catalogue.items()]) - {item.item_id}
    traces: dict[str, CameraResidual] = dict(KeptResiduals(case, others))
    traces[PUBLIC] = read_residual(left[RESIDUAL])
    made = compare_cameras(traces, new=frozenset({PUBLIC}))
    found = sorted(
        short_code(side)
        for match in made.matches
        if not match.same_view
        for side in (match.a, match.b)
        if side != PUBLIC
    )
    if not found:
        return ()
    return (
        ExposureHit(
            ExposureRule.MEDIA,
            where,
            ", ".join(found),
            f"the trace of a sensor in {where} agrees with that of these recordings: whoever has the camera "
            "or other pictures of it can tell it again",
        ),
    )


def _hum(cores: Iterable[FindingCore]) -> tuple[ExposureHit, ...]:
    if not any(core.kind == HUM and core.outcome is Outcome.OBSERVED for core in cores):
        return ()
    return (
        ExposureHit(
            ExposureRule.MEDIA,
            PUBLIC,
            "its sound",
            "mains hum can be measured in it: whoever has a record of that grid can tell the minute of the recording",
        ),
    )
