"""One thing that was looked at."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Health(StrEnum):
    """How it is: with a warning it works, and somebody should look; failed things keep it from working."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was looked at, how it is, and what to do about it where something is to be done."""

    check: str
    health: Health
    says: str
    advice: str = ""


def ok(check: str, says: str) -> Finding:
    """All is well."""
    return Finding(check=check, health=Health.OK, says=says)


def warning(check: str, says: str, advice: str) -> Finding:
    """It works, and somebody should look."""
    return Finding(check=check, health=Health.WARNING, says=says, advice=advice)


def failed(check: str, says: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(check=check, health=Health.FAILED, says=says, advice=advice)
