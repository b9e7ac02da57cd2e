"""Labels, consents, answered exposure hits, releases."""

from __future__ import annotations

from django.db import models

from witnessmark.ground.catalogue.models.guarded import CODE_CHARS, ID_CHARS, GuardedModel
from witnessmark.ground.catalogue.models.statements import StatementRow


class ItemLabelRow(StatementRow):
    class Meta:
        db_table = "item_label"


class ConsentRow(StatementRow):
    class Meta:
        db_table = "consent"


class AcknowledgedRow(GuardedModel):
    """A person let an exposure hit stand."""

    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    code = models.CharField(max_length=CODE_CHARS, unique=True)
    document = models.TextField()

    class Meta:
        db_table = "acknowledged"


class ReleaseRow(GuardedModel):
    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    state = models.CharField(max_length=CODE_CHARS)
    document = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "release"
