"""The prices that value positions: a user's own, the market's, the last trade's, each saying which it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from application.ledger.views import MarkView
from application.ledger.wanted import PriceChoice
from domain.ledger.pnl import Mark, MarketSays, PriceSource, chosen, restated
from domain.shared.money import EXACT

# when it takes effect, as PostgreSQL writes it in JSON, new units, old units
Split: TypeAlias = tuple[str, int, int]

MARK = (
    "u.price, u.as_of, u.version, k.splits, l.last_price, l.last_executed_at, "
    "m.price, m.as_of, m.provider, m.stale_after < now(), m.is_simulated, q.splits"
)
# a price speaks of the units of its day: splits and bonus issues after it change what one unit is. The last price of a
# position is restated with its lots. One split entered for several accounts is one split. The market's price is in new
# units from the day of a split on, also while that is only proposed here (`q`) and the lots are in old ones
# positions know their newest trade, so the last price of an instrument is found without reading trades
MARK_JOIN = (
    "LEFT JOIN instrument_prices u ON u.organisation_id = i.organisation_id AND u.instrument_id = i.id "
    "LEFT JOIN instrument_tickers y ON y.organisation_id = i.organisation_id AND y.instrument_id = i.id "
    "LEFT JOIN market_marks m ON m.ticker = y.ticker AND m.currency = i.currency "
    "LEFT JOIN LATERAL (SELECT jsonb_agg(DISTINCT jsonb_build_array(c.effective_at, "
    "CASE c.kind WHEN 'split' THEN c.terms->'new' "
    "ELSE to_jsonb(CAST(c.terms->>'new' AS bigint) + CAST(c.terms->>'held' AS bigint)) END, "
    "CASE c.kind WHEN 'split' THEN c.terms->'old' ELSE c.terms->'held' END)) AS splits FROM corporate_actions c "
    "WHERE c.organisation_id = i.organisation_id AND c.instrument_id = i.id AND c.kind IN ('split', 'bonus') "
    "AND c.voided_at IS NULL AND c.effective_at > least(u.as_of, m.as_of)) k ON coalesce(u.as_of, m.as_of) IS NOT NULL "
    "LEFT JOIN LATERAL (SELECT jsonb_agg(jsonb_build_array(o.effective_at, o.old_units, o.new_units)) AS splits "
    "FROM action_proposals o WHERE o.organisation_id = i.organisation_id AND o.instrument_id = i.id "
    "AND o.kind = 'split' AND o.state = 'open' AND o.is_simulated = m.is_simulated "
    "AND o.effective_at <= m.as_of) q ON m.as_of IS NOT NULL "
    "LEFT JOIN LATERAL (SELECT n.last_price, n.last_executed_at FROM positions n "
    "WHERE n.organisation_id = i.organisation_id AND n.instrument_id = i.id AND n.last_executed_at IS NOT NULL "
    "ORDER BY n.last_executed_at DESC, n.last_sequence DESC, n.last_trade_id DESC LIMIT 1) l ON true"
)
# since when the price that values a position holds, for whoever looks for old ones; of any kind but null
MARKED_AT = "greatest(coalesce(u.as_of, l.last_executed_at), m.as_of)"


class MarkRow(Struct, frozen=True):
    """The columns `MARK`."""

    price: Decimal | None
    as_of: datetime | None
    version: int | None
    splits: list[Split] | None
    last_price: Decimal | None
    last_executed_at: datetime | None
    market_price: Decimal | None
    market_as_of: datetime | None
    provider: str | None
    is_stale: bool | None
    is_simulated: bool | None
    unapplied: list[Split] | None

    def mark(self, choice: PriceChoice) -> Mark | None:
        """The price by that choice."""
        has_market = choice in {PriceChoice.ANY, PriceChoice.USER_OR_MARKET}
        has_last = choice in {PriceChoice.ANY, PriceChoice.USER_OR_LAST_TRADE}
        return chosen(self._user(), self._market() if has_market else None, self._last() if has_last else None)

    def _user(self) -> Mark | None:
        if self.price is None or self.as_of is None:
            return None
        return Mark(_restated(self.price, self._since(self.as_of)), self.as_of, PriceSource.USER)

    def _market(self) -> Mark | None:
        if self.market_price is None or self.market_as_of is None or self.provider is None:
            return None
        splits = [*self._since(self.market_as_of), *(self.unapplied or ())]
        says = MarketSays(self.provider, bool(self.is_stale), bool(self.is_simulated))
        return Mark(_restated(self.market_price, splits), self.market_as_of, PriceSource.MARKET, says)

    def _last(self) -> Mark | None:
        if self.last_price is None or self.last_executed_at is None:
            return None
        return Mark(self.last_price, self.last_executed_at, PriceSource.LAST_TRADE)

    def _since(self, as_of: datetime) -> list[Split]:
        return [split for split in self.splits or () if datetime.fromisoformat(split[0]) > as_of]


def _restated(price: Decimal, splits: Sequence[Split]) -> Decimal:
    if not splits:
        return price
    return restated(price, [(Decimal(new), Decimal(old)) for _, new, old in splits])


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
        market=mark.market,
    )
