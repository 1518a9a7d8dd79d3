"""What goes over the wire for accounts, instruments and prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from application.ledger.amend_account import AmendAccountCommand, Lock
from application.ledger.entries import InstrumentTerms
from application.ledger.set_price import SetPriceCommand
from application.ledger.views import AccountView, InstrumentView, PriceView
from domain.ledger.account import AccountDetails
from domain.ledger.method import CostMethod
from domain.ledger.pnl import MarketSays, PriceSource
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.minor_units import major, unit
from domain.shared.money import ZERO
from entrypoints.http.ledger.texts import BrokerText, ExchangeText, IsinText, LabelText, SymbolText
from entrypoints.http.types import (
    AmountText,
    CurrencyText,
    DecimalText,
    Instant,
    InstantText,
    PositiveDecimalText,
    QuoteUnitText,
    ZoneText,
    decimal_text,
    to_currency,
    to_decimal,
    to_instant,
)

_SHORTING = (
    "Whether selling more than is held opens a short position. If not, such a sale is a disposal with missing basis; "
    "derivatives, commodities and currencies may be short in any account."
)
_METHOD = (
    "Which lots a sale uses up: `fifo` the oldest, `lifo` the newest, `hifo` those of the highest price, `specific` "
    "those that the sale names in `lotSelection` and then the oldest; `average` the oldest, all at the mean cost of "
    "what is held."
)


_LOCKED = (
    "The last day that is settled, in the account's time zone: what happened up to then is not recorded, changed or "
    "voided until you set an earlier day or null. Null: nothing is locked."
)


class OpenAccountRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """An account at a broker."""

    broker: BrokerText
    label: LabelText
    currency: CurrencyText
    time_zone: ZoneText = "UTC"
    shorting: Annotated[bool, Meta(description=_SHORTING)] = True
    cost_method: Annotated[CostMethod, Meta(description=_METHOD)] = CostMethod.FIFO

    def to_details(self) -> AccountDetails:
        """Return what is said about the account."""
        return AccountDetails(
            broker=self.broker,
            label=self.label,
            currency=to_currency(self.currency),
            time_zone=self.time_zone,
            shorting=self.shorting,
            cost_method=self.cost_method,
        )


class AmendAccountRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """The fields to change; the others stay as they are."""

    broker: BrokerText | UnsetType = UNSET
    label: LabelText | UnsetType = UNSET
    currency: CurrencyText | UnsetType = UNSET
    time_zone: ZoneText | UnsetType = UNSET
    shorting: Annotated[bool, Meta(description=_SHORTING)] | UnsetType = UNSET
    cost_method: Annotated[CostMethod, Meta(description=_METHOD)] | UnsetType = UNSET
    locked_through: Annotated[date | None, Meta(description=_LOCKED, examples=["2025-03-31"])] | UnsetType = UNSET

    def to_command(self, account_id: UUID, expected: int) -> AmendAccountCommand:
        """Return the command."""
        return AmendAccountCommand(
            account_id=AccountId(account_id),
            expected=expected,
            broker=None if self.broker is UNSET else self.broker,
            label=None if self.label is UNSET else self.label,
            currency=None if self.currency is UNSET else to_currency(self.currency),
            time_zone=None if self.time_zone is UNSET else self.time_zone,
            shorting=None if self.shorting is UNSET else self.shorting,
            cost_method=None if self.cost_method is UNSET else self.cost_method,
            lock=None if self.locked_through is UNSET else Lock(self.locked_through),
        )


class AccountBody(Struct, rename="camel", kw_only=True):
    """An account."""

    id: UUID
    broker: BrokerText
    label: LabelText
    currency: Annotated[CurrencyText, Meta(description="What reports of this account prefer.")]
    time_zone: Annotated[str, Meta(description="An IANA time zone.", examples=["Asia/Kolkata"])]
    shorting: Annotated[bool, Meta(description=_SHORTING)]
    cost_method: Annotated[CostMethod, Meta(description=_METHOD)]
    locked_through: Annotated[date | None, Meta(description=_LOCKED, examples=["2025-03-31"])]
    version: Annotated[int, Meta(ge=1, examples=[1])]
    created_at: Instant
    updated_at: Instant
    closed_at: Annotated[Instant | None, Meta(description="Since when it takes no new trades; null while open.")]


def account_body(view: AccountView) -> AccountBody:
    """Render an account."""
    return AccountBody(
        id=view.id,
        broker=view.broker,
        label=view.label,
        currency=view.currency,
        time_zone=view.time_zone,
        shorting=view.shorting,
        cost_method=view.cost_method,
        locked_through=view.locked_through,
        version=view.version,
        created_at=view.created_at,
        updated_at=view.updated_at,
        closed_at=view.closed_at,
    )


class InstrumentRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """An instrument, named by symbol, exchange, segment and currency; it is made when first named."""

    symbol: SymbolText
    exchange: ExchangeText
    segment: Annotated[Segment, Meta(examples=["equity"])]
    currency: Annotated[
        QuoteUnitText,
        Meta(
            description="What prices are quoted in: a currency, or `GBX` or `GBp` (pence), `ILA` (agorot), `ZAC` or "
            "`ZAc` (South African cents). With one of these the instrument's currency is the whole one (GBP, ILS, "
            "ZAR), and the `price` and `tickSize` beside it are taken as hundredths: 250 GBX becomes 2.5 GBP. Fees "
            "are always in the whole currency."
        ),
    ]
    multiplier: (
        Annotated[
            PositiveDecimalText,
            Meta(
                description="What turns price x quantity into money: 1 unless the contract says otherwise. "
                "For a known instrument it may be left out, and may not differ.",
                examples=["1"],
            ),
        ]
        | UnsetType
    ) = UNSET
    tick_size: Annotated[PositiveDecimalText, Meta(examples=["0.05"])] | None = None
    lot_size: Annotated[PositiveDecimalText, Meta(examples=["1"])] | None = None
    isin: IsinText | None = None

    @property
    def is_quoted_in_hundredths(self) -> bool:
        """Whether prices beside it are in hundredths of its currency."""
        return major(self.currency, ZERO)[0] != unit(self.currency)

    def to_price(self, price: str) -> Decimal:
        """Return a price that is quoted as the instrument is, in the instrument's currency."""
        return major(self.currency, to_decimal(price, "price"))[1]

    def to_terms(self) -> InstrumentTerms:
        """Return the terms."""
        currency, tick_size = major(
            self.currency,
            ZERO if self.tick_size is None else to_decimal(self.tick_size, "instrument.tickSize"),
            "instrument.tickSize",
        )
        return InstrumentTerms(
            key=InstrumentKey(self.symbol, self.exchange, self.segment, currency),
            multiplier=None if self.multiplier is UNSET else to_decimal(self.multiplier, "instrument.multiplier"),
            tick_size=None if self.tick_size is None else tick_size,
            lot_size=None if self.lot_size is None else to_decimal(self.lot_size, "instrument.lotSize"),
            isin=self.isin,
        )


