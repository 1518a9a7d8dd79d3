"""A trade: one execution as the trader knows it, with its story. It is never deleted, only voided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from domain.ledger.account import Account
from domain.ledger.category import Category
from domain.ledger.events import ChangeKind, TradeChange, TradesChanged
from domain.ledger.execution import Execution, LotSelection, Side, check_selection
from domain.ledger.fees import NO_FEES, Fees
from domain.ledger.links import check_links
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import AccountId, ImportId, InstrumentId, OrganisationId, TradeId
from domain.shared.money import ZERO, check_number, plain
from domain.shared.text import check_line, check_prose
from domain.shared.time import instant

MAX_TAGS = 20
MAX_TAG_LENGTH = 50
MAX_NOTES_LENGTH = 10_000
MAX_STRATEGY_LENGTH = 100
MAX_REFERENCE_LENGTH = 100
MAX_REASON_LENGTH = 500
MAX_SEQUENCE = 2**31 - 1
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_CLOCK_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeDetails:
    """What can be said, and corrected, about a trade; every value is checked here.

    `sequence` orders fills of the same instant; `lot_selection` names lots that a closing trade takes first. Times are
    kept in UTC; tags keep their order without repetitions.
    """

    instrument_id: InstrumentId
    side: Side
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    fees: Fees = NO_FEES
    settlement_date: date | None = None
    category: Category | None = None
    strategy: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    attachments: tuple[str, ...] = ()
    broker_trade_id: str | None = None
    broker_order_id: str | None = None
    sequence: int = 0
    lot_selection: tuple[LotSelection, ...] = ()

    def __post_init__(self) -> None:
        if check_number(self.quantity, "quantity") <= ZERO:
            raise Invalid(
                f"quantity is {plain(self.quantity)}; it must be greater than zero, and side says which way it went.",
                field="quantity",
            )
        check_number(self.price, "price")
        check_selection(self.lot_selection, self.quantity)
        object.__setattr__(self, "executed_at", instant(self.executed_at, "executedAt"))
        if self.executed_at < EARLIEST:
            raise Invalid(
                f"executedAt is {self.executed_at.date()}; trades before 1900 are not kept. Check the year.",
                field="executedAt",
            )
        if not 0 <= self.sequence <= MAX_SEQUENCE:
            raise Invalid(
                f"sequence is {self.sequence}; it must be between 0 and {MAX_SEQUENCE}.",
                field="sequence",
            )
        object.__setattr__(self, "tags", _check_tags(self.tags))
        if self.notes is not None:
            check_prose(self.notes, "notes", MAX_NOTES_LENGTH)
        check_links(self.attachments)
        for text, name, longest in (
            (self.strategy, "strategy", MAX_STRATEGY_LENGTH),
            (self.broker_trade_id, "brokerTradeId", MAX_REFERENCE_LENGTH),
            (self.broker_order_id, "brokerOrderId", MAX_REFERENCE_LENGTH),
        ):
            if text is not None:
                check_line(text, name, longest)


@dataclass(slots=True, kw_only=True)
class Trade:
    """The aggregate; `changes` holds what its methods did since it was loaded, for `trades_changed`."""

    id: TradeId
    organisation_id: OrganisationId
    account_id: AccountId
    details: TradeDetails
    version: int
    created_at: datetime
    updated_at: datetime
    source_key: str | None = None
    import_id: ImportId | None = None
    voided_at: datetime | None = None
    void_reason: str | None = None
    changes: list[TradeChange] = field(default_factory=list[TradeChange], compare=False)

    @classmethod
    def record(
        cls,
        id_: TradeId,
        account: Account,
        details: TradeDetails,
        now: datetime,
        *,
        source_key: str | None = None,
        import_id: ImportId | None = None,
    ) -> Trade:
        """Return a new trade at version 1.

        Raises Conflict if the account is closed, PeriodLocked, Invalid for a time in the future or a settlement before
        the trade.
        """
        account.must_be_open()
        account.must_be_unlocked(details.executed_at)
        _check_times(details, account, now)
        trade = cls(
            id=id_,
            organisation_id=account.organisation_id,
            account_id=account.id,
            details=details,
            version=1,
            created_at=now,
            updated_at=now,
            source_key=source_key,
            import_id=import_id,
        )
        trade._note(ChangeKind.RECORDED, details.instrument_id)
        return trade

    @property
    def is_void(self) -> bool:
        """Whether the trade no longer counts."""
        return self.voided_at is not None

    @property
    def execution(self) -> Execution:
        """The trade as the lot engine sees it."""
        details = self.details
        return Execution(
            details.executed_at,
            details.sequence,
            self.id,
            details.side,
            details.quantity,
            details.price,
            details.fees.total,
            details.lot_selection,
        )

    def amend(self, details: TradeDetails, account: Account, now: datetime) -> bool:
        """Replace the details; return False, and change nothing, if they are the same.

        Raises Conflict if void, PeriodLocked if more than words changes in a locked period.
        """
        self._must_count("amended")
        if details == self.details:
            return False
        if _facts(details) != _facts(self.details):
            account.must_be_unlocked(self.details.executed_at, details.executed_at)
        _check_times(details, account, now)
        before = self.details.instrument_id
        self.details = details
        self._touch(now)
        self._note(ChangeKind.AMENDED, before)
        if details.instrument_id != before:
            self._note(ChangeKind.AMENDED, details.instrument_id)
        return True

    def void(self, reason: str, now: datetime) -> None:
        """Take the trade out of every figure, keeping it on record; raise Conflict if it is void already."""
        self._must_count("voided")
        check_line(reason, "reason", MAX_REASON_LENGTH)
        self.voided_at = now
        self.void_reason = reason
        self._touch(now)
        self._note(ChangeKind.VOIDED, self.details.instrument_id)

    def _must_count(self, verb: str) -> None:
        if self.voided_at is not None:
            raise Conflict(
                f"Trade {self.id} was voided at {self.voided_at.isoformat()} and cannot be {verb}; "
                "record a new trade instead.",
                tradeId=str(self.id),
            )

    def _touch(self, now: datetime) -> None:
        self.version += 1
        self.updated_at = now

    def _note(self, kind: ChangeKind, instrument_id: InstrumentId) -> None:
        self.changes.append(TradeChange(self.id, instrument_id, kind, self.version))


def trades_changed(trades: Iterable[Trade]) -> tuple[TradesChanged, ...]:
    """Collect the changes of these trades into one event per account, and forget them."""
    by_account: dict[tuple[OrganisationId, AccountId], list[TradeChange]] = {}
    for trade in trades:
        by_account.setdefault((trade.organisation_id, trade.account_id), []).extend(trade.changes)
        trade.changes.clear()
    return tuple(
        TradesChanged(organisation_id=organisation_id, account_id=account_id, changes=tuple(changes))
        for (organisation_id, account_id), changes in by_account.items()
        if changes
    )


def _facts(details: TradeDetails) -> TradeDetails:
    """Return the details without what the trader adds in his own words."""
    return replace(details, category=None, strategy=None, tags=(), notes=None, attachments=())


def _check_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    for tag in tags:
        check_line(tag, "tags", MAX_TAG_LENGTH)
    unique = tuple(dict.fromkeys(tags))
    if len(unique) > MAX_TAGS:
        raise Invalid(f"There are {len(unique)} tags; at most {MAX_TAGS} are kept. Remove some.", field="tags")
    return unique


def check_not_in_the_future(at: datetime, field: str, now: datetime) -> None:
    """Raise Invalid for what has not happened yet; clocks may differ by a day."""
    if at > now + _CLOCK_TOLERANCE:
        raise Invalid(f"{field} {at.isoformat()} lies in the future; record it once it has happened.", field=field)


def _check_times(details: TradeDetails, account: Account, now: datetime) -> None:
    check_not_in_the_future(details.executed_at, "executedAt", now)
    traded_on = account.local_date(details.executed_at)
    if details.settlement_date is not None and details.settlement_date < traded_on:
        raise Invalid(
            f"settlementDate {details.settlement_date} is before the trade's date {traded_on} "
            f"({account.details.time_zone}); enter that date or a later one.",
            field="settlementDate",
        )
