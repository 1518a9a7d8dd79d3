"""The scheduler: rings for events that wait, and does what is due by the clock. Several may run and share the work."""

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
        async with app.lifespan(), asyncio.TaskGroup() as tasks:
            tasks.create_task(app.platform.relay().run(stop))
            tasks.create_task(app.platform.timetable().run(app.timetable, stop))
