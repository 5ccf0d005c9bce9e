"""Whole journeys: register, confirm, log in, look around, make a key, use it, log out."""

from http_edge.accounts.facts import AnyAccountFact
from streams.jobid import parse_job_id
from tests.integration.accounts.world import PASSWORD, World, done, token_in

ALICE = "alice@example.com"


async def facts(world: World, account: str) -> list[AnyAccountFact]:
    """All that the audit log has about the account, oldest first."""
    return list(reversed(await world.service.stores.people.facts(account)))


async def test_from_registration_to_logout(world: World) -> None:
    alice = world.somebody()
    wanted = {"email": ALICE, "password": PASSWORD, "display_name": " Alice Ä. "}
    assert "mail" in done(await alice.ask("POST", "/v1/accounts", wanted), 202)["detail"]

    early = await alice.log_in(email=ALICE)
    assert done(early, 403)["type"] == "urn:codeportal:email-not-verified"
    assert "Set-Cookie" not in early.headers

    letter = await world.post.letter(ALICE)
    assert "http://edge/verify?token=" in letter.text
    token = token_in(letter.text)
    done(await alice.ask("POST", "/v1/account/verification", {"token": token}), 204)
    assert (
        done(await alice.ask("POST", "/v1/account/verification", {"token": token}), 400)["errors"][0]["field"]
        == "token"
    )

    answer = await alice.log_in(email="ALICE@Example.com")
    body = done(answer, 201)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("codeportal_session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"} <= set(cookie.split("; "))
    account = body["account"]
    assert account == done(await alice.ask("GET", "/v1/account"))
    assert (account["email"], account["display_name"], account["email_verified"]) == (ALICE, "Alice Ä.", True)
    assert (account["plan"], account["admin"]) == ("free", False)

    changed = done(await alice.ask("PATCH", "/v1/account", {"display_name": "Alice"}))
    assert changed == {**account, "display_name": "Alice"}

    (session,) = done(await alice.ask("GET", "/v1/sessions"))["sessions"]
    assert session == body["session"]
    assert session["current"] is True
    done(await alice.ask("DELETE", "/v1/sessions/current"), 204)
    done(await alice.ask("GET", "/v1/account"), 401)

    kinds = [type(fact).__name__ for fact in await facts(world, account["id"])]
    assert kinds == ["Registered", "LoginRefused", "Verified", "LoggedIn", "ProfileChanged", "SessionEnded"]


async def test_a_key_does_what_it_was_made_for(world: World) -> None:
    alice = await world.logged_in(ALICE)
    made = await alice.key("execute", "read", name="laptop")
    assert made["key"].startswith(f"cp_{made['prefix']}_")
    assert made["last_used_at"] is None
    program = world.program(made["key"])
    job = done(await program.submit(), 202)["id"]
    submission = await world.log.read_submission(parse_job_id(job))
    assert submission is not None
    assert submission.account == done(await alice.ask("GET", "/v1/account"))["id"]
    for person in (program, alice):
        done(await person.ask("GET", f"/v1/execute/{job}"))
    done(await program.ask("GET", "/v1/account"), 403)

    (listed,) = done(await alice.ask("GET", "/v1/account/keys"))["keys"]
    assert listed["last_used_at"] is not None
    assert {**listed, "last_used_at": None} == {name: made[name] for name in made if name != "key"}
    done(await alice.ask("DELETE", f"/v1/account/keys/{made['id']}"), 204)
    done(await alice.ask("DELETE", f"/v1/account/keys/{made['id']}"), 404)
    done(await program.submit(), 401)


async def test_nothing_secret_is_kept_as_it_is(world: World) -> None:
    """Neither password nor session's token nor key nor mail's token; nor does the audit log name anybody."""
    alice = await world.logged_in(ALICE)
    key = (await alice.key())["key"]
    secrets = [PASSWORD, key, key.rpartition("_")[2], alice.http.cookies["codeportal_session"]]
    secrets.append(await world.post.token(ALICE))
    tables = world.database.psql(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'accounts'"
    ).split()
    assert {"account", "session", "api_key", "fact", "mail_token", "outbox"} <= set(tables)
    dump = "\n".join(world.database.psql(f"SELECT t::text FROM accounts.{table} AS t") for table in tables)
    assert "$argon2id$" in dump
    assert not [secret for secret in secrets if secret in dump]
    facts_only = world.database.psql("SELECT fact FROM accounts.fact")
    assert '"registered"' in facts_only
    assert "alice" not in facts_only.lower()


async def test_deleting_an_account_leaves_nothing_but_nameless_facts(world: World) -> None:
    alice = await world.logged_in(ALICE)
    key = (await alice.key())["key"]
    account = done(await alice.ask("GET", "/v1/account"))["id"]
    done(await alice.ask("DELETE", "/v1/account", {"password": "not the password"}), 403)
    gone = await alice.ask("DELETE", "/v1/account", {"password": PASSWORD})
    done(gone, 204)
    assert "Max-Age=0" in gone.headers["Set-Cookie"]
    done(await world.program(key).submit(), 401)
    done(await alice.log_in(), 401)
    for table in ("account", "session", "api_key", "mail_token", "outbox"):
        assert world.database.psql(f"SELECT count(*) FROM accounts.{table}") == "0"
    assert type((await facts(world, account))[-1]).__name__ == "Deleted"
    again = {"email": ALICE, "password": PASSWORD, "display_name": "Alice"}
    done(await alice.ask("POST", "/v1/accounts", again), 202)
    assert "confirm" in (await world.post.letter(ALICE, 2)).text
