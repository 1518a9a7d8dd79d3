"""Computes the books anew for whoever looks after an installation: of everybody, or of one account."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.clock import SystemClock
from adapters.platform.database.engine import open_engine
from adapters.platform.database.failures import DatabaseUnavailable
from adapters.platform.database.transaction import Tenant, begin
from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.reaching import reaching
from adapters.platform.ids import Uuid7Factory
from adapters.platform.settings import BrokenSetting
from application.ledger.rebuild_positions import Rebuilt, rebuild
from domain.shared.ids import AccountId, OrganisationId

_ORGANISATIONS: Final = text("SELECT DISTINCT organisation_id FROM users ORDER BY organisation_id")


def rebuild_books(data: Path, environment: Mapping[str, str], account_id: AccountId | None) -> Rebuilt:
    """Replay what was recorded, also while everything runs; raises BrokenSetting or CannotStart."""
    with reaching(data, environment) as url:
        try:
            return asyncio.run(_rebuild(url, account_id))
        except DatabaseUnavailable as error:
            raise CannotStart(f"The database cannot be used: {error.message}") from error
        except ArgumentError as error:
            raise BrokenSetting(
                "Broken setting: database.url is not a URL such as postgresql://user@host/name."
            ) from error


async def _rebuild(url: str, account_id: AccountId | None) -> Rebuilt:
    engine = open_engine(url, pool_size=1)
    try:
        units, clock = SqlLedgerUnits(engine, Uuid7Factory()), SystemClock()
        done = [await rebuild(units, each, account_id, clock) for each in await _organisations(engine)]
    finally:
        await engine.dispose()
    return Rebuilt(sum(each.replayed for each in done), [pair for each in done for pair in each.mended])


async def _organisations(engine: AsyncEngine) -> list[OrganisationId]:
    async with begin(engine, Tenant(purpose="housekeeping")) as block:
        return [OrganisationId(each) for each in (await block.connection.execute(_ORGANISATIONS)).scalars()]
