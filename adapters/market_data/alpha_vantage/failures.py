"""Which of Alpha Vantage's answers are failures: nearly all of them have the status of a success."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct, field

from adapters.platform.http_client.client import Reply
from adapters.platform.http_client.provider import by_status
from adapters.platform.resilience.failures import Permanent, ProviderFailure, Reason, Retryable

_BRIEF: Final = 2_000


class Trouble(Struct, frozen=True):
    """What they say instead of an answer; it may quote our key."""

    error: str | None = field(default=None, name="Error Message")
    note: str | None = field(default=None, name="Note")
    information: str | None = field(default=None, name="Information")


def judge(reply: Reply) -> ProviderFailure | None:
    """A note is a limit, unless it speaks of the plan; an error is no such thing, unless it speaks of the key."""
    trouble = trouble_of(reply)
    note = trouble.note or trouble.information or ""
    if "premium endpoint" in note or "premium feature" in note:
        return Permanent(Reason.UNAUTHORISED, "The plan does not include this.", status=reply.status)
    if note:
        return Retryable(Reason.RATE_LIMITED, "The provider limits our calls.", status=reply.status)
    if "apikey" in (trouble.error or ""):
        return Permanent(Reason.UNAUTHORISED, "The provider does not accept our credentials.", status=reply.status)
    return by_status(reply)


def is_unknown(reply: Reply) -> bool:
    """Whether they say that there is no such thing: the message of a call that cannot be right."""
    return trouble_of(reply).error is not None


def trouble_of(reply: Reply) -> Trouble:
    """Return what they say of trouble, if they do."""
    if len(reply.body) > _BRIEF or reply.body[:1] != b"{":
        return Trouble()
    try:
        return msgspec.json.decode(reply.body, type=Trouble)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Trouble()
