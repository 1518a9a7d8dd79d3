"""Profit and loss: what was realised, per currency, and what is not realised yet, per position.

Nothing here guesses. Proceeds without a known cost are listed apart and never called profit; a position
without a price is listed as unpriced and never called a loss; a return without a base is None with a
reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Final

from domain.ledger.disposal import Disposal
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.money import EXACT, ZERO, Currency, round_share

_HUNDRED = Decimal(100)
OUTDATED: Final = timedelta(days=1)
"""By how much a price may be older than another of a lower rank and still go before it."""


class NoReturn(StrEnum):
    """Why a return in per cent is not defined."""

    NO_COST = "no_cost"
    COST_NOT_POSITIVE = "cost_not_positive"
    SHORT_POSITION = "short_position"


@dataclass(frozen=True, slots=True)
class Return:
    """A return in per cent, 18 places half-even, or None with the reason."""

    percent: Decimal | None
    reason: NoReturn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """What disposals in one currency realised: `realised` = `gross` - `fees` = `proceeds` - `cost`.

    All of these speak of the parts with a known cost. `missing_*` are quantities sold without one: what came
    in for them, net of fees, and in how many disposals.
    """

    currency: Currency
    disposals: int = 0
    gross: Decimal = ZERO
    fees: Decimal = ZERO
    realised: Decimal = ZERO
    proceeds: Decimal = ZERO
    cost: Decimal = ZERO
    missing_disposals: int = 0
    missing_proceeds: Decimal = ZERO

    @property
    def on_cost(self) -> Return:
        """Realised P&L in per cent of what was paid."""
        return return_on(self.realised, self.cost)


class PriceSource(StrEnum):
    """Where the price of a valuation comes from."""

    USER = "user"
    MARKET = "market"
    LAST_TRADE = "last_trade"


@dataclass(frozen=True, slots=True)
class MarketSays:
    """Who tells a price of the market, and whether it is older than it should be, or made up."""

    provider: str
    is_stale: bool = False
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """The price a position is valued at, since when it holds, and who says so; `market` only for a market's."""

    price: Decimal
    as_of: datetime
    source: PriceSource
    market: MarketSays | None = None

    @property
    def told(self) -> str:
        """Who says so and since when, in words for an explanation."""
        words = [self.source.value, self.as_of.isoformat()]
        if self.market is not None:
            words.insert(1, self.market.provider)
            words += ["stale"] * self.market.is_stale + ["simulated"] * self.market.is_simulated
        return " ".join(words)


def chosen(user: Mark | None, market: Mark | None, last: Mark | None) -> Mark | None:
    """Return what values a position: the user's price goes before the market's, and that before the last trade's.

    But a price stands back behind the next if that is newer by more than `OUTDATED`; only the market outdates what a
    user says, as a trade may have been made at any price.
    """
    if user is not None and (market is None or market.as_of - user.as_of <= OUTDATED):
        return user
    if market is not None and (last is None or last.as_of - market.as_of <= OUTDATED):
        return market
    return last


def restated(price: Decimal, ratios: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return a price of before some splits in units of after them: each ratio is new units for old; rounded once."""
    news = olds = Decimal(1)
    for new, old in ratios:
        news, olds = EXACT.multiply(news, new), EXACT.multiply(olds, old)
    return round_share(price, olds, news)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What of a position a valuation needs; `quantity` and `open_cost` are signed as in `Position`."""

    account_id: AccountId
    instrument_id: InstrumentId
    currency: Currency
    multiplier: Decimal
    quantity: Decimal
    open_cost: Decimal


@dataclass(frozen=True, slots=True)
class Valuation:
    """An open position at a mark: `unrealised` = `market_value` - the holding's open cost, before closing fees."""

    holding: Holding
    mark: Mark
    market_value: Decimal
    unrealised: Decimal

    @property
    def on_cost(self) -> Return:
        """Unrealised P&L in per cent of the cost; a short has no cost to speak of."""
        if self.holding.quantity < ZERO:
            return Return(None, NoReturn.SHORT_POSITION)
        return return_on(self.unrealised, self.holding.open_cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrealised:
    """What open positions in one currency are worth; `unpriced` ones are in no sum."""

    currency: Currency
    market_value: Decimal
    open_cost: Decimal
    unrealised: Decimal
    valuations: tuple[Valuation, ...]
    unpriced: tuple[Holding, ...]


def return_on(profit: Decimal, cost: Decimal) -> Return:
    """Return profit / cost x 100; undefined without a cost greater than zero."""
    if not cost:
        return Return(None, NoReturn.NO_COST)
    if cost < ZERO:
        return Return(None, NoReturn.COST_NOT_POSITIVE)
    return Return(round_share(profit, _HUNDRED, cost))


def total_realised(disposals: Iterable[tuple[Currency, Disposal]]) -> dict[Currency, Realised]:
    """Add disposals up per currency. Give those of the wanted period; they carry their whole history already."""
    sums: dict[Currency, _RealisedSums] = {}
    with localcontext(EXACT):
        for currency, disposal in disposals:
            sums.setdefault(currency, _RealisedSums()).add(disposal)
        return {currency: total.result(currency) for currency, total in sums.items()}


def value_holding(holding: Holding, mark: Mark) -> Valuation:
    """Value an open position at a price."""
    value = EXACT.multiply(EXACT.multiply(holding.quantity, mark.price), holding.multiplier)
    return Valuation(holding, mark, value, EXACT.subtract(value, holding.open_cost))


def total_unrealised(holdings: Iterable[tuple[Holding, Mark | None]]) -> dict[Currency, Unrealised]:
    """Add open positions up per currency; one without a mark is listed as unpriced. Flat ones are left out."""
    priced: dict[Currency, list[Valuation]] = {}
    unpriced: dict[Currency, list[Holding]] = {}
    for holding, mark in holdings:
        if not holding.quantity:
            continue
        valuations, without = priced.setdefault(holding.currency, []), unpriced.setdefault(holding.currency, [])
        if mark is None:
            without.append(holding)
        else:
            valuations.append(value_holding(holding, mark))
    with localcontext(EXACT):
        return {
            currency: Unrealised(
                currency=currency,
                market_value=sum((valuation.market_value for valuation in valuations), ZERO),
                open_cost=sum((valuation.holding.open_cost for valuation in valuations), ZERO),
                unrealised=sum((valuation.unrealised for valuation in valuations), ZERO),
                valuations=tuple(valuations),
                unpriced=tuple(unpriced[currency]),
            )
            for currency, valuations in priced.items()
        }


@dataclass(slots=True)
class _RealisedSums:
    """Running sums; lives within the exact context."""

    disposals: int = 0
    fees: Decimal = ZERO
    proceeds: Decimal = ZERO
    cost: Decimal = ZERO
    missing_disposals: int = 0
    missing_proceeds: Decimal = ZERO

    def add(self, disposal: Disposal) -> None:
        self.disposals += 1
        self.proceeds += disposal.matched_proceeds
        if disposal.cost is not None:
            self.cost += disposal.cost
        for match in disposal.matches:
            self.fees += match.fees
        if disposal.unmatched_quantity:
            self.missing_disposals += 1
            self.missing_proceeds += disposal.unmatched_proceeds

    def result(self, currency: Currency) -> Realised:
        realised = self.proceeds - self.cost
        return Realised(
            currency=currency,
            disposals=self.disposals,
            gross=realised + self.fees,
            fees=self.fees,
            realised=realised,
            proceeds=self.proceeds,
            cost=self.cost,
            missing_disposals=self.missing_disposals,
            missing_proceeds=self.missing_proceeds,
        )
