"""The system at a glance: languages, groups, actors, rates, Redis; and what failed by our own fault."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from http_edge.admin.latest import latest
from http_edge.admin.runners import Runners
from http_edge.edge import Edge
from http_edge.identity import READ
from http_edge.languages import Language
from http_edge.metrics.observed import observe
from http_edge.query import Query, whole_number
from http_edge.rendering import timestamp
from http_edge.responses import json_response
from streams import keys
from streams.facts import Cancelled, Finished, Lost, Started
from streams.jobid import JobId
from streams.ports import ActorReport, ArchiveLag
from streams.position import Position
from streams.redis.wire import Wire
from streams.replay.groups import GroupRow
from streams.replay.layout import Layout, NothingThereError, read_layout
from streams.replay.recorded import Recorded
from streams.replay.time import server_time

RATE_SECONDS = 60
MOST_COUNTED = 5000
"""Events that are looked at for the rates; on a busy system that is less than RATE_SECONDS."""
MOST_SEARCHED = 10_000
"""Events that are searched for failures."""
MOST_FAILURES, USUAL_FAILURES = 200, 50


class Overview:
    """Handlers of /v1/admin/overview and /v1/admin/failures."""

    def __init__(self, edge: Edge, wire: Wire) -> None:
        self._edge = edge
        self._wire = wire
        self._runners = Runners(wire)

    async def overview(self, request: Request) -> Response:
        """GET /v1/admin/overview"""
        await self._edge.callers.administrator(request, READ)
        await self._edge.languages.look()
        languages = self._edge.languages.all()
        archive = _archive(self._edge.archive.lag)
        try:
            layout = await read_layout(self._wire)
        except NothingThereError:  # the very first moments of an instance
            return json_response({**_nothing(), "languages": [_language(each, ()) for each in languages]})
        now = await observe(self._wire, layout)
        shown = {
            "languages": [_language(each, now.groups) for each in languages],
            "groups": [_group(row) for row in now.groups],
            "actors": [_actor(report) for report in now.actors],
            "runners": await self._runners.seen(layout, now.actors),
            "rates": await self._rates(layout),
            "redis": {"used_bytes": now.redis_bytes, "limit_bytes": now.redis_limit or None},
            "dead_letters": now.dead_letters,
            "archive": archive,
        }
        return json_response(shown)

    async def failures(self, request: Request) -> Response:
        """GET /v1/admin/failures"""
        await self._edge.callers.administrator(request, READ)
        query = Query(request)
        limit = query.take("limit", whole_number(1, MOST_FAILURES), USUAL_FAILURES)
        query.check()
        try:
            layout = await read_layout(self._wire)
        except NothingThereError:
            return json_response({"failures": []})
        return json_response({"failures": await self._failures(layout, limit)})

    async def _rates(self, layout: Layout) -> dict[str, Any]:
        now = await server_time(self._wire)
        counts, looked_at, first_ms = _no_counts(), 0, now
        async for batch in latest(self._wire, layout, MOST_COUNTED, Position(now - RATE_SECONDS * 1000, 0)):
            for each in batch:
                _count(counts, each)
                first_ms = each.position.ms
            looked_at += len(batch)
        seconds = float(RATE_SECONDS) if looked_at < MOST_COUNTED else max((now - first_ms) / 1000, 0.001)
        return {"seconds": seconds, **_per_second(counts, seconds)}

    async def _failures(self, layout: Layout, limit: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async for batch in latest(self._wire, layout, MOST_SEARCHED, Position(0, 0)):
            found += [_failure(each.job, each.fact) for each in batch if isinstance(each.fact, Lost) and each.job]
            if len(found) >= limit:
                break
        return found[:limit]


def _failure(job: JobId, lost: Lost) -> dict[str, Any]:
    return {
        "id": str(job),
        "language": job.address.language,
        "at": timestamp(lost.at),
        "attempts": lost.attempts,
        "reason": lost.reason,
    }


def _no_counts() -> dict[str, int]:
    return {"started": 0, "ended": 0, "succeeded": 0, "lost": 0}


def _count(counts: dict[str, int], each: Recorded) -> None:
    match each.fact:
        case Started():
            counts["started"] += 1
        case Finished() | Cancelled() | Lost():
            counts["ended"] += 1
            counts["succeeded"] += each.status == "succeeded"
            counts["lost"] += isinstance(each.fact, Lost)
        case _:
            pass


def _per_second(counts: Mapping[str, int], seconds: float) -> dict[str, float]:
    return {name: round(count / seconds, 3) for name, count in counts.items()}


def _nothing() -> dict[str, Any]:
    return {
        "languages": [],
        "groups": [],
        "actors": [],
        "runners": [],
        "rates": {"seconds": float(RATE_SECONDS), **_per_second(_no_counts(), 1.0)},
        "redis": {"used_bytes": 0, "limit_bytes": None},
        "dead_letters": 0,
        "archive": None,
    }


def _language(language: Language, rows: Sequence[GroupRow]) -> dict[str, Any]:
    own = [row for row in rows if row.name == keys.EXECUTORS and row.place.language == language.name]
    ages = [row.oldest_waiting_ms for row in own if row.oldest_waiting_ms is not None]
    return {
        "name": language.name,
        "aliases": sorted(language.aliases),
        "versions": language.versions,
        "runners": language.runners,
        "busy": language.busy,
        "executors": language.executors,
        "job_ms": language.job_ms,
        "waiting": sum(row.waiting for row in own),
        "claimed": sum(row.pending for row in own),
        "oldest_waiting_ms": max(ages, default=None),
    }


def _group(row: GroupRow) -> dict[str, Any]:
    return {
        "stream": row.place.stream,
        "group": row.name,
        "consumers": row.consumers,
        "waiting": row.waiting,
        "pending": row.pending,
        "oldest_waiting_ms": row.oldest_waiting_ms,
        "oldest_pending_ms": row.oldest_pending_ms,
    }


def _actor(report: ActorReport) -> dict[str, Any]:
    return {
        "name": report.name,
        "kind": report.kind,
        "language": report.language,
        "host": report.host,
        "pid": report.pid,
        "started_at": timestamp(report.started_at),
        "state": report.state,
        "runners": report.runners,
        "busy": report.busy,
        "job_ms": report.job_ms,
    }


def _archive(lag: ArchiveLag | None) -> dict[str, Any] | None:
    return None if lag is None else {"waiting": lag.entries, "oldest_ms": round(lag.oldest.total_seconds() * 1000)}
