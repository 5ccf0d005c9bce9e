"""Strikes on processes, containers, their engine and clocks. Each notes when it came and what it hit, then heals."""

import asyncio
import os
import signal

from tests.faults.processes.blow import Blow, StrikeAction
from tests.faults.processes.system import CLAIM_TIMEOUT
from tests.integration.agent.containers import docker, pause

AGENT_SILENCE = 7.0
"""Seconds after which an executor has given a silent agent up, and an agent a silent executor."""


# -- processes


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


async def kill_everything(blow: Blow) -> None:
    """All processes at one moment, Redis among them, as when the machine goes down; the runners live on."""
    blow.note()
    for part in blow.at.parts.values():
        part.signal(signal.SIGKILL)
    await asyncio.to_thread(blow.at.kill_redis)
    for part in blow.at.parts.values():
        part.wait()
    await asyncio.to_thread(blow.at.start_redis)
    for part in blow.at.parts.values():
        part.start()


def jump_clock(part: str) -> StrikeAction:
    """The clock of `part` goes on an hour, and later back; with it, executors die, whose claims others must take."""

    async def jump(blow: Blow) -> None:
        for ahead in (3600, 0):
            await kill_executor(blow)
            blow.at.clock(part).set(ahead)
            await asyncio.sleep(1.0)

    return jump


# -- runners and their engine


async def kill_runner(blow: Blow) -> None:
    name = blow.runner()
    await asyncio.to_thread(docker, "kill", name)
    await asyncio.to_thread(docker, "start", name)


async def pause_runner(blow: Blow) -> None:
    name = blow.runner()
    await asyncio.to_thread(pause, name)
    await asyncio.sleep(AGENT_SILENCE)
    await asyncio.to_thread(docker, "unpause", name)


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


async def kill_engine(blow: Blow) -> None:
    """Its containers live on without it, and jobs go on in them; when it is back it ends and starts them again."""
    assert blow.engine is not None
    blow.note()
    await asyncio.to_thread(blow.engine.kill)
    await asyncio.sleep(ENGINE_AWAY)
    await asyncio.to_thread(blow.engine.start)


ENGINE_AWAY = 3.0
"""Seconds: enough for a job to use up its attempts, if each failed at once."""
