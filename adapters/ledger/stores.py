"""The ledger's accounts, instruments, trades and prices on PostgreSQL, each store for one organisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import final

import psycopg
from sqlalchemy import any_, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.ledger.bulk import columns, encode, insert_rows, names, read_rows, recordset, select_rows
from adapters.ledger.rows import (
    AccountRow,
    InstrumentRow,
    TradeRow,
    account_of,
    account_row,
    execution_of,
    instrument_of,
    instrument_row,
    trade_of,
    trade_row,
)
from adapters.ledger.tables import accounts, instrument_prices, instruments, trades
from adapters.platform.database.metadata import ID
from application.ledger.ports import AccountStore, EnteredPrice, InstrumentStore, PriceStore, TradeStore
from domain.ledger.account import Account
from domain.ledger.errors import DuplicateTrade
from domain.ledger.execution import Execution
from domain.ledger.pair import Pair
from domain.ledger.trade import Trade
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import AccountId, ImportId, InstrumentId, OrganisationId, TradeId
from domain.shared.instrument import Instrument, InstrumentKey

_ACCOUNT = columns(accounts, AccountRow)
_INSTRUMENT = columns(instruments, InstrumentRow)
_TRADE = columns(trades, TradeRow)

_KEYS = "json_to_recordset(CAST(:rows AS json)) AS k(symbol text, exchange text, segment text, currency text)"
_FIND_INSTRUMENTS = select_rows(
    f"SELECT {', '.join(f'i.{name}' for name in names(InstrumentRow))} "
    f"FROM instruments i JOIN {_KEYS} ON i.symbol = k.symbol AND i.exchange = k.exchange "
    "AND i.segment = k.segment AND i.currency = k.currency WHERE i.organisation_id = :organisation",
    InstrumentRow,
)
# in the order of the key, so that two writers with the same new instruments wait and do not lock in a circle
_ADD_INSTRUMENTS = insert_rows(
    instruments, InstrumentRow, "ORDER BY r.symbol, r.exchange, r.segment, r.currency ON CONFLICT DO NOTHING"
)
_ADD_TRADES = insert_rows(trades, TradeRow, "ON CONFLICT DO NOTHING RETURNING id")
# locks the rows at the version each change was made for, and keeps what they were
_KEEP_VERSIONS = text(
    "WITH changed AS (SELECT t.organisation_id, t.id, t.version, to_jsonb(t) AS snapshot FROM trades t "
    "JOIN json_to_recordset(CAST(:rows AS json)) AS r(id uuid, version integer) "
    "ON t.id = r.id AND t.version = r.version - 1 WHERE t.organisation_id = :organisation "
    "ORDER BY t.id FOR UPDATE OF t) "
    "INSERT INTO trade_versions (organisation_id, trade_id, version, snapshot, replaced_at) "
    "SELECT organisation_id, id, version, snapshot, :now FROM changed"
)
_KEEP_ACCOUNT = text(
    "INSERT INTO account_versions (organisation_id, account_id, version, snapshot, replaced_at) "
    "SELECT organisation_id, id, version, to_jsonb(a), :now FROM accounts a "
    "WHERE organisation_id = :organisation AND id = :account"
)
_FIXED = ("id", "account_id", "import_id", "created_at", "source_key")
_SAVE_TRADES = text(
    "UPDATE trades t SET "
    + ", ".join(f"{name} = r.{name}" for name in names(TradeRow) if name not in _FIXED)
    + ", source_key = CASE WHEN CAST(:release AS boolean) THEN NULL ELSE t.source_key END "
    f"FROM {recordset(trades)} "
    "WHERE t.organisation_id = :organisation AND t.id = r.id AND t.version = r.version - 1"
)
PAIRS = "json_to_recordset(CAST(:pairs AS json)) AS p(account_id uuid, instrument_id uuid)"
_EXECUTIONS = text(
    "SELECT t.account_id, t.instrument_id, t.executed_at, t.sequence, t.id, t.side, t.quantity, t.price, "
    f"t.fees_total, t.lot_selection FROM trades t JOIN {PAIRS} "
    "ON t.account_id = p.account_id AND t.instrument_id = p.instrument_id "
    "WHERE t.organisation_id = :organisation AND t.voided_at IS NULL"
)


def encode_pairs(pairs: Iterable[Pair]) -> str:
    """The pairs as the text that the parameter `pairs` takes."""
    return encode({"account_id": pair.account_id, "instrument_id": pair.instrument_id} for pair in pairs)


@final
class SqlAccountStore(AccountStore):
    """Accounts; rows read for others' sake are locked against change, rows to be changed against everybody."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def add(self, account: Account) -> None:
        """Store a new account."""
        row = account_row(account)
        values = {name: getattr(row, name) for name in names(AccountRow)}
        await self._connection.execute(insert(accounts).values(organisation_id=self._organisation, **values))

    async def find(self, account_ids: Iterable[AccountId]) -> Mapping[AccountId, Account]:
        """Return those that exist; others may read them too, and nobody changes them."""
        found = await self._connection.execute(
            select(*_ACCOUNT)
            .where(
                accounts.c.organisation_id == self._organisation,
                accounts.c.id == any_(bindparam("ids", list(account_ids), ARRAY(ID))),
            )
            .order_by(accounts.c.id)
            .with_for_update(read=True)
        )
        return {AccountId(row.id): account_of(row, self._organisation) for row in read_rows(found, AccountRow)}

    async def labelled(self, label: str) -> Sequence[AccountId]:
        """Return the open accounts with the label, oldest first."""
        found = await self._connection.execute(
            select(accounts.c.id)
            .where(
                accounts.c.organisation_id == self._organisation,
                accounts.c.closed_at.is_(None),
                func.lower(func.btrim(accounts.c.label)) == func.lower(func.btrim(label)),
            )
            .order_by(accounts.c.id)
        )
        return [AccountId(account_id) for account_id in found.scalars()]

    async def get(self, account_id: AccountId) -> Account:
        """Return the account, locked."""
        found = await self._connection.execute(
            select(*_ACCOUNT)
            .where(accounts.c.organisation_id == self._organisation, accounts.c.id == account_id)
            .with_for_update()
        )
        for row in read_rows(found, AccountRow):
            return account_of(row, self._organisation)
        raise NotFound("account", account_id)

    async def save(self, account: Account, expected: int) -> None:
        """Store a changed account."""
        row = account_row(account)
        values = {name: getattr(row, name) for name in names(AccountRow) if name not in {"id", "created_at"}}
        await self._connection.execute(
            _KEEP_ACCOUNT, {"organisation": self._organisation, "account": account.id, "now": account.updated_at}
        )
        done = await self._connection.execute(
            update(accounts)
            .where(
                accounts.c.organisation_id == self._organisation,
                accounts.c.id == account.id,
                accounts.c.version == expected,
            )
            .values(**values)
        )
        if done.rowcount != 1:
            raise VersionConflict("account", expected=expected)


