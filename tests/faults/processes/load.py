"""Clients that submit through HTTP, come back until they are answered, and remember what they were promised."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import httpx

PATIENCE = 120.0
"""Seconds in which something must get on."""
CLIENTS = 12
PACE = 0.15
"""Seconds that a client thinks between two jobs: together they submit about as fast as six runners run."""
SLOW_PACE = 1.2
"""The same when enough were submitted, and the strikes are not over."""


SIZED = 0.1
"""How many of the jobs ask for memory of their own, where some do."""


def program(number: int, chance: Random) -> str:
    """A program that prints its number; one in five takes half a second, so that somebody always runs one."""
    pause = "import time; time.sleep(0.5); " if chance.random() < 0.2 else ""
    return f"{pause}print('job', {number})"


@dataclass
class Load:
    """What was accepted: job id -> what it must print. `refused` counts answers that said to come back later."""

    url: str
    seed: int
    sized: bool = False
    accepted: dict[str, str] = field(default_factory=dict)
    refused: dict[int, int] = field(default_factory=dict)
    unanswered: int = 0
    _next: int = 0

    async def submit(self, least: int, until: Callable[[], bool] = lambda: True) -> None:
        """Submit `least` jobs, and more until `until()` is true, each until it is accepted."""
        numbers, enough = self._numbers(least, until), self._next + least
        http = httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False)
        async with http, asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(self._client(http, numbers, enough))

    def _numbers(self, least: int, until: Callable[[], bool]) -> Iterator[int]:
        last = self._next + least
        while self._next < last or not until():
            self._next += 1
            yield self._next

    async def _client(self, http: httpx.AsyncClient, numbers: Iterator[int], enough: int) -> None:
        for number in numbers:
            await self._accepted(http, number)
            await asyncio.sleep(PACE if number <= enough else SLOW_PACE)

    async def _accepted(self, http: httpx.AsyncClient, number: int) -> None:
        chance = Random(f"{self.seed} {number}")
        request: dict[str, object] = {"language": "python", "code": program(number, chance)}
        if self.sized and chance.random() < SIZED:
            request["limits"] = {"memory": chance.choice(("64MiB", "96MiB"))}
        headers = {"Idempotency-Key": f"{self.seed}-{number}"}
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    answer = await http.post("/v1/execute", json=request, headers=headers)
                except httpx.TransportError:
                    self.unanswered += 1
                else:
                    if answer.status_code == 202:
                        self.accepted[answer.json()["id"]] = f"job {number}\n"
                        return
                    self.refused[answer.status_code] = self.refused.get(answer.status_code, 0) + 1
                    # 400: a language that is unknown, as the executors' reports are gone with a flush, or expired with
                    # Redis away. 408: this very process was too slow on a busy machine.
                    assert answer.status_code in (400, 408, 429, 503), answer.text
                await asyncio.sleep(0.1)

    async def outcomes(self) -> dict[str, dict[str, object] | None]:
        """What each accepted job came to, waited for; None for a job that is not known any more."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False) as http:
            jobs = iter(self.accepted)
            outcomes: dict[str, dict[str, object] | None] = {}

            async def ask() -> None:
                for job in jobs:
                    outcomes[job] = await _outcome(http, job)
                    patience.reschedule(asyncio.get_running_loop().time() + PATIENCE)

            async with asyncio.timeout(PATIENCE) as patience, asyncio.TaskGroup() as clients:
                for _ in range(CLIENTS):
                    clients.create_task(ask())
            return outcomes


async def _outcome(http: httpx.AsyncClient, job: str) -> dict[str, object] | None:
    while True:
        try:
            answer = await http.get(f"/v1/execute/{job}", params={"wait": "10s"})
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code == 404:
            return None
        if answer.status_code == 200 and answer.json()["finished_at"] is not None:
            outcome: dict[str, object] = answer.json()
            return outcome
        if answer.status_code != 200:
            await asyncio.sleep(0.1)
