"""The stream as server-sent events, where something on the way lets no WebSocket through: one long HTTP response."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote, urlencode

import httpx

from tapedeck_client.records import Record, decoded

_MEDIA_TYPE: Final = "text/event-stream"
_OK: Final = 200
# as servers say it
TOO_MANY: Final = "too_many_channels"
# of either, servers take what 200 channels with the longest names come to: 80 characters, and 16 digits of a position
_LONGEST_CHANNELS: Final = 200 * (80 + 1) - 1
_LONGEST_POSITION: Final = 200 * (80 + 1 + 16 + 1) - 1
# may stand in a query as they are
_PLAIN: Final = ":,"


class NotLetIn(Exception):
    """The server, or something before it, answered with something else than events."""

    def __init__(self, status: int, retry_after: str | None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.retry_after = retry_after


def parted(channels: Sequence[str], after: Mapping[str, int]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the channels that fit into one request together with where they go on, from the first, and the rest.

    The rest is more than servers let one connection follow.
    """
    known = set(channels)
    names = 0
    # the user's own channel has a longer name there than it is asked for by
    positions = sum(len(_position(*each)) + 1 for each in after.items() if each[0] not in known)
    for count, channel in enumerate(channels):
        names += len(quote(channel, safe=_PLAIN)) + 1
        if channel in after:
            positions += len(_position(channel, after[channel])) + 1
        # the last one needs nothing after it
        if names - 1 > _LONGEST_CHANNELS or positions - 1 > _LONGEST_POSITION:
            return channels[:count], channels[count:]
    return channels, []


@asynccontextmanager
async def listening(
    url: str,
    token: str,
    channels: Sequence[str],
    after: Mapping[str, int],
    *,
    conflate_ms: int,
    open_s: float,
    silence_s: float,
) -> AsyncIterator[AsyncGenerator[Record, None]]:
    """Have the messages of one response, which go on after what was seen; raise NotLetIn or httpx.HTTPError."""
    headers = {"Authorization": f"Bearer {token}", "Accept": _MEDIA_TYPE, "User-Agent": "tapedeck-client"}
    if after:
        headers["Last-Event-ID"] = " ".join(_position(channel, sequence) for channel, sequence in after.items())
    query = urlencode({"channels": ",".join(channels), "conflateMs": conflate_ms}, safe=_PLAIN, quote_via=quote)
    timeout = httpx.Timeout(open_s, read=silence_s)
    async with (
        httpx.AsyncClient(timeout=timeout, trust_env=False) as http,
        http.stream("GET", f"{url}?{query}", headers=headers) as answer,
    ):
        if answer.status_code != _OK or not answer.headers.get("Content-Type", "").startswith(_MEDIA_TYPE):
            raise NotLetIn(answer.status_code, answer.headers.get("Retry-After"))
        yield _messages(answer)


def _position(channel: str, sequence: int) -> str:
    return f"{channel}={sequence}"


async def _messages(answer: httpx.Response) -> AsyncGenerator[Record, None]:
    """Yield what the events say: each has its message in one line, which names its type as well."""
    async for line in answer.aiter_lines():
        name, _, value = line.partition(":")
        if name == "data":
            yield decoded(value)
