"""The routes of an account's own history: its jobs and what they used, from the archive, a moment behind."""

import re
from datetime import date, timedelta
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response

from http_edge.edge import Edge
from http_edge.identity import READ
from http_edge.query import Query, one_of, whole_number, word
from http_edge.rendering import timestamp
from http_edge.responses import json_response
from streams.archive.reading import Archive, BadCursorError, JobQuery, JobSummary, Usage
from streams.facts import Status

MOST_JOBS, USUAL_JOBS = 100, 50
"""On a page."""
MOST_DAYS, USUAL_DAYS = 366, 30
STATUSES: tuple[str, ...] = get_args(Status)
LONGEST_CURSOR = 256
DAY = "2[0-9]{3}-[0-9]{2}-[0-9]{2}"
_DAY = re.compile(DAY)


class HistoryRoutes:
    """Handlers of /v1/account/jobs and /v1/account/usage."""

    def __init__(self, edge: Edge, archive: Archive) -> None:
        self._edge = edge
        self._archive = archive

    async def jobs(self, request: Request) -> Response:
        """GET /v1/account/jobs"""
        caller = await self._edge.callers.of_account(request, READ)
        query = Query(request)
        wanted = JobQuery(
            account=caller.account,
            language=query.take("language", word(32), None),
            status=query.take("status", one_of(*STATUSES), None),
            limit=query.take("limit", whole_number(1, MOST_JOBS), USUAL_JOBS),
            cursor=query.take("cursor", word(LONGEST_CURSOR), None),
        )
        query.check()
        try:
            page = await self._archive.jobs(wanted)
        except BadCursorError as error:
            query.refuse("cursor", "not one that a page ended with")
            query.check()
            raise AssertionError from error  # the line before has raised
        return json_response({"jobs": [_job(job) for job in page.jobs], "next_cursor": page.next_cursor})

    async def usage(self, request: Request) -> Response:
        """GET /v1/account/usage"""
        caller = await self._edge.callers.of_account(request, READ)
        query = Query(request)
        last = query.take("to", _day, self._edge.clock.now().date())
        first = query.take("from", _day, last - timedelta(days=USUAL_DAYS - 1))
        if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
            query.refuse("from", f"expected a day up to {MOST_DAYS} days before `to`")
        query.check()
        days = await self._archive.usage(caller.account or "", first, last)
        plan = self._edge.settings.plans.of(caller)
        quota = plan.quota
        shown = {
            "name": plan.name,
            "requests_per_minute": quota.requests_per_minute,
            "concurrent_jobs": quota.concurrent_jobs,
            "cpu_seconds_per_day": quota.cpu_seconds_per_day,
        }
        return json_response({"plan": shown, "days": [_usage(day) for day in days]})


def _day(text: str) -> date:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("expected a day such as 2026-01-02, from 2000 to 2999") from error


def _job(job: JobSummary) -> dict[str, Any]:
    return {
        "id": job.id,
        "language": job.language,
        "status": job.status,
        "created_at": timestamp(job.created_at),
        "finished_at": None if job.finished_at is None else timestamp(job.finished_at),
        "duration_ms": job.duration_ms,
        "cpu_ms": job.cpu_ms,
    }


def _usage(day: Usage) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "language": day.language,
        "jobs": day.jobs,
        "cpu_seconds": round(float(day.cpu_seconds), 3),
    }
