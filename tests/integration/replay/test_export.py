"""A busy system with crashes in it, exported, imported into an empty Redis, and rebuilt there."""

from datetime import timedelta

import pytest

from http_edge.shares.in_redis import RedisShares
from http_edge.shares.share import Share
from streams import keys
from streams.position import Position
from streams.redis import open_log
from streams.redis.wire import Wire
from streams.replay.exporting import export_lines
from streams.replay.importing import NotEmptyError, import_lines
from streams.replay.lines import AnyLine, DamagedExportError, End, encode_line
from streams.replay.rebuild import rebuild
from streams.replay.time import server_time
from streams.replay.verify import verify
from tests.conftest import STREAM_SETTINGS, RedisServer
from tests.integration.replay.busy import LANGUAGES, SHORT, Busy, report
from tests.integration.replay.contents import hashes, others, streams
from tests.unit.streams.facts_made import AT

TTL = STREAM_SETTINGS.job_ttl
TTL_MS = 3_600_000


async def exported(wire: Wire, since: int | None = None, until: int | None = None) -> list[bytes]:
    lines: list[AnyLine] = [line async for line in export_lines(wire, since, until)]
    return [encode_line(line) for line in (*lines, End(lines=len(lines) + 1))]


async def make_busy(busy: Busy) -> None:
    await busy.submit(60)
    await busy.run_some()
    await busy.project()
    await busy.spoil(busy.jobs[0])
    await busy.submit(40)
    await busy.run_some()
    await busy.take_over()
    await busy.project()
    await busy.submit(30)


async def test_an_import_has_every_hash_byte_for_byte(
    busy: Busy, wire: Wire, redis_server: RedisServer, laptop: RedisServer, laptop_wire: Wire
) -> None:
    await make_busy(busy)
    await busy.project()
    lines = await exported(wire)
    imported = await import_lines(laptop_wire, lines, TTL)
    with redis_server.client() as source, laptop.client() as copy:
        before = hashes(source)
        assert len(before) >= 100
        assert hashes(copy) == before
        assert imported.entries == sum(len(entries) for entries, _, _ in streams(source).values())
        copy.delete(*before)
        await rebuild(laptop_wire, TTL)
        assert hashes(copy) == before


async def test_an_import_has_groups_and_pending_entries_as_they_were(
    busy: Busy, wire: Wire, redis_server: RedisServer, laptop: RedisServer, laptop_wire: Wire
) -> None:
    await make_busy(busy)
    await busy.die_projecting()
    imported = await import_lines(laptop_wire, await exported(wire), TTL)
    with redis_server.client() as source, laptop.client() as copy:
        assert streams(copy) == streams(source)
        assert others(copy) == others(source)
    assert imported.pending > 0


async def test_links_to_jobs_lead_there_after_an_import(busy: Busy, wire: Wire, laptop_wire: Wire) -> None:
    """For as long as they would have."""
    jobs = [str(job) for job in await busy.submit(2)]
    shares = [Share(str(number) * 64, job, "alice", AT) for number, job in enumerate(jobs)]
    for share in shares:
        assert await RedisShares(wire, TTL).add(share)
    await import_lines(laptop_wire, await exported(wire), TTL)
    for share in shares:
        assert await RedisShares(laptop_wire, TTL).find(share.digest) == share
        assert 0 < await laptop_wire.call("PTTL", keys.share(share.digest)) <= TTL / timedelta(milliseconds=1)


async def test_a_second_export_says_the_same(busy: Busy, wire: Wire, laptop_wire: Wire) -> None:
    """Idle times included: they go on counting."""
    await make_busy(busy)
    await busy.die_projecting()
    lines = await exported(wire)
    await import_lines(laptop_wire, lines, TTL)
    again = await exported(laptop_wire)
    assert sorted(again[1:]) == sorted(lines[1:])


async def test_nothing_runs_again_by_arriving(busy: Busy, wire: Wire, laptop: RedisServer, laptop_wire: Wire) -> None:
    await busy.submit(30)
    await busy.run_some()
    await busy.project()
    await import_lines(laptop_wire, await exported(wire), TTL)
    async with open_log(laptop.settings, STREAM_SETTINGS) as log:
        for language in LANGUAGES:
            handed_back = await log.claim(language, "new", 100, SHORT)
            assert len(handed_back) < 30
            for claim in handed_back:
                state = await log.read(claim.job)  # type: ignore[union-attr]
                assert state is not None
                assert state.ending is None


async def test_an_import_into_a_used_instance_is_refused(busy: Busy, wire: Wire) -> None:
    await busy.submit(1)
    with pytest.raises(NotEmptyError, match="not empty"):
        await import_lines(wire, await exported(wire), TTL)


async def test_an_import_beside_actors_is_refused(
    busy: Busy, wire: Wire, laptop: RedisServer, laptop_wire: Wire
) -> None:
    await busy.submit(1)
    async with open_log(laptop.settings, STREAM_SETTINGS) as log:
        await log.report(report("python"), timedelta(seconds=30))
        with pytest.raises(NotEmptyError, match="1 actors work on this Redis"):
            await import_lines(laptop_wire, await exported(wire), TTL)


async def test_a_cut_off_file_is_refused(busy: Busy, wire: Wire, laptop_wire: Wire) -> None:
    await busy.submit(3)
    with pytest.raises(DamagedExportError, match="cut off"):
        await import_lines(laptop_wire, (await exported(wire))[:-1], TTL)


async def test_a_range_keeps_what_is_in_it_and_what_is_held(
    busy: Busy, wire: Wire, laptop: RedisServer, laptop_wire: Wire
) -> None:
    held = (await busy.submit(1))[0]
    await busy.log.claim(held.address.language, "gone", 1, SHORT)
    await busy.project()
    middle = await server_time(wire) + 1
    while await server_time(wire) < middle:
        pass
    inside = await busy.submit(5)
    await import_lines(laptop_wire, await exported(wire, since=middle), TTL)
    with laptop.client() as copy:
        ids = {Position.parse(i) for entries, _, _ in streams(copy).values() for i, _ in entries}
    assert ids == {job.address.position for job in [held, *inside]}


async def test_verify_finds_the_import_equal(busy: Busy, wire: Wire, laptop_wire: Wire) -> None:
    await make_busy(busy)
    await import_lines(laptop_wire, await exported(wire), TTL)
    verified = await verify(laptop_wire, TTL_MS)
    assert (verified.differences, verified.compared >= 100) == ([], True)
