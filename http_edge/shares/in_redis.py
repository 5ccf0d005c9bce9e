"""Shares in Redis, for a server without PostgreSQL: they end with the results, after JOB_TTL."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from http_edge.shares.share import MOST_SHARES, Share
from streams import keys
from streams.duration import in_milliseconds
from streams.jobid import parse_job_id
from streams.redis.context import pairs
from streams.redis.scripts import run_script
from streams.redis.wire import Wire


class RedisShares:
    """Implements http_edge.shares.share.ShareStore.

    A job's shares lie in a hash beside it, and each of them leads back from a key of its own: a link knows no place.
    The hash is written first and read last, so that what is not in it (any more) is no share, whatever else is there.
    """

    def __init__(self, wire: Wire, ttl: timedelta) -> None:
        self._wire = wire
        self._ttl_ms = in_milliseconds(ttl)

    async def add(self, share: Share) -> bool:
        value = f"{share.created_at.isoformat()} {share.account or ''}"
        arguments = (share.digest, value, MOST_SHARES, self._ttl_ms)
        if not await run_script(self._wire, "add_share", (_of_job(share.job),), arguments):
            return False
        await self._wire.call("SET", keys.share(share.digest), share.job, "PX", self._ttl_ms)
        return True

    async def of_job(self, job: str) -> Sequence[Share]:
        answer = await self._wire.call("HGETALL", _of_job(job))
        found = answer if isinstance(answer, dict) else pairs(answer)
        shares = [_share(digest.decode(), job, value.decode()) for digest, value in found.items()]
        return sorted(shares, key=lambda share: (share.created_at, share.digest))

    async def revoke(self, job: str, share: str) -> bool:
        digests = [each.digest for each in await self.of_job(job) if each.id == share]
        gone = [await self._wire.call("HDEL", _of_job(job), digest) for digest in digests]
        for digest in digests:
            await self._wire.call("DEL", keys.share(digest))
        return any(gone)

    async def find(self, digest: str) -> Share | None:
        job = await self._wire.call("GET", keys.share(digest))
        if job is None:
            return None
        value = await self._wire.call("HGET", _of_job(job.decode()), digest)
        return None if value is None else _share(digest, job.decode(), value.decode())


def _of_job(job: str) -> str:
    return keys.shares(parse_job_id(job).address.partition, job)


def _share(digest: str, job: str, value: str) -> Share:
    at, _, account = value.partition(" ")
    return Share(digest, job, account or None, datetime.fromisoformat(at))
