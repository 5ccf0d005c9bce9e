"""`python -m tests.faults.simulation --seeds 5000`, or `--seed 17` to see one again, with the actors' own logs."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.faults.simulation.seeds import Outcome, quietly, run_seed


def main() -> int:
    """Run the seeds that the command line names; 1 if one of them broke a promise."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="this one only, with logs")
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many at once (all processors)")
    chosen = parser.parse_args()
    if chosen.seed is not None:
        outcome = run_seed(chosen.seed)
        print(outcome if outcome.complaints else f"seed {chosen.seed}: every promise held")  # noqa: T201
        return 1 if outcome.complaints else 0
    began = time.monotonic()
    outcomes = [_told(outcome) for outcome in _run(range(chosen.first, chosen.first + chosen.seeds), chosen.processes)]
    print(summary(outcomes, time.monotonic() - began))  # noqa: T201
    return 1 if any(outcome.complaints for outcome in outcomes) else 0


def _run(seeds: range, processes: int) -> Iterator[Outcome]:
    """The outcomes in the order of the seeds: what a seed does depends on nothing else, and on no other process."""
    with ProcessPoolExecutor(processes, initializer=quietly) as pool:
        yield from pool.map(run_seed, seeds, chunksize=20)


def _told(outcome: Outcome) -> Outcome:
    if outcome.complaints:
        print(outcome, flush=True)  # noqa: T201
    return outcome


def summary(outcomes: list[Outcome], seconds: float) -> str:
    """The account of all seeds in one line."""
    failed = sum(bool(outcome.complaints) for outcome in outcomes)
    return (
        f"{len(outcomes)} seeds, {sum(outcome.jobs for outcome in outcomes)} jobs,"
        f" {sum(outcome.strikes for outcome in outcomes)} strikes"
        f" ({sum(outcome.strikes_in_flight for outcome in outcomes)} on executors with jobs in mid-flight),"
        f" {sum(outcome.virtual_seconds for outcome in outcomes) / 3600:.1f} virtual hours in {seconds:.1f} s"
        f" ({60 * len(outcomes) / seconds:.0f} seeds a minute): {failed} broke a promise"
    )


if __name__ == "__main__":
    sys.exit(main())
