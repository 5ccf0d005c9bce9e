"""`python -m tests.faults`: every fault against real processes, and the table of what became of the jobs."""

import argparse
import asyncio
import sys
import tempfile
import traceback
from pathlib import Path

from tests.faults.processes.account import Account
from tests.faults.processes.faults import ENGINE_FAULTS, FAULTS, Fault
from tests.faults.processes.runs import Bed, bed, run
from tests.faults.processes.table import put_into, table


def main() -> int:
    """Run the faults that the command line names; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000, help="jobs under each fault")
    parser.add_argument("--seed", type=int, default=1, help="programs and moments of the strikes")
    parser.add_argument("--only", default="", help="faults whose names have this in them")
    parser.add_argument("--into", type=Path, help="document whose table to replace, unless a promise was broken")
    chosen = parser.parse_args()
    if chosen.into and chosen.only:
        parser.error("--into wants the whole table, --only makes a part of it")
    accounts: list[Account] = []
    print(Account.HEAD, flush=True)  # noqa: T201
    for faults, with_engine in ((FAULTS, False), (ENGINE_FAULTS, True)):
        wanted = [fault for fault in faults if chosen.only in fault.name]
        if not wanted:
            continue
        with tempfile.TemporaryDirectory() as directory, bed(_made(directory, "jobs"), with_engine) as at:
            for fault in wanted:
                account = _account(fault, chosen, _made(directory, str(len(accounts))), at)
                accounts.append(account)
                print(account, *account.complaints, sep="\n  ", flush=True)  # noqa: T201
    print(_summary(accounts, chosen.seed))  # noqa: T201
    if any(account.complaints for account in accounts):
        return 1
    if chosen.into:
        put_into(chosen.into, table(accounts) + f"\n{_summary(accounts, chosen.seed)}.\n")
    return 0


def _summary(accounts: list[Account], seed: int) -> str:
    broken = sum(bool(account.complaints) for account in accounts)
    jobs, lost = sum(account.jobs for account in accounts), sum(account.lost for account in accounts)
    strikes, hits = sum(account.strikes for account in accounts), sum(account.mid_flight for account in accounts)
    return (
        f"seed {seed}: {jobs} jobs accepted, {strikes} strikes, {hits} of them in mid-flight, {lost} lost,"
        f" {broken} of {len(accounts)} runs broke a promise"
    )


def _account(fault: Fault, chosen: argparse.Namespace, place: Path, at: Bed) -> Account:
    try:
        return asyncio.run(run(fault, chosen.seed, chosen.jobs, place, at))
    except Exception:  # noqa: BLE001 -- the other runs still tell what they know
        traceback.print_exc()
        return Account(fault.name, 0, 0, 0, 0, 0, 0, 0.0, ("it broke off",))


def _made(directory: str, name: str) -> Path:
    place = Path(directory, name)
    place.mkdir()
    return place


if __name__ == "__main__":
    sys.exit(main())
