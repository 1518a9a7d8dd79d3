"""What `tapedeck watch` shows on a terminal: prices with their direction, and whether they may be old."""

from __future__ import annotations

from rich.console import Console

from entrypoints.cli.watching import Board
from tapedeck_client import Connected, Disconnected, Gap, Refusal, Snapshot, Tick, Update
from tapedeck_client.records import Record
from tests.clients.stream_server import tick

CHANNEL = "market:AAPL"


def price(last: str) -> Tick:
    return Tick.read(Record(dict(tick(last, previousClose="200", bid="229", ask="231"))))


def seen(board: Board, now: float, width: int = 120) -> str:
    console = Console(width=width, force_terminal=True, color_system="standard")
    with console.capture() as captured:
        console.print(board.drawn(now, width))
    return captured.get()


def test_a_row_has_the_price_its_change_and_who_says_so() -> None:
    board = Board()
    board.take(Connected(connection="c-1"), 0.0)
    board.take(Snapshot(channel=CHANNEL, sequence=1, tick=price("230.50")), 0.0)
    board.take(Snapshot(channel="market:MSFT", sequence=0, tick=None), 0.0)
    shown = seen(board, 1.0)
    for part in ("live", "AAPL", "230.50", "+15.25 %", "229", "231", "USD", "simulator (made up)", "nothing yet"):
        assert part in shown


def test_a_price_that_moved_is_coloured_for_a_moment() -> None:
    board = Board()
    board.take(Snapshot(channel=CHANNEL, sequence=1, tick=price("230")), 0.0)
    still = seen(board, 5.0)
    board.take(Update(channel=CHANNEL, first=2, sequence=2, tick=price("231")), 5.0)
    up = seen(board, 5.1)
    board.take(Update(channel=CHANNEL, first=3, sequence=3, tick=price("230")), 6.0)
    down = seen(board, 6.1)
    green, red = "\x1b[30;42m", "\x1b[37;41m"
    assert (green in still, green in up, green in down) == (False, True, False)
    assert (red in still, red in up, red in down) == (False, False, True)
    assert red not in seen(board, 60.0)


def test_while_disconnected_prices_are_said_to_be_old_and_dim() -> None:
    board = Board()
    board.take(Connected(connection="c-1"), 0.0)
    board.take(Snapshot(channel=CHANNEL, sequence=1, tick=price("230")), 0.0)
    board.take(Disconnected(reason="restart", code=1012, retry_in_s=1.25), 1.0)
    shown = seen(board, 1.0)
    assert "disconnected (restart), next attempt in 1.2 s: prices are old" in shown
    assert "\x1b[2m" in shown
    board.take(Connected(connection="c-2"), 3.0)
    assert "\x1b[2m" not in seen(board, 3.0)


def test_what_is_refused_and_what_was_missed_is_said() -> None:
    board = Board()
    board.take(Snapshot(channel=CHANNEL, sequence=1, tick=price("230")), 0.0)
    board.take(Gap(channel=CHANNEL, after=1, before=9), 1.0)
    board.take(Refusal(channel="market:XX!", code="invalid_channel", message="It is no symbol."), 1.0)
    shown = seen(board, 2.0)
    assert "changes missed" in shown
    assert "XX!: It is no symbol." in shown
    assert "changes missed" not in seen(board, 20.0)


def test_on_a_narrow_terminal_prices_are_whole_and_less_is_shown() -> None:
    board = Board()
    board.take(Connected(connection="c-1"), 0.0)
    board.take(Snapshot(channel="market:BTC-USD", sequence=1, tick=price("48291.86")), 0.0)
    shown = seen(board, 5.0, width=80)
    for part in ("BTC-USD", "48291.86", "+24045.93 %", "simulator (made up)"):
        assert part in shown
    assert "bid" not in shown
