"""One snapshot of the ledger to read from, as it is now or as it was.

A reader of the past runs the same statements as any other. In front of each it names, as common table expressions,
the tables that the statement reads, so that these hold what was recorded then: facts from their earlier versions, and
what follows from them from what still stands and a replay of the rest. No read has a second form for the past.
"""

from __future__ import annotations

import re
from asyncio import to_thread
from collections.abc import Mapping
from typing import Any, TypeAlias, final

from sqlalchemy import CursorResult, Select, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncResult

from adapters.ledger import standing
from adapters.ledger.past import facts_as_of, values_of
from adapters.ledger.replayed import PROJECTIONS, Replayed, replayed
from domain.ledger.pair import Pair
from domain.shared.ids import OrganisationId
from domain.shared.moment import NOW, Moment

_POSITIONS = text("SELECT id, account_id, instrument_id FROM positions WHERE organisation_id = :organisation")
# rows are read by position into structs of the caller's choice: their types are not known here
Rows: TypeAlias = CursorResult[*tuple[Any, ...]]  # decoded by the caller
RowStream: TypeAlias = AsyncResult[*tuple[Any, ...]]  # likewise
Readable: TypeAlias = TextClause | Select[*tuple[object, ...]]
_TABLES = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]+)\b")


@final
class Reader:
    """A connection within one snapshot of one organisation, at one moment."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId, moment: Moment = NOW) -> None:
        self._connection = connection
        self._organisation = organisation_id
        self._moment = moment
        self._facts: Mapping[str, str] = {} if moment.is_now else facts_as_of(moment)
        self._replayed: dict[bool, Replayed] = {}

    @property
    def is_now(self) -> bool:
        """Whether it reads what is stored, and not the past."""
        return self._moment.is_now

    async def execute(self, statement: Readable, values: Mapping[str, object] | None = None) -> Rows:
        """Run a select of the ledger's tables, which it names unqualified."""
        seen, more = await self._seen(statement)
        return await self._connection.execute(seen, {**(values or {}), **more})

    async def stream(self, statement: TextClause, values: Mapping[str, object]) -> RowStream:
        """Run a select whose rows are taken up part by part."""
        seen, more = await self._seen(statement)
        return await self._connection.stream(seen, {**values, **more})

    async def _seen(self, statement: Readable) -> tuple[Readable, Mapping[str, object]]:
        if self._moment.is_now:
            return statement, {}
        written = str(statement)
        named = set(_TABLES.findall(written))
        values = dict(values_of(self._moment, self._organisation))
        shadows: dict[str, str] = {}
        # what stands of projections is read from stored facts, so these come before the facts of the moment
        for name in PROJECTIONS:
            if name in named:
                shadows[name] = PROJECTIONS[name]
                values |= standing.values_of(self._moment, self._organisation)
                replays = await self._projections(with_trips=name == "round_trips")
                values |= await to_thread(replays.values, name)
        shadows |= {name: select for name, select in self._facts.items() if name in named}
        if isinstance(statement, TextClause):
            begin = ", ".join(f"{name} AS ({select})" for name, select in shadows.items())
            return text(_with(begin, written)), values
        for name, select in shadows.items():
            statement = statement.add_cte(text(select).columns().cte(name))
        return statement, values

    async def _projections(self, *, with_trips: bool) -> Replayed:
        known = self._replayed.get(with_trips)
        if known is None:
            found = await self._connection.execute(_POSITIONS, {"organisation": self._organisation})
            # a position keeps its id from its first trade on
            ids = {Pair(account_id, instrument_id): id_ for id_, account_id, instrument_id in found}
            fallen = standing.fallen(self._moment, with_trips=with_trips)
            values = standing.values_of(self._moment, self._organisation)
            pairs = {Pair(*pair) for pair in await self._connection.execute(fallen, values)}
            known = self._replayed[with_trips] = await replayed(self, self._organisation, pairs, ids)
        return known


def _with(begin: str, written: str) -> str:
    """Put common table expressions in front of a statement, which may have some of its own."""
    if not begin:
        return written
    own = written.removeprefix("WITH ")
    return f"WITH {begin} {own}" if own == written else f"WITH {begin}, {own}"
