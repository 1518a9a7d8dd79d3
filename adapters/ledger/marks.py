"""The prices that value positions: what a user entered, else what was last traded, each saying which it is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from application.ledger.views import MarkView
from application.ledger.wanted import PriceChoice
from domain.ledger.pnl import Mark, PriceSource, restated
from domain.shared.money import EXACT

MARK = "u.price, u.as_of, u.version, k.splits, l.last_price, l.last_executed_at"
# a price speaks of the units of its day: splits and bonus issues after it change what one unit is. The last price of a
# position is restated with its lots. One split entered for several accounts is one split.
# positions know their newest trade, so the last price of an instrument is found without reading trades
MARK_JOIN = (
    "LEFT JOIN instrument_prices u ON u.organisation_id = i.organisation_id AND u.instrument_id = i.id "
    "LEFT JOIN LATERAL (SELECT jsonb_agg(DISTINCT jsonb_build_array(c.effective_at, "
    "CASE c.kind WHEN 'split' THEN c.terms->'new' "
    "ELSE to_jsonb(CAST(c.terms->>'new' AS bigint) + CAST(c.terms->>'held' AS bigint)) END, "
    "CASE c.kind WHEN 'split' THEN c.terms->'old' ELSE c.terms->'held' END)) AS splits FROM corporate_actions c "
    "WHERE c.organisation_id = i.organisation_id AND c.instrument_id = i.id AND c.kind IN ('split', 'bonus') "
    "AND c.voided_at IS NULL AND c.effective_at > u.as_of) k ON u.as_of IS NOT NULL "
    "LEFT JOIN LATERAL (SELECT n.last_price, n.last_executed_at FROM positions n "
    "WHERE n.organisation_id = i.organisation_id AND n.instrument_id = i.id AND n.last_executed_at IS NOT NULL "
    "ORDER BY n.last_executed_at DESC, n.last_sequence DESC, n.last_trade_id DESC LIMIT 1) l ON true"
)


class MarkRow(Struct, frozen=True):
    """The columns `MARK`."""

    price: Decimal | None
    as_of: datetime | None
    version: int | None
    splits: list[tuple[str, int, int]] | None
    last_price: Decimal | None
    last_executed_at: datetime | None

    def mark(self, choice: PriceChoice) -> Mark | None:
        """The price by that choice; a user's own goes before the last trade's."""
        if self.price is not None and self.as_of is not None:
            ratios = [(Decimal(new), Decimal(old)) for _, new, old in self.splits or ()]
            return Mark(restated(self.price, ratios) if ratios else self.price, self.as_of, PriceSource.USER)
        last = choice is PriceChoice.USER_OR_LAST_TRADE
        if last and self.last_price is not None and self.last_executed_at is not None:
            return Mark(self.last_price, self.last_executed_at, PriceSource.LAST_TRADE)
        return None


def mark_view(mark: Mark | None, quantity: Decimal, multiplier: Decimal, open_cost: Decimal) -> MarkView | None:
    """What the quantity is worth at the mark; nothing is said about a flat position."""
    if mark is None or not quantity:
        return None
    value = EXACT.multiply(EXACT.multiply(quantity, mark.price), multiplier)
    return MarkView(
        price=mark.price,
        as_of=mark.as_of,
        source=mark.source,
        market_value=value,
        unrealised=EXACT.subtract(value, open_cost),
    )
