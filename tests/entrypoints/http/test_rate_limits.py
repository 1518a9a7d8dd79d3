"""Each caller may ask for so much; whoever asks for more is told when to come back, and nothing is done for them."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest
from litestar import get
from litestar.types import ControllerRouterHandler

from domain.identity.secrets import AccessToken
from domain.shared.access import Actor
from entrypoints.http.auth import PUBLIC
from entrypoints.http.envelope import Success, success
from entrypoints.http.operations import RateClass
from entrypoints.http.rate_limits import HEAVY, UNLIMITED, LimitRules
from tests.asgi import in_process
from tests.entrypoints.http import toys
from tests.entrypoints.http.samples import NOTE, assert_problem
from tests.entrypoints.http.toys import ACTOR, AUTH, Toy

pytestmark = pytest.mark.anyio

FREE = {RateClass.READ: 3, RateClass.WRITE: 2, RateClass.HEAVY: 1, RateClass.SIGN_IN: 2}
PREMIUM = dict.fromkeys(FREE, 30)
RULES = LimitRules(period_s=60, tier="free", tiers={"free": FREE, "premium": PREMIUM})
NOTES = "/api/v1/notes"
JSON = {"Content-Type": "application/json"}


@get("/exports", tags=["exports"], opt=HEAVY)
async def export() -> Success[str]:
    """Export."""
    return success("all of it")


@get("/alive", tags=["health"], opt={**PUBLIC, **UNLIMITED})
async def read_alive() -> Success[str]:
    """Answer whoever watches."""
    return success("alive")


ROUTES: Sequence[ControllerRouterHandler] = [*toys.ROUTES, export, read_alive]


def client_of(
    toy: Toy, rules: LimitRules | None = RULES, *, trusted_hops: int = 0, origins: Sequence[str] = ()
) -> httpx.AsyncClient:
    app = toy.build(limits=rules, trusted_hops=trusted_hops, origins=origins, routes=ROUTES)
    return httpx.AsyncClient(transport=in_process(app), base_url="http://toy", headers=AUTH)


async def test_the_headers_say_what_is_left(toy: Toy) -> None:
    async with client_of(toy) as client:
        first, second = await client.get(NOTES), await client.get(NOTES)
    assert first.headers["ratelimit-policy"] == second.headers["ratelimit-policy"] == '"read";q=3;w=60'
    assert first.headers["ratelimit"] == '"read";r=2;t=20'
    assert second.headers["ratelimit"] == '"read";r=1;t=40'
    assert "retry-after" not in first.headers


async def test_more_than_the_limit_is_429_with_the_time_to_wait(toy: Toy) -> None:
    async with client_of(toy) as client:
        for _ in range(2):
            assert (await client.post(NOTES, json=NOTE)).status_code == 201
        refused = await client.post(NOTES, json=NOTE)
        assert_problem(refused, 429, "too_many_requests")
        assert refused.headers["retry-after"] == "30"
        assert refused.headers["ratelimit"] == '"write";r=0;t=60'
        details = {"policy": "write", "limit": 2, "period_s": 60, "retry_after_s": 30}
        assert refused.json()["error"]["details"] == details
        assert toy.notes.writes == 2
        toy.clock.advance(seconds=29)
        assert (await client.post(NOTES, json=NOTE)).status_code == 429
        toy.clock.advance(seconds=1)
        assert (await client.post(NOTES, json=NOTE)).status_code == 201


async def test_a_refused_request_is_not_even_looked_at(toy: Toy) -> None:
    """What costs nothing to send must not cost anything to refuse: a broken body is not read."""
    async with client_of(toy) as client:
        for _ in range(2):
            assert (await client.post(NOTES, content=b"{", headers=JSON)).status_code == 400
        assert (await client.post(NOTES, content=b"{", headers=JSON)).status_code == 429


async def test_each_class_of_routes_is_counted_apart(toy: Toy) -> None:
    async with client_of(toy) as client:
        assert (await client.get("/api/v1/exports")).headers["ratelimit"] == '"heavy";r=0;t=60'
        assert (await client.get("/api/v1/exports")).status_code == 429
        assert (await client.get(NOTES)).headers["ratelimit"] == '"read";r=2;t=20'
        assert (await client.post(NOTES, json=NOTE)).headers["ratelimit"] == '"write";r=1;t=30'
        assert (await client.get("/api/v1/open")).headers["ratelimit"] == '"sign_in";r=1;t=30'


async def test_a_route_can_have_a_number_of_its_own(toy: Toy) -> None:
    rules = LimitRules(period_s=60, tier="free", tiers={"free": FREE}, routes={"GET /api/v1/notes": 7})
    async with client_of(toy, rules) as client:
        answer = await client.get(NOTES)
    assert answer.headers["ratelimit-policy"] == '"GET /api/v1/notes";q=7;w=60'
    assert answer.headers["ratelimit"] == '"GET /api/v1/notes";r=6;t=9'


def test_a_number_for_a_route_that_does_not_exist_is_refused(toy: Toy) -> None:
    rules = LimitRules(period_s=60, tier="free", tiers={"free": FREE}, routes={"GET /api/v1/nots": 7})
    with pytest.raises(ValueError, match="GET /api/v1/nots"):
        toy.build(limits=rules)


async def test_the_tier_is_that_of_the_organisation(toy: Toy) -> None:
    theirs = {str(ACTOR.organisation_id): "premium"}
    rules = LimitRules(period_s=60, tier="free", tiers={"free": FREE, "premium": PREMIUM}, organisations=theirs)
    async with client_of(toy, rules) as client:
        assert (await client.get(NOTES)).headers["ratelimit-policy"] == '"read";q=30;w=60'
        assert (await client.get("/api/v1/open")).headers["ratelimit-policy"] == '"sign_in";q=2;w=60'


async def test_users_have_counts_of_their_own_wherever_they_call_from(toy: Toy) -> None:
    other = Actor(user_id=ACTOR.user_id, organisation_id=toys.OTHER, session_id=ACTOR.session_id, scopes=ACTOR.scopes)

    async def authenticate(token: AccessToken) -> Actor:
        return other if token.reveal() == "other" else ACTOR

    toy.authenticate = authenticate
    async with client_of(toy) as client:
        await client.get(NOTES)
        same = await client.get(NOTES, headers={"X-Forwarded-For": "198.51.100.1"})
        theirs = await client.get(NOTES, headers={"Authorization": "Bearer other"})
    assert same.headers["ratelimit"] == '"read";r=1;t=40'
    assert theirs.headers["ratelimit"] == '"read";r=2;t=20'


@pytest.mark.parametrize(
    ("hops", "told", "counts_apart"),
    [
        pytest.param(0, ["198.51.100.1", "198.51.100.2"], False, id="strangers are not believed"),
        pytest.param(1, ["198.51.100.1", "198.51.100.2"], True, id="our proxy is"),
        pytest.param(1, ["1.1.1.1, 198.51.100.1", "2.2.2.2, 198.51.100.1"], False, id="what stands in front is not"),
        pytest.param(2, ["198.51.100.1, 10.0.0.1", "198.51.100.2, 10.0.0.1"], True, id="two proxies"),
        pytest.param(2, ["198.51.100.1", "198.51.100.2"], False, id="one proxy was left out"),
        pytest.param(1, ["nonsense", "more of it"], False, id="no address"),
        pytest.param(1, ["2001:db8::1", "2001:db8::2"], False, id="one network of IPv6 is one customer"),
        pytest.param(1, ["2001:db8:0:1::1", "2001:db8:0:2::1"], True, id="two networks of IPv6"),
        pytest.param(1, ["198.51.100.1:4711", "198.51.100.1:4712"], False, id="ports do not count"),
    ],
)
async def test_without_a_token_the_address_counts(toy: Toy, hops: int, told: list[str], *, counts_apart: bool) -> None:
    async with client_of(toy, trusted_hops=hops) as client:
        left = [
            (await client.get("/api/v1/open", headers={"X-Forwarded-For": value})).headers["ratelimit"]
            for value in told
        ]
    assert left == ['"sign_in";r=1;t=30', '"sign_in";r=1;t=30' if counts_apart else '"sign_in";r=0;t=60']


async def test_errors_and_304_tell_the_limit_too(toy: Toy) -> None:
    rules = LimitRules(period_s=60, tier="premium", tiers={"premium": PREMIUM})
    async with client_of(toy, rules) as client:
        written = await client.post(NOTES, json=NOTE)
        location, etag = written.headers["location"], written.headers["etag"]
        answers = [
            await client.get(location, headers={"If-None-Match": etag}),
            await client.get(f"{NOTES}?unknown=1"),
            await client.get(f"{NOTES}/00000000-0000-0000-0000-000000000009"),
            await client.head(location),
        ]
    assert [answer.status_code for answer in answers] == [304, 422, 404, 200]
    assert [answer.headers["ratelimit"] for answer in answers] == [
        f'"read";r={30 - number};t={2 * number}' for number in range(1, 5)
    ]


async def test_who_watches_over_the_processes_is_never_refused(toy: Toy) -> None:
    async with client_of(toy) as client:
        for _ in range(10):
            answer = await client.get("/api/v1/alive")
            assert answer.status_code == 200
            assert "ratelimit" not in answer.headers
            assert (await client.get("/livez")).status_code == 200


async def test_asking_for_the_methods_is_not_counted(toy: Toy) -> None:
    async with client_of(toy) as client:
        for _ in range(10):
            assert (await client.options(NOTES)).status_code == 204
        assert (await client.get(NOTES)).headers["ratelimit"] == '"read";r=2;t=20'


async def test_web_pages_of_other_origins_may_read_the_headers(toy: Toy) -> None:
    async with client_of(toy, origins=["https://app.example"]) as client:
        answer = await client.get(NOTES, headers={"Origin": "https://app.example"})
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"ratelimit", "ratelimit-policy", "retry-after"} <= exposed


async def test_limits_can_be_switched_off(toy: Toy) -> None:
    async with client_of(toy, None) as client:
        for _ in range(10):
            answer = await client.get(NOTES)
            assert answer.status_code == 200
            assert "ratelimit" not in answer.headers
