"""The token that opens Reddit's API: had for the app's secret, kept as long as it lasts, and had anew when refused."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Final, final

from adapters.market_data.numbers import unreadable
from adapters.market_data.reddit.settings import RedditSettings
from adapters.market_data.reddit.wire import Token
from adapters.platform.http_client.client import Reply, Request
from adapters.platform.http_client.provider import Provider
from application.shared.ports import Clock

# none is used in its last minute, and none is believed to last longer than a day
_MARGIN: Final = timedelta(minutes=1)
_LONGEST_S: Final = 86_400


@final
class Tokens:
    """Keeps one token for the process; many who need it at once wait for one call."""

    def __init__(self, settings: RedditSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock
        self._lock = asyncio.Lock()
        self._kept: tuple[str, datetime] | None = None

    async def get(self, *, instead_of: str | None = None) -> str:
        """Return the token, a new one if the kept one is over or is that which was refused; raise ProviderFailure."""
        async with self._lock:
            if self._kept is None or self._kept[0] == instead_of or self._kept[1] <= self._clock.now():
                self._kept = await self._fetch()
            return self._kept[0]

    async def _fetch(self) -> tuple[str, datetime]:
        secret = f"{self._settings.client_id}:{self._settings.client_secret.reveal()}"
        asked = Request(
            method="POST",
            url=self._settings.token_url,
            headers={
                "authorization": f"Basic {b64encode(secret.encode()).decode()}",
                "content-type": "application/x-www-form-urlencoded",
                "user-agent": self._settings.user_agent,
            },
            body=b"grant_type=client_credentials",
        )
        token = await self._provider.read(asked, _token_of)
        if token is None:
            raise unreadable("there is no token")
        lasts = timedelta(seconds=min(max(token.expires_in, 0), _LONGEST_S))
        return token.access_token, self._clock.now() + lasts - _MARGIN


def _token_of(reply: Reply) -> Token:
    token = reply.json(Token)
    # it goes into a header
    if not token.access_token or not token.access_token.isascii() or not token.access_token.isprintable():
        raise unreadable("the token is none")
    return token
