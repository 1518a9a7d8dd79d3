"""Anybody who is signed in reads news, posts and how they sound; without a source, all of it is made up and says so."""

from __future__ import annotations

import httpx
import pytest

from entrypoints.http.jsons import JsonObject
from tests.openapi.document import arr, obj
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

API = "/api/v1"


async def read(client: httpx.AsyncClient, headers: dict[str, str], path: str, **query: str | int) -> JsonObject:
    found = await client.get(API + path, headers=headers, params=query)
    assert found.status_code == 200, found.text
    return obj(obj(found.json())["data"])


async def test_made_up_news_say_so(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """Each of them, the newest first, about what was asked for."""
    headers = await register_user(client)
    data = await read(client, headers, "/news/AAPL", type="all", limit=10)
    stories = [obj(story) for story in arr(data["stories"])]
    assert data["missing"] == []
    assert 0 < len(stories) <= 10
    times = [str(story["publishedAt"]) for story in stories]
    assert times == sorted(times, reverse=True)
    for story in stories:
        assert story["symbols"] == ["AAPL"]
        assert obj(story["provenance"])["simulated"] is True
        assert obj(story["provenance"])["provider"] == "simulator"
        assert obj(story["sentiment"])["model"] == "tapedeck-lexicon"


async def test_the_same_is_told_again(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """For some minutes, by the same ids, and the answer says how old it is."""
    headers = await register_user(client)
    first = await client.get(f"{API}/news/MSFT", headers=headers)
    again = await client.get(f"{API}/news/MSFT?limit=50", headers=headers)
    assert first.json()["data"] == again.json()["data"]
    assert again.json()["meta"]["cache"]["hit"] is True


async def test_news_are_found_by_words_symbols_and_kind(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """Together, too."""
    headers = await register_user(client)
    data = await read(client, headers, "/news", query="shares", limit=5)
    assert all("shares" in str(obj(story)["title"]) for story in arr(data["stories"]))
    data = await read(client, headers, "/news", symbols="TSLA,btc-usd", type="social")
    stories = [obj(story) for story in arr(data["stories"])]
    assert {str(symbol) for story in stories for symbol in arr(story["symbols"])} == {"TSLA", "BTC-USD"}
    assert {str(story["type"]) for story in stories} == {"social"}


async def test_the_newest_of_a_kind_is_found_among_newer_ones_of_the_other(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    """However few are wanted: it is what the answer with many begins with."""
    headers = await register_user(client)
    for symbol in ("AAPL", "MSFT", "TSLA"):
        for kind in ("news", "social"):
            few = arr((await read(client, headers, f"/news/{symbol}", type=kind, limit=1))["stories"])
            many = arr((await read(client, headers, f"/news/{symbol}", type=kind, limit=50))["stories"])
            assert few == many[:1]
            assert few


async def test_made_up_news_are_found_by_the_name_of_a_company(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    """Also of one that few follow."""
    headers = await register_user(client)
    for query, symbol in (("apple", "AAPL"), ("vodafone", "LSE:VOD")):
        stories = [obj(story) for story in arr((await read(client, headers, "/news", query=query))["stories"])]
        assert stories
        for story in stories:
            assert (query in str(story["title"]).casefold(), story["symbols"]) == (True, [symbol])


@pytest.mark.parametrize("path", ["/news/NOSUCHTHING", "/news/APPL", "/sentiment?query=APPL"])
async def test_of_an_unknown_symbol_nothing_is_told(
    client: httpx.AsyncClient, register_user: RegisterUser, path: str
) -> None:
    """But which others there are: nobody makes up news about it."""
    found = await client.get(API + path, headers=await register_user(client))
    assert (found.status_code, found.json()["error"]["code"]) == (404, "unknown_symbol")
    if "APPL" in path:
        assert found.json()["error"]["details"]["suggestions"][0] == "NASDAQ:AAPL"


async def test_an_answer_that_was_just_made_has_no_age(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """However long it took."""
    headers = await register_user(client)
    cache = (await client.get(f"{API}/news/KO", headers=headers)).json()["meta"]["cache"]
    assert (cache["hit"], cache["age"]) == (False, 0)


async def test_sentiment_is_worked_out_from_what_is_shown(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    """The counts are of the stories, and the mean is of their scores."""
    headers = await register_user(client)
    data = await read(client, headers, "/sentiment", query="TSLA", limit=20)
    overall, stories = obj(data["overall"]), [obj(story) for story in arr(data["stories"])]
    moods = [obj(story["sentiment"])["mood"] for story in stories]
    assert (overall["positive"], overall["neutral"], overall["negative"]) == tuple(
        moods.count(mood) for mood in ("positive", "neutral", "negative")
    )
    assert sum(len(str(obj(tone)["type"])) > 0 for tone in arr(data["byType"])) == 2
    scores = [float(str(obj(story["sentiment"])["score"])) for story in stories]
    assert float(str(overall["score"])) == pytest.approx(sum(scores) / len(scores), abs=0.0001)


@pytest.mark.parametrize(
    "path",
    [
        "/news?limit=0",
        "/news?limit=101",
        "/news?type=gossip",
        "/news/%20",
        "/news?symbols=%21",
        "/news?symbols=A,B,C,D,E,F,G,H,I,J,K",
        "/sentiment?query=",
        "/market/stocks/search?query=%20",
        "/market/stocks/search?query=apple&assetClass=house",
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: httpx.AsyncClient, register_user: RegisterUser, path: str
) -> None:
    """With the field."""
    found = await client.get(API + path, headers=await register_user(client))
    assert (found.status_code, found.json()["error"]["code"]) == (422, "invalid")


@pytest.mark.parametrize("path", ["/news", "/news/AAPL", "/sentiment"])
async def test_nobody_reads_news_without_signing_in(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(API + path)).status_code == 401


async def test_how_several_symbols_sound(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """Together, whether one of them is named as the query or not."""
    headers = await register_user(client)
    data = await read(client, headers, "/sentiment", symbols="TSLA,btc-usd", limit=40)
    both = {str(symbol) for story in arr(data["stories"]) for symbol in arr(obj(story)["symbols"])}
    assert both == {"TSLA", "BTC-USD"}
    again = await read(client, headers, "/sentiment", query="TSLA", symbols="btc-usd", limit=40)
    assert again["overall"] == data["overall"]
