"""Clients that talk to an ASGI application in the same process."""

from __future__ import annotations

from typing import Any, cast

import httpx
from litestar import Litestar


def in_process(app: Litestar) -> httpx.ASGITransport:
    """Return a transport to the application; an error that escapes it becomes the server's 500, as in uvicorn."""
    # httpx describes ASGI with plain mappings and Litestar with TypedDicts: the same thing in two languages
    return httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False, client=("203.0.113.7", 4711))
