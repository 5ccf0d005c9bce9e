"""Looking back past what the streams still have: a busy system is archived, trimmed, and looked at."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from streams import keys
from streams.facts import Submission
from streams.jobid import JobId
from streams.position import Position
from streams.redis import RedisLog
from streams.redis.wire import Wire
from streams.replay.exporting import export_lines
from streams.replay.following import last_positions
from streams.replay.groups import groups
from streams.replay.importing import import_lines
from streams.replay.layout import NothingThereError, Place, read_layout
from streams.replay.lines import End, EntryLine, encode_line
from streams.replay.past import Past
from streams.replay.reading import Entry, read_entries
from streams.replay.recorded import recorded
from streams.replay.time import server_time
from streams.replay.verify import verify
from streams.system import SystemClock
from tests.conftest import RedisServer
from tests.integration.archive.conftest import Archived
from tests.integration.archive.test_archiver import Open, caught_up, running, until
from tests.integration.command import CommandLine
from tests.integration.replay.busy import Busy
from tests.postgres_server import TestDatabase
from tests.unit.streams.facts_made import submission

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Trimmed:
    """A system that was busy, whose streams were trimmed as far as groups allow, and what they held before."""

    wire: Wire
    places: tuple[Place, ...]
    jobs: list[JobId]
    entries: list[Entry]
    left: int

    def past(self, archived: Archived) -> Past:
        return Past(self.wire, archived.archive)


def account_of(trimmed: Trimmed, job: JobId) -> str | None:
    facts = (recorded(entry).fact for entry in trimmed.entries if entry.position == job.address.position)
    return next(fact.account for fact in facts if isinstance(fact, Submission) and fact.nonce == job.nonce)


async def everything(wire: Wire, places: tuple[Place, ...]) -> list[Entry]:
    return [entry async for batch in read_entries(wire, places) for entry in batch]


@pytest.fixture
async def trimmed(redis_log: RedisLog, redis_server: RedisServer, archived: Archived) -> AsyncIterator[Trimmed]:
    busy = Busy(redis_log)
    await busy.prepare()
    for _ in range(3):
        await busy.submit(40)
        await busy.run_some()
        await busy.project("p1")
    wire = Wire(redis_server.settings)
    try:
        places = (await read_layout(wire)).places()
        before = await everything(wire, places)
        async with running(archived.archiver(redis_log)):
            await until(caught_up(redis_log))
        # What executors and projectors hold would keep everything after it: let them be done with all of it.
        for place in places:
            for group in keys.groups_of(place.stream):
                pending = await wire.call("XPENDING", place.stream, group, "-", "+", 10000)
                for entry in pending:
                    await wire.call("XACK", place.stream, group, entry[0])
                await wire.call("XGROUP", "SETID", place.stream, group, "$")
        assert await redis_log.trim(SystemClock().now() + DAY) > len(before) / 2
        left = await everything(wire, places)
        assert len(left) < len(before)
        yield Trimmed(wire, places, busy.jobs, before, len(left))
    finally:
        await wire.close()


async def test_every_entry_is_found_in_order_and_once(trimmed: Trimmed, archived: Archived) -> None:
    found = [entry async for batch in trimmed.past(archived).entries(trimmed.places) for entry in batch]
    assert found == trimmed.entries


async def test_a_part_of_the_time_is_found(trimmed: Trimmed, archived: Archived) -> None:
    middle = [entry.position for entry in trimmed.entries][len(trimmed.entries) // 4 : len(trimmed.entries) // 2]
    since, until_ = middle[0], middle[-1]
    found = [e async for batch in trimmed.past(archived).entries(trimmed.places, since, until_) for e in batch]
    assert found == [entry for entry in trimmed.entries if since <= entry.position <= until_]


async def test_a_jobs_history_is_what_it_was(trimmed: Trimmed, archived: Archived) -> None:
    for job in trimmed.jobs[::7]:
        facts = await trimmed.past(archived).history(job)
        own = [entry for entry in trimmed.entries if str(job).encode() in entry.fields.get(b"fact", b"")]
        assert {fact.position for fact in facts} == {job.address.position, *(entry.position for entry in own)}
        assert isinstance(facts[0].fact, Submission)
        assert await trimmed.past(archived).submission(job) == facts[0].fact
        assert await Past(trimmed.wire).submission(job) is None


async def test_history_ends_where_it_is_told_to(trimmed: Trimmed, archived: Archived) -> None:
    job = trimmed.jobs[0]
    whole = await trimmed.past(archived).history(job)
    assert await trimmed.past(archived).history(job, whole[0].position) == whole[:1]
    assert await trimmed.past(archived).history(job, Position(1, 0)) == []


async def test_after_a_flush_the_archive_still_knows(
    trimmed: Trimmed, archived: Archived, redis_server: RedisServer
) -> None:
    with redis_server.client() as client:
        client.flushall()
    facts = await trimmed.past(archived).history(trimmed.jobs[0])
    assert isinstance(facts[0].fact, Submission)


async def test_after_a_flush_everything_is_found_in_order(
    trimmed: Trimmed, archived: Archived, redis_server: RedisServer, redis_log: RedisLog
) -> None:
    """Also what happens from then on: the streams begin anew, and look whole."""
    with redis_server.client() as client:
        client.flushall()
    past = trimmed.past(archived)
    places = (await past.layout()).places()
    assert {entry.place for entry in trimmed.entries} <= set(places)
    assert [entry async for batch in past.entries(places) for entry in batch] == trimmed.entries
    busy = Busy(redis_log)
    await busy.prepare()
    await busy.submit(5)
    after = [entry async for batch in past.entries(places) for entry in batch]
    assert after[: len(trimmed.entries)] == trimmed.entries
    assert len(after) == len(trimmed.entries) + 5


async def test_backwards_it_is_the_same(trimmed: Trimmed, archived: Archived, redis_server: RedisServer) -> None:
    past = trimmed.past(archived)
    for flushed in (False, True):
        if flushed:
            with redis_server.client() as client:
                client.flushall()
        last = await last_positions(trimmed.wire, trimmed.places)
        found = [entry async for batch in past.entries_back(trimmed.places, last) for entry in batch]
        assert found == trimmed.entries[::-1]
        middle = trimmed.entries[len(trimmed.entries) // 3].position
        earlier = [e async for batch in past.entries_back(trimmed.places, last, middle) for e in batch]
        assert earlier == [entry for entry in trimmed.entries[::-1] if entry.position <= middle]


async def test_without_postgresql_what_the_streams_have_is_still_found(
    redis_log: RedisLog, redis_server: RedisServer, own_postgres: TestDatabase, opened: Open
) -> None:
    busy = Busy(redis_log)
    await busy.prepare()
    await busy.submit(3)
    own_postgres.server.stop()
    wire = Wire(redis_server.settings)
    async with opened(own_postgres.url) as archived:
        past = Past(wire, archived.archive)
        found = [entry async for batch in past.entries((await past.layout()).places()) for entry in batch]
    await wire.close()
    assert len(found) == 3


async def test_where_there_never_was_anything_it_says_so(redis_server: RedisServer, archived: Archived) -> None:
    wire = Wire(redis_server.settings)
    with pytest.raises(NothingThereError, match="no streams"):
        await Past(wire, archived.archive).layout()
    await wire.close()


async def test_commands_look_past_the_streams(
    trimmed: Trimmed, redis_server: RedisServer, postgres: TestDatabase
) -> None:
    """After a trim, and after a flush that took everything."""
    codeportal = CommandLine(redis_server, postgres)
    whole = {"facts": len(trimmed.entries), "jobs": len(trimmed.jobs)}
    alice = [job for job in trimmed.jobs if account_of(trimmed, job) == "alice"]
    for flushed in (False, True):
        if flushed:
            with redis_server.client() as client:
                client.flushall()
        tail = await codeportal.lines("tail", "-n", "100000")
        assert len(tail) == whole["facts"], flushed
        assert [fact["id"] for fact in tail] == [str(entry.position) for entry in trimmed.entries]
        assert await codeportal.lines("tail", "-n", "100000", "--from", "1") == tail
        own = await codeportal.lines("tail", "-n", "100000", "--account", "alice")
        assert {fact["job"] for fact in own} == set(map(str, alice))
        assert own == await codeportal.lines("tail", "-n", "100000", "--from", "1", "--account", "alice")
        assert len(await codeportal.lines("at", "now", "-n", "100000")) == whole["jobs"]
        job = trimmed.jobs[0]
        assert json.loads(await codeportal("show", str(job.address), "--json"))["job"] == str(job)
        assert json.loads(await codeportal("at", "now", str(job.address), "--json"))["job"] == str(job)
        replayed = ("replay", "--from", "1", "--to", "now", "--speed", "1000000", "--server", "http://127.0.0.1:9")
        result = json.loads((await codeportal.both(*replayed, "--patience", "10ms", "--json", code=1))[0])
        assert result["sent"] + result["skipped"] == whole["jobs"], flushed
        succeeded = await codeportal.lines("at", "now", "-n", "100000", "--status", "succeeded")
        assert 0 < len(succeeded) < whole["jobs"]
        of_these = (*replayed, "--status", "succeeded", "--patience", "10ms", "--json")
        result = json.loads((await codeportal.both(*of_these, code=1))[0])
        assert result["sent"] + result["skipped"] == len(succeeded), flushed


async def test_following_from_a_time_on_leaves_nothing_out(
    trimmed: Trimmed, redis_server: RedisServer, redis_log: RedisLog, postgres: TestDatabase
) -> None:
    """Neither of what is in the archive alone, beyond the first page, nor of what comes."""
    codeportal = CommandLine(redis_server, postgres)
    async with codeportal.following("tail", "-f", "-n", "3", "--from", "1", "--json") as lines:
        found = [await anext(lines) for _ in trimmed.entries]
        job = await redis_log.submit(submission(), 0)
        new = await anext(lines)
    assert [fact["id"] for fact in found] == [str(entry.position) for entry in trimmed.entries]
    assert new["job"] == str(job)


async def test_without_an_archivers_tables_nothing_is_archived(
    redis_log: RedisLog, redis_server: RedisServer, postgres: TestDatabase
) -> None:
    """As where a database is there for the accounts, and no archiver has ever run."""
    busy = Busy(redis_log)
    await busy.prepare()
    await busy.submit(3)
    codeportal = CommandLine(redis_server, postgres)
    for command in (("tail",), ("tail", "--from", "1"), ("at", "now")):
        assert len(await codeportal.lines(*command)) == 3, command
    assert "no archive is kept" in await codeportal("archive", code=1)


async def test_an_export_from_a_time_holds_what_was_trimmed_and_can_be_loaded(
    trimmed: Trimmed, archived: Archived, laptop: RedisServer
) -> None:
    lines = [line async for line in export_lines(trimmed.wire, since=0, archive=archived.archive)]
    exported = [(line.stream, line.id) for line in lines if isinstance(line, EntryLine)]
    assert sorted(exported) == sorted((entry.place.stream, str(entry.position)) for entry in trimmed.entries)
    wire = Wire(laptop.settings)
    raw = [encode_line(line) for line in (*lines, End(lines=len(lines) + 1))]
    imported = await import_lines(wire, raw, DAY)
    assert imported.entries == len(trimmed.entries)
    layout = await read_layout(wire)
    assert await everything(wire, layout.places()) == trimmed.entries
    assert (await verify(wire, 86_400_000)).differences == []
    await wire.close()


async def test_an_export_from_before_a_flush_is_of_what_the_streams_counted(
    trimmed: Trimmed, archived: Archived, redis_server: RedisServer, redis_log: RedisLog, laptop: RedisServer
) -> None:
    """From the flush on: with what was before it, which no group has read, all that would be run again."""
    with redis_server.client() as client:
        client.flushall()
    busy = Busy(redis_log)
    await busy.prepare()
    await busy.submit(5)
    await busy.run_some()
    lines = [line async for line in export_lines(trimmed.wire, since=0, archive=archived.archive)]
    wire = Wire(laptop.settings)
    await import_lines(wire, [encode_line(line) for line in (*lines, End(lines=len(lines) + 1))], DAY)
    layout, now = await read_layout(wire), await server_time(wire)
    assert await everything(wire, layout.places()) == await everything(trimmed.wire, layout.places())
    waiting = {(row.place, row.name): row.waiting for row in await groups(wire, layout, now)}
    assert waiting == {(row.place, row.name): row.waiting for row in await groups(trimmed.wire, layout, now)}
    await wire.close()


async def test_an_import_keeps_what_the_archive_does_not_have(
    redis_log: RedisLog, redis_server: RedisServer, laptop: RedisServer
) -> None:
    """Trimming waits for an archive there, too, though no archiver has come yet."""
    busy = Busy(redis_log)
    await busy.prepare()
    await redis_log.keep_archive()
    await busy.submit(5)
    source, wire = Wire(redis_server.settings), Wire(laptop.settings)
    lines = [line async for line in export_lines(source)]
    await import_lines(wire, [encode_line(line) for line in (*lines, End(lines=len(lines) + 1))], DAY)
    assert (await read_layout(wire)).archived
    await source.close()
    await wire.close()


async def test_without_from_an_export_is_of_the_streams_only(trimmed: Trimmed, archived: Archived) -> None:
    lines = [line async for line in export_lines(trimmed.wire, archive=archived.archive)]
    assert sum(isinstance(line, EntryLine) for line in lines) == trimmed.left
