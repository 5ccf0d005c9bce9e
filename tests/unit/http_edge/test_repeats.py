"""A request that repeats an accepted one is answered, whatever could not be accepted now."""

import pytest

from http_edge import backlog
from tests.unit.http_edge.edge_in_memory import ME, PROJECTOR, PYTHON, World, fields, problem, running_edge

KEY = {"Idempotency-Key": "k"}


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


async def test_a_repeated_request_is_answered_from_the_facts_of_a_job_whose_hash_is_gone() -> None:
    """Whatever made it go; a job of which nothing is left is our failure."""
    async with running_edge() as world:
        first = (await world.submit(headers=KEY)).json()["id"]
        await world.run_next("42\n")
        world.log.contents.hashes.clear()
        again = await world.submit(headers=KEY, wait="1s")
        assert (again.status_code, again.json()["id"], again.json()["stdout"]) == (200, first, "42\n")
        world.log.contents.streams.clear()
        assert "gone" in problem(await world.submit(headers=KEY, wait="1s"), 500)["detail"]


async def test_what_repeats_takes_no_room_in_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even until the queue is looked at again, which is never here."""
    monkeypatch.setattr(backlog, "REFRESH", 3600)
    monkeypatch.setattr(backlog, "SURE_FOR", 3600)
    async with running_edge(PYTHON, PROJECTOR, QUEUE_LIMIT="4") as world:
        for _ in range(5):
            assert (await world.submit(headers=KEY)).status_code == 202
        assert (await world.submit()).status_code == 202
        assert world.submissions() == 2
