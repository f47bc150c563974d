"""Live events over PostgreSQL's LISTEN and NOTIFY, for several service processes on one database.

One connection of its own listens and notifies; it must reach the server itself, not a pooler that shares sessions.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine import make_url

from conversations.live_fanout import Fanout, Handler, LiveEvent, decode, encode
from core import log

_log = log.get(__name__)
RESUMED = "live.resumed"  # events may have been missed: look again
CHANNEL = "tongda_live"
APPLICATION = "tongda-live"  # the connection's name in pg_stat_activity
_CONNECT_S, _COMMAND_S = 5.0, 5.0
_GRACE_S = 1.0  # for sending, when the process stops
_KEEPALIVE_S = 10.0  # an idle connection is tried this often
_RETRY_S = (0.1, 0.5, 2.0, 5.0)  # after the first, second, ... failure
_KEPT = 10_000  # events that wait for a connection; then the oldest are lost
_AT_ONCE = 500  # events in one statement
_NOTIFY = "SELECT pg_notify($1, event) FROM unnest($2::text[]) AS event"
_NOT_FOR_THE_DRIVER = ("prepared_statement_cache_size", "prepared_statement_name_func", "async_fallback")


class PostgresEvents:
    """Live events of every process on one PostgreSQL database."""

    def __init__(self, url: str) -> None:
        self._fanout = Fanout()
        self._options = _connection_options(url)
        self._out: deque[str] = deque(maxlen=_KEPT)
        self._wake, self._is_listening = asyncio.Event(), asyncio.Event()
        # PostgreSQL makes one of equal notifications in a transaction: the number keeps them apart.
        self._numbers = itertools.count()
        self._loop: asyncio.Task[None] | None = None
        self._is_stopping = False

    @property
    def is_listening(self) -> bool:
        """Say whether the connection stands."""
        return self._is_listening.is_set()

    def publish(self, kind: str, subject: str, payload: Mapping[str, object]) -> None:
        """As the port says."""
        self._out.append(f"{next(self._numbers):x} {encode(kind, subject, payload)}")
        self._wake.set()

    def subscribe(self, handler: Handler) -> Callable[[], None]:
        """As the port says."""
        return self._fanout.subscribe(handler)

    async def start(self) -> None:
        """Begin to receive; a server that is away for the moment is connected to as soon as it is back."""
        self._fanout.start()
        self._loop = asyncio.get_running_loop().create_task(self._run())
        try:
            await asyncio.wait_for(self._is_listening.wait(), timeout=_CONNECT_S)
        except TimeoutError:
            _log.warning("live.not_connected")

    async def stop(self) -> None:
        """As the port says."""
        self._is_stopping = True
        self._wake.set()
        if self._loop is not None:
            try:
                await asyncio.wait_for(self._loop, timeout=_GRACE_S)  # what is published is sent first
            except TimeoutError:
                _log.warning("live.not_sent", count=len(self._out))
        await self._fanout.stop()

    async def _run(self) -> None:
        has_listened, failures = False, 0
        while not self._is_stopping:
            connection: asyncpg.Connection | None = None
            try:
                connection = await asyncpg.connect(**self._options)
                connection.add_termination_listener(lambda _connection: self._wake.set())
                await connection.add_listener(CHANNEL, self._on_notification)
                if has_listened:
                    _log.info("live.resumed")
                    self._fanout.hand_out(LiveEvent(RESUMED, ""))
                has_listened, failures = True, 0
                self._is_listening.set()
                await self._send_while_connected(connection)
                if self._is_stopping:
                    return
                _log.warning("live.lost")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                _log.warning("live.lost", error=type(error).__name__)
            finally:
                self._is_listening.clear()
                if connection is not None:
                    connection.terminate()
            await asyncio.sleep(_RETRY_S[min(failures, len(_RETRY_S) - 1)])
            failures += 1

    async def _send_while_connected(self, connection: asyncpg.Connection) -> None:
        while not connection.is_closed():
            if self._is_stopping and not self._out:
                return
            if not self._out:
                await self._wait_for_work()
            self._wake.clear()
            batch = [self._out.popleft() for _ in range(min(len(self._out), _AT_ONCE))]
            try:
                await connection.execute(
                    _NOTIFY, CHANNEL, batch
                )  # an empty one shows that the server is there
            except BaseException:
                self._out.extendleft(reversed(batch))
                raise

    async def _wait_for_work(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=_KEEPALIVE_S)
        except TimeoutError:
            return

    def _on_notification(self, _connection: Any, _pid: int, _channel: str, text: str) -> None:
        try:
            event = decode(text.partition(" ")[2])
        except ValueError:
            _log.exception("live.unreadable")
            return
        self._fanout.hand_out(event)


def _connection_options(url: str) -> dict[str, Any]:
    """Return what asyncpg needs, as SQLAlchemy reads the same URL for its own connections."""
    dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
    _, options = dialect.create_connect_args(make_url(url))  # type: ignore[no-untyped-call]
    return {
        **{name: value for name, value in options.items() if name not in _NOT_FOR_THE_DRIVER},
        "timeout": _CONNECT_S,
        "command_timeout": _COMMAND_S,
        "server_settings": {"application_name": APPLICATION},
    }
