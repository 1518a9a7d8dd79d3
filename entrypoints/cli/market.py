"""`tapedeck quote` and `tapedeck history`: what things cost and have cost, as the running API tells it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote as escaped

import click
from msgspec import Struct
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table

from entrypoints.cli.chart import drawn, picture
from entrypoints.cli.client import Api
from entrypoints.cli.failures import Failure, plainly
from entrypoints.cli.signing_in import sign_in

_LAST_BARS = 10
_FORMS = frozenset({"csv", "parquet"})


class _Provenance(Struct, rename="camel"):
    provider: str
    as_of: str
    stale: bool
    simulated: bool

    def told(self) -> str:
        """Say who tells so, and what is to be known about that."""
        marks = [mark for mark, holds in (("made up", self.simulated), ("stale", self.stale)) if holds]
        return self.provider + (f" ({', '.join(marks)})" if marks else "")


class _Quote(Struct, rename="camel"):
    symbol: str
    currency: str
    price: str
    change_percent: str | None
    provenance: _Provenance


class _Missing(Struct):
    message: str


class _Quotes(Struct):
    quotes: list[_Quote]
    missing: list[_Missing]


class _Bar(Struct):
    start: str
    open: str
    high: str
    low: str
    close: str
    volume: str


class _History(Struct):
    symbol: str
    adjustment: str
    currency: str
    bars: list[_Bar]
    provenance: _Provenance


def show_quotes(symbols: Sequence[str], *, url: str, email: str | None) -> None:
    """Print what these cost; raise Failure with the reasons if there is none of them."""
    with plainly(), Api(url) as api:
        sign_in(api, email)
        found = api.get("quotes", _Quotes, symbols=",".join(symbols))
        if found.quotes:
            _print_quotes(found.quotes)
        for missing in found.missing:
            click.echo(missing.message, err=True)
        if not found.quotes:
            raise Failure("There is nothing to show.")


def show_history(symbol: str, *, reach: str, interval: str, plot: str | None, url: str, email: str | None) -> None:
    """Print the last bars, or draw all of them: in the terminal, or into a file that is not there yet."""
    with plainly(), Api(url) as api:
        sign_in(api, email)
        path = f"history/{escaped(symbol, safe='')}"
        found = api.get(path, _History, range=reach, interval=interval)
        closes = [float(bar.close) for bar in found.bars]
        if not closes:
            raise Failure(f"Nothing was traded of {symbol} in that time.")
        if plot is None:
            _print_bars(found)
        elif plot:
            _write(Path(plot), picture(closes))
        else:
            first, last = found.bars[0].start[:10], found.bars[-1].start[:10]
            click.echo("\n".join(drawn(closes, first, last, width=min(Console().width, 110))))
        click.echo(
            f"{found.symbol} in {found.currency}, {len(closes)} bars of {interval}, adjusted for "
            f"{found.adjustment.replace('_', ' ')}, says {found.provenance.told()}"
        )


def save_history(symbol: str, file: Path, *, reach: str, interval: str, url: str, email: str | None) -> None:
    """Write all bars into a file that is not there yet: CSV or Parquet, as its name ends."""
    form = file.suffix.lower().removeprefix(".")
    if form not in _FORMS:
        raise Failure(f"{str(file)!r} ends neither with .csv nor with .parquet.")
    with plainly(), Api(url) as api:
        sign_in(api, email)
        path = f"history/{escaped(symbol, safe='')}/file"
        _write(file, api.content(path, range=reach, interval=interval, format=form))


def _write(file: Path, content: bytes) -> None:
    try:
        with file.open("xb") as target:
            target.write(content)
    except OSError as error:
        raise Failure(f"{str(file)!r} cannot be written: {error.strerror}.") from error


def _print_quotes(quotes: Sequence[_Quote]) -> None:
    numbers = [Column(name, justify="right", no_wrap=True) for name in ("price", "change")]
    table = Table(
        Column("symbol", no_wrap=True),
        *numbers,
        "in",
        *(Column(name, no_wrap=True) for name in ("as of", "says")),
        box=SIMPLE,
    )
    for each in quotes:
        change = "" if each.change_percent is None else f"{float(each.change_percent):+.2f} %"
        as_of = each.provenance.as_of[:16].replace("T", " ")
        table.add_row(each.symbol, each.price, change, each.currency, as_of, each.provenance.told())
    Console().print(table)


def _print_bars(history: _History) -> None:
    table = Table(
        "start", *(Column(name, justify="right") for name in ("open", "high", "low", "close", "volume")), box=SIMPLE
    )
    for bar in history.bars[-_LAST_BARS:]:
        table.add_row(bar.start[:16].replace("T", " "), bar.open, bar.high, bar.low, bar.close, bar.volume)
    Console().print(table)
