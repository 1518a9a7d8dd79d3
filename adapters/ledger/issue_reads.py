"""Issues of the ledger, found by PostgreSQL among what is stored; nothing of them is kept."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import final
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.cursors import cut, decode_cursor
from adapters.ledger.imports.interactive_brokers.instruments import UNLISTED as IB_UNLISTED
from adapters.ledger.imports.listings import UNLISTED
from adapters.ledger.marks import MARK_JOIN, MARKED_AT
from adapters.ledger.reading import INSTRUMENT, INSTRUMENT_JOIN, Listing, with_instruments
from application.ledger.find_issues import IssueFilter, IssueKind, IssueQueries, IssueView
from application.shared.pages import Page, PageRequest
from domain.shared.access import Actor
from domain.shared.ids import AccountId
from domain.shared.moment import NOW, Moment

# an instrument that a file named without saying where it is listed
_NO_LISTING = f"('{UNLISTED}', '{IB_UNLISTED}')"
_DIGITS = (
    "(SELECT string_agg(CASE WHEN c ~ '[0-9]' THEN c ELSE CAST(ascii(c) - 55 AS text) END, '' ORDER BY n) "
    "FROM regexp_split_to_table(s.isin, '') WITH ORDINALITY AS letters(c, n))"
)
# ISO 6166: Luhn over letters as 10 to 35, every second digit from the right but one doubled
_LUHN = (
    "(SELECT sum(CASE WHEN mod(n, 2) = 0 THEN div(2 * CAST(c AS numeric), 10) + mod(2 * CAST(c AS numeric), 10) "
    f"ELSE CAST(c AS numeric) END) FROM regexp_split_to_table(reverse({_DIGITS}), '') WITH ORDINALITY AS digits(c, n))"
)
# what comes without a second thing it is about still needs one for the order of pages
_NONE = "CAST('00000000-0000-0000-0000-000000000000' AS uuid)"
_FOUND = {
    IssueKind.MISSING_BASIS: (
        f"SELECT d.organisation_id, d.account_id, d.instrument_id, d.id, {_NONE}, d.unmatched_quantity, d.closed_at "
        "FROM disposals d WHERE d.unmatched_quantity > 0"
    ),
    IssueKind.NEGATIVE_POSITION: (
        f"SELECT p.organisation_id, p.account_id, p.instrument_id, p.id, {_NONE}, -p.quantity, p.last_executed_at "
        "FROM positions p JOIN accounts a ON a.organisation_id = p.organisation_id AND a.id = p.account_id "
        "JOIN instruments s ON s.organisation_id = p.organisation_id AND s.id = p.instrument_id "
        "WHERE p.quantity < 0 AND NOT a.shorting AND s.segment NOT IN ('derivative', 'commodity', 'currency')"
    ),
    # told twice: the same fill in all that counts, unless the broker itself tells the two apart
    IssueKind.DUPLICATE_SUSPECT: (
        "SELECT t.organisation_id, t.account_id, t.instrument_id, t.id, o.id, t.quantity, t.executed_at "
        "FROM trades t JOIN trades o ON o.organisation_id = t.organisation_id AND o.account_id = t.account_id "
        "AND o.instrument_id = t.instrument_id AND o.executed_at = t.executed_at AND o.side = t.side "
        "AND o.quantity = t.quantity AND o.price = t.price AND o.id > t.id AND o.voided_at IS NULL "
        "WHERE t.voided_at IS NULL AND (t.broker_trade_id IS NULL OR o.broker_trade_id IS NULL) "
        "AND t.import_id IS DISTINCT FROM o.import_id"
    ),
    IssueKind.SELECTION_NOT_MET: (
        "SELECT t.organisation_id, t.account_id, t.instrument_id, t.id, c.lot_id, "
        "c.quantity - coalesce(m.quantity, 0), t.executed_at FROM trades t "
        "CROSS JOIN LATERAL (SELECT CAST(e->>0 AS uuid) AS lot_id, CAST(e->>1 AS numeric) AS quantity "
        "FROM jsonb_array_elements(t.lot_selection) AS e) c "
        "LEFT JOIN lot_matches m ON m.organisation_id = t.organisation_id AND m.disposal_id = t.id "
        "AND m.lot_id = c.lot_id "
        "WHERE t.voided_at IS NULL AND t.lot_selection IS NOT NULL AND coalesce(m.quantity, 0) < c.quantity"
    ),
    IssueKind.PRICE_GAP: (
        f"SELECT x.organisation_id, x.account_id, x.instrument_id, x.id, {_NONE}, abs(x.quantity), "
        f"{MARKED_AT} FROM positions x {INSTRUMENT_JOIN} {MARK_JOIN} "
        f"WHERE x.quantity <> 0 AND coalesce({MARKED_AT}, '-infinity') < :priced_before"
    ),
    IssueKind.UNBALANCED_TRANSFER: (
        f"SELECT t.organisation_id, t.from_account_id, t.instrument_id, t.id, {_NONE}, "
        "t.quantity - coalesce(m.quantity, 0), t.transferred_at FROM transfers t "
        "LEFT JOIN transfer_moves m ON m.organisation_id = t.organisation_id AND m.transfer_id = t.id "
        "WHERE t.voided_at IS NULL AND coalesce(m.quantity, 0) < t.quantity"
    ),
    IssueKind.TRANSFER_SELECTION_NOT_MET: (
        f"SELECT t.organisation_id, t.from_account_id, t.instrument_id, t.id, {_NONE}, m.substituted, "
        "t.transferred_at FROM transfer_moves m "
        "JOIN transfers t ON t.organisation_id = m.organisation_id AND t.id = m.transfer_id "
        "WHERE t.voided_at IS NULL AND m.substituted > 0"
    ),
    # neither a listing nor a number under which others know it
    IssueKind.UNKNOWN_SYMBOL: (
        f"SELECT p.organisation_id, p.account_id, p.instrument_id, p.id, {_NONE}, abs(p.quantity), p.last_executed_at "
        "FROM positions p JOIN instruments s ON s.organisation_id = p.organisation_id AND s.id = p.instrument_id "
        "WHERE p.quantity <> 0 AND s.segment IN ('equity', 'fund') AND ("
        f"s.isin IS NULL AND (s.exchange IN {_NO_LISTING} OR s.symbol ~ '^[A-Z]{{2}}[A-Z0-9]{{9}}[0-9]$') "
        f"OR s.isin IS NOT NULL AND mod({_LUHN}, 10) <> 0)"
    ),
    IssueKind.MENDED_POSITION: (
        f"SELECT p.organisation_id, p.account_id, p.instrument_id, p.id, {_NONE}, abs(p.quantity), p.mended_at "
        "FROM positions p WHERE p.mended_at > now() - interval '30 days'"
    ),
}


class _Row(Struct, frozen=True):
    kind: str
    account_id: UUID
    id: UUID
    other_id: UUID
    quantity: Decimal
    at: datetime | None


@final
class SqlIssueQueries(IssueQueries):
    """Issues of one organisation."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlIssueQueries:
        """Return the same as of the moment."""
        return SqlIssueQueries(self._engine, moment)

    async def issues(self, actor: Actor, wanted: IssueFilter, page: PageRequest) -> Page[IssueView]:
        """Return issues by kind and the ids they are about."""
        kinds = list(IssueKind) if wanted.kind is None else [wanted.kind]
        columns = "organisation_id, account_id, instrument_id, id, other_id, quantity, at"
        parts = " UNION ALL ".join(
            f"SELECT '{kind.value}' AS kind, f.* FROM ({_FOUND[kind]}) AS f({columns})" for kind in kinds
        )
        select = (
            f"SELECT x.kind, x.account_id, x.id, x.other_id, x.quantity, x.at, {INSTRUMENT} "
            f"FROM ({parts}) x {INSTRUMENT_JOIN}"
        )
        listing = Listing(actor, select, order="ORDER BY x.kind, x.id, x.other_id")
        if IssueKind.PRICE_GAP in kinds:
            listing.values["priced_before"] = wanted.priced_before
        listing.equal(x__account_id=wanted.account_id)
        if page.cursor is not None:
            kind, after, other = decode_cursor(page.cursor, "issues", str, UUID, UUID)
            listing.add("(x.kind, x.id, x.other_id) > (:kind, :after, :other)", kind=kind, after=after, other=other)
        found = with_instruments(await listing.read(self._engine, self._moment, page.limit + 1), _Row)
        rows = cut(found, page, "issues", lambda pair: (pair[0].kind, pair[0].id, pair[0].other_id))
        views = [
            IssueView(
                kind=IssueKind(row.kind),
                account_id=AccountId(row.account_id),
                instrument=instrument,
                subject_id=row.id,
                other_id=row.other_id if row.other_id.int else None,
                quantity=row.quantity,
                at=row.at,
            )
            for row, instrument in rows.rows
        ]
        return Page(views, rows.next_cursor)
