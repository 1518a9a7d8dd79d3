"""What providers of news and posts are sent, and what their answers mean: plain texts with tickers and times."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, cast
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from adapters.market_data.articles import moment
from adapters.market_data.benzinga.translate import symbol_of as benzinga_symbol
from adapters.market_data.feeds.client import Feed
from adapters.market_data.feeds.settings import FeedSettings
from adapters.market_data.feeds.wire import read_feed
from adapters.market_data.finnhub.news import FinnhubNews
from adapters.market_data.finnhub.settings import FinnhubNewsSettings
from adapters.market_data.news_api import translate as news_api_translate
from adapters.market_data.news_api.failures import judge
from adapters.market_data.news_api.wire import StoriesReply
from adapters.market_data.reddit import translate as reddit_translate
from adapters.market_data.reddit.wire import Listing
from adapters.market_data.stocktwits.translate import symbol_of as stocktwits_symbol
from adapters.platform.http_client.addresses import Reach
from adapters.platform.http_client.client import HttpClient, Reply
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.failures import Reason, Unknown
from adapters.platform.resilience.policy import Policy, Terms
from adapters.platform.secret import Secret
from domain.market_data.article import Article, ArticleKind
from domain.market_data.ticker import Ticker
from tests.adapters.market_data.feeds import samples as feeds
from tests.adapters.market_data.finnhub import samples as finnhub
from tests.adapters.market_data.reddit import samples as reddit
from tests.contracts.market_data.subject import AAPL, NOW, Subject
from tests.contracts.market_data.words import WORDS
from tests.fakes.platform import FakeClock
from tests.provider_server import FakeProvider, answer, providing

TERMS: Final = Terms(deadline_s=30, attempt_timeout_s=30, attempts=1, failures_to_open=100)
FIXTURES: Final = Path(__file__).parents[4] / "shared" / "fixtures"
KEY: Final = "key-of-the-user"


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    """A provider that listens."""
    async with providing() as fake:
        yield fake


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    """A client for what the settings name."""
    client = HttpClient(Reach.CONFIGURED, timeout_s=30)
    yield client
    await client.aclose()


def subject(provider: str) -> Subject:
    return next(each for each in WORDS if each.provider == provider)


async def told(provider: str, fake: FakeProvider, client: HttpClient) -> list[Article]:
    """What a provider's sample means."""
    asked = subject(provider)
    fake.will(*asked.before, asked.known)
    found = await asked.ask(fake.url, client, TERMS)
    assert isinstance(found, list)
    articles = cast("list[object]", found)  # what is in it is looked at
    return [each for each in articles if isinstance(each, Article)]


def query(target: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}


def feed(fake: FakeProvider, client: HttpClient, path: str = "/rss") -> Feed:
    settings = FeedSettings(name="example", url=fake.url + path)
    return Feed(settings, Provider(Policy("feed_example", TERMS), client), FakeClock(NOW))


@pytest.mark.anyio
@pytest.mark.parametrize("asked", WORDS, ids=[each.name for each in WORDS])
async def test_a_key_travels_in_a_header_only(asked: Subject, fake: FakeProvider, client: HttpClient) -> None:
    """No address holds one, as addresses are written down on the way."""
    fake.will(*asked.before, asked.known)
    await asked.ask(fake.url, client, TERMS)
    for request in fake.received:
        assert KEY not in request.target
        assert KEY.encode() not in request.body


