"""A provider misbehaves in every way over real sockets, and each way is one typed failure, soon."""

from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from adapters.platform.http_client.addresses import Reach
from adapters.platform.http_client.client import HttpClient, Reply, Request
from adapters.platform.http_client.provider import Judge, Provider, by_status
from adapters.platform.resilience.failures import Permanent, ProviderFailure, Reason, Retryable, Unknown
from adapters.platform.resilience.observer import CircuitState
from adapters.platform.resilience.policy import Policy, Terms
from tests.provider_server import (
    Behaviour,
    FakeProvider,
    answer,
    bomb,
    cut_off,
    drip,
    flood,
    hang,
    hang_up,
    providing,
    reset,
)

pytestmark = pytest.mark.anyio

MOST_BYTES = 1_000_000
SOON_S = 2.0
# one try shows a failure; who answers is waited for, who does not is soon given up
PATIENT = Terms(deadline_s=60, attempt_timeout_s=60, attempts=1, failures_to_open=1_000)
HURRIED = replace(PATIENT, attempt_timeout_s=0.4)
SECRET = "not-for-any-log"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Quote(Struct):
    symbol: str
    price: Annotated[str, Meta(pattern=r"^[0-9.]+$")]


QUOTE = b'{"symbol": "TSLA", "price": "101.5"}'
GOOD = answer(200, QUOTE)


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    """A provider that listens."""
    async with providing() as fake:
        yield fake


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    """A client for what the settings name."""
    client = HttpClient(Reach.CONFIGURED, now=lambda: NOW)
    yield client
    await client.aclose()


def asked(fake: FakeProvider) -> Request:
    """A request with secrets in all its parts."""
    return Request(
        method="GET",
        url=f"{fake.url}/{SECRET}/quote",
        query={"symbol": "TSLA", "apikey": SECRET},
        headers={"authorization": f"Bearer {SECRET}"},
        most_bytes=MOST_BYTES,
    )


def understand(reply: Reply) -> Quote:
    return reply.json(Quote)


def provider(client: HttpClient, terms: Terms = PATIENT, judge: Judge | None = None) -> Provider:
    return Provider(Policy("quotes", terms), client, judge=judge)


async def failure_of(provider: Provider, fake: FakeProvider) -> ProviderFailure:
    with pytest.raises(ProviderFailure) as caught:
        await provider.read(asked(fake), understand)
    return caught.value


async def test_an_answer_is_understood_and_the_request_arrives_as_it_was_meant(
    client: HttpClient, fake: FakeProvider
) -> None:
    fake.will(GOOD)
    assert await provider(client).read(asked(fake), understand) == Quote("TSLA", "101.5")
    (received,) = fake.received
    assert received.target == f"/{SECRET}/quote?symbol=TSLA&apikey={SECRET}"
    assert received.headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("status", [404, 410])
async def test_what_does_not_exist_is_an_answer(client: HttpClient, fake: FakeProvider, status: int) -> None:
    fake.will(answer(status, b'{"error": "no such symbol"}'))
    quotes = provider(client, replace(PATIENT, failures_to_open=1))
    for _ in range(3):
        assert await quotes.read(asked(fake), understand) is None
    assert len(fake.received) == 3


