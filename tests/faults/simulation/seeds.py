"""Runs seeds, and says how to run one again."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from tests.faults.simulation.loop import DeadlockError, run
from tests.faults.simulation.plan import plan
from tests.faults.simulation.promises import broken
from tests.faults.simulation.world import World


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a seed; `complaints` are the promises that it broke."""

    seed: int
    complaints: tuple[str, ...]
    jobs: int = 0
    strikes: int = 0
    strikes_in_flight: int = 0
    virtual_seconds: float = 0.0
    history: int = 0

    def __str__(self) -> str:
        again = f"run it again with: python -m tests.faults.simulation --seed {self.seed}"
        return "\n".join([f"seed {self.seed}:", *(f"  {complaint}" for complaint in self.complaints), f"  {again}"])


def quietly() -> None:
    """Actors' logs would be most of the work."""
    structlog.configure(
        processors=[],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.ReturnLoggerFactory(),
    )


def run_seed(seed: int) -> Outcome:
    """The outcome of one seed, always the same."""
    try:
        return run(_run_seed(seed))
    except DeadlockError as error:
        return Outcome(seed, (str(error),))


async def _run_seed(seed: int) -> Outcome:
    world = World(plan(seed))
    unsettled = await world.live()
    complaints = tuple([f"not in time: {unsettled}"] if unsettled is not None else broken(world))
    events = world.log.events.items()
    history = hash(tuple((job, tuple((at, type(fact).__name__) for at, fact in facts)) for job, facts in events))
    seconds = asyncio.get_running_loop().time()
    submitted = len(world.log.submissions)
    return Outcome(seed, complaints, submitted, world.strikes, world.strikes_in_flight, seconds, history)


def run_seeds(seeds: Iterable[int]) -> list[Outcome]:
    """The outcomes of `seeds`."""
    return [run_seed(seed) for seed in seeds]
