"""What leaves the ledger as a whole: every row that counts, oldest first, each export from one snapshot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol, Self

from application.ledger.views import DisposalView, LotView, TradeView
from domain.shared.access import Actor
from domain.shared.ids import AccountId
from domain.shared.moment import Moment


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """What is wanted of an export; None admits all accounts."""

    account_id: AccountId | None = None


class LedgerExports(Protocol):
    """Streams of rows. They hold a database connection until they end: take them up at once, and send them later."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    def trades(self, actor: Actor, wanted: ExportFilter) -> AsyncIterator[TradeView]:
        """Yield trades that are not void, in the order in which they count."""
        ...

    def lots(self, actor: Actor, wanted: ExportFilter) -> AsyncIterator[LotView]:
        """Yield lots, open and closed, by age."""
        ...

    def disposals(self, actor: Actor, wanted: ExportFilter) -> AsyncIterator[DisposalView]:
        """Yield disposals with their matches, in the order in which they closed something."""
        ...
