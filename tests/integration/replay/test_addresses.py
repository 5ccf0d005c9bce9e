"""A job by its address, as logs and traces have it, where its id does."""

import json

import msgspec
import pytest

from streams import keys
from streams.facts import Lost
from streams.jobid import Address
from streams.ports import BadEntry, DeadLetter
from streams.position import Position
from streams.redis.wire import Wire
from streams.replay.past import Past
from streams.system import SystemClock
from tests.conftest import RedisServer
from tests.integration.command import CommandLine
from tests.integration.replay.busy import NOW, Busy


@pytest.fixture
def codeportal(redis_server: RedisServer) -> CommandLine:
    return CommandLine(redis_server)


async def test_every_job_is_found_by_its_address(busy: Busy, wire: Wire) -> None:
    jobs = await busy.submit(30)
    await busy.run_some()
    for job in jobs:
        assert await Past(wire).job_at(job.address) == job


async def test_a_job_whose_submission_is_gone_is_found_by_what_happened_to_it(busy: Busy, wire: Wire) -> None:
    [job] = await busy.submit(1)
    lost = Lost(at=SystemClock().now(), by="x", job=str(job), attempts=0, reason="a stream entry about it is malformed")
    letter = DeadLetter(at=lost.at, reason="malformed", stream="s", position="1-1")
    bad = BadEntry(keys.stream_of(job.address), job.address, job.address.position, {}, "malformed")
    await busy.log.claim(job.address.language, "a", 1, NOW)
    await busy.log.bury(bad, letter, lost)
    await wire.call("DEL", keys.stream_of(job.address))
    assert await Past(wire).job_at(job.address) == job


async def test_where_nothing_lies_there_is_no_job(busy: Busy, wire: Wire) -> None:
    [job] = await busy.submit(1)
    partition, language, lane, position = msgspec.structs.astuple(job.address)
    for other in (
        Address(partition, language, lane, Position(position.ms, position.seq + 1)),
        Address(partition, "cobol", lane, position),
        Address(partition + 5, language, lane, position),
    ):
        assert await Past(wire).job_at(other) is None


async def test_commands_take_the_address_for_the_id(busy: Busy, codeportal: CommandLine) -> None:
    job = (await busy.submit(9))[4]
    address = str(job.address)
    shown = json.loads(await codeportal("show", address, "--json"))
    assert shown == json.loads(await codeportal("show", str(job), "--json"))
    assert shown["job"] == str(job)
    assert str(job) in await codeportal("at", "now", address)
    assert json.loads(await codeportal("at", "now", address, "--json"))["job"] == str(job)


async def test_a_dead_letter_is_named_by_its_jobs_address(busy: Busy, codeportal: CommandLine) -> None:
    jobs = await busy.submit(40)
    await busy.run_some()
    listed = [json.loads(line) for line in (await codeportal("dead", "list", "--json")).splitlines()]
    given_up = next(job for job in jobs if str(job) == listed[0]["job"])
    shown = json.loads(await codeportal("dead", "show", str(given_up.address), "--json"))
    assert shown["job"] == str(given_up)


async def test_an_address_without_a_job_is_said_to_be_one(busy: Busy, codeportal: CommandLine) -> None:
    await busy.submit(1)
    nobody = "0:python:interactive-0:1-1"
    assert f"nothing is known about {nobody}" in await codeportal("show", nobody, code=1)
    assert f"nothing was known about {nobody}" in await codeportal("at", "now", nobody, code=1)
    assert f"the submission of {nobody} is not there" in await codeportal("replay", nobody, code=2)
    assert "is no job's id, nor an address" in await codeportal("show", "0:python:urgent-0:1-1", code=2)
