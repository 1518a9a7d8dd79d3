"""`tapedeck rebuild`: computes positions and cash anew from what was recorded."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

import click

from bootstrap import rebuild_books
from domain.shared.ids import AccountId
from entrypoints.cli.failures import plainly


def rebuild_all(data: Path, account: UUID | None) -> None:
    """Rebuild, and say what was found."""
    with plainly():
        done = rebuild_books(data, os.environ, None if account is None else AccountId(account))
    for pair in done.mended:
        click.echo(f"  mended: account {pair.account_id}, instrument {pair.instrument_id}")
    click.echo(f"Replayed {done.replayed:,} positions; {len(done.mended):,} were not what they should have been.")
