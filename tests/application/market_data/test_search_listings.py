"""What the directory does not know is asked for, kept in it, and not asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from adapters.market_data.directory.suggesting import DirectorySuggestions
from application.market_data.chains import Chains, Link
from application.market_data.directory.search_listings import SearchListings
from application.market_data.ports import ListingSource, SourceFailed
from domain.market_data.listing import Listing
from domain.market_data.provenance import Refusal
from domain.market_data.ticker import Ticker
from domain.shared.errors import Forbidden
from tests.application.market_data.readers import READER, STRANGER
from tests.fakes.cache import FakeCache
from tests.fakes.directory import FakeDirectory
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

ACME = Listing(ticker=Ticker("ACME", "NYSE"), name="Acme Corporation")


class Source(ListingSource):
    """Knows one thing, or fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.asked: list[str] = []

    async def search(self, text: str, limit: int) -> Sequence[Listing]:
        """Find it, whatever is looked for."""
        self.asked.append(text)
        if self.fails:
            raise SourceFailed(Refusal.UNREACHABLE, "as it was told")
        return [ACME][:limit]


def searching(source: Source, directory: FakeDirectory) -> SearchListings:
    links: Sequence[Link[ListingSource]] = [Link("source", source)]
    chains: Chains[ListingSource] = Chains({None: links})
    return SearchListings(directory, chains, FakeCache(FakeClock()), 600.0)


async def test_what_is_found_elsewhere_is_kept() -> None:
    """For everybody, and the same question is not asked twice."""
    source, directory = Source(), FakeDirectory()
    search = searching(source, directory)
    for text in ("acme", " ACME  "):
        assert (await search(READER, text, None, 10)).value == (ACME,)
    assert source.asked == ["acme"]
    assert (await directory.find([Ticker("ACME")])) == {Ticker("ACME"): ACME}


async def test_what_is_known_is_not_asked_for() -> None:
    """Where the directory has as many as are wanted."""
    source, directory = Source(), FakeDirectory()
    await directory.add([ACME], "somebody")
    assert (await searching(source, directory)(READER, "acme", None, 1)).value == (ACME,)
    assert source.asked == []


async def test_the_directory_answers_alone_where_nobody_else_can() -> None:
    """With what it has."""
    directory = FakeDirectory()
    await directory.add([ACME], "somebody")
    assert (await searching(Source(fails=True), directory)(READER, "acme", None, 10)).value == (ACME,)


async def test_nobody_searches_without_the_scope() -> None:
    with pytest.raises(Forbidden):
        await searching(Source(), FakeDirectory())(STRANGER, "acme", None, 10)


async def test_what_is_renamed_is_suggested_by_its_new_symbol() -> None:
    """Before what is spelt like it, and never what is gone."""
    directory = FakeDirectory()
    old = Listing(ticker=Ticker("ACNE", "NYSE"), name="Acme Corporation", renamed_to=ACME.ticker)
    gone = Listing(ticker=Ticker("ACMF", "NYSE"), name="Acmf Limited", delisted_on=date(2020, 1, 2))
    like = Listing(ticker=Ticker("ACNA", "NYSE"), name="Acna Limited")
    await directory.add([old, gone, like], "somebody")
    suggestions = DirectorySuggestions(directory, FakeCache(FakeClock()), 600.0)
    assert await suggestions.near(Ticker("ACNE")) == (ACME.ticker, like.ticker)
