"""`tapedeck run`: brings everything up in order, says where it is, and keeps it running."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bootstrap import Local, check_roles, open_local
from entrypoints.cli.failures import Failure
from entrypoints.supervisor.child import Plan
from entrypoints.supervisor.leftovers import MARK, end_leftovers
from entrypoints.supervisor.supervisor import StartFailed, Stopped, Supervisor

_SERVERS_PATIENCE_S = 120
_WORKERS_PATIENCE_S = 120
_READY = 200


def run_everything(data: Path, *, port: int | None, demo: bool) -> None:
    """Run all processes until somebody stops them; raises Failure if they do not come up."""
    with open_local(data, os.environ, port=port) as local, _listening(local) as listener:
        end_leftovers(local.data)
        supervisor = Supervisor(_say)
        with supervisor.signals():
            try:
                _bring_up(supervisor, local, listener, demo=demo)
                _say(_welcome(local, demo=demo))
                supervisor.keep_running()
            except Stopped:
                pass
            except StartFailed as failure:
                raise Failure(f"{failure} (logs: {local.logs})") from failure
            _say("\nStopping ...")
    _say("Stopped. The data stays in the data folder.")


def _bring_up(supervisor: Supervisor, local: Local, listener: socket.socket, *, demo: bool) -> None:
    if local.servers:
        _say(f"Starting {' and '.join(server.name for server in local.servers)} in {local.data} ...")
        supervisor.start_servers(
            [
                Plan(
                    name=server.name,
                    prepare=server.prepare,
                    command=server.command,
                    is_ready=server.is_ready,
                    environment=local.server_environment,
                    log=local.logs / f"{server.name}.log",
                    why=local.why_server_ended,
                    stop_signal=server.stop_signal,
                    kill_signal=signal.SIGQUIT if server.name == "postgres" else signal.SIGKILL,
                )
                for server in local.servers
            ],
            patience_s=_SERVERS_PATIENCE_S,
        )
    check_roles(local.settings.redis)
    _say("Bringing the database up to date ...")
    supervisor.run_once(_own(local, "migrate"))
    _say("Starting the API, the workers, the scheduler and the ingest ...")
    workers = [
        _own(local, "api", "--fd", str(listener.fileno()), inherits=listener, is_ready=lambda: _answers(local)),
        # two, so that a job that takes long, or kills its worker, delays no other
        _own(local, "worker"),
        _own(local, "worker", known_as="worker2"),
        _own(local, "scheduler"),
        _own(local, "ingest"),
    ]
    supervisor.start_workers(workers, patience_s=_WORKERS_PATIENCE_S)
    if demo:
        _say("Looking after the demo user ...")
        supervisor.run_once(_own(local, "demo", "--url", _address(local)))


def _own(
    local: Local,
    name: str,
    *arguments: str,
    known_as: str | None = None,
    inherits: socket.socket | None = None,
    is_ready: Callable[[], bool] = lambda: True,
) -> Plan:
    """Return the plan of one of our own commands."""
    environment = {
        **local.environment,
        MARK: str(local.data),
        "TAPEDECK_PASSWORD": local.demo_password,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    command = [sys.executable, "-m", "entrypoints.cli", name, *arguments]
    shown = known_as or name
    return Plan(
        name=shown,
        command=lambda: local.bound(command),
        environment=environment,
        log=local.logs / f"{shown}.log",
        inherits=[inherits.fileno()] if inherits else [],
        is_ready=is_ready,
    )


@contextmanager
def _listening(local: Local) -> Iterator[socket.socket]:
    """Take the port before anything else starts, and keep it while the API is started again."""
    host, port = local.settings.http.host, local.settings.http.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise Failure(f"Broken setting: http.host: {host!r} is no address of this machine.") from error
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(2048)
        except OSError as error:
            raise Failure(
                f"Port {port} on {host} cannot be had: {error.strerror}. "
                f"Choose another, as in `make run PORT={port % 65535 + 1}` or `tapedeck run --port {port % 65535 + 1}`."
            ) from error
        yield listener


def _answers(local: Local) -> bool:
    host = local.settings.http.host
    connection = http.client.HTTPConnection(_reachable(host), local.settings.http.port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == _READY
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _reachable(host: str) -> str:
    """Return where an address that stands for all addresses can be reached from here."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def _address(local: Local) -> str:
    host = _reachable(local.settings.http.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{local.settings.http.port}"


def _welcome(local: Local, *, demo: bool) -> str:
    url = local.settings.http.public_url or _address(local)
    lines = ["", f"  API            {url}/api/v1", f"  Documentation  {url}/docs"]
    if demo:
        from entrypoints.cli.demo import EMAIL

        lines += [f"  Demo user      {EMAIL}", f"  Password       {local.demo_password}"]
    lines += [f"  Data and logs  {local.data}", "", "Ctrl-C stops everything.", ""]
    return "\n".join(lines)


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()
