"""Accounts in the whole stack: its own PostgreSQL, mails in the edge's log, jobs that run and belong to somebody."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from deploy.stack.settings import ROOT
from tests.e2e.portal import Portal
from tests.e2e.stack import Stack

PASSWORD = "correct horse battery"
DEADLINE = 60.0


@dataclass
class Person:
    """Somebody with a browser."""

    http: httpx.Client
    email: str

    def ask(self, method: str, path: str, status: int, **body: Any) -> Any:
        """The answer's body; it must have that status."""
        origin = str(self.http.base_url).rstrip("/")
        answer = self.http.request(method, path, headers={"Origin": origin}, json=body or None)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    @contextmanager
    def program(self) -> Iterator[Portal]:
        """What runs jobs with a key of theirs."""
        made = self.ask("POST", "/v1/account/keys", 201, name="e2e", scopes=["execute", "read"])
        headers = {"Authorization": f"Bearer {made['key']}"}
        with httpx.Client(base_url=self.http.base_url, headers=headers, timeout=90.0, trust_env=False) as client:
            yield Portal(client)


@pytest.fixture
def person(url: str) -> Iterator[Person]:
    """Somebody nobody knows yet; an account of theirs is gone at the end."""
    with httpx.Client(base_url=url, timeout=30.0, trust_env=False) as http:
        somebody = Person(http, f"e2e-{secrets.token_hex(6)}@example.com")
        yield somebody
        http.request(
            "DELETE", "/v1/account", json={"password": PASSWORD}, headers={"Origin": str(http.base_url).rstrip("/")}
        )


def mailed_token(stack: Stack, email: str) -> str:
    """The token of the mail to `email` that the edge has printed to its log, waiting for it."""
    labels = [f"com.docker.compose.project={stack.project}", "com.docker.compose.service=edge"]
    (edge,) = stack.engine.containers.list(filters={"label": labels})
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        for line in edge.logs(tail=1000).decode().split("\n"):
            if '"event":"mail"' in line and email in line:
                found = re.search(r"\?token=([\w-]+)", json.loads(line)["text"])
                assert found is not None
                return found[1]
        time.sleep(0.1)  # a log has no signal to wait on
    raise AssertionError(f"no mail to {email} in the edge's log")


def test_from_registration_to_a_job_of_ones_own(person: Person, portal: Portal, stack: Stack) -> None:
    """Registered, confirmed by mail, logged in; a key's job is the account's, and nobody else's."""
    person.ask("POST", "/v1/accounts", 202, email=person.email, password=PASSWORD, display_name="E2E")
    person.ask("POST", "/v1/account/verification", 204, token=mailed_token(stack, person.email))
    person.ask("POST", "/v1/sessions", 201, email=person.email, password=PASSWORD)
    with person.program() as program:
        job = program.execute("python", "print(6 * 7)")
    assert (job["status"], job["stdout"]) == ("succeeded", "42\n")
    assert person.ask("GET", f"/v1/execute/{job['id']}", 200) == job
    assert portal.get(job["id"]).status_code == 404
    person.ask("DELETE", "/v1/sessions/current", 204)
    person.ask("GET", "/v1/account", 401)
    person.ask("POST", "/v1/sessions", 201, email=person.email, password=PASSWORD)


def test_ones_own_program_is_compiled_once(person: Person, portal: Portal, stack: Stack) -> None:
    """By each executor of Go, of which there may be several; an anonymous one is compiled each time."""
    source = f'package main\n\nfunc main() {{ println("{secrets.token_hex(6)}") }}\n'
    person.ask("POST", "/v1/accounts", 202, email=person.email, password=PASSWORD, display_name="E2E")
    person.ask("POST", "/v1/account/verification", 204, token=mailed_token(stack, person.email))
    person.ask("POST", "/v1/sessions", 201, email=person.email, password=PASSWORD)
    with person.program() as program:
        jobs = [program.execute("go", source) for _ in range(5)]
    assert [job["compile"]["cached"] for job in (jobs[0], jobs[-1])] == [False, True]
    assert {(job["status"], job["stderr"]) for job in jobs} == {("succeeded", jobs[0]["stderr"])}
    assert not any(portal.execute("go", source)["compile"]["cached"] for _ in range(3))


def test_an_operator_finds_the_stacks_accounts(person: Person, stack: Stack) -> None:
    """`codeportal account` reaches the database of the stack by the project's name, and a running edge hears of it."""

    def account(*words: str, said: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", "account", *words, "--project", stack.project],
            env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            input=said,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            cwd=ROOT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    account("create", person.email, "--password-stdin", said=f"{PASSWORD}\n")
    person.ask("POST", "/v1/sessions", 201, email=person.email, password=PASSWORD)
    assert person.ask("GET", "/v1/account", 200)["admin"] is False
    account("promote", person.email)
    assert person.ask("GET", "/v1/account", 200)["admin"] is True
    assert person.email in account("list", person.email)
    account("demote", person.email)
