"""One container per language (and one without warm starts) for the whole run, one connection per test."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.integration.agent.agent_client import Client
from tests.integration.agent.containers import Runner, runner


class Runners:
    """Containers that are started when first asked for."""

    def __init__(self, stack: ExitStack, directory: Path) -> None:
        self._stack, self._directory = stack, directory
        self._started: dict[tuple[str, str], Runner] = {}

    def get(self, language: str, warm: str = "on") -> Runner:
        key = (language, warm)
        if key not in self._started:
            self._started[key] = self._stack.enter_context(runner(language, self._directory, AGENT_WARM=warm))
        return self._started[key]


@pytest.fixture(scope="session")
def runners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runners]:
    with ExitStack() as stack:
        yield Runners(stack, tmp_path_factory.mktemp("runners"))


@pytest.fixture
def python(runners: Runners) -> Iterator[Client]:
    with closing(runners.get("python").connect()) as client:
        yield client


@pytest.fixture
def javascript(runners: Runners) -> Iterator[Client]:
    with closing(runners.get("javascript").connect()) as client:
        yield client


@pytest.fixture
def go(runners: Runners) -> Iterator[Client]:
    with closing(runners.get("go").connect()) as client:
        yield client
