"""Submissions are refused before facts could be lost, and readiness says how the archive is."""

import asyncio
from datetime import timedelta

import pytest

from tests.unit.http_edge.edge_in_memory import HELLO, PROJECTOR, PYTHON, problem, report, running_edge

ARCHIVER = report("archiver-1", "archiver")


async def test_past_the_limit_nothing_is_accepted_until_the_archive_has_caught_up() -> None:
    async with running_edge(PYTHON, PROJECTOR, ARCHIVER, ARCHIVE_MAX_WAITING="1") as world:
        await world.log.keep_archive()
        assert (await world.http.post("/v1/execute", json=HELLO)).status_code == 202
        assert (await world.http.post("/v1/execute", json=HELLO)).status_code == 202
        await world.edge.archive.look()
        refusal = problem(await world.http.post("/v1/execute", json=HELLO), 503)
        assert "the archive is behind by 2 facts" in refusal["detail"]
        ready = await world.http.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["checks"]["archive"]["state"].startswith("no submissions: the archive is behind")
        await world.log.archived(await world.log.read_unarchived("archiver-1", 9, timedelta(0)))
        await world.edge.archive.look()
        assert (await world.http.post("/v1/execute", json=HELLO)).status_code == 202


async def test_a_known_key_is_answered_all_the_same() -> None:
    async with running_edge(PYTHON, PROJECTOR, ARCHIVE_MAX_WAITING="1") as world:
        await world.log.keep_archive()
        key = {"Idempotency-Key": "k"}
        first = await world.http.post("/v1/execute", json=HELLO, headers=key)
        await world.http.post("/v1/execute", json=HELLO)
        await world.edge.archive.look()
        assert (await world.http.post("/v1/execute", json=HELLO)).status_code == 503
        again = await world.http.post("/v1/execute", json=HELLO, headers=key)
        assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])


async def test_the_age_of_what_waits_has_a_limit_too() -> None:
    async with running_edge(PYTHON, PROJECTOR, ARCHIVE_MAX_AGE="1ms") as world:
        await world.log.keep_archive()
        await world.http.post("/v1/execute", json=HELLO)
        await asyncio.sleep(0.005)  # the age itself is what this is about
        await world.edge.archive.look()
        problem(await world.http.post("/v1/execute", json=HELLO), 503)


async def test_without_an_archive_nobody_speaks_of_one() -> None:
    async with running_edge(PYTHON, PROJECTOR) as world:
        assert "archive" not in (await world.http.get("/health/ready")).json()["checks"]


async def test_an_archive_without_archiver_is_said_and_makes_nobody_unready() -> None:
    async with running_edge(PYTHON, PROJECTOR) as world:
        await world.log.keep_archive()
        await world.edge.archive.look()
        answer = await world.http.get("/health/ready")
        assert answer.status_code == 200
        assert answer.json()["checks"]["archive"]["state"].startswith("no archiver is running")


@pytest.mark.parametrize("state", ["running", "restarting: PostgreSQL: connection refused"])
async def test_an_archiver_says_how_it_is(state: str) -> None:
    async with running_edge(PYTHON, PROJECTOR, report("archiver-1", "archiver", state=state)) as world:
        answer = await world.http.get("/health/ready")
        assert answer.json()["checks"]["archive"] == {"ok": True, "state": state}
