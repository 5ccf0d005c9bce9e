"""A runner without an agent, over a command line that does nothing: which limits it says it cannot keep."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from actors.languages import language
from actors.limits import DefaultLimits, resolve
from actors.runners.exec_runner import ExecRunner, ExecTools
from actors.runners.lease import Watcher
from actors.runners.port import Job, RunnerError
from actors.runners.users import Users
from actors.settings import executor_settings
from streams.env import Env
from streams.facts import Limits
from tests.unit.actors.runners.inspected import container

UNKEPT = {"cpu_ms": 700, "file_size_bytes": 4096, "open_files": 32}
"""What only an agent can keep, with a value of each."""


class Held:
    """A lease that nobody contests."""

    async def acquire(self, container: str, token: str, ttl: timedelta) -> bool:
        _ = container, token, ttl
        return True

    async def renew(self, container: str, token: str, ttl: timedelta) -> bool:
        _ = container, token, ttl
        return True

    async def release(self, container: str, token: str) -> None:
        pass


@asynccontextmanager
async def runner(name: str) -> AsyncIterator[ExecRunner]:
    """`true` stands for the engine's command line: every command in the container succeeds and says nothing."""
    known = language(name)
    assert known is not None
    tools = ExecTools("true", Users((65534, 65534)), known, Held())
    made = ExecRunner(container(), "token", tools, Watcher(ready=lambda: None, gone=lambda _reason: None))
    try:
        yield made
    finally:
        made.release()
        await made.released()


def defaults(name: str, **environment: str) -> DefaultLimits:
    return executor_settings(Env(environment), name, (1000, 1000)).limits


def job(limits: Limits) -> Job:
    return Job(address="j", attempt=1, source=b"", stdin=b"", limits=limits)


@pytest.mark.parametrize("asked", UNKEPT)
@pytest.mark.parametrize("name", ["python", "go"])
async def test_a_limit_on_the_run_that_cannot_be_kept_is_refused(name: str, asked: str) -> None:
    limits = resolve(Limits(**{asked: UNKEPT[asked]}), defaults(name))
    async with runner(name) as without_agent:
        with pytest.raises(RunnerError, match=rf"cannot keep the limits {asked}$"):
            await without_agent.run(job(limits))


@pytest.mark.parametrize("asked", UNKEPT)
async def test_a_limit_on_the_compiler_that_cannot_be_kept_is_refused(asked: str) -> None:
    limits = resolve(Limits(**{f"compile_{asked}": UNKEPT[asked]}), defaults("go"))
    async with runner("go") as without_agent:
        with pytest.raises(RunnerError, match=rf"cannot keep the limits compile_{asked}$"):
            await without_agent.run(job(limits))


@pytest.mark.parametrize(
    ("setting", "named"), [("cpu:4s", "cpu_ms"), ("file_size:1MiB", "file_size_bytes"), ("open_files:64", "open_files")]
)
async def test_an_operators_limit_on_the_compiler_is_refused_and_not_ignored(setting: str, named: str) -> None:
    limits = resolve(Limits(), defaults("go", COMPILE_LIMITS=f"go={setting}"))
    async with runner("go") as without_agent:
        with pytest.raises(RunnerError, match=rf"cannot keep the limits compile_{named}$"):
            await without_agent.run(job(limits))


async def test_all_that_cannot_be_kept_is_named() -> None:
    limits = resolve(Limits(cpu_ms=700, compile_open_files=32), defaults("go"))
    async with runner("go") as without_agent:
        with pytest.raises(RunnerError, match=r"cannot keep the limits cpu_ms, compile_open_files$"):
            await without_agent.run(job(limits))


@pytest.mark.parametrize("name", ["python", "javascript", "go"])
async def test_the_services_own_defaults_refuse_no_job(name: str) -> None:
    """The default CPU time of a compiler is one; only the wall clock keeps it here."""
    async with runner(name) as without_agent:
        report = await without_agent.run(job(resolve(Limits(), defaults(name))))
    assert (report.outcome, report.exit_code) == ("exited", 0)


async def test_where_nothing_is_compiled_no_limit_on_it_is_missed() -> None:
    async with runner("python") as without_agent:
        report = await without_agent.run(job(resolve(Limits(compile_cpu_ms=5), defaults("python"))))
    assert report.outcome == "exited"
