"""Builds the trees that explain the ledger's figures: a disposal, a position.

Each tree is computed from the trades themselves and then compared with the stored figure: a figure that
cannot be explained raises instead of being shown. What other disposals took from a lot, or earlier
matches from the closing fee, stands as an input; it is explained by their own trees. So do the cost of a lot
that a corporate action or a transfer changed, and what all lots held together where they share one mean cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from domain.ledger import formulas
from domain.ledger.branches import (
    MULTIPLIER,
    QUANTITY,
    agree,
    left,
    of_action,
    of_disposal,
    of_lot,
    of_position,
    of_trade,
    share,
)
from domain.ledger.disposal import Disposal, Match
from domain.ledger.explanation import Node, Operation, Reference, ReferenceKind, derive, recorded
from domain.ledger.fees import Fees
from domain.ledger.lot import Direction, Lot
from domain.ledger.pnl import Mark
from domain.shared.ids import InstrumentId, TradeId
from domain.shared.money import EXACT, ZERO, Currency


@dataclass(frozen=True, slots=True)
class TradeInputs:
    """What an explanation quotes of a trade."""

    id: TradeId
    quantity: Decimal
    price: Decimal
    fees: Fees


@dataclass(frozen=True, slots=True)
class PooledCost:
    """The cost of an open position whose lots share one mean cost: signed with fees, and the fees within."""

    position_id: UUID
    open_cost: Decimal
    fees: Decimal


class DisposalExplanation(NamedTuple):
    """Trees of the realised P&L of the matched part and of the proceeds without a basis; None where there is none."""

    realised: Node | None
    unmatched_proceeds: Node | None


class PositionExplanation(NamedTuple):
    """Trees of an open position's signed quantity and cost, and of its unrealised P&L if there is a price."""

    quantity: Node
    cost: Node
    unrealised: Node | None


