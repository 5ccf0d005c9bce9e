"""What strikes a running system, one kind of fault each. A strike notes when it came and what it hit, then heals."""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from tests.faults.processes.account import Facts, Strike, facts_in, running_now
from tests.faults.processes.engine import Engine
from tests.faults.processes.load import Load
from tests.faults.processes.system import CLAIM_TIMEOUT, System
from tests.integration.agent.containers import docker

PAUSE_TRIES = 10
AGENT_SILENCE = 7.0
"""Seconds after which an executor has given a silent agent up, and an agent a silent executor."""


@dataclass
class Blow:
    """What a strike works with."""

    at: System
    load: Load
    chance: Random
    strikes: list[Strike] = field(default_factory=list)
    engine: Engine | None = None
    flushed: Facts = field(default_factory=dict)

    def note(self, by: str | None = None, runner: str | None = None) -> None:
        self.strikes.append(Strike(self.at.now_ms(), by, runner))

    def executor(self) -> str:
        """An executor's name, noted as struck."""
        names = [name for name in self.at.parts if name.startswith("executor")]
        busy = {started.by.rpartition("-")[0] for started in running_now(self.at)}
        name = self.chance.choice([name for name in names if self._consumer(name) in busy] or names)
        self.note(by=f"{self._consumer(name)}-")
        return name

    def _consumer(self, name: str) -> str:
        return f"{socket.gethostname()}-{self.at.parts[name].pid}"

    def runner(self) -> str:
        """A runner's name, noted as struck."""
        busy = {started.runner for started in running_now(self.at)}
        name = self.chance.choice([name for name in self.at.runners if name in busy] or self.at.runners)
        self.note(runner=name)
        return name


StrikeAction = Callable[[Blow], Awaitable[None]]


async def kill_executor(blow: Blow) -> None:
    part = blow.at.parts[blow.executor()]
    part.kill()
    part.start()


async def stall_executor(blow: Blow) -> None:
    await _stall(blow, blow.executor(), CLAIM_TIMEOUT + 4.0)


async def kill_projector(blow: Blow) -> None:
    blow.note()
    blow.at.parts["projector"].kill()
    blow.at.parts["projector"].start()


async def stall_projector(blow: Blow) -> None:
    blow.note()
    await _stall(blow, "projector", 2.0)


async def kill_edge(blow: Blow) -> None:
    blow.note()
    blow.at.parts["edge"].kill()
    blow.at.parts["edge"].start()


async def stall_edge(blow: Blow) -> None:
    blow.note()
    await _stall(blow, "edge", 3.0)


async def _stall(blow: Blow, name: str, seconds: float) -> None:
    blow.at.parts[name].signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    blow.at.parts[name].signal(signal.SIGCONT)


async def restart_redis(blow: Blow) -> None:
    blow.note()
    await asyncio.to_thread(blow.at.redis.stop)
    await asyncio.to_thread(blow.at.start_redis)


async def kill_redis(blow: Blow) -> None:
    blow.note()
    await asyncio.to_thread(blow.at.kill_redis)
    await asyncio.to_thread(blow.at.start_redis)


async def kill_runner(blow: Blow) -> None:
    name = blow.runner()
    await asyncio.to_thread(docker, "kill", name)
    await asyncio.to_thread(docker, "start", name)


async def pause_runner(blow: Blow) -> None:
    name = blow.runner()
    await asyncio.to_thread(_pause, name)
    await asyncio.sleep(AGENT_SILENCE)
    await asyncio.to_thread(docker, "unpause", name)


def _pause(name: str) -> None:
    """The version 1 freezer gives up on processes that are just being made; then it is asked again."""
    for _ in range(PAUSE_TRIES - 1):
        try:
            docker("pause", name)
        except AssertionError:
            continue
        return
    docker("pause", name)


async def wedge_runner(blow: Blow) -> None:
    """Its agent stops answering; the job goes on."""
    name = blow.runner()
    agent = int(await asyncio.to_thread(docker, "inspect", "--format", "{{.State.Pid}}", name))
    os.kill(agent, signal.SIGSTOP)
    await asyncio.sleep(AGENT_SILENCE)
    os.kill(agent, signal.SIGCONT)


