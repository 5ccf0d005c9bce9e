"""Live output in Redis: a short-lived stream for each running job, and a channel that says when it grew."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

from streams import keys
from streams.duration import in_milliseconds
from streams.jobid import JobId
from streams.output import Mark, Output, fields_of, output_of
from streams.ports import LogUnavailableError
from streams.redis.context import Part
from streams.redis.link import Argument, Link, ignore, open_link
from streams.redis.subscription import paced, subscription
from streams.settings import RedisSettings


class OutputStreams(Part):
    """Implements streams.output_ports."""

    async def show(self, job: JobId, outputs: Sequence[Output], keep: timedelta) -> int:
        partition, job_id = job.address.partition, str(job)
        entries: list[Argument] = []
        for output in outputs:
            entries += (str(output.mark), *fields_of(output))
        told = await self._context.run(
            "show_output",
            (keys.output(partition, job_id),),
            (keys.output_channel(partition, job_id), job_id, in_milliseconds(keep), *entries),
        )
        return int(told)

    def watched_jobs(self) -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        channels = [keys.watch_channel(partition) for partition in self._context.partitions()]
        return subscription(self._context.redis, channels, bytes.decode)

    async def read_output(self, job: JobId, after: Mark) -> Sequence[Output]:
        stream = keys.output(job.address.partition, str(job))
        entries = await self._context.wire.call("XRANGE", stream, f"({after}", "+")
        return [output_of(entry_id, flat[0], flat[1]) for entry_id, flat in entries]

    @asynccontextmanager
    async def output_news(self) -> AsyncIterator["WatchedChannels"]:
        channels = WatchedChannels(self._context.redis)
        messages = channels.__aiter__()
        try:
            yield channels
        finally:
            await messages.aclose()


class WatchedChannels:
    """Implements streams.output_ports.OutputNews over one connection, whatever the number of jobs."""

    def __init__(self, redis: RedisSettings) -> None:
        self._redis = redis
        self._jobs: dict[bytes, JobId] = {}
        self._link: Link | None = None
        self._messages: AsyncGenerator[str, None] | None = None

    def watch(self, job: JobId) -> None:
        channel = keys.output_channel(job.address.partition, str(job))
        self._jobs[channel.encode()] = job
        self._subscribe(channel, job)

    def unwatch(self, job: JobId) -> None:
        channel = keys.output_channel(job.address.partition, str(job))
        del self._jobs[channel.encode()]
        if self._link is not None:
            self._link.tell(("UNSUBSCRIBE", channel))

    def __aiter__(self) -> AsyncGenerator[str, None]:
        if self._messages is None:
            self._messages = paced(self._one_connection)
        return self._messages

    def _subscribe(self, channel: str, job: JobId) -> None:
        """In this order: whoever writes faster because it is watched finds us subscribed."""
        if self._link is not None:
            self._link.tell(("SUBSCRIBE", channel))
            nudge = self._link.send(("PUBLISH", keys.watch_channel(job.address.partition), str(job)))
            nudge.add_done_callback(ignore)

    async def _one_connection(self) -> AsyncGenerator[str, None]:
        pushed: asyncio.Queue[Any] = asyncio.Queue()
        try:
            link = self._link = await open_link(self._redis, pushed.put_nowait)
        except LogUnavailableError:
            return
        link.lost.add_done_callback(lambda _: pushed.put_nowait(None))
        link.keep_asking()
        try:
            for channel, job in self._jobs.items():
                self._subscribe(channel.decode(), job)
            while (push := await pushed.get()) is not None:
                if push[0] == b"message":
                    yield push[2].decode()
                elif push[0] == b"subscribe" and push[1] in self._jobs:
                    yield str(self._jobs[push[1]])
        finally:
            self._link = None
            link.abort("the subscription ended")
