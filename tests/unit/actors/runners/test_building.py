"""What an executor tells an agent of builds that it has or wants, and what it believes of what comes."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from actors.agent.frames import MAX_FRAME, Header
from actors.builds import Builds
from actors.runners.agent_client import AgentLessor, AgentRunner
from actors.runners.building import NOTHING, Building
from actors.runners.container import Container, from_inspect
from actors.runners.lease import Greeting
from actors.runners.port import Job, RunnerError
from actors.runners.sizing import OWN, Size, own_size
from actors.runners.users import Users
from streams.facts import Limits
from tests.unit.actors.runners.fake_agent import HELLO, FakeAgent, Told, agent
from tests.unit.actors.runners.inspected import inspected
from tests.unit.actors.virtual_time import run, until

MIB = 1 << 20
LIMITS = Limits(wall_ms=3000, compile_wall_ms=10_000, output_bytes=65536, memory_bytes=512 * MIB, processes=256)
JOB = Job(address="j1", attempt=1, source=b"package main", stdin=b"", limits=LIMITS, account="anna")
ANONYMOUS = replace(JOB, account=None)
GO = HELLO | {"language": "go", "versions": {"go": "1.25.5"}, "compiles": True, "caches": True}
GREETING = Greeting("go", {"go": "1.25.5"}, compiles=True, caches=True)


def at(directory: Path, image: str = "sha256:1") -> Container:
    found = inspected() | {"Image": image}
    found["Mounts"][0]["Source"] = str(directory)
    return from_inspect(found)


def building(builds: Builds, greeting: Greeting = GREETING, image: str = "sha256:1") -> Building:
    return Building(builds, at(Path("/srv"), image), greeting)


async def served(fake: FakeAgent, runner: AgentRunner, job: Job, built: bytes | None, **result: Any) -> Header:
    """One job; what it was told to the agent, which hands `built` on after the result."""
    running = asyncio.create_task(runner.run(job))
    header, _ = await fake.heard.get()
    fake.result(job.address, **result)
    if built is not None:
        fake.say({"type": "built", "job": job.address}, built)
    fake.say({"type": "ready"})
    await running
    return header


def test_what_a_job_left_is_what_the_next_is_given(tmp_path: Path) -> None:
    async def scenario() -> None:
        told = Told()
        async with agent(tmp_path, GO) as fake:
            runner = await AgentLessor(Users((1, 1)), builds=Builds(64 * MIB)).lease(at(tmp_path), told.watcher)
            header = await served(fake, runner, JOB, b"ELF")
            assert header["keep"] == 16 * MIB - 1024
            assert header["parts"] == [["source", 12], ["stdin", 0]]
            await until(lambda: told.ready == 1)
            running = asyncio.create_task(runner.run(JOB))
            header, body = await fake.heard.get()
            assert (header["parts"], body) == ([["source", 12], ["stdin", 0], ["built", 3]], b"package mainELF")
            assert "keep" not in header
            compiled = {"exit_code": 0, "duration_ms": 0.0, "cpu_ms": 0.0, "memory_peak_bytes": 0, "cached": True}
            fake.result("j1", compile=compiled)
            report = await running
            assert report.compile is not None
            assert (report.compile.cached, report.compile.exit_code) == (True, 0)

    run(scenario())


@pytest.mark.parametrize(
    ("hello", "job", "capacity"),
    [
        (GO, ANONYMOUS, 64 * MIB),
        (GO, JOB, 0),
        (GO | {"caches": False}, JOB, 64 * MIB),
        (HELLO, JOB, 64 * MIB),
    ],
)
def test_nothing_is_said_of_builds(tmp_path: Path, hello: Header, job: Job, capacity: int) -> None:
    """To an agent that does not know of it, for a job of nobody's, and where there is no room."""

    async def scenario() -> None:
        async with agent(tmp_path, hello) as fake:
            runner = await AgentLessor(Users((1, 1)), builds=Builds(capacity)).lease(at(tmp_path), Told().watcher)
            header = await served(fake, runner, job, None)
            assert "keep" not in header
            assert [name for name, _ in header["parts"]] == ["source", "stdin"]

    run(scenario())


@pytest.mark.parametrize("other", [{"account": "ben"}, {"account": None}, {"source": b"package other"}])
def test_nobody_elses_build_is_used(other: dict[str, Any]) -> None:
    builds = Builds(64 * MIB)
    first = building(builds)
    first.order(JOB)
    assert first.left(b"ELF")
    assert building(builds).order(JOB).built == b"ELF"
    assert building(builds).order(replace(JOB, **other)).built is None


def test_another_image_or_another_tool_chain_builds_anew() -> None:
    builds = Builds(64 * MIB)
    first = building(builds)
    first.order(JOB)
    first.left(b"ELF")
    assert building(builds, image="sha256:2").order(JOB).built is None
    assert building(builds, replace(GREETING, versions={"go": "1.26.0"})).order(JOB).built is None


