"""Logging in: what is said to whom, for how much work, how often; and what a session is."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from http_edge.accounts.throttle import LOGINS, LOGINS_OF_ADDRESS
from tests.conftest import RedisServer
from tests.integration.accounts.world import PASSWORD, SITE, World, done, hash_at_other_cost, open_world
from tests.postgres_server import TestDatabase

ALICE = "alice@example.com"
WRONG = "not the password"


def seen(answer: httpx.Response) -> tuple[int, bytes, list[str]]:
    """All of an answer that could tell something, its own id aside."""
    names = sorted(name for name in answer.headers if name != "x-request-id")
    return answer.status_code, answer.content, names


async def test_an_unknown_address_and_a_wrong_password_cannot_be_told_apart(world: World) -> None:
    """The same answer, after the same work: one hash, and as many statements."""
    await world.register(ALICE)
    answers, work = [], []
    for email in (ALICE, "nobody@example.com"):
        before = world.service.passwords.hashes, world.statements
        answers.append(seen(await world.somebody().log_in(WRONG, email)))
        work.append((world.service.passwords.hashes - before[0], world.statements - before[1]))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    assert work[0] == work[1]
    assert work[0][0] == 1


async def test_what_is_wrong_with_an_account_is_told_to_its_owner_only(world: World) -> None:
    wanted = {"email": ALICE, "password": PASSWORD, "display_name": "Alice"}
    done(await world.somebody().ask("POST", "/v1/accounts", wanted), 202)
    stranger = seen(await world.somebody().log_in(WRONG, ALICE))
    assert stranger == seen(await world.somebody().log_in(WRONG, "nobody@example.com"))
    assert done(await world.somebody().log_in(PASSWORD, ALICE), 403)["type"] == "urn:codeportal:email-not-verified"


async def test_verification_can_be_done_without(postgres: TestDatabase, redis_server: RedisServer) -> None:
    async with open_world(postgres, redis_server, REQUIRE_VERIFICATION="false") as world:
        wanted = {"email": ALICE, "password": PASSWORD, "display_name": "Alice"}
        done(await world.somebody().ask("POST", "/v1/accounts", wanted), 202)
        body = done(await world.somebody().log_in(PASSWORD, ALICE), 201)
        assert body["account"]["email_verified"] is False


async def test_guessing_wears_out_the_guesser_and_not_the_victim(world: World) -> None:
    alice = await world.register(ALICE)
    guesser = world.somebody("203.0.113.9")
    for _ in range(LOGINS.tries):
        done(await guesser.log_in(WRONG, ALICE), 401)
    hashes = world.service.passwords.hashes
    refused = await guesser.log_in(PASSWORD, ALICE)
    done(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= LOGINS.window.total_seconds()
    assert world.service.passwords.hashes == hashes  # a flood costs no hashes
    done(await guesser.log_in(WRONG, "nobody@example.com"), 401)
    done(await alice.log_in(), 201)


async def test_an_unknown_address_is_throttled_as_a_known_one(world: World) -> None:
    guesser = world.somebody()
    answers = [(await guesser.log_in(WRONG, "nobody@example.com")).status_code for _ in range(LOGINS.tries + 1)]
    assert answers == [401] * LOGINS.tries + [429]


async def test_all_guesses_from_an_address_count_together(world: World) -> None:
    """An IPv6 customer's many addresses are one."""
    world.redis.set_counter(LOGINS_OF_ADDRESS, "2001:db8:1:2::/64", LOGINS_OF_ADDRESS.tries)
    done(await world.somebody("2001:db8:1:2::77").log_in(WRONG, ALICE), 429)
    done(await world.somebody("2001:db8:1:3::77").log_in(WRONG, ALICE), 401)


async def test_the_owner_starts_over(world: World) -> None:
    """A right password forgives the wrong ones before."""
    alice = await world.register(ALICE)
    for _ in range(2):
        for _ in range(LOGINS.tries - 1):
            done(await alice.log_in(WRONG), 401)
        done(await alice.log_in(), 201)


async def test_a_crowd_is_told_to_come_back(world: World) -> None:
    """Hashing is bounded: past that a login is 503 at once, instead of an invisible wait."""
    await world.register(ALICE)
    people = [world.somebody(f"198.51.100.{number}") for number in range(80)]
    world.service.passwords._at_work += 10**6  # noqa: SLF001 - as many as would never be
    answers = {(await person.log_in(PASSWORD, ALICE)).status_code for person in people[:3]}
    world.service.passwords._at_work -= 10**6  # noqa: SLF001
    assert answers == {503}
    assert (await people[3].log_in(PASSWORD, ALICE)).status_code == 201


async def test_each_login_is_a_session_of_its_own(world: World) -> None:
    """A token that a browser brings along does not become a logged-in one, and its session ends (no fixation)."""
    alice = await world.logged_in(ALICE)
    first = alice.http.cookies["codeportal_session"]
    done(await alice.log_in(), 201)
    second = alice.http.cookies["codeportal_session"]
    assert first != second
    assert len(done(await alice.ask("GET", "/v1/sessions"))["sessions"]) == 1
    stale = world.somebody()
    stale.http.cookies.set("codeportal_session", first)
    refused = await stale.ask("GET", "/v1/account")
    done(refused, 401)
    assert "codeportal_session=; Max-Age=0" in refused.headers["Set-Cookie"]


