"""The janitor's side of the log in Redis."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import ResponseError

from streams import keys
from streams.duration import in_milliseconds
from streams.entries import trace_of
from streams.facts import Cancelled
from streams.jobid import JobId, parse_job_id
from streams.redis.context import Part, pairs
from streams.redis.endings import ending_arguments

_DEAD_CLAIM = timedelta(seconds=30)  # longer than any executor takes to reclaim: it has had its chance
_PAGE = 500  # claims looked at in one go


class Upkeep(Part):
    """Implements streams.ports.UpkeepLog."""

    async def trim(self, before: datetime) -> int:
        first_kept = int(before.timestamp() * 1000)
        archived = bool(await self._context.wire.call("EXISTS", keys.ARCHIVED))
        unneeded = "" if archived else keys.ARCHIVE
        deleted = 0
        for stream in await self._all_streams():
            needed = keys.groups_of(stream, archived=archived)
            deleted += int(await self._context.run("trim", (stream,), (first_kept, unneeded, *needed)))
        return deleted

    async def drop_dead_letters(self, before: datetime, size: int) -> int:
        dropped = 0
        for partition in self._context.partitions():
            arguments = (int(before.timestamp() * 1000), size)
            dropped += int(await self._context.run("drop_dead_letters", (keys.dead_letters(partition),), arguments))
        return dropped

    async def remove_idle_consumers(self, idle: timedelta) -> Sequence[str]:
        removed: list[str] = []
        for stream in await self._all_streams():
            for group in keys.groups_of(stream, archived=True):
                for consumer in await self._consumers(stream, group):
                    arguments = (group, consumer, in_milliseconds(idle))
                    if await self._context.run("drop_consumer", (stream,), arguments):
                        removed.append(consumer)
        return sorted(set(removed))

    async def mend_claims(self) -> int:
        mended = 0
        for partition in self._context.partitions():
            streams = await self._streams_of(partition)
            mended += int(await self._context.run("mend_claims", streams, (_PAGE, keys.EXECUTORS, keys.PROJECTOR)))
        return mended

    async def mend_counts(self) -> int:
        mended = 0
        for partition in self._context.partitions():
            mended += int(await self._context.run("mend_counts", await self._streams_of(partition), (_PAGE,)))
        return mended

    async def cancel_waiting(self, by: str, now: datetime) -> Sequence[str]:
        cancelled: list[str] = []
        for partition in self._context.partitions():
            for name in await self._context.wire.call("SMEMBERS", keys.cancellations(partition)):
                job = parse_job_id(name.decode())
                fact = Cancelled(at=now, by=by, job=str(job), trace=await self._trace_of(job))
                ended = await self._context.run(
                    "cancel_waiting",
                    (
                        keys.stream_of(job.address),
                        keys.hash_of(job),
                        keys.events(partition),
                        keys.cancellations(partition),
                    ),
                    (
                        keys.EXECUTORS,
                        str(job.address.position),
                        str(job),
                        keys.RETURNED,
                        in_milliseconds(_DEAD_CLAIM),
                        *ending_arguments(job, fact),
                    ),
                )
                if ended:
                    cancelled.append(str(job))
        return cancelled

    async def _trace_of(self, job: JobId) -> dict[str, str] | None:
        """What the submission says; an entry never changes, so that this need not be the step that ends the job."""
        position = str(job.address.position)
        entries = await self._context.wire.call("XRANGE", keys.stream_of(job.address), position, position)
        return trace_of(job.address, pairs(entries[0][1]) if entries else None)

    async def _all_streams(self) -> list[str]:
        return [stream for partition in self._context.partitions() for stream in await self._streams_of(partition)]

    async def _streams_of(self, partition: int) -> list[str]:
        streams = [keys.events(partition)]
        for language in await self._context.wire.call("SMEMBERS", keys.languages(partition)):
            streams.extend(keys.submissions(partition, language.decode(), lane) for lane in self._context.lanes())
        return streams

    async def _consumers(self, stream: str, group: str) -> list[str]:
        """Names of the group's consumers, but the one that stands for no process."""
        try:
            answer: list[Any] = await self._context.wire.call("XINFO", "CONSUMERS", stream, group)
        except ResponseError:  # no such stream or group
            return []
        names = [(entry if isinstance(entry, dict) else pairs(entry))[b"name"].decode() for entry in answer]
        return [name for name in names if name != keys.RETURNED]
