"""What users see of work in the background, and what they can do about it."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from adapters.platform.database.transaction import Tenant, begin
from adapters.platform.jobs.deliveries import Deliveries
from application.shared.reactions import Again, Delivery, Done, Progress, Reaction
from domain.ledger.imports.events import ImportReceived
from domain.shared.errors import Conflict
from tests.contracts.platform.events import change
from tests.hostile.server import listening
from tests.journeys.imports_api import Importer, work
from tests.journeys.ledger_api import Json, open_ledger
from tests.processes import PATIENCE_S
from tests.served import RegisterUser, Served

pytestmark = pytest.mark.anyio

FILE = (
    b"symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,"
    b"order_execution_time\n"
    b"INFY,INE009A01021,2026-01-29,NSE,EQ,EQ,buy,false,3,1500.50,2400871239,1100000012345678,2026-01-29T09:15:00\n"
)


class Fails(Reaction):
    """Fails whatever happens."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def __call__(self, delivery: Delivery) -> Done:
        """Fail."""
        del delivery
        raise self._error


class Halfway(Reaction):
    """Waits in the middle of its work, then has another step."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.calls = 0

    async def __call__(self, delivery: Delivery) -> Again:
        """Do one of two steps."""
        del delivery
        self.calls += 1
        self.has_begun.set()
        await self.may_end.wait()
        return Again(Progress(self.calls, 2))


@pytest.fixture
async def importer(client: httpx.AsyncClient, register_user: RegisterUser, served: Served) -> Importer:
    """A trader with an empty account; nothing waits, since one ring answers for all that does."""
    async with begin(served.app.platform.engine(), Tenant(purpose="housekeeping")) as block:
        await block.connection.execute(text("DELETE FROM outbox"))
        await block.commit()
    return Importer(await open_ledger(client, await register_user(client)), served.app)


async def _deliver(importer: Importer, job_id: str, reaction: Reaction) -> None:
    engine = importer.app.platform.engine()
    reactions = {ImportReceived.name: lambda: reaction}
    await Deliveries(engine).deliver(UUID(job_id), reactions, asyncio.Event())


async def _kill(importer: Importer, job_id: str, error: Exception) -> None:
    """Let the job fail until it is dead."""
    for _ in range(3):
        await change(importer.app.platform.engine(), UUID(job_id), "available_at = now()")
        await _deliver(importer, job_id, Fails(error))


async def _job(importer: Importer, job_id: str) -> Json:
    return await importer.ledger.get(f"/jobs/{job_id}")


async def _ask(importer: Importer, job_id: str, verb: str, expect: int) -> Json:
    """Cancel, retry or discard; return the job, or the error."""
    answer = await importer.ledger.request("POST", f"/jobs/{job_id}/{verb}", expect=expect)
    return answer.json()["data" if answer.is_success else "error"]


async def test_an_import_leads_to_its_job_and_the_job_tells_how_far_it_is(importer: Importer) -> None:
    uploaded = await importer.upload(FILE)
    job = await _job(importer, uploaded["jobId"])
    assert (job["state"], job["kind"], job["attempts"]) == ("waiting", "read_import", 0)
    assert job["subjectId"] == uploaded["id"]
    assert (job["startedAt"], job["finishedAt"], job["progress"]) == (None, None, None)
    await work(importer.app)
    job = await _job(importer, uploaded["jobId"])
    assert job["state"] == "done"
    assert job["createdAt"] <= job["startedAt"] <= job["finishedAt"]
    assert job["progress"] == {"done": len(FILE), "total": len(FILE)}
    committed = await importer.act(uploaded["id"], "commit")
    assert committed["jobId"] != uploaded["jobId"]
    listed = await importer.ledger.get("/jobs", subjectId=uploaded["id"])
    assert [(job["kind"], job["state"]) for job in listed] == [("record_import", "done"), ("read_import", "done")]
    assert listed[0]["progress"] == {"done": 1, "total": 1}


async def test_what_nothing_reacts_to_is_no_job(importer: Importer) -> None:
    await importer.ledger.record("buy", "10", "100")
    assert await importer.ledger.get("/jobs") == []


async def test_jobs_come_in_pages_and_by_state(importer: Importer) -> None:
    for _ in range(3):
        await importer.upload(FILE)
    whole = await importer.ledger.get("/jobs")
    path, headers = "/api/v1/jobs", importer.ledger.headers
    first = (await importer.ledger.client.get(path, params={"limit": 2}, headers=headers)).json()
    cursor = first["meta"]["page"]["nextCursor"]
    rest = (await importer.ledger.client.get(path, params={"cursor": cursor}, headers=headers)).json()
    assert [*first["data"], *rest["data"]] == whole
    assert rest["meta"]["page"]["nextCursor"] is None
    assert await importer.ledger.get("/jobs", state="waiting") == whole
    assert await importer.ledger.get("/jobs", state="dead") == []


async def test_a_job_that_waits_and_is_cancelled_never_starts(importer: Importer) -> None:
    uploaded = await importer.upload(FILE)
    cancelled = await _ask(importer, uploaded["jobId"], "cancel", 202)
    assert cancelled["state"] == "cancelled"
    await work(importer.app)
    assert (await importer.read(uploaded["id"]))["state"] == "received"
    assert (await _job(importer, uploaded["jobId"]))["startedAt"] is None
    again = await _ask(importer, uploaded["jobId"], "cancel", 409)
    assert again["details"]["state"] == "cancelled"


async def test_a_job_that_runs_stops_after_the_step_in_hand(importer: Importer) -> None:
    uploaded = await importer.upload(FILE)
    job_id = uploaded["jobId"]
    halfway = Halfway()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_deliver(importer, job_id, halfway))
        await halfway.has_begun.wait()
        assert (await _job(importer, job_id))["state"] == "running"
        asked = await _ask(importer, job_id, "cancel", 202)
        assert (asked["state"], asked["cancelRequested"]) == ("running", True)
        halfway.may_end.set()
    job = await _job(importer, job_id)
    assert (job["state"], job["progress"]) == ("cancelled", {"done": 1, "total": 2})
    assert halfway.calls == 1


async def test_a_cancelled_commit_goes_on_when_it_is_asked_for_again(importer: Importer) -> None:
    preview = await importer.preview(FILE)
    answer = await importer.ledger.request("POST", f"/imports/{preview['id']}/commit", expect=202)
    asked = answer.json()["data"]
    await _ask(importer, asked["jobId"], "cancel", 202)
    await work(importer.app)
    assert (await importer.read(preview["id"]))["state"] == "committing"
    assert (await importer.act(preview["id"], "commit"))["state"] == "committed"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Conflict("The account is closed."), "The account is closed."),
        (KeyError("a secret"), "Something went wrong here (KeyError); it has been logged under the job's id."),
    ],
)
async def test_a_job_that_keeps_failing_is_dead_and_can_be_retried(
    importer: Importer, error: Exception, words: str
) -> None:
    uploaded = await importer.upload(FILE)
    job_id = uploaded["jobId"]
    await _deliver(importer, job_id, Fails(error))
    job = await _job(importer, job_id)
    assert (job["state"], job["attempts"], job["error"]) == ("waiting", 1, words)
    assert job["dueAt"] > job["createdAt"]
    early = await _ask(importer, job_id, "retry", 409)
    assert "waiting" in early["message"]
    await _kill(importer, job_id, error)
    assert [job["id"] for job in await importer.ledger.get("/jobs", state="dead")] == [job_id]
    retried = await _ask(importer, job_id, "retry", 202)
    assert (retried["state"], retried["attempts"]) == ("waiting", 0)
    await work(importer.app)
    assert (await _job(importer, job_id))["state"] == "done"
    assert (await importer.read(uploaded["id"]))["state"] == "previewed"


async def test_a_dead_job_can_be_put_away_for_good(importer: Importer) -> None:
    uploaded = await importer.upload(FILE)
    job_id = uploaded["jobId"]
    await _ask(importer, job_id, "discard", 409)
    await _kill(importer, job_id, KeyError())
    discarded = await _ask(importer, job_id, "discard", 200)
    assert discarded["state"] == "discarded"
    assert await importer.ledger.get("/jobs", state="dead") == []
    await _ask(importer, job_id, "retry", 409)


async def _follow(importer: Importer, job_id: str, **query: str) -> list[Json]:
    """The jobs that a stream of events tells, in order, once it has ended."""
    answer = await importer.ledger.client.get(
        f"/api/v1/jobs/{job_id}/events", params=query, headers=importer.ledger.headers
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert "content-encoding" not in answer.headers
    return [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n") if line.startswith("data: ")]


async def test_a_stream_tells_what_becomes_of_the_job_and_ends_with_it(importer: Importer) -> None:
    uploaded = await importer.upload(FILE)
    job_id = uploaded["jobId"]
    halfway = Halfway()
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(_follow(importer, job_id))
        tasks.create_task(_deliver(importer, job_id, halfway))
        await halfway.has_begun.wait()
        await _ask(importer, job_id, "cancel", 202)
        halfway.may_end.set()
    told = following.result()
    assert told[-1] == await _job(importer, job_id)
    assert told[-1]["state"] == "cancelled"
    assert all(earlier != later for earlier, later in pairwise(told))


async def test_a_stream_ends_when_its_time_is_over(importer: Importer) -> None:
    uploaded = await importer.upload(FILE)
    told = await _follow(importer, uploaded["jobId"], seconds="1")
    assert [job["state"] for job in told] == ["waiting"]


async def test_a_stream_ends_with_the_session_of_its_reader(importer: Importer, served: Served) -> None:
    uploaded = await importer.upload(FILE)
    told: list[Json] = []
    async with (
        listening(served.api) as place,
        served.client(**importer.ledger.headers) as client,
        httpx.AsyncClient(timeout=PATIENCE_S, headers=importer.ledger.headers) as reader,
        asyncio.timeout(PATIENCE_S),
        reader.stream("GET", f"http://127.0.0.1:{place.port}/api/v1/jobs/{uploaded['jobId']}/events") as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                told.append(json.loads(line.removeprefix("data: ")))
                await client.post("/api/v1/auth/logout")
    assert [job["state"] for job in told] == ["waiting"]
