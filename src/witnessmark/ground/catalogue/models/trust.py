"""Trusted time on checkpoints, and hand-overs."""

from __future__ import annotations

from django.db import models

from witnessmark.ground.catalogue.models.guarded import CODE_CHARS, ID_CHARS, GuardedModel


class StampRow(GuardedModel):
    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    place = models.BigIntegerField()
    """Order of asking."""
    document = models.TextField()

    class Meta:
        db_table = "stamp"
        indexes = (models.Index(fields=["place"], name="stamp_order"),)


class HandoverRow(GuardedModel):
    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    state = models.CharField(max_length=CODE_CHARS)
    document = models.TextField()
    receipt = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "handover"
