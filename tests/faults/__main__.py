"""`python -m tests.faults`: every fault against real processes, and the table of what became of the jobs."""

import argparse
import asyncio
import sys
import tempfile
import traceback
from pathlib import Path

from tests.faults.processes.account import Account
from tests.faults.processes.runs import run
from tests.faults.processes.strikes import FAULTS
from tests.integration.actors.containers import runner_host

RUNNERS = 3


def main() -> int:
    """Run the faults that the command line names; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000, help="jobs under each fault")
    parser.add_argument("--seed", type=int, default=1, help="programs and moments of the strikes")
    parser.add_argument("--only", default="", help="faults whose names have this in them")
    chosen = parser.parse_args()
    accounts: list[Account] = []
    print(Account.HEAD)  # noqa: T201
    with tempfile.TemporaryDirectory() as directory, runner_host(Path(directory, "jobs")) as host:
        host.job_dir.mkdir()
        runners = [host.start() for _ in range(RUNNERS)]
        for number, fault in enumerate(fault for fault in FAULTS if chosen.only in fault.name):
            place = Path(directory, str(number))
            place.mkdir()
            try:
                accounts.append(asyncio.run(run(fault, chosen.seed, chosen.jobs, place, host, runners)))
            except Exception:  # noqa: BLE001 -- the other runs still tell what they know
                traceback.print_exc()
                accounts.append(Account(fault.name, 0, 0, 0, 0, 0, 0.0, ("it broke off",)))
            print(accounts[-1], *accounts[-1].complaints, sep="\n  ", flush=True)  # noqa: T201
    broken = sum(bool(account.complaints) for account in accounts)
    jobs, lost = sum(account.jobs for account in accounts), sum(account.lost for account in accounts)
    print(f"{jobs} jobs accepted, {lost} lost, {broken} of {len(accounts)} runs broke a promise")  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
