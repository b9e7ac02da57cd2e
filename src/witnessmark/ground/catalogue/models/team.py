"""Who works on the case, what was set for it, and fields sealed to named people."""

from __future__ import annotations

import uuid

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from witnessmark.ground.catalogue.models.guarded import CODE_CHARS, ID_CHARS, GuardedModel


class SettingRow(GuardedModel):
    key = models.CharField(max_length=CODE_CHARS, primary_key=True)
    value = models.TextField()

    class Meta:
        db_table = "setting"


class Person(AbstractBaseUser, GuardedModel):
    """A member of the team, under a pseudonym. Django's user model, so that the desk can sign people in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pseudonym = models.CharField(max_length=CODE_CHARS, unique=True)
    roles = models.TextField(default="[]")
    """JSON list of texts."""
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "pseudonym"

    class Meta:
        db_table = "person"


class SealedFieldRow(GuardedModel):
    """An age file that opens to named people only (a name behind a pseudonym, for instance)."""

    id = models.CharField(max_length=ID_CHARS, primary_key=True)
    subject_id = models.CharField(max_length=ID_CHARS)
    name = models.CharField(max_length=CODE_CHARS)
    level = models.CharField(max_length=CODE_CHARS)
    sealed = models.BinaryField()

    class Meta:
        db_table = "sealed_field"
        constraints = (
            models.UniqueConstraint(fields=["subject_id", "name"], name="one_sealed_field_per_subject"),
        )
