"""Puts the application together: settings become containers, containers become the `App`.

Entry points know only the App. It opens nothing by itself; `lifespan` closes what was opened.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, final

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from adapters.identity.wiring import IdentityContainer
from adapters.ledger.rebuilding import rebuild_books
from adapters.ledger.wiring import LedgerContainer
from adapters.market_data.calendars.trading_sessions import packaged_sessions
from adapters.market_data.wiring import MarketDataContainer, scoring
from adapters.platform.backup.commands import back_up, release_held, restore
from adapters.platform.backup.errors import BackupRefused
from adapters.platform.doctor.examine import examine
from adapters.platform.doctor.finding import Finding, Health
from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.local import Local, open_local
from adapters.platform.embedded.migrating import migrate_database
from adapters.platform.health import DatabaseProbe, RedisProbe
from adapters.platform.jobs.leases import Crash, Taking
from adapters.platform.migrations.role import MigrationRefused
from adapters.platform.redis_roles import check_roles
from adapters.platform.settings import BrokenSetting, Settings, load_settings
from adapters.platform.wiring import JobsContainer, PlatformContainer, kept_open
from application.identity.authenticate import Authenticate
from application.ledger.jobs import KINDS as LEDGER_KINDS
from application.ledger.telling import TELLTALES as LEDGER_TELLTALES
from application.market_data.backfill.jobs import KINDS as MARKET_DATA_KINDS
from application.shared.chores import Chore
from application.shared.health import Probe
from application.shared.idempotency import Replays
from application.shared.rate_limits import RateLimiter
from application.shared.reactions import Reaction
from application.shared.schedules import Schedule

__all__ = [
    "START_ERRORS",
    "App",
    "Crash",
    "Finding",
    "Health",
    "Local",
    "Settings",
    "Taking",
    "back_up",
    "build",
    "check_roles",
    "examine",
    "load_settings",
    "migrate_database",
    "open_local",
    "rebuild_books",
    "release_held",
    "restore",
]

# what the person who starts a process can mend; the message of each is one line for them
START_ERRORS: Final = (BackupRefused, BrokenSetting, CannotStart, MigrationRefused)
# what a capability's container is given, or lists; everything else in it is a use case or a query port
_PLUMBING: Final = frozenset({"platform", "market_data", "reactions", "entries"})
# dependency-injector types what a provider makes only where it is named
_Provider = providers.Provider[Any]


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class App:
    """Everything that is wired, by capability."""

    settings: Settings
    platform: PlatformContainer
    identity: IdentityContainer
    ledger: LedgerContainer
    market_data: MarketDataContainer
    jobs: JobsContainer

    @property
    def capabilities(self) -> Sequence[DeclarativeContainer]:
        """The containers of the capabilities."""
        return (self.identity, self.ledger, self.market_data, self.jobs)

    @property
    def providers(self) -> Mapping[str, Callable[[], object]]:
        """Every use case and query of every capability by the name that handlers ask for it; a name is given once."""
        named: dict[str, _Provider] = {}
        for container in self.capabilities:
            named.update(container.providers)
        return {name: named[name] for name in named.keys() - _PLUMBING}

    @property
    def reactions(self) -> Mapping[str, Callable[[], Reaction]]:
        """What follows after a commit, by the event's name."""
        of_ledger, of_market = self.ledger.reactions, self.market_data.reactions
        return of_ledger() | of_market()  # pyright: ignore[reportUnknownVariableType]  # a Dict provider has no types

    @property
    def timetable(self) -> Mapping[Schedule, Chore]:
        """What is done at times of the clock."""
        own, of_identity = self.platform.entries, self.identity.entries
        of_ledger, of_market = self.ledger.entries, self.market_data.entries
        return own() | of_identity() | of_ledger() | of_market()  # pyright: ignore[reportUnknownVariableType]  # nor here

    @property
    def probes(self) -> Sequence[Probe]:
        """What tells whether the dependencies are there: one for each provider needed so far, and for each stream."""
        platform = self.platform
        own = (DatabaseProbe(platform.engine()), RedisProbe(platform.redis()), platform.rate_limiter().probe)
        return (*own, platform.cache_lane().probe, *platform.policies().probes, *self.market_data.feed_probes())

    def authenticate(self) -> Authenticate:
        """Return what turns a token into an actor."""
        return self.identity.authenticate()

    def replays(self) -> Replays:
        """Return the memory of idempotency keys."""
        return self.platform.replays()

    def rate_limiter(self) -> RateLimiter:
        """Return what counts the requests of each caller."""
        return self.platform.rate_limiter()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Keep the App open; on leaving, end what computes and close the connections to everything."""
        async with kept_open(self.platform), scoring(self.market_data):
            yield


def build(settings: Settings) -> App:
    """Wire everything for these settings; nothing is opened before it is used."""
    kinds, sessions = {**LEDGER_KINDS, **MARKET_DATA_KINDS}, packaged_sessions()
    platform = PlatformContainer(settings=settings, kinds=kinds, telltales=LEDGER_TELLTALES, sessions=sessions)
    market_data = MarketDataContainer(platform=platform)
    return App(
        settings=settings,
        platform=platform,
        identity=IdentityContainer(platform=platform),
        ledger=LedgerContainer(platform=platform, market_data=market_data),
        market_data=market_data,
        jobs=JobsContainer(platform=platform),
    )
