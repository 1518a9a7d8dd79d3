"""The processes that can be run one by one: API, worker, scheduler and ingest."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

from bootstrap import Settings, build, check_roles, load_settings
from domain.shared.events import Priority
from entrypoints.cli.failures import Failure
from entrypoints.collector import calm_collector
from entrypoints.supervisor.leftovers import die_with_parent


def serve_api(fd: int | None) -> None:
    """Serve HTTP until SIGTERM or SIGINT, on the settings' address or on a socket that is open already."""
    import uvicorn

    from entrypoints.http.app import create_app
    from entrypoints.http.closing import Closing, DrainingServer
    from entrypoints.http.protocol import GuardedProtocol
    from entrypoints.http.sockets import GuardedSocket
    from entrypoints.websocket.limits import HEARTBEAT_S

    die_with_parent()
    settings = _checked_settings()
    app = build(settings)
    app.platform.configure_logging()
    closing = Closing()
    config = uvicorn.Config(
        create_app(app, closing),
        host=settings.http.host,
        port=settings.http.port,
        loop="uvloop",
        http=GuardedProtocol,
        ws=GuardedSocket,
        ws_max_size=settings.stream.frame_bytes,
        # it costs more than everything else together, and ticks are short
        ws_per_message_deflate=False,
        # a connection of which one side is gone is found by this, and by nothing else
        ws_ping_interval=HEARTBEAT_S,
        ws_ping_timeout=HEARTBEAT_S,
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn would believe X-Forwarded-For from this machine; entrypoints.http.addresses follows the settings
        proxy_headers=False,
        timeout_graceful_shutdown=settings.http.grace_s,
    )
    calm_collector()
    server = DrainingServer(config, closing, drain_s=settings.http.drain_s)
    server.run(sockets=None if fd is None else [socket.socket(fileno=fd)])


def priorities_of(queues: str) -> Sequence[Priority]:
    """Return the priorities that a list such as `critical,high` names; raises Failure for one that there is not."""
    known = {priority.name.lower(): priority for priority in Priority}
    wanted = [name.strip().lower() for name in queues.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise Failure(f"--queues takes {', '.join(known)}, separated by commas; got {queues!r}.")
    return [priority for name, priority in known.items() if name in wanted]


def run_worker(priorities: Sequence[Priority]) -> int:
    """Work off events of these priorities until SIGTERM or SIGINT."""
    from entrypoints.worker import run

    die_with_parent()
    calm_collector()
    return run(_checked_settings(), priorities)


def run_scheduler() -> int:
    """Relay events until SIGTERM or SIGINT."""
    from entrypoints.scheduler import run

    die_with_parent()
    return run(_checked_settings())


def run_ingest() -> int:
    """Hear feeds until SIGTERM or SIGINT."""
    from entrypoints.ingest import run

    die_with_parent()
    calm_collector()
    return run(_checked_settings())


def _checked_settings() -> Settings:
    settings = load_settings(os.environ)
    check_roles(settings.redis)
    return settings