@pytest.mark.anyio
async def test_news_api_finds_words(fake: FakeProvider, client: HttpClient) -> None:
    """Articles found for a ticker are about it; markup is text, and what was taken back is no article."""
    oil, apple = await told("news_api", fake, client)
    assert (apple.title, apple.summary) == ("Apple beats estimates & grows", "Apple & others did well.")
    assert (apple.source, apple.tickers) == ("Example Times", (AAPL,))
    assert apple.published_at == apple.provenance.as_of == datetime(2026, 3, 2, 18, tzinfo=UTC)
    # what is dated in the future is of now, and what is no address of the web is none
    assert (oil.published_at, oil.url, oil.source) == (NOW, None, "news_api")
    assert query(fake.received[0].target) | {"q": '"AAPL"', "sortBy": "publishedAt"} == query(fake.received[0].target)
    assert fake.received[0].headers["x-api-key"] == KEY


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (401, "apiKeyInvalid", Reason.UNAUTHORISED),
        (200, "apiKeyDisabled", Reason.UNAUTHORISED),
        (200, "rateLimited", Reason.RATE_LIMITED),
        (429, "apiKeyExhausted", Reason.RATE_LIMITED),
        (200, "parameterInvalid", Reason.REFUSED),
        (500, "unexpectedError", Reason.SERVER_ERROR),
    ],
)
def test_news_api_tells_errors_by_words(status: int, code: str, reason: Reason) -> None:
    """Within a success, too."""
    body = json.dumps({"status": "error", "code": code, "message": "words"}).encode()
    failure = judge(Reply(status=status, headers={}, body=body))
    assert failure is not None
    assert failure.reason is reason


@pytest.mark.anyio
async def test_finnhub_tells_a_week_about_a_share(fake: FakeProvider, client: HttpClient) -> None:
    """Its times are seconds since 1970; what is found for a share is about it."""
    newer, older = await told("finnhub", fake, client)
    assert (newer.title, newer.source, newer.provider_id) == ("Apple & others rise", "Example Times", "25287")
    assert (newer.published_at, older.url) == (datetime(2026, 3, 2, 13, 26, 40, tzinfo=UTC), None)
    assert newer.tickers == older.tickers == (AAPL,)
    assert fake.received[0].target.startswith("/company-news?")
    assert query(fake.received[0].target) == {"symbol": "AAPL", "from": "2026-02-23", "to": "2026-03-02"}
    assert fake.received[0].headers["x-finnhub-token"] == KEY


@pytest.mark.anyio
async def test_finnhub_tells_what_is_new_of_all(fake: FakeProvider, client: HttpClient) -> None:
    """Words are looked for in that; of what is no American share it is not asked."""
    settings = FinnhubNewsSettings(url=fake.url, key=Secret(KEY))
    news = FinnhubNews(settings, Provider(Policy("finnhub", TERMS), client), FakeClock(NOW))
    fake.will(answer(200, finnhub.STORIES))
    (found,) = await news.articles(None, "others rise", 20)
    assert found.tickers == (Ticker("AAPL"), Ticker("MSFT"))
    assert await news.articles(Ticker.parse("NSE:INFY"), None, 20) == []
    assert [each.target for each in fake.received] == ["/news?category=general"]


@pytest.mark.anyio
async def test_benzinga_names_tickers(fake: FakeProvider, client: HttpClient) -> None:
    """Those that can be read, share classes and crypto currencies as we write them."""
    oil, apple = await told("benzinga", fake, client)
    assert [str(ticker) for ticker in apple.tickers] == ["AAPL", "BRK-B", "BTC-USD"]
    assert (apple.title, apple.summary) == ("Apple & Berkshire Rally", "Both rose.")
    assert apple.published_at == datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
    assert (oil.summary, oil.tickers) == ("A", ())
    assert query(fake.received[0].target)["tickers"] == "AAPL"
    assert fake.received[0].headers["accept"] == "application/json"
    assert fake.received[0].headers["authorization"] == f"token {KEY}"


