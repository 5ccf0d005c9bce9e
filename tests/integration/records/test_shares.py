"""Shares: links that show and allow nothing else, are revoked at once, and are kept as digests; in both stores."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from http_edge.shares.in_postgres import SCHEMA
from http_edge.shares.share import MOST_SHARES
from streams.postgres.migrations import migrate
from streams.postgres.settings import DatabaseSettings
from tests.conftest import RedisServer
from tests.integration.records.world import ALICE, World, open_world
from tests.postgres_server import TestDatabase
from tests.unit.http_edge.edge_in_memory import problem

ACCOUNTS = "CREATE SCHEMA accounts; CREATE TABLE accounts.account (id text, disabled_at timestamptz);"


@pytest.fixture(params=["redis", "postgres"])
async def shares(
    request: pytest.FixtureRequest, redis_server: RedisServer, postgres: TestDatabase
) -> AsyncIterator[World]:
    """A world that keeps shares here or there."""
    async with open_world(redis_server, postgres if request.param == "postgres" else None) as made:
        if made.writer is not None and made.database is not None:
            await made.writer.prepare()
            async with made.database.connection() as connection:
                await connection.execute(ACCOUNTS)
                await connection.execute("INSERT INTO accounts.account VALUES ($1)", ALICE)
        yield made


async def share(world: World, who: str, job: str) -> dict[str, str]:
    answer = await world.ask(who, "POST", f"/v1/execute/{job}/shares")
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


@pytest.mark.parametrize("who", ["", "alice"])
async def test_a_link_shows_code_and_result_to_everybody(shares: World, who: str) -> None:
    job = await shares.ran(who, code="print(42)", stdin="in")
    made = await share(shares, who, job)
    assert made["url"] == f"http://127.0.0.1:8080/s/{made['token']}"
    for anybody in ("", "bob"):
        seen = await shares.get(anybody, f"/v1/shares/{made['token']}")
        assert (seen["source"]["code"], seen["source"]["stdin"]) == ("print(42)", "in")
        assert (seen["job"]["status"], seen["job"]["stdout"]) == ("succeeded", "42\n")


async def test_a_link_does_not_give_the_jobs_id_away(shares: World) -> None:
    """Whoever has an anonymous job's id may cancel it, share it again, and revoke this very link."""
    job = await shares.submit()
    made = await share(shares, "", job)
    seen = await shares.get("", f"/v1/shares/{made['token']}")
    assert seen["job"]["status"] == "queued"
    assert job not in json.dumps(seen)
    assert seen["job"]["id"] == seen["source"]["id"] == made["token"]
    problem(await shares.ask("", "DELETE", f"/v1/execute/{made['token']}"), 404)


@pytest.mark.parametrize("named_by", ["id", "token"])
async def test_a_revoked_link_shows_nothing(shares: World, named_by: str) -> None:
    job = await shares.ran("alice")
    made, other = await share(shares, "alice", job), await share(shares, "alice", job)
    path = f"/v1/execute/{job}/shares/{made[named_by]}"
    assert (await shares.ask("alice", "DELETE", path)).status_code == 204
    problem(await shares.ask("", "GET", f"/v1/shares/{made['token']}"), 404)
    problem(await shares.ask("alice", "DELETE", path), 404)
    await shares.get("", f"/v1/shares/{other['token']}")
    listed = await shares.get("alice", f"/v1/execute/{job}/shares")
    assert [each["id"] for each in listed["shares"]] == [other["id"]]


async def test_own_links_are_listed_without_their_tokens(shares: World) -> None:
    job = await shares.ran("alice")
    made = [await share(shares, "alice", job) for _ in range(2)]
    listed = await shares.get("reader", f"/v1/execute/{job}/shares")
    assert listed["shares"] == [{"id": each["id"], "created_at": each["created_at"]} for each in made]


async def test_links_belong_to_the_jobs_owner(shares: World) -> None:
    """Others can neither make, see nor revoke them; a key needs both rights for what makes something public."""
    job = await shares.ran("alice")
    path = f"/v1/execute/{job}/shares"
    made = await share(shares, "alice", job)
    for method, where in (("POST", path), ("GET", path), ("DELETE", f"{path}/{made['id']}")):
        for who in ("bob", ""):
            problem(await shares.ask(who, method, where), 404)
        problem(await shares.ask("writer", method, where), 403)
    problem(await shares.ask("reader", "POST", path), 403)
    problem(await shares.ask("reader", "DELETE", f"{path}/{made['id']}"), 403)
    await shares.get("", f"/v1/shares/{made['token']}")


