"""Whether prices come from a feed, as the processes say that hear it."""

from __future__ import annotations

from typing import final

from application.market_data.live.ports import BusAway, FeedReports, TickPublisher
from application.shared.health import Probe
from domain.shared.errors import Unavailable


@final
class FeedProbe(Probe):
    """A feed is down while one of its connections is, or is silent though its market is open.

    It is down as well while somebody wants prices and no process hears feeds.
    """

    is_essential: bool = False

    def __init__(self, provider: str, reports: FeedReports, publisher: TickPublisher) -> None:
        self.name = f"feed_{provider}"
        self._provider = provider
        self._reports = reports
        self._publisher = publisher

    async def __call__(self) -> None:
        """Look at what was said in the last seconds."""
        try:
            told = await self._reports.told()
            own = [each for each in told if each.provider == self._provider]
            if not told and await self._publisher.wanted():
                raise Unavailable("No process hears live prices; start `tapedeck ingest`.")
        except BusAway as error:
            raise Unavailable("Redis does not answer, so nobody can say how feeds are.") from error
        silent = [each for each in own if not each.is_alive]
        if silent:
            longest = max(each.silent_s or 0.0 for each in silent)
            raise Unavailable(f"A connection is lost or silent: no price has come for {longest:.0f} s.")
