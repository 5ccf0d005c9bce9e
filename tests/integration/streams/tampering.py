"""Doing to a log what no process of ours would do, or only after a day."""

from streams import keys
from streams.jobid import JobId
from streams.memory import MemoryLog
from streams.redis import RedisLog


async def append_raw(log: RedisLog | MemoryLog, beside: JobId, fields: dict[str, str]) -> str:
    """Append `fields` to the stream that the submission of `beside` is in; returns the stream's name."""
    stream = keys.stream_of(beside.address)
    if isinstance(log, MemoryLog):
        raw = {name.encode(): value.encode() for name, value in fields.items()}
        log.contents.streams[stream].append(beside.address.position.ms, raw)
    else:
        flat = [part for field in fields.items() for part in field]
        await log._context.wire.call("XADD", stream, "*", *flat)  # noqa: SLF001 - no port offers it, on purpose
    return stream


async def forget_state(log: RedisLog | MemoryLog, job: JobId) -> None:
    """What happens when JOB_TTL has passed since the last news of `job`."""
    if isinstance(log, MemoryLog):
        log.contents.hashes.pop(keys.hash_of(job))
    else:
        await log._context.wire.call("DEL", keys.hash_of(job))  # noqa: SLF001 - as above
