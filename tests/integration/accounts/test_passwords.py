"""Changing and resetting passwords."""

from datetime import timedelta

from http_edge.accounts.facts import PasswordChanged
from http_edge.accounts.throttle import PASSWORDS
from tests.integration.accounts.world import PASSWORD, World, done

ALICE = "alice@example.com"
NEW = "an even better one"


async def test_a_changed_password_ends_all_other_sessions(world: World) -> None:
    """The browser that changed it goes on with a new session; the owner gets a mail; keys still work."""
    alice = await world.logged_in(ALICE)
    program = world.program((await alice.key())["key"])
    thief = world.somebody()
    done(await thief.log_in(PASSWORD, ALICE), 201)
    before = alice.http.cookies["codeportal_session"]
    change = {"current_password": PASSWORD, "new_password": NEW}
    done(await alice.ask("PUT", "/v1/account/password", change), 204)
    assert alice.http.cookies["codeportal_session"] != before
    done(await thief.ask("GET", "/v1/account"), 401)
    done(await alice.ask("GET", "/v1/account"))
    done(await program.submit(), 202)
    assert "was changed" in (await world.post.letter(ALICE, 2)).text
    done(await world.somebody().log_in(PASSWORD, ALICE), 401)
    done(await world.somebody().log_in(NEW, ALICE), 201)


async def test_a_session_alone_is_not_enough(world: World) -> None:
    """Nor is guessing from within one, for long."""
    alice = await world.logged_in(ALICE)
    wrong = {"current_password": "not the password", "new_password": NEW}
    for _ in range(PASSWORDS.tries):
        refusal = done(await alice.ask("PUT", "/v1/account/password", wrong), 403)
        assert refusal["errors"][0]["field"] == "current_password"
    done(await alice.ask("PUT", "/v1/account/password", {**wrong, "current_password": PASSWORD}), 429)
    done(await alice.ask("DELETE", "/v1/account", {"password": PASSWORD}), 429)


async def test_a_forgotten_password_is_replaced_by_mail(world: World) -> None:
    """Once, within the hour, and everybody is logged out."""
    alice = await world.logged_in(ALICE)
    account = done(await alice.ask("GET", "/v1/account"))["id"]
    for number in (2, 3):
        done(await world.somebody().ask("POST", "/v1/account/password/resets", {"email": ALICE}), 202)
        assert "/reset?token=" in (await world.post.letter(ALICE, number)).text
    reset = {"token": await world.post.token(ALICE, 2), "new_password": NEW}
    hashes = world.service.passwords.hashes
    done(await world.somebody().ask("PUT", "/v1/account/password", {**reset, "token": "wrong"}), 400)
    assert world.service.passwords.hashes == hashes
    weak = done(await world.somebody().ask("PUT", "/v1/account/password", {**reset, "new_password": "short"}), 400)
    assert weak["errors"][0]["field"] == "new_password"
    done(await world.somebody().ask("PUT", "/v1/account/password", reset), 204)
    done(await alice.ask("GET", "/v1/account"), 401)
    done(await world.somebody().log_in(NEW, ALICE), 201)
    for token in (reset["token"], await world.post.token(ALICE, 3)):  # the other one has no use any more either
        done(await world.somebody().ask("PUT", "/v1/account/password", {**reset, "token": token}), 400)
    facts = await world.service.stores.people.facts(account)
    assert [fact.reset for fact in facts if isinstance(fact, PasswordChanged)] == [True]


async def test_a_reset_ends_and_is_no_verification_token(world: World) -> None:
    await world.register(ALICE)
    done(await world.somebody().ask("POST", "/v1/account/password/resets", {"email": ALICE}), 202)
    token = await world.post.token(ALICE, 2)
    done(await world.somebody().ask("POST", "/v1/account/verification", {"token": token}), 400)
    world.clock.later = timedelta(hours=1, seconds=1)
    reset = {"token": token, "new_password": NEW}
    done(await world.somebody().ask("PUT", "/v1/account/password", reset), 400)
    done(await world.somebody().log_in(PASSWORD, ALICE), 201)


async def test_a_reset_confirms_the_address(world: World) -> None:
    """Whoever reads its mails owns it; and what a squatter chose before is gone."""
    wanted = {"email": ALICE, "password": PASSWORD, "display_name": "Alice"}
    done(await world.somebody().ask("POST", "/v1/accounts", wanted), 202)
    await world.post.letter(ALICE, 1)
    done(await world.somebody().ask("POST", "/v1/account/password/resets", {"email": ALICE}), 202)
    reset = {"token": await world.post.token(ALICE, 2), "new_password": NEW}
    done(await world.somebody().ask("PUT", "/v1/account/password", reset), 204)
    assert done(await world.somebody().log_in(NEW, ALICE), 201)["account"]["email_verified"] is True
