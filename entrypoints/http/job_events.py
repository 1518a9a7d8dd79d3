"""A job as a stream of server-sent events, which ends when the job does.

Each event is the whole job as it stands, sent when something has changed: a reader that is slow misses what lies in
between, and nothing piles up here for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic
from typing import Final

import msgspec

from application.shared.jobs import JobQueries, JobView
from domain.shared.access import Actor
from domain.shared.errors import TapedeckError, Unavailable
from entrypoints.http.auth import Renewal
from entrypoints.http.closing import Closing
from entrypoints.http.job_schemas import job_body

MEDIA_TYPE: Final = "text/event-stream"
LONGEST_S: Final = 600
# how many readers a process has at most: each asks the database as long as it is there
MOST_READERS: Final = 200
_LOOK_EVERY_S: Final = 0.5
_STILL_ALLOWED_EVERY_S: Final = 4.0
_HEARTBEAT_EVERY_S: Final = 15.0
# whoever hears it comes back, and reaches a process that stays
_GOODBYE: Final = b"event: goodbye\ndata: {}\n\n"
_readers = asyncio.Semaphore(MOST_READERS)


@dataclass(frozen=True, slots=True)
class Following:
    """One reader of one job."""

    queries: JobQueries
    actor: Actor
    renewal: Renewal
    closing: Closing
    seconds: int

    def events(self, first: JobView) -> AsyncIterator[bytes]:
        """Return the stream, or raise Unavailable if too many are open."""
        if _readers.locked():
            raise Unavailable("Too many streams of events are open; ask for the job itself from time to time.")
        return self._events(first)

    async def _events(self, first: JobView) -> AsyncIterator[bytes]:
        async with _readers:
            ends = monotonic() + self.seconds
            asked = heard = monotonic()
            view = first
            yield b"retry: 2000\n\n" + _event(view)
            while not view.state.is_over and (now := monotonic()) < ends:
                await asyncio.sleep(_LOOK_EVERY_S)
                if self.closing.has_begun:
                    yield _GOODBYE
                    return
                try:
                    if now - asked > _STILL_ALLOWED_EVERY_S:
                        await self.renewal()
                        asked = now
                    seen = await self.queries.one(self.actor, view.id)
                except TapedeckError:
                    return  # the headers are gone: whoever comes back is told why
                if seen != view:
                    view, heard = seen, now
                    yield _event(view)
                elif now - heard > _HEARTBEAT_EVERY_S:
                    heard = now
                    yield b": still here\n\n"


def _event(view: JobView) -> bytes:
    return b"event: job\ndata: " + msgspec.json.encode(job_body(view)) + b"\n\n"
