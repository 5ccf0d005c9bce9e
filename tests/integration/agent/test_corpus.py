"""Real programs with known results, straight through the agent, warm and cold. CORPUS_DIR names the directory."""

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.integration.agent.agent_client import Client, Header
from tests.integration.agent.conftest import Runners

pytestmark = [pytest.mark.docker, pytest.mark.corpus]

_OUTPUT = 8 << 20


def _rows(language: str) -> list[dict[str, Any]]:
    directory = os.environ.get("CORPUS_DIR")
    if directory is None:
        return []  # the stage that runs the corpus says that it is absent
    lines = (Path(directory) / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["native"].get("same_on_3_13") is not False]


def _differences(row: dict[str, Any], result: Header) -> list[str]:
    outcome = {0: "ok"}.get(result["exit_code"], "nonzero_exit") if result["outcome"] == "exited" else result["outcome"]
    compiled = outcome != "compile_error"
    stderr = result["stderr" if compiled else "compile_stderr"]
    wrong = []
    if outcome != row["expected_outcome"]:
        wrong.append(f"outcome {outcome}, expected {row['expected_outcome']}: {result['error']} {stderr[-300:]!r}")
    if compiled and result["exit_code"] != row["expected_exit"]:
        wrong.append(f"exit {result['exit_code']}, expected {row['expected_exit']}")
    if result["stdout"] != row["expected_stdout"].encode():
        wrong.append("stdout differs")
    if row.get("expected_stderr") is not None and stderr != row["expected_stderr"].encode():
        wrong.append("stderr differs")
    return [f"{row['id']}: {what}" for what in wrong]


def _run(client: Client, row: dict[str, Any], **job: bytes) -> Header:
    return client.run(row["code"], (row["stdin"] or "").encode(), limits=_limits(row), **job)


def _build(client: Client, row: dict[str, Any]) -> tuple[Header, bytes | None]:
    return client.build(row["code"], (row["stdin"] or "").encode(), limits=_limits(row))


def _limits(row: dict[str, Any]) -> dict[str, int]:
    return {"wall_ms": int(row["wall_limit_s"] * 3000), "output_bytes": _OUTPUT}


@pytest.mark.timeout(900)
def test_every_go_program_behaves_as_recorded_when_it_was_built_before(runners: Runners) -> None:
    wrong, used = [], 0
    with closing(runners.get("go").connect()) as client:
        for row in _rows("go"):
            _, built = _build(client, row)
            if built is not None:
                used += 1
                wrong += _differences(row, _run(client, row, built=built))
    assert wrong == []
    assert used > len(_rows("go")) // 2 or not _rows("go")


@pytest.mark.timeout(900)
def test_every_go_program_is_built_the_same_warm_and_cold(runners: Runners) -> None:
    with closing(runners.get("go").connect()) as warm, closing(runners.get("go", "off").connect()) as cold:
        warm.pings = cold.pings = True
        builds = [(row["id"], _build(warm, row)[1], _build(cold, row)[1]) for row in _rows("go")]
    assert [name for name, one, other in builds if one != other] == []
    assert any(one is not None for _, one, _ in builds) or not builds


@pytest.mark.timeout(900)
@pytest.mark.parametrize("warm", ["on", "off"])
@pytest.mark.parametrize("language", ["python", "javascript", "go"])
def test_every_program_behaves_as_recorded(runners: Runners, language: str, warm: str) -> None:
    with closing(runners.get(language, warm).connect()) as client:
        wrong = [line for row in _rows(language) for line in _differences(row, _run(client, row))]
    assert wrong == []