@final
class SqlInstrumentStore(InstrumentStore):
    """Instruments by key and by id."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def find(self, keys: Iterable[InstrumentKey]) -> Mapping[InstrumentKey, Instrument]:
        """Return those that are known."""
        rows = [
            {
                "symbol": key.symbol,
                "exchange": key.exchange,
                "segment": key.segment.value,
                "currency": key.currency.code,
            }
            for key in keys
        ]
        if not rows:
            return {}
        found = await self._connection.execute(
            _FIND_INSTRUMENTS, {"organisation": self._organisation, "rows": encode(rows)}
        )
        known = [instrument_of(row) for row in read_rows(found, InstrumentRow)]
        return {instrument.key: instrument for instrument in known}

    async def by_id(self, instrument_ids: Iterable[InstrumentId]) -> Mapping[InstrumentId, Instrument]:
        """Return those that exist."""
        found = await self._connection.execute(
            select(*_INSTRUMENT).where(
                instruments.c.organisation_id == self._organisation,
                instruments.c.id == any_(bindparam("ids", list(instrument_ids), ARRAY(ID))),
            )
        )
        known = [instrument_of(row) for row in read_rows(found, InstrumentRow)]
        return {instrument.id: instrument for instrument in known}

    async def lock(self, instrument_ids: Iterable[InstrumentId]) -> Mapping[InstrumentId, Instrument]:
        """Return those that exist; trades refer to them, and so wait, before they open a position."""
        found = await self._connection.execute(
            select(*_INSTRUMENT)
            .where(
                instruments.c.organisation_id == self._organisation,
                instruments.c.id == any_(bindparam("ids", list(instrument_ids), ARRAY(ID))),
            )
            .order_by(instruments.c.id)
            .with_for_update()
        )
        known = [instrument_of(row) for row in read_rows(found, InstrumentRow)]
        return {instrument.id: instrument for instrument in known}

    async def add(self, instruments: Iterable[Instrument], now: datetime) -> Mapping[InstrumentKey, Instrument]:
        """Store those that nobody stored before, then read what each key holds."""
        new = list(instruments)
        rows = encode(instrument_row(instrument, now) for instrument in new)
        await self._connection.execute(_ADD_INSTRUMENTS, {"organisation": self._organisation, "rows": rows})
        return await self.find([instrument.key for instrument in new])


@final
class SqlTradeStore(TradeStore):
    """Trades and their earlier versions."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def get(self, trade_id: TradeId) -> Trade:
        """Return the trade."""
        found = await self._connection.execute(
            select(*_TRADE).where(trades.c.organisation_id == self._organisation, trades.c.id == trade_id)
        )
        for row in read_rows(found, TradeRow):
            return trade_of(row, self._organisation)
        raise NotFound("trade", trade_id)

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[Trade]:
        """Return the import's trades that are not void, instrument by instrument: each is replayed for few batches."""
        found = await self._connection.execute(
            select(*_TRADE)
            .where(
                trades.c.organisation_id == self._organisation,
                trades.c.import_id == import_id,
                trades.c.voided_at.is_(None),
            )
            .order_by(trades.c.instrument_id, trades.c.id)
            .limit(limit)
        )
        return [trade_of(row, self._organisation) for row in read_rows(found, TradeRow)]

    async def add(self, trades: Sequence[Trade]) -> frozenset[TradeId]:
        """Insert all at once; what breaks a unique index is there already and stays out."""
        rows = encode(trade_row(trade) for trade in trades)
        added = await self._connection.execute(_ADD_TRADES, {"organisation": self._organisation, "rows": rows})
        return frozenset(TradeId(id_) for id_ in added.scalars())

    async def save(self, trades: Sequence[Trade], *, release_keys: bool = False) -> None:
        """Keep the old versions, then update."""
        rows = [trade_row(trade) for trade in trades]
        who = {"organisation": self._organisation}
        versions = encode({"id": row.id, "version": row.version} for row in rows)
        kept = await self._connection.execute(_KEEP_VERSIONS, {**who, "rows": versions, "now": trades[0].updated_at})
        if kept.rowcount != len(rows):
            raise VersionConflict("trade", expected=trades[0].version - 1)
        try:
            await self._connection.execute(_SAVE_TRADES, {**who, "rows": encode(rows), "release": release_keys})
        except IntegrityError as error:
            if _broken(error) == "uq_trades_broker_fill":
                raise DuplicateTrade(trades[0].details.broker_trade_id) from error
            raise

    async def executions(self, pairs: Iterable[Pair]) -> Mapping[Pair, Sequence[Execution]]:
        """Return what counts in each pair."""
        found = await self._connection.execute(
            _EXECUTIONS, {"organisation": self._organisation, "pairs": encode_pairs(pairs)}
        )
        executions: dict[Pair, list[Execution]] = {}
        for account_id, instrument_id, *rest in found:
            executions.setdefault(Pair(account_id, instrument_id), []).append(execution_of(*rest))
        return executions


