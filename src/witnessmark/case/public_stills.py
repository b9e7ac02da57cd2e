"""Make the still pictures of one item, seal them, and look at each once more.

The jail hands out bare samples; the tiles that are to be hidden are made black here again, and the PNG is written
here: no byte of the raw file, and none that a decoder chose, is in it beside the samples themselves. What blocks a
release is the same as for a video: a face that the second look still sees, and anything of the raw or the case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from witnessmark.case.case import Case
from witnessmark.case.public_files import (
    PublicFile,
    item_secrets,
    keep_public,
    listed_or_gone,
    looked_at,
    reopen,
    scanned,
)
from witnessmark.case.redacting import OnPictures, needed_redaction, run_on_object
from witnessmark.case.still_seen import ONCE, Sighting, sightings, to_be_cleared
from witnessmark.case.stills_task import RGB_BYTES, STILLS_TASK, StillsReader
from witnessmark.ground.container.png_writer import write_png
from witnessmark.model.errors import CheckFailedError
from witnessmark.model.recording import Item
from witnessmark.model.redaction import PublicMap, Recipe
from witnessmark.release.derivative.gone import Secret
from witnessmark.release.derivative.stills import blackened

STILL_TYPE = "image/png"


@dataclass(frozen=True, slots=True)
class MadeStills:
    """What ``make_stills`` made."""

    derivative_id: str
    pictures: tuple[PublicFile, ...]
    """In the order asked for: ``public-1.png`` and on."""
    map: PublicMap
    """All of them together; picture n is public frame n."""
    hidden_tiles: int
    still_seen: tuple[Sighting, ...]
    leftovers: tuple[tuple[str, str], ...]
    sandbox: str
    build: str

    def alone(self, number: int) -> PublicMap:
        """The map of one of them, as a part of its own: its only picture is its first."""
        return replace(self.map, frames=(replace(self.map.frames[number], number=0),))


def make_stills(
    case: Case,
    item: Item,
    recipe: Recipe,
    ordinals: Sequence[int],
    strip: Mapping[str, object],
    *,
    secrets_of_case: Sequence[Secret] = (),
    on_pictures: OnPictures | None = None,
    on_look: OnPictures | None = None,
    accept_unsandboxed: bool = False,
) -> MadeStills:
    """Make the pictures with these ordinals, seal them, and look at each once more.

    ``strip``, ``secrets_of_case``: as for ``make_public``. Raises CheckFailedError where the pass broke off, a picture
    never came, or one has another size than the masks were drawn on.
    """
    case.require_writable()
    redaction = needed_redaction(case, item)
    reader = StillsReader(recipe.masks, tuple(ordinals), on_pictures=on_pictures)
    request = {"masks": recipe.masks.to_json(), "ordinals": list(ordinals), "strip": dict(strip)}
    run_on_object(
        case,
        item.object_name,
        item.size_bytes,
        STILLS_TASK,
        request,
        reader.on_record,
        reader.on_blob,
        accept_unsandboxed,
    )
    if not reader.is_whole or reader.map is None:
        cause = "; ".join(reader.failures) or "a picture never came"
        raise CheckFailedError(
            f"the still pictures could not be made ({cause[:200]})", "ask for pictures at other times"
        )
    laid = reader.map
    made: dict[str, PublicFile] = {}
    leftovers, faces, hidden_tiles = [], [], 0
    wanted = (*item_secrets(case, item), *secrets_of_case)
    with listed_or_gone(case, made):
        for number, ordinal in enumerate(ordinals):
            tiles = recipe.masks.tiles_at(ordinal)
            hidden_tiles += len(tiles)
            rows = laid.height_px + laid.strip_px
            rgb = np.frombuffer(reader.samples(number), np.uint8).reshape(rows, laid.width_px, RGB_BYTES)
            still = _sealed(case, f"still-{number + 1}", write_png(blackened(rgb, tiles, laid)))
            made[still.name] = still
            look = looked_at(case, still, laid.height_px, True, None, accept_unsandboxed)
            faces += [replace(face, number=number) for face in look.faces]
            leftovers += list(look.odd)
            leftovers += [
                (f"{found.what} ({still.name})", found.place) for found in scanned(case, still, wanted)
            ]
            if on_look is not None:
                on_look(number + 1)
        seen = sightings(faces, laid, redaction, enough=ONCE)
        derivative_id = keep_public(
            case,
            item,
            STILL_TYPE,
            made,
            seen,
            redaction=redaction.digest,
            pictures=len(made),
            hidden_tiles=hidden_tiles,
            leftovers=len(leftovers),
            sandbox=reader.sandbox,
        )
    reopen(case, item, redaction, to_be_cleared(seen, laid, redaction))
    return MadeStills(
        derivative_id,
        tuple(made.values()),
        laid,
        hidden_tiles,
        seen,
        tuple(leftovers),
        reader.sandbox,
        reader.build,
    )


def _sealed(case: Case, name: str, data: bytes) -> PublicFile:
    digest = hashlib.sha256(data).digest()
    with case.store.begin() as draft:
        draft.write(data)
        return PublicFile(name, draft.commit(digest).name, digest, len(data))
