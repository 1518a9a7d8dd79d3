"""The journal as a file of Beancount, version 3: names that it can read, and amounts to the last digit.

Reductions name their lot by its cost, date and label, so that any booking method finds exactly the lot that the ledger
took. Beancount computes with 28 digits: what has more than that, or is the quotient of a total, may differ from zero by
less than the tolerance that the file asks for.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from application.ledger.journals import JournalHead
from domain.ledger.account import Account
from domain.ledger.cash import CashMovement
from domain.ledger.cash_kind import CashKind
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.execution import Execution
from domain.ledger.journal import JournalEntry, LotLeg, MoneyLeg, Purpose
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.transfer import Transfer
from domain.shared.instrument import Instrument
from domain.shared.money import EXACT, ZERO, plain

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

_TOLERANCE: Final = "*:0.000000001"
_DIGEST: Final = 8
_METHODS: Final = {CostMethod.FIFO: "FIFO", CostMethod.LIFO: "LIFO", CostMethod.HIFO: "HIFO"}
_BOOKS: Final = {
    Purpose.FEES: "Expenses:Fees",
    Purpose.GAINS: "Income:Gains",
    Purpose.MISSING_BASIS: "Equity:Missing-Basis",
    Purpose.NEGATIVE_COST: "Equity:Negative-Cost",
    Purpose.CARRIED: "Equity:Carried",
}
_TAXES: Final = "Expenses:Taxes"
_CASH_BOOKS: Final = {
    CashKind.DEPOSIT: "Equity:Contributions",
    CashKind.WITHDRAWAL: "Equity:Contributions",
    CashKind.DIVIDEND: "Income:Dividends",
    CashKind.DIVIDEND_PAID: "Expenses:Dividends-Paid",
    CashKind.INTEREST: "Income:Interest",
    CashKind.INTEREST_PAID: "Expenses:Interest",
    CashKind.FEE: "Expenses:Fees",
    CashKind.FEE_REFUND: "Expenses:Fees",
    CashKind.TAX: _TAXES,
    CashKind.TAX_REFUND: _TAXES,
    # both sides together are nothing, but for what one currency became in another
    CashKind.TRANSFER_IN: "Equity:Transfers",
    CashKind.TRANSFER_OUT: "Equity:Transfers",
    CashKind.CONVERSION_IN: "Equity:Conversions",
    CashKind.CONVERSION_OUT: "Equity:Conversions",
}
_NO_TRADES: Final = datetime(1970, 1, 3, tzinfo=UTC)


@dataclass(slots=True)
class Journal:
    """Writes one journal: the head once, then the entries in the order in which they come."""

    head: JournalHead
    _accounts: Mapping[object, str] = field(init=False)
    _commodities: Mapping[object, str] = field(init=False)
    _latest: dict[Pair, date] = field(init=False, default_factory=dict[Pair, date])

    def __post_init__(self) -> None:
        self._accounts = _named(self.head.accounts, account_name)
        self._commodities = _named(self.head.instruments, commodity_name)

    def opening(self) -> Iterator[str]:
        """Yield options, commodities, accounts with their booking methods, and the last known prices."""
        # two days before the first trade, wherever it was
        begin = ((self.head.begins or _NO_TRADES) - timedelta(days=2)).date()
        yield 'option "title" "Tapedeck"\n'
        for code in sorted({account.details.currency.code for account in self.head.accounts.values()}):
            yield f'option "operating_currency" "{code}"\n'
        yield f'option "inferred_tolerance_default" "{_TOLERANCE}"\n\n'
        for id_, instrument in self.head.instruments.items():
            yield f"{begin} commodity {self._commodities[id_]}\n"
            yield from _metadata(_terms(instrument))
        yield "\n"
        for account in self.head.accounts.values():
            name = self._accounts[account.id]
            yield f"{begin} open {name}:Cash\n"
            yield from _metadata({"account": str(account.id)})
            yield f'{begin} open {name}:Holdings "{_METHODS.get(account.details.cost_method, "STRICT")}"\n'
        for name in sorted({*_BOOKS.values(), *_CASH_BOOKS.values(), _TAXES}):
            yield f"{begin} open {name}\n"
        yield "\n"
        for id_, mark in self.head.marks:
            instrument = self.head.instruments[id_]
            price = EXACT.multiply(mark.price, instrument.multiplier)
            if price >= ZERO:
                day = mark.as_of.astimezone(UTC).date()
                yield f"{day} price {self._commodities[id_]} {plain(price)} {instrument.key.currency}\n"

    def holdings(self, pair: Pair) -> tuple[str, str]:
        """Return the account and the commodity in which a position is kept."""
        return f"{self._accounts[pair.account_id]}:Holdings", self._commodities[pair.instrument_id]

    def transaction(self, entry: JournalEntry) -> str:
        """Return an entry; its date is that of the account, and never before what it builds on."""
        pairs = {leg.pair for leg in entry.legs}
        days = [self._account(pair).local_date(entry.at) for pair in pairs]
        day = max([*days, *(self._latest[pair] for pair in pairs if pair in self._latest)])
        self._latest.update(dict.fromkeys(pairs, day))
        lines = [f"\n{day} * {_quoted(self._narration(entry))}\n", *_metadata(_about(entry))]
        lines += (f"  {self._leg(leg)}\n" for leg in entry.legs)
        return "".join(lines)

    def cash(self, movement: CashMovement) -> str:
        """Return a movement of cash; what was withheld of it is an expense, so that income is gross."""
        details, account = movement.details, self.head.accounts[movement.account_id]
        facts = {
            "cash-movement": str(movement.id),
            "at": details.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "symbol": None
            if details.instrument_id is None
            else self.head.instruments[details.instrument_id].key.symbol,
            "notes": " ".join((details.notes or "").split()) or None,
        }
        amounts = [
            (f"{self._accounts[account.id]}:Cash", details.net),
            (_TAXES, details.tax),
            (_CASH_BOOKS[details.kind], EXACT.minus(EXACT.add(details.net, details.tax))),
        ]
        lines = [
            f"\n{account.local_date(details.occurred_at)} * {_quoted(details.kind.value.replace('_', ' '))}\n",
            *_metadata(facts),
            *(f"  {name}  {plain(amount)} {details.currency}\n" for name, amount in amounts if amount),
        ]
        return "".join(lines)

    def _account(self, pair: Pair) -> Account:
        return self.head.accounts[pair.account_id]

    def _narration(self, entry: JournalEntry) -> str:
        symbols = dict.fromkeys(self.head.instruments[leg.pair.instrument_id].key.symbol for leg in entry.legs)
        named = " and ".join(symbols)
        event = entry.event
        if isinstance(event, Execution):
            return f"{event.side.value} {plain(event.quantity)} {named} at {plain(event.price)}"
        what = event.kind.value.replace("_", " ") if isinstance(event, CorporateAction) else "transfer"
        return f"{what} of {named}"

    def _leg(self, leg: LotLeg | MoneyLeg) -> str:
        name = self._accounts[leg.pair.account_id]
        if isinstance(leg, MoneyLeg):
            return f"{_BOOKS.get(leg.purpose, f'{name}:Cash')}  {plain(leg.amount)} {leg.currency}"
        acquired = f"{self._account(leg.pair).local_date(leg.acquired_at)}, {_quoted(leg.label)}"
        if leg.unit_cost is not None:
            cost = f"{{{plain(leg.unit_cost)} {leg.currency}, {acquired}}}"
        elif leg.reduces:
            # with the currency: from the other legs Beancount might take another
            cost = f"{{{leg.currency}, {acquired}}}"
        else:
            cost = f"{{{{{plain(leg.total_cost)} {leg.currency}, {acquired}}}}}"
        holdings, commodity = self.holdings(leg.pair)
        return f"{holdings}  {plain(leg.units)} {commodity} {cost}"


def commodity_name(instrument: Instrument) -> str:
    """Return a name of a commodity: symbol and exchange in capitals, which no currency's code can be.

    What a name cannot hold becomes a hyphen, and then a digest of the instrument's key follows.
    """
    key = instrument.key
    symbol, exchange = _capitals(key.symbol), _capitals(key.exchange)
    name = f"{symbol if symbol[:1].isalpha() else f'X{symbol}'}.{exchange}"
    if (symbol, exchange) == (key.symbol, key.exchange) and symbol[:1].isalpha():
        return name
    return f"{name}-{_digest(f'{key.symbol}|{key.exchange}|{key.segment}|{key.currency}')}"


def account_name(account: Account) -> str:
    """Return the name below which an account's cash and holdings are kept."""
    return f"Assets:{_component(account.details.broker)}:{_component(account.details.label)}"


