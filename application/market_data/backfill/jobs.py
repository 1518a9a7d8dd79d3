"""Market data's work in the background: how each kind is run, by the name of the event that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from application.shared.reactions import JobKind
from domain.market_data.events import BackfillRequested

KINDS: Final[Mapping[str, JobKind]] = {
    # a provider that allows no more calls for a minute is waited for, within a step
    BackfillRequested.name: JobKind(title="backfill_bars", max_attempts=5, step_s=170),
}
