"""A container's size follows the limits of its jobs, through the engine only when it differs."""

import asyncio
import json
from pathlib import Path

import pytest

from actors.limits import MEMORY, OTHER_MEMORY, PROCESSES
from actors.runners.port import RunnerError
from actors.runners.sizing import OWN, Size, Sizing, own_size, size_to_compile, size_to_run
from streams.facts import Limits

PROFILES = json.loads((Path(__file__).parents[4] / "deploy/runner-profiles.json").read_text())
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
    assert size_to_run(limits) == Size(64 + OWN.memory_bytes, 2 + OWN.processes)
    assert size_to_compile(limits, Size(10, 1)) == Size(128 + 10, 4 + 1)


@pytest.mark.parametrize("language", PROFILES)
def test_a_container_has_the_size_of_a_job_with_the_usual_limits(language: str) -> None:
    """Else the first job of every container would have it changed."""
    memory, own = MEMORY.get(language, OTHER_MEMORY), own_size(language)
    profile = PROFILES[language]
    assert profile["pids"] == PROCESSES + own.processes
    assert profile["memory"] == profile["memory_swap"] == f"{(memory + own.memory_bytes) >> 20}m"


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
