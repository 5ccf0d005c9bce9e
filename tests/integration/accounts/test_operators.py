"""`codeportal account`: what operators do without HTTP."""

import asyncio
import json
from collections.abc import Callable
from io import StringIO

import pytest

from deploy.cli.__main__ import main
from tests.integration.accounts.world import PASSWORD, World, done
from tests.integration.http_edge.client import ask_until
from tests.postgres_server import TestDatabase

ADA = "ada@example.com"


@pytest.fixture
def account(
    postgres: TestDatabase, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Runs the command; returns what it prints, or, when it must fail, what it says. `said` is what it reads."""
    monkeypatch.setenv("DATABASE_URL", postgres.url)

    def run(*words: str, said: str = "", code: int = 0) -> str:
        monkeypatch.setattr("sys.stdin", StringIO(said))
        capsys.readouterr()
        ended = main(["account", *words])
        printed = capsys.readouterr()
        assert ended == code, printed.err
        return printed.err if code else printed.out

    return run


Account = Callable[..., str]


def test_an_operator_makes_finds_and_changes_accounts(account: Account) -> None:
    """On an empty database, too: the tables are made on the way."""
    made = json.loads(account("create", ADA, "--admin", "--password-stdin", "--json", said=f"{PASSWORD}\n"))
    assert (made["email"], made["display_name"], made["admin"], made["plan"]) == (ADA, "ada", True, "free")
    assert made["email_verified"] is True
    account("create", "bob@example.com", "--name", "Bob B.")
    assert "has an account already" in account("create", "ADA@example.com", code=2)

    listed = [json.loads(line) for line in account("list", "--json").splitlines()]
    assert [each["email"] for each in listed] == ["bob@example.com", ADA]
    assert "ada@example.com" not in account("list", "bob b")

    account("disable", ADA)
    account("demote", made["id"])
    changed = json.loads(account("set-plan", ADA, "pro", "--json"))
    assert (changed["disabled"], changed["admin"], changed["plan"]) == (True, False, "pro")
    account("enable", ADA)
    account("promote", ADA)
    facts = [json.loads(line) for line in account("show", ADA).splitlines()[1:]]
    assert [fact["type"] for fact in reversed(facts)] == [
        "registered", "disabled_set", "admin_set", "plan_set", "disabled_set", "admin_set"
    ]  # fmt: skip
    assert {fact["actor"] for fact in facts} == {"operator"}


def test_a_long_list_comes_page_by_page(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"person-{number}@example.com" for number in range(5)]
    for name in names:
        account("create", name)
    listed: list[str] = []
    after: list[str] = []
    for size in (2, 2, 1):
        page = [json.loads(line) for line in account("list", "--json", "-n", "2", *after).splitlines()]
        assert len(page) == size
        listed += [each["email"] for each in page]
        after = ["--after", page[-1]["id"]]
    assert listed == names[::-1]
    assert "no account with this id" in account("list", "--after", "x", code=2)
    capsys.readouterr()
    assert main(["account", "list", "-n", "4"]) == 0
    assert "there are more: --after " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("show", "nobody@example.com"), 1, "nobody has the address"),
        (("create", "not an address"), 2, "EMAIL:"),
        (("set-plan", ADA, "Pro!"), 2, "PLAN:"),
        (("create", ADA, "--password-stdin"), 2, "password:"),
    ],
)
def test_a_mistake_is_named(account: Account, words: tuple[str, ...], code: int, reason: str) -> None:
    if words[0] == "set-plan":
        account("create", ADA)
    assert reason in account(*words, said="short\n", code=code)


@pytest.mark.parametrize("words", [("set-plan", ADA, "por"), ("create", "bob@example.com", "--plan", "por")])
def test_a_plan_that_nobody_knows_is_told(
    account: Account, words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typing mistake, most likely. It is not refused: the edges' PLANS may be others than those here."""
    account("create", ADA)
    assert main(["account", *words]) == 0
    assert "no plan 'por' is known here" in capsys.readouterr().err
    monkeypatch.setenv("PLANS", "por=jobs:3")
    assert main(["account", "set-plan", ADA, "por"]) == 0
    assert capsys.readouterr().err == ""


def test_without_postgresql_it_says_so(account: Account, postgres: TestDatabase) -> None:
    nowhere = f"postgresql://x@/x?host={postgres.server.directory}/nowhere"
    assert "PostgreSQL" in account("list", "--database", nowhere, code=69)


async def test_disabling_takes_effect_at_once(world: World, account: Account) -> None:
    """A running edge hears of it: sessions and keys end, and the right password is answered by why."""
    ada = await world.logged_in(ADA)
    program = world.program((await ada.key())["key"])
    done(await program.submit(), 202)
    await asyncio.to_thread(account, "disable", ADA)
    await ask_until(lambda: ada.ask("GET", "/v1/account"), lambda answer: answer.status_code == 401)
    done(await program.submit(), 401)
    assert done(await ada.log_in(), 403)["type"] == "urn:codeportal:account-disabled"
    done(await ada.log_in("not the password"), 401)
    await asyncio.to_thread(account, "enable", ADA)
    await ask_until(program.submit, lambda answer: answer.status_code == 202)  # the edge hears of this, too
    assert world.submissions() == 2
