"""The line of a request is one like all others, though it is written by itself."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

WRITES = """
import structlog
from adapters.platform.logging import configure_logging
from adapters.platform.settings import TelemetrySettings
from adapters.platform.telemetry.request_lines import RequestLines, request_in_hand

settings = TelemetrySettings(log_level={level!r}, log_format={shape!r})
configure_logging(settings)
request_in_hand.set("a request")
structlog.get_logger("tapedeck.other").info("request", method="GET", path="/a/{{id}}", status=200, milliseconds=1.2)
RequestLines(settings).write(method="GET", path="/a/{{id}}", status=200, seconds=0.0012, request_id="a request")
"""


def written(level: str, shape: str) -> list[str]:
    """Return the lines of a process that writes another line and then that of a request."""
    script = WRITES.format(level=level, shape=shape)
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return done.stderr.splitlines()


def test_it_says_what_any_other_line_would_say() -> None:
    other, line = [json.loads(each) for each in written("info", "json")]
    assert line.keys() == other.keys()
    assert {**line, "timestamp": ""} == {**other, "timestamp": "", "logger": "tapedeck.http"}
    assert len(line["timestamp"]) == len(other["timestamp"])


@pytest.mark.parametrize(("level", "shape", "lines"), [("warning", "json", 0), ("info", "console", 2)])
def test_level_and_shape_are_those_of_the_settings(level: str, shape: str, lines: int) -> None:
    assert len(written(level, shape)) == lines
