"""What of today's projections still stands for a moment of the past, and what it was then, in SQL.

Nothing that happened later changes what had become of a history before. So where nothing was recorded after the moment,
lots, disposals and positions of then are those of now without what happened since: each match keeps what its lot had
before it, and totals are sums. The other pairs are left out here, to be replayed: those of which something was
recorded after the moment; and of those to which something happened after it, such as have corporate actions or
transfers, or lots that share one mean cost, for these change what is stored without a trace of what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import TextClause, text

from domain.shared.moment import Moment

_END: Final = datetime(9999, 12, 31, tzinfo=UTC)
_OURS: Final = "organisation_id = CAST(:past_organisation AS uuid)"
_SAME_PAIR: Final = "{0}.account_id = {1}.account_id AND {0}.instrument_id = {1}.instrument_id"
_LATER: Final = "> CAST(:past_until AS timestamptz)"
_NOT_LATER: Final = "<= CAST(:past_until AS timestamptz)"

_CONCERNED: Final = (
    "positions p JOIN corporate_actions c ON c.organisation_id = p.organisation_id "
    "AND p.instrument_id IN (c.instrument_id, c.into_id) AND (c.account_id IS NULL OR c.account_id = p.account_id) "
    f"WHERE p.{_OURS}"
)
_OF_ACCOUNT: Final = "positions p JOIN accounts a ON a.organisation_id = p.organisation_id AND a.id = p.account_id"
_TRADE_OF_VERSION: Final = (
    "trade_versions v JOIN trades t ON t.organisation_id = v.organisation_id AND t.id = v.trade_id"
)
_SNAPSHOT_PAIR: Final = "CAST(v.snapshot->>'account_id' AS uuid), CAST(v.snapshot->>'instrument_id' AS uuid)"
_CHANGED: Final = "v.replaced_at > :past_known_at"
_RECORDED_LATER: Final = (
    f"SELECT account_id, instrument_id FROM trades WHERE {_OURS} AND created_at > :past_known_at",
    f"SELECT {_SNAPSHOT_PAIR} FROM trade_versions v WHERE v.{_OURS} AND {_CHANGED}",
    f"SELECT t.account_id, t.instrument_id FROM {_TRADE_OF_VERSION} WHERE v.{_OURS} AND {_CHANGED}",
    f"SELECT p.account_id, p.instrument_id FROM {_OF_ACCOUNT} WHERE p.{_OURS} AND a.updated_at > :past_known_at",
    f"SELECT p.account_id, p.instrument_id FROM {_CONCERNED} AND c.updated_at > :past_known_at",
    f"SELECT from_account_id, instrument_id FROM transfers WHERE {_OURS} AND updated_at > :past_known_at",
    f"SELECT to_account_id, instrument_id FROM transfers WHERE {_OURS} AND updated_at > :past_known_at",
)
_OF_TRANSFER: Final = f"instrument_id, transferred_at FROM transfers WHERE {_OURS} AND voided_at IS NULL"
_TRACELESS: Final = (
    "SELECT e.account_id, e.instrument_id FROM ("
    f"SELECT p.account_id, p.instrument_id, c.effective_at AS at FROM {_CONCERNED} AND c.voided_at IS NULL "
    f"UNION ALL SELECT from_account_id, {_OF_TRANSFER} UNION ALL SELECT to_account_id, {_OF_TRANSFER} "
    f"UNION ALL SELECT p.account_id, p.instrument_id, TIMESTAMPTZ '-infinity' FROM {_OF_ACCOUNT} "
    f"WHERE p.{_OURS} AND a.cost_method = 'average') e GROUP BY e.account_id, e.instrument_id "
    f"HAVING max(e.at) {_LATER} OR EXISTS (SELECT FROM trades t WHERE t.{_OURS} "
    f"AND {_SAME_PAIR.format('t', 'e')} AND t.voided_at IS NULL AND t.executed_at {_LATER})"
)
_TRADED_LATER: Final = (
    f"SELECT account_id, instrument_id FROM trades WHERE {_OURS} AND voided_at IS NULL AND executed_at {_LATER}"
)

_APART: Final = (
    "NOT EXISTS (SELECT FROM json_to_recordset(CAST(:{pairs} AS json)) AS r(account_id uuid, instrument_id uuid) "
    f"WHERE {_SAME_PAIR.format('r', 'x')})"
)
_VALUE: Final = "t.quantity * t.price * s.multiplier"
_POSITIONS: Final = f"""
    SELECT x.organisation_id, x.id, x.account_id, x.instrument_id,
        x.quantity - coalesce(t.signed, 0) - coalesce(d.unmatched_quantity, 0) AS quantity,
        x.open_cost - coalesce(d.realised + d.unmatched_proceeds, 0) + coalesce(t.sold - t.bought, 0) AS open_cost,
        x.cash_in - coalesce(t.sold, 0) AS cash_in, x.cash_out - coalesce(t.bought, 0) AS cash_out,
        x.realised - coalesce(d.realised, 0) AS realised, x.fees - coalesce(t.fees, 0) AS fees,
        x.unmatched_quantity - coalesce(d.unmatched_quantity, 0) AS unmatched_quantity,
        x.unmatched_proceeds - coalesce(d.unmatched_proceeds, 0) AS unmatched_proceeds,
        CAST(x.trade_count - coalesce(t.number, 0) AS integer) AS trade_count,
        CAST(x.disposal_count - coalesce(d.number, 0) AS integer) AS disposal_count,
        CASE WHEN t.number IS NULL THEN x.last_executed_at ELSE l.executed_at END AS last_executed_at,
        CASE WHEN t.number IS NULL THEN x.last_sequence ELSE l.sequence END AS last_sequence,
        CASE WHEN t.number IS NULL THEN x.last_trade_id ELSE l.id END AS last_trade_id,
        CASE WHEN t.number IS NULL THEN x.last_price ELSE l.price END AS last_price,
        CAST(NULL AS timestamptz) AS updated_at, CAST(NULL AS timestamptz) AS mended_at,
        x.carried_in, x.carried_out, x.pooled_fees,
        x.disposed_proceeds - coalesce(d.proceeds, 0) AS disposed_proceeds,
        x.disposed_cost - coalesce(d.cost, 0) AS disposed_cost,
        x.disposed_fees - coalesce(d.fees, 0) AS disposed_fees,
        CAST(x.missing_disposals - coalesce(d.missing, 0) AS integer) AS missing_disposals
    FROM positions x
    LEFT JOIN (SELECT t.account_id, t.instrument_id, count(*) AS number, sum(t.fees_total) AS fees,
        sum(CASE WHEN t.side = 'buy' THEN t.quantity ELSE - t.quantity END) AS signed,
        coalesce(sum({_VALUE} + t.fees_total) FILTER (WHERE t.side = 'buy'), 0) AS bought,
        coalesce(sum({_VALUE} - t.fees_total) FILTER (WHERE t.side <> 'buy'), 0) AS sold
        FROM trades t JOIN instruments s ON s.organisation_id = t.organisation_id AND s.id = t.instrument_id
        WHERE t.{_OURS} AND t.voided_at IS NULL AND t.executed_at {_LATER} GROUP BY t.account_id, t.instrument_id
    ) t ON {_SAME_PAIR.format("t", "x")}
    LEFT JOIN (SELECT d.account_id, d.instrument_id, count(*) AS number, coalesce(sum(d.realised), 0) AS realised,
        sum(d.unmatched_quantity) AS unmatched_quantity, sum(d.unmatched_proceeds) AS unmatched_proceeds,
        sum(d.proceeds - d.unmatched_proceeds) AS proceeds, coalesce(sum(d.cost), 0) AS cost,
        sum(d.matched_fees) AS fees, count(*) FILTER (WHERE d.unmatched_quantity > 0) AS missing
        FROM disposals d WHERE d.{_OURS} AND d.closed_at {_LATER} GROUP BY d.account_id, d.instrument_id
    ) d ON {_SAME_PAIR.format("d", "x")}
    LEFT JOIN LATERAL (SELECT o.executed_at, o.sequence, o.id, o.price FROM trades o
        WHERE t.number IS NOT NULL AND o.{_OURS} AND {_SAME_PAIR.format("o", "x")} AND o.voided_at IS NULL
        AND o.executed_at {_NOT_LATER} ORDER BY o.executed_at DESC, o.sequence DESC, o.id DESC LIMIT 1) l ON true
    WHERE x.{_OURS} AND {_APART}
