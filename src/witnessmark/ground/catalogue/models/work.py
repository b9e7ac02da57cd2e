"""Jobs and their attempts (``witnessmark.ground.jobs``)."""

from __future__ import annotations

from django.db import models

from witnessmark.ground.catalogue.models.guarded import CODE_CHARS, ID_CHARS, GuardedModel


class JobRow(GuardedModel):
    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    kind = models.CharField(max_length=CODE_CHARS)
    item_id = models.CharField(max_length=ID_CHARS)
    state = models.CharField(max_length=CODE_CHARS)
    attempts = models.IntegerField()
    fence = models.BigIntegerField()
    owner = models.CharField(max_length=CODE_CHARS)
    queued_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    cause = models.TextField()

    class Meta:
        db_table = "job"
        indexes = (models.Index(fields=["state", "queued_at", "id"], name="job_queue"),)
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "item_id"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_open_job_per_item_and_kind",
            ),
        )


class AttemptRow(GuardedModel):
    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    job = models.ForeignKey(JobRow, on_delete=models.PROTECT, related_name="+")
    number = models.IntegerField()
    fence = models.BigIntegerField()
    owner = models.CharField(max_length=CODE_CHARS)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=CODE_CHARS)
    cause = models.TextField()

    class Meta:
        db_table = "attempt"
        constraints = (models.UniqueConstraint(fields=["job", "fence"], name="one_attempt_per_fence"),)
