"""How a provider's stream is spoken with: what differs between providers, and nothing of connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker

Named: TypeAlias = Mapping[str, Sequence[Ticker]]
"""What the provider calls things, and which tickers mean each of them."""


class Refused(Exception):
    """The provider does not want us: the key is wrong, the plan does not include it, or there are too many of us."""


class Dialect(Protocol):
    """One provider's way of speaking. Nothing here waits."""

    @property
    def provider(self) -> str:
        """What the provider is called here."""
        ...

    @property
    def most_symbols(self) -> int:
        """How many symbols one connection may follow."""
        ...

    @property
    def most_connections(self) -> int:
        """How many connections of a kind there may be at once."""
        ...

    @property
    def heartbeat_s(self) -> float | None:
        """How often what is followed is said again, so that the provider goes on; None if that is not needed."""
        ...

    def carries(self, ticker: Ticker, /) -> bool:
        """Tell whether the stream has it."""
        ...

    def place_of(self, ticker: Ticker, /) -> str:
        """Return over which kind of connection it comes, by a name of the dialect's own."""
        ...

    def symbol_of(self, ticker: Ticker) -> str:
        """Return what they call something that they carry."""
        ...

    def url(self, place: str, /) -> str:
        """Return where connections of a kind lead to."""
        ...

    def sign_in(self) -> str | None:
        """Return what is said first, to which they answer whether they want us; None where nothing is."""
        ...

    def is_signed_in(self, message: str | bytes, /) -> bool:
        """Tell whether a message says that they do; raise Refused if it says that they do not."""
        ...

    def follow(self, symbols: Sequence[str]) -> Sequence[str]:
        """Return what is said to follow these."""
        ...

    def leave(self, symbols: Sequence[str]) -> Sequence[str]:
        """Return what is said to follow these no more."""
        ...

    def understand(self, message: str | bytes, named: Named, received_at: datetime) -> Sequence[TickUpdate]:
        """Return what a message says of these; of others, and of what is not about prices, nothing.

        Raises ProviderFailure for what cannot be understood, Refused where they say that they do not want us.
        """
        ...