@final
class SqlPriceStore(PriceStore):
    """Entered prices, one per instrument."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def find(self, instrument_id: InstrumentId) -> EnteredPrice | None:
        """Return the entry."""
        found = await self._connection.execute(
            select(instrument_prices.c.price, instrument_prices.c.as_of, instrument_prices.c.version).where(
                instrument_prices.c.organisation_id == self._organisation,
                instrument_prices.c.instrument_id == instrument_id,
            )
        )
        row = found.first()
        return None if row is None else EnteredPrice(instrument_id, *row)

    async def put(self, price: EnteredPrice, now: datetime) -> None:
        """Keep the entry before, if there is one, then put this in its place."""
        await self._connection.execute(
            _KEEP_PRICE,
            {
                "organisation": self._organisation,
                "instrument": price.instrument_id,
                "before": price.version - 1,
                "now": now,
            },
        )
        done = await self._connection.execute(
            _PUT_PRICE,
            {
                "organisation": self._organisation,
                "instrument": price.instrument_id,
                "price": price.price,
                "as_of": price.as_of,
                "version": price.version,
                "now": now,
            },
        )
        if done.rowcount != 1:
            raise VersionConflict("price", expected=price.version - 1)


_KEEP_PRICE = text(
    "INSERT INTO instrument_price_versions (organisation_id, instrument_id, version, snapshot, replaced_at) "
    "SELECT organisation_id, instrument_id, version, to_jsonb(p), :now FROM instrument_prices p "
    "WHERE organisation_id = :organisation AND instrument_id = :instrument AND version = :before FOR UPDATE"
)
_PUT_PRICE = text(
    "INSERT INTO instrument_prices AS p (organisation_id, instrument_id, price, as_of, version, updated_at) "
    "VALUES (:organisation, :instrument, :price, :as_of, :version, :now) "
    "ON CONFLICT (organisation_id, instrument_id) DO UPDATE SET price = excluded.price, as_of = excluded.as_of, "
    "version = excluded.version, updated_at = excluded.updated_at WHERE p.version = excluded.version - 1"
)


def _broken(error: IntegrityError) -> str | None:
    return error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None
