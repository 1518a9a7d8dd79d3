"""The worker: answers one ring after another, each in a forked child that builds its own App and event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from uuid import UUID

from bootstrap import App, Settings, build
from entrypoints.signals import stop_signals


def run(settings: Settings) -> int:
    """Work until SIGTERM or SIGINT; return the exit status."""
    app = build(settings)
    app.platform.configure_logging()
    # Building it once loads every module before the first fork; a child that loads them itself is ten times slower.
    app.platform.engine()
    _ = app.reactions
    return app.platform.worker_process().run(partial(answer, settings), partial(note_crash, settings))


def answer(settings: Settings, event_id: UUID, taking: Callable[[UUID], None]) -> None:
    """Bring the event, and all else that is ready, to its reaction; runs in the child."""
    asyncio.run(_deliver(build(settings), event_id, taking))


def note_crash(settings: Settings, event_id: UUID) -> None:
    """Put on record that the child that worked on the event died; runs in the parent."""
    asyncio.run(_record_crash(build(settings), event_id))


async def _deliver(app: App, event_id: UUID, taking: Callable[[UUID], None]) -> None:
    with stop_signals() as stop:
        async with app.lifespan():
            await app.platform.deliveries().deliver(event_id, app.reactions, stop, taking=taking)


async def _record_crash(app: App, event_id: UUID) -> None:
    async with app.lifespan():
        await app.platform.deliveries().record_crash(event_id)
