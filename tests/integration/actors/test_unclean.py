"""A runner that its agent cannot prove clean takes no work until it has been started anew."""

import asyncio
import json
from typing import Any

import pytest

from streams.jobid import JobId
from tests.integration.actors.containers import RunnerHost
from tests.integration.actors.portal import Portal
from tests.integration.agent.containers import docker

pytestmark = pytest.mark.docker

WHERE = "import os; print(sorted(os.listdir('/job')), sorted(os.listdir('/tmp')))"
CLEAN = "['main.py'] []\n"
UNTIL_TOLD = "import os, time\nwhile not os.path.exists('/job/kept'): time.sleep(0.01)\nprint('seen')"
AT_ONCE = 4
DEADLINE = 20.0


def soil(name: str) -> None:
    """Leave what no job could: the directory is root's, and the agent cleans as the job's user."""
    docker("exec", name, "sh", "-c", "mkdir -m 700 /job/kept && : > /job/kept/x && chmod 755 /job/kept")


def state_of(name: str) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(docker("inspect", name))[0]
    return described


async def until_ended(name: str) -> int:
    """Its exit status, once it has ended: `docker wait` is the signal."""
    async with asyncio.timeout(DEADLINE):
        return int(await asyncio.to_thread(docker, "wait", name))


async def soiled(at: Portal) -> str:
    """Have a runner soiled while it runs a job, which is answered as ever; the runner's name."""
    job = await at.submit(UNTIL_TOLD)
    state = await at.running(job)
    assert state.started is not None
    await asyncio.to_thread(soil, state.started.runner)
    ending = await at.finished(job)
    assert (ending.status, ending.result.stdout) == ("succeeded", "seen\n")
    return state.started.runner


async def runners_of(at: Portal, jobs: list[JobId]) -> set[str]:
    endings = await asyncio.gather(*(at.finished(job) for job in jobs))
    assert {ending.result.stdout for ending in endings} == {CLEAN}
    return {ending.runner for ending in endings}


async def test_an_unclean_runner_takes_no_work_until_it_is_started_anew(at: Portal, host: RunnerHost) -> None:
    names = {host.start("--restart=no"), host.start("--restart=no")}
    executor = await at.start_executor()
    await at.ready(2)
    unclean = await soiled(at)
    assert await until_ended(unclean) == 1
    jobs = [await at.submit(WHERE) for _ in range(4 * AT_ONCE)]
    assert await runners_of(at, jobs) == names - {unclean}
    assert "unclean after job" in docker("logs", unclean)
    assert "not clean after a job: not empty: /job" in executor.log.read_text()
    docker("start", unclean)
    await at.ready(2)
    jobs = [await at.submit(f"import time; time.sleep(0.3); {WHERE}") for _ in range(AT_ONCE)]
    assert await runners_of(at, jobs) == names


async def test_an_unclean_runner_is_restarted_and_then_takes_the_work_that_waited(at: Portal, host: RunnerHost) -> None:
    """By the restart policy of its profile; it is the only one."""
    name = host.start("--restart=always")
    await at.start_executor()
    await at.ready(1)
    first_life = state_of(name)["State"]["StartedAt"]
    assert await soiled(at) == name
    waiting = [await at.submit(WHERE) for _ in range(AT_ONCE)]
    assert await runners_of(at, waiting) == {name}
    now = state_of(name)
    assert (now["RestartCount"], now["State"]["StartedAt"] > first_life) == (1, True)
