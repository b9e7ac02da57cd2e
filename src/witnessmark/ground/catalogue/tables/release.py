"""Answered exposure hits and releases. Labels and consents are statements (``statements.py``)."""

from __future__ import annotations

from witnessmark.ground.catalogue.models import AcknowledgedRow, ReleaseRow
from witnessmark.ground.catalogue.stored import Schema, rebuild
from witnessmark.ground.catalogue.tables.base import Tables, new_id
from witnessmark.model.exposure import Acknowledged
from witnessmark.model.release import Release

ACKNOWLEDGED = Schema("acknowledged")
RELEASE = Schema("release")


class ReleaseTables(Tables):
    def save_acknowledged(self, answer: Acknowledged) -> None:
        """Keep an answer; one for the same hit is replaced (the log keeps both)."""
        with self.transaction():
            held = self.rows.locked(AcknowledgedRow, code=answer.code).first()
            if held is not None:
                self.rows.change(held, document=ACKNOWLEDGED.dump(answer))
                return
            row = AcknowledgedRow(id=new_id(), code=answer.code, document=ACKNOWLEDGED.dump(answer))
            self.rows.insert([row])

    def acknowledged(self) -> tuple[Acknowledged, ...]:
        """By code of the hit."""
        documents = self.rows.of(AcknowledgedRow).order_by("code").values_list("document", flat=True)
        return tuple(rebuild(Acknowledged, ACKNOWLEDGED.load(document)) for document in documents)

    def save_release(self, release: Release) -> None:
        """Keep a release as it stands now."""
        with self.transaction():
            held = self.rows.locked(ReleaseRow, pk=release.release_id).first()
            document = RELEASE.dump(release)
            if held is not None:
                self.rows.change(held, state=str(release.state), document=document)
                return
            row = ReleaseRow(
                id=release.release_id, state=str(release.state), document=document, made_at=release.made_at
            )
            self.rows.insert([row])

    def releases(self) -> tuple[Release, ...]:
        """In the order in which they were made."""
        documents = self.rows.of(ReleaseRow).order_by("made_at", "id").values_list("document", flat=True)
        return tuple(rebuild(Release, RELEASE.load(document)) for document in documents)
