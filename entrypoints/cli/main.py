"""The command `tapedeck`. Commands import what they need when they run, so that `--help` is quick."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from uuid import UUID

import click

from entrypoints.cli.failures import plainly
from entrypoints.cli.places import default_data_dir

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_DATA_DIR = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="TAPEDECK_DATA_DIR",
    default=default_data_dir,
    show_default="a folder of your own",
    help="Where the database, the secrets and the logs are kept.",
)
_URL = click.option(
    "--url", default="http://127.0.0.1:8000", show_default=True, help="Where the API is; it must be running."
)


@click.group(context_settings=_CONTEXT)
def cli() -> None:
    """Keep a trader's books exact to the last digit.

    `tapedeck run` is all that one machine needs. The other processes can also be run one by one, with DATABASE_URL
    and REDIS_URL pointing to your own servers; settings come from the environment (TAPEDECK_<SECTION>__<FIELD>) and
    from the TOML file that TAPEDECK_CONFIG names.
    """


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The API's port.  [default: 8000]")
@_DATA_DIR
@click.option("--demo/--no-demo", default=True, show_default=True, help="Create a demo user with a few trades.")
def run(port: int | None, data_dir: Path, *, demo: bool) -> None:
    """Start everything on this machine.

    Starts a PostgreSQL and a Valkey of its own, unless DATABASE_URL and REDIS_URL name others, then the API, two
    workers, the scheduler and the ingest of live prices, and starts again what dies. Ctrl-C stops all of it; the data
    stays in the data folder.
    """
    from entrypoints.cli.run import run_everything

    with plainly():
        run_everything(data_dir, port=port, demo=demo)


@cli.command()
@click.option("--fd", type=int, hidden=True, help="An open socket to listen on, from the supervisor.")
def api(fd: int | None) -> None:
    """Serve the HTTP API; start as many as needed."""
    from entrypoints.cli.processes import serve_api

    with plainly():
        serve_api(fd)


@cli.command()
@click.option(
    "--queues",
    default="critical,high,normal,low",
    show_default=True,
    help="Which work to do; the most urgent comes first. Start several workers, so that none waits behind another.",
)
def worker(queues: str) -> None:
    """Do background work, such as imports."""
    from entrypoints.cli.processes import priorities_of, run_worker

    with plainly():
        sys.exit(run_worker(priorities_of(queues)))


@cli.command()
def scheduler() -> None:
    """Hand events to the workers; safe to run twice."""
    from entrypoints.cli.processes import run_scheduler

    with plainly():
        sys.exit(run_scheduler())


@cli.command()
def ingest() -> None:
    """Hear prices from providers' streams; several share the symbols."""
    from entrypoints.cli.processes import run_ingest

    with plainly():
        sys.exit(run_ingest())


@cli.command()
@_DATA_DIR
def migrate(data_dir: Path) -> None:
    """Bring the database to the newest schema.

    It is the one that DATABASE_URL names, else the one in the data folder, which must not be in use then.
    """
    from bootstrap import migrate_database

    with plainly():
        migrate_database(data_dir, os.environ)
    click.echo("The database is up to date.")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@_DATA_DIR
def backup(file: Path, data_dir: Path) -> None:
    """Write everything to FILE.

    The database is the one that DATABASE_URL names, else the one in the data folder, whether it runs or not.
    FILE must not be there yet. It holds what one moment shows, while everybody goes on working. Settings and signing
    keys are not in it.
    """
    from entrypoints.cli.keeping import make_backup

    make_backup(file, data_dir)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@_DATA_DIR
@click.option("--verify/--no-verify", default=True, show_default=True, help="Compare every restored row with FILE.")
@click.option("--release", is_flag=True, help="Let work that waited when FILE was made go ahead at once.")
def restore(file: Path, data_dir: Path, *, verify: bool, release: bool) -> None:
    """Fill an empty database from FILE.

    Everybody has to sign in again. Work that waited when the backup was made may have been done since by the original,
    so it is held until `tapedeck release`.
    """
    from entrypoints.cli.keeping import restore_backup

    restore_backup(file, data_dir, verify=verify, hold=not release)


@cli.command()
@_DATA_DIR
@click.option("--discard", is_flag=True, help="Let go of it for good instead.")
def release(data_dir: Path, *, discard: bool) -> None:
    """Let work go ahead that a restore held."""
    from entrypoints.cli.keeping import release_held_work

    release_held_work(data_dir, discard=discard)


@cli.command()
@_DATA_DIR
@click.option("--account", type=click.UUID, help="Only this account's positions, and those that are tied to them.")
def rebuild(data_dir: Path, account: UUID | None) -> None:
    """Compute positions and cash anew from what was recorded.

    Everybody can go on working meanwhile. What was not right is mended, and its owner finds it among the issues.
    The same happens by itself every night.
    """
    from entrypoints.cli.rebuilding import rebuild_all

    rebuild_all(data_dir, account)


@cli.command()
@_DATA_DIR
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--connections", is_flag=True, help="Only see whether the servers answer, as probes of containers do.")
def doctor(data_dir: Path, *, as_json: bool, connections: bool) -> None:
    """Say what is wrong with this installation.

    Looks at the settings, the servers and their versions, roles, row security, migrations, clocks and the disk. Exits
    with 1 if something has failed; warnings are for you to judge.
    """
    from entrypoints.cli.doctor import run_doctor

    sys.exit(run_doctor(data_dir, as_json=as_json, connections=connections))


