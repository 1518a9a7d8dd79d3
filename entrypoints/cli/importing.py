"""`tapedeck import`: uploads a tradebook, shows what it would add, commits it, and prints the positions."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import click
from msgspec import Struct, field
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table

from entrypoints.cli.client import Api
from entrypoints.cli.failures import Failure
from entrypoints.cli.signing_in import sign_in

_POLL_S = 0.2
_BAD_ROWS_SHOWN = 20
_WORKING = frozenset({"received", "parsing", "committing"})


class Account(Struct, rename="camel"):
    """An account."""

    id: str
    label: str


class _File(Struct, rename="camel"):
    size: int


class Import(Struct, rename="camel"):
    """An import as it stands."""

    id: str
    state: str
    file: _File
    bytes_read: int = 0
    format: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    failure: str | None = None

    def count(self, *verdicts: str) -> int:
        """Return how many rows have one of these verdicts."""
        return sum(self.counts.get(verdict, 0) for verdict in verdicts)


class _Problem(Struct):
    reason: str
    column: str | None = None


class _Row(Struct, rename="camel"):
    line: int
    problem: _Problem | None = None


class _Instrument(Struct):
    symbol: str
    exchange: str
    currency: str


class _Position(Struct, rename="camel"):
    instrument: _Instrument
    quantity: str
    open_cost: str
    realised: str


def import_tradebook(file: Path, *, account: str, url: str, email: str | None, dry_run: bool) -> None:
    """Import the file into the account with this id or label; raises Failure for what cannot be."""
    with Api(url) as api:
        sign_in(api, email)
        target = _account(api, account)
        click.echo(f"Uploading {file.name} ...")
        preview = upload(api, file, target.id, _bar("Reading"))
        _show(api, preview)
        if dry_run:
            click.echo("Nothing was added (--dry-run).")
            return
        if preview.count("ready") == 0:
            click.echo("There is nothing to add.")
        else:
            done = commit(api, preview, _bar("Adding"))
            click.echo(f"Added {done.count('imported')} trades. To undo: POST /api/v1/imports/{done.id}/undo")
        _show_positions(api, target)


def upload(api: Api, file: Path, account_id: str, show: Callable[[Import], None]) -> Import:
    """Upload the file and wait for its preview."""
    received = api.upload("imports", Import, file, accountId=account_id)
    preview = _wait(api, received, show)
    if preview.state == "needs_mapping":
        raise Failure(
            f"{file.name} is none of the known formats. Save what its columns mean with "
            "POST /api/v1/import-mappings, then import it again: files with these columns are recognised from then on."
        )
    return preview


def commit(api: Api, preview: Import, show: Callable[[Import], None]) -> Import:
    """Add the rows that are ready and wait until they are there."""
    return _wait(api, api.post(f"imports/{preview.id}/commit", Import), show)


def _wait(api: Api, item: Import, show: Callable[[Import], None]) -> Import:
    while item.state in _WORKING:
        show(item)
        time.sleep(_POLL_S)
        item = api.get(f"imports/{item.id}", Import)
    show(item)
    if item.state == "failed":
        raise Failure(f"The import failed: {item.failure or 'without a reason'}")
    return item


def _account(api: Api, wanted: str) -> Account:
    accounts = list(api.rows("accounts", Account))
    found = [account for account in accounts if wanted in {account.id, account.label}]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{account.label!r} ({account.id})" for account in accounts) or "none yet"
    raise Failure(f"{len(found) or 'No'} accounts are called {wanted!r}. Accounts: {known}.")


def _bar(verb: str) -> Callable[[Import], None]:
    """Return what shows progress: a bar that grows on a terminal, nothing elsewhere."""
    if not sys.stdout.isatty():
        return lambda _: None
    width = 30

    def show(item: Import) -> None:
        total = item.count("ready", "imported") if item.state == "committing" else item.file.size
        done = item.count("imported") if item.state == "committing" else item.bytes_read
        share = 1.0 if item.state not in _WORKING else min(1.0, done / max(1, total))
        filled = round(share * width)
        end = "\n" if item.state not in _WORKING else ""
        click.echo(f"\r{verb} [{'#' * filled}{'.' * (width - filled)}] {share:4.0%}{end}", nl=False)

    return show


def _show(api: Api, preview: Import) -> None:
    known = preview.count("duplicate", "duplicate_in_file")
    bad = preview.count("bad", "conflict")
    click.echo(f"Format {preview.format}: {preview.count('ready')} new, {known} known already, {bad} not usable.")
    shown = 0
    for verdict in ("bad", "conflict"):
        if not preview.count(verdict):
            continue
        for row in api.rows(f"imports/{preview.id}/rows", _Row, verdict=verdict):
            if shown == _BAD_ROWS_SHOWN:
                click.echo(f"  ... and {bad - shown} more")
                return
            shown += 1
            problem = row.problem or _Problem("it conflicts with a trade that is there")
            column = f", column {problem.column}" if problem.column else ""
            click.echo(f"  line {row.line}{column}: {problem.reason}")


def _show_positions(api: Api, account: Account) -> None:
    positions = list(api.rows("positions", _Position, accountId=account.id))
    click.echo(f"\nPositions of {account.label}:")
    table = Table("instrument", *(Column(name, justify="right") for name in ("quantity", "open cost", "realised")), "")
    table.box = SIMPLE
    for position in positions:
        instrument = position.instrument
        amounts = (_short(position.quantity), _short(position.open_cost), _short(position.realised))
        table.add_row(f"{instrument.symbol} ({instrument.exchange})", *amounts, instrument.currency)
    Console(soft_wrap=True).print(table)


def _short(amount: str) -> str:
    """Return an exact amount with at most eight decimals, for people; the API has the rest."""
    return f"{Decimal(amount):,.8f}".rstrip("0").rstrip(".")
