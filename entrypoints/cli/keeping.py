"""`tapedeck backup`, `restore` and `release`: keeps copies, and makes installations of them."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bootstrap import back_up, release_held, restore
from entrypoints.cli.failures import plainly


def make_backup(file: Path, data: Path) -> None:
    """Write the backup and say what is in it."""
    with plainly():
        manifest = back_up(data, os.environ, file)
    size = file.stat().st_size / 1e6
    click.echo(
        f"Backed up {manifest.rows:,} rows of {len(manifest.tables)} tables at migration {manifest.revision} to {file} "
        f"({size:,.1f} MB). Keep it as safe as the database; signing keys and settings are not in it."
    )


def restore_backup(file: Path, data: Path, *, verify: bool, hold: bool) -> None:
    """Restore, say whether the sums are equal table by table, and what waits for a word."""
    with plainly():
        done = restore(data, os.environ, file, verify=verify, hold=hold)
    if done.is_verified:
        for table in done.manifest.tables:
            click.echo(f"  {table.name:<32} {table.rows:>12,} rows  equal  {table.digest[:16]}")
    click.echo(f"Restored {done.manifest.rows:,} rows of {len(done.manifest.tables)} tables from {file}.")
    if done.calmed.sessions:
        click.echo(f"Ended {done.calmed.sessions:,} sessions: everybody signs in again.")
    if done.calmed.events:
        click.echo(
            f"Holding {done.calmed.events:,} events that waited for their effect. If the original is gone for good and "
            "did not carry them out since, run `tapedeck release`; else `tapedeck release --discard`."
        )
    click.echo("Give this copy an empty Redis: what another one caches is of another time.")


def release_held_work(data: Path, *, discard: bool) -> None:
    """Release or discard, and say how much."""
    with plainly():
        count = release_held(data, os.environ, discard=discard)
    click.echo(f"{'Discarded' if discard else 'Released'} {count:,} events.")
