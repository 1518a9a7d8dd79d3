"""Which tickers the instruments of an organisation go by: told by exchange and symbol, else by ISIN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import names, read_rows
from adapters.ledger.rows import InstrumentRow, instrument_of
from adapters.platform.database.transaction import Tenant, begin, read
from application.market_data.directory.ports import Directory
from domain.market_data.instrument import ticker_of
from domain.market_data.listing import Listing
from domain.market_data.ticker import Ticker
from domain.shared.ids import OrganisationId
from domain.shared.instrument import Instrument

_WIDTH: Final = len(names(InstrumentRow))
_COLUMNS: Final = ", ".join(f"i.{name}" for name in names(InstrumentRow))
_ORGANISATIONS: Final = text("SELECT DISTINCT organisation_id FROM users ORDER BY organisation_id")
_TRADED: Final = text(
    f"SELECT {_COLUMNS}, bool_or(p.quantity <> 0), min(f.executed_at), max(p.last_executed_at), "
    "t.ticker, t.looked_from, t.looked_until FROM positions p "
    "JOIN instruments i ON i.organisation_id = p.organisation_id AND i.id = p.instrument_id "
    "LEFT JOIN instrument_tickers t ON t.organisation_id = i.organisation_id AND t.instrument_id = i.id "
    "LEFT JOIN LATERAL (SELECT e.executed_at FROM trades e WHERE e.organisation_id = p.organisation_id "
    "AND e.account_id = p.account_id AND e.instrument_id = p.instrument_id AND e.voided_at IS NULL "
    "ORDER BY e.executed_at LIMIT 1) f ON true "
    f"WHERE p.organisation_id = :organisation GROUP BY {_COLUMNS}, t.ticker, t.looked_from, t.looked_until"
)
# under another ticker everything has to be looked up anew
_LINK: Final = text(
    """
    INSERT INTO instrument_tickers AS t (organisation_id, instrument_id, ticker)
    VALUES (:organisation, :instrument, :ticker)
    ON CONFLICT (organisation_id, instrument_id) DO UPDATE
    SET ticker = excluded.ticker, looked_from = NULL, looked_until = NULL WHERE t.ticker <> excluded.ticker
    """
)
_LOOKED: Final = text(
    "UPDATE instrument_tickers SET looked_from = :since, looked_until = :until "
    "WHERE organisation_id = :organisation AND instrument_id = :instrument"
)
_FORGET: Final = text(
    "UPDATE instrument_tickers SET looked_from = NULL, looked_until = NULL WHERE organisation_id = :organisation"
)
_CURRENCIES: Final = text(
    "SELECT currency FROM accounts WHERE organisation_id = :organisation "
    "UNION SELECT currency FROM instruments WHERE organisation_id = :organisation"
)


class _Row(Struct, frozen=True):
    is_held: bool
    first_at: datetime | None
    last_at: datetime | None
    ticker: str | None
    looked_from: date | None
    looked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """An instrument that an organisation trades or has traded, and for which days its market was looked up."""

    organisation_id: OrganisationId
    instrument: Instrument
    ticker: Ticker
    is_held: bool
    first_at: datetime | None
    last_at: datetime | None
    looked_from: date | None
    looked_until: datetime | None


@final
class InstrumentTickers:
    """Links instruments to tickers; a link follows what the directory says."""

    def __init__(self, engine: AsyncEngine, directory: Directory) -> None:
        self._engine = engine
        self._directory = directory

    async def organisations(self) -> Sequence[OrganisationId]:
        """Return everybody's."""
        async with read(self._engine, Tenant(purpose="housekeeping")) as connection:
            return [OrganisationId(each) for each in (await connection.execute(_ORGANISATIONS)).scalars()]

    async def currencies(self, organisation_id: OrganisationId) -> frozenset[str]:
        """Return those of accounts and instruments."""
        async with read(self._engine, Tenant(organisation_id)) as connection:
            found = await connection.execute(_CURRENCIES, {"organisation": organisation_id})
            return frozenset(found.scalars())

    async def traded(self, organisation_id: OrganisationId) -> Sequence[Traded]:
        """Link what is not linked yet, or goes by another ticker now, and return what has one."""
        async with read(self._engine, Tenant(organisation_id)) as connection:
            rows = list(await connection.execute(_TRADED, {"organisation": organisation_id}))
        said = read_rows((row[_WIDTH:] for row in rows), _Row)
        known = [instrument_of(row) for row in read_rows((row[:_WIDTH] for row in rows), InstrumentRow)]
        pairs = list(zip(known, said, strict=True))
        tickers = await self._tickers(pairs)
        changed = [
            {"organisation": organisation_id, "instrument": each.id, "ticker": str(tickers[each.id])}
            for each, row in pairs
            if each.id in tickers and row.ticker != str(tickers[each.id])
        ]
        if changed:
            async with begin(self._engine, Tenant(organisation_id)) as block:
                await block.connection.execute(_LINK, changed)
                await block.commit()
        return [_traded(organisation_id, each, row, tickers[each.id]) for each, row in pairs if each.id in tickers]

    async def note_looked(self, traded: Traded, since: date, until: datetime) -> None:
        """Remember for which days it was looked up."""
        values = {
            "organisation": traded.organisation_id,
            "instrument": traded.instrument.id,
            "since": since,
            "until": until,
        }
        async with begin(self._engine, Tenant(traded.organisation_id)) as block:
            await block.connection.execute(_LOOKED, values)
            await block.commit()

    async def forget_looked(self, organisation_id: OrganisationId) -> None:
        """Have everything of the organisation looked up anew."""
        async with begin(self._engine, Tenant(organisation_id)) as block:
            await block.connection.execute(_FORGET, {"organisation": organisation_id})
            await block.commit()

    async def _tickers(self, pairs: Iterable[tuple[Instrument, _Row]]) -> Mapping[UUID, Ticker]:
        by_rule = [(each, row, ticker_of(each.key)) for each, row in pairs]
        listed = await self._directory.find({ticker for _, _, ticker in by_rule if ticker is not None})
        found: dict[UUID, Ticker] = {}
        for instrument, row, ticker in by_rule:
            listing = None if ticker is None else listed.get(ticker)
            if ticker is not None and _is_same(listing, instrument):
                # it is quoted under the name that it has now
                found[instrument.id] = ticker if listing is None else listing.renamed_to or ticker
            elif instrument.isin is not None:
                numbered = await self._numbered(instrument, row)
                if numbered is not None:
                    found[instrument.id] = numbered
        return found

    async def _numbered(self, instrument: Instrument, row: _Row) -> Ticker | None:
        if row.ticker is not None:
            return Ticker.parse(row.ticker)
        for listing in await self._directory.search(instrument.isin or "", None, 10):
            in_currency = listing.currency is None or listing.currency == instrument.key.currency
            if listing.isin == instrument.isin and in_currency and listing.delisted_on is None:
                return listing.renamed_to or listing.ticker
        return None


def _is_same(listing: Listing | None, instrument: Instrument) -> bool:
    """Whether nothing says that it is another: a symbol may have been given to another company."""
    if listing is None or listing.isin is None or instrument.isin is None:
        return True
    return listing.isin == instrument.isin


def _traded(organisation_id: OrganisationId, instrument: Instrument, row: _Row, ticker: Ticker) -> Traded:
    is_linked = row.ticker == str(ticker)
    return Traded(
        organisation_id=organisation_id,
        instrument=instrument,
        ticker=ticker,
        is_held=row.is_held,
        first_at=row.first_at,
        last_at=row.last_at,
        looked_from=row.looked_from if is_linked else None,
        looked_until=row.looked_until if is_linked else None,
    )
