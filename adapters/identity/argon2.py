"""Argon2id in a pool of its own: hashing is meant to be slow, and must not slow down anything else."""

from __future__ import annotations

import asyncio
import base64
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar, final

import argon2
from argon2.exceptions import VerificationError

from application.identity.ports import PasswordHasher
from domain.identity.secrets import Password
from domain.shared.errors import Unavailable

T = TypeVar("T")

WAITING = 64


@final
class Argon2Hasher(PasswordHasher):
    """At most `concurrency` hashes are computed at once and `waiting` more wait; whoever comes then is sent away."""

    def __init__(
        self, *, time_cost: int, memory_kib: int, parallelism: int, concurrency: int, waiting: int = WAITING
    ) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        # A well-formed hash of no password: comparing with it takes as long as with a real one and never fits.
        salt, tag = (base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (16, 32))
        self._nobody = f"$argon2id$v=19$m={memory_kib},t={time_cost},p={parallelism}${salt}${tag}"
        self._pool = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="argon2")
        self._places = threading.BoundedSemaphore(concurrency + waiting)

    async def hash(self, password: Password) -> str:
        """Return a hash with a salt of its own."""
        return await self._run(lambda: self._hasher.hash(password.reveal()))

    async def verify(self, password: Password, stored: str | None) -> bool:
        """Whether the hash was made of the password; None stands for nobody's."""
        return await self._run(lambda: self._is_made_of(self._nobody if stored is None else stored, password))

    def is_outdated(self, stored: str) -> bool:
        """Whether the parameters have changed since."""
        return self._hasher.check_needs_rehash(stored)

    def _is_made_of(self, stored: str, password: Password) -> bool:
        try:
            return self._hasher.verify(stored, password.reveal())
        except VerificationError:
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many people are signing in just now; try again in a few seconds.")
        try:
            future = self._pool.submit(work)
        except BaseException:
            self._places.release()
            raise
        # not when the caller stops waiting: the work goes on and its place stays taken
        future.add_done_callback(self._give_back)
        return await asyncio.wrap_future(future)

    def _give_back(self, _done: Future[T]) -> None:
        self._places.release()