@pytest.mark.anyio
async def test_reddit_is_asked_with_a_token(fake: FakeProvider, client: HttpClient) -> None:
    """Had once for the app's secret, and again when it is refused; removed posts are none."""
    (post,) = await told("reddit", fake, client)
    assert (post.kind, post.source) == (ArticleKind.SOCIAL, "r/stocks u/someone")
    assert (post.title, post.summary) == ("$AAPL & <friends> to the moon", "Also $BRK.B\n\nsee")
    assert [str(ticker) for ticker in post.tickers] == ["AAPL", "BRK-B"]
    assert post.url == "https://www.reddit.com/r/stocks/comments/a/to_the_moon/"
    first, second = fake.received
    assert first.body == b"grant_type=client_credentials"
    assert b64decode(first.headers["authorization"].removeprefix("Basic ")).decode() == f"app:{KEY}"
    assert second.headers["authorization"] == "bearer abc-123"
    assert second.target.startswith("/r/stocks+investing+wallstreetbets+CryptoCurrency/search?")
    fresh = reddit.TOKEN.replace(b"abc", b"def")
    asked = subject("reddit")
    fake.will(answer(200, reddit.TOKEN), answer(401), answer(200, fresh), asked.known)
    assert await asked.ask(fake.url, client, TERMS) == [post]
    assert fake.received[-1].headers["authorization"] == "bearer def-123"


@pytest.mark.anyio
async def test_stocktwits_tells_bulls_from_bears(fake: FakeProvider, client: HttpClient) -> None:
    """A post has no title, so that its text is one; what its author declared goes with it."""
    owl, bull = await told("stocktwits", fake, client)
    assert (bull.title, bull.summary) == ("$AAPL breaking out & going up", "")
    assert [str(ticker) for ticker in bull.tickers] == ["AAPL", "BTC-USD"]
    assert (bull.author_sentiment, owl.author_sentiment) == (Decimal(1), None)
    assert fake.received[0].target == "/streams/symbol/AAPL.json?limit=20"


@pytest.mark.anyio
async def test_a_feed_is_searched_here(fake: FakeProvider, client: HttpClient) -> None:
    """For the ticker as a word in capitals, or for words; what says nothing is no article."""
    fake.will(answer(200, feeds.RSS))
    (apple,) = await feed(fake, client).articles(AAPL, None, 20)
    assert (apple.title, apple.summary, apple.provider_id) == ("Apple & AAPL rise", "They rose.", "id-a")
    assert (apple.url, apple.tickers) == ("https://example.com/a", (AAPL,))
    (oil,) = await feed(fake, client).articles(None, "OIL fall", 20)
    # its date cannot be read
    assert (oil.url, oil.published_at, oil.tickers) == ("https://example.com/b", NOW, ())
    assert await feed(fake, client).articles(Ticker("MSFT"), None, 20) == []
    assert len(await feed(fake, client).articles(None, None, 20)) == 2


@pytest.mark.anyio
async def test_a_feed_may_be_of_each_stock(fake: FakeProvider, client: HttpClient) -> None:
    """Its address holds the symbol; all of it is about that, and there is none of everything."""
    fake.will(answer(200, feeds.ATOM))
    of_each = feed(fake, client, "/rss?s={symbol}")
    (found,) = await of_each.articles(Ticker("M&M", "NSE"), None, 20)
    assert fake.received[0].target == "/rss?s=M%26M.NS"
    assert (found.title, found.summary, found.url) == ("Apple <up>", "They rose", "https://example.com/c")
    assert found.published_at == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    assert found.tickers == (Ticker("M&M", "NSE"),)
    assert await of_each.articles(None, "apple", 20) == []
    assert len(fake.received) == 1


def test_rss_on_rdf_is_read() -> None:
    """With its dates of the Dublin Core."""
    (item,) = read_feed(feeds.RDF)
    assert (item.title, item.link, item.published) == ("Apple", "https://example.com/d", "2026-03-02T14:30:00Z")


@pytest.mark.parametrize("body", [feeds.ENTITIES, feeds.OUTSIDE, b"<rss>&nbsp;</rss>", b"<rss><item>", b"<html/>"])
def test_what_is_no_plain_feed_is_refused(body: bytes) -> None:
    """Entities are never expanded or fetched, nothing is guessed, and a web page is no feed."""
    with pytest.raises(Unknown):
        read_feed(body)


