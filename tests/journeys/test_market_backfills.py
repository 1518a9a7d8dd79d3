"""An operator has histories fetched ahead of need, and sees what they lack; the files of a folder are the market."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from sqlalchemy import text

from adapters.market_data.files.settings import FilesSettings
from adapters.market_data.settings import MarketDataSettings
from adapters.platform.database.transaction import Tenant, read
from adapters.platform.jobs.deliveries import Deliveries
from bootstrap import build
from entrypoints.http.app import create_app
from tests.journeys.imports_api import work
from tests.journeys.ledger_api import Json
from tests.served import Served, register_and_log_in, settings_for

pytestmark = pytest.mark.anyio

TODAY = datetime.now(UTC).date()
FIRST = date(TODAY.year - 1, 1, 1)


def days() -> list[date]:
    """The days of the week since the first of last year."""
    every = (FIRST + timedelta(days=ahead) for ahead in range((TODAY - FIRST).days))
    return [day for day in every if day.weekday() < 5]


def lay_out(folder: Path, symbol: str, without: frozenset[date] = frozenset()) -> None:
    """Lay out bars of all days but these."""
    path = folder / "1d" / "CRYPTO" / f"{symbol}.csv" if "-" in symbol else folder / "1d" / f"{symbol}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{day},10,12.50,9.75,11,1000" for day in days() if day not in without]
    path.write_text("\n".join(["date,open,high,low,close,volume", *rows, ""]), encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of bars."""
    found = tmp_path_factory.mktemp("bars")
    for symbol in ("AAPL", "MSFT", "IBM"):
        lay_out(found, symbol)
    return found


@pytest.fixture(scope="module")
async def served(anyio_backend: str, database_url: str, redis_server: str, folder: Path) -> AsyncIterator[Served]:
    """The application, whose only provider is the folder."""
    assert anyio_backend == "asyncio"
    market_data = MarketDataSettings(providers=(FilesSettings(folder=str(folder)),))
    app = build(replace(settings_for(database_url, redis_server), market_data=market_data))
    api = create_app(app)
    async with api.lifespan():
        yield Served(app, api)


