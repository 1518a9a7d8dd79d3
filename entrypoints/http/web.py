"""Serves the page `/live`: its files as they lie in `entrypoints.web`, under a policy that lets nothing else run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from entrypoints.http.auth import PUBLIC

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
# path: where it lies, and what it is
_FILES: Final = {
    "/live": ("live.html", "text/html"),
    "/live/live.css": ("live.css", "text/css"),
    "/live/live.js": ("live.js", "text/javascript"),
    "/live/lightweight-charts.js": ("vendor/lightweight-charts-5.2.1.mjs", "text/javascript"),
    "/live/lightweight-charts.license": ("vendor/lightweight-charts.LICENSE", "text/plain"),
}


def routes() -> Sequence[HTTPRouteHandler]:
    """Return the routes of the page, which are none of the API's operations."""
    return [_file(path, *what) for path, what in _FILES.items()]


def _file(path: str, name: str, media_type: str) -> HTTPRouteHandler:
    @get(path, include_in_schema=False, opt=PUBLIC, name=f"web {name}", sync_to_thread=True)
    def read_file() -> Response[bytes]:
        content, tag = _read(name)
        headers = {"Content-Security-Policy": POLICY, "ETag": f'"{tag}"', "Cache-Control": "no-cache"}
        return Response(content, media_type=media_type, headers=headers)

    return read_file


@cache
def _read(name: str) -> tuple[bytes, str]:
    content = files("entrypoints.web").joinpath(name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:32]
