"""Which of NewsAPI's answers are failures: its words say more than its statuses."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from adapters.market_data.news_api.wire import Trouble
from adapters.platform.http_client.client import Reply
from adapters.platform.http_client.provider import by_status
from adapters.platform.resilience.failures import Permanent, ProviderFailure, Reason, Retryable

_NO_KEY: Final = (Permanent, Reason.UNAUTHORISED, "The provider does not accept our key.")
_LIMIT: Final = (Retryable, Reason.RATE_LIMITED, "The provider limits our calls.")
_CODES: Final[Mapping[str, tuple[type[Permanent | Retryable], Reason, str]]] = MappingProxyType(
    {
        "apiKeyDisabled": _NO_KEY,
        "apiKeyInvalid": _NO_KEY,
        "apiKeyMissing": _NO_KEY,
        # the day's calls are used up
        "apiKeyExhausted": _LIMIT,
        "rateLimited": _LIMIT,
    }
)


def judge(reply: Reply) -> ProviderFailure | None:
    """An error is what says so, even with the status of a success."""
    try:
        trouble = msgspec.json.decode(reply.body, type=Trouble)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return by_status(reply)
    if trouble.status != "error":
        return by_status(reply)
    kind, reason, message = _CODES.get(
        trouble.code or "", (Permanent, Reason.REFUSED, "The provider refuses the request.")
    )
    if kind is Permanent and trouble.code not in _CODES and by_status(reply) is not None:
        return by_status(reply)
    return kind(reason, message, status=reply.status, retry_after_s=reply.retry_after_s)
