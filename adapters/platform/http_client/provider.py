"""What adapters of vendors are written against: a policy around the client, and answers instead of statuses.

In a vendor's folder `wire.py` types the payload, `translate.py` understands a `Reply`, `failures.py` holds a `judge` if
the vendor tells of errors in a way of its own, such as inside of a 200, and `gateway.py` only sequences:

    async def quote(self, instrument: Instrument) -> Quote:
        asked = Request(method="GET", url=f"{self._url}/quote", query={"symbol": symbol_of(instrument)})
        with unavailable("The quote"):
            found = await self._provider.read(asked, translate.quote)
        if found is None:
            raise NotFound("quote", instrument)
        return found
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeVar, final

from adapters.platform.http_client.budget import Budget
from adapters.platform.http_client.client import HttpClient, Reply, Request
from adapters.platform.resilience.failures import Permanent, ProviderFailure, Reason, Retryable, Unknown
from adapters.platform.resilience.policy import Policy

T = TypeVar("T")
Judge: TypeAlias = Callable[[Reply], ProviderFailure | None]

_SUCCESS: Final = 2
_ABSENT: Final = frozenset({404, 410})
_Failure: TypeAlias = tuple[type[Retryable | Permanent | Unknown], Reason, str]
_FAILED: Final[_Failure] = (Unknown, Reason.SERVER_ERROR, "The provider failed.")
_NO_CREDENTIALS: Final[_Failure] = (
    Permanent,
    Reason.UNAUTHORISED,
    "The provider does not accept our credentials.",
)
_NOT_BEGUN: Final[_Failure] = (Retryable, Reason.BROKEN, "The provider did not begin with the request.")
# by status, else by its first digit
_FAILURES: Final[Mapping[int, _Failure]] = {
    401: _NO_CREDENTIALS,
    403: _NO_CREDENTIALS,
    407: _NO_CREDENTIALS,
    408: _NOT_BEGUN,
    425: _NOT_BEGUN,
    429: (Retryable, Reason.RATE_LIMITED, "The provider limits our calls."),
    3: (Permanent, Reason.REDIRECTED, "The answer points elsewhere, which is not followed."),
    4: (Permanent, Reason.REFUSED, "The provider refuses the request."),
}


@final
class Provider:
    """One provider for one capability. `judge` tells which answers are failures; by their statuses if nothing is said.

    Judging and understanding are part of the try: an answer that cannot be read counts against the provider and, where
    that does no harm, is asked for again. Each try is paid for out of the budget, if there is one.
    """

    def __init__(
        self, policy: Policy, client: HttpClient, *, judge: Judge | None = None, budget: Budget | None = None
    ) -> None:
        self._policy = policy
        self._client = client
        self._judge = judge or by_status
        self._budget = budget

    async def read(
        self, request: Request, understand: Callable[[Reply], T], *, deadline_s: float | None = None
    ) -> T | None:
        """Ask for something, as often as the policy allows; None if the provider says that there is no such thing."""
        return await self._policy.run(lambda: self._ask(request, understand), may_repeat=True, deadline_s=deadline_s)

    async def send_once(
        self, request: Request, understand: Callable[[Reply], T], *, deadline_s: float | None = None
    ) -> T:
        """Have something done, and never send it twice; after Unknown the caller finds out what became of it."""
        return await self._policy.run(lambda: self._tell(request, understand), may_repeat=False, deadline_s=deadline_s)

    async def _ask(self, request: Request, understand: Callable[[Reply], T]) -> T | None:
        reply = await self._send(request)
        failure = self._judge(reply)
        if failure is None:
            return understand(reply)
        if reply.status in _ABSENT and failure.reason is Reason.REFUSED:
            return None
        raise failure

    async def _tell(self, request: Request, understand: Callable[[Reply], T]) -> T:
        reply = await self._send(request)
        failure = self._judge(reply)
        if failure is not None:
            raise failure
        return understand(reply)

    async def _send(self, request: Request) -> Reply:
        if self._budget is not None:
            await self._budget.spend()
        return await self._client.send(request)


def by_status(reply: Reply) -> ProviderFailure | None:
    """Return what the status says went wrong, None for a success."""
    if reply.status // 100 == _SUCCESS:
        return None
    found = _FAILURES.get(reply.status) or _FAILURES.get(reply.status // 100) or _FAILED
    kind, reason, message = found
    return kind(reason, message, status=reply.status, retry_after_s=reply.retry_after_s)
