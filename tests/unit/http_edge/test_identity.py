"""Jobs belong to who submitted them: the fact says it, the lane follows it, and nobody else gets to see them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.requests import Request

from http_edge.identity import ANONYMOUS, EXECUTE, READ, SCOPES, AnonymousOnly, Caller, bearer, unauthorized
from streams.facts import CancelRequested
from streams.jobid import parse_job_id
from streams.lanes import lane_for
from tests.unit.http_edge.edge_in_memory import HELLO, World, problem, running_edge

PEOPLE = {
    "alice": Caller("account-a", "free", admin=False, scopes=SCOPES),
    "bob": Caller("account-b", "free", admin=False, scopes=SCOPES),
    "root": Caller("account-r", "free", admin=True, scopes=SCOPES),
    "writer": Caller("account-a", "free", admin=False, scopes=frozenset({EXECUTE}), key="k1"),
    "reader": Caller("account-a", "free", admin=False, scopes=frozenset({READ}), key="k2"),
}


class KnowsPeople:
    """An Authenticator whose tokens are names."""

    async def caller(self, request: Request) -> Caller:
        name = bearer(request)
        if name and name not in PEOPLE:
            raise unauthorized("nobody by that name")
        return PEOPLE.get(name, ANONYMOUS)


def by(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}"}


@asynccontextmanager
async def edge_with_people(**variables: str) -> AsyncIterator[World]:
    async with running_edge(authenticator=KnowsPeople(), **variables) as world:
        yield world


async def submitted(world: World, name: str, **others: str) -> str:
    answer = await world.submit(headers={**by(name), **others})
    assert answer.status_code == 202, answer.text
    job: str = answer.json()["id"]
    return job


async def test_a_job_carries_its_account_and_waits_in_its_lane() -> None:
    async with edge_with_people(STREAM_LANES="64") as world:
        fact = await world.log.read_submission(parse_job_id(await submitted(world, "alice")))
        assert fact is not None
        assert fact.account == "account-a"
        assert fact.lane == lane_for("account-a", "interactive", 64)


async def test_a_foreign_job_is_as_one_that_never_was() -> None:
    """Waiting or done; to read, to wait for, to cancel; by another account and by nobody."""
    async with edge_with_people() as world:
        path = f"/v1/execute/{await submitted(world, 'alice')}"
        never = (await world.http.get("/v1/execute/AQAAAAAAAAGiC2poiwAAAACrq6urq6urq3B5dGhvbg")).content
        for happens in (world.run_next, world.project):
            for headers in (by("bob"), {}):
                for method, query in (("GET", ""), ("GET", "?wait=60s"), ("DELETE", "")):
                    answer = await world.http.request(method, path + query, headers=headers)
                    problem(answer, 404)
                    assert answer.content == never
            await happens()
        assert not world.log.contents.cancellations
        for name in ("alice", "root"):
            assert (await world.http.get(path, headers=by(name))).json()["stdout"] == "1\n"


async def test_a_stranger_does_not_wait() -> None:
    """How long the answer takes would tell that there is such a job."""
    async with edge_with_people() as world:
        job = await submitted(world, "alice")
        async with asyncio.timeout(10):
            problem(await world.http.get(f"/v1/execute/{job}?wait=60s", headers=by("bob")), 404)


async def test_an_anonymous_job_is_for_who_holds_its_id() -> None:
    async with edge_with_people() as world:
        job = (await world.submit()).json()["id"]
        for headers in ({}, by("alice")):
            assert (await world.http.get(f"/v1/execute/{job}", headers=headers)).status_code == 200


async def test_a_cancellation_says_who_asked() -> None:
    async with edge_with_people() as world:
        job = await submitted(world, "alice")
        assert (await world.http.delete(f"/v1/execute/{job}", headers=by("root"))).status_code == 202
        state = await world.log.read(parse_job_id(job))
        assert state is not None
        assert isinstance(state.cancel_requested, CancelRequested)
        assert state.cancel_requested.account == "account-r"


async def test_an_idempotency_key_is_the_accounts_own() -> None:
    async with edge_with_people() as world:
        key = {"Idempotency-Key": "k"}
        jobs = {await submitted(world, name, **key) for name in ("alice", "alice", "bob")}
        jobs.add((await world.submit(headers=key)).json()["id"])
        assert len(jobs) == 3


async def test_a_key_does_what_its_scopes_say() -> None:
    async with edge_with_people() as world:
        job = await submitted(world, "writer")
        problem(await world.submit(headers=by("reader")), 403)
        problem(await world.submit(wait="1s", headers=by("writer")), 403)
        problem(await world.http.get(f"/v1/execute/{job}", headers=by("writer")), 403)
        problem(await world.http.delete(f"/v1/execute/{job}", headers=by("reader")), 403)
        assert (await world.http.get(f"/v1/execute/{job}", headers=by("reader"))).status_code == 200
        assert (await world.http.delete(f"/v1/execute/{job}", headers=by("writer"))).status_code == 202
        assert world.submissions() == 1


async def test_a_closed_edge_serves_accounts_only() -> None:
    async with edge_with_people(ALLOW_ANONYMOUS="false") as world:
        job = await submitted(world, "alice")
        for answer in (await world.submit(), await world.http.get(f"/v1/execute/{job}")):
            problem(answer, 401)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        problem(await world.submit(headers=by("mallory")), 401)


async def test_a_key_where_there_are_no_accounts_is_not_ignored(world: World) -> None:
    """Whoever sends one believes that the job is theirs alone."""
    answer = await world.http.post("/v1/execute", json=HELLO, headers=by("cp_abc_def"))
    assert "no accounts" in problem(answer, 401)["detail"]
    assert world.submissions() == 0


@pytest.mark.parametrize(
    ("header", "token"), [("Bearer a", "a"), ("bearer  a ", "a"), ("Basic a", ""), ("a", ""), ("", "")]
)
async def test_bearer_tokens_are_read_as_the_rfc_says(header: str, token: str) -> None:
    scope = {"type": "http", "headers": [(b"authorization", header.encode())]}
    assert bearer(Request(scope)) == token
    assert await AnonymousOnly().caller(Request(scope)) is ANONYMOUS
