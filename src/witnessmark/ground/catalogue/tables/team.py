"""Settings of the case, the team, and fields sealed to named people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from witnessmark.ground.catalogue.models import Person, SealedFieldRow, SettingRow
from witnessmark.ground.catalogue.stored import text
from witnessmark.ground.catalogue.tables.base import Tables, new_id, unknown
from witnessmark.model.records import SealedField, TeamMember


class TeamTables(Tables):
    def get_setting(self, key: str) -> str | None:
        row = self.rows.of(SettingRow).filter(key=key).first()
        return row.value if row else None

    def set_setting(self, key: str, value: str) -> None:
        self.rows.put([SettingRow(key=key, value=value)])

    def settings(self) -> dict[str, str]:
        return dict(self.rows.of(SettingRow).order_by("key").values_list("key", "value"))

    def add_person(
        self, pseudonym: str, roles: Sequence[str] = (), *, person_id: str | None = None
    ) -> TeamMember:
        """A new member of the team. ``person_id`` is a UUID; it is made where none is given."""
        row = Person(
            id=UUID(person_id or new_id()),
            pseudonym=pseudonym,
            roles=text(list(roles)),
            added_at=self.clock(),
        )
        # The desk asks for the case's passphrase; there is no second password to guess.
        row.set_unusable_password()
        self.rows.insert([row])
        return _member(row)

    def persons(self) -> tuple[TeamMember, ...]:
        """The team in order of joining, those who left included."""
        return tuple(map(_member, self.rows.of(Person).order_by("added_at", "id")))

    def person(self, person_id: str) -> TeamMember:
        """Raises UsageError if there is no such person."""
        row = self.rows.of(Person).filter(pk=UUID(person_id)).first()
        if row is None:
            raise unknown("person")
        return _member(row)

    def set_roles(self, person_id: str, roles: Sequence[str]) -> None:
        self._change_person(person_id, roles=text(list(roles)))

    def remove_person(self, person_id: str, when: datetime | None = None) -> None:
        """They work here no more; their row stays, because the log speaks of them."""
        self._change_person(person_id, removed_at=when or self.clock())

    def _change_person(self, person_id: str, **changes: object) -> None:
        with self.transaction():
            row = self.rows.locked(Person, pk=UUID(person_id)).first()
            if row is None:
                raise unknown("person")
            self.rows.change(row, **changes)

    def save_sealed_field(self, field: SealedField) -> None:
        """Keep a sealed field; one of the same subject and name is replaced."""
        with self.transaction():
            row = self.rows.locked(SealedFieldRow, subject_id=field.subject_id, name=field.name).first()
            if row is not None:
                self.rows.change(row, level=field.level, sealed=field.sealed)
                return
            self.rows.insert(
                [
                    SealedFieldRow(
                        id=new_id(),
                        subject_id=field.subject_id,
                        name=field.name,
                        level=field.level,
                        sealed=field.sealed,
                    )
                ]
            )

    def add_sealed_fields(self, fields: Sequence[SealedField]) -> None:
        """Keep fields of subjects that have none of that name yet, in one step."""
        self.rows.insert(
            [
                SealedFieldRow(
                    id=new_id(), subject_id=f.subject_id, name=f.name, level=f.level, sealed=f.sealed
                )
                for f in fields
            ]
        )

    def sealed_fields(self, subject_id: str) -> tuple[SealedField, ...]:
        rows = self.rows.of(SealedFieldRow).filter(subject_id=subject_id).order_by("name")
        return tuple(map(_sealed_field, rows))

    def sealed_fields_named(self, name: str) -> tuple[SealedField, ...]:
        """Of every subject that has one of this name, by subject."""
        return tuple(
            map(_sealed_field, self.rows.of(SealedFieldRow).filter(name=name).order_by("subject_id"))
        )


def _sealed_field(row: SealedFieldRow) -> SealedField:
    return SealedField(row.subject_id, row.name, row.level, bytes(row.sealed))


def _member(row: Person) -> TeamMember:
    return TeamMember(str(row.id), row.pseudonym, tuple(json.loads(row.roles)), row.added_at, row.removed_at)