@pytest.fixture
async def operator(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Somebody who may ask for backfills."""
    client.headers.update(await register_and_log_in(client))
    return client


async def ask(operator: httpx.AsyncClient, body: Json, expect: int = 202) -> Json:
    answer = await operator.post("/api/v1/market/backfills", json=body)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def tell(operator: httpx.AsyncClient, path: str, query: dict[str, str] | None = None, expect: int = 200) -> Json:
    answer = await operator.get(f"/api/v1{path}", params=query)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def kept(served: Served) -> dict[str, int]:
    """How many bars of which symbol lie in the database."""
    async with read(served.app.platform.engine(), Tenant()) as connection:
        found = await connection.execute(
            text("SELECT ticker, count(*) FROM bars JOIN bar_series ON id = series_id GROUP BY ticker")
        )
        return {row[0]: row[1] for row in found}


async def test_a_backfill_is_a_job_that_keeps_each_bar_once(operator: httpx.AsyncClient, served: Served) -> None:
    """Asked for again, there is nothing to do; it tells how many symbols are there."""
    for _ in range(2):
        job = (await ask(operator, {"symbols": ["AAPL", "MSFT"], "from": FIRST.isoformat()}))["data"]
        assert (job["kind"], job["state"], job["priority"]) == ("backfill_bars", "waiting", "low")
        await work(served.app)
        done = (await tell(operator, f"/jobs/{job['id']}"))["data"]
        assert (done["state"], done["progress"]) == ("done", {"done": 2, "total": 2})
        found = await kept(served)
        assert (found["AAPL"], found["MSFT"]) == (len(days()), len(days()))


async def test_one_that_is_cancelled_before_it_begins_does_nothing(operator: httpx.AsyncClient, served: Served) -> None:
    before = await kept(served)
    job = (await ask(operator, {"symbols": ["IBM"]}))["data"]
    cancelled = await operator.post(f"/api/v1/jobs/{job['id']}/cancel")
    assert cancelled.json()["data"]["state"] == "cancelled"
    await work(served.app)
    assert await kept(served) == before


async def test_what_no_provider_tells_of_is_named(operator: httpx.AsyncClient, served: Served) -> None:
    """The others are kept."""
    job = (await ask(operator, {"symbols": ["NOPE", "IBM"], "range": "1mo"}))["data"]
    await work_once(served)
    told = (await tell(operator, f"/jobs/{job['id']}"))["data"]
    assert (told["state"], told["attempts"], told["progress"]) == ("waiting", 1, {"done": 1, "total": 2})
    assert "NOPE" in told["error"]
    assert (await operator.post(f"/api/v1/jobs/{job['id']}/cancel")).is_success
    assert (await kept(served))["IBM"] > 15


async def work_once(served: Served) -> None:
    """Do what waits, but nothing that has failed again."""
    engine = served.app.platform.engine()
    async with read(engine, Tenant(purpose="jobs")) as connection:
        waiting = list((await connection.execute(text("SELECT id FROM outbox WHERE done_at IS NULL"))).scalars())
    for event_id in waiting:
        await Deliveries(engine).deliver(event_id, served.app.reactions, asyncio.Event())


async def test_a_backfill_is_refused_as_a_whole_if_a_symbol_can_be_none(operator: httpx.AsyncClient) -> None:
    assert (await ask(operator, {"symbols": ["AAPL", "-"]}, 422))["error"]["code"] == "invalid"
    assert (await ask(operator, {"symbols": ["AAPL"], "interval": "1wk"}, 422))["error"]["code"] == "invalid"


async def test_gaps_are_days_of_trading_without_a_bar(operator: httpx.AsyncClient, folder: Path) -> None:
    """Holidays of the exchange, and days before the first bar, are none."""
    # early in March no exchange of the United States has a holiday
    march = [day for day in days() if (day.year, day.month) == (FIRST.year, 3) and 2 <= day.day <= 14]
    lost = [march[1], march[2], march[5]]
    lay_out(folder, "ORCL", frozenset(lost))
    asked = {"from": FIRST.isoformat(), "to": march[-1].isoformat()}
    gaps = (await tell(operator, "/market/stocks/ORCL/gaps", asked))["data"]
    assert (gaps["symbol"], gaps["exchange"], gaps["interval"]) == ("ORCL", "NYSE", "1d")
    assert (gaps["firstDay"], gaps["lastDay"]) == (days()[0].isoformat(), march[-1].isoformat())
    assert (gaps["missingDays"], sum(gap["days"] for gap in gaps["gaps"])) == (3, 3)
    assert gaps["gaps"][0]["from"] == lost[0].isoformat()
    assert gaps["gaps"][-1]["to"] == lost[-1].isoformat()
    assert gaps["provenance"]["provider"] == "files"


async def test_a_history_is_exported_and_read_back_as_it_is(operator: httpx.AsyncClient, folder: Path) -> None:
    """As CSV and as Parquet, to the last digit."""
    asked = {"range": "1mo", "adjustment": "none"}
    told = (await tell(operator, "/history/AAPL", asked))["data"]["bars"]
    for symbol, form in (("NFLX", "csv"), ("INTC", "parquet")):
        file = await operator.get("/api/v1/history/AAPL/file", params={**asked, "format": form})
        assert file.status_code == 200, file.text
        assert file.headers["content-disposition"] == f'attachment; filename="AAPL-1d.{form}"'
        (folder / "1d" / f"{symbol}.{form}").write_bytes(file.content)
        assert (await tell(operator, f"/history/{symbol}", asked))["data"]["bars"] == told


async def test_of_an_index_no_gaps_can_be_told(operator: httpx.AsyncClient) -> None:
    assert (await tell(operator, "/market/stocks/%5EGSPC/gaps", expect=422))["error"]["details"]["field"] == "symbol"
