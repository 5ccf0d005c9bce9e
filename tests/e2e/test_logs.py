"""The logs of every process: JSON, bound to their job or request, one line per request, and nothing of users' data."""

import json
import secrets
import time
import uuid
from typing import Any

import pytest

from deploy.stack import database
from streams.jobid import parse_job_id
from tests.e2e.portal import Portal
from tests.e2e.stack import Stack

DEADLINE = 20.0
SERVICES = ("edge", "projector", "janitor", "archiver", "executor-python")


def said(stack: Stack, service: str) -> str:
    labels = [f"com.docker.compose.project={stack.project}", f"com.docker.compose.service={service}"]
    containers = stack.engine.containers.list(filters={"label": labels})
    return "".join(container.logs().decode() for container in containers)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.split("\n") if line]


def own_lines(stack: Stack, service: str, name: str, value: str) -> list[dict[str, Any]]:
    """The lines in which `name` is `value`, once there are any: the engine takes a moment to have them."""
    deadline = time.monotonic() + DEADLINE
    while not (found := [line for line in lines(said(stack, service)) if line.get(name) == value]):
        assert time.monotonic() < deadline, f"no line of {service} has {name}={value}"
        time.sleep(0.05)  # the engine has no signal for it
    return found


@pytest.fixture
def marks() -> dict[str, str]:
    """Words that no log may contain."""
    return {name: f"{name}-{secrets.token_hex(8)}" for name in ("code", "input", "output", "key")}


def test_logs_hold_nothing_of_users_data(portal: Portal, stack: Stack, marks: dict[str, str]) -> None:
    half = len(marks["output"]) // 2
    printed = f"print({marks['output'][:half]!r} + {marks['output'][half:]!r})"  # the whole word is in the output alone
    code = f"# {marks['code']}\n{printed}\nimport sys; sys.stderr.write(input())\nraise SystemExit(3)"
    body = {"language": "python", "code": code, "stdin": marks["input"]}
    answer = portal.http.post(
        "/v1/execute", params={"wait": "30s"}, json=body, headers={"Idempotency-Key": marks["key"]}
    )
    job = portal.finish(answer.json())
    assert (job["stdout"].strip(), job["stderr"]) == (marks["output"], marks["input"])
    portal.http.post("/v1/execute", content=f'{{"language": "python", "code": "{marks["code"]}", "wrong": 1}}')
    own_lines(stack, "executor-python", "job", str(parse_job_id(job["id"]).address))
    database_password = database.variables(stack.record.settings)["POSTGRES_PASSWORD"]
    for service in (*SERVICES, database.SERVICE):
        text = said(stack, service)
        assert not database_password or database_password not in text, service
        assert not [name for name, mark in marks.items() if mark in text], service
        assert stack.redis_password == "" or stack.redis_password not in text


def test_every_line_is_json_and_says_when_and_how_bad(portal: Portal, stack: Stack) -> None:
    portal.execute("python", "print(1)")
    for service in SERVICES:
        for line in lines(said(stack, service)):
            assert {"event", "level", "timestamp"} <= line.keys(), line


def test_a_jobs_lines_name_it(portal: Portal, stack: Stack) -> None:
    job = portal.execute("python", "print(1)")
    own = own_lines(stack, "executor-python", "job", str(parse_job_id(job["id"]).address))
    assert [line["event"] for line in own] == ["ended"]
    assert own[0]["status"] == "succeeded"


def test_no_log_has_the_id_of_a_job(portal: Portal, stack: Stack) -> None:
    """Whoever holds it reads an anonymous job, and logs are read by more people than jobs."""
    body = {"language": "python", "code": "import time; time.sleep(0.2); print(1)"}
    job = portal.finish(portal.http.post("/v1/execute", json=body).json())["id"]
    with portal.http.stream("GET", f"/v1/execute/{job}/events") as events:
        events.read()
    for path in (f"/v1/execute/{job}/source", f"/v1/execute/{job}/facts", f"/v1/execute/{job}x", f"/play/{job}"):
        portal.http.get(path)
    shared = portal.http.post(f"/v1/execute/{job}/shares").json()
    portal.http.get(f"/v1/shares/{shared['token']}")
    slow = portal.http.post("/v1/execute", json={**body, "code": "import time; time.sleep(60)"}).json()["id"]
    portal.http.delete(f"/v1/execute/{slow}")
    portal.finish(portal.get(slow).json())
    address = str(parse_job_id(slow).address)
    own_lines(stack, "executor-python", "job", address)
    own_lines(stack, "edge", "path", f"/v1/execute/{address}")
    runners = stack.engine.containers.list(filters={"label": "sandbox.language"})
    said_by_runners = "".join(container.logs().decode() for container in runners)
    texts = {**{service: said(stack, service) for service in SERVICES}, "runners": said_by_runners}
    secrets_ = (job[22:34], slow[22:34], shared["token"])
    assert [service for service, text in texts.items() if any(secret in text for secret in secrets_)] == []


def test_a_request_has_one_line(portal: Portal, stack: Stack) -> None:
    request = uuid.uuid4().hex
    portal.http.get("/v1/languages", headers={"X-Request-Id": request})
    own = own_lines(stack, "edge", "request", request)
    assert [(line["event"], line["path"], line["status"]) for line in own] == [("request", "/v1/languages", 200)]
