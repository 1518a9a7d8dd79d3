"""What every capability gets for free holds for every operation of the description: nobody has to remember it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import msgspec
import pytest

from bootstrap import build
from entrypoints.http.app import create_app
from entrypoints.http.jsons import JsonObject
from tests.openapi.document import arr, obj, operations
from tests.openapi.estates import ABSENT, SHARED, Estate, build_estate, kind_of
from tests.openapi.test_tenants import example
from tests.served import Served, register_and_log_in

pytestmark = pytest.mark.anyio

FRIEND = "https://dashboard.example.com"
STRANGER = "https://dashboard.example.com.evil.test"
SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation."""

    method: str
    path: str
    operation: JsonObject

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "get"

    def takes(self, header: str) -> bool:
        """Whether it takes this header."""
        return any(obj(parameter)["name"] == header for parameter in arr(self.operation["parameters"]))

    def must_name(self, header: str) -> bool:
        """Whether it is refused without this header."""
        return any(
            parameter["name"] == header and bool(parameter["required"])
            for parameter in map(obj, arr(self.operation["parameters"]))
        )


ALL = [Asked(method, path, operation) for method, path, operation in operations()]
VERSIONED_READS = [asked for asked in ALL if asked.takes("If-None-Match")]
UPDATES = [asked for asked in ALL if asked.must_name("If-Match")]


def over(found: list[Asked]) -> pytest.MarkDecorator:
    assert found
    return pytest.mark.parametrize("asked", [pytest.param(one, id=str(one.operation["operationId"])) for one in found])


@pytest.fixture(scope="module")
async def owner(served: Served) -> AsyncIterator[Estate]:
    """An organisation that has one thing of each kind."""
    async with served.client() as client:
        client.headers.update(await register_and_log_in(client))
        yield await build_estate(client, served.app, "Headers")


@pytest.fixture(scope="module")
async def befriended(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the same application where pages of one other origin may call it."""
    http = msgspec.structs.replace(served.app.settings.http, allowed_origins=(FRIEND,))
    app = build(msgspec.structs.replace(served.app.settings, http=http))
    api = create_app(app)
    async with api.lifespan(), Served(app, api).client() as client:
        yield client


def target_of(asked: Asked, owner: Estate, absent: str | None = None) -> tuple[str, dict[str, str]]:
    """Return the path and the query that the operation needs, with the owner's ids or that of nothing."""

    def thing(name: str) -> str:
        return SHARED.get(name) or absent or owner.ids[kind_of(asked.operation, name)]

    target = re.sub(r"{(\w+)}", lambda match: thing(match[1]), asked.path)
    query = {
        str(parameter["name"]): str(parameter.get("example", owner.ids["account"]))
        for parameter in map(obj, arr(asked.operation["parameters"]))
        if parameter["in"] == "query" and parameter["required"]
    }
    return target, query


def check(response: httpx.Response) -> None:
    """All of the headers are there, each once."""
    headers = response.headers
    for name, value in SECURITY.items():
        assert headers.get_list(name) == [value], name
    assert "default-src" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert len(headers.get_list("x-request-id")) == 1
    assert headers.get_list("cache-control") == ["private, no-cache" if "etag" in headers else "no-store"]
    assert "server" not in headers


@over(ALL)
async def test_every_answer_carries_the_security_headers(asked: Asked, owner: Estate) -> None:
    target, query = target_of(asked, owner, None if asked.is_read else ABSENT)
    seconds = {"seconds": "1"} if target.endswith("/events") else {}
    # whoever signs out has no further answers
    if "/auth/" not in target:
        own = await owner.client.request(asked.method.upper(), target, params={**query, **seconds})
        assert own.status_code < 500
        check(own)
    nobody = await owner.client.request(asked.method.upper(), target, headers={"Authorization": ""})
    check(nobody)
    if asked.operation["security"]:
        assert nobody.status_code == 401


@over(ALL)
async def test_only_pages_of_allowed_origins_may_call(
    asked: Asked, owner: Estate, befriended: httpx.AsyncClient
) -> None:
    target, _ = target_of(asked, owner)
    wants = {"Access-Control-Request-Method": asked.method.upper(), "Access-Control-Request-Headers": "authorization"}
    allowed = await befriended.options(target, headers={"Origin": FRIEND, **wants})
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == FRIEND
    assert asked.method.upper() in re.split(r",\s*", allowed.headers["access-control-allow-methods"])
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    refused = await befriended.options(target, headers={"Origin": STRANGER, **wants})
    assert "access-control-allow-origin" not in refused.headers
    for origin in (FRIEND, STRANGER):
        answer = await befriended.request(asked.method.upper(), target, headers={"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == (origin if origin == FRIEND else None)
        # a token is asked for by the page itself, never sent along by the browser
        assert "access-control-allow-credentials" not in answer.headers
        if origin == FRIEND:
            shown = answer.headers["access-control-expose-headers"].lower()
            assert {"etag", "x-request-id", "retry-after", "location"} <= set(re.split(r",\s*", shown))
            assert "origin" in answer.headers["vary"].lower()


@over(ALL)
async def test_without_an_allow_list_no_page_may_call(asked: Asked, owner: Estate) -> None:
    target, _ = target_of(asked, owner)
    headers = {"Origin": FRIEND, "Access-Control-Request-Method": asked.method.upper()}
    for method in ("OPTIONS", asked.method.upper()):
        answer = await owner.client.request(method, target, headers={**headers, "Authorization": ""})
        assert "access-control-allow-origin" not in answer.headers


@over(VERSIONED_READS)
async def test_what_has_not_changed_is_304_without_a_body(asked: Asked, owner: Estate) -> None:
    target, query = target_of(asked, owner)
    first = await owner.client.get(target, params=query)
    assert first.status_code == 200
    tag = first.headers["etag"]
    for named in (tag, f"W/{tag}", f'"old", {tag}', "*"):
        again = await owner.client.get(target, params=query, headers={"If-None-Match": named})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        check(again)
    for named in ('"0"', "nonsense", tag.strip('"')):
        assert (await owner.client.get(target, params=query, headers={"If-None-Match": named})).status_code == 200
    head = await owner.client.head(target, params=query)
    assert (head.status_code, head.headers["etag"], head.content) == (200, tag, b"")


@over(UPDATES)
async def test_an_update_names_the_version_it_was_made_for(asked: Asked, owner: Estate) -> None:
    target, query = target_of(asked, owner)
    body = example(asked.operation)
    method = asked.method.upper()
    for headers, status in (({}, 428), ({"If-Match": "*"}, 428), ({"If-Match": '"no-version"'}, 412)):
        answer = await owner.client.request(method, target, params=query, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        check(answer)
