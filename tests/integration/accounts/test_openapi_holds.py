"""The OpenAPI document with accounts is true: schemathesis asks a real edge for everything, as nobody, with a key, with
a session, and as an administrator.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from streams import keys
from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.integration.http_edge import asked_as
from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.edge_process import running_edge
from tests.integration.http_edge.test_openapi_holds import at_work, schemathesis
from tests.postgres_server import TestDatabase

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
LONG = os.environ.get("CODEPORTAL_LONG") == "1"
EXAMPLES = 40 if LONG else 4  # of each request, in each phase
DEADLINE = 900.0 if LONG else 300.0
OWNERS = frozenset({"key", "session", "administrator"})
TO_BE_ANSWERED = {
    ("POST", "/v1/execute", 202): OWNERS | {"nobody"},
    ("GET", "/v1/account", 200): OWNERS,
    ("PUT", "/v1/account/password", 204): OWNERS,
    ("DELETE", "/v1/account", 204): OWNERS,
    ("DELETE", "/v1/sessions", 204): OWNERS,
    ("DELETE", "/v1/sessions/current", 204): OWNERS - {"key"},
    ("GET", "/v1/admin/overview", 200): frozenset({"administrator"}),
}
"""Who is answered so at least once; the others never are."""


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


@pytest.mark.timeout(DEADLINE + 60)
@pytest.mark.parametrize("who", get_args(asked_as.Who))
async def test_the_service_with_accounts_is_as_its_document_says(
    who: asked_as.Who,
    postgres: TestDatabase,
    redis_log: RedisLog,
    redis_server: RedisServer,
    tmp_path: Path,
) -> None:
    """Every request of the document, with good and bad values, alone and in sequences; all checks.

    Strangers may ask nobody's service only: where they may not, nothing but a credential opens anything.
    """
    actors = PlayedActors(redis_log)
    await actors.appear()
    settings = {"DATABASE_URL": postgres.url, "ALLOW_ANONYMOUS": "true" if who == "nobody" else "false"}
    with running_edge(redis_server, **settings) as edge:
        async with at_work(actors), forgetful_throttle(redis_server):
            code, said = await schemathesis(
                edge.url,
                tmp_path,
                configuration=CONFIGURATION,
                examples=EXAMPLES,
                deadline=DEADLINE,
                asked_as=who,
                environment=settings,
            )
        assert code == 0, said + "".join(line for line in edge.said if '"level":"error"' in line)[:20_000]
        answered = Counter(_answers(edge.said))
    # Else the run was not made as who it was meant to be, or left out what ends a credential.
    wrong = [request for request, whose in TO_BE_ANSWERED.items() if (request in answered) != (who in whose)]
    assert wrong == [], "\n".join(f"{times} {answer}" for answer, times in answered.items() if answer[2] < 300)


def _answers(lines: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Method, path and status of each request, from the edge's log."""
    for line in lines:
        said = msgspec.json.decode(line)
        if said["event"] == "request":
            yield said["method"], said["path"], said["status"]
