"""The OpenAPI document is true: schemathesis asks the running service whatever it allows, and what it does not."""

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from actors.writing import dead_letter
from streams.facts import Cancelled, Finished, Lost, Result, Started
from streams.ports import Claim, Refusal
from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.integration.http_edge.actors_played import ME, PlayedActors
from tests.integration.http_edge.edge_process import running_edge
from tests.unit.streams.facts_made import AT

EXAMPLES = 40  # of each request, in each phase
SEED = 20260102
DEADLINE = 100.0
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
HOOKS = str(Path(__file__).with_name("asked_as.py"))
NO_SETTINGS: Mapping[str, str] = {}
DONE = Result(stage="run", stdout="", stderr="", duration_ms=1.0, exit_code=0)


async def run_one(actors: PlayedActors, *, lose: bool = False) -> None:
    """Run or cancel the next submission, or give it up, if there is one."""
    for claim in await actors.log.claim("python", ME, 1, timedelta(seconds=1)):
        assert isinstance(claim, Claim)
        job = str(claim.job)
        begun = await actors.log.begin(claim, ME, Started(at=AT, by=ME, job=job, attempt=1, runner="r"))
        if isinstance(begun, Refusal):
            await actors.log.end(claim, ME, Cancelled(at=AT, by=ME, job=job))
        elif lose:
            lost = Lost(at=AT, by=ME, job=job, attempts=1, reason="given up after 1 attempt: the runner died")
            await actors.log.end(claim, ME, lost, dead_letter(claim, lost))
        else:
            finished = Finished(at=AT, by=ME, job=job, attempt=1, runner="r", status="succeeded", result=DONE)
            await actors.log.end(claim, ME, finished)
        await actors.project()


@asynccontextmanager
async def at_work(actors: PlayedActors) -> AsyncIterator[None]:
    """While inside, every submission is run and projected, some to no good end."""

    async def work() -> None:
        for number in itertools.count(1):
            await run_one(actors, lose=number % 5 == 0)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def schemathesis(
    url: str,
    directory: Path,
    *options: str,
    configuration: Path = CONFIGURATION,
    examples: int = EXAMPLES,
    deadline: float = DEADLINE,
    asked_as: str = "nobody",
    environment: Mapping[str, str] = NO_SETTINGS,
) -> tuple[int, str]:
    """The exit code of a whole run against the service at `url`, and what it said.

    `asked_as` is whom it is made as; `environment` is what `codeportal account` needs to make them.
    """
    hooks = {"SCHEMATHESIS_HOOKS": HOOKS, "ASKED_AS": asked_as, "ASKED_AT": url}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "schemathesis.cli", "--config-file", str(configuration), "run", f"{url}/openapi.json"),
        *("--checks", "all", "--max-examples", str(examples), "--seed", str(SEED)),
        *("--generation-database", "none", "--no-color"),
        *options,
        env={**os.environ, **hooks, **environment},
        cwd=directory,  # it leaves its records there
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(deadline):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_the_service_is_as_its_document_says(
    redis_log: RedisLog, redis_server: RedisServer, tmp_path: Path
) -> None:
    """Every request of the document, with good and bad values, alone and in sequences; all checks."""
    actors = PlayedActors(redis_log)
    await actors.appear()
    # An edge of its own: one that has seen other tests' languages go is not ready any more.
    with running_edge(redis_server) as edge:
        async with at_work(actors):
            code, said = await schemathesis(edge.url, tmp_path)
    assert code == 0, said
