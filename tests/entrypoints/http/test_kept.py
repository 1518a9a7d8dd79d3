"""An answer that is the same for everybody is given again without being made again, and nobody gets in by that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import replace

import httpx
import pytest
from litestar import get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from application.shared.cache import Cached
from application.shared.telemetry import NoTelemetry, RequestInHand, RequestTelemetry
from domain.identity.secrets import AccessToken
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound, Unauthenticated
from entrypoints.http.envelope import Success, cache_meta, success
from entrypoints.http.kept import same_for_everybody
from entrypoints.http.operations import RateClass
from entrypoints.http.rate_limits import LimitRules
from entrypoints.http.types import ShortLine
from tests.asgi import in_process
from tests.entrypoints.http.samples import assert_problem
from tests.entrypoints.http.toys import ACTOR, AUTH, TOKEN, Toy

pytestmark = pytest.mark.anyio

QUOTES = "/api/v1/quotes"
LIMITS = dict.fromkeys(RateClass, 3)
RULES = LimitRules(period_s=60, tier="free", tiers={"free": LIMITS})
POOR = AUTH | {"Authorization": "Bearer poor-token"}


class Quotes:
    """Counts how often an answer is made."""

    def __init__(self) -> None:
        self.made = 0
        self.cached: Cached[str] | None = Cached("150", is_hit=False, age_s=7.0, ttl_s=50.0)

    @property
    def routes(self) -> Sequence[ControllerRouterHandler]:
        """One answer for everybody, and one that is not said to be."""

        @get("/quotes", tags=["quotes"], opt=same_for_everybody(Scope.LEDGER_READ))
        async def read_quote(symbol: FromQuery[ShortLine] = "INFY") -> Success[str]:
            """Read a quote."""
            self.made += 1
            if symbol == "nothing":
                raise NotFound("quote", symbol)
            return success(f"{symbol} ü 150", cache=None if self.cached is None else cache_meta(self.cached))

        @get("/own-quotes", tags=["quotes"])
        async def read_own_quote() -> Success[str]:
            """Read one's own quote."""
            self.made += 1
            return success("own", cache=cache_meta(Cached("own", is_hit=True, age_s=0, ttl_s=50)))

        return [read_quote, read_own_quote]


class Seen(RequestTelemetry):
    """Counts what is given again."""

    def __init__(self) -> None:
        self.given = 0

    def begin(self, request_id: str, method: str, traceparent: str | None) -> RequestInHand:
        """Look away."""
        return NoTelemetry().begin(request_id, method, traceparent)

    def connection(self) -> AbstractContextManager[None]:
        """Look away."""
        return nullcontext()

    def given_again(self) -> None:
        """Count."""
        self.given += 1


@pytest.fixture
def quotes() -> Quotes:
    """No answer was made yet."""
    return Quotes()


async def _authenticate(token: AccessToken) -> Actor:
    match token.reveal():
        case "poor-token":
            return replace(ACTOR, scopes=frozenset({Scope.PROFILE}))
        case str(text) if text == TOKEN:
            return ACTOR
        case _:
            raise Unauthenticated("This token is not ours.")


@asynccontextmanager
async def client_of(
    quotes: Quotes, toy: Toy, rules: LimitRules | None = None, *, origins: Sequence[str] = ()
) -> AsyncIterator[httpx.AsyncClient]:
    toy.authenticate = _authenticate
    app = toy.build(limits=rules, routes=quotes.routes, origins=origins)
    async with httpx.AsyncClient(transport=in_process(app), base_url="http://toy", headers=AUTH) as client:
        yield client


