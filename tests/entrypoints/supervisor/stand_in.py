"""A small house for the supervisor's tests: `python stand_in.py FOLDER server:CODE worker:CODE ...`.

CODE is what each child runs; it becomes ready when it has made the file FOLDER/<n>.ready. What the supervisor says
goes to stdout.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from entrypoints.supervisor.child import Plan
from entrypoints.supervisor.supervisor import StartFailed, Stopped, Supervisor


def _plan(folder: Path, number: int, kind: str, code: str) -> Plan:
    ready = folder / f"{number}.ready"
    return Plan(
        name=f"{kind}{number}",
        command=lambda: [sys.executable, "-c", code, str(ready)],
        environment=dict(os.environ),
        log=folder / f"{number}.log",
        is_ready=ready.exists,
    )


def main(folder: Path, children: list[str]) -> None:
    """Run the children until somebody asks to stop."""
    plans = [
        _plan(folder, number, *child.split(":", 1))
        for number, child in enumerate(children)
        if child.startswith(("server:", "worker:"))
    ]
    servers = [plan for plan in plans if plan.name.startswith("server")]
    workers = [plan for plan in plans if plan.name.startswith("worker")]
    supervisor = Supervisor(lambda text: print(text, flush=True))  # noqa: T201 - the test reads it
    with supervisor.signals():
        try:
            supervisor.start_servers(servers, patience_s=120)
            supervisor.start_workers(workers, patience_s=120)
            print("all up", flush=True)  # noqa: T201 - as above
            supervisor.keep_running()
        except Stopped:
            print("stopped early", flush=True)  # noqa: T201 - as above
        except StartFailed as failure:
            print(f"failed: {failure}", flush=True)  # noqa: T201 - as above


main(Path(sys.argv[1]), sys.argv[2:])
