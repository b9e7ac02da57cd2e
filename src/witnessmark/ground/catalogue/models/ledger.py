"""The rows of the custody log, the day trees and the publication log.

They carry no row digests: the ledger proves itself (``Ledger.check``). Numbers are those of the ledger.
"""

from __future__ import annotations

from django.db import models

from witnessmark.ground.catalogue.models.guarded import DIGEST_BYTES

VKEY_CHARS = 300
KIND_CHARS = 100
ACTOR_CHARS = 100
"""Bounds of the ledger's own formats (ground.ledger.storage, ground.ledger.log)."""


class LedgerLeaf(models.Model):
    index = models.BigIntegerField(primary_key=True)
    leaf_hash = models.BinaryField(max_length=DIGEST_BYTES)
    kind = models.TextField()
    public_json = models.BinaryField()
    salt_a = models.BinaryField(max_length=DIGEST_BYTES)
    private_half = models.BinaryField(max_length=DIGEST_BYTES)

    class Meta:
        db_table = "ledger_leaf"


class LedgerPayload(models.Model):
    index = models.BigIntegerField(primary_key=True)
    ciphertext = models.BinaryField()

    class Meta:
        db_table = "ledger_payload"


class LedgerPayloadKey(models.Model):
    index = models.BigIntegerField(primary_key=True)
    key = models.BinaryField(max_length=DIGEST_BYTES)

    class Meta:
        db_table = "ledger_payload_key"


class LedgerAct(models.Model):
    number = models.BigIntegerField(primary_key=True)
    first_index = models.BigIntegerField()
    count = models.BigIntegerField()
    actor_id = models.CharField(max_length=ACTOR_CHARS)
    time = models.CharField(max_length=32)
    root_before = models.BinaryField(max_length=DIGEST_BYTES)
    root_after = models.BinaryField(max_length=DIGEST_BYTES)
    signature = models.BinaryField()

    class Meta:
        db_table = "ledger_act"


class LedgerNode(models.Model):
    level = models.IntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=DIGEST_BYTES)

    class Meta:
        db_table = "ledger_node"
        constraints = (models.UniqueConstraint(fields=["level", "index"], name="one_node_per_place"),)


class LedgerActor(models.Model):
    actor_id = models.CharField(max_length=ACTOR_CHARS, primary_key=True)
    public = models.BinaryField(max_length=DIGEST_BYTES)
    introduced_index = models.BigIntegerField()
    retired_index = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_actor"


class LedgerCheckpoint(models.Model):
    log = models.CharField(max_length=KIND_CHARS)
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=DIGEST_BYTES)
    note = models.BinaryField()

    class Meta:
        db_table = "ledger_checkpoint"
        constraints = (models.UniqueConstraint(fields=["log", "size"], name="one_checkpoint_per_size"),)


class LedgerWitness(models.Model):
    vkey = models.CharField(max_length=VKEY_CHARS, primary_key=True)
    added_index = models.BigIntegerField()

    class Meta:
        db_table = "ledger_witness"


class LedgerCosignature(models.Model):
    size = models.BigIntegerField()
    vkey = models.CharField(max_length=VKEY_CHARS)
    line = models.CharField(max_length=VKEY_CHARS)

    class Meta:
        db_table = "ledger_cosignature"
        constraints = (models.UniqueConstraint(fields=["size", "vkey"], name="one_cosignature_per_witness"),)


class LedgerDayEntry(models.Model):
    number = models.BigIntegerField(primary_key=True)
    entered_on = models.DateField()
    day = models.DateField(null=True)
    spilled = models.BooleanField()
    salt = models.BinaryField(max_length=DIGEST_BYTES)
    kind = models.CharField(max_length=KIND_CHARS)
    payload = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=DIGEST_BYTES)
    custody_index = models.BigIntegerField()
    repeats = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_day_entry"
        indexes = (models.Index(fields=["day", "number"], name="day_entry_day"),)


class LedgerDay(models.Model):
    day = models.DateField(primary_key=True)
    root = models.BinaryField(max_length=DIGEST_BYTES)
    entries = models.BigIntegerField()
    publication_index = models.BigIntegerField()
    custody_index = models.BigIntegerField()

    class Meta:
        db_table = "ledger_day"


class LedgerPublicationLeaf(models.Model):
    index = models.BigIntegerField(primary_key=True)
    leaf_hash = models.BinaryField(max_length=DIGEST_BYTES)
    data = models.BinaryField()

    class Meta:
        db_table = "ledger_publication_leaf"
