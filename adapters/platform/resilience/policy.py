"""The policy object: what every call to one provider, for one capability, goes through."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar, final

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from adapters.platform.resilience.circuit import Circuit
from adapters.platform.resilience.failures import Permanent, ProviderFailure, Reason, Retryable, Unknown
from adapters.platform.resilience.observer import CallObserver, Unobserved

T = TypeVar("T")

# a wait that ends here leaves nothing for the try it was for
_SHORTEST_TRY_S: Final = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How patient a policy is. `deadline_s` bounds all of a call: tries, waits and reading the answer.

    Waits grow from `backoff_s` to `longest_backoff_s`, each by chance shorter, and are never shorter than what the
    provider asked for. `longest_pause_s` bounds what a provider can ask for. All callers together repeat from one store
    of `repeats` tries, to which each call that works adds `repeats_per_success`: an outage is not answered by a storm.
    `at_once` calls may be under way, so that a slow provider holds up nobody but those who ask for it.
    """

    deadline_s: float = 10.0
    attempt_timeout_s: float = 4.0
    attempts: int = 3
    backoff_s: float = 0.2
    longest_backoff_s: float = 5.0
    longest_pause_s: float = 300.0
    failures_to_open: int = 5
    open_s: float = 30.0
    at_once: int = 20
    repeats: float = 10.0
    repeats_per_success: float = 0.2

    def __post_init__(self) -> None:
        if min(self.deadline_s, self.attempt_timeout_s, self.open_s) <= 0:
            raise ValueError("deadline_s, attempt_timeout_s and open_s are more than 0")
        if min(self.attempts, self.failures_to_open, self.at_once) < 1:
            raise ValueError("attempts, failures_to_open and at_once are at least 1")
        if self.attempt_timeout_s > self.deadline_s:
            raise ValueError("attempt_timeout_s is at most deadline_s")


@final
class Policy:
    """Deadline, then retry, then circuit, then one timed try. One per provider and capability and process.

    Only what `may_repeat` is tried again. While the provider has asked to be left alone, or its circuit is open,
    nothing goes out to it and callers hear so at once, unless waiting fits into their time.
    """

    def __init__(
        self,
        name: str,
        terms: Terms,
        *,
        observer: CallObserver | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._terms = terms
        self._observer = observer or Unobserved()
        self._chance = chance
        self._repeats = terms.repeats
        self._paused_until = float("-inf")
        self._places = asyncio.Semaphore(terms.at_once)
        self.circuit = Circuit(
            name,
            failures_to_open=terms.failures_to_open,
            open_s=terms.open_s,
            observer=self._observer,
            clock=_now,
        )

    async def run(self, call: Callable[[], Awaitable[T]], *, may_repeat: bool, deadline_s: float | None = None) -> T:
        """Return what the call returns, or raise the ProviderFailure of its last try, by `deadline_s` at the latest.

        The call is made anew for each try and raises ProviderFailure when it fails; what else it raises passes through
        and is not repeated. A caller may be less patient than the terms, never more.
        """
        ends = _now() + min(self._terms.deadline_s, self._terms.deadline_s if deadline_s is None else deadline_s)
        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: may_repeat and _may_work_later(error)),
            wait=self._wait,
            stop=lambda tries: self._is_enough(tries, ends),
            before_sleep=self._spend,
            sleep=asyncio.sleep,
            reraise=True,
        )
        return await retrying(self._try, call, ends)

    async def _try(self, call: Callable[[], Awaitable[T]], ends: float) -> T:
        try:
            async with asyncio.timeout_at(ends):
                await self._places.acquire()
        except TimeoutError as error:
            raise Retryable(Reason.BUSY, f"Too many calls to {self.name} are under way.") from error
        try:
            return await self._admitted(call, ends)
        finally:
            self._places.release()

    async def _admitted(self, call: Callable[[], Awaitable[T]], ends: float) -> T:
        begins = _now()
        if ends - begins < _SHORTEST_TRY_S:
            raise Retryable(Reason.OUT_OF_TIME, f"There is no time left to call {self.name}.")
        if begins < self._paused_until:
            message = f"{self.name} asked for a pause."
            raise Retryable(Reason.RATE_LIMITED, message, retry_after_s=self._paused_until - begins)
        with self.circuit.passage():
            status = "abandoned"
            try:
                answer = await self._timed(call, begins, ends)
            except ProviderFailure as failure:
                status = failure.reason.value
                self._pause(failure)
                raise
            except Exception:
                # an answer came, and our own reading of it is at fault
                status = "error"
                raise
            else:
                status = "success"
                self._repeats = min(self._terms.repeats, self._repeats + self._terms.repeats_per_success)
                return answer
            finally:
                self._observer.called(self.name, status, _now() - begins)

    async def _timed(self, call: Callable[[], Awaitable[T]], begins: float, ends: float) -> T:
        limit = begins + self._terms.attempt_timeout_s
        timeout = asyncio.timeout_at(min(limit, ends))
        try:
            async with timeout:
                return await call()
        except TimeoutError as error:
            if not timeout.expired():
                raise
            # cut short by an impatient caller it tells nothing of the provider
            reason = Reason.TIMEOUT if limit <= ends else Reason.OUT_OF_TIME
            raise Unknown(reason, f"{self.name} did not answer in full in time.") from error

    def _pause(self, failure: ProviderFailure) -> None:
        if failure.retry_after_s is not None:
            asked = min(max(failure.retry_after_s, 0.0), self._terms.longest_pause_s)
            self._paused_until = max(self._paused_until, _now() + asked)

    def _wait(self, tries: RetryCallState) -> float:
        grown = self._terms.backoff_s * 2.0 ** (tries.attempt_number - 1)
        by_chance = self._chance() * min(grown, self._terms.longest_backoff_s)
        # all who were told the same moment must not come back in the same moment
        return max(0.0, self._paused_until - _now()) + by_chance

    def _is_enough(self, tries: RetryCallState, ends: float) -> bool:
        is_late = _now() + tries.upcoming_sleep + _SHORTEST_TRY_S > ends
        return is_late or tries.attempt_number >= self._terms.attempts or self._repeats < 1

    def _spend(self, tries: RetryCallState) -> None:
        del tries
        self._repeats -= 1


def _may_work_later(error: BaseException) -> bool:
    if not isinstance(error, ProviderFailure) or isinstance(error, Permanent):
        return False
    return error.reason not in {Reason.CIRCUIT_OPEN, Reason.OUT_OF_TIME}


def _now() -> float:
    """Return the time of the event loop, which is monotonic, and which tests can let pass at will."""
    return asyncio.get_running_loop().time()
