"""Trusted time on checkpoints, and hand-overs."""

from __future__ import annotations

from django.db import models

from witnessmark.ground.catalogue.models.guarded import CODE_CHARS, ID_CHARS, GuardedModel


class StampRow(GuardedModel):
    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    kind = models.CharField(max_length=CODE_CHARS)
    log = models.CharField(max_length=CODE_CHARS)
    checkpoint_size = models.BigIntegerField()
    authority = models.TextField()
    state = models.CharField(max_length=CODE_CHARS)
    request = models.BinaryField()
    nonce = models.BinaryField()
    token = models.BinaryField()
    chain = models.BinaryField()
    requested_at = models.DateTimeField()
    anchored_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "stamp"


class HandoverRow(GuardedModel):
    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    state = models.CharField(max_length=CODE_CHARS)
    document = models.TextField()
    receipt = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "handover"