@cli.command()
@_URL
def demo(url: str) -> None:
    """Create a demo user with a few trades.

    Does so through the running API, as any user would.
    The password is TAPEDECK_PASSWORD, or made up and printed. Called again, it adds nothing.
    """
    from entrypoints.cli.demo import create_demo

    create_demo(url)


@cli.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--account", required=True, help="The account's id or label.")
@_URL
@click.option(
    "--email", help="Who signs in, with the password in TAPEDECK_PASSWORD or asked for; or set TAPEDECK_TOKEN."
)
@click.option("--dry-run", is_flag=True, help="Show the verdict on each row and store nothing.")
def import_file(file: Path, account: str, url: str, email: str | None, *, dry_run: bool) -> None:
    """Import a broker's tradebook.

    Uploads FILE to the running API, shows what it would add and which rows cannot be read, then adds the rest and
    prints the positions.
    """
    from entrypoints.cli.importing import import_tradebook

    import_tradebook(file, account=account, url=url, email=email, dry_run=dry_run)


_EMAIL = click.option(
    "--email", help="Who signs in, with the password in TAPEDECK_PASSWORD or asked for; or set TAPEDECK_TOKEN."
)


@cli.command()
@click.argument("symbols", nargs=-1, required=True)
@_URL
@_EMAIL
def quote(symbols: tuple[str, ...], url: str, email: str | None) -> None:
    """Show what SYMBOLS cost now, such as AAPL NSE:INFY BTC-USD."""
    from entrypoints.cli.market import show_quotes

    show_quotes(symbols, url=url, email=email)


@cli.command()
@click.argument("symbol")
@click.option("--range", "reach", default="1y", show_default=True, help="5d, 1mo, 3mo, 6mo, 1y, 2y, 5y, 10y or max.")
@click.option("--interval", default="1d", show_default=True, help="1m, 5m, 15m, 30m, 1h, 1d, 1wk or 1mo.")
@click.option("--plot", is_flag=False, flag_value="", help="Draw a chart; into FILE, a PNG, if one is named.")
@click.option(
    "--file", type=click.Path(path_type=Path), help="Write all bars into FILE instead, as .csv or .parquet says."
)
@_URL
@_EMAIL
def history(
    symbol: str, reach: str, interval: str, url: str, email: str | None, *, plot: str | None, file: Path | None
) -> None:
    """Show what SYMBOL has cost: the last bars, or a chart of all."""
    from entrypoints.cli.market import save_history, show_history

    if file is None:
        show_history(symbol, reach=reach, interval=interval, plot=plot, url=url, email=email)
    else:
        save_history(symbol, file, reach=reach, interval=interval, url=url, email=email)


@cli.command()
@click.argument("symbols", nargs=-1, required=True)
@click.option("--range", "reach", default="10y", show_default=True, help="1d to max, as of history.")
@click.option("--interval", default="1d", show_default=True, help="1m, 5m, 15m, 30m, 1h or 1d.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until it is done.")
@_URL
@_EMAIL
def backfill(symbols: tuple[str, ...], reach: str, interval: str, url: str, email: str | None, *, wait: bool) -> None:
    """Fetch the histories of SYMBOLS and keep them, before they are needed.

    Only what is missing is asked for. A worker does it; asked for again, it goes on where it was.
    """
    from entrypoints.cli.backfilling import backfill as fetch

    fetch(symbols, reach=reach, interval=interval, wait=wait, url=url, email=email)


@cli.command()
@click.argument("symbol")
@click.option("--range", "reach", default="1y", show_default=True, help="1d to max, as of history.")
@_URL
@_EMAIL
def gaps(symbol: str, reach: str, url: str, email: str | None) -> None:
    """Show on which days of trading SYMBOL has no bar."""
    from entrypoints.cli.backfilling import show_gaps

    show_gaps(symbol, reach=reach, url=url, email=email)


@cli.command()
@click.argument("symbols", nargs=-1, required=True)
@click.option(
    "--every",
    "conflate_ms",
    type=click.IntRange(0, 60_000),
    default=200,
    show_default=True,
    help="Show each symbol at most once in so many milliseconds; 0 shows every tick.",
)
@_URL
@_EMAIL
def watch(symbols: tuple[str, ...], conflate_ms: int, url: str, email: str | None) -> None:
    """Show what SYMBOLS cost as it moves, until Ctrl-C.

    On a terminal it is a table, else a line for each change. It comes back by itself after a break, and says so.
    """
    from entrypoints.cli.watching import watch as watch_symbols

    watch_symbols(symbols, url=url, email=email, conflate_ms=conflate_ms)


def main() -> None:
    """Run the command line: 0 when it did what was asked, 2 with one line on stderr when it cannot."""
    try:
        code = cli(prog_name="tapedeck", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as nothing:
        nothing.show()
        sys.exit(nothing.exit_code)
    except click.UsageError as wrong:
        command = wrong.ctx.command_path if wrong.ctx else "tapedeck"
        click.echo(f"tapedeck: {wrong.format_message()} See `{command} --help`.", err=True)
        sys.exit(wrong.exit_code)
    except click.ClickException as failure:
        failure.show()
        sys.exit(failure.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
