"""Who says what: claims, responses, and what they are about. One row per model object, as JSON."""

from __future__ import annotations

from django.db import models

from witnessmark.ground.catalogue.models.guarded import CODE_CHARS, ID_CHARS, GuardedModel


class StatementRow(GuardedModel):
    """``place`` keeps the order in which rows were imported."""

    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    place = models.BigIntegerField()
    code = models.TextField()
    document = models.TextField()

    class Meta:
        abstract = True


class ClaimRow(StatementRow):
    class Meta:
        db_table = "claim"


class ResponseRow(StatementRow):
    class Meta:
        db_table = "response"


class FacilityRow(StatementRow):
    class Meta:
        db_table = "facility"


class IncidentRow(StatementRow):
    class Meta:
        db_table = "incident"


class PersonInFootageRow(StatementRow):
    class Meta:
        db_table = "person_in_footage"


class BearingRow(GuardedModel):
    """How a finding bears on a claim: proposed by rule, accepted or dismissed by a person."""

    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    claim = models.ForeignKey(ClaimRow, on_delete=models.PROTECT, related_name="+", db_index=False)
    finding_id = models.CharField(max_length=ID_CHARS)
    item_id = models.CharField(max_length=ID_CHARS)
    rule = models.CharField(max_length=CODE_CHARS)
    place = models.BigIntegerField()
    state = models.CharField(max_length=CODE_CHARS)
    decided_by = models.CharField(max_length=ID_CHARS)
    document = models.TextField()

    class Meta:
        db_table = "bearing"
        constraints = (
            models.UniqueConstraint(
                fields=["claim", "finding_id", "item_id", "rule"], name="one_bearing_per_rule"
            ),
        )
