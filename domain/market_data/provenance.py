"""Where a datum comes from, and how much it may be trusted: every datum of the market carries this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Refusal(StrEnum):
    """Why a provider gave no answer. That something does not exist is an answer and none of these."""

    UNREACHABLE = "unreachable"
    """No connection, no answer in time, or an error of theirs."""
    LIMITED = "limited"
    """They, or our own budget for them, allow no more calls for now."""
    UNREADABLE = "unreadable"
    """What came is not what they promise: broken, too large, of other types."""
    NOT_ALLOWED = "not_allowed"
    """The key is wrong or missing, or the plan does not include it."""
    RESTING = "resting"
    """They failed so often that they are not asked for a while."""
    NOT_COVERED = "not_covered"
    """They do not carry this market, so that they cannot know whether there is such a thing."""


class Fallback(NamedTuple):
    """A provider that should have answered, and why it did not."""

    provider: str
    refusal: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who said it, what time it speaks of and when it arrived here.

    `delay` is by how much the provider's data lag behind the market by contract; None if they do not say. `stale`
    data are older than they should be and shown because nobody could give newer ones. `simulated` data are made up.
    `instead_of` are the providers that come first and did not answer, in order. `disputed_by` are those who were asked
    as well and told a price that is further away than is tolerated.
    """

    provider: str
    as_of: datetime
    received_at: datetime
    delay: timedelta | None = None
    stale: bool = False
    simulated: bool = False
    instead_of: tuple[Fallback, ...] = ()
    disputed_by: tuple[str, ...] = ()
