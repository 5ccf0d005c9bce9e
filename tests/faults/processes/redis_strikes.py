"""Strikes on Redis: its process, its memory, its disk, its contents, and a replica in its place."""

import asyncio
from contextlib import suppress

from tests.faults.processes.account import Facts, Loss, facts_in
from tests.faults.processes.blow import Blow, StrikeAction
from tests.faults.processes.load import Load


async def restart_redis(blow: Blow) -> None:
    blow.note()
    await asyncio.to_thread(blow.at.redis.stop)
    await asyncio.to_thread(blow.at.start_redis)


async def kill_redis(blow: Blow) -> None:
    blow.note()
    await asyncio.to_thread(blow.at.kill_redis)
    await asyncio.to_thread(blow.at.start_redis)


async def flush(blow: Blow) -> None:
    blow.note()
    facts = await asyncio.to_thread(facts_in, blow.at)
    with blow.at.client() as client, client.pipeline() as step:
        _, (seconds, microseconds) = step.flushall().time().execute()
    blow.losses.append(Loss(seconds * 1000 + microseconds // 1000, facts, kept={}))
    await blow.load.submit(40)  # the service goes on


def fail_over(behind: float) -> StrikeAction:
    """A replica takes Redis's place and address; it has heard nothing for the last `behind` seconds. 0: it heard what
    the network had brought it when Redis died.
    """

    async def strike(blow: Blow) -> None:
        if behind:
            await asyncio.to_thread(blow.at.part_replica)
            await asyncio.sleep(behind)
        blow.note()
        facts = await asyncio.to_thread(facts_in, blow.at)
        await asyncio.to_thread(blow.at.kill_redis)
        blow.losses.append(await asyncio.to_thread(_taken_over, blow, facts))

    return strike


def _taken_over(blow: Blow, facts: Facts) -> Loss:
    with blow.at.promoted_replica():
        return Loss(blow.at.now_ms(), facts, kept=facts_in(blow.at))


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
