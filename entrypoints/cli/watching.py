"""`tapedeck watch`: what things cost, as it moves: a table on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import click
from rich.box import SIMPLE
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from entrypoints.cli.failures import Failure
from entrypoints.cli.signing_in import credentials
from tapedeck_client import (
    Connected,
    Disconnected,
    Gap,
    Item,
    Refusal,
    Snapshot,
    StreamOptions,
    Tapedeck,
    TapedeckError,
    Tick,
    Update,
)

_REFRESHES_A_SECOND: Final = 8
# for so long a price that moved keeps its colour, and a gap is noted
_FLASH_S: Final = 0.7
_NOTED_S: Final = 10.0
_NEVER: Final = float("-inf")
# what there is room for only from so many columns on
_WIDE: Final = 110
_SPACIOUS: Final = ("bid", "ask", "volume")


@dataclass
class Row:
    """What is shown of a symbol."""

    tick: Tick | None = None
    moved: int = 0
    moved_at: float = _NEVER
    missed_at: float = _NEVER

    def take(self, tick: Tick | None, now: float) -> None:
        """Show this tick, and whether the price went up or down with it."""
        before = None if self.tick is None else self.tick.last
        if tick is not None and before is not None and tick.last is not None and tick.last != before:
            self.moved, self.moved_at = (1 if tick.last > before else -1), now
        self.tick = tick or self.tick


@dataclass
class Board:
    """All that is shown: a row for each symbol, in the order asked for, and how the connection stands."""

    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    refused: dict[str, str] = field(default_factory=dict[str, str])
    state: str = "connecting"
    is_live: bool = False

    def take(self, item: Item, now: float) -> None:
        """Show what the stream told."""
        match item:
            case Snapshot() | Update():
                self.rows.setdefault(item.symbol, Row()).take(item.tick, now)
            case Gap():
                self.rows.setdefault(item.channel.removeprefix("market:"), Row()).missed_at = now
            case Refusal():
                self.refused[(item.channel or "").removeprefix("market:")] = item.message
            case Connected():
                self.state, self.is_live = "live", True
            case Disconnected():
                self.state = f"disconnected ({item.reason}), next attempt in {item.retry_in_s:.1f} s: prices are old"
                self.is_live = False
            case _:
                pass

    def drawn(self, now: float, width: int) -> RenderableType:
        """Return the table with its state above; prices are dim while they may be old."""
        numbers = ("last", "change", *(_SPACIOUS if width >= _WIDE else ()))
        table = Table(
            Column("symbol", no_wrap=True),
            *(Column(name, justify="right", no_wrap=True) for name in numbers),
            "in",
            Column("as of", no_wrap=True),
            "says",
            box=SIMPLE,
            style="" if self.is_live else "dim",
        )
        for symbol, row in self.rows.items():
            cells = _cells(row, now)
            table.add_row(symbol, *(cells[str(column.header)] for column in table.columns[1:]))
        refused = [Text(f"{symbol}: {why}".removeprefix(": "), style="yellow") for symbol, why in self.refused.items()]
        return Group(Text(self.state, style="green" if self.is_live else "bold red"), table, *refused)


def watch(symbols: Sequence[str], *, url: str, email: str | None, conflate_ms: int) -> None:
    """Show what these cost until somebody stops it; raise Failure if that cannot be."""
    who = credentials(email)
    try:
        asyncio.run(_watch(symbols, url=url, who=who, conflate_ms=conflate_ms))
    except TapedeckError as error:
        raise Failure(str(error)) from error


async def _watch(symbols: Sequence[str], *, url: str, who: str | tuple[str, str], conflate_ms: int) -> None:
    async with Tapedeck(url, token=who if isinstance(who, str) else None) as api:
        if not isinstance(who, str):
            await api.sign_in(*who)
        options = StreamOptions(conflate_ms=conflate_ms)
        async with api.stream(*dict.fromkeys(symbols), options=options) as items:
            if not sys.stdout.isatty():
                async for item in items:
                    _say(item)
                return
            board = Board()
            with _Shown(board):
                async for item in items:
                    board.take(item, time.monotonic())


class _Shown(Live):
    """The board on the terminal, drawn anew many times a second, so that colours fade by themselves."""

    def __init__(self, board: Board) -> None:
        self._board = board
        super().__init__(console=Console(), refresh_per_second=_REFRESHES_A_SECOND, screen=False)

    def get_renderable(self) -> RenderableType:
        """Return what is to be seen now."""
        return self._board.drawn(time.monotonic(), self.console.width)


def _say(item: Item) -> None:
    """Print a line for a program that reads along; what is no price goes to stderr."""
    match item:
        case Snapshot() | Update():
            tick = item.tick
            if tick is not None:
                fields = (item.symbol, _text(tick.last), _text(tick.bid), _text(tick.ask), tick.as_of.isoformat())
                click.echo("\t".join(fields))
        case Gap():
            click.echo(f"{item.channel}: changes may have been missed", err=True)
        case Refusal():
            click.echo(item.message, err=True)
        case Disconnected():
            click.echo(f"disconnected ({item.reason}), next attempt in {item.retry_in_s:.1f} s", err=True)
        case Connected():
            click.echo("connected", err=True)
        case _:
            pass


def _cells(row: Row, now: float) -> Mapping[str, RenderableType]:
    """Return what is shown in each column."""
    tick = row.tick
    if tick is None:
        return defaultdict(str, {"as of": "nothing yet"})
    change = tick.change_percent
    colour = "" if not change else ("green" if change > 0 else "red")
    flash = ("black on green" if row.moved > 0 else "white on red") if now - row.moved_at < _FLASH_S else "bold"
    marks = ["made up"] * tick.is_simulated + ["changes missed"] * (now - row.missed_at < _NOTED_S)
    return {
        "last": Text(_text(tick.last), style=flash),
        "change": Text("" if change is None else f"{change:+.2f} %", style=colour),
        "bid": _text(tick.bid),
        "ask": _text(tick.ask),
        "volume": _text(tick.volume),
        "in": tick.currency or "",
        "as of": tick.as_of.astimezone().strftime("%H:%M:%S"),
        "says": tick.provider + (f" ({', '.join(marks)})" if marks else ""),
    }


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"
