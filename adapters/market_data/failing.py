"""How a provider's failure is told to whoever asked: the same for all providers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from adapters.platform.resilience.failures import ProviderFailure, Reason
from application.market_data.ports import SourceFailed
from domain.market_data.provenance import Refusal

REFUSALS: Final[Mapping[Reason, Refusal]] = MappingProxyType(
    {
        Reason.UNREACHABLE: Refusal.UNREACHABLE,
        Reason.BROKEN: Refusal.UNREACHABLE,
        Reason.TIMEOUT: Refusal.UNREACHABLE,
        Reason.SERVER_ERROR: Refusal.UNREACHABLE,
        Reason.OUT_OF_TIME: Refusal.UNREACHABLE,
        Reason.BUSY: Refusal.LIMITED,
        Reason.RATE_LIMITED: Refusal.LIMITED,
        Reason.UNREADABLE: Refusal.UNREADABLE,
        Reason.TOO_LARGE: Refusal.UNREADABLE,
        Reason.REDIRECTED: Refusal.UNREADABLE,
        Reason.UNAUTHORISED: Refusal.NOT_ALLOWED,
        Reason.REFUSED: Refusal.NOT_ALLOWED,
        Reason.FORBIDDEN_ADDRESS: Refusal.NOT_ALLOWED,
        Reason.CIRCUIT_OPEN: Refusal.RESTING,
    }
)
"""What each reason of a failure means to whoever wanted data; a test checks that none is missing."""


@contextmanager
def source_failures() -> Iterator[None]:
    """Turn failures of a provider into `SourceFailed`; its messages are ours and quote neither vendor nor address."""
    try:
        yield
    except ProviderFailure as failure:
        wait = failure.retry_after_s
        raise SourceFailed(
            REFUSALS[failure.reason], str(failure), retry_after_s=None if wait is None else math.ceil(wait)
        ) from failure
