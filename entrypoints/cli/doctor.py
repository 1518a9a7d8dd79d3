"""`tapedeck doctor`: one line for each thing that was looked at, and what to do about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from bootstrap import Finding, Health, examine

_COLOURS = {Health.OK: "green", Health.WARNING: "yellow", Health.FAILED: "red"}


def run_doctor(data: Path, *, as_json: bool, connections: bool) -> int:
    """Print the findings; return 1 if something has failed."""
    found: list[Finding] = []
    for finding in examine(data, os.environ, connections=connections):
        found.append(finding)
        if not as_json:
            _show(finding)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())
    return int(_has_failed(found))


def _show(finding: Finding) -> None:
    word = click.style(f"{finding.health.value:<8}", fg=_COLOURS[finding.health])
    advice = f"\n{'':<8}  {'':<20} -> {finding.advice}" if finding.advice else ""
    click.echo(f"{word}  {finding.check:<20} {finding.says}{advice}")
    sys.stdout.flush()


def _has_failed(found: Sequence[Finding]) -> bool:
    return any(finding.health is Health.FAILED for finding in found)
