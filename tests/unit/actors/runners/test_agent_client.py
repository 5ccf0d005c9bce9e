"""The lease over an agent's socket, against an agent that can misbehave."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.agent.frames import MAX_FRAME
from actors.runners.lease import LeasedElsewhereError, RunnerUnusableError
from actors.runners.port import RunnerError
from tests.unit.actors.runners.fake_agent import HELLO, Told, agent
from tests.unit.actors.runners.leasing import JOB, lease
from tests.unit.actors.virtual_time import run, until


def test_a_hello_is_a_lease(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with agent(tmp_path):
            runner = await lease(tmp_path, Told())
            assert runner.name == "py-1"
            assert runner.greeting.language == "python"
            assert (runner.greeting.versions, runner.greeting.aliases) == ({"python": "3.13.5"}, ("py",))

    run(scenario())


def test_an_agent_that_is_prepared_for_others_is_told_who_comes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with agent(tmp_path, HELLO | {"uid": 65534}) as fake:
            await lease(tmp_path, Told())
            header, _ = await fake.heard.get()
            assert header == {"type": "prepare", "uid": 1000, "gid": 1001}

    run(scenario())


def test_an_agent_that_is_prepared_for_its_jobs_is_told_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with agent(tmp_path, HELLO | {"uid": 1000}) as fake:
            runner = await lease(tmp_path, Told())
            running = asyncio.create_task(runner.run(JOB))
            header, _ = await fake.heard.get()
            assert header["type"] == "job"
            fake.result("j1")
            await running

    run(scenario())


def test_a_job_goes_out_whole_and_its_result_comes_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        told = Told()
        async with agent(tmp_path) as fake:
            runner = await lease(tmp_path, told)
            running = asyncio.create_task(runner.run(JOB))
            header, body = await fake.heard.get()
            assert header == {
                "type": "job",
                "job": "j1",
                "attempt": 2,
                "uid": 1000,
                "gid": 1001,
                "limits": {
                    "wall_ms": 3000,
                    "compile_wall_ms": 10_000,
                    "output_bytes": 65536,
                },
                "args": ["-x"],
                "live_after_ms": None,
                "parts": [["source", 8], ["stdin", 3], ["file:data/a.txt", 1]],
            }
            assert body == b"print(1)in\xffA"
            fake.say({"type": "started", "job": "j1", "stage": "run"})
            fake.result("j1", b"1\n", truncated={"stdout": True, "stderr": False})
            report = await running
            assert (report.outcome, report.exit_code, report.stdout) == ("exited", 0, b"1\n")
            assert (report.cpu_ms, report.memory_peak_bytes, report.memory_source) == (1.0, 4096, "rss")
            assert report.truncated == {"stdout"}
            assert told.ready == 0
            fake.say({"type": "ready"})
            await until(lambda: told.ready == 1)

    run(scenario())


class Ear:
    """Implements actors.runners.port.Listener."""

    after = timedelta(milliseconds=50)

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []

    def wrote(self, name: str, content: bytes) -> None:
        self.heard.append((name, content))


def test_output_goes_to_who_listens_until_the_result(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with agent(tmp_path) as fake:
            runner, ear = await lease(tmp_path, Told()), Ear()
            running = asyncio.create_task(runner.run(replace(JOB, listener=ear)))
            header, _ = await fake.heard.get()
            assert header["live_after_ms"] == 50
            for name, content in (("stdout", b"a\xff"), ("stderr", b"b")):
                fake.say({"type": "output", "job": "j1", "stage": "run", "stream": name}, content)
            fake.result("j1", b"a\xff")
            await running
            assert ear.heard == [("stdout", b"a\xff"), ("stderr", b"b")]

    run(scenario())


@pytest.mark.parametrize("wrong", [{"job": "j2"}, {"stream": "stdin"}, {"stream": None}])
def test_output_of_something_else_breaks_the_protocol(tmp_path: Path, wrong: dict[str, Any]) -> None:
    async def scenario() -> None:
        told = Told()
        async with agent(tmp_path) as fake:
            runner = await lease(tmp_path, told)
            running = asyncio.create_task(runner.run(JOB))
            await fake.heard.get()
            fake.say({"type": "output", "job": "j1", "stage": "run", "stream": "stdout", **wrong}, b"x")
            with pytest.raises(RunnerError, match="broke the protocol"):
                await running
            assert len(told.gone) == 1

    run(scenario())


def test_a_compile_stage_comes_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with agent(tmp_path) as fake:
            runner = await lease(tmp_path, Told())
            running = asyncio.create_task(runner.run(JOB))
            await fake.heard.get()
            fake.result(
                "j1",
                b"no",
                outcome="compile_error",
                stage="compile",
                compile={"exit_code": 2, "duration_ms": 9.5, "cpu_ms": 8, "memory_peak_bytes": 5},
                parts=[["compile_stderr", 2]],
            )
            report = await running
            assert report.compile is not None
            assert (report.outcome, report.stage, report.compile.stderr) == ("compile_error", "compile", b"no")
            assert (report.compile.exit_code, report.compile.duration_ms) == (2, 9.5)

    run(scenario())


def test_cancelling_asks_the_agent_and_keeps_the_partial_result(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with agent(tmp_path) as fake:
            runner = await lease(tmp_path, Told())
            running = asyncio.create_task(runner.run(JOB))
            await fake.heard.get()
            runner.cancel()
            assert await fake.heard.get() == ({"type": "cancel", "job": "j1"}, b"")
            fake.result("j1", b"part", outcome="cancelled")
            assert (await running).stdout == b"part"

    run(scenario())


def test_a_run_that_is_cancelled_kills_the_job_and_leaves_the_runner_usable(tmp_path: Path) -> None:
    async def scenario() -> None:
        told = Told()
        async with agent(tmp_path) as fake:
            runner = await lease(tmp_path, told)
            running = asyncio.create_task(runner.run(JOB))
            await fake.heard.get()
            running.cancel()
            await asyncio.wait([running])
            assert (await fake.heard.get())[0]["type"] == "cancel"
            fake.result("j1", outcome="cancelled")
            fake.say({"type": "ready"})
            await until(lambda: told.ready == 1)
            assert told.gone == []

    run(scenario())


def test_an_agent_that_dies_fails_the_job_and_ends_the_lease(tmp_path: Path) -> None:
    async def scenario() -> None:
        told = Told()
        async with agent(tmp_path) as fake:
            runner = await lease(tmp_path, told)
            running = asyncio.create_task(runner.run(JOB))
            await fake.heard.get()
            assert fake.transport is not None
            fake.transport.abort()
            with pytest.raises(RunnerError, match="runner py-1: its agent closed the connection"):
                await running
            assert len(told.gone) == 1
            with pytest.raises(RunnerError):
                await runner.run(JOB)

    run(scenario())


def test_an_agent_that_falls_silent_counts_as_dead(tmp_path: Path) -> None:
    async def scenario() -> None:
        told = Told()
        async with agent(tmp_path) as fake:
            await lease(tmp_path, told)
            await asyncio.sleep(20)
            assert told.gone == []
            assert 19 <= fake.pings <= 21
            fake.deaf = True
            await until(lambda: told.gone == ["its agent has not answered for 5 s"], 7)

    run(scenario())


def test_a_runner_that_is_not_clean_is_given_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        told = Told()
        async with agent(tmp_path) as fake:
            await lease(tmp_path, told)
            fake.say({"type": "unclean", "reason": "processes are left"})
            await until(lambda: told.gone == ["not clean after a job: processes are left"])
            await fake.gone.wait()

    run(scenario())


def test_releasing_closes_the_connection(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with agent(tmp_path) as fake:
            runner = await lease(tmp_path, Told())
            runner.release()
            await runner.released()
            await fake.gone.wait()

    run(scenario())


def test_a_runner_leased_elsewhere_is_told_apart(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with agent(tmp_path, {"type": "refused", "reason": "leased"}):
            with pytest.raises(LeasedElsewhereError):
                await lease(tmp_path, Told())

    run(scenario())


@pytest.mark.parametrize(
    ("hello", "complaint"),
    [
        (None, "said nothing for 2 s"),
        ({"type": "refused", "reason": "protocol error: x"}, "its agent refused: protocol error"),
        (HELLO | {"protocol": 2}, "speaks protocol 2, this executor 1"),
        ({"type": "hello"}, "a hello is malformed"),
        (HELLO | {"versions": 3}, "a hello is malformed"),
    ],
)
def test_an_agent_that_does_not_greet_properly_is_unusable(
    tmp_path: Path, hello: dict[str, Any] | None, complaint: str
) -> None:
    async def scenario() -> None:
        async with agent(tmp_path, hello):
            with pytest.raises(RunnerUnusableError, match=complaint):
                await lease(tmp_path, Told())

    run(scenario())


@pytest.mark.parametrize(
    "broken",
    [
        {"outcome": "won"},
        {"stage": "later"},
        {"parts": [["stdout", 99]]},
        {"parts": None},
        {"duration_ms": "long"},
        {"truncated": []},
    ],
)
def test_a_result_that_makes_no_sense_fails_the_job(tmp_path: Path, broken: dict[str, Any]) -> None:
    async def scenario() -> None:
        told = Told()
        async with agent(tmp_path) as fake:
            runner = await lease(tmp_path, told)
            running = asyncio.create_task(runner.run(JOB))
            await fake.heard.get()
            fake.result("j1", b"", **broken)
            with pytest.raises(RunnerError, match="its agent broke the protocol"):
                await running
            assert len(told.gone) == 1

    run(scenario())


def test_a_result_of_another_job_is_not_taken(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with agent(tmp_path) as fake:
            runner = await lease(tmp_path, Told())
            running = asyncio.create_task(runner.run(JOB))
            await fake.heard.get()
            fake.result("j0", b"not yours")
            with pytest.raises(RunnerError, match="a result of job 'j0' while 'j1' runs"):
                await running

    run(scenario())


# -- the socket


def test_a_job_that_fits_into_no_frame_fails_and_its_runner_is_leased_anew(tmp_path: Path) -> None:
    async def scenario() -> None:
        told = Told()
        async with agent(tmp_path):
            runner = await lease(tmp_path, told)
            with pytest.raises(RunnerError, match="over the limit"):
                await runner.run(replace(JOB, stdin=bytes(MAX_FRAME)))
            assert len(told.gone) == 1

    run(scenario())
