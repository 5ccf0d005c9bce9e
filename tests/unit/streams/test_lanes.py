"""In what order lanes are claimed."""

from collections import Counter
from itertools import pairwise

import pytest

from streams.facts import Lane
from streams.lanes import BATCH_EVERY, Turns, all_lanes

COUNTS = pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 16])


def served(turns: Turns, busy: set[Lane], claims: int) -> list[Lane]:
    """Which lanes are served by so many claims of one job each, when jobs without end wait in those that are `busy`."""
    found = []
    for _ in range(claims):
        (lane, *_) = [lane for lane in turns.order(0) if lane in busy]
        turns.served(0, [lane])
        found.append(lane)
    return found


@COUNTS
def test_every_claim_looks_at_every_lane_once(count: int) -> None:
    turns = Turns(1, count)
    for number in range(100):
        assert sorted(turns.order(0)) == sorted(all_lanes(count))
        turns.served(0, [turns.order(0)[number % count]])


@COUNTS
def test_interactive_lanes_come_first_but_for_one_claim_in_so_many(count: int) -> None:
    kinds = [lane.kind for lane in served(Turns(1, count), set(all_lanes(count)), 10 * BATCH_EVERY)]
    assert kinds == (["interactive"] * (BATCH_EVERY - 1) + ["batch"]) * 10


@COUNTS
@pytest.mark.parametrize("kind", ["interactive", "batch"])
def test_busy_lanes_share_equally_whatever_lies_between_them(count: int, kind: str) -> None:
    """Two neighbours, two far apart, all but one: no lane has its own turn and those of empty lanes before it."""
    own = [lane for lane in all_lanes(count) if lane.kind == kind]
    for busy in ({own[0], own[-1]}, {own[0], own[count // 2]}, set(own[1:]) or set(own), set(own)):
        claims = Counter(served(Turns(1, count), busy, 20 * len(busy)))
        assert claims == dict.fromkeys(busy, 20)


@COUNTS
def test_partitions_take_turns(count: int) -> None:
    turns = Turns(count, 2)
    order = []
    for _ in range(3 * count):
        partition = turns.partitions()[0]
        turns.served(partition, [Lane("batch", 0)])
        order.append(partition)
    assert all((first + 1) % count == second for first, second in pairwise(order))