@pytest.fixture
async def client(quotes: Quotes, toy: Toy) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may read."""
    async with client_of(quotes, toy) as client:
        yield client


async def test_it_is_made_once_and_given_to_everybody(quotes: Quotes, client: httpx.AsyncClient) -> None:
    answers = [await client.get(QUOTES) for _ in range(5)]
    assert quotes.made == 1
    assert {answer.json()["data"] for answer in answers} == {"INFY ü 150"}
    assert [answer.json()["meta"]["cache"]["hit"] for answer in answers] == [False, True, True, True, True]
    assert {answer.json()["meta"]["cache"]["age"] for answer in answers} <= {0, 1}


async def test_it_is_as_old_as_what_it_was_made_of(quotes: Quotes, client: httpx.AsyncClient) -> None:
    """Whoever is given a kept answer hears the age of the entry behind it, not that of the answer."""
    quotes.cached = Cached("150", is_hit=True, age_s=7.0, ttl_s=50.0)
    answers = [await client.get(QUOTES) for _ in range(5)]
    assert quotes.made == 1
    assert {answer.json()["meta"]["cache"]["age"] for answer in answers} <= {7, 8}
    assert {answer.json()["meta"]["cache"]["ttl"] for answer in answers} <= {49, 50}


async def test_what_is_given_again_is_counted(quotes: Quotes, toy: Toy) -> None:
    toy.telemetry = seen = Seen()
    async with client_of(quotes, toy) as client:
        for _ in range(5):
            await client.get(QUOTES)
    assert (quotes.made, seen.given) == (1, 4)


async def test_each_exchange_has_a_number_of_its_own(client: httpx.AsyncClient) -> None:
    answers = [await client.get(QUOTES, headers={"X-Request-Id": f"mine-{number}"}) for number in range(3)]
    told = [answer.json()["meta"]["requestId"] for answer in answers]
    assert told == [answer.headers["x-request-id"] for answer in answers]
    assert len(set(told)) == 3
    assert [answer.headers["x-client-request-id"] for answer in answers] == ["mine-0", "mine-1", "mine-2"]


async def test_what_is_given_again_has_the_headers_of_what_was_made(quotes: Quotes, toy: Toy) -> None:
    async with client_of(quotes, toy, RULES) as client:
        first, second = await client.get(QUOTES), await client.get(QUOTES)
    assert quotes.made == 1
    assert sorted(first.headers) == sorted(second.headers)
    varying = {"x-request-id", "ratelimit", "content-length"}
    assert {n: v for n, v in first.headers.items() if n not in varying} == {
        n: v for n, v in second.headers.items() if n not in varying
    }


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer stolen"}, {"Authorization": "Basic eDp5"}])
async def test_nobody_is_let_in_by_what_others_asked(
    quotes: Quotes, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await client.get(QUOTES)
    del client.headers["Authorization"]
    assert_problem(await client.get(QUOTES, headers=headers), 401, "unauthenticated")
    assert quotes.made == 1


async def test_who_lacks_the_permission_is_not_given_what_others_were(
    quotes: Quotes, client: httpx.AsyncClient
) -> None:
    """It is the use case that refuses them, as it would have without anybody before."""
    await client.get(QUOTES)
    await client.get(QUOTES, headers=POOR)
    assert quotes.made == 2, "it went the whole way, where the use case decides"


async def test_each_is_counted(quotes: Quotes, toy: Toy) -> None:
    async with client_of(quotes, toy, RULES) as client:
        left = [(await client.get(QUOTES)).headers["ratelimit"] for _ in range(3)]
        assert [text.partition(";t=")[0] for text in left] == [f'"read";r={number}' for number in (2, 1, 0)]
        refused = await client.get(QUOTES)
    assert_problem(refused, 429, "too_many_requests")
    assert refused.headers["retry-after"] == "20"
    assert quotes.made == 1


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"Host": "elsewhere"}, b""),
        ({"Accept": "application/x-ndjson"}, b""),
        ({"If-None-Match": '"1"'}, b""),
        ({"Range": "bytes=0-1"}, b""),
        ({"Origin": "https://app.example"}, b""),
        ({"Idempotency-Key": "k"}, b""),
        ({"Content-Length": "3"}, b"abc"),
    ],
)
async def test_a_request_that_may_want_something_else_goes_the_whole_way(
    quotes: Quotes, client: httpx.AsyncClient, headers: dict[str, str], content: bytes
) -> None:
    await client.get(QUOTES)
    await client.request("GET", QUOTES, headers=headers, content=content or None)
    assert quotes.made == 2


async def test_another_question_has_another_answer(quotes: Quotes, client: httpx.AsyncClient) -> None:
    told = [(await client.get(QUOTES, params={"symbol": symbol})).json()["data"] for symbol in ("TCS", "INFY") * 2]
    assert told == ["TCS ü 150", "INFY ü 150"] * 2
    assert quotes.made == 2


async def test_a_query_with_a_fault_is_refused_every_time(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert_problem(await client.get(QUOTES, params={"colour": "red"}), 422, "invalid")


async def test_an_error_is_not_kept(quotes: Quotes, client: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert_problem(await client.get(QUOTES, params={"symbol": "nothing"}), 404, "not_found")
    assert quotes.made == 2


@pytest.mark.parametrize(
    "cached",
    [
        None,
        Cached("150", is_hit=True, age_s=90.0, ttl_s=0.0, is_stale=True),
        Cached("150", is_hit=True, age_s=59.5, ttl_s=0.5),
    ],
)
async def test_what_is_not_said_to_be_fresh_is_not_kept(
    quotes: Quotes, client: httpx.AsyncClient, cached: Cached[str] | None
) -> None:
    quotes.cached = cached
    for _ in range(2):
        await client.get(QUOTES)
    assert quotes.made == 2


async def test_an_operation_that_does_not_say_so_is_not_kept(quotes: Quotes, client: httpx.AsyncClient) -> None:
    for _ in range(2):
        await client.get("/api/v1/own-quotes")
    assert quotes.made == 2


async def test_it_is_made_again_after_a_second(quotes: Quotes, toy: Toy) -> None:
    made: list[int] = []
    async with client_of(quotes, toy) as client:
        for seconds in (5.0, 5.5, 5.999, 6.0, 6.001, 7.0):
            toy.seconds = seconds
            await client.get(QUOTES)
            made.append(quotes.made)
    assert made == [1, 1, 1, 2, 2, 3]


async def test_asking_for_the_head_alone_gives_the_head_alone(quotes: Quotes, client: httpx.AsyncClient) -> None:
    await client.get(QUOTES)
    head = await client.head(QUOTES)
    assert (head.status_code, head.content, quotes.made) == (200, b"", 1)
