"""Merges what feeds say into whole ticks, and lets nothing older take the place of what is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple, final

from domain.market_data.tick import Tick, TickUpdate
from domain.market_data.ticker import Ticker

# no exchange pauses for so long within a session, and none opens again sooner after its close
_BETWEEN_SESSIONS: Final = timedelta(hours=3)
_NO_ORDER: Final = -1


class _Place(NamedTuple):
    """Where a message stands among those of its kind."""

    as_of: datetime
    order: int


class _Known(NamedTuple):
    """The last tick, and where the last trade, the last offer and the last figures of the session stood."""

    tick: Tick
    trade: _Place | None
    offer: _Place | None
    session: _Place | None


@final
class TickBook:
    """What is known of each thing. An update that is older than the last of its kind is dropped and counted.

    Trades, offers and figures of the session are kinds of their own: feeds tell them apart from each other, so that
    a trade may come after an offer of the next millisecond. An update of the provider's own order that comes again
    counts as older. One that says nothing new is dropped and counted as repeated.

    What another provider says begins anew, and so does what another process told before: nothing that is older than
    what was shown then is shown. It is counted as older, and is part of what that provider tells first: an opening
    quote bears the time of the last trade, and the figures of the session come with no other message.
    """

    def __init__(self) -> None:
        self._known: dict[Ticker, _Known] = {}
        self._begins: dict[Ticker, datetime] = {}
        # what one provider said of it that is too old to be shown
        self._early: dict[Ticker, _Known] = {}
        self.regressed = 0
        self.repeated = 0

    def __len__(self) -> int:
        return len(self._known)

    def apply(self, said: TickUpdate) -> Tick | None:
        """Return what is known now, or None if the update changes nothing."""
        known = self._known.get(said.ticker)
        if known is None or known.tick.provider != said.provider:
            return self._begin_with(said, self._begins.get(said.ticker) if known is None else known.tick.as_of)
        taken = _taken(known, said)
        if taken is None:
            self.regressed += 1
            return None
        self._known[said.ticker] = taken
        if self._early:
            # whoever was not needed then does not begin with it when needed much later
            self._early.pop(said.ticker, None)
        old, tick = known.tick, taken.tick
        if tick[4:] == old[4:] and tick.as_of == old.as_of:
            self.repeated += 1
            return None
        return tick

    def _begin_with(self, said: TickUpdate, shown: datetime | None) -> Tick | None:
        early = self._early.get(said.ticker)
        taken = _taken(early if early is not None and early.tick.provider == said.provider else None, said)
        if taken is None or (shown is not None and said.as_of < shown):
            if taken is not None:
                self._early[said.ticker] = taken
            self.regressed += 1
            return None
        self._known[said.ticker] = taken
        self._early.pop(said.ticker, None)
        self._begins.pop(said.ticker, None)
        return taken.tick

    def begin(self, ticker: Ticker, shown: datetime) -> None:
        """Show nothing of it that is older than what was shown before."""
        self._begins[ticker] = shown

    def forget(self, ticker: Ticker) -> None:
        """Know nothing of it any more: somebody else follows it."""
        self._known.pop(ticker, None)
        self._begins.pop(ticker, None)
        self._early.pop(ticker, None)


def _taken(known: _Known | None, said: TickUpdate) -> _Known | None:
    """Return what is known with this, or None if it is older than the last of its kind."""
    place = _Place(said.as_of, _NO_ORDER if said.order is None else said.order)
    is_trade = said.last is not None
    is_offer = said.bid is not None or said.ask is not None
    is_session = not is_trade and not is_offer
    if known is None:
        tick, trade, offer, session = _fresh(said), None, None, None
    else:
        old, trade, offer, session = known
        if (
            (is_trade and trade is not None and _is_older(place, trade))
            or (is_offer and offer is not None and _is_older(place, offer))
            or (is_session and session is not None and _is_older(place, session))
        ):
            return None
        tick = _merged(old, said)
    return _Known(tick, place if is_trade else trade, place if is_offer else offer, place if is_session else session)


def _is_older(place: _Place, last: _Place) -> bool:
    return place < last or (place == last and place.order != _NO_ORDER)


def _fresh(said: TickUpdate) -> Tick:
    return Tick(*said[:17])


def _merged(old: Tick, said: TickUpdate) -> Tick:
    if said.as_of - old.as_of > _BETWEEN_SESSIONS:
        # figures of yesterday are no figures of today
        old = old._replace(volume=None, open=None, high=None, low=None, previous_close=None)
    return Tick(
        said.ticker,
        said.provider,
        max(old.as_of, said.as_of),
        max(old.received_at, said.received_at),
        said.currency,
        said.simulated,
        old.last if said.last is None else said.last,
        old.bid if said.bid is None else said.bid,
        old.ask if said.ask is None else said.ask,
        # a size belongs to its price
        old.last_size if said.last is None else said.last_size,
        old.bid_size if said.bid is None else said.bid_size,
        old.ask_size if said.ask is None else said.ask_size,
        old.volume if said.volume is None else said.volume,
        old.open if said.open is None else said.open,
        old.high if said.high is None else said.high,
        old.low if said.low is None else said.low,
        old.previous_close if said.previous_close is None else said.previous_close,
    )
