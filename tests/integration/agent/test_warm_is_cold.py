"""A warm start and a cold one cannot be told apart by the program."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.integration.agent.agent_client import Header
from tests.integration.agent.conftest import Runners

pytestmark = pytest.mark.docker

ADDRESS = re.compile(rb"0x[0-9a-f]+|(?<=started )[0-9]+|(?<=node:)[0-9]+(?=\))")

PROGRAMS = tomllib.loads((Path(__file__).parent / "same_warm_and_cold.toml").read_text(encoding="utf-8"))


def _essence(result: Header) -> dict[str, object]:
    names = ("outcome", "stage", "exit_code", "signal", "truncated", "error")
    texts = {name: ADDRESS.sub(b"", result[name]) for name in ("stdout", "stderr")}
    return {name: result[name] for name in names} | texts


def _both(runners: Runners, language: str, source: str) -> tuple[dict[str, object], dict[str, object]]:
    results = []
    for warm in ("on", "off"):
        client = runners.get(language, warm).connect()
        try:
            limits = {"output_bytes": 1 << 20}
            results.append(
                _essence(client.run(source.encode("latin-1"), stdin=b"one\ntwo\n", args=["a", "b c"], limits=limits))
            )
        finally:
            client.close()
    return results[0], results[1]


@pytest.mark.parametrize("name", PROGRAMS["python"])
def test_python(runners: Runners, name: str) -> None:
    warm, cold = _both(runners, "python", PROGRAMS["python"][name])
    assert warm == cold


@pytest.mark.parametrize("name", PROGRAMS["javascript"])
def test_javascript(runners: Runners, name: str) -> None:
    warm, cold = _both(runners, "javascript", PROGRAMS["javascript"][name])
    assert warm == cold
