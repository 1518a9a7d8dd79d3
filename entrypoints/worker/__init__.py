"""The worker: answers one ring after another, each in a forked child that builds its own App and event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from bootstrap import App, Crash, Settings, Taking, build
from domain.shared.events import Priority
from entrypoints.signals import stop_signals


def run(settings: Settings, priorities: Sequence[Priority] = tuple(Priority)) -> int:
    """Work on events of these priorities until SIGTERM or SIGINT; return the exit status."""
    app = build(settings)
    app.platform.configure_logging()
    # Building it once loads every module before the first fork; a child that loads them itself is ten times slower.
    app.platform.engine()
    _ = app.reactions
    return app.platform.worker_process().run(
        partial(answer, settings, priorities), partial(note_crash, settings), priorities
    )


def answer(settings: Settings, priorities: Sequence[Priority], event_id: UUID, taking: Taking) -> None:
    """Bring the event, and all else that is ready, to its reaction; runs in the child."""
    asyncio.run(_deliver(build(settings), priorities, event_id, taking))


def note_crash(settings: Settings, crash: Crash) -> None:
    """Put on record that the child that worked on an event died; runs in the parent."""
    asyncio.run(_record_crash(build(settings), crash))


async def _deliver(app: App, priorities: Sequence[Priority], event_id: UUID, taking: Taking) -> None:
    with stop_signals() as stop:
        async with app.lifespan():
            deliveries = app.platform.deliveries()
            await deliveries.deliver(event_id, app.reactions, stop, priorities=priorities, taking=taking)


async def _record_crash(app: App, crash: Crash) -> None:
    async with app.lifespan():
        await app.platform.deliveries().record_end(crash)
