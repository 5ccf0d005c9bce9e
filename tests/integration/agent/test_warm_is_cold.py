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


FROZEN_TO_THE_END = """
class Last:
  def __del__(self, count=__import__("g" + "c").get_freeze_count, write=__import__("os").write):
    write(1, b"frozen" if count() else b"thawed")
last = Last()
{}"""


@pytest.mark.parametrize(
    ("more", "end"), [("", b"frozen"), ("import json, site", b"frozen"), ("__import__('os').mine = last", b"thawed")]
)
def test_what_the_start_made_stays_frozen_to_the_end_unless_it_was_changed(
    runners: Runners, more: str, end: bytes
) -> None:
    """Else the collector goes through all of it four times, which takes longer than a small program."""
    client = runners.get("python", "on").connect()
    try:
        for _ in range(2):  # of what waits while a job runs, too
            assert client.run(FROZEN_TO_THE_END.format(more).encode())["stdout"] == end
    finally:
        client.close()
