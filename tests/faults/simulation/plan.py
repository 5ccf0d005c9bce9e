"""What a seed stands for: how many jobs, which faults, how often. All else follows from it."""

from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal["quick", "long", "outage", "lossy", "storm"]
_KINDS: tuple[Kind, ...] = ("quick", "long", "outage", "lossy", *("storm",) * 5)


@dataclass(frozen=True, slots=True)
class Plan:
    """Probabilities are per call of the log; times are virtual seconds. Faults stop at `faults_end`.

    *quick*: short jobs, no faults but runners that fail. *long*: the same with jobs longer than the claim timeout.
    *outage*: long jobs again, and a log that is away, or hangs, for longer than claims live. *lossy*: calls that are
    late, refused, or done without an answer. *storm*: processes die, stall and restart as well.
    """

    seed: int
    kind: Kind
    jobs: int
    executors: int
    projectors: int
    lanes: int
    partitions: int
    max_attempts: int
    strikes: int
    faults_end: float
    refuse: float
    lose: float
    delay: float
    die: float
    repeat: float
    runner_fails: float
    long_jobs: float
    cancels: float
    retention: float
    archivers: int

    @property
    def calm(self) -> bool:
        """Whether nothing fails but runners."""
        return self.kind in ("quick", "long", "outage")


def plan(seed: int) -> Plan:
    """The plan of `seed`."""
    chance = Random(seed)
    kind = _KINDS[seed % len(_KINDS)]
    calm, storm = kind in ("quick", "long", "outage"), kind == "storm"
    worst = 0.0 if calm else chance.choice((0.02, 0.05, 0.15))
    return Plan(
        seed=seed,
        kind=kind,
        jobs=chance.randint(3, 8),
        executors=chance.randint(1, 3),
        projectors=chance.randint(1, 2),
        lanes=chance.randint(1, 2),
        partitions=chance.randint(1, 2),
        max_attempts=chance.randint(2, 3),
        strikes=chance.randint(2, 8) if storm else 1 if kind == "outage" else 0,
        faults_end=30.0 if not calm or kind == "outage" else 0.0,
        refuse=chance.uniform(0, worst),
        lose=chance.uniform(0, worst),
        delay=0.0 if calm else chance.uniform(0, 0.3),
        die=chance.uniform(0, worst / 3) if storm else 0.0,
        repeat=chance.uniform(0, worst),
        # What cannot be handed back during an outage is taken over when overdue, as it should; not what is tried here.
        runner_fails=0.0 if kind == "outage" else chance.choice((0.0, 0.1, 0.5)),
        long_jobs=0.0 if kind == "quick" else 0.5 if kind in ("long", "outage") else 0.15,
        cancels=chance.choice((0.0, 0.2, 0.5)),
        retention=chance.choice((5.0, 40.0)),
        archivers=chance.choice((0, 1, 2)),
    )


def chance_of(plan: Plan, *about: object) -> Random:
    """A source of chance for one purpose, so that what one part draws changes nothing for the others."""
    return Random(f"{plan.seed} {about}")