def test_what_a_small_job_has_no_memory_for_is_neither_kept_nor_used() -> None:
    """Under the agent's hands it is there several times, in the memory of the job."""
    builds, small = Builds(64 * MIB), replace(JOB, limits=Limits(memory_bytes=16 * MIB))
    first = building(builds)
    assert first.order(small).keep == 4 * MIB
    assert not first.left(b"x" * (4 * MIB + 1))
    first.order(JOB)
    assert first.left(b"x" * (5 * MIB))
    assert building(builds).order(small) == NOTHING
    assert len(building(builds).order(JOB).built or b"") == 5 * MIB


def test_a_build_leaves_room_for_the_job_in_its_frame() -> None:
    large = replace(JOB, source=b"x" * (MAX_FRAME // 2), limits=Limits(memory_bytes=1 << 40))
    assert building(Builds(1 << 40)).order(large).keep == MAX_FRAME // 2 - MIB
    assert building(Builds(1 << 40)).order(replace(large, stdin=b"x" * (MAX_FRAME // 2))) == NOTHING


@pytest.mark.parametrize("job", [ANONYMOUS, JOB])
def test_a_build_that_nobody_asked_for_breaks_the_protocol(tmp_path: Path, job: Job) -> None:
    """One for a job of nobody's, or a second one."""

    async def scenario() -> None:
        told = Told()
        async with agent(tmp_path, GO) as fake:
            runner = await AgentLessor(Users((1, 1)), builds=Builds(64 * MIB)).lease(at(tmp_path), told.watcher)
            running = asyncio.create_task(runner.run(job))
            await fake.heard.get()
            for _ in range(2):
                fake.say({"type": "built", "job": "j1"}, b"ELF")
            with pytest.raises(RunnerError, match="a build of 3 bytes that nobody asked for"):
                await running
            assert len(told.gone) == 1

    run(scenario())


@pytest.mark.parametrize("fails", ["internal error", "agent dies"])
def test_after_an_attempt_that_failed_with_a_kept_build_the_next_compiles(tmp_path: Path, fails: str) -> None:
    async def scenario() -> None:
        builds, told = Builds(64 * MIB), Told()
        first = building(builds)
        first.order(JOB)
        first.left(b"no program")
        async with agent(tmp_path, GO) as fake:
            runner = await AgentLessor(Users((1, 1)), builds=builds).lease(at(tmp_path), told.watcher)
            running = asyncio.create_task(runner.run(JOB))
            header, _ = await fake.heard.get()
            assert header["parts"][-1] == ["built", 10]
            if fails == "internal error":
                fake.result("j1", outcome="internal_error", error="cannot start ./main: Exec format error")
                await running
            else:
                assert fake.transport is not None
                fake.transport.abort()
                with pytest.raises(RunnerError):
                    await running
            assert building(builds).order(JOB).built is None

    run(scenario())


class Sizes:
    """An engine that remembers."""

    def __init__(self) -> None:
        self.asked: list[Size] = []

    async def resize(self, container_id: str, size: Size) -> None:
        del container_id
        self.asked.append(size)


def test_a_container_is_sized_for_the_run_at_once_where_nothing_is_compiled(tmp_path: Path) -> None:
    async def scenario() -> None:
        builds, sizes = Builds(64 * MIB), Sizes()
        job = replace(JOB, limits=structs.replace(LIMITS, compile_memory_bytes=1 << 30, compile_processes=256))
        first = building(builds)
        first.order(job)
        first.left(b"ELF")
        sized = GO | {"cgroup": {"memory_bytes": 1 << 30, "processes": 64}}
        async with agent(tmp_path, sized) as fake:
            runner = await AgentLessor(Users((1, 1)), sizes, builds).lease(at(tmp_path), Told().watcher)
            header = await served(fake, runner, job, None)
            assert "hold" not in header
            own = own_size("go")
            assert sizes.asked == [Size((512 * MIB) + own.memory_bytes, 256 + own.processes)]

    run(scenario())


def test_a_compiled_program_gets_what_it_may_use_and_no_room_of_tools_that_waited(tmp_path: Path) -> None:
    async def scenario() -> None:
        sizes, own = Sizes(), own_size("go")
        job = replace(
            JOB, limits=structs.replace(LIMITS, processes=20, compile_memory_bytes=1 << 30, compile_processes=256)
        )
        sized = GO | {"cgroup": {"memory_bytes": 1 << 30, "processes": 64}}
        async with agent(tmp_path, sized) as fake:
            runner = await AgentLessor(Users((1, 1)), sizes).lease(at(tmp_path), Told().watcher)
            running = asyncio.create_task(runner.run(job))
            assert (await fake.heard.get())[0]["hold"] is True
            fake.say({"type": "compiled", "job": "j1"})
            assert (await fake.heard.get())[0] == {"type": "run", "job": "j1"}
            fake.result("j1")
            await running
            assert sizes.asked == [
                Size((1 << 30) + own.memory_bytes, 256 + own.processes),
                Size(512 * MIB + OWN.memory_bytes, 20 + OWN.processes),
            ]

    run(scenario())
