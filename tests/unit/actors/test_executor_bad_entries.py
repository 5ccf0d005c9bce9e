"""Entries that are no facts, and those of a newer release."""

import asyncio

from streams import keys
from tests.unit.actors.fake_runners import FakeRunners
from tests.unit.actors.virtual_time import run, until
from tests.unit.actors.world import working, world


def test_a_malformed_entry_is_buried_with_a_lost_fact() -> None:
    async def scenario() -> None:
        at = world()
        raw = {b"v": b"1", b"fact": b'{"type":"submission","nonce":"00000000000000ab"}'}
        at.log.contents.streams[at.stream].append(5, raw)
        async with working(at, FakeRunners(1)):
            await until(lambda: len(at.log.contents.dead_letters) == 1)
            fine = await at.submit("echo")
            await at.ended(fine)
        (letter,) = at.log.contents.dead_letters.values()
        assert letter.job is not None
        assert letter.fields["fact"] == raw[b"fact"].decode()
        assert at.pending() == 0
        assert any(b'"lost"' in fields[b"fact"] for fields in at.log.contents.streams[keys.events(0)].entries.values())

    run(scenario())


def test_an_entry_of_a_newer_release_stops_the_claiming_loudly_but_not_the_process() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        at.log.faults["claim"] = ["newer"]
        async with working(at, runners) as actor:
            await until(lambda: actor.state != "running")
            await at.submit("echo")
            await asyncio.sleep(30)
            assert actor.state.startswith("stopped: ")
            assert "version 2" in actor.state
            assert (runners.jobs, runners.retired) == ([], True)

    run(scenario())


def test_a_newer_entry_that_was_overdue_stops_the_claiming_too() -> None:
    async def scenario() -> None:
        at = world()
        at.log.faults["reclaim"] = ["newer"]
        async with working(at, FakeRunners(1)) as actor:
            await until(lambda: actor.state.startswith("stopped: "))

    run(scenario())
