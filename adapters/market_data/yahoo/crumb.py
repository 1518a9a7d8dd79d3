"""The cookie and the crumb that Yahoo wants with some calls: fetched once, kept, and fetched anew when refused."""

from __future__ import annotations

import asyncio
import re
from typing import Final, NamedTuple, final

from adapters.market_data.numbers import unreadable
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.platform.http_client.client import Reply, Request
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.failures import ProviderFailure, Reason

_COOKIE: Final = re.compile(r"\b(A3=[^;,\s]+)")
_CRUMB: Final = re.compile(r"[A-Za-z0-9./_-]{8,32}")


class Crumb(NamedTuple):
    """What goes into the query, and the cookie that belongs to it."""

    text: str
    cookie: str


@final
class Crumbs:
    """Keeps one crumb for the process; many who need it at once wait for one call.

    `cookies` is a provider that judges by `judge_cookie`.
    """

    def __init__(self, settings: YahooSettings, provider: Provider, cookies: Provider) -> None:
        self._settings = settings
        self._provider = provider
        self._cookies = cookies
        self._lock = asyncio.Lock()
        self._kept: Crumb | None = None
        self._cookie: str | None = None

    async def get(self, *, instead_of: Crumb | None = None) -> Crumb:
        """Return the crumb, a new one if the kept one is that which was refused; raise ProviderFailure."""
        async with self._lock:
            if self._kept is None or self._kept == instead_of:
                if self._kept is not None:
                    self._cookie = None
                self._kept = await self._fetch()
            return self._kept

    async def _fetch(self) -> Crumb:
        agent = {"user-agent": self._settings.user_agent}
        if self._cookie is None:
            asked = Request(method="GET", url=self._settings.cookie_url, headers=agent)
            self._cookie = await self._cookies.read(asked, _cookie_of)
        if self._cookie is None:
            raise unreadable("it brings no cookie")
        asked = Request(
            method="GET",
            url=f"{self._settings.crumb_url}/v1/test/getcrumb",
            headers={**agent, "cookie": self._cookie},
        )
        cookie = self._cookie
        try:
            crumb = await self._provider.read(asked, _crumb_of)
        except ProviderFailure as failure:
            if failure.reason is Reason.UNREADABLE:
                # a page instead of a crumb is what a cookie brings that is no good
                self._cookie = None
            raise
        if crumb is None:
            raise unreadable("there is no crumb")
        return Crumb(crumb, cookie)


def _cookie_of(reply: Reply) -> str:
    found = _COOKIE.search(reply.headers.get("set-cookie", ""))
    if found is None:
        raise unreadable("it brings no cookie")
    return found[1]


def _crumb_of(reply: Reply) -> str:
    text = reply.body.decode("ascii", "replace").strip()
    if _CRUMB.fullmatch(text) is None:
        raise unreadable("the crumb is none")
    return text
