"""The routes about the service itself: languages and health."""

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from http_edge.accounts.upkeep import Upkeep
from http_edge.archive_guard import ArchiveGuard
from http_edge.edge import Edge
from http_edge.responses import json_response
from streams.ports import ActorReport, LogUnavailableError

MOST_LAG = 1000
"""Facts not projected beyond which states are too old to be called ready."""
LONGEST_LOOK = 2.0
"""Seconds after which Redis counts as not answering: whoever asks for readiness is not patient."""


class Service:
    """Handlers of /v1/languages and /health. `accounts` is None where there are none."""

    def __init__(self, edge: Edge, accounts: Upkeep | None = None) -> None:
        self._edge = edge
        self._accounts = accounts

    async def languages(self, request: Request) -> Response:
        """GET /v1/languages"""
        del request
        await self._edge.languages.look()
        offered = [
            {
                "name": language.name,
                "aliases": sorted(language.aliases),
                "versions": language.versions,
                "runners": language.runners,
                "busy": language.busy,
                "executors": language.executors,
            }
            for language in self._edge.languages.all()
        ]
        return json_response({"languages": offered})

    async def live(self, request: Request) -> Response:
        """GET /health"""
        del request
        return json_response({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """GET /health/ready"""
        del request
        checks = {**await self._checks(), **self._database()}
        ready = all(check["ok"] for check in checks.values())
        body = {"status": "ready" if ready else "not ready", "checks": checks}
        return json_response(body, 200 if ready else 503)

    def _database(self) -> dict[str, dict[str, Any]]:
        """Jobs get done without it, for whoever is known, so it never makes the service unready: all edges would be."""
        return {} if self._accounts is None else {"database": {"ok": True, "state": self._accounts.state}}

    async def _checks(self) -> dict[str, dict[str, Any]]:
        try:
            async with asyncio.timeout(LONGEST_LOOK):
                await self._edge.log.ping()
                reports, lag, announced = await asyncio.gather(
                    self._edge.languages.look(), self._edge.log.projection_lag(), self._edge.log.announced_languages()
                )
        except LogUnavailableError as error:
            return {"redis": {"ok": False, "state": str(error)}}
        except TimeoutError:
            return {"redis": {"ok": False, "state": f"no answer within {LONGEST_LOOK:g} s"}}
        waiting = sum(stream.waiting + stream.pending for stream in lag)
        checks = {"redis": {"ok": True, "state": "ok"}, "projector": _projector(reports, waiting)}
        checks["janitor"] = _janitor(reports)
        checks |= _archive(self._edge.archive, reports, wanted=self._edge.settings.database is not None)
        for name in announced:
            checks[f"executor {name}"] = _executors(name, reports)
        if not announced:
            checks["executor"] = {"ok": False, "state": "no executor is running"}
        return checks


def _archive(guard: ArchiveGuard, reports: Sequence[ActorReport], wanted: bool) -> dict[str, dict[str, Any]]:
    """Jobs get done without an archiver, for as long as the streams may wait for it."""
    states = [report.state for report in reports if report.kind == "archiver"]
    if guard.lag is None and not states and not wanted:
        return {}
    behind = {} if guard.lag is None else {"lag": guard.lag.entries}
    if guard.trouble is not None:
        return {"archive": {"ok": False, "state": f"no submissions: {guard.trouble}", **behind}}
    state = next((state for state in states if state != "running"), "running")
    if not states:
        state = "no archiver is running: nothing is archived, and streams are not trimmed past what is"
    return {"archive": {"ok": True, "state": state, **behind}}


def _projector(reports: Sequence[ActorReport], waiting: int) -> dict[str, Any]:
    projectors = [report for report in reports if report.kind == "projector"]
    if not projectors:
        return {"ok": False, "state": "no projector is running", "lag": waiting}
    stopped = [report.state for report in projectors if report.state != "running"]
    if stopped:
        return {"ok": False, "state": stopped[0], "lag": waiting}
    if waiting > MOST_LAG:
        return {"ok": False, "state": f"behind by {waiting} facts", "lag": waiting}
    return {"ok": True, "state": "running", "lag": waiting}


def _janitor(reports: Sequence[ActorReport]) -> dict[str, Any]:
    """Jobs get done without one, so that this never makes the service unready; but somebody should know."""
    states = [report.state for report in reports if report.kind == "janitor"]
    if not states:
        return {"ok": True, "state": "no janitor is running: nothing is trimmed, and what waits is not cancelled"}
    return {"ok": True, "state": next((state for state in states if state != "running"), "running")}


def _executors(language: str, reports: Sequence[ActorReport]) -> dict[str, Any]:
    executors = [report for report in reports if report.kind == "executor" and report.language == language]
    runners = sum(report.runners for report in executors)
    trouble = _trouble([report.state for report in executors], runners)
    return {"ok": trouble is None, "state": trouble or "running", "runners": runners, "executors": len(executors)}


def _trouble(states: Sequence[str], runners: int) -> str | None:
    """Why a language's executors do not get its jobs done. One that drains while another works is no trouble."""
    if not states:
        return "no executor is running"
    stopped = [state for state in states if state.startswith("stopped")]
    if stopped:
        return stopped[0]
    if "running" not in states:
        return states[0]
    return None if runners else "no runner is available"
