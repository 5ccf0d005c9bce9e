"""Every fault against real processes, Redis and containers, then the account of all jobs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.processes.account import Account
from tests.faults.processes.faults import ENGINE_FAULTS, FAULTS, Fault
from tests.faults.processes.runs import Bed, bed, run

pytestmark = [pytest.mark.docker, pytest.mark.redis, pytest.mark.timeout(900)]
JOBS = 2000 if os.environ.get("CODEPORTAL_LONG") == "1" else 80
SEED = int(os.environ.get("FAULT_SEED", "1"))


@pytest.fixture(scope="module")
def shared_bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with bed(tmp_path_factory.mktemp("jobs")) as shared:
        yield shared


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_what_was_accepted_ends_once_and_as_it_should(fault: Fault, shared_bed: Bed, tmp_path: Path) -> None:
    """Accepted = finished, one verdict each, the right output, nothing left behind, hashes equal to their facts."""
    await _holds(fault, shared_bed, tmp_path)


async def test_the_engine_may_end(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same while the Docker engine is restarted."""
    with bed(tmp_path_factory.mktemp("jobs"), with_engine=True) as own:
        for number, fault in enumerate(ENGINE_FAULTS):
            place = tmp_path / str(number)
            place.mkdir()
            await _holds(fault, own, place)


async def _holds(fault: Fault, at: Bed, directory: Path) -> None:
    again = f"again: python -m tests.faults --only '{fault.name}' --seed {SEED} --jobs {JOBS}"
    print(again)  # noqa: T201 -- shown when it fails, however it does
    account = await run(fault, SEED, JOBS, directory, at)
    print(f"{Account.HEAD}\n{account}")  # noqa: T201 -- `pytest -s` shows how many strikes hit a job in mid-flight
    assert account.complaints == (), again
