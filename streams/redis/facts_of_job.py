"""The facts about one job that Redis has: from its hash where that holds them all, else from the events."""

from typing import Any

from streams import keys
from streams.codec import MalformedFactError, decode, decode_fact
from streams.facts import AnyFact
from streams.jobid import JobId
from streams.position import Position
from streams.redis.context import Context, pairs
from streams.state import RANK_SUFFIX

PAGE = 1000
_EVENTS = ("started", "cancel_requested", "ending")
_FIELDS = ("ended", *_EVENTS, *(f"{name}{RANK_SUFFIX}" for name in _EVENTS))


async def facts_of_job(context: Context, job: JobId) -> list[tuple[Position, AnyFact]]:
    """Implements streams.ports.SubmissionLog.facts, but for the submission."""
    values = await context.wire.call("HMGET", keys.hash_of(job), *_FIELDS)
    held = {name: value for name, value in zip(_FIELDS, values, strict=True) if value is not None}
    attempt = held.get(f"started{RANK_SUFFIX}", b"0").split(b" ")[0]
    if int(attempt) > 1:  # the hash has only the last start
        return await _from_events(context, job, held.get("ended"))
    found = [
        (Position.from_rank(held[f"{name}{RANK_SUFFIX}"].split(b" ")[-1]), decode_fact(held[name]))
        for name in _EVENTS
        if name in held
    ]
    return sorted(found, key=lambda each: each[0])


async def _from_events(context: Context, job: JobId, ended: bytes | None) -> list[tuple[Position, AnyFact]]:
    """From the submission's time to the ending's: a partition's events are not sorted by job."""
    spelled, found = str(job).encode(), []
    start, last = str(job.address.position.ms), "+" if ended is None else str(Position.from_rank(ended))
    stream = keys.events(job.address.partition)
    while True:
        page: list[Any] = await context.wire.call("XRANGE", stream, start, last, "COUNT", PAGE)
        for position, flat in page:
            fields = pairs(flat)
            if spelled in fields.get(b"fact", b""):
                found += [(Position.parse(position), fact) for fact in _own(fields, job)]
        if len(page) < PAGE:
            return found
        start = f"({page[-1][0].decode()}"


def _own(fields: dict[bytes, bytes], job: JobId) -> list[AnyFact]:
    try:
        fact = decode(fields)
    except MalformedFactError:  # it is in the dead letters
        return []
    return [fact] if getattr(fact, "job", None) == str(job) else []
