"""The interactive documentation: Swagger UI from a wheel, so that it works with no way out to the internet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import msgspec
from litestar import Litestar, MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from entrypoints.http.auth import PUBLIC
from entrypoints.http.openapi import describe
from entrypoints.websocket.asyncapi import describe as describe_stream

# The files of the `offapi` wheel. Its package is never imported: that would read nine megabytes of templates.
_FILES: Final = {
    "swagger-ui.css": ("offapi/swagger_style.css", "text/css"),
    "swagger-ui-bundle.js": ("offapi/swagger_bundle.js", "text/javascript"),
    "swagger-ui-standalone-preset.js": ("offapi/swagger_preset.js", "text/javascript"),
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tapedeck API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/swagger-ui-standalone-preset.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START: Final = """"use strict";
window.ui = SwaggerUIBundle({
  url: "/schema/openapi.json",
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "BaseLayout",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
"""


def routes(app: Callable[[], Litestar]) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the documentation; the document is drawn when it is first asked for."""
    cached: list[bytes] = []

    def document() -> bytes:
        if not cached:
            cached.append(msgspec.json.encode(describe(app())))
        return cached[0]

    @get("/schema/openapi.json", include_in_schema=False, opt=PUBLIC)
    async def read_openapi() -> Response[bytes]:
        """Return the OpenAPI document."""
        return Response(document(), media_type=MediaType.JSON, headers={"Cache-Control": "no-cache"})

    static = [_static(name) for name in _FILES]
    return [read_index, read_docs, read_docs_start, *static, read_openapi, read_asyncapi]


@get("/", include_in_schema=False, opt=PUBLIC)
async def read_index() -> Response[dict[str, str]]:
    """Say where everything is."""
    return Response(
        {
            "name": "Tapedeck",
            "api": "/api/v1",
            "documentation": "/docs",
            "live": "/live",
            "openapi": "/schema/openapi.json",
            "asyncapi": "/schema/asyncapi.json",
            "health": "/health",
        },
        media_type=MediaType.JSON,
    )


@get("/schema/asyncapi.json", include_in_schema=False, opt=PUBLIC)
async def read_asyncapi() -> Response[bytes]:
    """Return the AsyncAPI document of the stream."""
    document = msgspec.json.encode(describe_stream())
    return Response(document, media_type=MediaType.JSON, headers={"Cache-Control": "no-cache"})


@get("/docs", include_in_schema=False, opt=PUBLIC)
async def read_docs() -> Response[bytes]:
    """Return the page."""
    return Response(_PAGE.encode(), media_type="text/html", headers={"Content-Security-Policy": _POLICY})


@get("/docs/start.js", include_in_schema=False, opt=PUBLIC)
async def read_docs_start() -> Response[bytes]:
    """Return the script that starts the page; inline scripts are forbidden by its policy."""
    return Response(_START.encode(), media_type="text/javascript")


def _static(name: str) -> HTTPRouteHandler:
    inside, media_type = _FILES[name]

    @get(f"/docs/{name}", include_in_schema=False, opt=PUBLIC, name=f"docs {name}", sync_to_thread=True)
    def read_file() -> Response[bytes]:
        path = Path(str(distribution("offapi").locate_file(inside)))
        return Response(path.read_bytes(), media_type=media_type, headers={"Cache-Control": "public, max-age=86400"})

    return read_file
