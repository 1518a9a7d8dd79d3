"""The tables of what is recorded as they were at a moment, in SQL: rows of today and the versions they replaced.

A row was known at an instant if it was written by then and not yet replaced; each version keeps the whole row that a
change replaced. When something happened is a column of its own, so the two questions combine freely.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Table

from adapters.ledger.action_tables import corporate_action_versions, corporate_actions
from adapters.ledger.cash_tables import cash_movement_versions, cash_movements
from adapters.ledger.market.tables import STALE_AFTER, market_marks
from adapters.ledger.tables import (
    account_versions,
    accounts,
    instrument_price_versions,
    instrument_prices,
    instruments,
    trade_versions,
    trades,
)
from adapters.ledger.transfer_tables import transfer_versions, transfers
from domain.shared.moment import Moment

_OURS = "organisation_id = CAST(:past_organisation AS uuid)"


@dataclass(frozen=True, slots=True)
class Fact:
    """A table whose rows are kept in versions; `happened` is the column of when a row's event was, if it has one."""

    table: Table
    versions: Table
    happened: str | None

    def as_of(self, moment: Moment) -> str:
        """Return the select of the rows that were known and had happened."""
        known = _known(self.table, self.versions, moment, latest_only=True)
        if self.happened is None or moment.as_of is None:
            return known
        return f"SELECT * FROM ({known}) AS k WHERE k.{self.happened} <= :past_as_of"


FACTS = (
    Fact(accounts, account_versions, None),
    Fact(trades, trade_versions, "executed_at"),
    Fact(corporate_actions, corporate_action_versions, "effective_at"),
    Fact(transfers, transfer_versions, "transferred_at"),
    Fact(cash_movements, cash_movement_versions, "occurred_at"),
)


def facts_as_of(moment: Moment) -> Mapping[str, str]:
    """Return, by the table's name, a select of its rows as of the moment, for the values of `values_of`."""
    shadows = {fact.table.name: fact.as_of(moment) for fact in FACTS}
    shadows[instruments.name] = _instruments(moment)
    shadows[instrument_prices.name] = _prices(moment)
    shadows[market_marks.name] = _marks(moment)
    return shadows


def values_of(moment: Moment, organisation_id: UUID) -> Mapping[str, object]:
    """Return the values that the selects of `facts_as_of` take."""
    values: dict[str, object] = {"past_organisation": str(organisation_id)}
    if moment.as_of is not None:
        values["past_as_of"] = moment.as_of
    if moment.known_at is not None:
        values["past_known_at"] = moment.known_at
    return values


def _marks(moment: Moment) -> str:
    """Return the last price of the market that was told by the moment: a close, or the newest quote.

    What was known is what had arrived. A quote of hours ago is not kept: between two closes the first one counts.
    """
    bounds = ["e.ticker = n.ticker"]
    stale = "TIMESTAMPTZ 'infinity'"
    if moment.as_of is not None:
        bounds.append("e.as_of <= CAST(:past_as_of AS timestamptz)")
        stale = f"""CASE WHEN e.as_of < CAST(:past_as_of AS timestamptz) - {STALE_AFTER}
            THEN TIMESTAMPTZ '-infinity' ELSE TIMESTAMPTZ 'infinity' END"""
    if moment.known_at is not None:
        bounds.append("e.received_at <= CAST(:past_known_at AS timestamptz)")
    where = " AND ".join(bounds)
    columns = "ticker, currency, price, as_of, provider, is_simulated, received_at"
    return (
        f"SELECT e.ticker, e.currency, e.price, e.as_of, e.provider, e.is_simulated, e.stale_after "
        f"FROM (SELECT DISTINCT ticker FROM instrument_tickers WHERE {_OURS}) n CROSS JOIN LATERAL ("
        f"SELECT e.*, {stale} AS stale_after FROM (SELECT {columns} FROM market_closes "
        f"UNION ALL SELECT {columns} FROM market_marks) AS e WHERE {where} ORDER BY e.as_of DESC LIMIT 1) e"
    )


def _known(table: Table, versions: Table, moment: Moment, *, latest_only: bool) -> str:
    names = [column.name for column in table.columns]
    current = f"SELECT {', '.join(names)} FROM {table.name} WHERE {_OURS}"
    if moment.known_at is None and latest_only:
        return current
    replaced = (
        f"SELECT {', '.join(f'r.{name}' for name in names)} FROM {versions.name} v "
        f"CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS {table.name}), v.snapshot) AS r WHERE v.{_OURS}"
    )
    if moment.known_at is not None:
        current += " AND updated_at <= :past_known_at"
        replaced += " AND CAST(v.snapshot->>'updated_at' AS timestamptz) <= :past_known_at"
        if latest_only:
            replaced += " AND v.replaced_at > :past_known_at"
    return f"{current} UNION ALL {replaced}"


def _instruments(moment: Moment) -> str:
    # an instrument never changes once it is made
    known = "" if moment.known_at is None else " AND created_at <= :past_known_at"
    return f"SELECT * FROM {instruments.name} WHERE {_OURS}{known}"


def _prices(moment: Moment) -> str:
    """Return the last entry about a time no later than the moment's: earlier entries were not wrong, only replaced."""
    entries = _known(instrument_prices, instrument_price_versions, moment, latest_only=moment.as_of is None)
    if moment.as_of is None:
        return entries
    return (
        f"SELECT DISTINCT ON (k.instrument_id) k.* FROM ({entries}) AS k WHERE k.as_of <= :past_as_of "
        "ORDER BY k.instrument_id, k.version DESC"
    )