FAULTS: dict[str, tuple[Behaviour, type[ProviderFailure], Reason]] = {
    "500": (answer(500, b"<html>"), Unknown, Reason.SERVER_ERROR),
    "503": (answer(503), Unknown, Reason.SERVER_ERROR),
    "429": (answer(429), Retryable, Reason.RATE_LIMITED),
    "408": (answer(408), Retryable, Reason.BROKEN),
    "400": (answer(400), Permanent, Reason.REFUSED),
    "401": (answer(401), Permanent, Reason.UNAUTHORISED),
    "302": (answer(302, location="http://127.0.0.1:1/elsewhere"), Permanent, Reason.REDIRECTED),
    "reset": (reset, Unknown, Reason.BROKEN),
    "hangs up": (hang_up, Unknown, Reason.BROKEN),
    "hangs": (hang, Unknown, Reason.TIMEOUT),
    "a byte now and then": (drip, Unknown, Reason.TIMEOUT),
    "100 MB": (flood(100_000_000), Unknown, Reason.TOO_LARGE),
    "100 MB announced": (answer(200, content_length="100000000"), Unknown, Reason.TIMEOUT),
    "gzip bomb": (answer(200, bomb(200_000_000), content_encoding="gzip"), Unknown, Reason.TOO_LARGE),
    "gzip that is none": (answer(200, QUOTE, content_encoding="gzip"), Unknown, Reason.UNREADABLE),
    "gzip cut off": (answer(200, gzip.compress(QUOTE)[:-4], content_encoding="gzip"), Unknown, Reason.UNREADABLE),
    "gzip with more after it": (
        answer(200, gzip.compress(QUOTE) + b"more", content_encoding="gzip"),
        Unknown,
        Reason.UNREADABLE,
    ),
    "an unknown packing": (answer(200, QUOTE, content_encoding="br"), Unknown, Reason.UNREADABLE),
    "truncated JSON": (answer(200, QUOTE[:-5]), Unknown, Reason.UNREADABLE),
    "fewer bytes than promised": (cut_off(QUOTE), Unknown, Reason.BROKEN),
    "JSON of another form": (answer(200, b'{"chart": null}'), Unknown, Reason.UNREADABLE),
    "a web page": (
        answer(200, b"<html>Will be right back</html>", content_type="text/html; charset=utf-8"),
        Unknown,
        Reason.UNREADABLE,
    ),
    "not UTF-8": (answer(200, b'{"symbol": "\xff", "price": "1"}'), Unknown, Reason.UNREADABLE),
    "nested without end": (answer(200, b"[" * 100_000), Unknown, Reason.UNREADABLE),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_is_one_typed_failure_soon(client: HttpClient, fake: FakeProvider, fault: str) -> None:
    behaviour, kind, reason = FAULTS[fault]
    took_s: list[float] = []
    # once more where something else held it up
    while not took_s or (min(took_s) >= SOON_S and len(took_s) < 3):
        fake.will(behaviour)
        begun = time.monotonic()
        failure = await failure_of(provider(client, HURRIED if reason is Reason.TIMEOUT else PATIENT), fake)
        took_s.append(time.monotonic() - begun)
        assert (type(failure), failure.reason) == (kind, reason)
        told = f"{failure!r} {failure.__cause__!r} {asked(fake)!r}"
        assert SECRET not in told
        assert "127.0.0.1" not in told
        # and the next answer is as good as ever
        fake.will(GOOD)
        assert await provider(client).read(asked(fake), understand) == Quote("TSLA", "101.5")
    assert min(took_s) < SOON_S


async def test_nobody_there_means_that_nothing_was_sent(client: HttpClient) -> None:
    async with providing() as gone:
        pass
    failure = await failure_of(provider(client), gone)
    assert (type(failure), failure.reason) == (Retryable, Reason.UNREACHABLE)


async def test_a_bomb_takes_no_more_memory_than_its_limit(client: HttpClient, fake: FakeProvider) -> None:
    fake.will(answer(200, bomb(200_000_000), content_encoding="gzip"))
    tracemalloc.start()
    try:
        await failure_of(provider(client), fake)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20 * MOST_BYTES


@pytest.mark.parametrize(
    "headers",
    [
        {"retry_after": "7"},
        {"retry_after": format_datetime(NOW + timedelta(seconds=7), usegmt=True)},
        # by the provider's own clock, where it tells it
        {
            "date": format_datetime(NOW + timedelta(hours=3), usegmt=True),
            "retry_after": format_datetime(NOW + timedelta(hours=3, seconds=7), usegmt=True),
        },
    ],
    ids=["seconds", "date", "date and clock"],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_understood(
    client: HttpClient, fake: FakeProvider, headers: dict[str, str], status: int
) -> None:
    fake.will(answer(status, b"", **headers))
    failure = await failure_of(provider(client), fake)
    assert failure.retry_after_s == pytest.approx(7.0)


@pytest.mark.parametrize("said", ["soon", "-5", "1e9", "", "Sat, 99 Nov 2026 09:00:00 GMT"])
async def test_a_retry_after_that_says_nothing_is_none(client: HttpClient, fake: FakeProvider, said: str) -> None:
    fake.will(answer(429, retry_after=said))
    assert (await failure_of(provider(client), fake)).retry_after_s is None


async def test_reads_are_repeated_and_sends_are_not(client: HttpClient, fake: FakeProvider) -> None:
    terms = replace(PATIENT, attempt_timeout_s=20, attempts=3, backoff_s=0.01)
    fake.will(answer(502), reset, GOOD)
    assert await provider(client, terms).read(asked(fake), understand) == Quote("TSLA", "101.5")
    assert len(fake.received) == 3
    fake.will(reset, GOOD)
    with pytest.raises(Unknown):
        await provider(client, terms).send_once(asked(fake), understand)
    assert len(fake.received) == 1


async def test_errors_inside_of_a_200_are_failures_where_the_vendor_speaks_so(
    client: HttpClient, fake: FakeProvider
) -> None:
    def judge(reply: Reply) -> ProviderFailure | None:
        if b'"Note"' in reply.body:
            return Retryable(Reason.RATE_LIMITED, "The daily number of calls is used up.")
        return by_status(reply)

    fake.will(answer(200, b'{"Note": "Thank you for using us! 25 requests per day."}'), answer(404), GOOD)
    quotes = provider(client, judge=judge)
    failure = await failure_of(quotes, fake)
    assert (type(failure), failure.reason) == (Retryable, Reason.RATE_LIMITED)
    assert await quotes.read(asked(fake), understand) is None
    assert await quotes.read(asked(fake), understand) == Quote("TSLA", "101.5")


async def _opened(client: HttpClient, fake: FakeProvider, open_s: float) -> tuple[Policy, Provider]:
    """Let a circuit open for so long; the provider is well from then on."""
    policy = Policy("quotes", replace(PATIENT, failures_to_open=3, open_s=open_s))
    quotes = Provider(policy, client)
    fake.will(answer(500), answer(500), answer(500), GOOD)
    for _ in range(3):
        assert (await failure_of(quotes, fake)).reason is Reason.SERVER_ERROR
    return policy, quotes


async def test_a_circuit_opens_and_keeps_calls_back(client: HttpClient, fake: FakeProvider) -> None:
    policy, quotes = await _opened(client, fake, open_s=600)
    for _ in range(5):
        assert (await failure_of(quotes, fake)).reason is Reason.CIRCUIT_OPEN
    assert len(fake.received) == 3
    assert policy.circuit.retry_after_s > 0


async def test_a_circuit_closes_again(client: HttpClient, fake: FakeProvider) -> None:
    policy, quotes = await _opened(client, fake, open_s=0.2)
    await asyncio.sleep(policy.circuit.retry_after_s)  # what the circuit says is what it does
    assert await quotes.read(asked(fake), understand) == Quote("TSLA", "101.5")
    assert policy.circuit.state is CircuitState.CLOSED


async def test_a_slow_provider_holds_up_nobody_else(client: HttpClient, fake: FakeProvider) -> None:
    took_s: list[float] = []
    # once more where something else held it up
    while not took_s or (min(took_s) >= 1 and len(took_s) < 3):
        took_s.append(await _answered_beside_a_slow_one(client, fake))
    assert min(took_s) < 1


async def _answered_beside_a_slow_one(client: HttpClient, fake: FakeProvider) -> float:
    """Return how long another provider's answer takes."""
    slow = provider(client, Terms(deadline_s=1.5, attempt_timeout_s=1, attempts=1, at_once=2))
    fake.will(hang)
    async with asyncio.TaskGroup() as group, providing() as other:
        waiting = [group.create_task(failure_of(slow, fake)) for _ in range(300)]
        other.will(GOOD)
        begun = time.monotonic()
        assert await provider(client).read(asked(other), understand) == Quote("TSLA", "101.5")
        took_s = time.monotonic() - begun
    assert {task.result().reason for task in waiting} <= {
        Reason.TIMEOUT,
        Reason.BUSY,
        Reason.OUT_OF_TIME,
        Reason.CIRCUIT_OPEN,
    }
    # of three hundred, as many as fit into two places
    assert len(fake.received) < 30
    return took_s


async def test_no_cookie_of_a_provider_comes_back_to_it(client: HttpClient, fake: FakeProvider) -> None:
    fake.will(answer(200, QUOTE, set_cookie="who=me"), GOOD)
    quotes = provider(client)
    await quotes.read(asked(fake), understand)
    await quotes.read(asked(fake), understand)
    assert all("cookie" not in received.headers for received in fake.received)


async def test_one_request_never_takes_longer_than_the_client_allows(fake: FakeProvider) -> None:
    client = HttpClient(Reach.CONFIGURED, timeout_s=0.2)
    try:
        for behaviour in (hang, drip):
            fake.will(behaviour)
            with pytest.raises(Unknown) as caught:
                await client.send(asked(fake))
            assert caught.value.reason is Reason.TIMEOUT
    finally:
        await client.aclose()


async def test_a_header_with_a_line_break_is_never_sent(client: HttpClient, fake: FakeProvider) -> None:
    fake.will(GOOD)
    bad = Request(method="GET", url=fake.url, headers={"x-note": "a\r\nx-other: b"})
    with pytest.raises(Permanent):
        await client.send(bad)
    assert fake.received == []
