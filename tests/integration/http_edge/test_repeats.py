"""Requests repeated under their Idempotency-Key while nothing new could be accepted, over a real Redis."""

from datetime import timedelta

import httpx

from tests.conftest import RedisServer
from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.client import HELLO, Client, assert_problem
from tests.integration.http_edge.edge_process import running_edge

KEY = {"Idempotency-Key": "k"}


async def test_an_edge_that_never_saw_the_language_answers_what_repeats(
    client: Client, actors: PlayedActors, redis_server: RedisServer
) -> None:
    """The executor is gone, and the edge is a new one: what the first accepted stands."""
    first = await client.submit({**HELLO, "language": "py"}, headers=KEY)
    await actors.log.withdraw("executor-1")
    with running_edge(redis_server) as edge:
        async with httpx.AsyncClient(base_url=edge.url, trust_env=False, timeout=30) as http:
            other = Client(http)
            again = await other.submit({**HELLO, "language": "py"}, headers=KEY)
            assert (again.status_code, again.json()) == (202, first.json())
            assert_problem(await other.submit({**HELLO, "language": "py"}), 400, "not known")
            assert_problem(await other.submit({**HELLO, "code": "another"}, headers=KEY), 409)


async def test_a_full_queue_answers_what_repeats(redis_server: RedisServer, actors: PlayedActors) -> None:
    """Also when a claim made room meanwhile: the repeat takes none of it."""
    with running_edge(redis_server, QUEUE_LIMIT="1") as edge:
        async with httpx.AsyncClient(base_url=edge.url, trust_env=False, timeout=30) as http:
            client = Client(http)
            first = await client.submit(headers=KEY)
            again = await client.submit(headers=KEY)
            assert (again.status_code, again.json()) == (202, first.json())
            assert_problem(await client.submit(headers={"Idempotency-Key": "new"}), 429, "full")
            assert len(await actors.log.claim("python", "me", 10, timedelta(seconds=5))) == 1
            assert (await client.submit(headers=KEY)).json()["id"] == first.json()["id"]
            assert await actors.log.claim("python", "me", 10, timedelta(milliseconds=50)) == []
