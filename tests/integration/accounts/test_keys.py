"""API keys: what they may do, how long, and what is written of them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from http_edge.accounts.credentials import MOST_KEYS
from http_edge.accounts.memory import FRESH_FOR
from http_edge.accounts.strangers import TRIES, WINDOW
from http_edge.accounts.tokens import new_key, new_token
from tests.integration.accounts.world import PASSWORD, Json, World, done
from tests.integration.http_edge.client import ask_until

ALICE = "alice@example.com"


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes"),
        ({"scopes": "read"}, "scopes"),
        ({"scopes": [["read"]]}, "scopes"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2999-01-01T00:00:00"}, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2999-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at"),
        ({"expires_at": 5}, "expires_at"),
    ],
)
async def test_a_wrong_field_is_named(world: World, body: Json, field: str) -> None:
    alice = await world.logged_in(ALICE)
    wanted = {"name": "k", "scopes": ["read"], **body}
    refusal = done(await alice.ask("POST", "/v1/account/keys", wanted), 400)
    assert [error["field"] for error in refusal["errors"]] == [field]


async def test_a_key_ends_at_its_time(world: World) -> None:
    """Remembered or not: to the moment, and not half a minute later."""
    alice = await world.logged_in(ALICE)
    key = await alice.key(expires_at=in_days(1))
    program = world.program(key["key"])
    done(await program.submit(), 202)
    world.clock.later = timedelta(days=1, seconds=1)
    done(await program.submit(), 401)


@pytest.mark.parametrize("key", ["cp_", "cp_abcdefgh_" + "a" * 40, "cp_ABCDEFGH_" + "a" * 40, "x", "\u00e9"])
async def test_what_is_no_key_is_refused(world: World, key: str) -> None:
    """And not taken for nobody, who may do more."""
    answer = await world.program("x").ask("GET", "/v1/account", Authorization=f"Bearer {key}".encode())  # type: ignore[arg-type]
    done(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_the_prefix_alone_is_worth_nothing(world: World) -> None:
    alice = await world.logged_in(ALICE)
    made = await alice.key()
    forged = f"cp_{made['prefix']}_{'a' * 40}"
    done(await world.program(forged).submit(), 401)
    (listed,) = done(await alice.ask("GET", "/v1/account/keys"))["keys"]
    assert listed["last_used_at"] is None


async def test_a_key_cannot_make_a_mightier_one(world: World) -> None:
    alice = await world.logged_in(ALICE)
    manager = world.program((await alice.key("account"))["key"])
    done(await manager.ask("POST", "/v1/account/keys", {"name": "k", "scopes": ["account", "execute"]}), 403)
    done(await manager.ask("POST", "/v1/account/keys", {"name": "k", "scopes": ["account"]}), 201)
    done(await manager.ask("DELETE", "/v1/sessions/current"), 404)
    sessions = done(await manager.ask("GET", "/v1/sessions"))["sessions"]
    assert [each["current"] for each in sessions] == [False]


async def test_an_admins_key_for_jobs_is_no_key_to_everybodys(world: World) -> None:
    """Only one that may manage the account has its rights."""
    alice, boss = await world.logged_in(ALICE), await world.logged_in("boss@example.com")
    world.database.psql("UPDATE accounts.account SET admin = true WHERE email = 'boss@example.com'")
    job = done(await alice.submit(), 202)["id"]
    weak = world.program((await boss.key("execute", "read"))["key"])
    strong = world.program((await boss.key("account", "read"))["key"])
    done(await weak.ask("GET", f"/v1/execute/{job}"), 404)
    done(await strong.ask("GET", f"/v1/execute/{job}"))


async def test_there_are_only_so_many(world: World) -> None:
    alice = await world.logged_in(ALICE)
    for _ in range(MOST_KEYS):
        await alice.key()
    done(await alice.ask("POST", "/v1/account/keys", {"name": "k", "scopes": ["read"]}), 409)
    keys = done(await alice.ask("GET", "/v1/account/keys"))["keys"]
    assert len(keys) == MOST_KEYS
    done(await alice.ask("DELETE", f"/v1/account/keys/{keys[0]['id']}"), 204)
    await alice.key()


async def test_the_last_use_is_written_once_a_minute(generous_world: World) -> None:
    world = generous_world
    alice = await world.logged_in(ALICE)
    made = await alice.key()
    program = world.program(made["key"])
    written = set()
    for seconds in (0, 30, 59, 61, 90, 123):
        world.clock.later = timedelta(seconds=seconds)
        world.service.memory.doubt_all()  # as after half a minute
        done(await program.submit(), 202)
        written.add(world.database.psql("SELECT last_used_at FROM accounts.api_key"))
    assert len(written) == 3
    assert FRESH_FOR < 60


@pytest.mark.parametrize("how", ["key", "session", "nobody"])
async def test_a_remembered_caller_costs_no_round_trip(generous_world: World, how: str) -> None:
    """Twenty submissions in a row that ask the database nothing, as soon as the news of the registration is through."""
    world = generous_world
    alice = await world.logged_in(ALICE)
    callers = {"key": world.program((await alice.key())["key"]), "session": alice, "nobody": world.somebody()}

    async def cost_of_twenty() -> int:
        before = world.statements
        for _ in range(20):
            done(await callers[how].submit(), 202)
        return world.statements - before

    await ask_until(cost_of_twenty, lambda cost: cost == 0)


async def test_a_crowd_with_one_key_asks_once(generous_world: World) -> None:
    """A thundering herd after the half minute is one look."""
    world = generous_world
    alice = await world.logged_in(ALICE)
    program = world.program((await alice.key())["key"])
    before = world.statements
    answers = await asyncio.gather(*(program.submit() for _ in range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert world.statements - before == 1


async def test_revoking_is_heard_by_all_edges(world: World) -> None:
    """Also what was changed past them: the database itself says it."""
    alice = await world.logged_in(ALICE)
    program = world.program((await alice.key("account"))["key"])
    done(await program.ask("GET", "/v1/account"))
    world.database.psql("DELETE FROM accounts.api_key")
    await ask_until(lambda: program.ask("GET", "/v1/account"), lambda answer: answer.status_code == 401)
    world.database.psql("UPDATE accounts.account SET plan = 'pro'")
    await ask_until(lambda: alice.ask("GET", "/v1/account"), lambda answer: answer.json()["plan"] == "pro")
    done(await world.somebody().log_in(PASSWORD, ALICE), 201)


async def test_a_flood_of_unknown_keys_is_bounded_and_harms_nobody(world: World) -> None:
    """Neither who was seen before from the same address, be it before their rights changed, nor anybody elsewhere;
    tokens of sessions are counted, too.
    """
    alice = await world.logged_in(ALICE)
    good = world.program((await alice.key())["key"])
    done(await good.submit(), 202)
    before = world.statements
    answers = [await world.program(new_key().key).submit() for _ in range(2 * TRIES)]
    assert world.statements == before + TRIES
    assert [answer.status_code for answer in answers] == [401] * TRIES + [429] * TRIES
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= WINDOW
    done(await world.somebody(Cookie=f"codeportal_session={new_token()}").submit(), 429)
    done(await good.submit(), 202)
    done(await alice.submit(), 202)
    world.database.psql("UPDATE accounts.account SET plan = 'pro'")
    await ask_until(lambda: alice.ask("GET", "/v1/account"), lambda answer: answer.json().get("plan") == "pro")
    done(await good.submit(), 202)
    elsewhere = world.somebody("198.51.100.7")
    elsewhere.headers = {"Authorization": f"Bearer {(await alice.key())['key']}"}
    done(await elsewhere.submit(), 202)
    done(await world.somebody().submit(), 202)  # anonymous


async def test_an_unknown_key_is_looked_for_once(world: World) -> None:
    revoked, before = world.program(new_key().key), world.statements
    for _ in range(2 * TRIES):
        done(await revoked.submit(), 401)
    assert world.statements == before + 1
