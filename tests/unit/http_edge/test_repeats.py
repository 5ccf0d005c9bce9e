"""A request that repeats an accepted one is answered, whatever could not be accepted now."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from http_edge import backlog
from http_edge.app import create_app
from http_edge.keeping import Keeping
from http_edge.records.record import Records
from streams.facts import AnyFact
from streams.jobid import JobId, parse_job_id
from streams.position import Position
from streams.replay.recorded import Recorded
from tests.unit.http_edge.edge_in_memory import ME, PROJECTOR, PYTHON, World, fields, problem, running_edge

KEY = {"Idempotency-Key": "k"}


@asynccontextmanager
async def at(world: World, address: str) -> AsyncIterator[World]:
    """The same edge, spoken to from `address`."""
    transport = httpx.ASGITransport(create_app(world.edge), client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as http:
        yield World(world.edge, world.log, http)


async def executor_leaves(world: World) -> None:
    await world.log.withdraw(ME)
    await world.edge.languages.look()


async def test_a_repeated_request_is_answered_though_nobody_runs_its_language() -> None:
    """By the name that it gave the first time, alias or not; and it is still one job."""
    async with running_edge(PYTHON, PROJECTOR) as world:
        first = (await world.submit(headers=KEY, language="py")).json()
        await executor_leaves(world)
        for name in ("py", "python"):
            again = await world.submit(headers=KEY, language=name)
            assert (again.status_code, again.json()) == (202, first)
        assert world.submissions() == 1


async def test_what_repeats_nothing_is_refused_while_nobody_runs_its_language() -> None:
    """With a new key as without any; another request under the key is a conflict still."""
    async with running_edge(PYTHON, PROJECTOR) as world:
        await world.submit(headers=KEY)
        await executor_leaves(world)
        for headers in (None, {"Idempotency-Key": "new"}):
            assert "not known" in fields(await world.submit(headers=headers))["language"]
        assert fields(await world.submit(headers=KEY, language="cobol")).keys() == {"language"}
        problem(await world.submit(headers=KEY, code="another"), 409)
        assert world.submissions() == 1


class Archive:
    """What the log knew when it was made."""

    def __init__(self, facts: Sequence[tuple[Position, AnyFact]]) -> None:
        self._facts = facts

    async def facts(self, job: JobId) -> list[Recorded]:
        return [Recorded("s", position, job, fact) for position, fact in self._facts]


async def test_a_repeated_request_is_answered_from_the_archive_by_a_job_whose_hash_is_gone() -> None:
    """Whatever made it go; a job of which nothing is left is our failure."""
    async with running_edge() as world:
        first = (await world.submit(headers=KEY)).json()["id"]
        await world.run_next("42\n")
        archive = Archive(await world.log.facts(parse_job_id(first)))
        world.log.contents.hashes.clear()
        assert "gone" in problem(await world.submit(headers=KEY, wait="1s"), 500)["detail"]
        app = create_app(world.edge, keeping=Keeping(Records(world.log, archive)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as http:
            again = await World(world.edge, world.log, http).submit(headers=KEY, wait="1s")
        assert (again.status_code, again.json()["id"], again.json()["stdout"]) == (200, first, "42\n")


async def test_what_repeats_takes_no_room_in_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even until the queue is looked at again, which is never here."""
    monkeypatch.setattr(backlog, "REFRESH", 3600)
    monkeypatch.setattr(backlog, "SURE_FOR", 3600)
    async with running_edge(PYTHON, PROJECTOR, QUEUE_LIMIT="4") as world:
        for _ in range(5):
            assert (await world.submit(headers=KEY)).status_code == 202
        assert (await world.submit()).status_code == 202
        assert world.submissions() == 2


@pytest.mark.parametrize("plans", ["anonymous=requests:9", ""])
@pytest.mark.parametrize("partitions", ["1", "3"])
async def test_an_anonymous_request_may_be_repeated_from_another_address(partitions: str, plans: str) -> None:
    """As a telephone does that changes its network, wherever the jobs of its addresses are counted."""
    async with running_edge(STREAM_PARTITIONS=partitions, PLANS=plans) as world:
        for number in range(1, 9):
            async with at(world, f"198.51.100.{number}") as client:
                assert (await client.submit(headers=KEY)).status_code == 202
                problem(await client.submit(headers=KEY, code="another"), 409)
        assert world.submissions() == 1
