"""Accounts as administrators see them: find, give plans, make administrators, disable; each with its fact."""

import pytest

from tests.integration.accounts.world import Person, World, done
from tests.unit.http_edge.edge_in_memory import fields, problem

PATH = "/v1/admin/accounts"


@pytest.fixture
async def root(world: World) -> Person:
    """An administrator."""
    return await administrator(world, "root@example.com")


async def administrator(world: World, email: str) -> Person:
    person = await world.register(email)
    world.database.psql(f"UPDATE accounts.account SET admin = true WHERE email = '{email}'")
    done(await person.log_in(), 201)
    return person


async def id_of(person: Person) -> str:
    found: str = done(await person.ask("GET", "/v1/account"))["id"]
    return found


async def facts(world: World, account: str) -> list[str]:
    return [type(fact).__name__ for fact in await world.service.stores.people.facts(account)]


async def test_accounts_are_found_page_by_page(world: World, root: Person) -> None:
    for name in ("ann", "bob", "anna"):
        await world.register(f"{name}@example.com")
    found = done(await root.ask("GET", f"{PATH}?query=ANN"))
    assert [each["display_name"] for each in found["accounts"]] == ["anna", "ann"]
    seen, cursor = [], ""
    while True:
        page = done(await root.ask("GET", f"{PATH}?limit=2{cursor and f'&cursor={cursor}'}"))
        seen += [each["display_name"] for each in page["accounts"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["anna", "bob", "ann", "root"]
    assert found["accounts"][0].keys() >= {"id", "email", "plan", "admin", "disabled", "created_at"}


async def test_a_plan_holds_from_the_next_request_on(world: World, root: Person) -> None:
    ann = await world.logged_in("ann@example.com")
    account = await id_of(ann)
    assert '"requests";q=60' in (await ann.submit()).headers["RateLimit-Policy"]
    changed = done(await root.ask("PATCH", f"{PATH}/{account}", {"plan": "pro"}))
    assert (changed["id"], changed["plan"]) == (account, "pro")
    assert '"requests";q=600' in (await ann.submit()).headers["RateLimit-Policy"]
    (fact,) = [fact for fact in await world.service.stores.people.facts(account) if type(fact).__name__ == "PlanSet"]
    assert fact.actor == await id_of(root)


async def test_who_is_disabled_is_out_at_once(world: World, root: Person) -> None:
    ann = await world.logged_in("ann@example.com")
    account = await id_of(ann)
    assert done(await root.ask("PATCH", f"{PATH}/{account}", {"disabled": True}))["disabled"] is True
    problem(await ann.ask("GET", "/v1/account"), 401)
    assert done(await root.ask("PATCH", f"{PATH}/{account}", {"disabled": False}))["disabled"] is False
    assert (await facts(world, account)).count("DisabledSet") == 2
    done(await ann.log_in(), 201)


async def test_an_administrator_makes_another(world: World, root: Person) -> None:
    ann = await world.logged_in("ann@example.com")
    problem(await ann.ask("GET", PATH), 404)
    done(await root.ask("PATCH", f"{PATH}/{await id_of(ann)}", {"admin": True}))
    done(await ann.ask("GET", PATH))
    done(await ann.ask("PATCH", f"{PATH}/{await id_of(root)}", {"admin": False}))
    problem(await root.ask("GET", PATH), 404)


@pytest.mark.parametrize("body", [{"admin": False}, {"disabled": True}])
async def test_nobody_locks_themselves_out(root: Person, body: dict[str, bool]) -> None:
    """The last administrator cannot vanish by mistake."""
    problem(await root.ask("PATCH", f"{PATH}/{await id_of(root)}", body), 409)
    done(await root.ask("GET", PATH))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"plan": "gold"}, "plan"),
        ({"plan": 1}, "plan"),
        ({"admin": "yes"}, "admin"),
        ({"disabled": 1}, "disabled"),
        ({"email": "x@example.com"}, "email"),
    ],
)
async def test_a_bad_change_is_named(root: Person, body: dict[str, object], field: str) -> None:
    assert fields(await root.ask("PATCH", f"{PATH}/{await id_of(root)}", body)).keys() == {field}


@pytest.mark.parametrize(
    "parameter", ["limit=0", "limit=101", "cursor=x", "cursor=%00", "cursor=MjAyNg", "query=", "query=%00"]
)
async def test_a_bad_parameter_is_named(root: Person, parameter: str) -> None:
    assert fields(await root.ask("GET", f"{PATH}?{parameter}")).keys() == {parameter.partition("=")[0]}


@pytest.mark.parametrize("account", ["x", "0" * 24, "%00"])
async def test_an_unknown_account_is_404(root: Person, account: str) -> None:
    problem(await root.ask("PATCH", f"{PATH}/{account}", {"plan": "pro"}), 404)


async def test_a_key_of_an_administrator_needs_the_right_to_manage(world: World, root: Person) -> None:
    reader = world.program((await root.key("read"))["key"])
    problem(await reader.ask("GET", PATH), 404)
    manager = world.program((await root.key("account"))["key"])
    done(await manager.ask("GET", PATH))


async def test_another_sites_page_changes_nothing(world: World, root: Person) -> None:
    ann = await id_of(await world.logged_in("ann@example.com"))
    problem(await root.ask("PATCH", f"{PATH}/{ann}", {"admin": True}, Origin="https://evil.example.com"), 403)
