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
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
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

from adapters.platform.jobs.children import PATIENCE_S, Child, Children, OnCrash, die_with, held_back, tell
from adapters.platform.jobs.doorbell import open_blocking_redis, queue_of
from adapters.platform.jobs.leases import Taking
from adapters.platform.jobs.waiting import Availability
from domain.shared.events import Priority

# Called with the event that was rung for, and with what tells the parent of each step.
Answer = Callable[[UUID, Taking], None]


# as many as may be at events that take long, and one that is not
_MOST_CHILDREN = 4
_BEAT_S = 10.0
_MAINTENANCE_S = 600


@final
class ForkingWorker(Worker):
    """Forks for each ring and runs `answer` in the child; one that takes long gets another beside it."""

    # what a silent network may hide an answer from Redis for, and the longest pause between tries to connect
    max_connection_wait_time = 2.0
    exponential_backoff_factor = 1.5

    def __init__(
        self,
        redis: Redis,
        priorities: Sequence[Priority],
        answer: Answer,
        children: Children,
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
        self._children = children
        self._redis_is = redis_is
        self._maintenance_due = 0.0
        self._beat_due = 0.0
        self._own_pid = os.getpid()
        self._told = self._tells = -1
        self._journal = structlog.stdlib.get_logger("tapedeck.worker")

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Tell Redis that this worker lives, and the log when Redis goes or comes back."""
        try:
            super().heartbeat(timeout, pipeline)
        except RedisError as error:
            self._redis_is.down(error)
            raise
        self._redis_is.up()
        self._beat_due = time.monotonic() + _BEAT_S
        if self._state != WorkerStatus.BUSY:
            self._attend(0)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Forget the job, fork, and return when the child has ended, or is at an event that takes long."""
        self._withdraw([job.id], queue.intermediate_queue_key)
        self._state = WorkerStatus.BUSY
        # The child starts with SIGTERM held back until it can act on it, and we hear none before we know the child.
        with held_back(signal.SIGTERM):
            self._told, self._tells = os.pipe()
            try:
                self.fork_work_horse(job, queue)
            finally:
                os.close(self._tells)
            child = Child(pid=self._horse_pid, told=self._told, rung_for=_event_id(job))
            self._children.running.append(child)
        if self.was_asked_to_stop:
            self.handle_warm_shutdown_request()
        while child in self._children.running and not self._may_begin_another(child):
            self._attend(PATIENCE_S, queue)
            if time.monotonic() >= self._beat_due:
                with suppress(RedisError):
                    self.heartbeat()
        self._state = WorkerStatus.IDLE

    def _may_begin_another(self, child: Child) -> bool:
        return child.takes_long() and len(self._children.running) < _MOST_CHILDREN and not self.was_asked_to_stop

    def _attend(self, wait_s: float, *queues: Queue) -> None:
        begun = [str(event_id) for event_id in self._children.attend(wait_s)]
        with suppress(RedisError):
            for queue in queues or self.queues:
                self._withdraw(begun, queue.key)

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Wait for a ring; with children left to themselves only a second at a time, to look after them."""
        return super().dequeue_job_and_maintain_ttl(1 if self._children.running else timeout, max_idle_time)

    def perform_job(self, job: Job, queue: Queue) -> bool:
        """Answer the ring; this runs in the child."""
        del queue
        die_with(self._own_pid)
        for told in (self._told, *(child.told for child in self._children.running)):
            # a pipe whose reader is gone tells its writer so, but only if nobody else can read
            os.close(told)
        event_id = _event_id(job)
        if event_id is not None:
            # what eats all memory gets an error, before the kernel ends a neighbour for it
            _, most = resource.getrlimit(resource.RLIMIT_DATA)
            resource.setrlimit(resource.RLIMIT_DATA, (_least(self._memory_bytes, most), most))
            try:
                self._answer(event_id, partial(tell, self._tells))
            except BaseException as error:
                self._journal.error("answer failed", event_id=job.id, exc_info=error)
                raise
        return True

    def _withdraw(self, job_ids: Sequence[str], list_key: str) -> None:
        """Take rings that are being answered out of Redis."""
        if not job_ids:
            return
        pipeline = self.connection.pipeline(transaction=False)  # pyright: ignore[reportUnknownMemberType] - so does redis
        for job_id in job_ids:
            pipeline.lrem(list_key, 1, job_id)
            pipeline.delete(Job.key_for(job_id))
        pipeline.execute()

    @property
    def was_asked_to_stop(self) -> bool:
        """Whether a signal ended the work, and not an absence of Redis."""
        return self._shutdown_requested_date is not None

    def setup_work_horse_signals(self) -> None:
        """Leave the child deaf to Ctrl-C, which its parent hears; SIGTERM waits until the answer handles it."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def handle_warm_shutdown_request(self) -> None:
        """Ask the children to stop after the steps in flight."""
        self._children.send(signal.SIGTERM)

    @property
    def horse_pid(self) -> int:
        """The newest child, by which RQ tells whether there is any."""
        return self._children.running[-1].pid if self._children.running else 0

    def kill_horse(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """End all children at once; RQ does so when it is asked to stop for the second time."""
        self._children.send(sig)

    def wait_for_horse(self) -> tuple[int | None, int | None, None]:
        """Wait for the ends of all children."""
        self._children.wait()
        return None, None, None

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
        """Wait for the children, if it is to stop, and sign off, if Redis is there to hear it."""
        if not self.is_horse:
            if self.was_asked_to_stop:
                self._children.wait()
            with suppress(RedisError):
                unregister(self)
                self.connection.delete(self.key)


def _event_id(job: Job) -> UUID | None:
    """The event that the job rings for; None for an id that is not ours."""
    try:
        return UUID(job.id)
    except ValueError:
        return None


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
        children = Children(on_crash)
        while not stop.is_set():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda _number, _frame: stop.set())
            try:
                worker = ForkingWorker(
                    open_blocking_redis(self._redis_url),
                    priorities,
                    answer,
                    children,
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
        children.send(signal.SIGTERM)
        children.wait()
        return 0
