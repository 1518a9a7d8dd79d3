"""An import: one file on its way into one account, from its arrival to its entries and, if need be, back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.events import ImportCommitRequested, ImportEvent, ImportReceived, ImportUndoRequested
from domain.ledger.imports.layout import Layout, Place
from domain.ledger.imports.mapping import ColumnMapping, MappingId
from domain.ledger.imports.verdict import Counts, Verdict
from domain.shared.access import Actor
from domain.shared.errors import Conflict, VersionConflict
from domain.shared.ids import AccountId, ImportId, OrganisationId

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_ROWS = 1_000_000
# a file whose rows depend on each other is read at once
MAX_STATEMENT_RECORDS = 100_000
# A file that is nearly all bad is not the file it was taken for; reading on would only bury the reason.
MAX_BAD_ROWS = 10_000


class State(StrEnum):
    """Where an import stands."""

    RECEIVED = "received"
    NEEDS_MAPPING = "needs_mapping"
    PARSING = "parsing"
    PREVIEWED = "previewed"
    COMMITTING = "committing"
    COMMITTED = "committed"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"
    DISCARDED = "discarded"


_NEXT: Mapping[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.PARSING, State.DISCARDED}),
    State.NEEDS_MAPPING: frozenset({State.RECEIVED, State.DISCARDED}),
    State.PARSING: frozenset({State.PREVIEWED, State.FAILED, State.DISCARDED}),
    State.PREVIEWED: frozenset({State.RECEIVED, State.COMMITTING, State.DISCARDED}),
    State.COMMITTING: frozenset({State.COMMITTED}),
    State.COMMITTED: frozenset({State.UNDOING}),
    State.UNDOING: frozenset({State.UNDONE}),
    State.FAILED: frozenset({State.RECEIVED, State.DISCARDED}),
    State.UNDONE: frozenset(),
    State.DISCARDED: frozenset(),
}


_START = Place(0, 1)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file as it came: its name, its size in bytes and the SHA-256 of its content."""

    name: str | None
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read: the format's name, where the rows are, and the mapping of a generic file."""

    format: str
    layout: Layout
    mapping: ColumnMapping | None = None
    mapping_id: MappingId | None = None


@dataclass(slots=True, kw_only=True)
class Import:
    """The aggregate. `place` is how far the file has been read; `events` are what its changes tell others.

    `content_size` is how many bytes are to be read: those of the file, or of the text that a workbook was
    transcribed to.

    All that changes between a load and a save raises `version` by one.
    """

    id: ImportId
    organisation_id: OrganisationId
    account_id: AccountId
    file: SourceFile
    content_size: int
    layout: Layout | None
    state: State
    reading: Reading | None
    place: Place
    counts: Counts
    failure: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    has_changed: bool = field(default=False, compare=False)
    events: list[ImportEvent] = field(default_factory=list[ImportEvent], compare=False)

    @classmethod
    def receive(
        cls,
        id_: ImportId,
        account_id: AccountId,
        file: SourceFile,
        *,
        content_size: int,
        found: Reading | Layout | Unreadable,
        actor: Actor,
        now: datetime,
    ) -> Import:
        """Return a new import; one of unknown format waits for a mapping, one that is no tradebook has failed."""
        reading = found if isinstance(found, Reading) else None
        layout = found if isinstance(found, Layout) else found.layout
        created = cls(
            id=id_,
            organisation_id=actor.organisation_id,
            account_id=account_id,
            file=file,
            content_size=content_size,
            layout=layout,
            state=_first_state(found),
            reading=reading,
            place=_START if layout is None else layout.body,
            counts=Counts(),
            failure=found.message if isinstance(found, Unreadable) else None,
            version=1,
            created_at=now,
            updated_at=now,
        )
        if reading is not None:
            created._ask(ImportReceived, actor)
        return created

    def require_version(self, expected: int) -> None:
        """Raise VersionConflict unless the import is still as its reader saw it."""
        if expected != self.version:
            raise VersionConflict("import", expected=expected, actual=self.version)

    def read_as(self, reading: Reading, actor: Actor, now: datetime) -> None:
        """Read the file anew in another way; what was judged before is forgotten."""
        self._move(State.RECEIVED, now, "read in another way")
        self.reading = reading
        self.layout = reading.layout
        self.place = reading.layout.body
        self.counts = Counts()
        self.failure = None
        self._ask(ImportReceived, actor)

    def rows_read(self, verdicts: Iterable[Verdict], place: Place, now: datetime) -> None:
        """Take note of rows judged and of the place where the next begins."""
        if self.state is State.RECEIVED:
            self._move(State.PARSING, now, "read")
        self._touch(now)
        self.counts = self.counts.plus(verdicts)
        self.place = place

    def file_read(self, now: datetime) -> None:
        """The whole file has been read: it can be looked at and committed."""
        self._move(State.PREVIEWED, now, "previewed")

    def fail(self, reason: str, now: datetime) -> None:
        """Give the file up with a reason; nothing of it has become a trade."""
        if self.state is State.RECEIVED:
            self._move(State.PARSING, now, "read")
        self._move(State.FAILED, now, "given up")
        self.failure = reason

    def request_commit(self, actor: Actor, now: datetime) -> None:
        """Ask for the ready rows to become trades; asking again while that goes on rings the bell again."""
        if self.state is not State.COMMITTING:
            self._move(State.COMMITTING, now, "committed")
        self._touch(now)
        self._ask(ImportCommitRequested, actor)

    def rows_settled(self, verdicts: Iterable[Verdict], now: datetime) -> None:
        """Rows that were ready got their final verdicts."""
        self.counts = self.counts.moved(Verdict.READY, verdicts)
        self._touch(now)

    def committed(self, now: datetime) -> None:
        """No row is left to commit."""
        self._move(State.COMMITTED, now, "completed")

    def request_undo(self, actor: Actor, now: datetime) -> None:
        """Ask for the import's trades to be voided; asking again while that goes on rings the bell again."""
        if self.state is not State.UNDOING:
            self._move(State.UNDOING, now, "undone")
        self._touch(now)
        self._ask(ImportUndoRequested, actor)

    def rows_undone(self, count: int, now: datetime) -> None:
        """Trades of so many rows were voided."""
        self.counts = self.counts.moved(Verdict.IMPORTED, [Verdict.UNDONE] * count)
        self._touch(now)

    def undone(self, now: datetime) -> None:
        """No trade is left to void."""
        self._move(State.UNDONE, now, "undone")

    def discard(self, now: datetime) -> None:
        """Drop an import that has made no trades; its file and its rows go."""
        self._move(State.DISCARDED, now, "discarded")

    def _ask(self, kind: type[ImportEvent], actor: Actor) -> None:
        self.events.append(
            kind(
                organisation_id=self.organisation_id,
                import_id=self.id,
                user_id=actor.user_id,
                session_id=actor.session_id,
            )
        )

    def _move(self, target: State, now: datetime, verb: str) -> None:
        if target not in _NEXT[self.state]:
            raise Conflict(f"Import {self.id} is {self.state.value} and cannot be {verb}.", state=self.state.value)
        self.state = target
        self._touch(now)

    def _touch(self, now: datetime) -> None:
        # one version for all that is saved together
        if not self.has_changed:
            self.has_changed = True
            self.version += 1
        self.updated_at = now


def _first_state(found: Reading | Layout | Unreadable) -> State:
    match found:
        case Reading():
            return State.RECEIVED
        case Layout():
            return State.NEEDS_MAPPING
        case Unreadable():
            return State.FAILED
