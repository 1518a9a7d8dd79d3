"""Which of CoinGecko's answers are failures, beyond what their statuses say."""

from __future__ import annotations

from typing import Final

import msgspec

from adapters.market_data.coingecko.wire import Trouble
from adapters.platform.http_client.client import Reply
from adapters.platform.http_client.provider import by_status
from adapters.platform.resilience.failures import Permanent, ProviderFailure, Reason

_BAD_REQUEST: Final = 400
# no key, a plan that does not include it, a key of the other plan, a key that is none
_KEY: Final = frozenset({10002, 10005, 10010, 10011})


def judge(reply: Reply) -> ProviderFailure | None:
    """A key on the address of the other plan is refused as a bad request, and a number says why."""
    if reply.status == _BAD_REQUEST and _code(reply) in _KEY:
        return Permanent(Reason.UNAUTHORISED, "The provider does not accept our credentials.", status=reply.status)
    return by_status(reply)


def _code(reply: Reply) -> int | None:
    try:
        trouble = msgspec.json.decode(reply.body, type=Trouble)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return trouble.error_code or (None if trouble.status is None else trouble.status.error_code)