async def restart_engine(blow: Blow) -> None:
    """The Docker engine ends, and its containers with it; when it is back it starts them again."""
    assert blow.engine is not None
    blow.note()
    await asyncio.to_thread(blow.engine.stop)
    await asyncio.to_thread(blow.engine.start)


async def restart_everything(blow: Blow) -> None:
    """A rolling restart, in the ordinary way: each part ends by itself, with 0."""
    for name, part in blow.at.parts.items():
        blow.note()
        part.signal(signal.SIGTERM)
        code = await asyncio.to_thread(part.wait)
        assert code == 0, f"{name} ended with {code}"
        part.start()
        await asyncio.to_thread(blow.at.await_ready)
    blow.note()
    await asyncio.to_thread(blow.at.redis.stop)
    await asyncio.to_thread(blow.at.start_redis)


async def flush(blow: Blow) -> None:
    blow.note()
    blow.flushed = facts_in(blow.at)
    with blow.at.client() as client:
        client.flushall()
    await blow.load.submit(40)  # the service goes on


async def fill_memory(blow: Blow) -> None:
    """Redis gets to its limit; what was accepted ends all the same, and more is accepted when there is room."""
    blow.note()
    with blow.at.client() as client:
        used = int(client.info("memory")["used_memory"])
        client.config_set("maxmemory", used + 300_000)
        await asyncio.wait_for(_until_refused(blow.load), 30)
        client.config_set("maxmemory", 0)


async def fill_disk(blow: Blow) -> None:
    """No byte fits on Redis's disk, for a while. With appendfsync always Redis ends then, and is started again."""
    blow.note()
    filler = blow.at.redis.directory / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
    await asyncio.wait_for(_until_refused(blow.load), 30)
    filler.unlink()
    await asyncio.to_thread(blow.at.revive_redis)


async def _until_refused(load: Load) -> None:
    before = load.refused.get(503, 0)
    while load.refused.get(503, 0) == before:  # noqa: ASYNC110 -- the answers come from a process
        await asyncio.sleep(0.02)


def jump_clock(part: str) -> StrikeAction:
    """The clock of `part` goes on an hour, and later back; with it, executors die, whose claims others must take."""

    async def jump(blow: Blow) -> None:
        for ahead in (3600, 0):
            await kill_executor(blow)
            blow.at.clock(part).set(ahead)
            await asyncio.sleep(1.0)

    return jump


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault: `rounds` strikes; what Redis and the environment are like; whether jobs may be lost."""

    name: str
    action: StrikeAction
    rounds: int = 2
    fsync: str = "always"
    disk_mib: int = 0
    faked: tuple[str, ...] = ()
    loses: bool = False


FAULTS = (
    Fault("executor killed", kill_executor, 3),
    Fault("executor stopped for 7 s", stall_executor, 1),
    Fault("projector killed", kill_projector, 3),
    Fault("projector stopped for 2 s", stall_projector, 1),
    Fault("edge killed", kill_edge),
    Fault("edge stopped for 3 s", stall_edge, 1),
    Fault("Redis restarted, always", restart_redis),
    Fault("Redis killed, always", kill_redis),
    Fault("Redis killed, everysec", kill_redis, fsync="everysec"),
    Fault("runner killed", kill_runner),
    Fault("runner paused for 7 s", pause_runner, 1),
    Fault("runner's agent wedged for 7 s", wedge_runner, 1),
    Fault("rolling restart of everything", restart_everything, 1),
    Fault("disk full, always", fill_disk, 1, disk_mib=16),
    Fault("disk full, everysec", fill_disk, 1, fsync="everysec", disk_mib=16),
    Fault("Redis's memory full", fill_memory, 1),
    Fault("executor's clock jumps by 1 h", jump_clock("executor-0"), 1, faked=("executor-0",)),
    Fault("janitor's clock jumps by 1 h", jump_clock("janitor"), 1, faked=("janitor",)),
    Fault("edge's clock jumps by 1 h", jump_clock("edge"), 1, faked=("edge",)),
    Fault("Redis's clock jumps by 1 h", jump_clock("redis"), 1, faked=("redis",)),
    Fault("FLUSHALL", flush, 1, loses=True),
)

ENGINE_FAULTS = (Fault("Docker engine restarted", restart_engine, 1),)
"""Their runners are on an engine of the test's own."""
