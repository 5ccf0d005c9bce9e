"""Lanes: which queue of a language a submission waits in, and in what order executors take them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from streams.facts import Lane, LaneClass

BATCH_EVERY = 8
"""Of so many claims one takes batch lanes first: interactive jobs without end do not keep batch out for ever."""


@cache
def all_lanes(count: int) -> tuple[Lane, ...]:
    """All lanes, `count` of each class, interactive ones first."""
    return tuple(Lane(kind, number) for kind in ("interactive", "batch") for number in range(count))


@lru_cache(maxsize=1024)
def lane_for(owner: str, kind: LaneClass, count: int) -> Lane:
    """The lane of `owner`'s submissions (an account, or an address): fair between owners, the same in every process."""
    return Lane(kind, _spread(owner) % count)


def partition_for(owner: str, count: int) -> int:
    """The partition of what is counted for `owner`, and so of their submissions; independent of the lane."""
    return (_spread(owner) >> 32) % count


def _spread(owner: str) -> int:
    return int.from_bytes(hashlib.blake2b(owner.encode(), digest_size=8).digest(), "big")


class Turns:
    """Whose turn it is among partitions and lanes, for one executor: each begins behind what was served last.

    So lanes in which something waits are served equally often, however many empty ones lie between them.
    """

    def __init__(self, partitions: int, lanes: int) -> None:
        self._lanes = lanes
        self._partition = 0
        self._partitions = [_Partition() for _ in range(partitions)]

    def partitions(self) -> tuple[int, ...]:
        """The partitions, in the order in which to claim."""
        return rotated(range(len(self._partitions)), self._partition)

    def order(self, partition: int) -> tuple[Lane, ...]:
        """The lanes of a partition, in the order in which to claim: interactive first, in one of BATCH_EVERY last."""
        state, lanes = self._partitions[partition], range(self._lanes)
        both = all_lanes(self._lanes)
        interactive = tuple(both[number] for number in rotated(lanes, state.interactive))
        batch = tuple(both[self._lanes + number] for number in rotated(lanes, state.batch))
        return batch + interactive if state.served % BATCH_EVERY == BATCH_EVERY - 1 else interactive + batch

    def served(self, partition: int, lanes: Iterable[Lane]) -> None:
        """Something was claimed from these `lanes`, in this order."""
        state = self._partitions[partition]
        for lane in lanes:
            if lane.kind == "batch":
                state.batch = lane.number + 1
            else:
                state.interactive = lane.number + 1
        state.served += 1
        self._partition = partition + 1


@dataclass
class _Partition:
    """The lanes of each class to begin with, and how many claims brought something."""

    interactive: int = 0
    batch: int = 0
    served: int = 0


def rotated(numbers: range, turn: int) -> tuple[int, ...]:
    """`numbers`, starting `turn` further."""
    start = turn % len(numbers)
    return (*numbers[start:], *numbers[:start])
