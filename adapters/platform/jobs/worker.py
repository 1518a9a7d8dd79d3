"""The process that answers rings: an RQ worker that forks for each one.

Of a job it looks at the id alone. No function name, argument, callback or command that somebody may have
written into Redis is ever run, and none of RQ's own records is relied upon: a job is removed from Redis before
the work starts, because the outbox knows what is left to do.
"""

from __future__ import annotations

import gc
import logging
import os
import resource
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from struct import Struct
from typing import final
from uuid import UUID

import structlog
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus
from rq.worker_registration import clean_worker_registry, unregister

from adapters.platform.jobs.deliveries import SLICE_S
from adapters.platform.jobs.doorbell import open_blocking_redis, queue_of
from adapters.platform.jobs.leases import Crash, Taken, Taking
from adapters.platform.jobs.waiting import Availability
from domain.shared.events import Priority

# Called with the event that was rung for, and with what tells the parent of each step.
Answer = Callable[[UUID, Taking], None]


OnCrash = Callable[[Crash], None]

# Between steps a child waits for a database that is away, and opens connections: whoever takes longer hangs.
_BETWEEN_STEPS_S = SLICE_S + 40
# A step that can still end itself does so at its deadline; this much later it is ended.
_GRACE_S = 1.0
_WATCH_S = 10.0
_MAINTENANCE_S = 600
# the event, its epoch and its seconds; all zero when the step is over
_MESSAGE = Struct("!16sII")


@final
class ForkingWorker(Worker):
    """Forks for each ring, runs `answer` in the child and `on_crash` in the parent when the child dies."""

    # what a silent network may hide an answer from Redis for, and the longest pause between tries to connect
    max_connection_wait_time = 2.0
    exponential_backoff_factor = 1.5

    def __init__(
        self,
        redis: Redis,
        priorities: Sequence[Priority],
        answer: Answer,
        on_crash: OnCrash,
        *,
        redis_is: Availability,
        memory_bytes: int,
    ) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - RQ leaves parts untyped
            # RQ empties the first queue that has anything
            [queue_of(priority) for priority in sorted(priorities)],
            connection=redis,
            serializer=JSONSerializer,
            worker_ttl=30,
        )
        self._memory_bytes = memory_bytes
        self._answer = answer
        self._on_crash = on_crash
        self._redis_is = redis_is
        self._maintenance_due = 0.0
        self._tells = -1
        self._journal = structlog.stdlib.get_logger("tapedeck.worker")

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Tell Redis that this worker lives, and the log when Redis goes or comes back."""
        try:
            super().heartbeat(timeout, pipeline)
        except RedisError as error:
            self._redis_is.down(error)
            raise
        self._redis_is.up()

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Forget the job, fork, and see to it that the child ends."""
        self._withdraw([job.id], queue.intermediate_queue_key)
        self._state = WorkerStatus.BUSY
        told, self._tells = os.pipe()
        # The child starts with SIGTERM held back until it can act on it, and we hear none before we know the child.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            self.fork_work_horse(job, queue)
        finally:
            os.close(self._tells)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        try:
            if self.was_asked_to_stop:
                self.handle_warm_shutdown_request()
            taken, is_overrun = self._watch(told, queue)
        finally:
            os.close(told)
        self._reap(Crash(_event_id(job), taken, is_overrun))
        self._state = WorkerStatus.IDLE

    def perform_job(self, job: Job, queue: Queue) -> bool:
        """Answer the ring; this runs in the child."""
        del queue
        event_id = _event_id(job)
        if event_id is not None:
            # what eats all memory gets an error, before the kernel ends a neighbour for it
            _, most = resource.getrlimit(resource.RLIMIT_DATA)
            resource.setrlimit(resource.RLIMIT_DATA, (_least(self._memory_bytes, most), most))
            try:
                self._answer(event_id, self._tell)
            except BaseException as error:
                self._journal.error("answer failed", event_id=job.id, exc_info=error)
                raise
        return True

    def _tell(self, taken: Taken | None) -> None:
        """Let the parent know which step is in hand; this runs in the child."""
        message = _OVER if taken is None else _MESSAGE.pack(taken.event_id.bytes, taken.epoch, taken.step_s)
        try:
            os.write(self._tells, message)
        except BrokenPipeError:
            # the parent is dead, and nobody would know of us; what is in flight is undone and done again by others
            os._exit(1)

    def _watch(self, told: int, queue: Queue) -> tuple[Taken | None, bool]:
        """Follow the child until it ends; return the step that it had in hand, and whether it was killed for it."""
        taken: Taken | None = None
        is_overrun = False
        deadline = time.monotonic() + _BETWEEN_STEPS_S
        while True:
            left = deadline - time.monotonic()
            if not select.select([told], [], [], max(0.0, min(left, _WATCH_S)))[0]:
                if time.monotonic() >= deadline:
                    is_overrun = True
                    deadline += _WATCH_S
                    self.kill_horse()
                with suppress(RedisError):
                    self.heartbeat()
                continue
            # whole messages only: a write this short is never cut in two
            data = os.read(told, _MESSAGE.size * 64)
            if not data:
                return taken, is_overrun  # the child's end closes when it dies, however it dies
            steps = [_told(message) for message in _MESSAGE.iter_unpack(data)]
            taken = steps[-1]
            deadline = time.monotonic() + (_BETWEEN_STEPS_S if taken is None else taken.step_s + _GRACE_S)
            with suppress(RedisError):
                self._withdraw([str(step.event_id) for step in steps if step is not None], queue.key)

    def _withdraw(self, job_ids: Sequence[str], list_key: str) -> None:
        """Take rings that are being answered out of Redis."""
        if not job_ids:
            return
        pipeline = self.connection.pipeline(transaction=False)  # pyright: ignore[reportUnknownMemberType] - so does redis
        for job_id in job_ids:
            pipeline.lrem(list_key, 1, job_id)
            pipeline.delete(Job.key_for(job_id))
        pipeline.execute()

    def _reap(self, crash: Crash) -> None:
        _, status, _ = self.wait_for_horse()
        self._horse_pid = 0
        if not status:
            return
        event_id = crash.rung_for if crash.taken is None else crash.taken.event_id
        self._journal.error("child died", event_id=str(event_id), status=status, is_overrun=crash.is_overrun)
        try:
            self._on_crash(crash)
        except Exception as error:  # noqa: BLE001 - the database may be away; the event is rung for again anyway
            self._journal.warning("crash not recorded", event_id=str(event_id), error=type(error).__name__)

    @property
    def was_asked_to_stop(self) -> bool:
        """Whether a signal ended the work, and not an absence of Redis."""
        return self._shutdown_requested_date is not None

    def setup_work_horse_signals(self) -> None:
        """Leave the child deaf to Ctrl-C, which its parent hears; SIGTERM waits until the answer handles it."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def handle_warm_shutdown_request(self) -> None:
        """Ask the child, if there is one, to stop after the step in flight."""
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)

    def set_shutdown_requested_date(self) -> None:
        """Keep it to ourselves: Redis may be away, and nobody reads it."""

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """At the start and every ten minutes."""
        return time.monotonic() >= self._maintenance_due

    def run_maintenance_tasks(self) -> None:
        """Drop what RQ noted about dead workers and the rings that they had taken; the relay rings again for those."""
        for queue in self.queues:
            self.connection.delete(queue.intermediate_queue_key)
            clean_worker_registry(queue)
        self._maintenance_due = time.monotonic() + _MAINTENANCE_S

    def subscribe(self) -> None:
        """Listen to no commands: RQ would let whoever can write to Redis kill jobs and stop workers."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def teardown(self) -> None:
        """Sign off, if Redis is there to hear it."""
        if not self.is_horse:
            with suppress(RedisError):
                unregister(self)
                self.connection.delete(self.key)


