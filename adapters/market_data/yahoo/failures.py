"""Which of Yahoo's answers are failures, beyond what their statuses say."""

from __future__ import annotations

from typing import Final

from adapters.platform.http_client.client import Reply
from adapters.platform.http_client.provider import by_status
from adapters.platform.resilience.failures import ProviderFailure, Reason, Retryable

_LIMIT: Final = b"Too Many Requests"
_BRIEF: Final = 200


def judge(reply: Reply) -> ProviderFailure | None:
    """A limit may come as words, with any status."""
    if len(reply.body) < _BRIEF and _LIMIT in reply.body:
        return Retryable(
            Reason.RATE_LIMITED,
            "The provider limits our calls.",
            status=reply.status,
            retry_after_s=reply.retry_after_s,
        )
    return by_status(reply)


def judge_cookie(reply: Reply) -> ProviderFailure | None:
    """The page that brings the cookie says, with the status of an error, that there is no such page."""
    return None if "set-cookie" in reply.headers else judge(reply)
