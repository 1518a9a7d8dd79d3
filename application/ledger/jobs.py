"""The ledger's work in the background: how each kind is run, by the name of the event that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from application.shared.reactions import JobKind
from domain.ledger.events import VerificationDue
from domain.ledger.imports.events import ImportCommitRequested, ImportReceived, ImportUndoRequested

KINDS: Final[Mapping[str, JobKind]] = {
    ImportReceived.name: JobKind(title="read_import"),
    ImportCommitRequested.name: JobKind(title="record_import"),
    ImportUndoRequested.name: JobKind(title="undo_import"),
    VerificationDue.name: JobKind(title="verify_positions"),
}
