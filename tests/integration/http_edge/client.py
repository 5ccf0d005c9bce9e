"""Requests as the tests make them, and what every problem must look like."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from tests.conftest import RedisServer

JSON = {"Content-Type": "application/json"}
PATIENCE = 20.0
"""Seconds after which a test gives up; the machine may be busy."""
T = TypeVar("T")
HELLO = {"language": "python", "code": "print(6 * 7)"}


@dataclass
class Client:
    """A client of one edge."""

    http: httpx.AsyncClient

    async def submit(
        self, body: Any = None, wait: str | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        params = {} if wait is None else {"wait": wait}
        return await self.http.post("/v1/execute", json=HELLO if body is None else body, params=params, headers=headers)

    async def post_raw(self, content: bytes, headers: Mapping[str, str] = JSON) -> httpx.Response:
        return await self.http.post("/v1/execute", content=content, headers=headers)

    async def read(self, job_id: object, wait: str | None = None) -> httpx.Response:
        return await self.http.get(f"/v1/execute/{job_id}", params={} if wait is None else {"wait": wait})

    async def cancel(self, job_id: object) -> httpx.Response:
        return await self.http.delete(f"/v1/execute/{job_id}")

    async def languages(self) -> list[dict[str, Any]]:
        offered: list[dict[str, Any]] = (await self.http.get("/v1/languages")).json()["languages"]
        return offered


async def ask_until(ask: Callable[[], Awaitable[T]], satisfied: Callable[[T], bool]) -> T:
    """The first answer that satisfies, for what tells nobody when it has happened."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await ask()
            if satisfied(answer):
                return answer
            await asyncio.sleep(0.01)


@asynccontextmanager
async def begun_to_wait(server: RedisServer, count: int) -> AsyncIterator[None]:
    """What is begun inside are `count` reads with `?wait` of jobs that no projector has met; all wait at the end.

    Each has then read its job's hash four times: to see it and after it has registered, and each time again in the
    script that reads on where the hash says nothing.
    """
    with server.client() as redis:
        redis.config_resetstat()
        yield

        async def reads() -> int:
            of_hashes: dict[str, int] = redis.info("commandstats").get("cmdstat_hmget", {})
            return of_hashes.get("calls", 0)

        await ask_until(reads, lambda calls: calls >= 4 * count)


def assert_problem(answer: httpx.Response, status: int, *words: str) -> dict[str, Any]:
    """RFC 9457, with each of `words` in it; returns the problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem.keys() <= {"type", "title", "status", "detail", "errors"}
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["title"]
    for word in words:
        assert word in answer.text
    return problem