async def test_a_share_is_revoked_through_its_own_job_only(shares: World) -> None:
    made = await share(shares, "alice", await shares.ran("alice"))
    own = await shares.ran("bob")
    problem(await shares.ask("bob", "DELETE", f"/v1/execute/{own}/shares/{made['id']}"), 404)
    await shares.get("", f"/v1/shares/{made['token']}")


async def test_a_job_has_a_few_links_at_most(shares: World) -> None:
    job = await shares.ran()
    made = [await share(shares, "", job) for _ in range(MOST_SHARES)]
    assert len({each["token"] for each in made}) == MOST_SHARES
    problem(await shares.ask("", "POST", f"/v1/execute/{job}/shares"), 409)
    await shares.ask("", "DELETE", f"/v1/execute/{job}/shares/{made[0]['id']}")
    await share(shares, "", job)


@pytest.mark.parametrize("token", ["x", "A" * 22, "A" * 23, "%00", "é" * 22])
async def test_what_is_no_token_is_404(shares: World, token: str) -> None:
    problem(await shares.ask("", "GET", f"/v1/shares/{token}"), 404)
    job = await shares.submit()
    problem(await shares.ask("", "DELETE", f"/v1/execute/{job}/shares/{token}"), 404)


async def test_a_token_is_not_kept(shares: World, redis_server: RedisServer) -> None:
    """Who reads the store cannot follow a link."""
    made = await share(shares, "alice", await shares.ran("alice"))
    kept = ""
    if shares.database is not None:
        async with shares.database.connection() as connection:
            kept = str(await connection.fetch("SELECT * FROM shares.share"))
    with redis_server.client() as client:
        for name in client.keys("*share*"):
            kind = client.type(name)
            kept += str(name) + str(client.hgetall(name) if kind == b"hash" else client.get(name))
    assert made["id"] in kept
    assert made["token"] not in kept


async def test_links_in_redis_end_with_the_results(world: World, redis_server: RedisServer) -> None:
    await share(world, "", await world.ran())
    with redis_server.client() as client:
        names = client.keys("*share*")
        assert len(names) == 2
        assert all(0 < client.pttl(name) <= timedelta(hours=24) // timedelta(milliseconds=1) for name in names)


async def test_a_link_in_postgresql_outlives_the_streams(shares: World, redis_server: RedisServer) -> None:
    if shares.writer is None:
        return
    made = await share(shares, "alice", await shares.ran("alice"))
    before = await shares.get("", f"/v1/shares/{made['token']}")
    await shares.archive()
    with redis_server.client() as client:
        client.flushall()
    assert await shares.get("", f"/v1/shares/{made['token']}") == before


@pytest.mark.parametrize("end", ["DELETE FROM accounts.account", "UPDATE accounts.account SET disabled_at = now()"])
async def test_a_link_ends_with_its_account(redis_server: RedisServer, postgres: TestDatabase, end: str) -> None:
    async with open_world(redis_server, postgres) as world:
        assert world.database is not None
        async with world.database.connection() as connection:
            await connection.execute(ACCOUNTS)
            await connection.execute("INSERT INTO accounts.account VALUES ($1)", ALICE)
            made = await share(world, "alice", await world.ran("alice"))
            await world.get("", f"/v1/shares/{made['token']}")
            await connection.execute(end)
        problem(await world.ask("", "GET", f"/v1/shares/{made['token']}"), 404)


async def test_postgresql_away_is_503_for_shares_and_nothing_else(
    redis_server: RedisServer, own_postgres: TestDatabase
) -> None:
    async with open_world(redis_server, own_postgres) as world:
        job = await world.ran()
        own_postgres.server.stop()
        problem(await world.ask("", "POST", f"/v1/execute/{job}/shares"), 503)
        problem(await world.ask("", "GET", f"/v1/shares/{'A' * 22}"), 503)
        await world.get("", f"/v1/execute/{job}/source")
        own_postgres.server.start_again()
        await share(world, "", job)


async def test_the_tables_come_and_go(postgres: TestDatabase) -> None:
    settings = DatabaseSettings(postgres.url)
    assert await migrate(settings, SCHEMA) == "s0001"
    assert await migrate(settings, SCHEMA, "base") is None
    assert await migrate(settings, SCHEMA) == "s0001"
