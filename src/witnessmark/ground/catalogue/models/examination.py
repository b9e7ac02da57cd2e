"""What came out of the examination of items."""

from __future__ import annotations

from django.db import models

from witnessmark.ground.catalogue.models.guarded import CODE_CHARS, DIGEST_BYTES, ID_CHARS, GuardedModel
from witnessmark.ground.catalogue.models.intake import ItemRow


class FindingRow(GuardedModel):
    """A finding in full, as JSON; the columns beside it repeat what queries ask for."""

    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    item = models.ForeignKey(ItemRow, on_delete=models.PROTECT, related_name="+", db_index=False)
    attempt_id = models.CharField(max_length=ID_CHARS)
    place = models.IntegerField()
    """Order within its attempt."""
    kind = models.CharField(max_length=CODE_CHARS)
    examiner = models.CharField(max_length=CODE_CHARS)
    outcome = models.CharField(max_length=CODE_CHARS)
    document = models.TextField()
    found_at = models.DateTimeField()
    superseded_by = models.CharField(max_length=ID_CHARS, null=True)
    """Attempt of the same examiner on the same item that came later; the row stays."""

    class Meta:
        db_table = "finding"
        indexes = (
            models.Index(fields=["item", "examiner"], name="finding_item"),
            models.Index(fields=["found_at", "attempt_id", "place"], name="finding_order"),
        )


class FeatureRow(GuardedModel):
    """A small by-product left for comparers; a later examination replaces it."""

    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    item = models.ForeignKey(ItemRow, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=CODE_CHARS)
    version = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        db_table = "feature"
        constraints = (models.UniqueConstraint(fields=["item", "name"], name="one_feature_per_name"),)
        indexes = (models.Index(fields=["name", "version"], name="feature_name"),)


class SealRow(GuardedModel):
    """The commitment to one item by one decoder build: never replaced, the first of a build counts."""

    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    item = models.ForeignKey(ItemRow, on_delete=models.PROTECT, related_name="+", db_index=False)
    build = models.TextField()
    item_root = models.BinaryField(max_length=DIGEST_BYTES)
    document = models.TextField()
    index = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "seal"
        constraints = (models.UniqueConstraint(fields=["item", "build"], name="one_seal_per_item_and_build"),)


class DerivativeRow(GuardedModel):
    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    item = models.ForeignKey(ItemRow, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=CODE_CHARS)
    media_type = models.CharField(max_length=CODE_CHARS)
    object_name = models.CharField(max_length=CODE_CHARS)
    size_bytes = models.BigIntegerField(null=True)
    sha256 = models.BinaryField(max_length=DIGEST_BYTES, null=True)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "derivative"
        constraints = (
            models.UniqueConstraint(fields=["item", "name"], name="one_derivative_per_item_and_name"),
        )


class RelationRow(GuardedModel):
    """How one item stands to another (copy, re-encoding, excerpt, continuation, same camera), as JSON.

    A relation that a later comparison found otherwise stays, superseded: reports as of old checkpoints hold it.
    """

    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    kind = models.CharField(max_length=CODE_CHARS)
    from_item = models.ForeignKey(ItemRow, on_delete=models.PROTECT, related_name="+")
    to_item = models.ForeignKey(ItemRow, on_delete=models.PROTECT, related_name="+")
    place = models.IntegerField()
    """Order within its comparison."""
    document = models.TextField()
    run_id = models.CharField(max_length=ID_CHARS, null=True)
    """The comparison that found it."""
    found_at = models.DateTimeField(null=True)
    superseded_by = models.CharField(max_length=ID_CHARS, null=True)
    """The comparison that found the pair to stand otherwise, or not at all."""

    class Meta:
        db_table = "relation"
        indexes = (models.Index(fields=["found_at", "run_id", "place"], name="relation_order"),)