def _named(things: Mapping[K, T], name: Callable[[T], str]) -> dict[object, str]:
    """Name things; those that would share a name each get a digest of their id."""
    names = {id_: name(thing) for id_, thing in things.items()}
    counts = Counter(names.values())
    return {id_: f"{each}-{_digest(str(id_))}" if counts[each] > 1 else each for id_, each in names.items()}


def _capitals(text: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.upper())
    return kept.strip("-") or "X"


def _component(text: str) -> str:
    """Part of an account's name: letters, digits and hyphens, the first a capital or a digit."""
    kept = "".join(c if unicodedata.category(c)[0] == "L" or unicodedata.category(c) == "Nd" else "-" for c in text)
    kept = kept.strip("-")
    first = kept[:1].upper()
    is_fit = len(first) == 1 and unicodedata.category(first) in {"Lu", "Nd"}
    return f"{first}{kept[1:]}" if is_fit else f"X{kept}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_DIGEST].upper()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _metadata(facts: Mapping[str, str | None]) -> Iterator[str]:
    return (f"  {name}: {_quoted(text)}\n" for name, text in facts.items() if text is not None)


def _terms(instrument: Instrument) -> Mapping[str, str | None]:
    key = instrument.key
    return {
        "symbol": key.symbol,
        "exchange": key.exchange,
        "segment": key.segment.value,
        "currency": key.currency.code,
        "multiplier": plain(instrument.multiplier),
        "isin": instrument.isin,
    }


def _about(entry: JournalEntry) -> Mapping[str, str | None]:
    event = entry.event
    unmatched = None
    if entry.unmatched:
        unmatched = f"{plain(entry.unmatched)} sold of which no purchase is known: the proceeds are no gain"
    return {
        "trade": str(event.id) if isinstance(event, Execution) else None,
        "corporate-action": str(event.id) if isinstance(event, CorporateAction) else None,
        "transfer": str(event.id) if isinstance(event, Transfer) else None,
        "at": entry.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "missing-basis": unmatched,
    }
