"""Numbers of several processes: added up, kept when a process dies, and forgotten where they were about its present."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, Histogram

from adapters.platform.telemetry.metrics import SECONDS, Metrics
from adapters.platform.telemetry.shared_values import clear_values
from application.shared.cache import ShelfStatistics

# counts what it is told to: in itself, or in children that it forks one after another as a worker does
_COUNTER = """
import os, sys
from pathlib import Path
from adapters.platform.telemetry.metrics import Metrics
metrics = Metrics(Path(sys.argv[1]))
metrics.pool_max.set(10)
print("ready", flush=True)
for line in sys.stdin:
    word, number = line.split()
    if word == "count":
        metrics.jobs.labels("read", "done").inc(int(number))
        metrics.job_duration.labels("read").observe(0.2)
    elif word == "use":
        metrics.pool_in_use.set(int(number))
    elif word == "fork":
        if (child := os.fork()) == 0:
            inner = Metrics(Path(sys.argv[1]))
            inner.jobs.labels("read", "done").inc(int(number))
            inner.jobs.labels("read", f"outcome {number}").inc()
            os.kill(os.getpid(), 9)
        os.waitpid(child, 0)
    print("done", flush=True)
"""


@contextmanager
def _counting(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", _COUNTER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert _line(process) == b"ready\n"
        yield process
        process.kill()


def _line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    return process.stdout.readline()


def _tell(process: subprocess.Popen[bytes], text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{text}\n".encode())
    process.stdin.flush()
    assert _line(process) == b"done\n"


def _read(folder: Path, name: str, **labels: str) -> float | None:
    """Ask in a process of its own, as this one counts for itself."""
    code = (
        "import sys; from pathlib import Path; from adapters.platform.telemetry.metrics import Metrics;"
        "print(Metrics(Path(sys.argv[1])).registry().get_sample_value(sys.argv[2], eval(sys.argv[3])))"
    )
    done = subprocess.run([sys.executable, "-c", code, folder, name, repr(labels)], capture_output=True, check=True)
    text = done.stdout.decode().strip()
    return None if text == "None" else float(text)


def test_counts_of_two_processes_are_added_up_and_outlive_them(tmp_path: Path) -> None:
    with _counting(tmp_path) as one, _counting(tmp_path) as other:
        _tell(one, "count 3")
        _tell(other, "count 4")
        assert _read(tmp_path, "jobs_total", kind="read", outcome="done") == 7
        one.send_signal(signal.SIGKILL)
        one.wait()
        _tell(other, "count 1")
        assert _read(tmp_path, "jobs_total", kind="read", outcome="done") == 8
        assert _read(tmp_path, "job_step_duration_seconds_count", kind="read") == 3


def test_children_that_are_killed_one_after_another_lose_no_count_and_leave_no_files(tmp_path: Path) -> None:
    with _counting(tmp_path) as worker:
        _tell(worker, "fork 1")
        files = sorted(tmp_path.glob("*.db"))
        for number in range(2, 6):
            _tell(worker, f"fork {number}")
        _tell(worker, "count 10")
        assert _read(tmp_path, "jobs_total", kind="read", outcome="done") == 1 + 2 + 3 + 4 + 5 + 10
        assert [_read(tmp_path, "jobs_total", kind="read", outcome=f"outcome {number}") for number in (1, 5)] == [1, 1]
        own = [file for file in sorted(tmp_path.glob("*.db")) if "-children" in file.name]
        assert own == [file for file in files if "-children" in file.name]


def test_what_a_dead_process_had_in_use_is_forgotten(tmp_path: Path) -> None:
    with _counting(tmp_path) as one, _counting(tmp_path) as other:
        _tell(one, "use 9")
        _tell(other, "use 2")
        assert _read(tmp_path, "db_pool_connections_in_use") == 9
        one.send_signal(signal.SIGKILL)
        one.wait()
        assert _read(tmp_path, "db_pool_connections_in_use") == 2
        assert _read(tmp_path, "db_pool_connections_max") == 10


def test_a_folder_can_be_cleared_for_a_new_start(tmp_path: Path) -> None:
    with _counting(tmp_path) as process:
        _tell(process, "count 3")
    clear_values(tmp_path)
    assert _read(tmp_path, "jobs_total", kind="read", outcome="done") is None


def test_requests_that_are_counted_together_give_what_each_alone_would_have_given() -> None:
    """The library's own numbers are added to in one go; this is what tells when it changes them."""
    alone = CollectorRegistry()
    metrics = Metrics()
    reference = Histogram("reference", "One by one.", buckets=SECONDS, registry=alone)
    for seconds in (0.0, 0.001, 0.005, 0.0051, 0.2, 1.99, 2.0, 2.01, 30.0, 31.0, 3600.0):
        reference.observe(seconds)
        metrics.count_request("GET", "/a", 200, seconds)
    metrics.flush()
    metrics.flush()
    registry = metrics.registry()
    expected = {
        (sample.name.removeprefix("reference"), sample.labels.get("le")): sample.value
        for family in alone.collect()
        for sample in family.samples
    }
    found = {
        (sample.name.removeprefix("http_request_duration_seconds"), sample.labels.get("le")): sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name.startswith("http_request_duration_seconds")
    }
    assert found == expected
    counted = {"method": "GET", "endpoint": "/a", "status": "200"}
    assert registry.get_sample_value("http_requests_total", counted) == 11


def test_what_a_cache_did_is_counted_once() -> None:
    metrics, did = Metrics(), ShelfStatistics(local_hits=3, shared_hits=2, misses=4)
    metrics.watch_cache(lambda: {"quotes": did})
    metrics.flush()
    did.local_hits += 1
    did.stale += 1
    metrics.flush()
    metrics.flush()
    registry = metrics.registry()
    found = [registry.get_sample_value(f"cache_{what}_total", {"cache": "quotes"}) for what in ("hits", "misses")]
    assert found == [7, 4]


def test_answers_that_were_given_again_are_hits() -> None:
    metrics = Metrics()
    metrics.answers_given_again += 3
    metrics.flush()
    metrics.flush()
    assert metrics.registry().get_sample_value("cache_hits_total", {"cache": "answers"}) == 3