async def test_a_browser_with_an_ended_session_goes_on_as_a_stranger(world: World) -> None:
    """Its first request is refused, in a way that a page can tell, and takes the cookie away; the next is served."""
    stale = world.somebody()
    stale.http.cookies.set("codeportal_session", "x" * 43, domain="edge.local")
    refused = await stale.submit()
    assert done(refused, 401)["type"] == "urn:codeportal:session-ended"
    assert "codeportal_session" not in stale.http.cookies
    done(await stale.submit(), 202)


async def test_sessions_are_seen_and_ended(world: World) -> None:
    laptop = await world.register(ALICE)
    phone, lost = (world.somebody("203.0.113.5", **{"User-Agent": agent}) for agent in ("Phone/1", "Lost/1\x7f"))
    for browser in (laptop, phone, lost):
        done(await browser.log_in(email=ALICE), 201)
    sessions = done(await laptop.ask("GET", "/v1/sessions"))["sessions"]
    assert {(each["user_agent"], each["address"], each["current"]) for each in sessions} >= {
        ("Phone/1", "203.0.113.5", False),
        ("Lost/1", "203.0.113.5", False),
    }
    assert [each["current"] for each in sessions].count(True) == 1
    (of_lost,) = [each["id"] for each in sessions if each["user_agent"] == "Lost/1"]
    done(await laptop.ask("DELETE", f"/v1/sessions/{of_lost}"), 204)
    done(await lost.ask("GET", "/v1/account"), 401)
    done(await phone.ask("GET", "/v1/account"))
    done(await laptop.ask("DELETE", "/v1/sessions"), 204)
    done(await phone.ask("GET", "/v1/account"), 401)
    done(await laptop.ask("GET", "/v1/account"))


@pytest.mark.parametrize(
    ("steps", "lives"),
    [((timedelta(days=6),) * 4, True), ((timedelta(days=8),), False), ((timedelta(days=6),) * 6, False)],
    ids=["used now and then", "idle", "old"],
)
async def test_a_session_ends_idle_or_old(world: World, steps: tuple[timedelta, ...], lives: bool) -> None:
    """SESSION_IDLE_TTL is 7 days, SESSION_TTL 30."""
    alice = await world.logged_in(ALICE)
    answer = 0
    for step in steps:
        world.clock.later += step
        world.service.memory.doubt_all()  # as after half a minute
        answer = (await alice.ask("GET", "/v1/account")).status_code
    assert answer == (200 if lives else 401)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://edge.evil.example"},
        {"Origin": "http://edge:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
)
async def test_another_sites_page_cannot_act_for_who_is_logged_in(world: World, headers: dict[str, str]) -> None:
    alice = await world.logged_in(ALICE)
    alice.headers = headers
    for method, path, body in (
        ("POST", "/v1/execute", {"language": "python", "code": "1"}),
        ("DELETE", "/v1/sessions", None),
        ("PATCH", "/v1/account", {"display_name": "Mallory"}),
    ):
        done(await alice.ask(method, path, body), 403)
    assert world.submissions() == 0
    assert done(await alice.ask("GET", "/v1/account"))["display_name"] == "alice"


@pytest.mark.parametrize("headers", [{"Origin": SITE}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
async def test_our_own_page_can(world: World, headers: dict[str, str]) -> None:
    alice = await world.logged_in(ALICE)
    alice.headers = headers
    done(await alice.submit(), 202)


async def test_nobody_is_logged_in_from_another_sites_page(world: World) -> None:
    """Else it could log a visitor in as somebody whose history it reads later."""
    await world.register(ALICE)
    done(await world.somebody(Origin="https://evil.example").log_in(PASSWORD, ALICE), 403)
    program = world.somebody()
    program.headers = {}
    done(await program.log_in(PASSWORD, ALICE), 201)


async def test_in_production_the_cookie_is_bound_to_https_and_host(
    postgres: TestDatabase, redis_server: RedisServer
) -> None:
    production = {
        "ENVIRONMENT": "production",
        "REDIS_PASSWORD": "pw8",
        "PUBLIC_URL": "https://edge",
        "SMTP_URL": "smtp://mail.example.com",
    }
    async with open_world(postgres, redis_server, **production) as world:
        alice = world.somebody(Origin="https://edge")
        alice.email = ALICE
        wanted = {"email": ALICE, "password": PASSWORD, "display_name": "Alice"}
        done(await alice.ask("POST", "/v1/accounts", wanted), 202)
        done(await alice.ask("POST", "/v1/account/verification", {"token": await world.post.token(ALICE)}), 204)
        answer = await alice.log_in()
        done(answer, 201)
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-codeportal_session=")
        assert cookie.endswith("HttpOnly; SameSite=Lax; Path=/; Secure")
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        done(await world.somebody().submit(), 401)  # nobody is anonymous there


async def test_a_hash_of_yesterdays_cost_is_renewed(world: World) -> None:
    alice = await world.register(ALICE)
    weak = "$argon2id$v=19$m=8,t=2,p=1$"
    other = await asyncio.to_thread(hash_at_other_cost)
    world.database.psql(f"UPDATE accounts.account SET password_hash = '{other}'")
    done(await alice.log_in(), 201)
    kept = world.database.psql("SELECT password_hash FROM accounts.account")
    assert other.startswith(weak)
    assert kept.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    done(await alice.log_in(), 201)
