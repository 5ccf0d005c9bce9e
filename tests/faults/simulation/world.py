"""A whole system in virtual time: processes, clients, and what strikes them, until everything has come to rest."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from streams import keys
from streams.ports import Topology
from streams.settings import StreamSettings
from tests.faults.simulation import lives
from tests.faults.simulation.archive_store import ArchiveStore
from tests.faults.simulation.clients import NOBODYS, Client
from tests.faults.simulation.lives import Make, Process
from tests.faults.simulation.loop import VirtualClock
from tests.faults.simulation.plan import Plan, chance_of
from tests.faults.simulation.process import Line
from tests.faults.simulation.recording_log import RecordingLog
from tests.faults.simulation.runners import Runs

HOUR = timedelta(hours=1)
PATIENCE = 90.0
"""Virtual seconds, beside the time that the jobs themselves need, in which everything is over once faults stopped."""
LONGEST_JOB = 25.0
STRIKES = ("kill", "kill", "kill", "stall", "stall", "partition", "restart", "outage", "group", "clock")


@dataclass
class World:
    """One seed's system."""

    plan: Plan
    log: RecordingLog = field(init=False)
    runs: Runs = field(default_factory=Runs)
    archive: ArchiveStore = field(init=False)
    strikes: int = 0
    strikes_in_flight: int = 0

    def __post_init__(self) -> None:
        plan = self.plan
        settings = StreamSettings(Topology(plan.partitions, plan.lanes), HOUR, timedelta(seconds=plan.retention), HOUR)
        self.log = RecordingLog(settings, VirtualClock())
        self.log.contents.languages |= {"python", NOBODYS}
        self.archive = ArchiveStore(plan)
        self.log.contents.archived = plan.archivers > 0  # from before: its first start is no fault
        self._edge = Line(self.log, replace(plan, die=0.0), "edge")  # a client that gets no answer asks again
        makers: dict[str, Make] = {
            **{f"executor-{number}": partial(lives.executor, plan, self.runs) for number in range(plan.executors)},
            **{f"projector-{number}": lives.projector for number in range(plan.projectors)},
            "janitor": partial(lives.janitor, plan),
            **{f"archiver-{number}": partial(lives.archiver, self.archive) for number in range(plan.archivers)},
        }
        self.processes = [Process(name, self.log, plan, make) for name, make in makers.items()]
        self.clients = [Client(number, plan, self._edge) for number in range(plan.jobs)]

    async def live(self) -> str | None:
        """Until all is over; what is not in time, or None."""
        loop = asyncio.get_running_loop()
        processes = [loop.create_task(process.live()) for process in self.processes]
        clients = [loop.create_task(client.live()) for client in self.clients]
        await self._strike()
        await asyncio.sleep(max(0.0, self.plan.faults_end - loop.time()))
        await asyncio.gather(*clients)
        unsettled = await self._settle(loop.time() + PATIENCE + self._work())
        for process in self.processes:
            process.closing = True
            process.stop()
        await asyncio.wait(processes)
        return unsettled

    def _work(self) -> float:
        return LONGEST_JOB * self.plan.max_attempts * len(self.log.submissions) if self.plan.long_jobs else 0.0

    async def _settle(self, deadline: float) -> str | None:
        while (unsettled := self.unsettled()) is not None:
            if asyncio.get_running_loop().time() > deadline:
                return unsettled
            await asyncio.sleep(0.5)
        return None

    def unsettled(self) -> str | None:
        """Something that still has to happen."""
        for job in self.log.submissions:
            if job not in self.log.ended:
                return f"job {job} has no ending"
        for name, stream in self.log.contents.streams.items():
            for group in keys.groups_of(name, archived=self.plan.archivers > 0):
                if group == keys.EXECUTORS and NOBODYS in name:
                    continue
                if stream.group(group).pending or stream.waiting(group):
                    return f"{group} have not acknowledged all of {name}"
        if self.log.contents.cancellations:
            return "a cancellation is not done"
        return None

    # -- strikes

    async def _strike(self) -> None:
        chance = chance_of(self.plan, "strikes")
        loop = asyncio.get_running_loop()
        for at in sorted(chance.uniform(0.5, self.plan.faults_end - 1) for _ in range(self.plan.strikes)):
            await asyncio.sleep(max(0.0, at - loop.time()))
            self.strikes += 1
            if self.plan.kind == "outage":
                self._outage(chance.uniform(8, 25), hangs=chance.random() < 0.5)
                continue
            busy = [process for process in self.processes if process.held]
            victim = chance.choice(busy if busy and chance.random() < 0.7 else self.processes)
            self.strikes_in_flight += victim.held > 0
            match chance.choice(STRIKES):
                case "kill":
                    victim.line.kill()
                case "stall":
                    victim.line.stall(chance.choice((0.5, 6.0, 15.0, 40.0)))
                case "restart":
                    victim.stop()
                case "outage":
                    self._outage(chance.choice((0.2, 3.0, 12.0)))
                case "partition":  # it lives, and cannot say so
                    self._cut_off([victim.line], chance.choice((3.0, 12.0, 25.0)))
                case "group":
                    stream = chance.choice(list(self.log.contents.streams))
                    self._forget_group(stream, chance.choice(keys.groups_of(stream, archived=self.plan.archivers > 0)))
                case "clock":
                    self.log.skew += chance.choice((-7200, -60, 60, 7200))

    def _outage(self, seconds: float, hangs: bool = False) -> None:
        """As a restart of Redis: nobody reaches it, nothing is forgotten. Or it `hangs`, and answers afterwards."""
        self._cut_off([self._edge, *(process.line for process in self.processes)], seconds, hangs)

    def _cut_off(self, lines: list[Line], seconds: float, hangs: bool = False) -> None:
        for line in lines:
            line.outage = "hangs" if hangs else "away"
            asyncio.get_running_loop().call_later(seconds, line.back)

    def _forget_group(self, stream: str, group: str) -> None:
        """Groups are made again from the beginning."""
        self.log.contents.streams[stream].groups.pop(group, None)
