"""How many of a host's runners one executor leases, so that several executors share them. Pure but for its memory."""

from collections.abc import Iterable
from dataclasses import dataclass

from streams.ports import ActorReport

GRACE = 2.0
"""Seconds that runners above an executor's share are left to the others before it tries to take them after all:
the others may be on other hosts, or unable to use them, and nobody gains by an idle runner."""


def executors_of(reports: Iterable[ActorReport], language: str, own_name: str) -> frozenset[str]:
    """The executors of `language` that take jobs (`stopping` and `stopped: ...` do not), this one among them."""
    others = {
        report.name
        for report in reports
        if report.kind == "executor" and report.language == language and not report.state.startswith("stop")
    }
    return frozenset(others | {own_name})


@dataclass(slots=True)
class Share:
    """How many leases this executor may have: ceil(runners / executors), and what the others left unused."""

    executors: frozenset[str] = frozenset()
    runners: int = 0
    allowance: int = 0
    _since: float = 0.0

    def recount(self, executors: frozenset[str], runners: int, now: float) -> None:
        """Start over with the fair share if executors or runners came or went."""
        if executors != self.executors or runners != self.runners:
            self.executors, self.runners = executors, runners
            self.allowance = -(-runners // max(1, len(executors)))
            self._since = now

    def may_take_more(self, now: float) -> bool:
        """Whether it is time to see if the others left runners unused; asked again only after another GRACE."""
        if now - self._since < GRACE:
            return False
        self._since = now
        return True

    def took_more(self) -> None:
        """A runner above the allowance had no lease, and is ours until executors or runners come or go."""
        self.allowance += 1
