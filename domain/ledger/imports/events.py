"""What imports tell others; each asks for work that goes on in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from domain.shared.events import Event
from domain.shared.ids import ImportId, SessionId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportEvent(Event):
    """Somebody asked something of an import; the work is done on their behalf."""

    import_id: ImportId
    user_id: UserId
    session_id: SessionId

    @property
    def subject_id(self) -> UUID:
        """The import."""
        return self.import_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReceived(ImportEvent):
    """A file is here and it is known how to read it; emitted anew when its mapping changes."""

    name: ClassVar[str] = "ledger.import_received"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCommitRequested(ImportEvent):
    """The rows that are ready are to become trades."""

    name: ClassVar[str] = "ledger.import_commit_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportUndoRequested(ImportEvent):
    """The import's trades are to be voided."""

    name: ClassVar[str] = "ledger.import_undo_requested"
