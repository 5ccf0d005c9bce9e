"""The lease over an agent's socket while the engine changes the runner's container."""

import asyncio
import gc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.runners.agent_client import AgentLessor
from actors.runners.port import RunnerError
from actors.runners.sizing import Size, to_its_end
from actors.runners.users import Users
from streams.facts import Limits
from tests.unit.actors.runners.fake_agent import HELLO, Told, agent
from tests.unit.actors.runners.leasing import JOB, USER, at
from tests.unit.actors.virtual_time import run, until


class AbsentEngine:
    """An engine that is waited for."""

    async def resize(self, container_id: str, size: Size) -> None:
        del container_id, size
        await asyncio.Event().wait()


SIZED = HELLO | {"cgroup": {"memory_bytes": 1 << 30, "processes": 64}}
SMALL = replace(JOB, limits=Limits(memory_bytes=64 << 20, processes=8))


@pytest.mark.parametrize("end", ["cancel", "container stops", "lease given up"])
def test_a_job_that_waits_for_the_engine_is_over_at_once_when_it_has_to_be(tmp_path: Path, end: str) -> None:
    """Nobody waits for an engine to change a container that is gone, or for a job that nobody wants."""

    async def scenario() -> None:
        told = Told()
        async with agent(tmp_path, SIZED) as fake:
            runner = await AgentLessor(Users(USER), AbsentEngine()).lease(at(tmp_path), told.watcher)
            running = asyncio.create_task(runner.run(SMALL))
            await asyncio.wait([running], timeout=1)
            assert not running.done()
            match end:
                case "cancel":
                    runner.cancel()
                case "container stops":
                    assert fake.transport is not None
                    fake.transport.abort()
                case _:
                    runner.release()
            with pytest.raises(RunnerError):
                await asyncio.wait_for(running, 1)
            await until(lambda: told.gone, 1)
            assert len(told.gone) == 1

    run(scenario())


class SlowEngine:
    """An engine that nobody calls back: what it was asked for is done when it is done."""

    def __init__(self) -> None:
        self.asked: list[Size] = []
        self.done = asyncio.Event()

    async def resize(self, container_id: str, size: Size) -> None:
        del container_id
        self.asked.append(size)
        await to_its_end(self._change())

    async def _change(self) -> None:
        await self.done.wait()


@pytest.mark.parametrize("end", ["cancel", "task cancelled", "lease given up"])
def test_a_lease_ends_when_the_engine_is_done_with_its_container(tmp_path: Path, end: str) -> None:
    """Before that, the change would meet the job of who leases it next."""

    async def scenario() -> None:
        told, engine = Told(), SlowEngine()
        async with agent(tmp_path, SIZED) as fake:
            runner = await AgentLessor(Users(USER), engine).lease(at(tmp_path), told.watcher)
            running = asyncio.create_task(runner.run(SMALL))
            await until(lambda: engine.asked)
            match end:
                case "cancel":
                    runner.cancel()
                case "task cancelled":
                    running.cancel()
                case _:
                    runner.release()
            with pytest.raises((RunnerError, asyncio.CancelledError)):
                await asyncio.wait_for(running, 1)
            released = asyncio.create_task(runner.released())
            await asyncio.wait([released], timeout=3)
            assert (told.gone, released.done(), fake.gone.is_set()) == ([], False, False)
            with pytest.raises(RunnerError):
                await runner.run(SMALL)
            engine.done.set()
            await asyncio.wait_for(fake.gone.wait(), 1)
            await released
            assert len(told.gone) == 1

    run(scenario())


def test_a_job_cancelled_between_its_stages_leaves_the_engine_no_change_for_the_next_lease(tmp_path: Path) -> None:
    async def scenario() -> None:
        told, engine = Told(), SlowEngine()
        hello = SIZED | {"language": "go", "compiles": True}
        as_found = {"compile_memory_bytes": (1 << 30) - (24 << 20), "compile_processes": 64 - 19}
        limits = Limits(memory_bytes=64 << 20, processes=8, **as_found)
        async with agent(tmp_path, hello) as fake:
            runner = await AgentLessor(Users(USER), engine).lease(at(tmp_path), told.watcher)
            running = asyncio.create_task(runner.run(replace(JOB, limits=limits)))
            header, _ = await fake.heard.get()
            assert header["hold"]
            fake.say({"type": "compiled", "job": "j1"})
            await until(lambda: engine.asked)
            runner.cancel()
            assert (await fake.heard.get())[0]["type"] == "cancel"
            fake.result("j1", outcome="cancelled", stage="compile")
            assert (await running).outcome == "cancelled"
            runner.release()
            await asyncio.sleep(3)
            assert (told.gone, fake.gone.is_set()) == ([], False)
            engine.done.set()
            await asyncio.wait_for(fake.gone.wait(), 1)
            assert fake.heard.empty()

    run(scenario())


class BrokenEngine:
    """An engine that refuses."""

    async def resize(self, container_id: str, size: Size) -> None:
        raise RunnerError(f"{container_id} cannot be given {size}")


def test_a_container_that_cannot_be_changed_is_told_of_once(tmp_path: Path) -> None:
    """By the call, and not again by the event loop, in the log, when nobody has looked at what else failed."""

    async def scenario() -> None:
        told, complaints = Told(), list[Any]()
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with agent(tmp_path, SIZED):
            runner = await AgentLessor(Users(USER), BrokenEngine()).lease(at(tmp_path), told.watcher)
            with pytest.raises(RunnerError, match="cannot be given"):
                await runner.run(SMALL)
            gc.collect()
        assert len(told.gone) == 1
        assert complaints == []

    run(scenario())
