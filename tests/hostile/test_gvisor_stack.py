"""`SANDBOX_RUNTIME=runsc deploy/up`: gVisor made known to an engine that had none, and the whole stack on it."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from deploy.stack import base_image, up
from deploy.stack.console import Console
from deploy.stack.settings import ROOT
from tests.e2e.portal import Portal
from tests.hostile.private_host import PrivateHost, private_host
from tests.hostile.row import LANGUAGES, Row, problems, rows
from tests.hostile.test_rows import answer, innocent, send

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(1800)]

PROJECT = "codeportal-gvisor"
URL = "http://127.0.0.1:8080"
PATIENCE = "20s"
BOMBS = "fork bomb"


@pytest.fixture(scope="module")
def host() -> Iterator[PrivateHost]:
    """With a stack in it, of images that the machine's engine has: there is no network to build them there."""
    images = up.prepare_images(Console(sys.stderr))
    with private_host() as host:
        host.copy([*images.values(), base_image.MADE])
        settings = {
            "COMPOSE_PROJECT_NAME": PROJECT,
            "HTTP_PORT": "8080",
            "SANDBOX_JOB_DIR": str(host.place / "jobs"),
            "SANDBOX_RUNTIME": "runsc",
        }
        host.run(str(ROOT / "deploy" / "up"), env=settings)
        try:
            yield host
        finally:
            host.run(str(ROOT / "deploy" / "down"), "--volumes", env=settings)


@pytest.fixture(scope="module")
def there(host: PrivateHost) -> Iterator[ThreadPoolExecutor]:
    with host.threads(6) as threads:
        yield threads


@pytest.fixture(scope="module")
def inside() -> Iterator[Portal]:
    with httpx.Client(base_url=URL, timeout=90.0, trust_env=False) as client:
        yield Portal(client)


def test_every_runner_is_under_gvisor(host: PrivateHost) -> None:
    names = host.run("docker", "ps", "--quiet", "--filter", "label=sandbox.language").split()
    described = json.loads(host.run("docker", "inspect", *names))
    assert len(described) == 2 * len(LANGUAGES)
    assert {each["HostConfig"]["Runtime"] for each in described} == {"runsc"}
    assert "runsc" in json.loads((host.place / "etc" / "daemon.json").read_text())["runtimes"]


def test_the_doctor_says_what_is_weaker(host: PrivateHost) -> None:
    """And finds nothing unsafe: it would exit with 1."""
    said = host.run(str(ROOT / "deploy" / "doctor"), env={"COMPOSE_PROJECT_NAME": PROJECT})
    assert "gVisor: system calls are contained better; no cgroup limits CPU time and memory" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_jobs_run_in_every_language(there: ThreadPoolExecutor, inside: Portal, language: str) -> None:
    answers = [there.submit(innocent, inside, language) for _ in range(6)]
    assert {answer.result() for answer in answers} == {("succeeded", "499500 hello\n")}


def test_a_runner_that_is_started_anew_works_again(
    host: PrivateHost, there: ThreadPoolExecutor, inside: Portal
) -> None:
    """Twice: what an earlier life left of its socket, gVisor lets no later one remove."""
    names = host.run("docker", "ps", "--quiet", "--filter", "label=sandbox.language=python").split()
    for _ in range(2):
        host.run("docker", "restart", *names)
        answers = [there.submit(innocent, inside, "python") for _ in range(4)]
        assert {answer.result() for answer in answers} == {("succeeded", "499500 hello\n")}


def test_rows_of_the_suite_hold_there(there: ThreadPoolExecutor, inside: Portal) -> None:
    """Every third row over HTTP and all fork bombs: no cgroup keeps them small there.

    Through executors that cannot size a container; test_gvisor.py has all of the rows.
    """
    some = [row for number, row in enumerate(rows()) if number % 3 == 0 or BOMBS in row.name]
    sent = [(row, there.submit(broken, inside, row)) for row in some if row.leave is None]
    assert {str(row): found for row, future in sent if (found := future.result())} == {}
    hellos = [there.submit(innocent, inside, language) for language in LANGUAGES]
    assert {hello.result() for hello in hellos} == {("succeeded", "499500 hello\n")}


def broken(portal: Portal, row: Row) -> list[str]:
    """Where a row leaves the time to the service's default, it has more here, where each system call is traced."""
    found = problems(row.gvisor or row.expected, answer(send(portal, replace(row, timeout=row.timeout or PATIENCE))))
    return [problem for problem in found if not problem.startswith("took")]
