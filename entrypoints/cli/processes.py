"""The processes that can be run one by one: API, worker and scheduler."""

from __future__ import annotations

import os
import socket

from bootstrap import build, load_settings
from entrypoints.collector import calm_collector
from entrypoints.supervisor.leftovers import die_with_parent

# requests in flight may finish; the supervisor grants a little more
_GRACE_S = 2


def serve_api(fd: int | None) -> None:
    """Serve HTTP until SIGTERM or SIGINT, on the settings' address or on a socket that is open already."""
    import uvicorn

    from entrypoints.http.app import create_app
    from entrypoints.http.protocol import GuardedProtocol

    die_with_parent()
    settings = load_settings(os.environ)
    app = build(settings)
    app.platform.configure_logging()
    config = uvicorn.Config(
        create_app(app),
        host=settings.http.host,
        port=settings.http.port,
        loop="uvloop",
        http=GuardedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    calm_collector()
    uvicorn.Server(config).run(sockets=None if fd is None else [socket.socket(fileno=fd)])


def run_worker() -> int:
    """Work off events until SIGTERM or SIGINT."""
    from entrypoints.worker import run

    die_with_parent()
    calm_collector()
    return run(load_settings(os.environ))


def run_scheduler() -> int:
    """Relay events until SIGTERM or SIGINT."""
    from entrypoints.scheduler import run

    die_with_parent()
    return run(load_settings(os.environ))
