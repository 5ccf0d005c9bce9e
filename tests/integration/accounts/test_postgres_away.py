"""PostgreSQL stops, hangs or is not there at the start: who is known goes on, the rest is 503, and it mends itself."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any

import httpx
import pytest

from http_edge.accounts.memory import FRESH_FOR, STALE_FOR
from http_edge.accounts.upkeep import OK
from tests.conftest import RedisServer
from tests.integration.accounts.world import PASSWORD, Person, World, done, open_world
from tests.integration.http_edge.client import ask_until
from tests.postgres_server import PostgresServer, TestDatabase

ALICE = "alice@example.com"


async def state_of_database(world: World) -> str:
    checks = (await world.somebody().ask("GET", "/health/ready")).json()["checks"]
    assert checks["database"]["ok"] is True  # jobs get done
    state: str = checks["database"]["state"]
    return state


def stopped(server: PostgresServer) -> Any:
    """Down like after a crash; inside nothing listens."""
    server.stop("immediate")
    return nullcontext()


@pytest.mark.parametrize("how", ["stopped", "frozen"])
async def test_who_is_known_goes_on_and_all_else_is_503(
    own_postgres: TestDatabase, redis_server: RedisServer, how: str
) -> None:
    async with open_world(own_postgres, redis_server) as world:
        alice = await world.logged_in(ALICE)
        program = world.program((await alice.key())["key"])
        done(await program.submit(), 202)
        assert await state_of_database(world) == OK
        server = own_postgres.server
        with stopped(server) if how == "stopped" else server.frozen():
            world.service.memory.doubt_all()  # as after half a minute: what is fresh is not even asked for
            for person in (program, alice, world.somebody()):
                done(await person.submit(), 202)
            refused = await unserved(world, alice)
            assert {answer.status_code for answer in refused} == {503}
            assert all("Retry-After" in answer.headers for answer in refused)
            assert "postgres" not in "".join(answer.text.lower() for answer in refused)  # how we are built is ours
            await ask_until(lambda: state_of_database(world), lambda state: state != OK)
        server.start_again()
        await ask_until(lambda: state_of_database(world), lambda state: state == OK)
        await ask_until(lambda: alice.ask("GET", "/v1/account"), lambda answer: answer.status_code == 200)
        done(await program.submit(), 202)
        done(await world.somebody().log_in(PASSWORD, ALICE), 201)


async def unserved(world: World, alice: Person) -> list[Any]:
    """Everything of accounts, asked by the known and the unknown."""
    unknown = world.program("cp_abcdefgh_" + "a" * 40)
    wanted = {"email": "bob@example.com", "password": PASSWORD, "display_name": "Bob"}
    return [
        await unknown.submit(),
        await alice.ask("GET", "/v1/account"),
        await alice.ask("GET", "/v1/sessions"),
        await alice.ask("GET", "/v1/account/keys"),
        await world.somebody().log_in(PASSWORD, ALICE),
        await world.somebody().ask("POST", "/v1/accounts", wanted),
    ]


async def test_a_hang_costs_every_route_its_deadline(own_postgres: TestDatabase, redis_server: RedisServer) -> None:
    """And the moment that the known wait before they are taken for who they were."""
    async with open_world(own_postgres, redis_server) as world:
        alice = await world.logged_in(ALICE)
        unknown = world.program("cp_abcdefgh_" + "a" * 40)
        wanted = {"email": "bob@example.com", "password": PASSWORD, "display_name": "Bob"}
        asks: list[Callable[[], Awaitable[httpx.Response]]] = [
            unknown.submit,
            lambda: alice.ask("GET", "/v1/account"),
            lambda: alice.ask("PATCH", "/v1/account", {"display_name": "A"}),
            lambda: alice.ask("GET", "/v1/account/usage"),
            lambda: alice.ask("GET", "/v1/account/jobs"),
            lambda: world.somebody().ask("POST", "/v1/accounts", wanted),
        ]
        loop = asyncio.get_running_loop()
        with own_postgres.server.frozen():
            for ask in asks:
                world.service.memory.doubt_all()
                began = loop.time()
                done(await ask(), 503)
                assert loop.time() - began < 3.0  # PATIENCE and PROMPT, and half a second for the machine


async def test_an_edge_starts_without_it(own_postgres: TestDatabase, redis_server: RedisServer) -> None:
    """And makes the tables once it is there."""
    own_postgres.server.stop("immediate")
    async with open_world(own_postgres, redis_server) as world:
        done(await world.somebody().submit(), 202)
        done(await world.somebody().log_in(PASSWORD, ALICE), 503)
        assert await state_of_database(world) != OK
        own_postgres.server.start()
        await ask_until(lambda: state_of_database(world), lambda state: state == OK)
        await world.logged_in(ALICE)


async def test_a_newer_releases_tables_are_left_alone(postgres: TestDatabase, redis_server: RedisServer) -> None:
    async with open_world(postgres, redis_server):
        pass
    postgres.psql("UPDATE accounts.alembic_version SET version_num = '9999'")
    async with open_world(postgres, redis_server) as world:
        assert "9999" in await state_of_database(world)
        done(await world.somebody().submit(), 202)


def test_the_cache_is_short() -> None:
    """What a revoked key can do where nobody can say that it was revoked."""
    assert FRESH_FOR <= 30
    assert STALE_FOR <= 300
