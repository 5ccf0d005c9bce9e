"""One Redis connection shared by concurrent callers: their commands leave in one write, replies come in order."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import hiredis
from redis.asyncio.connection import Connection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from streams.ports import LogUnavailableError

Argument = str | bytes | int | float
ANSWER_DEADLINE = 5.0
"""Seconds after which a command that has no answer counts as failed, and its connection as broken."""


class Wire:
    """Full-duplex pipelining over one connection, opened when first needed and again after it broke.

    A broken connection fails every call in flight with LogUnavailableError: whether Redis did what they asked is
    unknown, and the caller's to handle. A blocking command holds up all others on its wire, so it gets its own.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._new_connection = connect
        self._connection: Connection | None = None
        self._unsent: list[tuple[tuple[Argument, ...], asyncio.Future[Any]]] = []
        self._in_flight: deque[asyncio.Future[Any]] = deque()
        self._connecting = asyncio.Lock()
        self._has_unsent = asyncio.Event()
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._refusal: str | None = None

    async def call(self, *command: Argument, deadline: float = ANSWER_DEADLINE) -> Any:
        """Redis's answer to `command`. Raises ResponseError for what Redis refuses, LogUnavailableError otherwise."""
        if self._refusal is not None:
            raise LogUnavailableError(self._refusal)
        if self._connection is None:
            await self._connect()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._unsent.append((command, answer))
        self._has_unsent.set()
        timer = loop.call_later(deadline, self._give_up, answer)
        try:
            return await answer
        except (OutOfMemoryError, ReadOnlyError) as error:
            raise LogUnavailableError(f"Redis refuses writes: {error}") from error
        finally:
            timer.cancel()

    def refuse(self, reason: str) -> None:
        """Fail every later call with `reason`."""
        self._refusal = reason

    async def close(self) -> None:
        """Close the connection; calls in flight fail."""
        await self._break("the connection was closed")

    def _give_up(self, answer: asyncio.Future[Any]) -> None:
        if not answer.done():
            answer.set_exception(LogUnavailableError("Redis does not answer"))
            # Later answers on this connection would wait behind the missing one: start over.
            for task in self._tasks:
                task.cancel()

    async def _connect(self) -> None:
        async with self._connecting:
            if self._connection is not None:
                return
            connection = self._new_connection()
            try:
                await connection.connect()  # type: ignore[no-untyped-call]
            except (RedisError, OSError) as error:
                await connection.disconnect(nowait=True)
                raise LogUnavailableError(f"Redis cannot be reached: {error}") from error
            self._connection = connection
            self._tasks = (
                asyncio.create_task(self._run(self._write(connection)), name="wire-write"),
                asyncio.create_task(self._run(self._read(connection)), name="wire-read"),
            )

    async def _run(self, direction: Coroutine[Any, Any, None]) -> None:
        reason = "the connection was closed"
        try:
            await direction
        except (RedisError, OSError) as error:
            reason = f"the connection to Redis broke: {error}"
        finally:
            await self._break(reason)

    async def _write(self, connection: Connection) -> None:
        while True:
            await self._has_unsent.wait()
            self._has_unsent.clear()
            batch, self._unsent = self._unsent, []
            self._in_flight.extend(answer for _, answer in batch)
            packed = [hiredis.pack_command(command) for command, _ in batch]  # type: ignore[arg-type]  # its stub says 1-tuple
            await connection.send_packed_command(packed, check_health=False)

    async def _read(self, connection: Connection) -> None:
        while True:
            try:
                reply = await connection.read_response(timeout=math.inf, disconnect_on_error=False)
            except (RedisConnectionError, RedisTimeoutError):
                raise
            except ResponseError as error:
                reply = error
            answer = self._in_flight.popleft()
            if answer.done():  # its caller was cancelled, or gave up
                continue
            if isinstance(reply, Exception):
                answer.set_exception(reply)
            else:
                answer.set_result(reply)

    async def _break(self, reason: str) -> None:
        connection, self._connection = self._connection, None
        tasks, self._tasks = self._tasks, ()
        current = asyncio.current_task()
        for task in tasks:
            if task is not current:
                task.cancel()
        stranded = [*self._in_flight, *(answer for _, answer in self._unsent)]
        self._in_flight.clear()
        self._unsent.clear()
        self._has_unsent.clear()
        for answer in stranded:
            if not answer.done():
                answer.set_exception(LogUnavailableError(reason))
        if connection is not None:
            await connection.disconnect(nowait=True)
