"""Builds that an executor keeps, with real runners: for whom, and for how long."""

from dataclasses import dataclass

import pytest

from streams.facts import Finished, Limits
from tests.integration.actors.containers import RunnerHost
from tests.integration.actors.portal import Portal

pytestmark = [pytest.mark.docker, pytest.mark.redis]

ECHO = """package main

import (
	"io"
	"os"
)

func main() {
	io.Copy(os.Stdout, os.Stdin)
	os.Exit(3)
}
"""
OTHER = "package main\n\nfunc main() {}\n"
BROKEN = "package main\n\nfunc main() {\n\tx := 1\n}\n"
SPOILER = """package main

import "syscall"

func main() {
	println("the program")
	syscall.Exec("/bin/sh", []string{"sh", "-c", "cat /bin/true > /job/main"}, nil)
}
"""


@dataclass
class Golang:
    """Go jobs on runners and an executor of a test's own."""

    at: Portal

    async def run(self, code: str, account: str | None, stdin: str = "", limits: Limits | None = None) -> Finished:
        job = await self.at.submit(code, stdin, limits or Limits(), "go", account)
        return await self.at.finished(job)

    async def cached(self, code: str, account: str | None, limits: Limits | None = None) -> bool:
        """Whether a run of the program needed no compiling."""
        ending = await self.run(code, account, limits=limits)
        assert ending.result.compile is not None
        return ending.result.compile.cached


async def golang(at: Portal, host: RunnerHost, runners: int = 1, **settings: str) -> Golang:
    for _ in range(runners):
        host.start(label="go", language="go")
    await at.start_executor("go", **settings)
    await at.ready(runners)
    return Golang(at)


async def test_an_accounts_program_is_compiled_once_for_all_runners(at: Portal, host: RunnerHost) -> None:
    go = await golang(at, host, runners=2)
    first = await go.run(ECHO, "anna", stdin="0")
    await go.run(OTHER, None)  # the other runner's turn; a build comes after its answer
    later = [await go.run(ECHO, "anna", stdin=stdin) for stdin in "12"]
    assert {ending.runner for ending in later} == {f"{host.pool}-1", f"{host.pool}-2"}
    results = [ending.result for ending in (first, *later)]
    assert [(each.stdout, each.exit_code) for each in results] == [("0", 3), ("1", 3), ("2", 3)]
    compiled = [each.compile for each in results if each.compile is not None]
    assert [(each.cached, each.exit_code, each.duration_ms > 0) for each in compiled] == [
        (False, 0, True),
        (True, 0, False),
        (True, 0, False),
    ]


async def test_accounts_notice_nothing_of_each_other(at: Portal, host: RunnerHost) -> None:
    go = await golang(at, host)
    assert [await go.cached(ECHO, account) for account in ("anna", "ben", "anna", "ben")] == [False, False, True, True]


async def test_nothing_is_kept_of_anonymous_jobs(at: Portal, host: RunnerHost) -> None:
    go = await golang(at, host)
    assert [await go.cached(ECHO, account) for account in (None, None, "anna", None)] == [False] * 4


async def test_a_cache_without_room_is_none(at: Portal, host: RunnerHost) -> None:
    go = await golang(at, host, BUILD_CACHE_SIZE="0")
    assert [await go.cached(ECHO, "anna") for _ in range(2)] == [False, False]


async def test_what_does_not_compile_is_compiled_again(at: Portal, host: RunnerHost) -> None:
    go = await golang(at, host)
    for _ in range(2):
        ending = await go.run(BROKEN, "anna")
        assert (ending.status, ending.result.stage) == ("compile_error", "compile")


async def test_a_program_that_spoils_its_file_spoils_nothing_for_the_next(at: Portal, host: RunnerHost) -> None:
    go = await golang(at, host)
    for _ in range(3):
        ending = await go.run(SPOILER, "anna")
        assert (ending.status, ending.result.stderr) == ("succeeded", "the program\n")
        assert ending.result.compile is not None
        assert not ending.result.compile.cached


async def test_a_small_job_is_sized_and_limited_as_ever(at: Portal, host: RunnerHost) -> None:
    """Its container is made small before it runs, with a build or without, and its limit holds."""
    go, small = await golang(at, host), Limits(memory_bytes=48 << 20, processes=64)
    assert [await go.cached(ECHO, "anna", small) for _ in range(3)] == [False, True, True]
    hungry = 'package main\n\nimport "bytes"\n\nfunc main() { println(len(bytes.Repeat([]byte("x"), 100<<20))) }\n'
    statuses = [(await go.run(hungry, "anna", limits=small)).status for _ in range(2)]
    assert statuses == ["memory_limit", "memory_limit"]
    assert (await go.run(hungry, "anna")).status == "succeeded"
