"""Registering: what may be registered, what is told about addresses that are taken, and whose password counts."""

from datetime import timedelta
from typing import Any

import pytest

from http_edge.accounts.throttle import MAILS, MAILS_ASKED, REGISTRATIONS, TOKENS
from tests.conftest import RedisServer
from tests.integration.accounts.test_login import seen
from tests.integration.accounts.world import PASSWORD, Json, Person, World, done, open_world
from tests.postgres_server import TestDatabase

ALICE = "alice@example.com"
OTHER = "another good password"


def wanted(**others: Any) -> Json:
    return {"email": ALICE, "password": PASSWORD, "display_name": "Alice", **others}


async def confirm(person: Person, token: str) -> int:
    return (await person.ask("POST", "/v1/account/verification", {"token": token})).status_code


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"email": "alice"}, {"email"}),
        ({"email": "alice@exa mple.com"}, {"email"}),
        ({"email": 5}, {"email"}),
        ({"password": "short"}, {"password"}),
        ({"password": "x" * 257}, {"password"}),
        ({"password": "aaaaaaaaaaaa"}, {"password"}),
        ({"display_name": " "}, {"display_name"}),
        ({"display_name": "a\u0000b"}, {"display_name"}),
        ({"display_name": "x" * 101}, {"display_name"}),
        ({"admin": True}, {"admin"}),
        ({"email": None, "password": None, "display_name": None}, {"email", "password", "display_name"}),
    ],
)
async def test_every_wrong_field_is_named(world: World, body: Json, fields: set[str]) -> None:
    refusal = done(await world.somebody().ask("POST", "/v1/accounts", wanted(**body)), 400)
    assert {error["field"] for error in refusal["errors"]} == fields


async def test_a_taken_address_is_told_to_its_owner_only(world: World) -> None:
    """The same answer for the same work; the owner gets a mail, and the account stays as it is."""
    await world.register(ALICE)
    answers, work = [], []
    for email in ("bob@example.com", "Alice@Example.com"):
        before = world.service.passwords.hashes
        answers.append(seen(await world.somebody().ask("POST", "/v1/accounts", wanted(email=email, password=OTHER))))
        work.append(world.service.passwords.hashes - before)
    assert answers[0] == answers[1]
    assert work == [1, 1]
    assert "already" in (await world.post.letter(ALICE, 2)).text
    done(await world.somebody().log_in(OTHER, ALICE), 401)
    done(await world.somebody().log_in(PASSWORD, ALICE), 201)


async def test_whoever_owns_the_address_has_the_last_word(world: World) -> None:
    """Somebody registers it before its owner does: the owner's mail makes the owner's password count."""
    squatter, owner = world.somebody(), world.somebody()
    done(await squatter.ask("POST", "/v1/accounts", wanted(password=OTHER, display_name="Mallory")), 202)
    await world.post.token(ALICE, 1)
    done(await owner.ask("POST", "/v1/accounts", wanted()), 202)
    token = await world.post.token(ALICE, 2)
    assert await confirm(owner, token) == 204
    body = done(await owner.log_in(PASSWORD, ALICE), 201)
    assert body["account"]["display_name"] == "Alice"
    done(await squatter.log_in(OTHER, ALICE), 401)
    assert await confirm(owner, await world.post.token(ALICE, 1)) == 400  # what is confirmed is


async def test_an_address_in_use_is_not_taken_over_where_nobody_confirms(
    postgres: TestDatabase, redis_server: RedisServer
) -> None:
    async with open_world(postgres, redis_server, REQUIRE_VERIFICATION="false") as world:
        done(await world.somebody().ask("POST", "/v1/accounts", wanted()), 202)
        done(await world.somebody().ask("POST", "/v1/accounts", wanted(password=OTHER)), 202)
        assert "already" in (await world.post.letter(ALICE, 2)).text
        assert await confirm(world.somebody(), await world.post.token(ALICE, 1)) == 204
        done(await world.somebody().log_in(PASSWORD, ALICE), 201)


async def test_nobody_advertises_through_our_mails(world: World) -> None:
    """What somebody typed reaches no stranger's mailbox: not with the first registration, nor with a later one."""
    for number in (1, 2):
        typed = wanted(display_name=f"Win at evil.example/{number}")
        done(await world.somebody().ask("POST", "/v1/accounts", typed), 202)
        letter = await world.post.letter(ALICE, number)
        assert "evil" not in letter.text + letter.subject


async def test_a_token_ends(world: World) -> None:
    done(await world.somebody().ask("POST", "/v1/accounts", wanted()), 202)
    token = await world.post.token(ALICE)
    world.clock.later = timedelta(hours=24, seconds=1)
    assert await confirm(world.somebody(), token) == 400
    for number in (2, 3):
        done(await world.somebody().ask("POST", "/v1/account/verification/requests", {"email": ALICE}), 202)
        await world.post.letter(ALICE, number)
    assert await confirm(world.somebody(), await world.post.token(ALICE, 2)) == 204


async def test_asking_for_a_mail_tells_nothing(world: World) -> None:
    """Neither does asking again when there is nothing to confirm: no mail."""
    await world.register(ALICE)
    for path in ("verification/requests", "password/resets"):
        answers = [
            seen(await world.somebody().ask("POST", f"/v1/account/{path}", {"email": email}))
            for email in (ALICE, "nobody@example.com")
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 202
    assert "new password" in (await world.post.letter(ALICE, 2)).text
    assert len(world.post.letters) == 2


async def test_a_mailbox_is_not_flooded(world: World) -> None:
    """Past the limit the answer is the same, and no mail is sent."""
    await world.register(ALICE)
    answers = [
        (await world.somebody(f"192.0.2.{number}").ask("POST", "/v1/account/password/resets", {"email": ALICE}))
        for number in range(MAILS.tries + 3)
    ]
    assert {answer.status_code for answer in answers} == {202}
    await world.post.letter(ALICE, MAILS.tries)
    waiting = world.database.psql("SELECT count(*) FROM accounts.outbox")
    assert (waiting, len(world.post.letters)) == ("0", MAILS.tries)


@pytest.mark.parametrize(
    ("limit", "path", "body"),
    [
        (REGISTRATIONS, "/v1/accounts", wanted(password=OTHER)),
        (MAILS_ASKED, "/v1/account/verification/requests", {"email": ALICE}),
        (MAILS_ASKED, "/v1/account/password/resets", {"email": ALICE}),
        (TOKENS, "/v1/account/verification", {"token": "x"}),
    ],
)
async def test_an_address_can_do_so_only_so_often(world: World, limit: Any, path: str, body: Json) -> None:
    world.redis.set_counter(limit, "203.0.113.9", limit.tries)
    done(await world.somebody("203.0.113.9").ask("POST", path, body), 429)
    assert (await world.somebody("203.0.113.10").ask("POST", path, body)).status_code in (202, 400)
