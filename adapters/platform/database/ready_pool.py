"""A pool that lends what lies ready at once, without the switch of stacks that SQLAlchemy needs where it may wait."""

from __future__ import annotations

import select
import time
from typing import Final, final

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

_IS_LOOKED_AT: Final = "tapedeck.is_looked_at"
_OPENED_AT: Final = "tapedeck.opened_at"


@final
class ReadyPool(AsyncAdaptedQueuePool):
    """SQLAlchemy's pool for asyncio; whoever takes an entry puts it back, and listeners are told of both as ever."""

    def take_ready(self) -> ConnectionPoolEntry | None:
        """Return an entry with a connection that is good as far as can be seen, None if that takes waiting."""
        if not self.checkedin():
            return None
        entry = self._do_get()
        connection = entry.dbapi_connection
        if connection is None or self._is_outdated(entry) or _may_be_dead(entry.driver_connection):
            self._do_return_conn(entry)
            return None
        entry.info[_IS_LOOKED_AT] = True
        self.dispatch.checkout(connection, entry, None)
        return entry

    def _is_outdated(self, entry: ConnectionPoolEntry) -> bool:
        # one connection was found dead, so those that were opened before are opened anew: by SQLAlchemy, which may wait
        opened_at: float = entry.info.get(_OPENED_AT, 0.0)
        return self._invalidate_time > opened_at

    def put_back(self, entry: ConnectionPoolEntry) -> None:
        """Give it to the next; one that was invalidated is opened anew by whoever takes it then."""
        self.dispatch.checkin(entry.dbapi_connection, entry)
        self._do_return_conn(entry)


def refuse_dead(engine: Engine) -> None:
    """Let no connection out of the pool that the server has closed; the pool then opens all of them anew.

    The end of a connection lies ready to be read on its socket, so no request pays a round trip to ask. Anything else
    may lie there as well, so then the server is asked after all.
    """

    def opened(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        del connection
        entry.info[_OPENED_AT] = time.time()

    def look(connection: DBAPIConnection, entry: ConnectionPoolEntry, proxy: object) -> None:
        del proxy
        if not entry.info.pop(_IS_LOOKED_AT, False) and _may_be_dead(entry.driver_connection):
            try:
                engine.dialect.do_ping(connection)
            except psycopg.Error as error:
                raise InvalidatePoolError from error

    event.listen(engine, "connect", opened)
    event.listen(engine, "checkout", look)


def _may_be_dead(driver: object) -> bool:
    return not isinstance(driver, psycopg.AsyncConnection) or driver.broken or _has_something_to_say(driver.fileno())


def _has_something_to_say(descriptor: int) -> bool:
    looking = select.poll()
    looking.register(descriptor, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(looking.poll(0))
