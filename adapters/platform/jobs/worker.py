"""The process that answers rings: an RQ worker that forks for each one.

Of a job it looks at the id alone. No function name, argument, callback or command that somebody may have
written into Redis is ever run, and none of RQ's own records is relied upon: a job is removed from Redis before
the work starts, because the outbox knows what is left to do.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
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
from adapters.platform.jobs.doorbell import QUEUE, open_blocking_redis
from adapters.platform.jobs.waiting import Availability

# Called with the event that was rung for, and with what tells the parent of each event that is taken.
Answer = Callable[[UUID, Callable[[UUID], None]], None]
OnCrash = Callable[[UUID], None]

# One slice of steps, a last step that takes all its time, and a margin: whoever takes longer hangs.
LONGEST_JOB_S = SLICE_S + 160
_WATCH_S = 10
_MAINTENANCE_S = 600
_MESSAGE = 16


@final
class ForkingWorker(Worker):
    """Forks for each ring, runs `answer` in the child and `on_crash` in the parent when the child dies."""

    # what a silent network may hide an answer from Redis for, and the longest pause between tries to connect
    max_connection_wait_time = 2.0
    exponential_backoff_factor = 1.5

    def __init__(self, redis: Redis, answer: Answer, on_crash: OnCrash, redis_is: Availability) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - RQ leaves parts untyped
            [QUEUE], connection=redis, serializer=JSONSerializer, worker_ttl=30
        )
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
            taken = self._watch(told, queue) or _event_id(job)
        finally:
            os.close(told)
        self._reap(taken)
        self._state = WorkerStatus.IDLE

    def perform_job(self, job: Job, queue: Queue) -> bool:
        """Answer the ring; this runs in the child."""
        del queue
        event_id = _event_id(job)
        if event_id is not None:
            try:
                self._answer(event_id, self._tell)
            except BaseException as error:
                self._journal.error("answer failed", event_id=job.id, exc_info=error)
                raise
        return True

    def _tell(self, event_id: UUID) -> None:
        """Let the parent know which event is in hand; this runs in the child."""
        try:
            os.write(self._tells, event_id.bytes)
        except BrokenPipeError:
            # the parent is dead, and nobody would know of us; what is in flight is undone and done again by others
            os._exit(1)

    def _watch(self, told: int, queue: Queue) -> UUID | None:
        """Follow the child until it ends, kill it when it hangs, and return the last event that it had in hand."""
        last: UUID | None = None
        started = time.monotonic()
        while True:
            if not select.select([told], [], [], _WATCH_S)[0]:
                with suppress(RedisError):
                    self.heartbeat()
                if time.monotonic() - started > LONGEST_JOB_S:
                    self.kill_horse()
                continue
            # whole ids only: a write this short is never cut in two
            message = os.read(told, _MESSAGE * 64)
            if not message:
                return last  # the child's end closes when it dies, however it dies
            taken = [UUID(bytes=message[at : at + _MESSAGE]) for at in range(0, len(message), _MESSAGE)]
            last = taken[-1]
            with suppress(RedisError):
                self._withdraw([str(event_id) for event_id in taken], queue.key)

    def _withdraw(self, job_ids: Sequence[str], list_key: str) -> None:
        """Take rings that are being answered out of Redis."""
        pipeline = self.connection.pipeline(transaction=False)  # pyright: ignore[reportUnknownMemberType] - so does redis
        for job_id in job_ids:
            pipeline.lrem(list_key, 1, job_id)
            pipeline.delete(Job.key_for(job_id))
        pipeline.execute()

    def _reap(self, event_id: UUID | None) -> None:
        _, status, _ = self.wait_for_horse()
        self._horse_pid = 0
        if status and event_id is not None:
            self._journal.error("child died", event_id=str(event_id), status=status)
            try:
                self._on_crash(event_id)
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


@final
class WorkerProcess:
    """Answers rings until SIGTERM or SIGINT, through absences of Redis."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url

    def run(self, answer: Answer, on_crash: OnCrash) -> int:
        """Work on the main thread of the process and return its exit status."""
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
                worker = ForkingWorker(open_blocking_redis(self._redis_url), answer, on_crash, redis_is)
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
