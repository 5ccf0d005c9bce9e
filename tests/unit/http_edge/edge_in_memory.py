"""The edge over the log in memory, spoken to as ASGI, with the actors' part played by the test."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from http_edge.app import create_app
from http_edge.edge import Edge, Extras, make_edge
from http_edge.identity import Authenticator
from http_edge.settings import edge_settings
from streams.facts import Finished, Result, Started
from streams.memory import MemoryLog
from streams.ports import ActorKind, ActorReport, Claim, LogUnavailableError, Projectable, Refusal
from streams.system import RandomIds, SystemClock
from tests.unit.streams.facts_made import AT

HOUR = timedelta(hours=1)
NOW = timedelta(0)
ME = "executor-1"
HELLO = {"language": "python", "code": "print(1)"}


class FragileLog(MemoryLog):
    """A log that can be away."""

    away: bool = False

    async def ping(self) -> None:
        self._check()

    async def submit(self, *arguments: Any) -> Any:
        self._check()
        return await super().submit(*arguments)

    async def read(self, *arguments: Any) -> Any:
        self._check()
        return await super().read(*arguments)

    def _check(self) -> None:
        if self.away:
            raise LogUnavailableError("Redis cannot be reached: 10.1.2.3 refused")


@dataclass
class World:
    """An edge, its log, and a client."""

    edge: Edge
    log: FragileLog
    http: httpx.AsyncClient

    async def submit(self, wait: str = "", headers: Mapping[str, str] | None = None, **body: Any) -> httpx.Response:
        params = {"wait": wait} if wait else {}
        return await self.http.post("/v1/execute", json={**HELLO, **body}, params=params, headers=headers)

    async def post(self, content: bytes, content_type: str = "application/json") -> httpx.Response:
        return await self.http.post("/v1/execute", content=content, headers={"Content-Type": content_type})

    async def run_next(self, stdout: str = "1\n") -> None:
        """The next submission's whole life, projected."""
        (claim,) = await self.log.claim("python", ME, 1, NOW)
        assert isinstance(claim, Claim)
        started = Started(at=AT, by=ME, job=str(claim.job), attempt=1, runner="r")
        assert not isinstance(await self.log.begin(claim, ME, started), Refusal)
        result = Result(stage="run", stdout=stdout, stderr="", duration_ms=3.5, exit_code=0)
        finished = Finished(at=AT, by=ME, job=str(claim.job), attempt=1, runner="r", status="succeeded", result=result)
        assert not isinstance(await self.log.end(claim, ME, finished), Refusal)
        await self.project()

    async def project(self) -> None:
        while entries := await self.log.read_facts("projector-1", 100, NOW):
            await self.log.project([entry for entry in entries if isinstance(entry, Projectable)])

    def submissions(self) -> int:
        """How many the streams have taken."""
        streams = self.log.contents.streams.items()
        return sum(len(stream.entries) for name, stream in streams if ":submissions:" in name)


def report(name: str, kind: ActorKind, **fields: Any) -> ActorReport:
    return ActorReport(**{"name": name, "kind": kind, "host": "here", "pid": 1, "started_at": AT, **fields})


PYTHON = report(ME, "executor", language="python", aliases=("py",), versions={"python": "3.13.5"}, runners=2, busy=1)
PROJECTOR = report("projector-1", "projector")


@asynccontextmanager
async def running_edge(
    *reports: ActorReport, authenticator: Authenticator | None = None, **variables: str
) -> AsyncIterator[World]:
    """An edge that is configured by `variables`, where `reports` were made."""
    settings = edge_settings(variables)
    log = FragileLog(settings.streams, SystemClock())
    for each in reports or (PYTHON, PROJECTOR):
        await log.report(each, HOUR)
    extras = Extras() if authenticator is None else Extras(authenticator)
    edge = make_edge(settings, log, SystemClock(), RandomIds(), "edge-1", extras)
    # As uvicorn does, the transport answers a failure with what the application makes of it.
    transport = httpx.ASGITransport(create_app(edge), raise_app_exceptions=False)
    async with edge.running(), httpx.AsyncClient(transport=transport, base_url="http://edge") as http:
        yield World(edge, log, http)


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The RFC 9457 problem that `answer` must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    return found


def fields(answer: httpx.Response, status: int = 400) -> dict[str, str]:
    """The reasons of a problem, by field."""
    return {error["field"]: error["reason"] for error in problem(answer, status)["errors"]}
