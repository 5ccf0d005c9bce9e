"""A container as the pool knows it: whether it may be used, is leased, and what it did."""

from dataclasses import dataclass
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
    state: State = "unleased"
    runner: LeasedRunner | None = None
    jobs: int = 0
    next_try: float = 0.0
    pause: float = FIRST_PAUSE
    trouble: str | None = None

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
