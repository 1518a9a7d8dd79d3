"""Builds the trees that explain the ledger's figures: a disposal, a position, a realised total.

Each tree is computed from the trades themselves and then compared with the stored figure: a figure that
cannot be explained raises instead of being shown. What other disposals took from a lot, or earlier
matches from the closing fee, stands as an input; it is explained by their own trees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from domain.ledger import formulas
from domain.ledger.disposal import Disposal, Match
from domain.ledger.explanation import Node, Operation, Reference, ReferenceKind, derive, recorded
from domain.ledger.fees import Fees
from domain.ledger.lot import Direction, Lot
from domain.ledger.pnl import Mark
from domain.shared.ids import InstrumentId, TradeId
from domain.shared.money import EXACT, ZERO, Currency

_QUANTITY = "quantity"
_MULTIPLIER = "multiplier"


@dataclass(frozen=True, slots=True)
class TradeInputs:
    """What an explanation quotes of a trade."""

    id: TradeId
    quantity: Decimal
    price: Decimal
    fees: Fees


class DisposalExplanation(NamedTuple):
    """Trees of the realised P&L of the matched part and of the proceeds without a basis; None where there is none."""

    realised: Node | None
    unmatched_proceeds: Node | None


class PositionExplanation(NamedTuple):
    """Trees of an open position's signed quantity and cost, and of its unrealised P&L if there is a price."""

    quantity: Node
    cost: Node
    unrealised: Node | None


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains figures of one instrument in its currency; `trades` holds every trade that the figures mention."""

    instrument_id: InstrumentId
    currency: Currency
    multiplier: Decimal
    trades: Mapping[TradeId, TradeInputs]

    def disposal(self, disposal: Disposal, lots: Mapping[TradeId, Lot]) -> DisposalExplanation:
        """Explain a disposal, given the lots it matched."""
        closing = self.trades[disposal.id]
        fee = self._closing_fee(closing, disposal.quantity)
        quantity = recorded("disposed_quantity", disposal.quantity, _QUANTITY, _trade(disposal.id))
        quantity_taken, fee_taken = ZERO, ZERO
        costs: list[Node] = []
        proceeds: list[Node] = []
        for match in disposal.matches:
            close_fee = _share(
                "closing_fee_share",
                _left("closing_fee_left", fee, fee_taken, _disposal(disposal.id)),
                recorded("matched_quantity", match.quantity, _QUANTITY, _lot(match.lot_id)),
                _left("disposed_quantity_left", quantity, quantity_taken, _disposal(disposal.id)),
            )
            cost, received = self._sides(match, self._opening_fee_share(match, lots[match.lot_id]), close_fee, closing)
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
                reference=_disposal(disposal.id),
            )
            _agree(realised, disposal.realised)
        if disposal.unmatched_quantity:
            unmatched = derive(
                "unmatched_proceeds",
                Operation.DIFFERENCE,
                self.currency.code,
                self._value(_left("unmatched_quantity", quantity, quantity_taken, _disposal(disposal.id)), closing),
                _left("closing_fee_left", fee, fee_taken, _disposal(disposal.id)),
                formula=formulas.UNMATCHED,
                reference=_disposal(disposal.id),
            )
            _agree(unmatched, disposal.unmatched_proceeds)
        return DisposalExplanation(realised, unmatched)

    def position(self, lots: Sequence[Lot], mark: Mark | None = None) -> PositionExplanation:
        """Explain an open position by its open lots, valued at the mark if there is one."""
        quantities: list[Node] = []
        costs: list[Node] = []
        for lot in lots:
            trade = self.trades[lot.id]
            left = _left(
                "lot_quantity_left",
                recorded("lot_quantity", lot.quantity, _QUANTITY, _trade(lot.id)),
                EXACT.subtract(lot.quantity, lot.left),
                _lot(lot.id),
            )
            fee = _left("lot_fee_left", self._lot_fee(trade, lot), EXACT.subtract(lot.fee, lot.fee_left), _lot(lot.id))
            value = self._value(left, trade)
            is_long = lot.direction is Direction.LONG
            quantities.append(left if is_long else derive("short_quantity", Operation.NEGATION, _QUANTITY, left))
            costs.append(
                derive("lot_cost", Operation.SUM, self.currency.code, value, fee, reference=_lot(lot.id))
                if is_long
                else derive("lot_cost", Operation.DIFFERENCE, self.currency.code, fee, value, reference=_lot(lot.id))
            )
            _agree(costs[-1], lot.cost(self.multiplier))
        quantity = derive("open_quantity", Operation.SUM, _QUANTITY, *quantities, formula=formulas.OPEN_QUANTITY)
        cost = derive("open_cost", Operation.SUM, self.currency.code, *costs, formula=formulas.OPEN_COST)
        if mark is None:
            return PositionExplanation(quantity, cost, None)
        price = Reference(ReferenceKind.PRICE, f"{mark.source.value} {mark.as_of.isoformat()}")
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

    def _sides(self, match: Match, open_fee: Node, close_fee: Node, closing: TradeInputs) -> tuple[Node, Node]:
        """Return cost and proceeds of a match: a long pays to open, a short to close."""
        quantity = recorded("matched_quantity", match.quantity, _QUANTITY, _lot(match.lot_id))
        opened, closed = self._value(quantity, self.trades[match.lot_id]), self._value(quantity, closing)
        if match.direction is Direction.LONG:
            paid, paid_fee, received, received_fee = opened, open_fee, closed, close_fee
        else:
            paid, paid_fee, received, received_fee = closed, close_fee, opened, open_fee
        unit, lot = self.currency.code, _lot(match.lot_id)
        cost = derive("match_cost", Operation.SUM, unit, paid, paid_fee, formula=formulas.COST, reference=lot)
        proceeds = derive(
            "match_proceeds",
            Operation.DIFFERENCE,
            unit,
            received,
            received_fee,
            formula=formulas.PROCEEDS,
            reference=lot,
        )
        _agree(cost, match.cost)
        _agree(proceeds, match.proceeds)
        return cost, proceeds

    def _value(self, quantity: Node, trade: TradeInputs) -> Node:
        return derive(
            "value",
            Operation.PRODUCT,
            self.currency.code,
            quantity,
            recorded("price", trade.price, self.currency.code, _trade(trade.id)),
            self._multiplier(),
        )

    def _multiplier(self) -> Node:
        reference = Reference(ReferenceKind.INSTRUMENT, str(self.instrument_id))
        return recorded("contract_multiplier", self.multiplier, _MULTIPLIER, reference)

    def _opening_fee_share(self, match: Match, lot: Lot) -> Node:
        lot_quantity = recorded("lot_quantity", lot.quantity, _QUANTITY, _trade(lot.id))
        return _share(
            "opening_fee_share",
            _left(
                "lot_fee_left",
                self._lot_fee(self.trades[lot.id], lot),
                EXACT.subtract(lot.fee, match.lot_fee_before),
                _lot(lot.id),
            ),
            recorded("matched_quantity", match.quantity, _QUANTITY, _lot(lot.id)),
            _left(
                "lot_quantity_left", lot_quantity, EXACT.subtract(lot.quantity, match.lot_quantity_before), _lot(lot.id)
            ),
        )

    def _closing_fee(self, trade: TradeInputs, closed: Decimal) -> Node:
        """Return the fee of the part of a trade that closed something: all of it unless the trade crossed zero."""
        fee = self._trade_fee(trade)
        if closed == trade.quantity:
            return fee
        return _share(
            "fee_of_closing_part",
            fee,
            recorded("closed_quantity", closed, _QUANTITY, _disposal(trade.id)),
            recorded("traded_quantity", trade.quantity, _QUANTITY, _trade(trade.id)),
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
            recorded(f"{kind.value}_fee", amount, self.currency.code, _trade(trade.id))
            for kind, amount in trade.fees.by_kind.items()
        ]
        return derive("trade_fees", Operation.SUM, self.currency.code, *parts, reference=_trade(trade.id))


def explain_realised(currency: Currency, disposals: Iterable[tuple[TradeId, Decimal, Decimal]]) -> Node:
    """Explain a realised total by its disposals: id, matched proceeds and cost of each that has a known cost."""
    parts = [
        derive(
            "realised_pnl",
            Operation.DIFFERENCE,
            currency.code,
            recorded("matched_proceeds", proceeds, currency.code, _disposal(disposal_id)),
            recorded("cost", cost, currency.code, _disposal(disposal_id)),
            reference=_disposal(disposal_id),
        )
        for disposal_id, proceeds, cost in disposals
    ]
    return derive("realised_pnl_total", Operation.SUM, currency.code, *parts, formula=formulas.REALISED_TOTAL)


def _share(name: str, total: Node, part: Node, whole: Node) -> Node:
    return derive(name, Operation.SHARE, total.unit, total, part, whole, formula=formulas.FEE_SHARE)


def _left(name: str, whole: Node, taken: Decimal, by: Reference) -> Node:
    """Return what is left of the whole after what others took."""
    if not taken:
        return whole
    return derive(name, Operation.DIFFERENCE, whole.unit, whole, recorded("taken_before", taken, whole.unit, by))


def _agree(node: Node, stored: Decimal) -> None:
    if node.value != stored:
        message = f"{node.name} is stored as {stored} but its inputs give {node.value}"
        raise AssertionError(message)


def _trade(trade_id: TradeId) -> Reference:
    return Reference(ReferenceKind.TRADE, str(trade_id))


def _lot(trade_id: TradeId) -> Reference:
    return Reference(ReferenceKind.LOT, str(trade_id))


def _disposal(trade_id: TradeId) -> Reference:
    return Reference(ReferenceKind.DISPOSAL, str(trade_id))
