"""One exchange with the API: the envelope is taken off, a problem is raised as what it is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, final

import httpx

from tapedeck_client.errors import Refused, SignedOut, Unreachable, Unreadable
from tapedeck_client.records import Record, decoded

PREFIX: Final = "/api/v1"
Query: TypeAlias = Mapping[str, str | int | None]
# a file as httpx takes it: its name and its bytes
Files: TypeAlias = Mapping[str, tuple[str, bytes]]
_SECONDS: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
_UNAUTHENTICATED: Final = 401


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server gave: the envelope without its outside."""

    envelope: Record

    @property
    def data(self) -> Record:
        """The one thing that was asked for."""
        return self.envelope.record("data")

    @property
    def rows(self) -> list[Record]:
        """The things of a list, or of one page of it."""
        return self.envelope.records("data")

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, None on the last."""
        meta = self.envelope.record_or_none("meta")
        page = None if meta is None else meta.record_or_none("page")
        return None if page is None else page.text_or_none("nextCursor")


@final
class Rest:
    """The API below one URL."""

    def __init__(self, url: str, *, timeout_s: float, transport: httpx.AsyncBaseTransport | None) -> None:
        self._timeout_s = timeout_s
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/") + PREFIX,
            timeout=timeout_s,
            transport=transport,
            trust_env=False,
            headers={"User-Agent": "tapedeck-client", "Accept": "application/json"},
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None,
        query: Query | None = None,
        body: Mapping[str, object] | None = None,
        files: Files | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request and return what it gave; raise Unreachable, Refused, SignedOut or Unreadable."""
        told = dict(headers or {})
        if token is not None:
            told["Authorization"] = f"Bearer {token}"
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            # httpx counts the time between two bytes only; a file may take as long as its bytes come through
            async with asyncio.timeout(self._timeout_s if files is None else None):
                response = await self._http.request(
                    method, path, params=wanted, json=body, files=None if files is None else dict(files), headers=told
                )
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unreachable(f"{self._http.base_url} does not answer ({type(error).__name__}).") from error
        if not response.is_success:
            raise _refusal(response)
        return Answer(decoded(response.content) if response.content else Record({}))


def seconds(text: str | None) -> float | None:
    """Return the seconds that a Retry-After names, None for a date or nothing."""
    return float(text) if text is not None and _SECONDS.fullmatch(text) else None


def _refusal(response: httpx.Response) -> Refused | SignedOut:
    """Return what an answer without success says, also if it is none of Tapedeck's."""
    status = response.status_code
    try:
        problem = decoded(response.content)
        error = problem.record("error")
        code, message, details = error.text("code"), error.text("message"), error.record_or_none("details")
    except Unreadable:
        return Refused(status, "unknown", f"The answer has status {status} and is not Tapedeck's.")
    if status == _UNAUTHENTICATED:
        return SignedOut(message)
    meta = problem.record_or_none("meta")
    return Refused(
        status,
        code,
        message,
        details=None if details is None else details.members,
        request_id=None if meta is None else meta.text_or_none("requestId"),
        retry_after_s=seconds(response.headers.get("Retry-After")),
    )
