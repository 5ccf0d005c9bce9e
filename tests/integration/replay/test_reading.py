"""Reading many streams in order, forwards, backwards and as they grow."""

import asyncio

from streams.position import Position
from streams.redis.wire import Wire
from streams.replay.following import follow, last_positions
from streams.replay.history import history
from streams.replay.layout import read_layout
from streams.replay.reading import Entry, read_backwards, read_entries
from tests.conftest import RedisServer
from tests.integration.replay.busy import Busy


async def everything(redis_server: RedisServer) -> set[tuple[str, str]]:
    with redis_server.client() as client:
        names = list(client.scan_iter(match="sandbox:*", _type="STREAM"))
        return {(name.decode(), entry[0].decode()) for name in names for entry in client.xrange(name)}


def named(entries: list[Entry]) -> list[tuple[str, str]]:
    return [(entry.place.stream, str(entry.position)) for entry in entries]


async def test_all_entries_come_once_and_in_order(busy: Busy, wire: Wire, redis_server: RedisServer) -> None:
    await busy.submit(700)
    await busy.run_some()
    places = (await read_layout(wire)).places()
    forwards = [entry async for batch in read_entries(wire, places) for entry in batch]
    backwards = [entry async for batch in read_backwards(wire, places) for entry in batch]
    assert len(forwards) == len(set(named(forwards)))
    assert set(named(forwards)) == await everything(redis_server)
    assert [entry.position for entry in forwards] == sorted(entry.position for entry in forwards)
    assert named(backwards) == named(forwards)[::-1]


async def test_a_range_includes_both_ends(busy: Busy, wire: Wire) -> None:
    jobs = await busy.submit(20)
    positions = sorted(job.address.position for job in jobs)
    places = (await read_layout(wire)).places()
    read = [entry.position async for batch in read_entries(wire, places, positions[3], positions[9]) for entry in batch]
    assert read == [position for position in positions if positions[3] <= position <= positions[9]]


async def test_what_is_written_while_following_is_seen_once(busy: Busy, wire: Wire) -> None:
    await busy.submit(5)
    after = await last_positions(wire, (await read_layout(wire)).places())
    seen: list[Entry] = []

    async def watch() -> None:
        async for batch in follow(wire, after):
            seen.extend(batch)
            if len(seen) >= 30:
                return

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(watch())
        jobs = [*await busy.submit(15), *await busy.submit(15)]
    assert sorted(entry.position for entry in seen) == sorted(job.address.position for job in jobs)


async def test_a_jobs_history_is_its_own(busy: Busy, wire: Wire) -> None:
    jobs = await busy.submit(30)
    await busy.run_some()
    await busy.take_over()
    await busy.project()
    for job in jobs:
        facts = await history(wire, job)
        assert {fact.job for fact in facts} == {job}
        state = await busy.log.read(job)
        assert state is not None
        assert [fact.status for fact in facts if fact.status][-1] == state.status
        assert await history(wire, job, Position(job.address.position.ms - 1, 0)) == []