class _Sides(NamedTuple):
    """Price and fee of what closed something, or value and fee share of what opened it."""

    amount: Node
    fee: Node


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains figures of one instrument in its currency; `trades` holds every trade that the figures mention."""

    instrument_id: InstrumentId
    currency: Currency
    multiplier: Decimal
    trades: Mapping[UUID, TradeInputs]

    def disposal(self, disposal: Disposal, lots: Mapping[UUID, Lot]) -> DisposalExplanation:
        """Explain a disposal, given the lots it matched."""
        if not disposal.quantity:
            return DisposalExplanation(self._payment(disposal), None)
        closing = self._closing(disposal)
        source = of_disposal(disposal.id)
        quantity = recorded("disposed_quantity", disposal.quantity, QUANTITY, source)
        quantity_taken, fee_taken = ZERO, ZERO
        costs: list[Node] = []
        proceeds: list[Node] = []
        for match in disposal.matches:
            close_fee = share(
                "closing_fee_share",
                left("closing_fee_left", closing.fee, fee_taken, source),
                _matched_quantity(match),
                left("disposed_quantity_left", quantity, quantity_taken, source),
            )
            closed = _Sides(self._value(_matched_quantity(match), closing.amount), close_fee)
            cost, received = self._match(match, self._opened(match, lots[match.lot_id], source), closed)
            costs.append(cost)
            proceeds.append(received)
            quantity_taken = EXACT.add(quantity_taken, match.quantity)
            fee_taken = EXACT.add(fee_taken, close_fee.value)

        realised = unmatched = None
        if disposal.realised is not None:
            realised = derive(
                "realised_pnl",
                Operation.DIFFERENCE,
                self.currency.code,
                derive("matched_proceeds", Operation.SUM, self.currency.code, *proceeds),
                derive("cost", Operation.SUM, self.currency.code, *costs),
                formula=formulas.REALISED,
                reference=source,
            )
            agree(realised, disposal.realised)
        if disposal.unmatched_quantity:
            unmatched = derive(
                "unmatched_proceeds",
                Operation.DIFFERENCE,
                self.currency.code,
                self._value(left("unmatched_quantity", quantity, quantity_taken, source), closing.amount),
                left("closing_fee_left", closing.fee, fee_taken, source),
                formula=formulas.UNMATCHED,
                reference=source,
            )
            agree(unmatched, disposal.unmatched_proceeds)
        return DisposalExplanation(realised, unmatched)

    def position(
        self, lots: Sequence[Lot], mark: Mark | None = None, pooled: PooledCost | None = None
    ) -> PositionExplanation:
        """Explain an open position by its open lots, or what they cost together, valued at the mark if there is one."""
        quantities: list[Node] = []
        costs: list[Node] = []
        for lot in lots:
            quantity, cost = self._open_lot(lot)
            is_long = lot.direction is Direction.LONG
            quantities.append(quantity if is_long else derive("short_quantity", Operation.NEGATION, QUANTITY, quantity))
            costs.append(cost)
        quantity = derive("open_quantity", Operation.SUM, QUANTITY, *quantities, formula=formulas.OPEN_QUANTITY)
        if pooled is None:
            cost = derive("open_cost", Operation.SUM, self.currency.code, *costs, formula=formulas.OPEN_COST)
        else:
            cost = self._pooled(pooled, is_short=quantity.value < ZERO)
        if mark is None:
            return PositionExplanation(quantity, cost, None)
        price = Reference(ReferenceKind.PRICE, mark.told)
        market_value = derive(
            "market_value",
            Operation.PRODUCT,
            self.currency.code,
            quantity,
            recorded("price", mark.price, self.currency.code, price),
            self._multiplier(),
        )
        unrealised = derive(
            "unrealised_pnl", Operation.DIFFERENCE, self.currency.code, market_value, cost, formula=formulas.UNREALISED
        )
        return PositionExplanation(quantity, cost, unrealised)

    def _payment(self, disposal: Disposal) -> Node | None:
        """Explain what an action paid for no units, beyond their cost: amounts that the action recorded."""
        if disposal.realised is None:
            return None
        source, unit = of_action(disposal.event_id or disposal.id), self.currency.code
        realised = derive(
            "realised_pnl",
            Operation.DIFFERENCE,
            unit,
            recorded("matched_proceeds", disposal.matched_proceeds, unit, source),
            recorded("cost", disposal.cost or ZERO, unit, source),
            formula=formulas.REALISED,
            reference=of_disposal(disposal.id),
        )
        return agree(realised, disposal.realised)

    def _match(self, match: Match, opened: _Sides, closed: _Sides) -> tuple[Node, Node]:
        """Return cost and proceeds of a match: a long pays to open, a short to close."""
        paid, received = (opened, closed) if match.direction is Direction.LONG else (closed, opened)
        unit, lot = self.currency.code, of_lot(match.lot_id)
        cost = derive("match_cost", Operation.SUM, unit, *paid, formula=formulas.COST, reference=lot)
        proceeds = derive(
            "match_proceeds", Operation.DIFFERENCE, unit, *received, formula=formulas.PROCEEDS, reference=lot
        )
        return agree(cost, match.cost), agree(proceeds, match.proceeds)

    def _closing(self, disposal: Disposal) -> _Sides:
        """Return price and fee of what closed: a trade's, or those that a corporate action recorded."""
        trade = self.trades.get(disposal.id)
        if trade is not None:
            return _Sides(self._price(trade), self._closing_fee(trade, disposal.quantity))
        source = of_action(disposal.event_id or disposal.id)
        fee = disposal.fees
        for match in disposal.matches:
            fee = EXACT.subtract(fee, match.open_fee)
        unit = self.currency.code
        return _Sides(recorded("price", disposal.price, unit, source), recorded("closing_fee", fee, unit, source))

    def _opened(self, match: Match, lot: Lot, disposal: Reference) -> _Sides:
        """Return value and fee share of what was matched, from its trade as long as nothing else changed the lot."""
        trade = self._trade_of(lot)
        quantity = _matched_quantity(match)
        if match.basis_before is None and trade is not None:
            lot_quantity = recorded("lot_quantity", lot.quantity, QUANTITY, of_trade(lot.id))
            fee_taken = EXACT.subtract(lot.fee, match.lot_fee_before)
            quantity_taken = EXACT.subtract(lot.quantity, match.lot_quantity_before)
            fee_left = left("lot_fee_left", self._lot_fee(trade, lot), fee_taken, of_lot(lot.id))
            quantity_left = left("lot_quantity_left", lot_quantity, quantity_taken, of_lot(lot.id))
            value = self._value(quantity, self._price(trade))
            return _Sides(value, share("opening_fee_share", fee_left, quantity, quantity_left))
        # a match under mean cost leaves the lot without a basis of its own: the pool's stands with the disposal
        is_pooled = match.basis_before is not None and lot.basis is None
        whose, source = ("pool", disposal) if is_pooled else ("lot", of_lot(lot.id))
        unit = self.currency.code
        quantity_left = recorded(f"{whose}_quantity_left", match.lot_quantity_before, QUANTITY, source)
        fee_left = recorded(f"{whose}_fee_left", match.lot_fee_before, unit, source)
        if match.basis_before is None:
            value = self._value(quantity, recorded("price", match.open_price, unit, source))
        else:
            basis = recorded(f"{whose}_cost_left", match.basis_before, unit, source)
            formula = formulas.POOL_SHARE if is_pooled else formulas.BASIS_SHARE
            value = share("value", basis, quantity, quantity_left, formula)
        return _Sides(value, share("opening_fee_share", fee_left, quantity, quantity_left))

    def _open_lot(self, lot: Lot) -> tuple[Node, Node]:
        """Return the quantity left of a lot and what it cost."""
        unit, source, trade = self.currency.code, of_lot(lot.id), self._trade_of(lot)
        if trade is None:
            quantity = recorded("lot_quantity_left", lot.left, QUANTITY, source)
            fee = recorded("lot_fee_left", lot.fee_left, unit, source)
            price = recorded("price", lot.price, unit, source)
        else:
            whole = recorded("lot_quantity", lot.quantity, QUANTITY, of_trade(lot.id))
            quantity = left("lot_quantity_left", whole, EXACT.subtract(lot.quantity, lot.left), source)
            fee = left("lot_fee_left", self._lot_fee(trade, lot), EXACT.subtract(lot.fee, lot.fee_left), source)
            price = self._price(trade)
        value = (
            self._value(quantity, price) if lot.basis is None else recorded("lot_cost_left", lot.basis, unit, source)
        )
        cost = (
            derive("lot_cost", Operation.SUM, unit, value, fee, reference=source)
            if lot.direction is Direction.LONG
            else derive("lot_cost", Operation.DIFFERENCE, unit, fee, value, reference=source)
        )
        return quantity, agree(cost, lot.cost(self.multiplier))

    def _pooled(self, pooled: PooledCost, *, is_short: bool) -> Node:
        """Return what all open lots cost together; a short's pool holds what it brought."""
        unit, source = self.currency.code, of_position(pooled.position_id)
        value = EXACT.subtract(pooled.open_cost, pooled.fees)
        fees = recorded("pool_fee_left", pooled.fees, unit, source)
        held = recorded("pool_cost_left", EXACT.minus(value) if is_short else value, unit, source)
        cost = (
            derive("open_cost", Operation.DIFFERENCE, unit, fees, held, formula=formulas.POOLED_COST, reference=source)
            if is_short
            else derive("open_cost", Operation.SUM, unit, held, fees, formula=formulas.POOLED_COST, reference=source)
        )
        return agree(cost, pooled.open_cost)

    def _trade_of(self, lot: Lot) -> TradeInputs | None:
        """Return the trade that says all about the lot; None once an action or a transfer has changed it."""
        return self.trades.get(lot.id) if lot.event_id is None and lot.basis is None else None

    def _value(self, quantity: Node, price: Node) -> Node:
        return derive("value", Operation.PRODUCT, self.currency.code, quantity, price, self._multiplier())

    def _price(self, trade: TradeInputs) -> Node:
        return recorded("price", trade.price, self.currency.code, of_trade(trade.id))

    def _multiplier(self) -> Node:
        reference = Reference(ReferenceKind.INSTRUMENT, str(self.instrument_id))
        return recorded("contract_multiplier", self.multiplier, MULTIPLIER, reference)

    def _closing_fee(self, trade: TradeInputs, closed: Decimal) -> Node:
        """Return the fee of the part of a trade that closed something: all of it unless the trade crossed zero."""
        fee = self._trade_fee(trade)
        if closed == trade.quantity:
            return fee
        return share(
            "fee_of_closing_part",
            fee,
            recorded("closed_quantity", closed, QUANTITY, of_disposal(trade.id)),
            recorded("traded_quantity", trade.quantity, QUANTITY, of_trade(trade.id)),
        )

    def _lot_fee(self, trade: TradeInputs, lot: Lot) -> Node:
        """Return the fee of the part of a trade that opened a lot: what its closing part has left."""
        fee = self._trade_fee(trade)
        if lot.quantity == trade.quantity:
            return fee
        closing = self._closing_fee(trade, EXACT.subtract(trade.quantity, lot.quantity))
        return derive("fee_of_opening_part", Operation.DIFFERENCE, self.currency.code, fee, closing)

    def _trade_fee(self, trade: TradeInputs) -> Node:
        parts = [
            recorded(f"{kind.value}_fee", amount, self.currency.code, of_trade(trade.id))
            for kind, amount in trade.fees.by_kind.items()
        ]
        return derive("trade_fees", Operation.SUM, self.currency.code, *parts, reference=of_trade(trade.id))


def _matched_quantity(match: Match) -> Node:
    return recorded("matched_quantity", match.quantity, QUANTITY, of_lot(match.lot_id))
