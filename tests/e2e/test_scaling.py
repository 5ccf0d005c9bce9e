"""Runners and executors come and go while work runs, and nothing is lost."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docker.models.containers import Container

from deploy.stack.settings import ROOT
from tests.e2e.load import Load, steady_load
from tests.e2e.portal import Job, Portal
from tests.e2e.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(300)]

SOON = 2.0  # seconds: what the service promises for a new runner


def ran_on(name: str, jobs: list[Job]) -> list[Job]:
    return [job for job in jobs if job["stdout"].split()[-1:] == [name]]


def started_at(container: Container) -> float:
    container.reload()
    text: str = container.attrs["State"]["StartedAt"]
    return datetime.fromisoformat(text).timestamp()


def test_runner_started_by_hand_gets_work_within_two_seconds(portal: Portal, stack: Stack) -> None:
    """No configuration, no restart: a label is enough."""
    with steady_load(portal) as load, stack.extra_runner("byhand") as container:
        load.wait_for(lambda jobs: bool(ran_on("byhand", jobs)))
        first = min(datetime.fromisoformat(job["started_at"]).timestamp() for job in ran_on("byhand", load.jobs))
        assert first - started_at(container) < SOON
        container.stop(timeout=60)


@pytest.mark.parametrize("how", ["stop", "kill", "remove"])
def test_runner_lost_under_load_loses_no_job(portal: Portal, stack: Stack, how: str) -> None:
    """Whether it may end its job or not: every accepted job has its one right answer."""
    with steady_load(portal) as load, stack.extra_runner("leaving") as container:
        load.wait_for(lambda jobs: len(ran_on("leaving", jobs)) >= 3)
        _end(container, how)
        load.wait_for_more(20)
    again = [job for job in load.jobs if job["attempts"] > 1]
    assert len(again) <= 1, f"one runner ran one job when it went, but these started again: {again}"


def _end(container: Container, how: str) -> None:
    if how == "stop":
        container.stop(timeout=60)
    elif how == "kill":
        container.kill()
    else:
        container.remove(force=True)


def test_scaling_under_load_drops_no_job(portal: Portal, stack: Stack) -> None:
    """Up to four runners and back, with the one command."""
    before = stack.record.runners["python"]
    with steady_load(portal) as load:
        load.wait_for_more(10)
        try:
            stack.scale("python", 4)
            assert spread_after(load, 4) >= 4
        finally:
            stack.scale("python", before)
        load.wait_for_more(20)
    assert spread_of(load.jobs[-10:]) <= before


def spread_after(load: Load, runners: int) -> int:
    """On how many runners the jobs from now on run, once that is at least `runners`."""
    start = len(load.jobs)
    load.wait_for(lambda jobs: spread_of(jobs[start:]) >= runners)
    return spread_of(load.jobs[start:])


def spread_of(jobs: list[Job]) -> int:
    return len({job["stdout"].split()[-1] for job in jobs})


def test_container_without_agent_runs_jobs(portal: Portal, stack: Stack) -> None:
    """By `docker exec`, one process per job, with the same answers."""
    with steady_load(portal) as load, stack.extra_runner("agentless", agent=False):
        load.wait_for(lambda jobs: len(ran_on("agentless", jobs)) >= 5)


@contextmanager
def host_executor(stack: Stack, directory: Path) -> Iterator[Path]:
    """An executor started on the host, as the README says; yields its log."""
    log = directory / "executor.log"
    environment = {
        **os.environ,
        "REDIS_ADDR": stack.redis_address(),
        "REDIS_PASSWORD": stack.redis_password,
        "SANDBOX_JOB_DIR": str(stack.record.settings.job_dir),
        "SANDBOX_POOL": stack.project,
        "PYTHONPATH": str(ROOT),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "actors", "executor", "python"],
            env=environment,
            stdout=output,
            stderr=output,
        )
        try:
            yield log
        finally:
            process.terminate()
            assert process.wait(60) == 0, log.read_text()


def test_executor_on_the_host_is_one_consumer_more(portal: Portal, stack: Stack, tmp_path: Path) -> None:
    """With the stack's own executors of the language stopped, it does all the work, and stops cleanly."""
    labels = [f"com.docker.compose.project={stack.project}", "com.docker.compose.service=executor-python"]
    own: list[Container] = stack.engine.containers.list(filters={"label": labels})
    assert own
    with host_executor(stack, tmp_path), steady_load(portal) as load:
        load.wait_for_more(5)
        try:
            for container in own:
                container.stop(timeout=60)
            stopped = datetime.now(UTC).isoformat()
            load.wait_for(lambda jobs: sum(_utc(job["started_at"]) > stopped for job in jobs) >= 20)
        finally:
            for container in own:
                container.start()
    wait_until_ready(portal)


def _utc(timestamp: str) -> str:
    return datetime.fromisoformat(timestamp).isoformat()


def wait_until_ready(portal: Portal) -> None:
    """For the tests that follow."""
    deadline = time.monotonic() + 60
    while portal.http.get("/health/ready").status_code != 200:
        assert time.monotonic() < deadline, portal.http.get("/health/ready").text
        assert portal.execute("python", "pass")["status"] == "succeeded"
