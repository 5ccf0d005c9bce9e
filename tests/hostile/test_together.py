"""Bombs against every language at once, while hello worlds keep being answered; then all is as it was."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from docker.models.containers import Container

from tests.e2e.portal import Portal
from tests.e2e.stack import Stack
from tests.hostile.row import LANGUAGES, rows
from tests.hostile.test_rows import answer, innocent, send

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(600)]

BOMBS = ("bomb", "flood", "full", "millions", "without end", "starved", "endless")
ROUNDS = 6 if os.environ.get("CODEPORTAL_LONG") == "1" else 1
SETTLE_DEADLINE = 20.0
IDLE_MEMORY = 64 << 20  # bytes: the agent and what waits beside it


def test_bombs_of_every_kind_at_once(portal: Portal, stack: Stack) -> None:
    """Every hello world is right, no bomb is an internal error, and all runners and their memory come back."""
    bombs = [row for row in rows() if row.leave is None and any(word in row.name for word in BOMBS)] * ROUNDS
    runners = {name: portal.languages()[name]["runners"] for name in LANGUAGES}
    written = layers(stack)
    with ThreadPoolExecutor(6) as hostile, ThreadPoolExecutor(3) as friendly:
        thrown = [hostile.submit(send, portal, row) for row in bombs]
        hellos = [friendly.submit(innocent, portal, LANGUAGES[number % 3]) for number in range(60 * ROUNDS)]
        assert {hello.result() for hello in hellos} == {("succeeded", "499500 hello\n")}
        verdicts = {str(row): answer(future.result()).status for row, future in zip(bombs, thrown, strict=True)}
    assert "internal_error" not in verdicts.values(), verdicts
    assert {name: portal.languages()[name]["runners"] for name in LANGUAGES} == runners
    settle(lambda: max(memory(stack).values()) < IDLE_MEMORY, lambda: f"runners keep memory: {memory(stack)}")
    assert layers(stack) == written


def settle(holds: Callable[[], bool], complaint: Callable[[], str]) -> None:
    deadline = time.monotonic() + SETTLE_DEADLINE
    while not holds():
        assert time.monotonic() < deadline, complaint()
        time.sleep(0.2)  # a poll with a deadline: memory has no signal


def memory(stack: Stack) -> dict[str, int]:
    """Bytes that each runner uses."""
    found: dict[str, int] = {}
    for container in runners_of(stack):
        measured: Any = container.stats(stream=False)
        found[container.name or ""] = measured["memory_stats"].get("usage", IDLE_MEMORY)  # none while it restarts
    return found


def layers(stack: Stack) -> dict[str, int]:
    """Bytes that each runner has written to the disk of the host."""
    found = stack.engine.api.containers(size=True, filters={"label": f"sandbox.pool={stack.project}"})
    return {each["Names"][0]: each.get("SizeRw", 0) for each in found}


def runners_of(stack: Stack) -> list[Container]:
    return stack.engine.containers.list(filters={"label": f"sandbox.pool={stack.project}"})
