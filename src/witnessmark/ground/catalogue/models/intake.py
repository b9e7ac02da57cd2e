"""What was received: receipts, the files found on the way, items and where they were found."""

from __future__ import annotations

from django.db import models

from witnessmark.ground.catalogue.models.guarded import CODE_CHARS, DIGEST_BYTES, ID_CHARS, GuardedModel


class ReceiptRow(GuardedModel):
    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    state = models.CharField(max_length=CODE_CHARS)
    source_pseudonym = models.CharField(max_length=CODE_CHARS)
    source_root = models.BinaryField()
    """Fingerprint of what was handed in, under a key: the same command finds its unfinished receipt again."""
    document = models.TextField()
    counts = models.TextField()
    annex = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "receipt"
        indexes = (models.Index(fields=["created_at"], name="receipt_created"),)


class ItemRow(GuardedModel):
    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    sha256 = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    size_bytes = models.BigIntegerField()
    media_type = models.CharField(max_length=CODE_CHARS)
    object_name = models.CharField(max_length=CODE_CHARS, unique=True)
    format = models.CharField(max_length=CODE_CHARS)
    state = models.CharField(max_length=CODE_CHARS)
    sealed_at = models.DateTimeField()
    committed_at = models.DateTimeField(null=True)
    examined_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "item"
        indexes = (
            models.Index(fields=["sealed_at", "id"], name="item_sealed"),
            models.Index(fields=["size_bytes"], name="item_size"),
        )


class OccurrenceRow(GuardedModel):
    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    item = models.ForeignKey(ItemRow, on_delete=models.PROTECT, related_name="+")
    receipt = models.ForeignKey(ReceiptRow, on_delete=models.PROTECT, related_name="+")
    container = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    sealed = models.BinaryField()

    class Meta:
        db_table = "occurrence"


class SettledRow(GuardedModel):
    """One file or archive member that was dealt with, so that receiving can go on where it was stopped."""

    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    receipt = models.ForeignKey(ReceiptRow, on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.BigIntegerField()
    """Order of saving within the receipt."""
    document = models.TextField()

    class Meta:
        db_table = "settled"
        indexes = (models.Index(fields=["receipt", "place"], name="settled_order"),)


class SourceStatementRow(GuardedModel):
    """The source's own account, sealed."""

    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    source_pseudonym = models.CharField(max_length=CODE_CHARS)
    sealed = models.BinaryField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "source_statement"
