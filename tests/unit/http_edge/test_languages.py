"""What can run now is what executors report, together: who appears is known at once, who goes is soon forgotten."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from http_edge.languages import LOOK_AT_MOST_EVERY, REFRESH, Languages
from streams.ports import ActorReport, LogUnavailableError
from tests.unit.http_edge.edge_in_memory import PROJECTOR, report
from tests.unit.http_edge.virtual import in_virtual_time


@dataclass
class FakeRegistry:
    """Who is there, and how often somebody asked. None: nobody can say."""

    reports: Sequence[ActorReport] | None = ()
    looks: int = 0

    async def actors(self) -> Sequence[ActorReport]:
        self.looks += 1
        if self.reports is None:
            raise LogUnavailableError("away")
        return self.reports

    async def names(self) -> Mapping[str, str]:
        return {}

    async def report(self, report: ActorReport, ttl: timedelta) -> None:
        raise NotImplementedError

    async def withdraw(self, name: str) -> None:
        raise NotImplementedError


def executor(name: str, language: str, **fields: Any) -> ActorReport:
    return report(name, "executor", language=language, **fields)


def languages(*reports: ActorReport) -> tuple[Languages, FakeRegistry]:
    registry = FakeRegistry(reports)
    return Languages(registry), registry


@in_virtual_time
async def test_executors_of_a_language_add_up() -> None:
    found, _ = languages(
        executor("a", "go", aliases=("golang",), versions={"go": "1.25"}, runners=2, busy=1),
        executor("b", "go", versions={"tool": "2"}, runners=3, busy=2),
        executor("c", "python", runners=1),
        PROJECTOR,
    )
    await found.look()
    go, python = found.all()
    assert (go.name, go.aliases, go.versions) == ("go", {"golang"}, {"go": "1.25", "tool": "2"})
    assert (go.runners, go.busy, go.executors) == (5, 3, 2)
    assert (python.name, python.runners, python.executors) == ("python", 1, 1)
    assert (found.resolve("golang"), found.resolve("go"), found.resolve("Go")) == ("go", "go", None)
    assert found.known() == "go, python"


@in_virtual_time
async def test_an_alias_cannot_take_the_name_of_another_language() -> None:
    found, _ = languages(executor("a", "go"), executor("b", "rust", aliases=("go", "rs")))
    await found.look()
    assert (found.resolve("go"), found.resolve("rs")) == ("go", "rust")


@in_virtual_time
async def test_an_unknown_language_is_looked_for_at_once_but_not_all_the_time() -> None:
    found, registry = languages()
    await asyncio.sleep(LOOK_AT_MOST_EVERY * 2)
    for _ in range(100):
        await found.look_for("cobol")
    assert registry.looks == 1
    registry.reports = (executor("a", "cobol"),)
    await asyncio.sleep(LOOK_AT_MOST_EVERY * 2)
    await found.look_for("cobol")
    assert found.resolve("cobol") == "cobol"
    await asyncio.sleep(LOOK_AT_MOST_EVERY * 2)
    await found.look_for("cobol")
    assert registry.looks == 2


@in_virtual_time
async def test_the_view_follows_the_registry_and_survives_its_absence() -> None:
    """While nobody can say who is there, what was known last is the best guess."""
    found, registry = languages(executor("a", "go"))
    running = asyncio.create_task(found.run())
    await asyncio.sleep(REFRESH / 2)
    assert found.resolve("go") == "go"
    registry.reports = None
    await asyncio.sleep(REFRESH)
    assert found.resolve("go") == "go"
    registry.reports = ()
    await asyncio.sleep(REFRESH)
    assert found.resolve("go") is None
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
