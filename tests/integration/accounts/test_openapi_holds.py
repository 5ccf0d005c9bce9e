"""The OpenAPI document with accounts is true: schemathesis asks a real edge as nobody, with a key, with a session."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.cli.__main__ import main
from streams import keys
from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.integration.accounts.world import PASSWORD, done
from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.edge_process import running_edge
from tests.integration.http_edge.test_openapi_holds import UNCHECKED, at_work, schemathesis
from tests.postgres_server import TestDatabase

ADA = "ada@example.com"
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 20  # of each request, in each phase
DEADLINE = 400.0
BESIDES_OURS = "ignored_auth"
"""A check that adds wrong credentials to the right ones: to a key, which counts, a cookie, which then does not."""


@asynccontextmanager
async def forgetful_throttle(redis: RedisServer) -> AsyncIterator[None]:
    """While inside, nobody has tried too often: else most of what is asked would only be told to come back."""
    pattern = keys.tries("*", "*")

    def forget() -> None:
        with redis.client() as client:
            for key in client.scan_iter(match=pattern):
                client.delete(key)

    async def forget_again() -> None:
        while True:
            await asyncio.to_thread(forget)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(forget_again())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def credentials(url: str) -> dict[str, list[str]]:
    """Headers of nobody, of an API key and of a session, all of one account, an administrator's or not."""
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=30, trust_env=False) as http:
        done(await http.post("/v1/sessions", json={"email": ADA, "password": PASSWORD}), 201)
        wanted = {"name": "k", "scopes": ["account", "execute", "read"]}
        key = done(await http.post("/v1/account/keys", json=wanted), 201)["key"]
        session = http.cookies["codeportal_session"]
    return {
        "nobody": [],
        "key": [f"Authorization: Bearer {key}"],
        "session": (cookie := [f"Cookie: codeportal_session={session}", f"Origin: {url}"]),
        "administrator": cookie,
    }


KEEPING_THE_CREDENTIALS = {
    # Each would sooner or later end what the rest of the run is made with; another run asks it.
    "nobody": [],
    "key": ["--exclude-operation-id", "revokeKey"],
    "session": ["--include-path-regex", "^/v1/account/keys"],
    "administrator": ["--include-path-regex", "^/v1/admin"],
}


@pytest.mark.timeout(3 * DEADLINE)
@pytest.mark.parametrize("who", KEEPING_THE_CREDENTIALS)
async def test_the_service_with_accounts_is_as_its_document_says(
    who: str,
    postgres: TestDatabase,
    redis_log: RedisLog,
    redis_server: RedisServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every request of the document, with good and bad values, alone and in sequences; all checks."""
    monkeypatch.setenv("DATABASE_URL", postgres.url)
    monkeypatch.setattr("sys.stdin", StringIO(f"{PASSWORD}\n"))
    create = ["account", "create", ADA, "--plan", "unlimited", "--password-stdin"]
    create += ["--admin"] if who == "administrator" else []
    assert await asyncio.to_thread(main, create) == 0
    actors = PlayedActors(redis_log)
    await actors.appear()
    with running_edge(redis_server, DATABASE_URL=postgres.url) as edge:
        headers = (await credentials(edge.url))[who]
        options: list[Any] = [word for header in headers for word in ("--header", header)]
        options += KEEPING_THE_CREDENTIALS[who]
        async with at_work(actors), forgetful_throttle(redis_server):
            code, said = await schemathesis(
                edge.url,
                tmp_path,
                *options,
                configuration=CONFIGURATION,
                examples=EXAMPLES,
                deadline=DEADLINE,
                unchecked=UNCHECKED if who == "nobody" else f"{UNCHECKED},{BESIDES_OURS}",
            )
        assert code == 0, said + "".join(line for line in edge.said if '"level":"error"' in line)[:20_000]
        async with httpx.AsyncClient(headers=dict(each.split(": ", 1) for each in headers)) as http:
            still = await http.get(f"{edge.url}/v1/account")
            overview = await http.get(f"{edge.url}/v1/admin/overview")
        # Else the run was not made as who it was meant to be.
        assert still.status_code == (200 if headers else 401)
        assert overview.status_code == (200 if who == "administrator" else 404)
