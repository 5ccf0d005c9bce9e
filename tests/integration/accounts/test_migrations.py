"""The schema: made from nothing, from the version before with what people had in it, and taken back."""

import asyncio

import asyncpg
import pytest

from http_edge.accounts.upkeep import SCHEMA
from streams.postgres.migrations import migrate
from streams.postgres.settings import DatabaseSettings
from tests.conftest import RedisServer
from tests.integration.accounts.world import PASSWORD, done, hash_at_other_cost, open_world
from tests.postgres_server import TestDatabase

ADA = "0123456789abcdef01234567"
FACT = f'{{"type": "registered", "at": "2026-01-02T03:04:05Z", "by": "e", "account": "{ADA}"}}'


def add_people(database: TestDatabase, password_hash: str = "h") -> None:
    """An account and a fact about it, in the words of the first version."""
    database.psql(
        "INSERT INTO accounts.account"
        " (id, email, email_key, display_name, password_hash, plan, created_at, verified_at)"
        f" VALUES ('{ADA}', 'Ada@example.com', 'ada@example.com', 'Ada', '{password_hash}', 'pro', now(), now())"
    )
    database.psql(f"INSERT INTO accounts.fact (at, account_id, version, fact) VALUES (now(), '{ADA}', 1, '{FACT}')")


def tables(database: TestDatabase) -> set[str]:
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'accounts'"
    return set(database.psql(query).split())


async def test_what_people_had_in_the_version_before_stays(postgres: TestDatabase, redis_server: RedisServer) -> None:
    settings = DatabaseSettings(postgres.url)
    assert await migrate(settings, SCHEMA, "0001") == "0001"
    add_people(postgres, await asyncio.to_thread(hash_at_other_cost))
    async with open_world(postgres, redis_server) as world:
        body = done(await world.somebody().log_in(PASSWORD, "ada@example.com"), 201)
        assert (body["account"]["display_name"], body["account"]["plan"]) == ("Ada", "pro")
        facts = await world.service.stores.people.facts(ADA)
        assert [type(fact).__name__ for fact in facts] == ["LoggedIn", "Registered"]


async def test_it_goes_back_the_way_it_came(postgres: TestDatabase) -> None:
    """One step keeps what was there before that step; all of them leave nothing of ours."""
    settings = DatabaseSettings(postgres.url)
    assert await migrate(settings, SCHEMA) == "0002"
    add_people(postgres)
    assert {"account", "outbox"} <= tables(postgres)
    assert await migrate(settings, SCHEMA, "0001") == "0001"
    assert "outbox" not in tables(postgres)
    assert postgres.psql("SELECT email FROM accounts.account") == "Ada@example.com"
    assert await migrate(settings, SCHEMA) == "0002"
    await migrate(settings, SCHEMA, "base")
    assert tables(postgres) == {"alembic_version"}
    functions = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'accounts'::regnamespace"
    assert postgres.psql(functions) == "0"


async def test_several_edges_may_start_at_once(postgres: TestDatabase) -> None:
    settings = DatabaseSettings(postgres.url)
    assert set(await asyncio.gather(*(migrate(settings, SCHEMA) for _ in range(4)))) == {"0002"}


@pytest.mark.parametrize("change", ["UPDATE accounts.fact SET version = 2", "DELETE FROM accounts.fact"])
async def test_a_fact_is_never_changed(postgres: TestDatabase, change: str) -> None:
    """Not by us, and not by whoever connects with our rights."""
    await migrate(DatabaseSettings(postgres.url), SCHEMA)
    add_people(postgres)
    connection = await asyncpg.connect(postgres.url)
    try:
        with pytest.raises(asyncpg.RaiseError, match="never changed"):
            await connection.execute(change)
    finally:
        await connection.close()
