"""An edge over a real Redis and, where it has one, a real PostgreSQL with an archive; people are named by tokens."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from starlette.requests import Request

from http_edge.admin.service import Administration
from http_edge.app import create_app
from http_edge.edge import Extras, make_edge
from http_edge.identity import ANONYMOUS, EXECUTE, READ, SCOPES, Caller, bearer, unauthorized
from http_edge.keeping import Keeping, make_keeping
from http_edge.settings import edge_settings
from streams.archive.writing import ArchiveWriter
from streams.postgres.database import Database, open_database
from streams.postgres.settings import DatabaseSettings
from streams.redis import RedisLog, open_log
from streams.redis.wire import wire_to
from streams.system import RandomIds, SystemClock
from tests.conftest import STREAM_SETTINGS, RedisServer
from tests.integration.http_edge.actors_played import PlayedActors
from tests.postgres_server import TestDatabase

ALICE, BOB = "account-a", "account-b"
PEOPLE = {
    "alice": Caller(ALICE, "free", admin=False, scopes=SCOPES),
    "bob": Caller(BOB, "free", admin=False, scopes=SCOPES),
    "root": Caller("account-r", "pro", admin=True, scopes=SCOPES),
    "writer": Caller(ALICE, "free", admin=False, scopes=frozenset({EXECUTE}), key="k1"),
    "reader": Caller(ALICE, "free", admin=False, scopes=frozenset({READ}), key="k2"),
}
SHORT = timedelta(milliseconds=50)


class KnowsPeople:
    """An Authenticator whose tokens are names."""

    async def caller(self, request: Request) -> Caller:
        name = bearer(request)
        if name and name not in PEOPLE:
            raise unauthorized("nobody by that name")
        return PEOPLE.get(name, ANONYMOUS)


@dataclass
class World:
    """The edge, its log, and who runs jobs."""

    http: httpx.AsyncClient
    log: RedisLog
    actors: PlayedActors
    keeping: Keeping
    database: Database | None
    writer: ArchiveWriter | None

    async def ask(self, who: str, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        return await self.http.request(method, path, headers=headers, **options)

    async def get(self, who: str, path: str, **params: Any) -> Any:
        """The JSON at `path`, which must be there."""
        answer = await self.ask(who, "GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def submit(self, who: str = "", **body: Any) -> str:
        answer = await self.ask(who, "POST", "/v1/execute", json={"language": "python", "code": "print(42)", **body})
        assert answer.status_code == 202, answer.text
        job: str = answer.json()["id"]
        return job

    async def ran(self, who: str = "", **body: Any) -> str:
        """A job that has run."""
        job = await self.submit(who, **body)
        assert str(await self.actors.run_next()) == job
        return job

    async def archive(self) -> None:
        """Let the archive have all that there is."""
        assert self.writer is not None
        await self.log.keep_archive()  # finds what languages there are now
        while entries := await self.log.read_unarchived("archiver-1", 100, SHORT):
            await self.writer.store(entries)
            await self.log.archived(entries)

    async def forget_streams(self) -> None:
        """Trim all that everybody has read, and let the hashes expire."""
        await self.log.trim(SystemClock().now() + timedelta(minutes=1))


@asynccontextmanager
async def open_world(
    redis: RedisServer, postgres: TestDatabase | None = None, variables: Mapping[str, str] | None = None
) -> AsyncIterator[World]:
    """A world with Python; with `postgres` also with an archive."""
    known = {"STREAM_PARTITIONS": "2", "STREAM_LANES": "2", "PLANS": "free=", **(variables or {})}
    if postgres is not None:
        known["DATABASE_URL"] = postgres.url
    settings = edge_settings(known)
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(open_log(redis.settings, STREAM_SETTINGS))
        wire = await stack.enter_async_context(wire_to(redis.settings))
        database, writer = None, None
        if postgres is not None:
            found = DatabaseSettings(postgres.url)
            database = await stack.enter_async_context(open_database(found, "test"))
            writer = ArchiveWriter(found, database)
            await log.keep_archive()
        actors = PlayedActors(log)
        await actors.appear()
        edge = make_edge(settings, log, SystemClock(), RandomIds(), "edge-1", Extras(KnowsPeople(), database))
        keeping = make_keeping(settings, log, wire, database)
        administration = Administration(wire, None, None)  # type: ignore[arg-type]  # accounts are not asked here
        app = create_app(edge, keeping=keeping, administration=administration)
        await stack.enter_async_context(keeping.running())
        await stack.enter_async_context(edge.running())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://edge"))
        yield World(http, log, actors, keeping, database, writer)
