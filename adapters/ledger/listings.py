"""What is listed, for the ledger, out of the directory."""

from __future__ import annotations

from typing import final

from application.ledger.listings import InstrumentListings, ListedView
from application.market_data.directory.ports import Directory
from domain.market_data.instrument import ticker_of
from domain.shared.instrument import InstrumentKey


@final
class DirectoryListings(InstrumentListings):
    """Finds the listing by what the market calls the instrument."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def listing(self, key: InstrumentKey) -> ListedView | None:
        """Look it up."""
        ticker = ticker_of(key)
        found = None if ticker is None else (await self._directory.find([ticker])).get(ticker)
        if found is None:
            return None
        return ListedView(
            symbol=str(found.ticker),
            name=found.name,
            currency=None if found.currency is None else found.currency.code,
            isin=found.isin,
            figi=found.figi,
            delisted_on=found.delisted_on,
            renamed_to=None if found.renamed_to is None else str(found.renamed_to),
        )
