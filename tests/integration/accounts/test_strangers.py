"""No route tells one account about another's things: each is walked with a foreign session, a foreign key and none.

A route that is added has to be added here: what the application has and what is walked must be the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from http_edge.app import create_app
from http_edge.metrics import Access, Metrics
from tests.integration.accounts.world import PASSWORD, Json, Person, World, done

SECRET = "alices-secret-output"
NEVER = "AQAAAAAAAAGiC2poiwAAAACrq6urq6urq3B5dGhvbg"
NOBODYS = "0" * 24


@dataclass(frozen=True)
class Walk:
    """How a route is asked about a thing: `{job}`, `{session}`, `{key}` and `{share}` stand for ids."""

    path: str
    body: Json | None = None


OF_THINGS: Mapping[tuple[str, str], Walk] = {
    ("GET", "/v1/execute/{id}"): Walk("/v1/execute/{job}?wait=1s"),
    ("DELETE", "/v1/execute/{id}"): Walk("/v1/execute/{job}"),
    ("GET", "/v1/execute/{id}/events"): Walk("/v1/execute/{job}/events"),
    ("GET", "/v1/execute/{id}/source"): Walk("/v1/execute/{job}/source"),
    ("GET", "/v1/execute/{id}/facts"): Walk("/v1/execute/{job}/facts"),
    ("GET", "/v1/execute/{id}/shares"): Walk("/v1/execute/{job}/shares"),
    ("POST", "/v1/execute/{id}/shares"): Walk("/v1/execute/{job}/shares"),
    ("DELETE", "/v1/execute/{id}/shares/{token}"): Walk("/v1/execute/{job}/shares/{share}"),
    ("DELETE", "/v1/sessions/{id}"): Walk("/v1/sessions/{session}"),
    ("DELETE", "/v1/account/keys/{id}"): Walk("/v1/account/keys/{key}"),
}
"""What names a thing: another's is answered exactly as one that never was."""

OF_ONESELF: Mapping[tuple[str, str], Walk] = {
    ("GET", "/v1/account"): Walk("/v1/account"),
    ("PATCH", "/v1/account"): Walk("/v1/account", {"display_name": "Mallory"}),
    ("GET", "/v1/account/jobs"): Walk("/v1/account/jobs"),
    ("GET", "/v1/account/usage"): Walk("/v1/account/usage"),
    ("GET", "/v1/account/keys"): Walk("/v1/account/keys"),
    ("POST", "/v1/account/keys"): Walk("/v1/account/keys", {"name": "k", "scopes": ["read"]}),
    ("GET", "/v1/sessions"): Walk("/v1/sessions"),
    ("DELETE", "/v1/sessions"): Walk("/v1/sessions"),
    ("PUT", "/v1/account/password"): Walk(
        "/v1/account/password", {"current_password": PASSWORD, "new_password": "a whole new one"}
    ),
    ("DELETE", "/v1/sessions/current"): Walk("/v1/sessions/current"),
    ("DELETE", "/v1/account"): Walk("/v1/account", {"password": "a whole new one"}),
}
"""What is about the caller: nothing of anybody else is in it, and nothing of anybody else changes."""

FOR_ADMINISTRATORS: Mapping[tuple[str, str], Walk] = {
    ("GET", "/v1/admin/overview"): Walk("/v1/admin/overview"),
    ("GET", "/v1/admin/failures"): Walk("/v1/admin/failures"),
    ("GET", "/v1/admin/dead"): Walk("/v1/admin/dead"),
    ("POST", "/v1/admin/dead/{key}/retry"): Walk("/v1/admin/dead/MCB4/retry"),
    ("DELETE", "/v1/admin/dead/{key}"): Walk("/v1/admin/dead/MCB4"),
    ("GET", "/v1/admin/accounts"): Walk("/v1/admin/accounts"),
    ("PATCH", "/v1/admin/accounts/{id}"): Walk("/v1/admin/accounts/x", {"admin": True}),
}
"""What is not there for anybody else."""

ABOUT_NOBODY = {
    ("POST", "/v1/execute"),
    ("GET", "/v1/shares/{token}"),
    ("GET", "/v1/languages"),
    ("GET", "/health"),
    ("GET", "/health/ready"),
    ("GET", "/openapi.json"),
    ("GET", "/metrics"),
    ("GET", "/docs"),
    ("GET", "/docs/docs.css"),
    ("GET", "/docs/docs.js"),
    ("POST", "/v1/accounts"),
    ("POST", "/v1/account/verification"),
    ("POST", "/v1/account/verification/requests"),
    ("POST", "/v1/account/password/resets"),
    ("POST", "/v1/sessions"),
}
"""Public, or for who has a secret of the account; the tests of registration, login and passwords hold those."""


def routes_of(world: World) -> set[tuple[str, str]]:
    metrics = Metrics(None, Access())  # type: ignore[arg-type]  # it is not asked
    app: Any = create_app(
        world.edge, metrics, world.service, keeping=world.keeping, administration=world.administration
    )
    while not hasattr(app, "routes"):
        app = app._app  # noqa: SLF001 - past what is around the application
    found = set()
    for route in app.routes:
        assert isinstance(route, Route)
        found |= {(method, route.path) for method in route.methods or () if method != "HEAD"}
    return found