class InstrumentBody(Struct, rename="camel"):
    """An instrument with the terms of its contract."""

    id: UUID
    symbol: SymbolText
    exchange: ExchangeText
    segment: Segment
    currency: CurrencyText
    multiplier: Annotated[AmountText, Meta(description="Price x quantity x multiplier is money.", examples=["1"])]
    tick_size: AmountText | None
    lot_size: AmountText | None
    isin: IsinText | None


def instrument_body(view: InstrumentView) -> InstrumentBody:
    """Render an instrument."""
    return InstrumentBody(
        id=view.id,
        symbol=view.symbol,
        exchange=view.exchange,
        segment=view.segment,
        currency=view.currency,
        multiplier=decimal_text(view.multiplier),
        tick_size=None if view.tick_size is None else decimal_text(view.tick_size),
        lot_size=None if view.lot_size is None else decimal_text(view.lot_size),
        isin=view.isin,
    )


class SetPriceRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """What one unit was worth at an instant, in the instrument's currency."""

    price: DecimalText
    as_of: InstantText

    def to_command(self, instrument_id: UUID, expected: int) -> SetPriceCommand:
        """Return the command."""
        return SetPriceCommand(
            InstrumentId(instrument_id), to_decimal(self.price, "price"), to_instant(self.as_of, "asOf"), expected
        )


class MarketSaysBody(Struct, rename="camel", kw_only=True):
    """Who tells a price of the market, and how far it may be trusted."""

    provider: Annotated[str, Meta(examples=["yahoo"])]
    stale: Annotated[bool, Meta(description="Whether it is older than it should be.")]
    simulated: Annotated[bool, Meta(description="Whether it is made up.")]


def market_says_body(says: MarketSays | None) -> MarketSaysBody | None:
    """Render who tells a price, if it is the market's."""
    if says is None:
        return None
    return MarketSaysBody(provider=says.provider, stale=says.is_stale, simulated=says.is_simulated)


class PriceBody(Struct, rename="camel", kw_only=True):
    """The price that values positions in the instrument."""

    instrument: InstrumentBody
    price: AmountText
    currency: CurrencyText
    as_of: Instant
    source: Annotated[
        PriceSource,
        Meta(description="Who says so: you, the market, or the last trade that any of your accounts made."),
    ]
    market: Annotated[MarketSaysBody | None, Meta(description="Who tells the market's price; null for another's.")]
    version: Annotated[
        Annotated[int, Meta(ge=1, examples=[1])] | None,
        Meta(description="Of the price you entered, also while another is newer; null if you entered none."),
    ]


def price_body(view: PriceView) -> PriceBody:
    """Render a price."""
    return PriceBody(
        instrument=instrument_body(view.instrument),
        price=decimal_text(view.price),
        currency=view.instrument.currency,
        as_of=view.as_of,
        source=view.source,
        market=market_says_body(view.market),
        version=view.version,
    )
