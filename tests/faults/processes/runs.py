"""One run: a system under load and a fault, then the account."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.faults.processes.account import Account, Facts, audit, facts_in, mid_flight, second_attempts
from tests.faults.processes.blow import Blow
from tests.faults.processes.engine import Engine, own_engine
from tests.faults.processes.faults import Fault
from tests.faults.processes.load import Load
from tests.faults.processes.system import System, system
from tests.integration.actors.containers import RunnerHost, runner_host

RUNNERS = 6
BUSY_WITHIN = 10.0


@dataclass(frozen=True)
class Bed:
    """Where a run takes place: runners, and their engine if it is not the machine's."""

    host: RunnerHost
    runners: list[str]
    engine: Engine | None = None


async def run(fault: Fault, seed: int, jobs: int, directory: Path, bed: Bed) -> Account:
    """The account of `jobs` jobs under `fault`."""
    began = time.monotonic()
    with (
        _disk(directory / "redis", fault.disk_mib) as disk,
        system(directory, disk, bed.host, bed.runners, fault) as at,
    ):
        try:
            return await _run(fault, seed, jobs, at, bed.engine, began)
        except Exception as error:
            error.add_note(at.logs())
            raise


async def _run(fault: Fault, seed: int, jobs: int, at: System, engine: Engine | None, began: float) -> Account:
    load = Load(at.url, seed, fault.sized)
    blow = Blow(at, load, Random(f"{fault.name} {seed}"), engine=engine)
    async with asyncio.TaskGroup() as tasks:
        striking = tasks.create_task(_strike(fault, blow, max(fault.rounds, fault.rounds * jobs // 400)))
        tasks.create_task(load.submit(jobs, until=striking.done))
    outcomes = await load.outcomes()
    lost, complaints = audit(at, load, outcomes, blow.losses)
    facts = facts_in(at)
    hits = sum(any(mid_flight(strike, known) for known in _known(facts, blow)) for strike in blow.strikes)
    if not hits:
        complaints.append("no strike hit a job in mid-flight")
    if fault.loses == "something" and not lost:
        complaints.append("nothing was lost, though this fault cannot but lose something")
    seconds = time.monotonic() - began
    return Account(
        fault.name,
        len(load.accepted),
        len(blow.strikes),
        hits,
        second_attempts(facts),
        lost,
        sum(loss.verdicts for loss in blow.losses),
        seconds,
        tuple(complaints),
    )


def _known(facts: Facts, blow: Blow) -> list[Facts]:
    """All facts that ever were, in parts: those of a strike that lost some, and those that are there now."""
    return [facts, *(loss.facts for loss in blow.losses)]


async def _strike(fault: Fault, blow: Blow, rounds: int) -> None:
    for _ in range(rounds):
        await asyncio.sleep(blow.chance.uniform(0.4, 1.2))
        await _until_busy(blow)
        await fault.action(blow)


async def _until_busy(blow: Blow) -> None:
    """Until a job runs: a strike that hits nothing shows nothing."""
    deadline = time.monotonic() + BUSY_WITHIN
    while not blow.running() and time.monotonic() < deadline:  # noqa: ASYNC110 -- Redis tells what is so when asked
        await asyncio.sleep(0.005)


@contextmanager
def bed(jobs: Path, with_engine: bool = False) -> Iterator[Bed]:
    """Runners that several runs share: those that strike one start it again."""
    with ExitStack() as stack:
        engine = stack.enter_context(own_engine()) if with_engine else None
        host = stack.enter_context(runner_host(jobs))
        yield Bed(host, [host.start("--restart=always") for _ in range(RUNNERS)], engine)


@contextmanager
def _disk(directory: Path, mebibytes: int) -> Iterator[Path]:
    """A directory on a disk of that size; 0: on the ordinary one."""
    directory.mkdir()
    if not mebibytes:
        yield directory
        return
    options = ["-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(directory)]
    subprocess.run(["mount", *options], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", str(directory)], check=True)
