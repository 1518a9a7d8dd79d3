"""An import moves only along its transition table, and says what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.layout import Encoding, Layout, Place
from domain.ledger.imports.tradebook_import import Import, Reading, SourceFile, State
from domain.ledger.imports.verdict import Verdict
from domain.shared.access import Actor, Scope
from domain.shared.errors import Conflict, VersionConflict
from domain.shared.ids import AccountId, ImportId, OrganisationId, SessionId, UserId

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACTOR = Actor(UserId(UUID(int=1)), OrganisationId(UUID(int=2)), SessionId(UUID(int=3)), frozenset(Scope))
LAYOUT = Layout(Encoding.UTF_8, ",", ("a", "b"), 1, Place(4, 2))
READING = Reading("zerodha", LAYOUT)


def received(found: Reading | Layout | Unreadable = READING) -> Import:
    """A new import."""
    file = SourceFile("a.csv", 100, "0" * 64)
    return Import.receive(
        ImportId(UUID(int=4)), AccountId(UUID(int=5)), file, content_size=100, found=found, actor=ACTOR, now=NOW
    )


VERBS: dict[str, Callable[[Import], None]] = {
    "read_as": lambda item: item.read_as(READING, ACTOR, NOW),
    "rows_read": lambda item: item.rows_read([Verdict.READY], Place(50, 3), NOW),
    "file_read": lambda item: item.file_read(NOW),
    "fail": lambda item: item.fail("No.", NOW),
    "request_commit": lambda item: item.request_commit(ACTOR, NOW),
    "committed": lambda item: item.committed(NOW),
    "request_undo": lambda item: item.request_undo(ACTOR, NOW),
    "undone": lambda item: item.undone(NOW),
    "discard": lambda item: item.discard(NOW),
}


def through(*verbs: str) -> Import:
    """An import after these verbs."""
    item = received()
    for verb in verbs:
        VERBS[verb](item)
    return item


def test_the_way_of_a_good_file() -> None:
    """Received, read, committed, undone; each request tells the worker."""
    item = through("rows_read", "file_read", "request_commit", "committed", "request_undo", "undone")
    assert item.state is State.UNDONE
    assert [event.name for event in item.events] == [
        "ledger.import_received",
        "ledger.import_commit_requested",
        "ledger.import_undo_requested",
    ]


@pytest.mark.parametrize(
    ("found", "state"),
    [(READING, State.RECEIVED), (LAYOUT, State.NEEDS_MAPPING), (Unreadable("No."), State.FAILED)],
)
def test_what_was_recognised_decides_where_it_starts(found: Reading | Layout | Unreadable, state: State) -> None:
    """Only a file that can be read asks for work."""
    item = received(found)
    assert item.state is state
    assert bool(item.events) is (state is State.RECEIVED)


def test_asking_again_rings_again() -> None:
    """A commit whose worker was lost can be asked for again."""
    item = through("rows_read", "file_read", "request_commit", "request_commit")
    assert len(item.events) == 3


def test_another_mapping_forgets_what_was_read() -> None:
    """Counts and place start anew."""
    item = through("rows_read", "file_read", "read_as")
    assert (item.state, item.counts.total, item.place) == (State.RECEIVED, 0, LAYOUT.body)


def test_counts_move_and_never_get_lost() -> None:
    """What is settled leaves the ready ones."""
    item = received()
    item.rows_read([Verdict.READY, Verdict.READY, Verdict.BAD], Place(50, 3), NOW)
    item.file_read(NOW)
    item.request_commit(ACTOR, NOW)
    item.rows_settled([Verdict.IMPORTED, Verdict.DUPLICATE], NOW)
    assert dict(item.counts.by_verdict) == {Verdict.BAD: 1, Verdict.IMPORTED: 1, Verdict.DUPLICATE: 1}


def test_a_stale_version_is_refused() -> None:
    """Whoever saw an earlier import must look again."""
    with pytest.raises(VersionConflict):
        received().require_version(7)


@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=12))
def test_no_order_of_verbs_leaves_the_table(verbs: list[str]) -> None:
    """A verb works or raises Conflict; what has made trades is never discarded, read anew or failed."""
    item = received()
    commits = False
    for verb in verbs:
        before = item.state
        try:
            VERBS[verb](item)
        except Conflict:
            assert item.state is before
        commits = commits or item.state is State.COMMITTING
        if commits:
            assert item.state in {State.COMMITTING, State.COMMITTED, State.UNDOING, State.UNDONE}