def test_depth_and_length_cost_no_more_than_their_bytes() -> None:
    """A million bytes of tags in tags, and of one text, are read at once; of the text a beginning is kept."""
    deep = b"<rss><channel><item>" + b"<a>" * 150_000 + b"</a>" * 150_000 + b"</item></channel></rss>"
    assert len(read_feed(deep)) == 1
    (long,) = read_feed(b"<rss><item><title>" + b"x" * 1_000_000 + b"</title></item></rss>")
    assert len(long.title) <= 20_000
    assert len(read_feed(b"<rss>" + b"<item/>" * 10_000 + b"</rss>")) == 500


@pytest.mark.parametrize(
    ("symbol", "benzinga_calls", "stocktwits_calls"),
    [
        ("BRK.B", "BRK.B", "BRK.B"),
        ("NASDAQ:AAPL", "AAPL", "AAPL"),
        ("BTC-USD", "$BTC", "BTC.X"),
        ("BTC-EUR", None, "BTC.X"),
        ("NSE:INFY", None, None),
        ("^GSPC", None, None),
        ("EURUSD=X", None, None),
    ],
)
def test_what_is_not_followed_has_no_name(
    symbol: str, benzinga_calls: str | None, stocktwits_calls: str | None
) -> None:
    """So that nobody is asked about another thing of the same letters."""
    assert benzinga_symbol(Ticker.parse(symbol)) == benzinga_calls
    assert stocktwits_symbol(Ticker.parse(symbol)) == stocktwits_calls


@pytest.mark.parametrize("text", ["2026-03-02T14:30:00Z", "Mon, 02 Mar 2026 09:30:00 EST", "2026-03-02 14:30:00"])
def test_times_are_read_as_vendors_write_them(text: str) -> None:
    """In the zone they name, or in UTC."""
    assert moment(text) == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "9999-99-99", "Mon, 99 Mar 2026", "9999-12-31T23:59:59-14:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """And nothing else is raised."""
    with pytest.raises(Unknown):
        moment(text)


@pytest.mark.skipif(not FIXTURES.exists(), reason="the recorded samples lie beside the checkout")
def test_recorded_articles_translate() -> None:
    """All of NewsAPI's example, and of Reddit's recording the one post among the comments."""
    body = (FIXTURES / "newsapi" / "everything_200.json").read_bytes()
    found = news_api_translate.articles(msgspec.json.decode(body, type=StoriesReply).articles, None, NOW, 20)
    assert [each.source for each in found] == ["The Verge", "TechCrunch"]
    error = (FIXTURES / "newsapi" / "error_401.json").read_bytes()
    refused = judge(Reply(status=401, headers={}, body=error))
    assert refused is not None
    assert refused.reason is Reason.UNAUTHORISED
    cassette = json.loads((FIXTURES / "reddit" / "TestSubmission.test_comments.json").read_bytes())
    pages = json.loads(cassette["interactions"][1]["response"]["body"]["string"])
    listings = [msgspec.json.decode(json.dumps(page), type=Listing) for page in pages]
    posts = [post for listing in listings for post in reddit_translate.articles(listing, None, NOW, 20)]
    assert [post.source.split()[0] for post in posts] == ["r/redditdev"]


@pytest.mark.anyio
@pytest.mark.skipif(not FIXTURES.exists(), reason="the recorded samples lie beside the checkout")
async def test_recorded_news_of_finnhub_translate(fake: FakeProvider, client: HttpClient) -> None:
    """All of its example, though the addresses of some are none."""
    body = (FIXTURES / "finnhub" / "company-news.json").read_bytes()
    settings = FinnhubNewsSettings(url=fake.url, key=Secret(KEY))
    fake.will(answer(200, body))
    found = await FinnhubNews(settings, Provider(Policy("finnhub", TERMS), client), FakeClock(NOW)).articles(
        AAPL, None, 100
    )
    assert len(found) == len(json.loads(body))
