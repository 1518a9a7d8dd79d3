"""Sales of awarded shares: a fill for each price, with the shares that its details give.

Exports leave the decimals of some quantities out; where a detail's proceeds say so, its shares are told by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.schwab.parse import DOLLAR
from adapters.ledger.imports.schwab_awards.parse import Detail, Transaction, cell_of
from adapters.ledger.imports.schwab_awards.vests import Vests, new_for_old
from adapters.ledger.imports.totals import check_sum, last_place, unit_price
from domain.ledger.execution import Side
from domain.ledger.fees import NO_FEES, FeeKind, Fees
from domain.ledger.imports.fill import Fill
from domain.shared.money import EXACT, ZERO, plain, round_share

_SHARES: Final = Decimal("0.001")


def sale(item: Transaction, at: datetime, sequence: int, vests: Vests) -> Sequence[Fill]:
    """Return the fills; raise BadCell if quantity, prices and amount contradict one another."""
    symbol, total = item.cell("symbol").required(), amount(item.cell("amount"))
    fees = optional_amount(item.cell("total_commissions_and_fees")) or ZERO
    sold = [part for detail in item.transaction_details if (part := _sold(symbol, detail, vests)) is not None]
    if not sold:
        quantity = amount(item.cell("quantity"))
        sold = [(quantity, unit_price(EXACT.add(total, fees), quantity), 1)]
    check_sum(item.cell("amount"), total, [(quantity, price) for quantity, price, _ in sold], EXACT.minus(fees))
    _check_quantity(item, sold)
    by_price: dict[tuple[Decimal, int], Decimal] = {}
    for quantity, price, times in sold:
        by_price[price, times] = EXACT.add(by_price.get((price, times), ZERO), quantity)
    return [
        Fill(
            instrument=paper(symbol, DOLLAR),
            side=Side.SELL,
            quantity=EXACT.multiply(quantity, Decimal(times)),
            price=unit_price(price, Decimal(times)),
            executed_at=at,
            sequence=sequence,
            fees=Fees({FeeKind.BROKERAGE: fees}) if place == 0 else NO_FEES,
            notes=_notes(quantity, price, times),
        )
        for place, ((price, times), quantity) in enumerate(by_price.items())
    ]


def _sold(symbol: str, detail: Detail, vests: Vests) -> tuple[Decimal, Decimal, int] | None:
    """Return shares, price and new shares for each, None for a detail of nothing."""
    shares = optional_amount(cell_of(detail, "shares")) or ZERO
    gross = optional_amount(cell_of(detail, "gross_proceeds"))
    if shares == ZERO and not gross:
        return None
    price = amount(cell_of(detail, "sale_price"))
    if gross is not None and price and last_place(shares) == ZERO:
        miss = EXACT.abs(EXACT.subtract(gross, EXACT.multiply(shares, price)))
        if miss > EXACT.add(EXACT.multiply(shares, last_place(price)), last_place(gross)):
            shares = round_share(gross, Decimal(1), price).quantize(_SHARES)
    return shares, price, new_for_old(symbol, detail, vests)


def _check_quantity(item: Transaction, sold: Sequence[tuple[Decimal, Decimal, int]]) -> None:
    quantity, total = amount(item.cell("quantity")), ZERO
    for shares, _, _ in sold:
        total = EXACT.add(total, shares)
    # a whole number may have lost its decimals, which the details have
    if EXACT.abs(EXACT.subtract(total, quantity)) > (last_place(quantity) or Decimal(1)):
        raise item.cell("quantity").bad(f"is not what the details of the sale come to, {plain(total)}")


def _notes(quantity: Decimal, price: Decimal, times: int) -> str | None:
    if times == 1:
        return None
    return (
        f"Sold as {plain(quantity)} at {plain(price)} before a split of {times} for 1; given in the new shares, "
        "as the file gives those that were deposited"
    )