"""
# those that had been closed are what they are; of the others the first match that came later keeps what they were. That
# is the one that found most: to look for it in order of time, the server might walk through the disposals of all lots
_LOTS: Final = f"""
    SELECT x.organisation_id, x.id, x.account_id, x.instrument_id, x.direction, x.quantity, x.price, x.fee, x.opened_at,
        x.left_quantity, x.left_fee, x.closed_at, x.sequence, x.basis, x.trade_id, x.event_id
    FROM lots x WHERE x.{_OURS} AND x.closed_at {_NOT_LATER} AND {_APART}
    UNION ALL
    SELECT x.organisation_id, x.id, x.account_id, x.instrument_id, x.direction, x.quantity, x.price, x.fee, x.opened_at,
        coalesce(m.lot_quantity_before, x.left_quantity), coalesce(m.lot_fee_before, x.left_fee),
        CAST(NULL AS timestamptz), x.sequence, CASE WHEN m.lot_id IS NULL THEN x.basis ELSE m.basis_before END,
        x.trade_id, x.event_id
    FROM lots x
    LEFT JOIN LATERAL (SELECT m.lot_id, m.lot_quantity_before, m.lot_fee_before, m.basis_before FROM lot_matches m
        JOIN disposals d ON d.organisation_id = m.organisation_id AND d.id = m.disposal_id
        WHERE m.{_OURS} AND m.lot_id = x.id AND d.closed_at {_LATER}
        ORDER BY m.lot_quantity_before DESC LIMIT 1) m ON true
    WHERE x.{_OURS} AND x.opened_at {_NOT_LATER} AND (x.closed_at IS NULL OR x.closed_at {_LATER}) AND {_APART}