async def test_the_document_says_where_strangers_may_ask(world: World) -> None:
    """A program made from it knows which requests want a credential."""
    paths = done(await world.somebody().ask("GET", "/openapi.json"))["paths"]
    wanting = {*OF_ONESELF, *FOR_ADMINISTRATORS} - {("PUT", "/v1/account/password")}  # a mail's token will do
    for method, path in (*wanting, *OF_THINGS):
        open_to_all = {} in paths[path][method.lower()]["security"]
        assert open_to_all == ((method, path) in OF_THINGS and path.startswith("/v1/execute/")), (method, path)


def test_every_route_is_walked(world: World) -> None:
    assert routes_of(world) == {*OF_THINGS, *OF_ONESELF, *FOR_ADMINISTRATORS, *ABOUT_NOBODY}


@dataclass
class Alice:
    """Somebody with a job, a session and a key."""

    browser: Person
    ids: dict[str, str]


@pytest.fixture
async def alice(world: World) -> Alice:
    browser = await world.logged_in("alice@example.com")
    ids = {"job": done(await browser.submit(code=f"print('{SECRET}')"), 202)["id"]}
    await run_next(world)
    ids["session"] = done(await browser.ask("GET", "/v1/sessions"))["sessions"][0]["id"]
    ids["key"] = (await browser.key())["id"]
    ids["share"] = done(await browser.ask("POST", f"/v1/execute/{ids['job']}/shares"), 201)["id"]
    return Alice(browser, ids)


async def run_next(world: World) -> None:
    from tests.unit.http_edge.edge_in_memory import World as InMemory

    await InMemory(world.edge, world.log, world.somebody().http).run_next(SECRET)


async def strangers(world: World) -> list[Person]:
    """Another account's browser and keys, and nobody."""
    bob = await world.logged_in("bob@example.com")
    key = (await bob.key("execute", "read", "account"))["key"]
    return [bob, world.program(key), world.somebody()]


def told(answer: httpx.Response) -> tuple[int, bytes, list[str]]:
    return answer.status_code, answer.content, sorted(answer.headers.keys() - {"x-request-id"})


@pytest.mark.parametrize("walk", OF_THINGS.items(), ids=lambda walk: " ".join(walk[0]))
async def test_anothers_thing_is_as_one_that_never_was(
    world: World, alice: Alice, walk: tuple[tuple[str, str], Walk]
) -> None:
    (method, _), how = walk
    never = {"job": NEVER, "session": NOBODYS, "key": NOBODYS, "share": "0" * 16}
    for stranger in await strangers(world):
        answer = await stranger.ask(method, how.path.format(**alice.ids), how.body)
        nothing = await stranger.ask(method, how.path.format(**never), how.body)
        assert told(answer) == told(nothing)
        assert answer.status_code in (401, 404)
        assert SECRET not in answer.text
    assert done(await alice.browser.ask("GET", f"/v1/execute/{alice.ids['job']}"))["stdout"] == SECRET
    assert len(done(await alice.browser.ask("GET", "/v1/account/keys"))["keys"]) == 1
    assert len(done(await alice.browser.ask("GET", f"/v1/execute/{alice.ids['job']}/shares"))["shares"]) == 1


@pytest.mark.parametrize("walk", OF_ONESELF.items(), ids=lambda walk: " ".join(walk[0]))
async def test_what_is_about_oneself_is_about_nobody_else(
    world: World, alice: Alice, walk: tuple[tuple[str, str], Walk]
) -> None:
    (method, _), how = walk
    before = world.database.psql("SELECT a::text FROM accounts.account AS a WHERE email LIKE 'alice%'")
    for stranger in await strangers(world):
        answer = await stranger.ask(method, how.path, how.body)
        assert "alice" not in answer.text
        assert not [each for each in alice.ids.values() if each in answer.text]
    assert world.database.psql("SELECT a::text FROM accounts.account AS a WHERE email LIKE 'alice%'") == before
    assert done(await alice.browser.ask("GET", "/v1/account"))["display_name"] == "alice"
    (session,) = done(await alice.browser.ask("GET", "/v1/sessions"))["sessions"]
    (key,) = done(await alice.browser.ask("GET", "/v1/account/keys"))["keys"]
    assert (session["id"], key["id"]) == (alice.ids["session"], alice.ids["key"])


async def test_administration_is_not_there_for_anybody_else(world: World) -> None:
    """Not even a sign that it could be: the answer is that of a path that leads nowhere."""
    for stranger in await strangers(world):
        for (method, _), how in FOR_ADMINISTRATORS.items():
            answer = await stranger.ask(method, how.path, how.body)
            nowhere = await stranger.ask("GET", how.path.replace("admin", "nowhere"))
            assert answer.status_code == 404, (method, how.path)
            assert answer.text.replace("admin", "nowhere") == nowhere.text


async def test_nobody_has_nothing_of_their_own(world: World) -> None:
    for (method, _), how in OF_ONESELF.items():
        answer = await world.somebody().ask(method, how.path, how.body)
        assert answer.status_code == 401, (method, how.path)
