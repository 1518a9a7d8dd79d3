"""How WebSockets are served: uvicorn's protocol, which in the end lets go also of a client that never reads."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# what waits for a client that does not read goes with it
_LET_GO_AFTER_S: Final = 5.0
_log: Final = logging.getLogger("tapedeck.sockets")
# its lines tell whole addresses, and those hold tickets
_log.setLevel(logging.WARNING)


class GuardedSocket(WebSocketsSansIOProtocol):
    """One connection. Give it to uvicorn as `ws`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; the log is our own."""
        super().connection_made(transport)
        self.logger = _log

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """Let go of the connection, whether or not the client has taken everything."""
        super().on_task_complete(task)
        if not self.transport.is_closing() or self.close_timer is None:
            self.loop.call_later(_LET_GO_AFTER_S, self.transport.abort)
