"""The API as one user sees it: `async with Tapedeck(url) as api`."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self, final
from urllib.parse import quote

import httpx

from tapedeck_client.access import Session
from tapedeck_client.errors import Unreadable
from tapedeck_client.ledger import Account, Import, NewTrade, Position, ProfitAndLoss, Trade
from tapedeck_client.market import History, Quotes
from tapedeck_client.records import Record
from tapedeck_client.rest import Query, Rest
from tapedeck_client.stream import Stream, StreamOptions

_POLL_S: Final = 0.2


@final
class Tapedeck:
    """A running Tapedeck at `url`. Give a token, or call `sign_in` first."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        timeout_s: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._rest = Rest(self._url, timeout_s=timeout_s, transport=transport)
        self._session = Session(self._rest, token)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._rest.close()

    # --- who acts ---------------------------------------------------------------------------------------------------

    async def sign_in(self, email: str, password: str) -> None:
        """Act as this user from now on; the session is renewed by itself."""
        await self._session.begin(email, password)

    async def sign_out(self) -> None:
        """End the session."""
        await self._session.end()

    async def token(self) -> str:
        """Return an access token that is good for a while, for other programs; raise SignedOut if there is none."""
        return await self._session.token()

    # --- the market -------------------------------------------------------------------------------------------------

    async def quotes(self, *symbols: str) -> Quotes:
        """Return what these cost now; each fails alone."""
        return Quotes.read((await self._session.ask("GET", "/quotes", query={"symbols": ",".join(symbols)})).data)

    async def history(
        self,
        symbol: str,
        *,
        interval: str = "1d",
        reach: str | None = None,
        first: str | None = None,
        last: str | None = None,
    ) -> History:
        """Return what this has cost: `reach` such as 1mo or 1y, or days such as 2026-01-30."""
        query = {"interval": interval, "range": reach, "from": first, "to": last}
        return History.read((await self._session.ask("GET", f"/history/{quote(symbol, safe='')}", query=query)).data)

    def stream(
        self,
        *symbols: str,
        user: bool = False,
        after: Mapping[str, int] | None = None,
        options: StreamOptions | None = None,
    ) -> Stream:
        """Follow these symbols, and with `user` what happens to this user, from now on or `after` earlier positions."""
        channels = [*(f"market:{symbol}" for symbol in symbols), *(["user"] if user else [])]
        return Stream(self._url, self._session, channels, after=after or {}, options=options or StreamOptions())

    # --- the ledger -------------------------------------------------------------------------------------------------

    async def accounts(self) -> list[Account]:
        """Return all accounts."""
        return [Account.read(row) async for row in self._rows("/accounts", {})]

    async def open_account(self, *, broker: str, label: str, currency: str, time_zone: str = "UTC") -> Account:
        """Open an account."""
        body = {"broker": broker, "label": label, "currency": currency, "timeZone": time_zone}
        return Account.read((await self._session.ask("POST", "/accounts", body=body)).data)

    async def positions(self, *, account_id: str | None = None) -> list[Position]:
        """Return all positions, or those of one account."""
        return [Position.read(row) async for row in self._rows("/positions", {"accountId": account_id})]

    async def pnl(self, *, account_id: str | None = None) -> list[ProfitAndLoss]:
        """Return profit and loss, an entry for each currency."""
        answer = await self._session.ask("GET", "/pnl", query={"accountId": account_id})
        return [ProfitAndLoss.read(row) for row in answer.rows]

    async def trades(self, *, account_id: str | None = None, symbol: str | None = None) -> AsyncIterator[Trade]:
        """Yield trades page by page."""
        async for row in self._rows("/trades", {"accountId": account_id, "symbol": symbol}):
            yield Trade.read(row)

    async def record_trade(self, trade: NewTrade, *, key: str | None = None) -> Trade:
        """Record a trade; sent again with the same `key`, as after Unreachable, it is recorded once."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return Trade.read((await self._session.ask("POST", "/trades", body=trade.body(), headers=headers)).data)

    async def import_file(
        self, file: str | Path, *, account_id: str, commit: bool = True, patience_s: float = 300.0
    ) -> Import:
        """Upload a broker's file, wait for what it would add and add that; return how it ended.

        A file that nobody understands ends as `needs_mapping` or `failed`. With `commit=False` nothing is added.
        """
        path = Path(file)
        content = await asyncio.to_thread(path.read_bytes)
        files = {"file": (path.name, content)}
        answer = await self._session.ask("POST", "/imports", query={"accountId": account_id}, files=files)
        async with asyncio.timeout(patience_s):
            found = await self._settled(Import.read(answer.data))
            if not commit or found.state != "previewed" or not found.ready:
                return found
            answer = await self._session.ask("POST", f"/imports/{found.id}/commit")
            return await self._settled(Import.read(answer.data))

    async def _settled(self, item: Import) -> Import:
        while item.is_at_work:
            await asyncio.sleep(_POLL_S)
            item = Import.read((await self._session.ask("GET", f"/imports/{item.id}")).data)
        return item

    # --- lists ------------------------------------------------------------------------------------------------------

    async def _rows(self, path: str, query: Query) -> AsyncIterator[Record]:
        cursor: str | None = None
        while True:
            page = await self._session.ask("GET", path, query={**query, "cursor": cursor})
            for row in page.rows:
                yield row
            following = page.next_cursor
            if following is None:
                return
            if following == cursor:
                raise Unreadable(f"The list {path} does not go on: its next page is this page.")
            cursor = following
