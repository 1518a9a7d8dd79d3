"""The shared steps of recording: judge entries, then store the trades that stand, each at most once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from application.ledger.catalogue import Catalogue
from application.ledger.entries import TradeEntry
from application.ledger.ports import LedgerUnitOfWork
from application.ledger.settle import Held, hold, pair_of
from application.shared.ports import IdFactory
from domain.ledger.account import Account
from domain.ledger.pair import Pair
from domain.ledger.trade import Trade, TradeDetails
from domain.shared.errors import Invalid, NotFound, TapedeckError
from domain.shared.ids import AccountId, InstrumentId, LotId, TradeId
from domain.shared.instrument import Instrument


@dataclass(frozen=True, slots=True)
class Judged:
    """One trade or error per entry, in order, with the accounts and instruments the trades refer to."""

    results: Sequence[Trade | TapedeckError]
    accounts: Mapping[AccountId, Account]
    instruments: Mapping[InstrumentId, Instrument]

    @property
    def trades(self) -> list[Trade]:
        """The trades that stand."""
        return [result for result in self.results if isinstance(result, Trade)]


@dataclass(frozen=True, slots=True)
class Stored:
    """Which trades were new, and the positions that are held for them."""

    trades: Sequence[Trade]
    held: Held


async def judge(
    unit: LedgerUnitOfWork, entries: Sequence[TradeEntry | TapedeckError], now: datetime, ids: IdFactory
) -> Judged:
    """Make trades of the entries that obey the rules; instruments are made for those and for no others."""
    given = [entry for entry in entries if isinstance(entry, TradeEntry)]
    accounts = await unit.accounts.find({entry.account_id for entry in given})
    owners = await lot_owners(unit, given)
    catalogue = await Catalogue.load(unit.instruments, (entry.instrument.key for entry in given))
    results = [_judged(entry, accounts, catalogue, owners, now, ids) for entry in entries]
    if not await catalogue.keep(unit.instruments, now):
        # somebody else made one of the instruments in the meantime: judge again, against theirs
        results = [_judged(entry, accounts, catalogue, owners, now, ids) for entry in entries]
    return Judged(results, accounts, catalogue.by_id())


async def store(unit: LedgerUnitOfWork, judged: Judged) -> Stored:
    """Lock the positions, then store the trades that are not there yet."""
    trades = judged.trades
    held = await hold(unit, {pair_of(trade) for trade in trades}, judged.accounts, judged.instruments)
    added = await unit.trades.add(trades) if trades else frozenset[TradeId]()
    return Stored([trade for trade in trades if trade.id in added], held)


def details_of(entry: TradeEntry, instrument: Instrument) -> TradeDetails:
    """What the entry says, about this instrument; raises Invalid."""
    return TradeDetails(
        instrument_id=instrument.id,
        side=entry.side,
        quantity=entry.quantity,
        price=entry.price,
        executed_at=entry.executed_at,
        fees=entry.fees,
        settlement_date=entry.settlement_date,
        category=entry.category,
        strategy=entry.strategy,
        tags=entry.tags,
        notes=entry.notes,
        attachments=entry.attachments,
        broker_trade_id=entry.broker_trade_id,
        broker_order_id=entry.broker_order_id,
        sequence=entry.sequence,
        lot_selection=entry.lot_selection,
    )


async def lot_owners(unit: LedgerUnitOfWork, entries: Sequence[TradeEntry]) -> Mapping[LotId, Pair]:
    """Return where the lots are held that the entries choose."""
    chosen = {lot_id for entry in entries if entry.import_id is None for lot_id, _ in entry.lot_selection}
    return await unit.positions.owners_of(chosen) if chosen else {}


def check_lots(details: TradeDetails, account_id: AccountId, owners: Mapping[LotId, Pair]) -> None:
    """Raise Invalid if the trade chooses a lot that is not of its account and instrument."""
    own = Pair(account_id, details.instrument_id)
    for lot_id, _ in details.lot_selection:
        if owners.get(lot_id) != own:
            raise Invalid(
                f"lotSelection names {lot_id}, which is no lot of this account in this instrument; see GET /lots.",
                field="lotSelection",
            )


def _judged(  # noqa: PLR0917 - what an entry is judged by
    entry: TradeEntry | TapedeckError,
    accounts: Mapping[AccountId, Account],
    catalogue: Catalogue,
    owners: Mapping[LotId, Pair],
    now: datetime,
    ids: IdFactory,
) -> Trade | TapedeckError:
    if isinstance(entry, TapedeckError):
        return entry
    account = accounts.get(entry.account_id)
    if account is None:
        return NotFound("account", entry.account_id)
    try:
        instrument = catalogue.named(entry.instrument, ids)
        details = details_of(entry, instrument)
        if entry.import_id is None:
            check_lots(details, entry.account_id, owners)
        trade = Trade.record(
            TradeId(ids.new()) if entry.trade_id is None else entry.trade_id,
            account,
            details,
            now,
            source_key=entry.source_key,
            import_id=entry.import_id,
        )
    except TapedeckError as error:
        return error
    catalogue.taken(instrument)
    return trade