"""
_MATCHES: Final = f"""
    SELECT m.* FROM lot_matches m
    JOIN disposals x ON x.organisation_id = m.organisation_id AND x.id = m.disposal_id
    WHERE x.{_OURS} AND x.closed_at {_NOT_LATER} AND {_APART}
"""
_MOVES: Final = f"""
    SELECT x.* FROM transfer_moves x WHERE x.{_OURS} AND NOT EXISTS (
        SELECT FROM json_to_recordset(CAST(:{{rows}} AS json)) AS r(transfer_id uuid)
        WHERE r.transfer_id = x.transfer_id)
"""


def _dated(table: str, column: str) -> str:
    return f"SELECT x.* FROM {table} x WHERE x.{_OURS} AND x.{column} {_NOT_LATER} AND {_APART}"


# each may read the stored tables of those after it, and facts: common table expressions must stand in this order.
# `pairs` names the parameter of the pairs that are left out, `rows` that of the rows that are put in
STANDING: Final[Mapping[str, str]] = {
    "positions": _POSITIONS,
    "lots": _LOTS,
    "lot_matches": _MATCHES,
    "disposals": _dated("disposals", "closed_at"),
    "round_trips": _dated("round_trips", "opened_at"),
    "transfer_moves": _MOVES,
    "event_cash": _dated("event_cash", "occurred_at"),
}


def fallen(moment: Moment, *, with_trips: bool) -> TextClause:
    """Return the select of the pairs that must be replayed, but for those that are tied to one of them.

    `with_trips` also wants round trips of the moment, which forget what they were with each trade.
    """
    selects: list[str] = []
    if moment.known_at is not None:
        selects += _RECORDED_LATER
    if moment.as_of is not None:
        selects.append(_TRACELESS)
        if with_trips:
            selects.append(_TRADED_LATER)
    return text(" UNION ".join(selects))


def values_of(moment: Moment, organisation_id: UUID) -> dict[str, object]:
    """Return the values that these selects take, but for those of one table."""
    values: dict[str, object] = {"past_organisation": str(organisation_id), "past_until": moment.as_of or _END}
    if moment.known_at is not None:
        values["past_known_at"] = moment.known_at
    return values
