"""A container as the pool knows it: whether it may be used, is leased, and what it did."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Literal

from actors.runners.container import Container
from actors.runners.lease import LeasedRunner
from actors.runners.selection import Role

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds between attempts to lease a runner that cannot be used yet (its agent starts, say)."""
ELSEWHERE_PAUSE = 0.5
"""Seconds between attempts to lease a runner that another executor holds."""

State = Literal["refused", "unleased", "leasing", "free", "taken"]


@dataclass(slots=True, eq=False)
class Place:
    """One run of one container. Times are the event loop's."""

    container: Container
    role: Role
    first_seen: float
    free: "FreePlaces"
    _state: State = "unleased"
    runner: LeasedRunner | None = None
    jobs: int = 0
    next_try: float = 0.0
    pause: float = FIRST_PAUSE
    trouble: str | None = None

    @property
    def state(self) -> State:
        return self._state

    @state.setter
    def state(self, state: State) -> None:
        self._state = state
        if state == "free":
            self.free.add(self)
        else:
            self.free.discard(self)

    @property
    def leased(self) -> bool:
        return self.runner is not None

    def lease_begins(self) -> None:
        self.state = "leasing"

    def lease_succeeded(self, runner: LeasedRunner) -> None:
        self.runner, self.state = runner, "free"
        self.trouble, self.pause = None, FIRST_PAUSE

    def held_elsewhere(self, now: float) -> None:
        self.state, self.trouble = "unleased", None
        self.next_try = now + ELSEWHERE_PAUSE

    def failed(self, reason: str, now: float) -> None:
        """It has no lease (any more); try again later, and later each time."""
        self.runner, self.state, self.trouble = None, "unleased", reason
        self.next_try = now + self.pause
        self.pause = min(2 * self.pause, LONGEST_PAUSE)

    def refused(self, reason: str) -> None:
        self.runner, self.state, self.trouble = None, "refused", reason


@dataclass(slots=True)
class FreePlaces:
    """The places that are free, the least used first, and of those the longest free; no job pays for the others."""

    _places: set[Place] = field(default_factory=set)
    _heap: list[tuple[int, int, Place]] = field(default_factory=list)
    _turns: Iterator[int] = field(default_factory=count)

    def __len__(self) -> int:
        return len(self._places)

    def add(self, place: Place) -> None:
        self._places.add(place)
        heappush(self._heap, (place.jobs, next(self._turns), place))
        if len(self._heap) > 2 * len(self._places) + 16:  # mostly of places that are not free any more
            self._heap = [(each.jobs, next(self._turns), each) for each in self._places]
            heapify(self._heap)

    def discard(self, place: Place) -> None:
        self._places.discard(place)

    def least_used(self) -> Place | None:
        while self._heap:
            jobs, _, place = self._heap[0]
            if place in self._places and place.jobs == jobs:
                return place
            heappop(self._heap)
        return None
