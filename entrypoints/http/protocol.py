"""How bytes become requests: uvicorn's HTTP parser with limits on the head, and problems instead of plain text.

What is no HTTP at all never reaches the application, so it is answered here. A head that is too large or that
does not come to its end in time is cut off, which the parser itself would wait for and keep without bound.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, cast

import uuid_utils
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from domain.shared.errors import TapedeckError
from entrypoints.http.context import Exchange, begin_exchange
from entrypoints.http.errors import HeadersTooLarge, Malformed, RequestTimeout, UriTooLong
from entrypoints.http.limits import HEAD_TIMEOUT_S, LONGEST_TARGET_BYTES, MAX_HEADER_BYTES
from entrypoints.http.outlet import extension
from entrypoints.http.problem import PROBLEM_JSON, render

_SECURITY: Final = b"x-content-type-options: nosniff\r\ncache-control: no-store\r\n"


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Give it to uvicorn as `http`."""

    head_timeout_s: ClassVar[float] = HEAD_TIMEOUT_S

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # as uvicorn types it
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._has_begun = False
        self._is_answering = False
        self._is_over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a head."""
        # uvloop's transports are none of asyncio's by birth, and do what they do
        super().connection_made(cast("asyncio.Transport", transport))
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, unless this connection has been refused already."""
        if not self._is_over:
            super().data_received(data)

    def on_message_begin(self) -> None:
        """Count anew: a connection carries many requests."""
        super().on_message_begin()
        self._head_bytes = 0
        self._has_begun = True
        self._expect_head()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        super().on_url(url)
        # a little more than the application allows, so that its own answer is the usual one
        if len(self.url) > 2 * LONGEST_TARGET_BYTES:
            self._refuse(UriTooLong(LONGEST_TARGET_BYTES))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes <= 2 * MAX_HEADER_BYTES:
            super().on_header(name, value)
        else:
            self._refuse(HeadersTooLarge(MAX_HEADER_BYTES))

    def on_headers_complete(self) -> None:
        """Hand the request to the application."""
        self._stop_timer()
        if not self._is_over:
            super().on_headers_complete()
            self.scope["extensions"] = extension(self.cycle)
            self._is_answering = True

    def on_body(self, body: bytes) -> None:
        """Hand on a piece of the body."""
        if not self._is_over:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        if not self._is_over:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Be free for the next request."""
        self._is_answering = bool(self.pipeline)
        self._has_begun = False
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self._refuse(Malformed(f"This is no HTTP request that can be read here: {msg[:100]}"))

    def _expect_head(self) -> None:
        self._stop_timer()
        self._head_timer = self.loop.call_later(self.head_timeout_s, self._give_up)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        if self._has_begun:
            self._refuse(RequestTimeout(self.head_timeout_s))
        else:
            # nobody has asked anything, so nobody waits for an answer
            self.transport.close()

    def _refuse(self, error: TapedeckError) -> None:
        """Answer with a problem and close; an answer that is under way is left alone."""
        self._stop_timer()
        if self._is_over or self.transport.is_closing():
            return
        self._is_over = True
        if not self._is_answering or not self.cycle.response_started:
            begin_exchange(Exchange(str(uuid_utils.uuid7()), datetime.now(UTC)))
            status, headers, body = render(error)
            lines = b"".join(f"{name.lower()}: {value}\r\n".encode("latin-1") for name, value in headers.items())
            self.transport.write(
                STATUS_LINE[status]
                + f"content-type: {PROBLEM_JSON}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n".encode()
                + _SECURITY
                + lines
                + b"\r\n"
                + body
            )
        self.transport.close()
