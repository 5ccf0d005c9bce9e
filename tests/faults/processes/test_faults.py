"""Every fault against real processes, Redis and containers, then the account of all jobs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.processes.account import Account
from tests.faults.processes.runs import run
from tests.faults.processes.strikes import FAULTS, Fault
from tests.integration.actors.containers import RunnerHost, runner_host

pytestmark = [pytest.mark.docker, pytest.mark.redis, pytest.mark.timeout(900)]
JOBS = 2000 if os.environ.get("CODEPORTAL_LONG") == "1" else 100
SEED = int(os.environ.get("FAULT_SEED", "1"))
RUNNERS = 3


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerHost]:
    """Runners that all faults share: those that strike one start it again."""
    with runner_host(tmp_path_factory.mktemp("jobs")) as host:
        yield host


@pytest.fixture(scope="module")
def runners(host: RunnerHost) -> list[str]:
    return [host.start() for _ in range(RUNNERS)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_what_was_accepted_ends_once_and_as_it_should(
    fault: Fault, host: RunnerHost, runners: list[str], tmp_path: Path
) -> None:
    """Accepted = finished, one verdict each, the right output, nothing left behind, hashes equal to their facts."""
    account = await run(fault, SEED, JOBS, tmp_path, host, runners)
    print(f"\n{Account.HEAD}\n{account}")  # noqa: T201 -- `pytest -s` shows how many strikes hit a job in mid-flight
    assert account.complaints == ()
