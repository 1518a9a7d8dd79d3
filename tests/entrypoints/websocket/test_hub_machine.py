"""Whatever happens in whatever order, no client is left with an unnoticed gap, an old value, or short of the last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from entrypoints.websocket.hub import Hub
from tests.entrypoints.websocket.readers import CheckingReader, tick
from tests.profiles import EXAMPLES, profile

_SYMBOLS: Sequence[str] = ("AAPL", "BTC-USD")
_PACES = (0.0, 0.2, 1.0)
_READERS = 3

readers = st.integers(0, _READERS - 1)
symbols = st.sampled_from(_SYMBOLS)
paces = st.sampled_from(_PACES)


class HubMachine(RuleBasedStateMachine):
    """A hub between a bus that loses, repeats and jumps, and clients that stall, leave and come back."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.heard: dict[str, set[int]] = defaultdict(set)
        self.published = dict.fromkeys(_SYMBOLS, 0)
        self.hub = Hub()
        self.readers = [CheckingReader(self.heard) for _ in range(_READERS)]
        self.following: list[dict[str, float]] = [{} for _ in range(_READERS)]

    @initialize(start=st.integers(0, 5))
    def begin(self, start: int) -> None:
        """Some symbols have had ticks before anybody looked."""
        self.published["AAPL"] = start

    @rule(symbol=symbols, is_heard=st.booleans(), jump=st.sampled_from((1, 1, 1, 7)))
    def publish(self, symbol: str, jump: int, *, is_heard: bool) -> None:
        """A tick is published, and heard here or lost; another process may have taken the symbol over."""
        self.published[symbol] += jump
        if is_heard:
            self._hear(symbol, self.published[symbol])

    @rule(symbol=symbols, back=st.integers(0, 3))
    def repeat(self, symbol: str, back: int) -> None:
        """The bus says something again, late."""
        if self.published[symbol] - back in self.heard[symbol]:
            self._hear(symbol, self.published[symbol] - back)

    @rule(symbol=symbols)
    def heal(self, symbol: str) -> None:
        """What is kept of a symbol is compared with what is known here."""
        if self.published[symbol]:
            self._hear(symbol, self.published[symbol])

    @rule()
    def look_up(self) -> None:
        """What is new here is looked up."""
        asked = self.hub.unknown
        found = {symbol: tick(symbol, self.published[symbol]) for symbol in asked if self.published[symbol]}
        for symbol, each in found.items():
            self.heard[symbol].add(each.sequence)
        self.hub.learn(asked, found)

    @rule(reader=readers, symbol=symbols, pace=paces)
    def subscribe(self, reader: int, symbol: str, pace: float) -> None:
        """Somebody follows a symbol, or follows it at another pace."""
        self.following[reader][symbol] = pace
        self.hub.subscribe(self.readers[reader].subscriber, symbol, pace)

    @rule(reader=readers, symbol=symbols)
    def unsubscribe(self, reader: int, symbol: str) -> None:
        """Somebody follows a symbol no more."""
        self.following[reader].pop(symbol, None)
        self.hub.unsubscribe(self.readers[reader].subscriber, symbol)
        # what was sent before may still be on its way, and belongs to what ended
        self.readers[reader].go_on()
        self.readers[reader].forget(symbol)

    @rule(reader=readers)
    def stall(self, reader: int) -> None:
        """Somebody reads no more for now."""
        self.readers[reader].is_stuck = True

    @rule(reader=readers)
    def go_on(self, reader: int) -> None:
        """Somebody reads again."""
        self.readers[reader].go_on()

    @rule(reader=readers, ahead=st.sampled_from((0, 0, 1, 3)))
    def reconnect(self, reader: int, ahead: int) -> None:
        """Somebody's connection breaks, and they come back, maybe from a process that was ahead of this one."""
        old = self.readers[reader]
        old.break_off()
        new = self.readers[reader] = CheckingReader(self.heard)
        for symbol in _SYMBOLS:
            self.hub.unsubscribe(old.subscriber, symbol)
        for symbol, pace in self.following[reader].items():
            after = old.seen.get(symbol)
            if after:
                after = min(after + ahead, self.published[symbol])
                new.seen[symbol] = after
            elif after == 0:
                after = None
            self.hub.subscribe(new.subscriber, symbol, pace, after)

    @rule(seconds=st.sampled_from((0.01, 0.2, 1.5)))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds
        self.hub.flush(self.now)

    @precondition(lambda self: any(self.following))
    @rule()
    def settle(self) -> None:
        """After a while of nothing, everybody has the last value of what they follow."""
        self.look_up()
        for symbol in _SYMBOLS:
            self.heal(symbol)
        self.now += 10
        self.hub.flush(self.now)
        for reader, followed in zip(self.readers, self.following, strict=True):
            reader.go_on()
            for symbol in followed:
                assert reader.seen[symbol] == self.published[symbol]

    def teardown(self) -> None:
        """Whatever happened, it ends well."""
        if any(self.following):
            self.settle()
        for reader in self.readers:
            reader.break_off()

    def _hear(self, symbol: str, sequence: int) -> None:
        self.heard[symbol].add(sequence)
        self.hub.take([tick(symbol, sequence)], self.now)


TestHub = HubMachine.TestCase
TestHub.settings = settings(max_examples=EXAMPLES[profile()] // 3, stateful_step_count=40)
