"""A real HTTP server that plays CodePortal for the command line: it answers what a test scripted, and remembers."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

DEADLINE = 10.0


@dataclass
class Seen:
    """A request that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Portal:
    """Answers by method: each list is used up from the front, its last answer stays."""

    url: str = ""
    answers: dict[str, list[Response]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    second: asyncio.Event = field(default_factory=asyncio.Event)
    held: bool = False

    def answer(self, method: str, *responses: Response) -> None:
        self.answers[method] = list(responses)

    def hold(self) -> None:
        """Let the first request wait until another one comes."""
        self.held = True

    async def handle(self, request: Request) -> Response:
        body = await request.json() if await request.body() else None
        path = request.url.path
        self.seen.append(Seen(request.method, path, dict(request.query_params), dict(request.headers), body))
        self.arrived.set()
        if len(self.seen) > 1:
            self.second.set()
        elif self.held:
            await asyncio.wait_for(self.second.wait(), DEADLINE)
        scripted = self.answers[request.method]
        return scripted.pop(0) if len(scripted) > 1 else scripted[0]


class _Background(uvicorn.Server):
    """uvicorn that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@pytest.fixture
def portal() -> Iterator[Portal]:
    fake = Portal()
    app = Starlette(routes=[Route("/{path:path}", fake.handle, methods=["GET", "POST", "DELETE"])])
    server = _Background(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert server.listening.wait(DEADLINE)
    fake.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield fake
    server.should_exit = True
    thread.join(DEADLINE)


def job(status: str = "succeeded", **changes: Any) -> Response:
    """The API's answer about a job."""
    known = {"id": "abc", "status": status, "language": "python", "created_at": "2026-01-01T00:00:00Z"}
    ended: dict[str, Any] = {
        "stdout": "",
        "stderr": "",
        "exit_code": 0 if status == "succeeded" else None,
        "signal": None,
        "compile": None,
        "stage": "run",
        "duration_ms": 12.5,
        "truncated": {"stdout": False, "stderr": False},
        "attempts": 1,
        "error": None,
    }
    unfinished = status in ("queued", "running")
    return JSONResponse({**known, **({} if unfinished else ended), **changes}, 202 if unfinished else 200)


def problem(status: int, detail: str, retry_after: str | None = None, **more: Any) -> Response:
    """An RFC 9457 answer."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    content = {"type": "about:blank", "title": "Problem", "status": status, "detail": detail, **more}
    return JSONResponse(content, status, headers, "application/problem+json")
