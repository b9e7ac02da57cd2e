"""The tables. All but those of the ledger are guarded (``guarded.GuardedModel``)."""

from witnessmark.ground.catalogue.models.examination import (
    DerivativeRow,
    FeatureRow,
    FindingRow,
    RelationRow,
    SealRow,
)
from witnessmark.ground.catalogue.models.guarded import GuardedModel, TableSeal
from witnessmark.ground.catalogue.models.intake import (
    ItemRow,
    OccurrenceRow,
    ReceiptRow,
    SettledRow,
    SourceStatementRow,
)
from witnessmark.ground.catalogue.models.ledger import (
    LedgerAct,
    LedgerActor,
    LedgerCheckpoint,
    LedgerCosignature,
    LedgerDay,
    LedgerDayEntry,
    LedgerLeaf,
    LedgerNode,
    LedgerPayload,
    LedgerPayloadKey,
    LedgerPublicationLeaf,
    LedgerWitness,
)
from witnessmark.ground.catalogue.models.release import (
    AcknowledgedRow,
    ConsentRow,
    ItemLabelRow,
    ReleaseRow,
)
from witnessmark.ground.catalogue.models.statements import (
    BearingRow,
    ClaimRow,
    FacilityRow,
    IncidentRow,
    PersonInFootageRow,
    ResponseRow,
    StatementRow,
)
from witnessmark.ground.catalogue.models.team import Person, SealedFieldRow, SettingRow
from witnessmark.ground.catalogue.models.trust import HandoverRow, StampRow
from witnessmark.ground.catalogue.models.work import AttemptRow, JobRow

__all__ = [
    "AcknowledgedRow",
    "AttemptRow",
    "BearingRow",
    "ClaimRow",
    "ConsentRow",
    "DerivativeRow",
    "FacilityRow",
    "FeatureRow",
    "FindingRow",
    "GuardedModel",
    "HandoverRow",
    "IncidentRow",
    "ItemLabelRow",
    "ItemRow",
    "JobRow",
    "LedgerAct",
    "LedgerActor",
    "LedgerCheckpoint",
    "LedgerCosignature",
    "LedgerDay",
    "LedgerDayEntry",
    "LedgerLeaf",
    "LedgerNode",
    "LedgerPayload",
    "LedgerPayloadKey",
    "LedgerPublicationLeaf",
    "LedgerWitness",
    "OccurrenceRow",
    "Person",
    "PersonInFootageRow",
    "ReceiptRow",
    "RelationRow",
    "ReleaseRow",
    "ResponseRow",
    "SealRow",
    "SealedFieldRow",
    "SettingRow",
    "SettledRow",
    "SourceStatementRow",
    "StampRow",
    "StatementRow",
    "TableSeal",
]
