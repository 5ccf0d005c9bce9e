"""Lanes: which queue of a language a submission waits in, and in what order executors take them."""

import hashlib
from functools import cache

from streams.facts import Lane, LaneClass


@cache
def all_lanes(count: int) -> tuple[Lane, ...]:
    """All lanes, `count` of each class, interactive ones first."""
    return tuple(Lane(kind, number) for kind in ("interactive", "batch") for number in range(count))


def lane_for(owner: str, kind: LaneClass, count: int) -> Lane:
    """The lane of `owner`'s submissions (an account, or an address): fair between owners, the same in every process."""
    digest = hashlib.blake2b(owner.encode(), digest_size=8).digest()
    return Lane(kind, int.from_bytes(digest, "big") % count)


def claim_order(count: int, turn: int) -> tuple[Lane, ...]:
    """The order in which the claim of turn `turn` goes through the lanes: each starts one further, batch comes last."""
    lanes = all_lanes(count)
    order = rotated(range(count), turn)
    return tuple(lanes[number] for number in order) + tuple(lanes[count + number] for number in order)


def rotated(numbers: range, turn: int) -> tuple[int, ...]:
    """`numbers`, starting one further with each turn."""
    start = turn % len(numbers)
    return (*numbers[start:], *numbers[:start])
