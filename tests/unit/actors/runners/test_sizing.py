"""A container's size follows the limits of its jobs, through the engine only when it differs."""

import asyncio

import pytest

from actors.runners.port import RunnerError
from actors.runners.sizing import OWN_MEMORY, OWN_PROCESSES, Size, Sizing
from streams.facts import Limits

USUAL = Limits(memory_bytes=512 << 20, processes=256)
SMALL = Limits(memory_bytes=64 << 20, processes=256)


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


def size(limits: Limits) -> Size:
    return Size((limits.memory_bytes or 0) + OWN_MEMORY, (limits.processes or 0) + OWN_PROCESSES)


def test_a_container_that_fits_is_left_alone() -> None:
    engine = FakeEngine()
    asyncio.run(Sizing("c1", engine, size(USUAL)).fit(USUAL))
    assert engine.sizes == []


def test_a_container_of_unknown_size_is_given_one() -> None:
    engine = FakeEngine()
    asyncio.run(Sizing("c1", engine).fit(USUAL))
    assert engine.sizes == [size(USUAL)]


def test_the_next_job_gets_its_own_size() -> None:
    async def scenario() -> None:
        engine = FakeEngine()
        sizing = Sizing("c1", engine, size(USUAL))
        for limits in (SMALL, SMALL, USUAL):
            await sizing.fit(limits)
        assert engine.sizes == [size(SMALL), size(USUAL)]

    asyncio.run(scenario())


def test_after_a_failure_the_size_is_unknown() -> None:
    async def scenario() -> None:
        engine = FakeEngine()
        sizing = Sizing("c1", engine, size(USUAL))
        engine.broken = True
        with pytest.raises(RunnerError):
            await sizing.fit(SMALL)
        engine.broken = False
        await sizing.fit(USUAL)
        assert engine.sizes == [size(USUAL)]

    asyncio.run(scenario())
