"""`tapedeck backfill` and `tapedeck gaps`: histories that are there before they are asked for, and what they lack."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from urllib.parse import quote as escaped

import click
from msgspec import Struct, field

from entrypoints.cli.client import Api
from entrypoints.cli.failures import Failure, plainly
from entrypoints.cli.signing_in import sign_in

_POLL_S = 0.2
_WORKING = frozenset({"waiting", "running"})


class _Progress(Struct):
    done: int
    total: int


class _Job(Struct, rename="camel"):
    id: str
    state: str
    attempts: int = 0
    progress: _Progress | None = None
    error: str | None = None


class _Gap(Struct):
    first: str = field(name="from")
    last: str = field(name="to")
    days: int


class _Gaps(Struct, rename="camel"):
    symbol: str
    exchange: str
    first_day: str | None
    last_day: str | None
    days: int
    missing_days: int
    gaps: list[_Gap]


def backfill(symbols: Sequence[str], *, reach: str, interval: str, wait: bool, url: str, email: str | None) -> None:
    """Ask for the histories and, unless told otherwise, wait until they are there.

    Raises Failure if some are not: what is there stays, and the job can be retried.
    """
    with plainly(), Api(url) as api:
        sign_in(api, email)
        job = api.post("market/backfills", _Job, {"symbols": list(symbols), "range": reach, "interval": interval})
        click.echo(f"Job {job.id}. To stop it: POST /api/v1/jobs/{job.id}/cancel")
        if not wait:
            return
        while job.state in _WORKING and not job.attempts:
            _show(job)
            time.sleep(_POLL_S)
            job = api.get(f"jobs/{job.id}", _Job)
        _show(job, is_last=True)
        if job.state != "done":
            raise Failure(job.error or f"The job is {job.state}.")
        progress = job.progress or _Progress(0, len(symbols))
        if progress.done < progress.total:
            raise Failure(f"Of {progress.total} symbols {progress.total - progress.done} are known to nobody.")
        click.echo(f"{progress.done} symbols are there.")


def show_gaps(symbol: str, *, reach: str, url: str, email: str | None) -> None:
    """Print the days of trading of which a history has no bar."""
    with plainly(), Api(url) as api:
        sign_in(api, email)
        found = api.get(f"market/stocks/{escaped(symbol, safe='')}/gaps", _Gaps, range=reach)
        for gap in found.gaps:
            click.echo(gap.first if gap.first == gap.last else f"{gap.first} to {gap.last} ({gap.days} days)")
        if found.first_day is None:
            click.echo(f"{found.symbol} has no bars in that time.")
        else:
            total = found.days + found.missing_days
            click.echo(
                f"{found.symbol}: {found.missing_days} of {total} days of {found.exchange} are missing, "
                f"{found.first_day} to {found.last_day}"
            )


def _show(job: _Job, *, is_last: bool = False) -> None:
    """Tell how far it is, on a terminal."""
    if sys.stdout.isatty() and job.progress is not None:
        click.echo(f"\r{job.progress.done} of {job.progress.total} symbols", nl=is_last)
