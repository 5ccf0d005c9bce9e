"""Bombs of every kind against every language at once, while hello worlds keep being answered; then all is as it was."""

import os
import time
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.portal import Job, Portal
from tests.e2e.stack import Stack
from tests.hostile.measure import Use, host, runners_of, use
from tests.hostile.row import LANGUAGES, rows
from tests.hostile.test_rows import answer, innocent, send

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(900)]

LONG = os.environ.get("CODEPORTAL_LONG") == "1"
KINDS: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "bombs.toml").read_text(encoding="utf-8"))
NAMES = ("bomb", "flood", "full", "millions", "without end", "starved", "endless")
ROUNDS = 5 if LONG else 1
HELLOS = 60 * ROUNDS
WHERE = {
    "python": "import socket, time; time.sleep(0.2); print(socket.gethostname())",
    "javascript": "setTimeout(() => console.log(require('os').hostname()), 200);",
    "go": 'package main\n\nimport (\n\t"fmt"\n\t"os"\n\t"time"\n)\n\nfunc main() {\n'
    "\ttime.Sleep(200 * time.Millisecond)\n\tname, _ := os.Hostname()\n\tfmt.Println(name)\n}\n",
}
SETTLE_DEADLINE = 60.0
HOST_DEADLINE = 150.0
MIB = 1 << 20
IDLE = Use(memory=64 * MIB, processes=12, cpu=0.1)
"""What a runner may use that runs no job: bytes, processes, and the part of one processor."""
SLACK = 512 * MIB
"""Bytes of the host's memory and disk: other programs live there, too."""


def throw(portal: Portal, kind: str, language: str) -> Job:
    return portal.execute(language, KINDS[kind][language], timeout=KINDS[kind]["timeout"])


def wrong(kind: str, job: Job) -> list[str]:
    """In what a bomb's answer is not as it must be."""
    expected = KINDS[kind]
    found = [] if job["status"] in expected["status"] else [f"{job['status']}: {job['error']} {job['stderr'][-200:]}"]
    if expected.get("truncated") and not (job["truncated"]["stdout"] and len(job["stdout"]) == 65_536):
        found.append(f"{len(job['stdout'])} bytes kept, truncated: {job['truncated']}")
    if "stdout" in expected and job["stdout"] != expected["stdout"]:
        found.append(f"said {job['stdout'][:100]!r}")
    return found


def test_every_kind_of_bomb_in_every_language_at_once(portal: Portal, stack: Stack) -> None:
    """Each gets its verdict, every hello world is right; memory, disk and load return; every runner still works."""
    runners, before = counted(portal), host(stack.engine)
    kept = {container.name: written for container, written in runners_of(stack)}
    thrown = [(kind, language) for kind in KINDS for language in LANGUAGES] * ROUNDS
    with ThreadPoolExecutor(len(KINDS) * len(LANGUAGES)) as hostile, ThreadPoolExecutor(3) as friendly:
        bombs = [hostile.submit(throw, portal, kind, language) for kind, language in thrown]
        hellos = [friendly.submit(innocent, portal, LANGUAGES[number % 3]) for number in range(HELLOS)]
        assert {hello.result() for hello in hellos} == {("succeeded", "499500 hello\n")}
        failed = {
            f"{language} {kind}": found
            for (kind, language), bomb in zip(thrown, bombs, strict=True)
            if (found := wrong(kind, bomb.result()))
        }
    assert not failed
    all_is_as_it_was(portal, stack, runners, kept)
    settle(
        lambda: host(stack.engine).has_all_of(before, SLACK),
        lambda: f"{host(stack.engine)} and before {before}",
        HOST_DEADLINE,
    )


def test_every_row_that_uses_things_up_at_once(portal: Portal, stack: Stack) -> None:
    """The rows of the suite among them that are bombs of other kinds, too."""
    bombs = [row for row in rows() if row.leave is None and any(word in row.name for word in NAMES)] * ROUNDS
    runners = counted(portal)
    kept = {container.name: written for container, written in runners_of(stack)}
    with ThreadPoolExecutor(6) as hostile, ThreadPoolExecutor(3) as friendly:
        thrown = [hostile.submit(send, portal, row) for row in bombs]
        hellos = [friendly.submit(innocent, portal, LANGUAGES[number % 3]) for number in range(HELLOS)]
        assert {hello.result() for hello in hellos} == {("succeeded", "499500 hello\n")}
        verdicts = {str(row): answer(future.result()).status for row, future in zip(bombs, thrown, strict=True)}
    assert "internal_error" not in verdicts.values(), verdicts
    all_is_as_it_was(portal, stack, runners, kept)


def counted(portal: Portal) -> dict[str, int]:
    return {name: portal.languages()[name]["runners"] for name in LANGUAGES}


def all_is_as_it_was(portal: Portal, stack: Stack, runners: dict[str, int], kept: dict[str | None, int]) -> None:
    settle(lambda: counted(portal) == runners, lambda: f"runners {counted(portal)}, not {runners}")
    assert {container.name: written for container, written in runners_of(stack)} == kept, "written to the host's disk"
    settle(lambda: all(each <= IDLE for each in use(stack).values()), lambda: f"runners still use {use(stack)}")
    every_runner_works(portal, stack)


def every_runner_works(portal: Portal, stack: Stack) -> None:
    """Each has a job after the bombs: a program that says where it runs."""
    wanted = {str(container.attrs["Config"]["Hostname"]) for container, _ in runners_of(stack)}
    seen: set[str] = set()
    deadline = time.monotonic() + SETTLE_DEADLINE
    with ThreadPoolExecutor(len(wanted)) as pool:
        while not wanted <= seen:
            assert time.monotonic() < deadline, f"no job ran in {wanted - seen}"
            jobs = [
                pool.submit(portal.execute, language, WHERE[language], timeout="20s")
                for language in LANGUAGES
                for _ in range(len(wanted) // len(LANGUAGES))
            ]
            seen |= {job.result()["stdout"].strip() for job in jobs}


def settle(holds: Callable[[], bool], complaint: Callable[[], str], seconds: float = SETTLE_DEADLINE) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, complaint()
        time.sleep(0.2)  # a poll with a deadline: memory has no signal
