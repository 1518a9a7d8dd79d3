"""The process that hears feeds and tells what it hears. Several may run: they divide the symbols between them."""

from __future__ import annotations

import asyncio

from bootstrap import App, Settings, build
from entrypoints.signals import stop_signals


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; return the exit status."""
    app = build(settings)
    app.platform.configure_logging()
    asyncio.run(_run(app))
    return 0


async def _run(app: App) -> None:
    with stop_signals() as stop:
        async with app.lifespan():
            await app.market_data.tick_ingest().run(stop)