def _event_id(job: Job) -> UUID | None:
    """The event that the job rings for; None for an id that is not ours."""
    try:
        return UUID(job.id)
    except ValueError:
        return None


_OVER = _MESSAGE.pack(bytes(16), 0, 0)


def _told(message: tuple[bytes, int, int]) -> Taken | None:
    event_id, epoch, step_s = message
    return Taken(UUID(bytes=event_id), epoch, step_s) if any(event_id) else None


def _least(wanted: int, most: int) -> int:
    return wanted if most == resource.RLIM_INFINITY else min(wanted, most)


@final
class WorkerProcess:
    """Answers rings until SIGTERM or SIGINT, through absences of Redis."""

    def __init__(self, redis_url: str, *, memory_mib: int = 2048) -> None:
        self._redis_url = redis_url
        self._memory_bytes = memory_mib * 1024 * 1024

    def run(self, answer: Answer, on_crash: OnCrash, priorities: Sequence[Priority] = tuple(Priority)) -> int:
        """Work on events of these priorities, on the main thread of the process, and return its exit status."""
        for name in ("rq.worker", "rq.job"):
            # our own lines say what matters; RQ's would repeat while Redis is away
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        stop = threading.Event()
        redis_is = Availability("redis")
        # what is loaded now is shared with every child; the collector must not touch it, or each would get a copy
        gc.collect()
        gc.freeze()
        while not stop.is_set():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda _number, _frame: stop.set())
            try:
                worker = ForkingWorker(
                    open_blocking_redis(self._redis_url),
                    priorities,
                    answer,
                    on_crash,
                    redis_is=redis_is,
                    memory_bytes=self._memory_bytes,
                )
                worker.work(logging_level=None)
            except RedisError as error:
                stop.wait(redis_is.down(error))
                continue
            if worker.was_asked_to_stop:
                stop.set()
            else:
                # RQ gives up on errors that it does not know, such as a reply cut short
                stop.wait(redis_is.down(RedisError()))
        return 0
