"""Accounts over a real PostgreSQL and a real Redis, spoken to as ASGI; clock and post are the test's."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from argon2 import PasswordHasher

from http_edge.accounts.letters import Letter
from http_edge.accounts.passwords import Cost
from http_edge.accounts.post import Post
from http_edge.accounts.service import AccountService, Outside, open_accounts
from http_edge.accounts.throttle import Counter, Limit
from http_edge.admin.service import Administration
from http_edge.app import create_app
from http_edge.edge import Edge, Extras, make_edge
from http_edge.keeping import Keeping, make_keeping
from http_edge.settings import edge_settings
from streams.postgres.database import PROMPT, Connection, Database, open_database
from streams.redis.wire import Wire, wire_to
from streams.system import RandomIds, SystemClock
from tests.conftest import RedisServer
from tests.postgres_server import TestDatabase
from tests.unit.http_edge.edge_in_memory import HELLO, HOUR, PROJECTOR, PYTHON, FragileLog

SITE = "http://edge"
PASSWORD = "correct horse battery"
CHEAP = Cost(memory_kib=8, passes=1)
PATIENCE = 20.0
ME = "edge-1"
Json = dict[str, Any]


class MovableClock:
    """The time, and as much later as the test wants."""

    def __init__(self) -> None:
        self.later = timedelta(0)
        self._clock = SystemClock()

    def now(self) -> datetime:
        return self._clock.now() + self.later


@dataclass
class Mailbox:
    """A Post that keeps what it gets."""

    letters: list[Letter] = field(default_factory=list)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, letter: Letter, at: datetime) -> None:
        del at
        async with self._arrived:
            self.letters.append(letter)
            self._arrived.notify_all()

    async def letter(self, recipient: str, number: int = 1) -> Letter:
        """The `number`th letter to `recipient`, waiting for it."""

        def theirs() -> list[Letter]:
            return [letter for letter in self.letters if letter.recipient == recipient]

        async with asyncio.timeout(PATIENCE), self._arrived:
            await self._arrived.wait_for(lambda: len(theirs()) >= number)
        return theirs()[number - 1]

    async def token(self, recipient: str, number: int = 1) -> str:
        """The token in that letter."""
        return token_in((await self.letter(recipient, number)).text)


def token_in(text: str) -> str:
    found = re.search(r"\?token=([\w-]+)", text)
    assert found is not None, text
    return found[1]


@dataclass
class Person:
    """Somebody's browser or program: what it sends comes with its cookies or its key."""

    http: httpx.AsyncClient
    email: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        content = {} if body is None else {"json": body}
        return await self.http.request(method, path, headers={**self.headers, **headers}, **content)

    async def log_in(self, password: str = PASSWORD, email: str | None = None) -> httpx.Response:
        return await self.ask("POST", "/v1/sessions", {"email": email or self.email, "password": password})

    async def key(self, *scopes: str, **others: Any) -> Json:
        """A new API key of theirs."""
        wanted = {"name": "k", "scopes": scopes or ("execute", "read"), **others}
        return done(await self.ask("POST", "/v1/account/keys", wanted), 201)

    async def submit(self, **body: Any) -> httpx.Response:
        return await self.ask("POST", "/v1/execute", {**HELLO, **body})


@dataclass(frozen=True)
class Counters:
    """What the throttle has counted."""

    server: RedisServer

    def set_counter(self, limit: Limit, whose: str, tries: int) -> None:
        """As if so many had been made."""
        with self.server.client() as client:
            client.set(Counter(limit, (whose,)).key, tries, px=limit.window)


@dataclass(frozen=True)
class CountingDatabase(Database):
    """A database that notes who asks: for a transaction, or a statement outside of one."""

    asked: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        task = asyncio.current_task()
        assert task is not None
        self.asked.append(task.get_name())
        async with super().connection() as connection:
            yield connection


@dataclass
class World:
    """An edge with accounts."""

    edge: Edge
    service: AccountService
    keeping: Keeping
    administration: Administration
    log: FragileLog
    post: Mailbox
    clock: MovableClock
    transport: httpx.ASGITransport
    database: TestDatabase
    redis: Counters
    counting: CountingDatabase
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    def somebody(self, address: str = "192.0.2.1", **headers: str) -> Person:
        """A browser without cookies yet, at `address`, on our own page."""
        transport = httpx.ASGITransport(self.transport.app, raise_app_exceptions=False, client=(address, 1))
        client = httpx.AsyncClient(transport=transport, base_url=SITE)
        self._clients.append(client)
        return Person(client, headers={"Origin": SITE, **headers})

    def program(self, key: str) -> Person:
        """What sends an API key."""
        program = self.somebody()
        program.headers = {"Authorization": f"Bearer {key}"}
        return program

    async def register(self, email: str, password: str = PASSWORD) -> Person:
        """Somebody whose address is confirmed, not logged in."""
        person = self.somebody()
        person.email = email
        wanted = {"email": email, "password": password, "display_name": email.partition("@")[0]}
        done(await person.ask("POST", "/v1/accounts", wanted), 202)
        token = await self.post.token(email)
        done(await person.ask("POST", "/v1/account/verification", {"token": token}), 204)
        return person

    async def logged_in(self, email: str) -> Person:
        person = await self.register(email)
        done(await person.log_in(), 201)
        return person

    @property
    def statements(self) -> int:
        """How often requests have asked the database; what goes on beside them is not counted."""
        return sum(not name.startswith("accounts:") for name in self.counting.asked)

    def submissions(self) -> int:
        """How many the streams have taken."""
        streams = self.log.contents.streams.items()
        return sum(len(stream.entries) for name, stream in streams if ":submissions:" in name)

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


def done(answer: httpx.Response, status: int = 200) -> Json:
    """The body of an answer that must have that status."""
    assert answer.status_code == status, answer.text
    body: Json = answer.json() if answer.content else {}
    return body


def hash_at_other_cost() -> str:
    """A hash of PASSWORD that was made at another cost than CHEAP."""
    return PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)


def outside(wire: Wire, post: Post | None) -> Outside:
    return Outside(wire, post, CHEAP)


@asynccontextmanager
async def open_world(
    postgres: TestDatabase, redis: RedisServer, delivers: bool = True, /, **variables: str
) -> AsyncIterator[World]:
    """An edge with accounts in `postgres`, configured by `variables`; its log is in memory."""
    settings = edge_settings({"DATABASE_URL": postgres.url, "PUBLIC_URL": SITE, **variables})
    assert settings.database is not None
    log, clock, post = FragileLog(settings.streams, SystemClock()), MovableClock(), Mailbox()
    for each in (PYTHON, PROJECTOR):
        await log.report(each, HOUR)
    async with (
        wire_to(redis.settings) as wire,
        open_database(settings.database, ME, deadlines=PROMPT) as database,
        open_accounts(
            settings,
            counting := CountingDatabase(database.pool, PROMPT),
            outside(wire, post if delivers else None),
            clock,
            ME,
        ) as service,
    ):
        assert service is not None
        edge = make_edge(settings, log, clock, RandomIds(), ME, Extras(service.recognition, counting))
        keeping = make_keeping(settings, log, wire, counting)
        administration = Administration(wire, service.stores.people, service.memory)
        app = create_app(edge, accounts=service, keeping=keeping, administration=administration)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with edge.running(), service.running(), keeping.running():
            world = World(
                edge, service, keeping, administration, log, post, clock, transport, postgres, Counters(redis), counting
            )
            try:
                yield world
            finally:
                await world.close()
