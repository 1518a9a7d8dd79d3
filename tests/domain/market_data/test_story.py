"""Which texts are one story: the same page, or nearly the same words about the same things at about the same time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market_data.article import ArticleKind
from domain.market_data.story import WINDOW, Stories, Telling, Text, is_same, telling, url_key
from domain.market_data.ticker import Ticker

THEN = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
HEADLINE = "Apple reports record quarterly earnings of $36.3 billion as services and phone sales grow"


def told(
    title: str = HEADLINE,
    summary: str = "",
    *,
    url: str | None = None,
    kind: ArticleKind = ArticleKind.NEWS,
    after: timedelta = timedelta(),
    tickers: tuple[Ticker, ...] = (),
) -> Telling:
    return telling(Text(kind=kind, title=title, summary=summary, url=url, published_at=THEN + after, tickers=tickers))


SAME_PAGE = (
    "https://www.example.com/2026/apple?id=7",
    "http://example.com/2026/apple/?utm_source=x&id=7#top",
    "HTTPS://Example.COM:443/2026/apple?id=7&fbclid=abc&UTM_Medium=rss",
    "https://m.example.com/2026/%61pple/amp?id=7",
)


@pytest.mark.parametrize("url", SAME_PAGE)
def test_marks_on_an_address_make_no_difference(url: str) -> None:
    """Scheme, host's prefix, port, tracking, fragment and last slash are not what makes a page."""
    assert url_key(url) == "example.com/2026/apple?id=7"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/2026/apple?id=8",
        "https://example.com/2026/Apple?id=7",
        "https://example.org/2026/apple?id=7",
    ],
)
def test_what_may_lead_elsewhere_is_another_page(url: str) -> None:
    """A query, a path's case and another host may make a difference."""
    assert url_key(url) != url_key(SAME_PAGE[0])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https://example.com/",
        "https://www.example.com?utm_source=x",
        "javascript:alert(1)",
        "http://[::1",
        "http://example.com:99999/a",
        "mailto:a@b.c",
    ],
)
def test_what_names_no_page_says_nothing(url: str) -> None:
    """A front page, and what is no address of the web."""
    assert url_key(url) is None


@given(st.text(max_size=60) | st.text(max_size=30).map(lambda text: f"https://example.com/{text}"))
def test_a_key_of_a_key_is_the_key(text: str) -> None:
    """Whatever strangers send is an address or none, and what is normal stays as it is."""
    key = url_key(text)
    if key is not None and "?" not in key:
        assert url_key(f"https://{key}") in {key, None} or key.endswith("/amp")


AGAIN = (
    "UPDATE 1-" + HEADLINE,
    "BREAKING: " + HEADLINE.upper(),
    HEADLINE + " - Reuters",
    HEADLINE + " | The Example Times",
    HEADLINE + " again",
    HEADLINE.replace("and", "&"),
)


@pytest.mark.parametrize("title", AGAIN)
def test_a_headline_with_trimmings_is_the_same(title: str) -> None:
    """An agency's mark before it, the paper's name behind it, and a word more or less."""
    assert is_same(told(), told(title))


OTHERS = (
    HEADLINE.replace("36.3", "36.4"),
    HEADLINE.replace("Apple", "Amazon").replace("phone", "cloud"),
    "Apple shares fall after quarterly earnings",
    HEADLINE.split(" of ", maxsplit=1)[0],
)


@pytest.mark.parametrize("title", OTHERS)
def test_other_words_or_numbers_are_another(title: str) -> None:
    """One digit is enough."""
    assert not is_same(told(), told(title))


def test_the_same_words_of_others_are_another_story() -> None:
    """A post is no article, next week is not today, and what is about others is not about these."""
    apple, amazon = (Ticker("AAPL"),), (Ticker("AMZN"),)
    assert not is_same(told(), told(kind=ArticleKind.SOCIAL))
    assert is_same(told(), told(after=WINDOW))
    assert not is_same(told(), told(after=WINDOW + timedelta(seconds=1)))
    assert not is_same(told(tickers=apple), told(tickers=amazon))
    assert is_same(told(tickers=apple), told(tickers=apple + amazon))
    assert is_same(told(tickers=apple), told(tickers=(Ticker("AAPL", "NASDAQ"),)))


def test_a_column_s_title_tells_nothing() -> None:
    """Few words are the same story only if all that they introduce is the same."""
    assert not is_same(told("Morning briefing", "Stocks rise."), told("Morning briefing", "Oil falls."))
    assert is_same(told("Morning briefing", "Stocks rise."), told("Morning Briefing", "Stocks rise"))
    assert not is_same(told("!!!"), told("???"))


def test_one_page_is_one_story_however_it_is_titled() -> None:
    """And at any time: pages are amended."""
    page = "https://example.com/a"
    assert is_same(told("Apple up", url=page), told("Apple down a lot", url=page, after=timedelta(days=30)))


titles = st.lists(st.sampled_from(["apple", "beats", "record", "2", "3", "falls", "profit"]), max_size=9).map(" ".join)
tellings = st.builds(
    told,
    titles,
    st.sampled_from(["", "more"]),
    url=st.sampled_from([None, "https://example.com/a", "https://example.com/b?utm_id=1", "https://example.com/b"]),
    kind=st.sampled_from(ArticleKind),
    after=st.integers(0, 80).map(lambda hours: timedelta(hours=hours)),
    tickers=st.lists(st.sampled_from([Ticker("AAPL"), Ticker("AMZN")]), max_size=2).map(tuple),
)


@given(st.lists(tellings, max_size=30))
def test_the_index_finds_what_comparing_with_all_finds(texts: list[Telling]) -> None:
    """The first story that is told again, or none."""
    stories = Stories[int]()
    firsts: list[tuple[int, Telling]] = []
    for number, text in enumerate(texts):
        compared = next((key for key, first in firsts if is_same(first, text)), None)
        assert stories.find(text) == compared
        if compared is None:
            stories.add(number, text)
            firsts.append((number, text))


@given(tellings, tellings)
def test_being_the_same_goes_both_ways(one: Telling, other: Telling) -> None:
    """And each text is the same as itself, if it says anything."""
    assert is_same(one, other) == is_same(other, one)
    assert is_same(one, one) or (not one.whole and one.page is None)
