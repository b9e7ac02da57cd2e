"""Texts read from the picture (unit numbers, labels): sealed like original names, opened on request and logged.

They never reach the table of features: on a database that somebody else runs nothing of them lies in clear.
"""

from __future__ import annotations

from witnessmark.case.case import Case
from witnessmark.ground.vault.sealed import open_names, seal_names
from witnessmark.model.consumer import Feature
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import VaultError
from witnessmark.model.overlay_text import FEATURE, OverlayText, overlay_texts
from witnessmark.model.recording import Item
from witnessmark.model.records import SealedField

LEVEL = "names"


def is_sealed(feature: Feature) -> bool:
    """Whether a feature must not be stored as it is."""
    return feature.name == FEATURE


def keep(case: Case, item_id: str, feature: Feature) -> None:
    """Seal the texts of one examination; those of an earlier one are replaced."""
    case.catalogue.save_sealed_field(
        SealedField(item_id, FEATURE, LEVEL, seal_names(feature.data, case.keyring))
    )


def open_texts(case: Case, item: Item) -> tuple[OverlayText, ...]:
    """What was read beside the clock of one item. Opening is an act in the custody log.

    Raises KeyAccessError for a person without the right to open names, CaseError in a copy that was not adopted.
    """
    case.require_writable()
    field = next((f for f in case.catalogue.sealed_fields(item.item_id) if f.name == FEATURE), None)
    if field is None:
        return ()
    case.keyring.names_identities()  # who may not open them leaves no line that says they did
    case.ledger.append([CustodyEvent("texts.opened", private={"item": item.item_id})])
    data = open_names(field.sealed, case.keyring)
    try:
        return overlay_texts(data)
    except ValueError as error:
        raise VaultError(
            "the texts of this item are of a form that cannot be shown", "examine the item again"
        ) from error
