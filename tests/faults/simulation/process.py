"""A process of the simulation: it can be killed or stalled at any moment, and reaches the log through a bad line."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal

from streams.ports import LogUnavailableError
from tests.faults.simulation.plan import Plan, chance_of
from tests.faults.simulation.recording_log import RecordingLog

ANSWER_DEADLINE = 5.0  # seconds, as of the real line
LONGEST_DELAY = 4.0


class Line:
    """What one life of a process sees of the log: every port, each call subject to the plan's faults."""

    def __init__(self, log: RecordingLog, plan: Plan, name: str, on_death: Callable[[], None] = lambda: None) -> None:
        self.name = name
        self.dead = False
        self.outage: Literal["", "away", "hangs"] = ""
        self._back = asyncio.Event()
        self._on_death = on_death
        self._log = log
        self._plan = plan
        self._chance = chance_of(plan, "line", name)
        self._chance_of_output = chance_of(plan, "output", name)
        self._going = asyncio.Event()
        self._going.set()

    # -- what happens to the process

    def kill(self) -> None:
        """From here on nothing that this life does reaches the log."""
        if not self.dead:
            self.dead = True
            self._going.set()
            self._on_death()

    def stall(self, seconds: float) -> None:
        """As SIGSTOP, and SIGCONT after `seconds`."""
        self._going.clear()
        asyncio.get_running_loop().call_later(seconds, self._going.set)

    def back(self) -> None:
        """The log is there again."""
        self.outage = ""
        self._back.set()
        self._back = asyncio.Event()

    # -- the log, as the process sees it

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._log, name)
        if name in ("cancellations", "status_changes", "watched_jobs"):
            return partial(self._subscribe, method)
        return partial(self._show, method) if name == "show" else partial(self._call, name, method)

    async def _call(self, name: str, method: Any, *arguments: Any) -> Any:
        await self._pass()
        await self._reach()
        fate = self._fate(4 * self._plan.die if name in ("begin", "end") else 0.0)
        if fate == "delay":
            await asyncio.sleep(self._chance.uniform(0, 0.2) if self._chance.random() < 0.9 else LONGEST_DELAY)
            await self._pass()
        if fate == "refuse":
            raise LogUnavailableError(f"{name} refused")
        if fate == "die before":
            self.kill()
        if fate == "stall":  # at this very call, for about as long as claims live
            self.stall(self._chance.uniform(9.5, 12.5))
        await self._pass()
        answer = await method(*arguments)
        if fate == "lose":
            raise LogUnavailableError(f"{name} done, its answer lost")
        if fate == "die after":
            self.kill()
        if name == "project" and fate == "repeat":
            await method(list(reversed(arguments[0])))
        if name in ("read_facts", "reclaim_facts"):
            answer = self._reordered(answer)
        await self._pass()
        return answer

    async def _reach(self) -> None:
        """A log that hangs and is back in time does what it was asked, in any order; later, the call was given up."""
        if self.outage == "away":
            raise LogUnavailableError("the log is away")
        if self.outage != "hangs":
            return
        try:
            async with asyncio.timeout(ANSWER_DEADLINE):
                await self._back.wait()
        except TimeoutError:
            raise LogUnavailableError("the log does not answer") from None
        await asyncio.sleep(self._chance.uniform(0, 0.01))

    async def _show(self, method: Any, *arguments: Any) -> Any:
        """Live output has chances of its own: how much of it there is must not change what happens to the facts."""
        await self._pass()
        fate = self._chance_of_output.random()
        if self.outage or fate < self._plan.refuse:
            raise LogUnavailableError("show refused")
        answer = await method(*arguments)
        if fate < self._plan.refuse + self._plan.lose:
            raise LogUnavailableError("show done, its answer lost")
        await self._pass()
        return answer

    async def _pass(self) -> None:
        if not self._going.is_set():
            await self._going.wait()
        if self.dead:
            raise asyncio.CancelledError

    def _fate(self, stall: float = 0.0) -> str:
        if asyncio.get_running_loop().time() >= self._plan.faults_end:
            return ""
        drawn = self._chance.random()
        for fate, probability in (
            ("refuse", self._plan.refuse),
            ("lose", self._plan.lose),
            ("repeat", self._plan.repeat),
            ("die before", self._plan.die / 2),
            ("die after", self._plan.die / 2),
            ("stall", stall),
            ("delay", self._plan.delay),
        ):
            if drawn < probability:
                return fate
            drawn -= probability
        return ""

    def _reordered(self, entries: Sequence[Any]) -> Sequence[Any]:
        """Nobody promised an order."""
        if self._plan.calm:
            return entries
        return self._chance.sample(entries, len(entries))

    @asynccontextmanager
    async def _subscribe(self, method: Any) -> AsyncIterator[AsyncIterator[Any]]:
        async with method() as messages:
            yield self._heard(messages)

    async def _heard(self, messages: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Messages; those said while the line was bad are lost, and None says so when it is good again."""
        async for message in messages:
            await self._pass()
            if self._fate() in ("refuse", "lose"):
                await asyncio.sleep(1.0)
                yield None
            else:
                yield message
