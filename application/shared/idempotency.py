"""A request that carries a key takes effect once, however often it arrives.

The answer is stored in the transaction of the effect: both exist or neither does. Whoever sends the same
key and the same request again gets the stored answer, without the effect.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from domain.shared.access import Actor
from domain.shared.errors import Conflict, Invalid

MAX_KEY_LENGTH = 255


class IdempotencyInProgress(Conflict):
    """Another request with this key is being worked on right now; ask again in a moment."""

    code = "idempotency_in_progress"

    def __init__(self, key: str, /) -> None:
        super().__init__(
            "A request with this idempotency key is still in progress; repeat it in a moment to get its answer.",
            key=key,
        )


class IdempotencyMismatch(Invalid):
    """The key was used for a different request before; a new request needs a new key."""

    code = "idempotency_mismatch"

    def __init__(self, key: str, /) -> None:
        super().__init__(
            "This idempotency key was used for a different request; send a new request under a new key.", key=key
        )


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What tells two requests of one user apart: the route, the client's key, a digest of what was sent."""

    route: str
    key: str
    fingerprint: bytes

    def __post_init__(self) -> None:
        if not 1 <= len(self.key) <= MAX_KEY_LENGTH or not self.key.isascii() or not self.key.isprintable():
            raise Invalid(
                f"An idempotency key is 1 to {MAX_KEY_LENGTH} printable ASCII characters, such as a UUID.",
                field="Idempotency-Key",
            )


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """An answer as it went out: status, the headers worth repeating, and the body byte for byte."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Attempt(Protocol):
    """One request under its key. Units of work inside the block join its transaction."""

    @property
    def replay(self) -> StoredResponse | None:
        """The answer of the request that had this key before; None if this is the first."""
        ...

    async def store(self, response: StoredResponse) -> None:
        """Keep the answer and commit it together with every effect of the block."""
        ...


class Replays(Protocol):
    """Remembers requests by (organisation, user, route, key) for at least a day."""

    def attempt(self, actor: Actor, key: RequestKey) -> AbstractAsyncContextManager[Attempt]:
        """Open the block in which the request is worked on; without `store` everything in it is undone.

        Raises IdempotencyInProgress while another request has the key, IdempotencyMismatch if the key
        belongs to a request with another fingerprint.
        """
        ...
