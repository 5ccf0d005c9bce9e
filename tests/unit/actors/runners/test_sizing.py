"""A container's size follows the limits of its jobs, through the engine only when it differs."""

import asyncio

import pytest

from actors.runners.port import RunnerError
from actors.runners.sizing import OWN_MEMORY, OWN_PROCESSES, Size, Sizing, size_to_compile, size_to_run
from streams.facts import Limits

USUAL = Size(512 << 20, 259)
SMALL = Size(64 << 20, 259)


class FakeEngine:
    """Remembers what it was asked; `broken` while it does not answer."""

    def __init__(self) -> None:
        self.sizes: list[Size] = []
        self.broken = False

    async def resize(self, container_id: str, size: Size) -> None:
        assert container_id == "c1"
        if self.broken:
            raise RunnerError("away")
        self.sizes.append(size)


def test_each_stage_has_a_size_of_its_own_with_room_for_the_agent() -> None:
    limits = Limits(memory_bytes=64, processes=2, compile_memory_bytes=128, compile_processes=4)
    assert size_to_run(limits) == Size(64 + OWN_MEMORY, 2 + OWN_PROCESSES)
    assert size_to_compile(limits) == Size(128 + OWN_MEMORY, 4 + OWN_PROCESSES)


def test_limits_that_leave_something_open_ask_for_no_size() -> None:
    assert size_to_run(Limits(memory_bytes=64)) is None
    assert size_to_compile(Limits(memory_bytes=64, processes=2)) is None


def test_a_container_that_fits_is_left_alone() -> None:
    engine = FakeEngine()
    asyncio.run(Sizing("c1", engine, USUAL).fit(USUAL))
    assert engine.sizes == []


def test_a_container_of_unknown_size_is_given_one() -> None:
    engine = FakeEngine()
    asyncio.run(Sizing("c1", engine).fit(USUAL))
    assert engine.sizes == [USUAL]


def test_the_next_job_gets_its_own_size() -> None:
    async def scenario() -> None:
        engine = FakeEngine()
        sizing = Sizing("c1", engine, USUAL)
        for limits in (SMALL, SMALL, USUAL):
            await sizing.fit(limits)
        assert engine.sizes == [SMALL, USUAL]

    asyncio.run(scenario())


def test_after_a_failure_the_size_is_unknown() -> None:
    async def scenario() -> None:
        engine = FakeEngine()
        sizing = Sizing("c1", engine, USUAL)
        engine.broken = True
        with pytest.raises(RunnerError):
            await sizing.fit(SMALL)
        engine.broken = False
        await sizing.fit(USUAL)
        assert engine.sizes == [USUAL]

    asyncio.run(scenario())
